/** The plan for a person. */
import type { Plan } from '../app/plan.ts';
import { paramFacts } from '../authoring/export/facts.ts';
import { visibleLine } from '../diagnostics/sanitise.ts';
import { counted } from '../report/words.ts';
import { hookTimeoutMs } from '../run/hooks.ts';
import { type Foreknown, fillKnown, holdsKnown, type KnownValues, seenBy, seenByCopies } from '../run/known-ahead.ts';
import { onFacts } from '../run/on-words.ts';
import { undoSteps } from '../run/outline.ts';
import { askOf, overviewOf } from '../run/plan-overview.ts';
import { type Durations, typicalMs } from '../run/typical.ts';
import type { Block, Body, Each, Retry, Runbook, Step } from '../runbook/document.ts';
import { durationText } from '../runbook/scalar.ts';
import { unmaskedOnTerminal } from '../runbook/secrets-read.ts';
import { roughRange } from '../tui/present/format.ts';
import { wrapped } from './wrap.ts';

/** What is known, as it is shown. `values`: what the step at hand sees. */
interface Known {
  readonly vars: Runbook['vars'];
  readonly hosts: NonNullable<Runbook['hosts']>;
  readonly variables: readonly Foreknown[];
  readonly values: KnownValues;
  readonly durations: Durations;
  readonly leftOut: Plan['leftOut'];
  /** Columns that prose has; null: any number. */
  readonly width: number | null;
}

/** A text of the document on one line, with what is known filled in. */
function told(text: string, { values }: Known): string {
  return visibleLine(fillKnown(text, values).text);
}

/** What `change` declares, a line each. */
function changeLines({ change }: Runbook, known: Known): readonly string[] {
  if (change === undefined) return [];
  const { artefacts, ...rest } = change;
  const plain = Object.entries(rest).map(([key, text]) => `${key} ${text}`);
  const named = artefacts.map(({ name, sha256 }) => `${name}, sha256 ${sha256}`);
  return [...plain, ...named].map((text) => `change: ${told(text, known)}`);
}

/**
 * The plan for a person. What is not known before the run stands as the document has it. Prose is wrapped in `width` columns, unless
 * that is null; commands are not, so that they can be copied.
 */
export function planAsLines(plan: Plan, width: number | null): readonly string[] {
  const { runbook } = plan.document;
  const known: Known = { ...plan, vars: runbook.vars, hosts: runbook.hosts ?? {}, width };
  const lines = headLines(plan, known).flatMap((line) => wrapped(line, width));
  for (const phase of runbook.phases) {
    lines.push('', phase.title);
    for (const step of phase.steps) lines.push(...stepLines(known, step, '  '));
  }
  lines.push('', 'Rollback: the undo of what ran, newest first, then:');
  if (runbook.rollback.steps.length === 0) lines.push('  nothing more');
  for (const step of runbook.rollback.steps) lines.push(...stepLines(known, step, '  '));
  lines.push(...hookLines(runbook, known));
  return lines;
}

function headLines(plan: Plan, known: Known): readonly string[] {
  const { runbook } = plan.document;
  const lines = [told(runbook.title, known)];
  if (runbook.environment !== undefined) lines.push(`environment: ${visibleLine(runbook.environment)}`);
  if (runbook.target !== undefined) {
    lines.push(
      `target: ${told(runbook.target.name, known)} (identity: ${told(runbook.target.identity.summary, known)})`,
    );
  }
  for (const { program, hint } of runbook.needs ?? [])
    lines.push(`needs: ${visibleLine(program)}${hint === undefined ? '' : ` (${visibleLine(hint)})`}`);
  return [...lines, ...changeLines(runbook, known), ...valueLines(known), ...overviewLines(plan)];
}

