/**
 * One step body: an action with what surrounds it. Serves steps, undo bodies, `done_when`, `identity` and checklist items.
 *
 * Invariants:
 * - Each key is read on its own, so a wrong one hides no other.
 * - A body is built only after every document is read: until then ids are not known.
 */
import type { z } from 'zod';
import type { ActionSpec } from './action-spec.ts';
import type { Compilation } from './compilation.ts';
import type { Body, Effect, Json, Retry } from './document.ts';
import { readWith } from './issues.ts';
import { insideAction } from './key-hints.ts';
import { type Frame, inside, isMap, type Place, type Sight, stringsIn } from './model.ts';
import { checkName } from './names.ts';
import { fillBindings, mapExpressions, mapStrings, renameSteps, seenBindings } from './rewrite.ts';
import { bodyShape, hookBodyKeys, hookShape, itemShape, onShape, stepShape } from './shape.ts';
import { choice, suggestion } from './suggest.ts';
import type { Path } from './yaml.ts';

/** What the body is for. Items and steps have keys of their own; the others are bodies and nothing more. */
export type Role = 'step' | 'item' | 'fact' | 'undo' | 'done_when' | 'identity' | 'hook';

/** Names and steps that a body sees. */
export interface Around {
  readonly frame: Frame;
  readonly bindings: Readonly<Record<string, string>>;
  /** Names of the facts of its checklist. */
  readonly facts?: ReadonlySet<string>;
}

/** A map with exactly one action. */
export interface Head {
  readonly raw: Readonly<Record<string, unknown>>;
  readonly place: Place;
  readonly spec: ActionSpec;
  readonly role: Role;
}

export interface BodyDraft {
  readonly spec: ActionSpec;
  readonly effect: Effect;
  /** Whether the document says that nobody has looked at it yet. */
  readonly unreviewed: boolean;
  readonly params: Json;
  readonly summary: string;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string | undefined;
  readonly expect: readonly string[];
  /** Variable → CEL over what it read. */
  readonly capture: Readonly<Record<string, string>>;
  /** What `expect` and its like see. */
  readonly sight: Sight;
  /** The body with names as the run knows them. */
  finish(): Body;
}

const bodyKeys = Object.keys(bodyShape);
const onKeys: readonly string[] = Object.keys(onShape);
const ownKeys: Readonly<Record<Role, readonly string[]>> = {
  step: Object.keys(stepShape),
  item: Object.keys(itemShape),
  fact: ['title'],
  undo: [],
  done_when: [],
  identity: [],
  hook: Object.keys(hookShape),
};

/** Finds the one action of a body; null after reporting that there is none, or several. */
export function readHead(context: Compilation, raw: unknown, place: Place, role: Role): Head | null {
  const { problems, specs } = context;
  const what = role === 'step' ? 'a step' : role === 'item' ? 'an item' : `${role === 'undo' ? 'an' : 'a'} ${role}`;
  if (!isMap(raw)) {
    problems.value(place, 'wrong-type', `${what} is a map with one action`, `actions: ${[...specs.keys()].join(', ')}`);
    return null;
  }
  const found = Object.keys(raw).filter((key) => specs.has(key));
  const [name] = found;
  const spec = specs.get(name ?? '');
  if (spec !== undefined && found.length === 1) {
    return { raw, place, spec, role };
  }
  if (found.length > 1) {
    const second = inside(place, found[1] ?? '');
    problems.key(second, 'two-actions', `${what} does one thing, but this has ${found.join(' and ')}`, 'split it');
    return null;
  }
  const known = [...bodyKeys, ...ownKeys[role]];
  const stray = Object.keys(raw).filter((key) => !known.includes(key));
  const actions = [...specs.keys()];
  for (const key of stray) {
    problems.key(
      inside(place, key),
      'unknown-key',
      `unknown key ${key}`,
      choice(key, [...actions, ...known], 'allowed'),
    );
  }
  if (stray.length === 0) {
    problems.key(place, 'no-action', `${what} needs an action`, `one of: ${actions.join(', ')}`);
  }
  return null;
}

