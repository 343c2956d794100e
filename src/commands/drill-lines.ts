/** What a rehearsal came to, as lines: a table of its points, what has no way back and why, and what that proves. */
import type { Drilled } from '../app/drill.ts';
import { visibleLine } from '../diagnostics/sanitise.ts';
import {
  countOf,
  type FailurePoint,
  type Left,
  type Outcome,
  type PointKind,
  pointKinds,
  pointWords,
  type Standing,
} from '../drill/point.ts';
import { drillPathOf } from '../runbook/drill-file.ts';

/** What a rehearsal says and what it does not, wherever its result stands. */
export const provesOnly = 'This proves that the plan covers each failure, not that the command of an undo works.';

const heads: Readonly<Record<PointKind, string>> = {
  'fails-before': 'before',
  'in-doubt': 'middle',
  'fails-after': 'after',
  'crash-before': 'crash<',
  'crash-after': 'crash>',
  'network-lost': 'network',
  'target-drifts': 'drift',
  'approval-denied': 'denied',
  rollback: 'rollback',
  'undo-fails': 'undo',
};

const marks: Readonly<Record<Standing, string>> = { covered: '+', marked: '~', open: 'x' };

/** The lines of one runbook. */
export function drillLines(drilled: Drilled): readonly string[] {
  const { file, document, coverage } = drilled;
  const { points, covered, marked, open, percent } = countOf(coverage);
  return [
    `${visibleLine(file)}: ${visibleLine(document.runbook.title)}`,
    ...standInLines(drilled),
    ...wayLines(drilled),
    ...tableLines(coverage.outcomes),
    ...causeLines('no way back, and the runbook does not say so', coverage.outcomes, 'open'),
    ...causeLines('back, but for what the runbook says stays', coverage.outcomes, 'marked'),
    ...(coverage.unreached.length === 0
      ? []
      : [`  not rehearsed, since no way led there: ${coverage.unreached.join(', ')}`]),
    `  ${percent} % of ${points} failure ${points === 1 ? 'point' : 'points'} have a way back or say that there is none: ` +
      `${covered} covered, ${marked} marked, ${open} open`,
  ];
}

function standInLines({ file, drill, madeUp }: Drilled): readonly string[] {
  const path = drillPathOf(file);
  const from = drill === null ? `made up, each passes (there is no ${path})` : `${path}, else made up`;
  const values = madeUp.map(({ name, value }) => `${name} = ${value === null ? 'a secret' : visibleLine(value)}`);
  return [`  stand-ins: ${visibleLine(from)}`, ...(values.length === 0 ? [] : [`  made up: ${values.join(', ')}`])];
}

function wayLines({ coverage }: Drilled): readonly string[] {
  return coverage.ways.flatMap((decided, number) => {
    if (decided.length === 0) return [];
    const words = decided.map(({ step, label }) =>
      label === null ? `${step} taken whatever its when says` : `${visibleLine(label)} chosen at ${step}`,
    );
    const stood = coverage.stood.find(({ way }) => way === number);
    const where = stood?.step == null ? '' : ` at ${stood.step}`;
    const still = stood === undefined ? '' : `; it stands still${where}: ${visibleLine(stood.reason)}`;
    return [`  way ${number + 1}: ${words.join(', ')}${still}`];
  });
}

/** A row for each visit of a step on each way, a column for each kind of point. */
function tableLines(outcomes: readonly Outcome[]): readonly string[] {
  const rows = Map.groupBy(outcomes, ({ point }) => rowOf(point));
  const used = pointKinds.filter((kind) => outcomes.some(({ point }) => point.kind === kind));
  if (rows.size === 0) return ['  It changes nothing and asks for no approval, so there is nothing to come back from.'];
  const width = Math.max(...[...rows.keys()].map((name) => name.length), 4);
  const head = `  ${'step'.padEnd(width)}  ${used.map((kind) => heads[kind]).join('  ')}`;
  const lines = [...rows].map(([name, row]) => {
    const cells = used.map((kind) => {
      const outcome = row.find(({ point }) => point.kind === kind);
      return (outcome === undefined ? '' : marks[outcome.standing]).padEnd(heads[kind].length);
    });
    return `  ${name.padEnd(width)}  ${cells.join('  ')}`.trimEnd();
  });
  return ['', head, ...lines, '  + covered  ~ back, but for what the runbook says stays  x open', ''];
}

function rowOf({ step, visit, way }: FailurePoint): string {
  return `${step}${visit > 1 ? ` visit ${visit}` : ''}${way > 0 ? ` (way ${way + 1})` : ''}`;
}

/** Each cause once, with how many points it is the cause of and the first of them. */
function causeLines(title: string, outcomes: readonly Outcome[], standing: Standing): readonly string[] {
  const found = outcomes.filter((one) => one.standing === standing);
  if (found.length === 0) return [];
  const causes = found.flatMap((outcome) =>
    causesOf(outcome, standing).map((cause) => ({ cause, point: outcome.point })),
  );
  const lines = [...Map.groupBy(causes, ({ cause }) => cause)].map(([cause, [first, ...more]]) => {
    const where = first === undefined ? '' : `${rowOf(first.point)} ${pointWords[first.point.kind]}`;
    const count = more.length === 0 ? 'where' : `${more.length + 1} points, the first where`;
    return `    ${cause}: ${count} ${where}`;
  });
  return [`  ${title}:`, ...lines];
}

function causesOf({ end, left }: Outcome, standing: Standing): readonly string[] {
  const stuck =
    end.kind === 'stuck'
      ? [`the rollback does not reach its end${end.step === null ? '' : ` (${end.step})`}: ${visibleLine(end.reason)}`]
      : [];
  const found = left.filter(({ why }) => standing === 'marked' || why === 'missing' || why === 'not-done');
  // What was not undone because the rollback stands still has that as its cause.
  const own = stuck.length === 0 ? found : found.filter(({ why }) => why === 'missing');
  return [...stuck, ...own.map(({ step, why }) => `${step} ${leftWords[why]}`)];
}

const leftWords: Readonly<Record<Left['why'], string>> = {
  danger: 'is past the point of no return (danger, without undo)',
  none: 'says undo: none',
  missing: 'has no undo (give it one, or undo: none with why)',
  'not-done': 'has an undo that was not done',
};