function hookLines(runbook: Runbook, known: Known): readonly string[] {
  const lines: string[] = [];
  if (runbook.hooks !== undefined) lines.push('', 'Hooks, each time the run comes to a state; they decide nothing:');
  for (const { id, title, on, body } of runbook.hooks ?? []) {
    lines.push(
      `  ${on}: ${id}${title === id ? '' : `  ${visibleLine(title)}`}`,
      ...bodyLines(body, '', '      ', known),
    );
    for (const expect of body.expect) lines.push(`      expect: ${visibleLine(expect)}`);
    lines.push(`      timeout: ${durationText(body.timeoutMs ?? hookTimeoutMs)}`);
  }
  return lines;
}

function stepLines(before: Known, step: Step, indent: string): readonly string[] {
  const known = { ...before, values: seenBy(step, before.values) };
  const more = `${indent}    `;
  const usual = typicalMs(known.durations, step.id);
  const time = usual === null ? '' : `  (${roughRange(usual.p50, usual.p90)})`;
  const head = `${indent}${step.id}  ${told(step.title, known)}${time}`;
  const reason = known.leftOut.get(step.id);
  if (reason !== undefined) return [head, `${more}left out: ${visibleLine(reason)}`];
  const lines = [...wrapped(head, known.width), ...bodyLines(step, '', more, known)];
  for (const [label, text] of factsOf(known, step)) lines.push(...proseLines(`${label}: ${text}`, more, known));
  if (step.undo.kind === 'none' && step.undo.meant === true) lines.push(`${more}undo: none, as the document says`);
  if (step.undo.kind === 'covered') lines.push(`${more}undo: covered by that of ${step.undo.by}`);
  for (const { body } of undoSteps(step)) lines.push(...bodyLines(body, 'undo: ', more, known));
  if (step.each !== undefined) lines.push(...patternLines(before, step, step.each, more));
  for (const block of step.blocks) {
    lines.push(...blockHead(step, block).flatMap((line) => wrapped(`${more}${line}`, known.width)));
    for (const inner of block.steps) lines.push(...stepLines(before, inner, `${more}  `));
  }
  return lines;
}

/** A text of several lines or of one, each wrapped. */
function proseLines(text: string, indent: string, { width }: Known): readonly string[] {
  const [first = '', ...rest] = text
    .trimEnd()
    .split('\n')
    .filter((line) => line.trim() !== '');
  return [first, ...rest.map((line) => `  ${line}`)].flatMap((line) =>
    wrapped(`${indent}${visibleLine(line.trimEnd())}`, width),
  );
}

/** What each copy will be: how many there are and over which values is known when the run comes by. */
function patternLines(before: Known, step: Step, { pattern, mark, gather }: Each, indent: string): readonly string[] {
  const { id } = step;
  const known = { ...before, values: seenByCopies(step, before.values) };
  const lines = stepLines(known, pattern, `${indent}  `).map((line) => line.replaceAll(mark, '_N'));
  const lists = Object.entries(gather).map(([name, from]) => `${indent}gather: ${name} = ${from} of every copy`);
  if (step.on !== undefined) return [`${indent}on each:`, ...lines, ...lists];
  return [
    `${indent}copies, made when the run comes by: ${id.replaceAll(/_N\d+/g, '_N')}_1, ${id.replaceAll(/_N\d+/g, '_N')}_2, …`,
    ...lines,
    ...lists,
  ];
}

/** The list that a menu is made of; null: the options are written out. */
function menuOf({ flow, params }: Step): string | null {
  const options =
    flow === 'choose' && typeof params === 'object' && params !== null && 'options' in params ? params.options : null;
  const from = typeof options === 'object' && options !== null && 'from' in options ? options.from : null;
  return typeof from === 'string' ? from : null;
}