/** Reports the keys that have no place beside the action. `effect` null: its parameters are wrong, so it is not known. */
export function reportKeys({ problems, specs }: Compilation, head: Head, effect: Effect | null): void {
  const { raw, place, role, spec } = head;
  const keys = [...ownKeysWith(role, spec, effect), ...bodyKeysWith(role, spec, effect), spec.name, ...spec.siblings];
  for (const key of Object.keys(raw)) {
    if (keys.includes(key)) continue;
    const at = inside(place, key);
    const of = [...specs.values()].find(({ siblings }) => siblings.includes(key));
    const known = bodyKeys.includes(key) || ownKeys.step.includes(key) || of !== undefined;
    // Without a value and no name: a piece of the text before it, which the comma of a flow map cut off.
    const isPiece = raw[key] === null && !/^[a-z][a-z_]*$/i.test(key);
    const allowed = choice(key, keys, 'allowed');
    const hint = isPiece
      ? `between { } a comma ends a value: put the whole value before it in quotes; ${allowed}`
      : allowed;
    if (!known) problems.key(at, 'unknown-key', `unknown key ${key}`, hint);
    else {
      const where = role === 'step' ? `beside ${spec.name}` : `in ${role === 'item' ? 'an item' : role}`;
      const belongs = insideAction(spec.name, key) ?? (of === undefined ? null : `${key} goes with ${of.name}`);
      problems.key(at, 'key-not-here', `${key} has no place ${where}`, belongs ?? `allowed: ${keys.join(', ')}`);
    }
  }
}

function bodyKeysWith(role: Role, spec: ActionSpec, effect: Effect | null): readonly string[] {
  if (role === 'hook') return hookBodyKeys;
  if (spec.flow === 'leaf' && effect !== 'person' && effect !== 'gate') return bodyKeys;
  if (Object.keys(spec.fields).length > 0) return ['expect', 'capture'];
  return spec.captureField === null ? [] : ['capture'];
}

function ownKeysWith(role: Role, spec: ActionSpec, effect: Effect | null): readonly string[] {
  if (role !== 'step') return ownKeys[role];
  const order = ['id', 'title', 'why', 'when', 'each', 'matrix', 'gather'];
  if (spec.flow === 'include') return [...order, ...onKeys, 'on_fail'];
  if (spec.flow === 'steps') return [...order, ...onKeys, 'on_fail', 'roles'];
  // Branches have no batches together.
  if (spec.flow === 'parallel') return [...order, ...onKeys.filter((key) => key !== 'batches'), 'on_fail', 'roles'];
  if (spec.flow !== 'leaf' || effect === 'gate') return [...order, 'on_fail', 'roles', 'owes', 'settles'];
  if (effect === 'person')
    return ownKeys.step.filter((key) => key !== 'tty' && key !== 'evidence' && !onKeys.includes(key));
  return spec.onHosts === true ? ownKeys.step : ownKeys.step.filter((key) => !onKeys.includes(key));
}

/** Reads the body under `head`. `inherited`: what `env` and `cwd` are when it gives none. */
export function compileBody(
  context: Compilation,
  head: Head,
  around: Around,
  inherited: { readonly env: Readonly<Record<string, string>>; readonly cwd: string | undefined },
  owner: object,
): BodyDraft {
  const { spec, raw, place } = head;
  const params = readParams(context, head);
  const natural = params === null ? null : spec.effect(params);
  const allowed = bodyKeysWith(head.role, spec, natural);
  reportKeys(context, head, natural);
  const read = <T>(key: keyof typeof bodyShape, schema: z.ZodType<T>): T | undefined =>
    allowed.includes(key) ? context.readKey(raw, place, key, schema) : undefined;
  const facts = around.facts === undefined || around.facts.size === 0 ? {} : { facts: 'map<string, bool>' as const };
  const sight: Sight = { fields: { ...spec.fields, ...facts }, ...seenBindings(around.bindings), frame: around.frame };
  const blind: Sight = { ...sight, fields: {} };
  const ownEnv = read('env', bodyShape.env);
  const ownCwd = read('cwd', bodyShape.cwd);
  const env = ownEnv ?? inherited.env;
  const cwd = ownCwd ?? inherited.cwd;
  const expect = read('expect', bodyShape.expect) ?? [];
  const timeoutMs = read('timeout', bodyShape.timeout);
  const capture = compileCapture(context, head, sight, owner);
  const given = read('effect', bodyShape.effect);
  const unreviewed = given === 'unreviewed';
  const effect = (given === 'unreviewed' ? undefined : given) ?? natural ?? 'read';
  const retry = compileRetry(context, head, sight, natural);
  const summary = params === null ? '' : spec.summary(params);

  recordParams(context, head, params, blind, Object.keys(env));
  recordSurroundings(context, place, { env: ownEnv ?? {}, cwd: ownCwd, expect }, sight);
  if (retry !== undefined && effect === 'once') {
    const hint = 'if doing it again does no harm, say effect: idempotent';
    const message = 'an action that is done once cannot be retried by itself';
    context.problems.key(inside(place, 'retry'), 'retry-once', message, hint);
  }
  const draft = { spec, effect, unreviewed, params: params ?? null, summary, env, cwd, expect, capture, sight };
  return { ...draft, finish: () => finishBody(draft, around, { timeoutMs, retry }) };
}

