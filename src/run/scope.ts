/**
 * What a step sees: the variables by name, the results of other steps, its bindings; and its body with every template
 * filled in.
 *
 * Invariants:
 * - A script is never changed: variables reach it as environment variables.
 * - An undo sees each variable as the visit that it undoes left it, without what was corrected after its newest attempt began:
 *   that attempt did not see it.
 * - A secret has a value here only when the caller holds it; otherwise it reads as `•••`, so a check of a body needs none.
 */
import type { ActionSpecs } from '../runbook/action-spec.ts';
import type { Body, CopyOf, Json, StepId } from '../runbook/document.ts';
import { type CelValue, compileScope, type Scope, type StepField } from '../runbook/expression.ts';
import { interpolateParams, interpolateText } from '../runbook/interpolate.ts';
import { secretsRead } from '../runbook/secrets-read.ts';
import { toCel } from '../runbook/values.ts';
import { copiesOf, isSeen, rowAt } from './copies.ts';
import type { Row } from './event.ts';
import { hostStatus, hostVisits, readsHosts } from './host-results.ts';
import { isoTime } from './instants.ts';
import { outlineOf } from './outline.ts';
import { CORRECTION, type RunState, type VariableValue, type VisitState } from './state.ts';

/** Values of secrets by variable name; a name that is missing reads as `•••`. */
export type Secrets = ReadonlyMap<string, string>;
export const noSecrets: Secrets = new Map();
const MASK = '•••';

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string };

/** A body ready to act on. `variables`: the environment variables that hold the run's variables. */
export interface Resolved {
  readonly params: Json;
  readonly variables: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string | null;
  /** Names of the secrets that this body's templates read. */
  readonly secrets: readonly string[];
}

/** The newest records that somebody sees. `corrections`: the newest one of those. */
export interface Horizon {
  readonly until: number;
  readonly corrections: number;
}

/** Text of every variable that is set, as it is seen up to `horizon` (all: `null`). */
export function textValues(
  state: RunState,
  horizon: Horizon | null,
  secrets: Secrets,
  seer: readonly CopyOf[] = [],
): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const [name, all] of state.variables) {
    const values = all.filter(({ step }) => isSeen(copiesOf(state, step), seer));
    const inTime = horizon === null ? values : values.filter((value) => isWithin(horizon, value));
    const found = inTime.at(-1) ?? values[0];
    if (found === undefined) continue;
    texts.set(name, found.value ?? secrets.get(name) ?? MASK);
  }
  return texts;
}

function isWithin({ until, corrections }: Horizon, { seq, source }: VariableValue): boolean {
  return seq <= (source === CORRECTION ? corrections : until);
}

/** Up to where `visit` sees variables: an undo stops where the visit that it undoes closed, or began its newest attempt. */
function horizonOf(state: RunState, visit: VisitState | null): Horizon | null {
  const undone = visit?.undoes ?? null;
  const of = undone === null ? undefined : state.steps.get(undone.step)?.visits.at(undone.visit - 1);
  if (of === undefined) return null;
  const until = of.closedSeq ?? Number.POSITIVE_INFINITY;
  const begun = of.attempts.findLast(({ status }) => status !== 'void');
  return { until, corrections: begun?.startedSeq ?? until };
}

const scopesOf = new WeakMap<RunState['runbook'], Map<string, Scope>>();

/** The scope of expressions in `body`: the fields of its action are visible to them. Null: no action's fields. */
export function scopeOf(
  runbook: RunState['runbook'],
  specs: ActionSpecs,
  body: Body | null,
  bindings: readonly string[],
): Scope {
  const scopes = scopesOf.get(runbook) ?? new Map<string, Scope>();
  scopesOf.set(runbook, scopes);
  const key = [body?.action ?? '', ...bindings].join(' ');
  const known = scopes.get(key);
  if (known !== undefined) return known;
  const variables = Object.fromEntries(Object.entries(runbook.vars).map(([name, { type }]) => [name, type]));
  for (const name of bindings) variables[name] = 'string';
  const extra = body === null ? {} : (specs.get(body.action)?.fields ?? {});
  const steps = Object.fromEntries([...mentionedSteps(runbook)].map((id) => [id, fieldNames]));
  const scope = compileScope({ variables, extra, steps });
  scopes.set(key, scope);
  return scope;
}

const fieldNames: ReadonlySet<StepField> = new Set(['status', 'exit', 'ms', 'visits', 'captured', 'hosts'] as const);
const mentioned = new WeakMap<RunState['runbook'], ReadonlySet<StepId>>();

/** The steps whose results the document reads, so that a long runbook does not offer thousands to every expression. */
function mentionedSteps(runbook: RunState['runbook']): ReadonlySet<StepId> {
  const known = mentioned.get(runbook);
  if (known !== undefined) return known;
  const { places } = outlineOf(runbook);
  const names = JSON.stringify(runbook).matchAll(/\bsteps\.([a-z][a-z0-9_]*)/g);
  const found = new Set([...names].map(([, id]) => id ?? '').filter((id) => places.has(id)));
  mentioned.set(runbook, found);
  return found;
}

