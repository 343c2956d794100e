/**
 * The content of a record → the event that it is. What this gonogo does not know is told from what no gonogo would write.
 *
 * Invariants:
 * - Only a type, a key or an enumerated value that is not known here may be a newer gonogo's. Whatever is missing, or of another
 *   kind than it has to be, is wrong in every version.
 * - An event with more keys than are known counts for what is known of it, and names the rest.
 */
import type * as z from 'zod';
import { type Actor, actorSchema, type EventDraft, eventDraftSchema, type UnknownDraft } from '../run/event.ts';
import type { Wording } from './upcast.ts';

/** `leftOut`: the keys that are not known here, as `data.hosts`; empty: it is known as a whole. */
export type Worded =
  | { readonly kind: 'known'; readonly draft: EventDraft; readonly leftOut: readonly string[] }
  | { readonly kind: 'unknown'; readonly draft: UnknownDraft }
  | { readonly kind: 'wrong'; readonly reason: string };

/** What every version calls its events: a thing and what became of it. */
const typeForm = /^[a-z_]+\.[a-z_]+$/;

/** Who caused an event whose own actor cannot be read here. */
const somebody: Actor = { via: 'engine', name: 'a newer gonogo' };

/** Reads the content of one record, which is plain JSON, as deep as the record was. */
export function readWording(wording: Wording): Worded {
  const whole = eventDraftSchema.safeParse(wording);
  if (whole.success) return { kind: 'known', draft: whole.data, leftOut: [] };
  const { issues } = whole.error;
  const strange = issues.find((issue) => !isOfNewer(issue, wording));
  if (strange !== undefined) return { kind: 'wrong', reason: `${strange.path.join('.')}: ${strange.message}` };
  const leftOut = issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? keysOf(issue) : []));
  const rest = leftOut.length === issues.length ? eventDraftSchema.safeParse(without(wording, issues)) : null;
  if (rest?.success === true) return { kind: 'known', draft: rest.data, leftOut };
  const actor = actorSchema.safeParse(wording.actor);
  const [what = ''] = issues.map((issue) => issue.path.join('.'));
  return {
    kind: 'unknown',
    draft: {
      type: 'unknown',
      actor: actor.success ? actor.data : somebody,
      data: { named: String(wording.type), what },
    },
  };
}

/** A type, a key or an enumerated value, all text, that is not known. */
function isOfNewer(issue: z.core.$ZodIssue, wording: Wording): boolean {
  if (typeof wording.type !== 'string' || !typeForm.test(wording.type)) return false;
  if (issue.code === 'unrecognized_keys') return true;
  const names = issue.code === 'invalid_value' || (issue.code === 'invalid_union' && issue.errors.length === 0);
  return names && typeof at(wording, issue.path) === 'string';
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => (isObject(inner) ? Reflect.get(inner, key) : undefined), value);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function keysOf(issue: z.core.$ZodIssueUnrecognizedKeys): readonly string[] {
  return issue.keys.map((key) => [...issue.path, key].join('.'));
}

/** `wording` without the keys that `issues` name. */
function without(wording: Wording, issues: readonly z.core.$ZodIssue[]): unknown {
  const copy: unknown = structuredClone(wording);
  for (const issue of issues) {
    const holder = at(copy, issue.path);
    if (issue.code !== 'unrecognized_keys' || !isObject(holder)) continue;
    for (const key of issue.keys) Reflect.deleteProperty(holder, key);
  }
  return copy;
}