/** What a body says besides its action, with names as the run knows them. */
function finishBody(
  { spec, effect, unreviewed, params, summary, env, cwd, expect, capture }: Omit<BodyDraft, 'finish'>,
  around: Around,
  rest: {
    readonly timeoutMs: number | undefined;
    readonly retry: Retry | undefined;
  },
): Body {
  const final = renamer(around.frame);
  const template = (text: string): string => mapExpressions(text, final);
  const isScript = (path: Path): boolean => params !== null && spec.isScript(params, path);
  const { timeoutMs, retry } = rest;
  const giveUp = retry?.giveUp;
  return {
    action: spec.name,
    params: mapStrings(params, (text, path) => (isScript(path) ? text : template(text))),
    summary: fillBindings(summary, around.bindings),
    effect,
    ...(unreviewed ? { unreviewed } : {}),
    expect: expect.map(final),
    capture: Object.fromEntries(Object.entries(capture).map(([name, source]) => [name, final(source)])),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(retry === undefined ? {} : { retry: { ...retry, ...(giveUp === undefined ? {} : { giveUp: final(giveUp) }) } }),
    env: Object.fromEntries(Object.entries(env).map(([name, text]) => [name, template(text)])),
    ...(cwd === undefined ? {} : { cwd: template(cwd) }),
  };
}

function recordSurroundings(
  context: Compilation,
  place: Place,
  own: Pick<BodyDraft, 'env' | 'cwd' | 'expect'>,
  sight: Sight,
): void {
  const blind: Sight = { ...sight, fields: {} };
  for (const [name, text] of Object.entries(own.env)) {
    context.use({ kind: 'template', text, sight: blind, at: inside(place, 'env', name), secretAllowed: true });
  }
  if (own.cwd !== undefined) context.use({ kind: 'template', text: own.cwd, sight: blind, at: inside(place, 'cwd') });
  own.expect.forEach((text, index) => {
    const list = inside(place, 'expect', index);
    context.use({ kind: 'condition', text, sight, at: list.doc.tree.has(list.path) ? list : inside(place, 'expect') });
  });
}

/** A function that gives the steps in an expression the names that they have in the run. */
export function renamer(frame: Frame): (expression: string) => string {
  return frame.parent === null ? (text) => text : (text) => renameSteps(text, (id) => frame.resolve(id));
}

function readParams(context: Compilation, { spec, raw, place }: Head): Json | null {
  const value = raw[spec.name];
  const at = inside(place, spec.name);
  if (reportTestCommand(context, value, at)) return null;
  // Whoever compiles the steps says so.
  if ((spec.flow === 'steps' || spec.flow === 'parallel') && !Array.isArray(value)) return null;
  const first = readWith(spec.params, value, at.path);
  if (!first.ok) {
    for (const problem of first.problems) context.problems.schema(place.doc, problem);
    return null;
  }
  const siblings = spec.siblings.filter((key) => Object.hasOwn(raw, key));
  if (siblings.length === 0 || !isMap(first.value)) return first.value;
  const merged = { ...first.value, ...Object.fromEntries(siblings.map((key) => [key, raw[key]])) };
  const second = readWith(spec.params, merged, place.path);
  if (second.ok) return second.value;
  for (const problem of second.problems) context.problems.schema(place.doc, problem);
  return null;
}

/** `check: [ -f x ]` is a list of one text to YAML. True when it was one. */
function reportTestCommand({ problems }: Compilation, value: unknown, at: Place): boolean {
  if (!Array.isArray(value)) return false;
  const [first]: readonly unknown[] = value;
  const isTest = Array.isArray(first) ? value.length === 1 : typeof first === 'string' && /^!? ?-\w /.test(first);
  if (!isTest || at.doc.tree.scalars(at.path).length > 3) return false;
  const { start, end } = at.doc.tree.valueSpan(at.path);
  const written = at.doc.source.text.slice(start, end).trim();
  const hint = `quote the whole value: ${written.includes("'") ? JSON.stringify(written) : `'${written}'`}`;
  problems.value(at, 'yaml-quote', 'to YAML [ ] is a list, not a test', hint);
  return true;
}

function recordParams(
  context: Compilation,
  head: Head,
  params: Json | null,
  sight: Sight,
  env: readonly string[],
): void {
  if (params === null) return;
  const { spec, place } = head;
  const forPeople = spec.effect(params) === 'person';
  for (const { path, text } of stringsIn(params)) {
    const last = path.at(-1);
    const isScript = spec.isScript(params, path);
    const notATemplate = spec.flow === 'choose' && (last === 'when' || last === 'goto');
    if (notATemplate || (!isScript && !forPeople && last !== 'text' && !text.includes('${{'))) continue;
    const words = (forPeople && last !== 'match') || last === 'text';
    context.use({
      kind: isScript ? 'script' : words ? 'words' : 'template',
      text,
      sight,
      at: placeOfParam(place, spec, path, text),
      secretAllowed: spec.allowsSecret(params, path),
      isList: spec.flow === 'choose' && last === 'from',
      env,
    });
  }
}

