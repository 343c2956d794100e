/**
 * What surrounds the action of a step, in words: everything that changes what somebody does who follows the page by hand.
 *
 * Invariant: a key of the language that is given, and is not its default, is in one of these, or in `outline.ts`.
 */
import type { Body, ChecklistRules, Item, Json, Step, Variable } from '../../runbook/document.ts';
import { durationText } from '../../runbook/scalar.ts';

/** A label and what it says. */
export type Fact = readonly [string, string];

/** `label`, of the command `of`; null: of the step itself. */
export function labelOf(label: string, of: string | null): string {
  return of === null ? label : `${of}: ${label.slice(0, 1).toLowerCase()}${label.slice(1)}`;
}

/** Title of the step with this id; the id where there is none. */
export type TitleOf = (id: string) => string;

/** Of a body, beyond what it does: `label` of the action is known already. */
export function bodyFacts(body: Body): readonly Fact[] {
  const { action, effect, unreviewed, expect, capture, timeoutMs, retry, env, cwd } = body;
  return [
    ...paramFacts(body),
    ...given('Folder', cwd),
    ...Object.entries(env).map(([name, text]): Fact => ['With', `${name}=${text}`]),
    ...(unreviewed
      ? [['Not reviewed', 'nobody has said yet whether it changes anything: read it first'] as const]
      : []),
    ...(unreviewed ? [] : given('Repeating', repeating(action, effect))),
    ...expect.map((text): Fact => ['Expect', text]),
    ...Object.entries(capture).map(([name, source]): Fact => ['Gives', `${name} = ${source}`]),
    ...given('Time limit', timeoutMs === undefined ? undefined : durationText(timeoutMs)),
    ...given('Tries', retry === undefined ? undefined : triesText(retry)),
  ];
}

/** Of a step, beyond its body and its undo. */
export function stepFacts(step: Step, titleOf: TitleOf): readonly Fact[] {
  const { item, undo, danger, onFail } = step;
  const wayBack = undo.kind === 'none' ? '; there is no way back from here' : '';
  return [
    ...given('Only when', step.when),
    ...Object.entries(step.bindings).map(([name, text]): Fact => ['For', `${name}=${text}`]),
    ...hostFacts(step, titleOf),
    ...given('Whose', step.roles.length === 0 ? undefined : step.roles.join(', ')),
    ...(danger ? [['Danger', `confirmed by the name of the target${wayBack}`] as const] : []),
    ...(step.tty ? [['Terminal', 'it asks at the terminal'] as const] : []),
    ...Object.entries(step.approvers ?? {}).map(
      ([role, names]): Fact => [`Who is ${role}`, names.length === 0 ? 'nobody is named' : names.join(', ')],
    ),
    ...(undo.kind === 'none' && undo.meant === true ? [['Undo', 'none'] as const] : []),
    ...(undo.kind === 'covered' ? [['Undo', `that of “${titleOf(undo.by)}”`] as const] : []),
    ...given('On failure', onFail === 'ask' || item !== undefined ? undefined : onFail),
    ...given('Again', step.everyMs === undefined ? undefined : `every ${durationText(step.everyMs)}`),
    ...given('Owes', step.owes),
    ...given('Settles', step.settles === undefined ? undefined : `what “${titleOf(step.settles)}” owes`),
    ...given('Keep as evidence', step.evidence?.join(', ')),
    ...(step.checklist === undefined ? [] : rulesFacts(step.checklist)),
    ...(item === undefined ? [] : itemFacts(item, titleOf)),
  ];
}

/** Where it happens, and how many hosts have their turn together. */
function hostFacts({ on, become }: Step, titleOf: TitleOf): readonly Fact[] {
  const as = given('As the account', become);
  if (on === undefined) return as;
  if (on.within !== undefined) return [['Where', `on the hosts of “${titleOf(on.within)}”`], ...as];
  const isOne = on.batches.length === 1 && on.batches[0] === 'rest';
  return [
    ['Where', `on ${typeof on.hosts === 'string' ? on.hosts : on.hosts.join(', ')}`],
    ...given('Batches', isOne ? undefined : `${on.batches.join(', ')}; the last size repeats`),
    ['Stop after', `${on.stopAfter} that failed or cannot be reached`],
    ['At once', String(on.atOnce)],
    ...given('Order', on.order === 'given' ? undefined : on.order),
    ...as,
  ];
}