/** What a step says besides its action, in the order in which it matters. */
function factsOf(known: Known, step: Step): readonly (readonly [string, string])[] {
  const { retry, item } = step;
  const asks = askOf(step);
  const menu = menuOf(step);
  const filled = (text: string): string => fillKnown(text, known.values).text;
  const facts: (readonly [string, string] | null)[] = [
    step.why === undefined ? null : ['why', filled(step.why)],
    step.roles.length === 0 ? null : ['roles', step.roles.join(', ')],
    ...onFacts(known.hosts, step),
    item === undefined ? null : ['severity', item.severity],
    step.when === undefined ? null : ['when', `${step.when}${standing(holdsKnown(step.when, known.values))}`],
    menu === null ? null : ['options', filled(menu)],
    asks === null || step.danger ? null : ['asks', asks],
    step.danger ? ['DANGER', `confirmed by the target's name${noReturn(step)}`] : null,
    step.tty
      ? ['terminal', ['the command has it', unmaskedOnTerminal(known.vars, step) ?? []].flat().join('; ')]
      : null,
    step.doneWhen === undefined ? null : ['done when', filled(step.doneWhen.summary)],
    ...step.expect.map((expect) => ['expect', expect] as const),
    ...Object.entries(step.capture).map(([name, source]) => ['capture', `${name} = ${source}`] as const),
    ...(step.evidence ?? []).map((pattern) => ['evidence', filled(pattern)] as const),
    retry === undefined ? null : ['retry', retryText(retry)],
    step.timeoutMs === undefined ? null : ['timeout', durationText(step.timeoutMs)],
    Object.keys(step.env).length === 0 ? null : ['environment', Object.keys(step.env).join(', ')],
    step.cwd === undefined ? null : ['folder', filled(step.cwd)],
    step.onFail === 'ask' ? null : ['on failure', step.onFail],
    step.owes === undefined ? null : ['owes', filled(step.owes)],
    step.settles === undefined ? null : ['settles', step.settles],
  ];
  return facts.filter((fact) => fact !== null);
}

/** What is known of a condition. */
function standing(holds: boolean | null): string {
  if (holds === null) return '';
  return holds ? ' (holds)' : ' (does not hold: not taken)';
}

function noReturn({ undo }: Step): string {
  return undo.kind === 'none' ? '; point of no return' : '';
}

function retryText({ times, forMs, everyMs, passes, giveUp }: Retry): string {
  const within = forMs === undefined ? '' : ` within ${durationText(forMs)}`;
  const inRow = passes > 1 ? `, ${passes} passes in a row` : '';
  const end = giveUp === undefined ? '' : `, given up when ${giveUp}`;
  return `up to ${times} times${within}, every ${durationText(everyMs)}${inRow}${end}`;
}

/** The heading of an option or of a category; what runs at the same time needs none. */
function blockHead({ flow, effect }: Step, { label, when, goto }: Block): readonly string[] {
  if (flow === 'parallel' || flow === 'steps') return [];
  const condition =
    when === undefined ? '' : ` (${effect === 'person' ? 'suggested' : 'taken'} when ${visibleLine(when)})`;
  const name = flow === 'choose' ? 'option' : 'category';
  return [`${name}: ${visibleLine(label)}${goto === undefined ? '' : ` → ${goto}`}${condition}`];
}

/** What runs, a script of several lines as it is. */
function bodyLines(body: Body, label: string, indent: string, known: Known): readonly string[] {
  const { params } = body;
  const script = typeof params === 'object' && params !== null && 'script' in params ? params.script : null;
  const lines = typeof script === 'string' ? script.trimEnd().split('\n') : [];
  const uses = usesLines(typeof script === 'string' ? script : '', indent, known);
  if (lines.length < 2) {
    const said = typeof params === 'object' && params !== null && 'instructions' in params ? params.instructions : null;
    const text = typeof said === 'string' ? fillKnown(said.trimEnd(), known.values).text : told(body.summary, known);
    const line = `${label}${nameOf(body)}${text}${effectOf(body)}`;
    const own = script === null ? proseLines(line, indent, known) : [`${indent}${line}`];
    return [...own, ...paramLines(body, indent, known), ...uses];
  }
  const head = `${body.action}:${effectOf(body)}`;
  return [`${indent}${label}${head}`, ...lines.map((line) => `${indent}  | ${visibleLine(line)}`), ...uses];
}