/** Where a string of the parameters stands: shorthand makes its path there differ from its path in the document. */
function placeOfParam(place: Place, spec: ActionSpec, path: Path, text: string): Place {
  const direct = inside(place, spec.name, ...path);
  const { tree } = place.doc;
  if (tree.has(direct.path)) return direct;
  const sibling = inside(place, ...path);
  if (spec.siblings.includes(String(path[0])) && tree.has(sibling.path)) return sibling;
  const whole = inside(place, spec.name);
  const scalars = tree.scalars(whole.path);
  const same = scalars.find((scalar) => scalar.text === text) ?? scalars.find((scalar) => scalar.text.includes(text));
  return same === undefined ? whole : { doc: place.doc, path: same.path };
}

function compileRetry(
  context: Compilation,
  { raw, place, role }: Head,
  sight: Sight,
  effect: Effect | null,
): Retry | undefined {
  if (role === 'hook' || effect === 'person' || effect === 'gate') return undefined;
  const retry = context.readKey(raw, place, 'retry', bodyShape.retry);
  if (retry === undefined) return undefined;
  const times = retry.times ?? triesWithin(context, retry, inside(place, 'retry'));
  if (retry.passes > times) {
    const message = `${retry.passes} passes can never come from ${times} ${times === 1 ? 'try' : 'tries'}`;
    context.problems.value(inside(place, 'retry', 'passes'), 'wrong-value', message, 'raise times or lower passes');
  }
  if (retry.give_up !== undefined) {
    context.use({ kind: 'condition', text: retry.give_up, sight, at: inside(place, 'retry', 'give_up') });
  }
  return {
    times,
    ...(retry.for === undefined ? {} : { forMs: retry.for }),
    everyMs: retry.every,
    passes: retry.passes,
    ...(retry.give_up === undefined ? {} : { giveUp: retry.give_up }),
  };
}

/** How many tries fit into `for`, when the document gives no number. */
function triesWithin(
  { problems }: Compilation,
  { for: forMs, every }: { readonly for?: number | undefined; readonly every: number },
  place: Place,
): number {
  if (forMs === undefined) {
    problems.key(place, 'missing-key', 'retry needs times or for', 'times: 20, or for: 2h with every: 1m');
    return 1;
  }
  if (every === 0) {
    problems.key(inside(place, 'for'), 'missing-key', 'for needs every: how long it waits between tries', 'every: 1m');
    return 1;
  }
  if (every > forMs) {
    const message = 'it waits longer between two tries than it tries at all';
    problems.value(inside(place, 'every'), 'wrong-value', message, 'for: 2h with every: 1m', problems.newer);
  }
  return Math.floor(forMs / every) + 1;
}

function compileCapture(
  context: Compilation,
  { raw, place, spec, role }: Head,
  sight: Sight,
  owner: object,
): Readonly<Record<string, string>> {
  if (role === 'hook' || (Object.keys(spec.fields).length === 0 && spec.captureField === null)) return {};
  const given = context.readKey(raw, place, 'capture', bodyShape.capture);
  if (given === undefined) return {};
  const at = inside(place, 'capture');
  if (role === 'identity') {
    context.problems.key(at, 'key-not-here', `${role} only reads: it captures nothing`, 'capture in the step');
    return {};
  }
  if (typeof given === 'string') {
    if (spec.captureField === null) {
      const fields = suggestion('', Object.keys(spec.fields), 'fields');
      context.problems.value(
        at,
        'no-capture',
        `${spec.name} has no output to capture`,
        `write a map of variable: expression; ${fields}`,
      );
      return {};
    }
    recordCapture(context, given, at, owner, (code, message, hint) => context.problems.value(at, code, message, hint));
    return { [given]: spec.captureField };
  }
  for (const [name, text] of Object.entries(given)) {
    const entry = inside(at, name);
    recordCapture(context, name, entry, owner, (code, message, hint) =>
      context.problems.key(entry, code, message, hint),
    );
    context.use({ kind: 'value', text, sight, at: entry });
  }
  return given;
}

function recordCapture(
  context: Compilation,
  name: string,
  place: Place,
  owner: object,
  say: (code: string, message: string, hint: string) => void,
): void {
  const wrong = checkName(name, context.reserved);
  if (wrong !== null) say('wrong-name', wrong.message, wrong.hint);
  else context.captures.push({ name, owner, place });
}
