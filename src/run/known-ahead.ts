/**
 * What is known of a run before it begins: which variables have their value, where the others will come from, and texts with just
 * that filled in.
 *
 * Invariants:
 * - Nothing is told that the run could find otherwise: results of steps, the time, what is asked, captured or secret stay as the
 *   document has them. What somebody corrects in the middle of a run (`gonogo set`) is the one exception.
 * - A text is filled in part by part, so that one unknown name leaves the rest readable.
 */
import type { Runbook, Step, StepId, Variable } from '../runbook/document.ts';
import { type CelValue, evaluate, refersTo, toText } from '../runbook/expression.ts';
import { templateParts } from '../runbook/interpolate.ts';
import { toCel } from '../runbook/values.ts';
import { outlineOf, type Place } from './outline.ts';

/** Where a variable's value comes from. `captured`: by these steps as they pass. `left-out`: by these, which
 * are left out of the run. `nobody`: nothing in the document gives one. */
export type Origin =
  | { readonly kind: 'known'; readonly text: string; readonly source: string }
  | { readonly kind: 'asked'; readonly question: string; readonly preset: string | null }
  | { readonly kind: 'environment'; readonly name: string; readonly isSet: boolean }
  | { readonly kind: 'command'; readonly words: readonly string[] }
  | { readonly kind: 'captured'; readonly by: readonly StepId[] }
  | { readonly kind: 'left-out'; readonly by: readonly StepId[] }
  | { readonly kind: 'nobody' };

/** A variable of the document, in its order. */
export interface Foreknown {
  readonly name: string;
  readonly secret: boolean;
  readonly origin: Origin;
}

/** Values by name, as expressions see them. */
export type KnownValues = Readonly<Record<string, CelValue>>;

/** What the run would start with, as `vars` and `sources` of its first record. */
export interface Beginnings {
  readonly vars: Readonly<Record<string, string | null>>;
  readonly sources: Readonly<Record<string, string>>;
}

/** Every variable of `runbook`, and where its value comes from in a run without the steps of `leftOut`. */
export function foreknown(
  runbook: Runbook,
  { vars, sources }: Beginnings,
  leftOut: ReadonlyMap<StepId, string> = new Map(),
): readonly Foreknown[] {
  const capturing = capturedBy(runbook);
  const { places } = outlineOf(runbook);
  return Object.entries(runbook.vars).map(([name, variable]) => {
    const { secret } = variable;
    const all = capturing.get(name) ?? [];
    const by = all.filter((id) => !isLeftOut(places.get(id) ?? null, leftOut));
    const text = vars[name] ?? null;
    if (by.length > 0) return { name, secret, origin: { kind: 'captured', by } };
    if (text !== null && !secret)
      return { name, secret, origin: { kind: 'known', text, source: sources[name] ?? 'literal' } };
    const origin = laterOrigin(variable, Object.hasOwn(vars, name));
    return {
      name,
      secret,
      origin: origin.kind === 'nobody' && all.length > 0 ? { kind: 'left-out', by: all } : origin,
    };
  });
}

function isLeftOut(place: Place | null, leftOut: ReadonlyMap<StepId, string>): boolean {
  return place !== null && (leftOut.has(place.step.id) || isLeftOut(place.parent, leftOut));
}

/** What gives a value that is not known: as the run will look for it, one after the other. */
function laterOrigin({ ask, env, from, or, default: preset }: Variable, isSet: boolean): Origin {
  if (env !== undefined && isSet) return { kind: 'environment', name: env, isSet };
  if (from !== undefined) return { kind: 'command', words: from };
  if (ask !== undefined || or !== undefined) return { kind: 'asked', question: ask ?? '', preset: preset ?? null };
  return env === undefined ? { kind: 'nobody' } : { kind: 'environment', name: env, isSet };
}

function capturedBy(runbook: Runbook): ReadonlyMap<string, readonly StepId[]> {
  const found = new Map<string, StepId[]>();
  for (const [id, { step }] of outlineOf(runbook).places) {
    for (const name of [...Object.keys(step.capture), ...Object.keys(step.each?.gather ?? {})])
      found.set(name, [...(found.get(name) ?? []), id]);
    for (const name of step.each === undefined ? [] : capturedIn(step.each.pattern))
      found.set(name, [...(found.get(name) ?? []), id]);
  }
  return found;
}

function capturedIn(step: Step): readonly string[] {
  const inner = step.blocks.flatMap(({ steps }) => steps.flatMap(capturedIn));
  return [...Object.keys(step.capture), ...inner];
}

/** The values that are known, typed. */
export function knownValues(runbook: Runbook, all: readonly Foreknown[]): KnownValues {
  const values: Record<string, CelValue> = {};
  for (const { name, origin } of all) {
    const variable = runbook.vars[name];
    if (origin.kind === 'known' && variable !== undefined) values[name] = toCel(variable, origin.text);
  }
  return values;
}

/** What `step` sees of `values`: with the names that are bound for it, and without those that have no value yet. */
export function seenBy(step: Step, values: KnownValues): KnownValues {
  const bound = Object.entries(step.bindings);
  if (bound.length === 0) return values;
  const seen: Record<string, CelValue> = { ...values };
  for (const [name, template] of bound) {
    const { text, isWhole } = fillKnown(template, values);
    if (isWhole) seen[name] = text;
    else delete seen[name];
  }
  return seen;
}

/** `values` without what each copy of `step` has of its own. */
export function seenByCopies({ each }: Step, values: KnownValues): KnownValues {
  const own = new Set(each?.lists.map(({ name }) => name));
  return Object.fromEntries(Object.entries(values).filter(([name]) => !own.has(name)));
}

/** `template` with what is known filled in. `isWhole`: nothing is left to be filled in. */
export function fillKnown(template: string, values: KnownValues): { readonly text: string; readonly isWhole: boolean } {
  const split = templateParts(template);
  if (!split.ok) return { text: template, isWhole: false };
  const parts = split.parts.map((part) => {
    if (part.kind === 'text') return part.text;
    return textOf(part.source, values);
  });
  const text = split.parts
    .map((part, at) => parts[at] ?? (part.kind === 'text' ? '' : `\${{ ${part.source} }}`))
    .join('');
  return { text, isWhole: parts.every((part) => part !== null) };
}

function textOf(source: string, values: KnownValues): string | null {
  const value = knownValue(source, values);
  return value === null ? null : toText(value.value);
}

/** Whether the condition `source` holds, whatever happens until then; null: that is not known. */
export function holdsKnown(source: string, values: KnownValues): boolean | null {
  const value = knownValue(source, values)?.value;
  return typeof value === 'boolean' ? value : null;
}

/** Null: it rests on what is not known, or cannot be computed. */
function knownValue(source: string, values: KnownValues): { readonly value: CelValue } | null {
  // An expression can have a value without all of its names (`a || b`), and that one would be true as well.
  if ([...refersTo(source)].some((name) => !Object.hasOwn(values, name))) return null;
  const result = evaluate(source, values);
  return result.ok ? { value: result.value } : null;
}