/** The variables that a script reads, each with its value or where that comes from. */
function usesLines(script: string, indent: string, known: Known): readonly string[] {
  const read = known.variables.filter(({ name }) =>
    new RegExp(`\\$(?:${name}(?![a-z0-9_])|\\{[#!]?${name}(?![a-z0-9_]))`).test(script),
  );
  if (read.length === 0) return [];
  const texts = read.map(({ name, origin }) =>
    origin.kind === 'known'
      ? `${name} = ${visibleLine(origin.text)}`
      : `${name} (${origin.kind === 'asked' ? 'asked' : originText(origin)})`,
  );
  return wrapped(`${indent}  with ${texts.join(', ')}`, known.width);
}

/** Name of the action, unless its summary begins with it. */
function nameOf({ action, summary }: Body): string {
  return summary.startsWith(`${action} `) ? '' : `${action}: `;
}

/** What is sent, asked or looked for besides what the summary says. */
function paramLines(body: Body, indent: string, known: Known): readonly string[] {
  return paramFacts(body).flatMap(([label, text]) =>
    proseLines(`${label}: ${fillKnown(text, known.values).text}`, `${indent}  `, known),
  );
}

function effectOf({ effect }: Body): string {
  return effect === 'read' ? '' : ` [${effect}]`;
}

function valueLines({ variables }: Known): readonly string[] {
  if (variables.length === 0) return [];
  const width = Math.max(...variables.map(({ name }) => name.length));
  const lines = variables.map(({ name, secret, origin }) => {
    const value =
      origin.kind === 'known' ? `${visibleLine(origin.text)}  (${sourceText(origin.source)})` : originText(origin);
    if (origin.kind === 'left-out') return `  ${name.padEnd(width)}  ${value}; --var ${name}=VALUE gives it`;
    return `  ${name.padEnd(width)}  ${secret ? 'secret, ' : ''}${value}`;
  });
  return ['', 'Variables', ...lines];
}

function sourceText(source: string): string {
  const words: Readonly<Record<string, string>> = {
    literal: 'the document',
    flag: 'given',
    file: 'the file of values',
    env: 'the environment',
    default: 'by default',
  };
  return words[source] ?? source;
}

function originText(origin: Foreknown['origin']): string {
  switch (origin.kind) {
    case 'known':
      return origin.text;
    case 'asked': {
      const preset = origin.preset === null ? '' : `, else ${visibleLine(origin.preset)}`;
      return origin.question === '' ? `asked${preset}` : `asked: ${visibleLine(origin.question)}${preset}`;
    }
    case 'environment':
      return `from $${origin.name}, which is ${origin.isSet ? '' : 'not '}set here`;
    case 'command':
      return `printed by ${visibleLine(origin.words.join(' '))}`;
    case 'captured':
      return `captured by ${origin.by.join(', ')}`;
    case 'left-out':
      return `not set: ${origin.by.join(', ')}, which captures it, is left out`;
    case 'nobody':
      return 'set by nothing';
  }
}

/** What the run comes to, before its steps one by one. */
function overviewLines(plan: Plan): readonly string[] {
  const { steps, changes, asks, final, leftOut, notTaken, expected } = overviewOf(plan.document.runbook, plan);
  const list = (label: string, found: readonly string[]): readonly string[] =>
    found.length === 0 ? [] : [`  ${label}: ${found.join(', ')}`];
  const time =
    expected === null
      ? 'not known: no earlier run tells'
      : `${roughRange(expected.lowMs, expected.highMs)} by earlier runs${expected.unknown.length === 0 ? '' : `; they do not tell of ${expected.unknown.join(', ')}`}`;
  return [
    '',
    `${counted(steps.length, 'step')}, of which ${changes.length} change something and ${asks.length} ask a person`,
    ...list('changes', changes),
    ...list('asks', asks),
    ...list('nothing undoes', final),
    ...list('left out', leftOut),
    ...list('not taken', notTaken),
    `  time: ${time}`,
  ];
}
