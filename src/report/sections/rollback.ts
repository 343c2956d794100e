/** The rollback section: its point, its triggers, its plan, and how it went. */
import { type Block, chip, code, missing, none, recorded, type Section, section, type Text, table } from '../blocks.ts';
import { assignment, runsCommand } from '../fill.ts';
import { commandOnAny, commandOnHosts, foldHosts, foldInOrder, hostRowsMax, whereOf } from '../fold.ts';
import type { ReportModel, RollbackStep } from '../model.ts';
import { utc } from '../time.ts';

/** How it would be undone, or was. */
export function rollbackSection(model: ReportModel): Section | null {
  const { rollback } = model;
  if (rollback === null) return null;
  const { point, started } = rollback;
  const facts: (readonly [string, Text])[] = [];
  if (point !== null)
    facts.push(['Rollback point', [code(point.variable), ' = ', point.value === null ? missing : code(point.value)]]);
  const first = model.renderer === 1;
  if (rollback.command !== null && first) facts.push(['Command', [code(rollback.command)]]);
  const untouched = rollback.plan.length + rollback.kept.length === 0;
  if (started === null) facts.push(['Rolled back', [untouched ? 'no, nothing was changed' : 'no']]);
  else {
    facts.push(['Rolled back', [`started ${utc(started.at)} by ${started.by}`]]);
    facts.push(['Reason', recorded(started.reason)]);
  }
  const blocks: Block[] = [{ kind: 'facts', facts }];
  if (rollback.command !== null && !first) {
    blocks.push({ kind: 'code', language: 'sh', label: 'What rolls it back', text: rollback.command });
  }
  if (rollback.triggers.length > 0) {
    blocks.push({ kind: 'text', text: ['Roll back when:'] });
    blocks.push({ kind: 'list', items: rollback.triggers.map((trigger) => [trigger]) });
  }
  blocks.push(...planBlocks(rollback));
  const kept = foldHosts(rollback.kept, ({ why }) => why, 1).map(
    (folded): Text => [code(whereOf(folded, folded.row.step)), `: ${folded.row.why}`],
  );
  if (kept.length > 0) {
    blocks.push({ kind: 'text', text: [started === null ? 'No undo for:' : 'Not undone:'] });
    blocks.push({ kind: 'list', items: kept });
  }
  return section('rollback', 'Rollback', blocks);
}

function planBlocks(rollback: NonNullable<ReportModel['rollback']>): readonly Block[] {
  if (rollback.plan.length === 0) return [];
  const said = ({ status, reason }: RollbackStep) => JSON.stringify([status, reason]);
  const rows = foldInOrder(rollback.plan, said, hostRowsMax).map((folded, index): readonly Text[] => {
    const { id, undoes, status, reason, on } = folded.row;
    const undone = on === undefined ? undoes : on.step.replace(/^undo_/, '');
    return [
      [`${index + 1}. `, code(whereOf(folded, id))],
      undone === null ? none : [code(undone)],
      status === null ? ['planned'] : [chip(status)],
      reason === null ? none : [reason],
    ];
  });
  const caption = rollback.started === null ? 'What would undo it, in this order' : 'The rollback, in this order';
  const lines = foldInOrder(rollback.plan, commandOnAny, hostRowsMax).map((folded) => {
    const { id, action } = folded.row;
    const name = whereOf(folded, id);
    const command = commandOnHosts(folded);
    return runsCommand(action) ? `# ${name}\n${command}` : comment(`${name}, ${action}: ${command}`);
  });
  const variables = rollback.variables.map(({ name, value }) => assignment(name, value));
  return [
    table(caption, ['Step', 'Undoes', 'Status', 'Reason'], rows),
    {
      kind: 'code',
      language: 'sh',
      label: 'Exact commands of the rollback',
      text: [...variables, ...lines].join('\n'),
    },
  ];
}

/** What is no command must not run when the block is pasted. */
function comment(text: string): string {
  return `# ${text.replaceAll('\n', '\n# ')}`;
}