/** Values by name: variables as their types say, bindings, `steps`, and `now`: the time of the newest event. */
export function celValues(
  state: RunState,
  texts: ReadonlyMap<string, string>,
  bindings: Readonly<Record<string, string>>,
): Readonly<Record<string, CelValue>> {
  const values: Record<string, CelValue> = {};
  for (const [name, text] of texts) {
    const variable = state.runbook.vars[name];
    values[name] = variable === undefined ? text : toCel(variable, text);
  }
  return Object.assign(values, bindings, { steps: stepResults(state), now: isoTime(state.head.at) });
}

function stepResults(state: RunState): CelValue {
  const results: Record<string, CelValue> = {};
  for (const id of mentionedSteps(state.runbook)) {
    const step = state.steps.get(id);
    const visit = step?.visits.at(-1);
    const end = visit?.attempts.findLast((attempt) => attempt.end !== null)?.end ?? null;
    const result: Record<string, CelValue> = {
      status: visit?.status ?? 'pending',
      visits: BigInt(step?.visits.length ?? 0),
    };
    if (end !== null && end.exit !== null) result['exit'] = BigInt(end.exit);
    if (end !== null) result['ms'] = BigInt(end.ms);
    result['captured'] = capturedBy(state, id);
    if (readsHosts(state.runbook).has(id)) result['hosts'] = hostResults(state, id);
    results[id] = result;
  }
  return results;
}

/** What step `id` came to on each host that it has come to so far: its newest visit there. */
function hostResults(state: RunState, id: StepId): Record<string, CelValue> {
  const results: Record<string, CelValue> = {};
  for (const [host, { visit }] of hostVisits(state, id)) {
    const end = visit.attempts.findLast((attempt) => attempt.end !== null)?.end ?? null;
    results[host] = {
      status: hostStatus(visit),
      ...(end === null || end.exit === null ? {} : { exit: BigInt(end.exit) }),
      ...(end === null ? {} : { ms: BigInt(end.ms) }),
      ...(end?.stdout === undefined ? {} : { stdout: end.stdout }),
    };
  }
  return results;
}

/** What step `id` captured last, by variable. */
function capturedBy(state: RunState, id: StepId): Record<string, CelValue> {
  const names = Object.keys(outlineOf(state.runbook).places.get(id)?.step.capture ?? {});
  const captured: Record<string, CelValue> = {};
  for (const name of names) {
    const found = state.variables.get(name)?.findLast(({ step }) => step === id)?.value ?? null;
    const variable = state.runbook.vars[name];
    if (found !== null) captured[name] = variable === undefined ? found : toCel(variable, found);
  }
  return captured;
}

/** Everything that expressions of a step see, computed once per use. */
export interface View {
  readonly scope: Scope;
  readonly values: Readonly<Record<string, CelValue>>;
  readonly texts: ReadonlyMap<string, string>;
  readonly bindings: Readonly<Record<string, string>>;
}

/** What seeing rests on: the state, the actions, and the values of the secrets that the caller holds. */
export interface Seeing {
  readonly state: RunState;
  readonly specs: ActionSpecs;
  readonly secrets: Secrets;
}

/** What step `id` sees on `visit` (null: before it opened), with the fields of `body`'s action declared. */
export function viewOf(
  { state, specs, secrets }: Seeing,
  id: StepId | null,
  visit: VisitState | null,
  body: Body | null,
): Result<View> {
  const copies = copiesOf(state, id);
  const texts = textValues(state, horizonOf(state, visit), secrets, copies);
  const row = copies.length === 0 ? {} : rowAt(state, copies, undoneSince(state, visit));
  const bound = bindingsOf(state, specs, id, texts, row);
  if (!bound.ok) return bound;
  const scope = scopeOf(state.runbook, specs, body, Object.keys(bound.value));
  const values = { ...celValues(state, texts, bound.value), ...row };
  return { ok: true, value: { scope, values, texts, bindings: bound.value } };
}

function bindingsOf(
  state: RunState,
  specs: ActionSpecs,
  id: StepId | null,
  texts: ReadonlyMap<string, string>,
  row: Row,
): Result<Readonly<Record<string, string>>> {
  if (id === null) return { ok: true, value: {} };
  const outline = outlineOf(state.runbook);
  const step = outline.places.get(id)?.step ?? outline.places.get(outline.undos.get(id)?.of ?? '')?.step;
  const bound: Record<string, string> = shellNames(row);
  if (step === undefined || Object.keys(step.bindings).length === 0) return { ok: true, value: bound };
  const scope = scopeOf(state.runbook, specs, null, []);
  const values = { ...celValues(state, texts, {}), ...row };
  for (const [name, template] of Object.entries(step.bindings)) {
    if (Object.hasOwn(bound, name)) continue;
    const text = interpolateText(template, scope, values);
    if (!text.ok) return { ok: false, message: `${name}: ${text.message}` };
    bound[name] = text.text;
  }
  return { ok: true, value: bound };
}

