/** Steps as executed, smoke tests, and figures. */
import {
  type Block,
  chip,
  code,
  fixed,
  type Inline,
  missing,
  none,
  recorded,
  type Section,
  section,
  some,
  type Text,
  table,
} from '../blocks.ts';
import { foldHosts, hostRowsMax, whereOf } from '../fold.ts';
import type { ReportModel, SmokeTest, StepRecord } from '../model.ts';
import { duration, utcClock } from '../time.ts';
import { resultText } from '../visits.ts';
import { counted } from '../words.ts';
import { stepsOverHosts } from './hosts.ts';

/** Every visit of a step, by phase. */
export function stepsSection({ steps, notReached, hosts = [] }: ReportModel): Section | null {
  const phases = new Map<string, StepRecord[]>();
  for (const step of stepsOverHosts(steps, hosts)) {
    const own = phases.get(step.phase);
    if (own === undefined) phases.set(step.phase, [step]);
    else own.push(step);
  }
  const parts: { title: string; blocks: Block[] }[] = [...phases.values()].map((own) => ({
    title: own[0]?.phaseTitle ?? '',
    blocks: [
      table(
        `Steps of ${own[0]?.phaseTitle ?? ''}`,
        ['Step', 'Status', 'Result', 'Started', 'Took', 'By', 'Details'],
        own.map(stepRow),
      ),
    ],
  }));
  const left = foldHosts(notReached, () => '', 1).map((folded): Text => {
    const { id, title } = folded.row;
    return [code(whereOf(folded, id)), ' ', title];
  });
  if (left.length > 0) parts.push({ title: 'Not reached', blocks: [{ kind: 'list', items: left }] });
  return section('steps', 'Steps as executed', [], parts);
}

function stepRow(step: StepRecord): readonly Text[] {
  const result = resultText(step.exit, step.httpStatus);
  const tries = step.attempts > 1 ? counted(step.attempts, 'try').replace('trys', 'tries') : null;
  const results = [result, tries].filter((part) => part !== null).join(', ');
  return [
    [code(step.id), ' ', step.visits > 1 ? `${step.title} (visit ${step.visit})` : step.title],
    [chip(step.status)],
    results === '' ? [step.action] : [`${step.action}: ${results}`],
    step.startedAt === null ? none : [fixed(utcClock(step.startedAt))],
    step.ms === null ? none : [fixed(duration(step.ms))],
    [step.by],
    stepDetails(step),
  ];
}

function stepDetails({ reason, note, answer, unmasked, unrecorded, evidence }: StepRecord): Text {
  const details: Inline[][] = [];
  if (reason !== null) details.push([reason]);
  if (note !== null) details.push([`note: ${note}`]);
  if (answer !== null) details.push([`answer: ${answer}`]);
  if (unmasked !== undefined) details.push([unmasked]);
  if (unrecorded === true) details.push(['what it showed on the terminal: not recorded']);
  for (const { path } of evidence) details.push([code(path.slice(path.lastIndexOf('/') + 1))]);
  return details.length === 0 ? none : details.flatMap((detail, index) => (index === 0 ? detail : ['; ', ...detail]));
}

/** Network checks after the change. */
export function smokeSection({ smokeTests, renderer }: ReportModel): Section | null {
  // What an answer took is not what the step took, with its tries.
  const took = renderer === 1 ? 'Took' : 'Response time';
  const columns = ['Test', 'What', 'Result', 'Response', took, 'Tries', 'Expected'];
  const said = ({ what, status, httpStatus, expectations, reason }: SmokeTest) =>
    JSON.stringify([what, status, httpStatus, expectations, reason]);
  const rows = foldHosts(smokeTests, said, hostRowsMax).map((folded): readonly Text[] => {
    const { row: test, all } = folded;
    const ms = Math.max(...all.map((one) => one.ms ?? 0));
    return [
      [code(whereOf(folded, test.id)), ' ', test.title],
      [code(test.what)],
      [chip(test.status)],
      test.httpStatus === null ? recorded(test.reason) : [`HTTP ${test.httpStatus}`],
      test.ms === null ? [missing] : [fixed(all.length === 1 ? duration(ms) : `at most ${duration(ms)}`)],
      [String(all.reduce((sum, { attempts }) => sum + attempts, 0))],
      expectedText(test.expectations),
    ];
  });
  return section(
    'smoke-tests',
    'Smoke tests',
    some(rows, () => table('Network checks after the change', columns, rows)),
  );
}

function expectedText(expectations: ReportModel['smokeTests'][number]['expectations']): Text {
  if (expectations.length === 0) return none;
  return expectations.flatMap(({ source, ok, detail }, index): Inline[] => [
    ...(index === 0 ? [] : ['; ']),
    code(source),
    ok ? ' held' : ' did not hold',
    ...(detail === '' ? [] : [`: ${detail}`]),
  ]);
}

/** What was measured and captured. */
export function figuresSection({ figures }: ReportModel): Section | null {
  const rows = figures.map(({ name, value, range, step }): readonly Text[] => [
    [name],
    [value],
    range === null ? none : [range],
    [code(step)],
  ]);
  return section(
    'figures',
    'Health and performance figures',
    some(rows, () => table('Measured and captured', ['Figure', 'Value', 'Range', 'From'], rows)),
  );
}