/** What makes a checklist a go. */
export function rulesFacts({ scale, verdict, least, only, against }: ChecklistRules): readonly Fact[] {
  return [
    ...given('Scale', scale === 10 ? undefined : String(scale)),
    ...given('A go needs', verdict),
    ...given('Least score', least),
    ...given('Only the categories', only?.join(', ')),
    ...given('Compared with', against),
  ];
}

function itemFacts(item: Item, titleOf: TitleOf): readonly Fact[] {
  return [
    ['Severity', item.severity],
    ...given('Weight', item.weight),
    ...given('Owner', item.owner),
    ...given('Only after', item.requires.length === 0 ? undefined : item.requires.map(titleOf).join(', ')),
    ...given('Does not apply when', item.na),
    ...given('Counts half when', item.partial),
    ...given('Where it passes, a person judges when', item.judge),
    ...given('An answer counts for', item.ttlMs === undefined ? undefined : durationText(item.ttlMs)),
    ...given('Fix', item.fix),
  ];
}

/** Where the value of a variable comes from. */
export function variableText(variable: Variable): string {
  const { literal, ask, env, from, secret, match, choices, type } = variable;
  const sources = [
    ...(literal === undefined ? [] : [`is ${literal}`]),
    ...(env === undefined ? [] : [`from the environment variable ${env}`]),
    ...(from === undefined ? [] : [`printed by ${from.join(' ')}`]),
    ...(ask === undefined ? [] : [`asked for: ${ask}`]),
    ...(variable.default === undefined ? [] : [`by default ${variable.default}`]),
    ...(variable.or === undefined ? [] : ['asked for where it has no value']),
  ];
  const more = [
    ...(type === 'string' ? [] : [`type ${type}`]),
    ...(secret ? ['secret'] : []),
    ...(match === undefined ? [] : [`matches ${match}`]),
    ...(choices === undefined ? [] : [`one of ${choices.join(', ')}`]),
  ];
  return [...(sources.length === 0 ? ['found by a step'] : sources), ...more].join('; ');
}

/** Parameters that the one line of an action, or the page in another place, says already. */
const told: Readonly<Record<string, readonly string[]>> = {
  run: ['script', 'argv'],
  check: ['script', 'argv'],
  http: ['url', 'method'],
  manual: ['instructions'],
  ask: ['question'],
  choose: ['question', 'options'],
  approve: ['from', 'count', 'signed', 'independent', 'expires'],
  parallel: ['steps'],
  steps: ['steps'],
  include: ['steps', 'vars'],
  checklist: ['path'],
  grep: ['pattern', 'in', 'not_in'],
  data: ['file'],
  notify: ['text'],
};

/** Parameters of a body that its summary does not tell. */
export function paramFacts({ action, params }: Body): readonly Fact[] {
  if (typeof params !== 'object' || params === null || Array.isArray(params)) return [];
  const rest = Object.entries(params).filter(([key]) => !told[action]?.includes(key));
  return rest.flatMap(([key, value]) => flat(key, value));
}

/** `headers: {a: b}` → `headers.a` is b. What is not given, or holds anyway, is nothing. */
function flat(key: string, value: Json | undefined): readonly Fact[] {
  const label = key === 'shell' ? 'Interpreter' : key.replaceAll('_', ' ');
  if (value === null || value === undefined) return [];
  if (typeof value === 'number' && key.endsWith('.within')) return [[label, durationText(value)]];
  if (typeof value !== 'object') return [[label, String(value)]];
  if (Array.isArray(value)) return value.length === 0 ? [] : [[label, value.map(plain).join(', ')]];
  return Object.entries(value).flatMap(([name, inner]) => flat(`${key}.${name}`, inner));
}

function plain(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function repeating(action: string, effect: Body['effect']): string | undefined {
  if (effect === 'idempotent') return 'safe';
  if (effect === 'read' && (action === 'run' || action === 'notify')) return 'safe, it changes nothing';
  if (effect === 'once' && action === 'check') return 'not safe, it changes something';
  return undefined;
}

function triesText({ times, everyMs, passes, giveUp, forMs }: NonNullable<Body['retry']>): string {
  return [
    `at most ${times}`,
    ...(everyMs === 0 ? [] : [`${durationText(everyMs)} apart`]),
    ...(forMs === undefined ? [] : [`for at most ${durationText(forMs)}`]),
    ...(passes === 1 ? [] : [`until ${passes} pass in a row`]),
    ...(giveUp === undefined ? [] : [`none more when ${giveUp}`]),
  ].join(', ');
}

function given(label: string, text: string | undefined): readonly Fact[] {
  return text === undefined ? [] : [[label, text]];
}