/** What scripts call the values of a copy: a map is its JSON, and each part of it `NAME_PART`. */
function shellNames(row: Row): Record<string, string> {
  const names: Record<string, string> = {};
  for (const [name, value] of Object.entries(row)) {
    names[name] = typeof value === 'string' ? value : JSON.stringify(value);
    if (typeof value === 'string') continue;
    for (const [part, text] of Object.entries(value)) if (/^\w+$/.test(part)) names[`${name}_${part}`] = text;
  }
  return names;
}

/** The record at which the visit that `visit` undoes opened; null: it undoes none. */
function undoneSince(state: RunState, visit: VisitState | null): number | null {
  const undone = visit?.undoes ?? null;
  return undone === null ? null : (state.steps.get(undone.step)?.visits.at(undone.visit - 1)?.openedSeq ?? null);
}

/** `body` with its templates filled in, or why that cannot be done. */
export function resolveBody(state: RunState, specs: ActionSpecs, view: View, body: Body): Result<Resolved> {
  const spec = specs.get(body.action);
  if (spec === undefined) return { ok: false, message: `there is no action ${body.action}` };
  const params = interpolateParams(body.params, (path) => spec.isScript(body.params, path), view.scope, view.values);
  if (!params.ok) return params;
  const unset = unsetInScripts(state, body, spec.isScript, view);
  if (unset !== null) return { ok: false, message: `variable ${unset} is not set` };
  const env: Record<string, string> = {};
  for (const [name, template] of Object.entries(body.env)) {
    const text = interpolateText(template, view.scope, view.values);
    if (!text.ok) return { ok: false, message: `env ${name}: ${text.message}` };
    env[name] = text.text;
  }
  const cwd = body.cwd === undefined ? null : interpolateText(body.cwd, view.scope, view.values);
  if (cwd !== null && !cwd.ok) return { ok: false, message: `cwd: ${cwd.message}` };
  return {
    ok: true,
    value: {
      params: params.params,
      variables: publicVariables(state, view),
      env,
      cwd: cwd === null ? null : cwd.text,
      secrets: secretsIn(state, body),
    },
  };
}

/** Texts in which all templates are filled in, or why one of them cannot be. */
export function filledIn(templates: readonly string[], view: View): Result<readonly string[]> {
  const texts: string[] = [];
  for (const template of templates) {
    const text = interpolateText(template, view.scope, view.values);
    if (!text.ok) return { ok: false, message: `evidence: ${text.message}` };
    texts.push(text.text);
  }
  return { ok: true, value: texts };
}

function publicVariables(state: RunState, view: View): Readonly<Record<string, string>> {
  const variables: Record<string, string> = {};
  for (const [name, text] of view.texts) if (state.runbook.vars[name]?.secret !== true) variables[name] = text;
  return { ...variables, ...view.bindings };
}

/** Names of secret variables that the templates of `body` read. */
export function secretsIn({ runbook }: Pick<RunState, 'runbook'>, body: Body): readonly string[] {
  return secretsRead(runbook.vars, body);
}

/** The first declared variable that a script of `body` reads and that has no value; null when there is none. */
function unsetInScripts(
  state: RunState,
  body: Body,
  isScript: (params: Json, path: readonly (string | number)[]) => boolean,
  view: View,
): string | null {
  const unset = Object.keys(state.runbook.vars).filter(
    (name) => !view.texts.has(name) && !(name in view.bindings) && !(name in body.env),
  );
  if (unset.length === 0) return null;
  const scripts: string[] = [];
  collectScripts(body.params, [], (path) => isScript(body.params, path), scripts);
  const text = scripts.join('\n');
  const found = unset.find((name) => {
    const used = new RegExp(`\\$(?:${name}\\b|\\{${name}(?![a-z0-9_:+?=-]))`);
    return (
      used.test(text) &&
      !new RegExp(
        `(?:^|[\\s;(])(?:local |export |read )?${name}=|\\bread [^\\n]*\\b${name}\\b|\\bfor ${name} in\\b`,
      ).test(text)
    );
  });
  return found ?? null;
}

function collectScripts(
  value: Json,
  path: readonly (string | number)[],
  isScript: (path: readonly (string | number)[]) => boolean,
  out: string[],
): void {
  if (typeof value === 'string') {
    if (isScript(path)) out.push(value);
  } else if (Array.isArray(value)) {
    value.forEach((item: Json, index) => {
      collectScripts(item, [...path, index], isScript, out);
    });
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) collectScripts(item, [...path, key], isScript, out);
  }
}

/** `template` with what is known filled in; as it stands where something is not. */
export function shown(template: string, view: View): string {
  if (!template.includes('${{')) return template;
  const filled = interpolateText(template, view.scope, view.values);
  return filled.ok ? filled.text : template;
}
