/** The head of a report: deviations, the run at a glance, the sections that the document has of its own. */
import {
  afterDecision,
  type Block,
  chip,
  code,
  missing,
  none,
  recorded,
  type Section,
  some,
  type Text,
  table,
  when,
} from '../blocks.ts';
import { foldHosts, hostRowsMax, whereOf } from '../fold.ts';
import type { ReportModel } from '../model.ts';
import { duration } from '../time.ts';
import { counted } from '../words.ts';

/** What went otherwise than the document says. */
export function deviationsSection({ deviations }: ReportModel): Section {
  const columns = ['When', 'Step', 'What', 'Reason', 'By'];
  const said = ({ status, reason, by }: ReportModel['deviations'][number]) => JSON.stringify([status, reason, by]);
  const rows = foldHosts(deviations, said, hostRowsMax).map((folded): readonly Text[] => {
    const { at, step, status, reason, by } = folded.row;
    return [when(at), step === null ? none : [code(whereOf(folded, step))], [chip(status)], recorded(reason), [by]];
  });
  const blocks: readonly Block[] =
    rows.length === 0
      ? [{ kind: 'text', text: ['None recorded: every step went as the document says.'] }]
      : [table('What went otherwise than the document says', columns, rows)];
  return { id: 'deviations', title: 'Deviations', blocks, parts: [] };
}

/** The run at a glance, with its documents and variables. */
export function summarySection(model: ReportModel): Section {
  const { summary } = model;
  const ended = summary.endedAt === null ? [missing] : when(summary.endedAt);
  const facts: (readonly [string, Text])[] = [
    ['Decision', [chip(model.decision)]],
    ['Outcome', [afterDecision(model)]],
    ['Run', [code(model.run)]],
    ['Operator', [summary.operators.join(', ')]],
    ['Started', when(summary.startedAt)],
    ['Ended', ended],
    ['Duration', [elapsed(summary.elapsedMs, summary.pausedMs)]],
    ['Environment', recorded(summary.environment)],
    ['Target', targetText(summary.target)],
    ['Host', [summary.hosts.join(', ')]],
    ['Working folder', [code(summary.cwd)]],
  ];
  if (summary.repo !== null) facts.push(['Repository', [code(summary.repo)]]);
  if (summary.revision !== undefined) facts.push(['Revision', [summary.revision]]);
  if (summary.rehearsal !== undefined) facts.push(['Rehearsed', [summary.rehearsal]]);
  if (summary.resumes > 0) facts.push(['Resumed', [counted(summary.resumes, 'time')]]);
  if (summary.answers !== null) {
    facts.push(['Answers file', [code(summary.answers.path), ', sha256 ', code(summary.answers.sha256)]]);
  }
  facts.push(['gonogo', [summary.versions.join(', ')]]);
  facts.push(['Documents digest', [code(summary.sha256)]]);
  facts.push(['Journal head', [`record ${model.head.seq}, sha256 `, code(model.head.sha256)]]);
  const documents = summary.documents.map(({ path, sha256 }): readonly Text[] => [[code(path)], [code(sha256)]]);
  const variables = summary.variables.map(({ name, value, source }): readonly Text[] => [
    [code(name)],
    [code(value ?? '•••')],
    [source],
  ]);
  return {
    id: 'summary',
    title: 'Summary',
    blocks: [
      { kind: 'facts', facts },
      // Where more than one round of them ran, a section of their own says which.
      ...some(model.documents === undefined ? documents : [], () =>
        table('Documents used', ['Document', 'sha256'], documents),
      ),
      ...some(variables, () => table('Variables', ['Variable', 'Value', 'Source'], variables)),
    ],
    parts: [],
  };
}

function elapsed(elapsedMs: number, pausedMs: number): string {
  return pausedMs === 0 ? duration(elapsedMs) : `${duration(elapsedMs)}, of which ${duration(pausedMs)} paused`;
}

function targetText(target: ReportModel['summary']['target']): Text {
  if (target === null) return [missing];
  return [target.name, ', reads ', target.identity === null ? missing : code(target.identity)];
}

/** One of the document's own sections. `index`: 0-based, among those. */
export function documentSection({ title, entries }: ReportModel['sections'][number], index: number): Section {
  const labelled = entries.flatMap(({ label, text }) => (label === null ? [] : [[label, recorded(text)] as const]));
  const lines = entries.flatMap(({ label, text }) => (label === null ? [recorded(text)] : []));
  const blocks: Block[] = [];
  if (labelled.length > 0) blocks.push({ kind: 'facts', facts: labelled });
  if (lines.length > 0) blocks.push({ kind: 'list', items: lines });
  return { id: `document-${index + 1}`, title, blocks, parts: [] };
}
