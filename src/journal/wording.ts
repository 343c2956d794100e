/**
 * The content of a record → the event that it is. What this gonogo does not know is told from what no gonogo would write.
 *
 * Invariants:
 * - Only a type, whatever it is called, a key or an enumerated value that is not known here may be a newer gonogo's. Whatever is
 *   missing, or of another kind than it has to be, is wrong in every version.
 * - An event with more keys than are known counts for what is known of it, and names the rest.
 */
import type * as z from 'zod';
import { type Actor, type EventDraft, eventDraftSchema, type UnknownDraft } from '../run/event.ts';
import { actorSchema } from '../run/event-form.ts';
import type { Wording } from './upcast.ts';

/** `leftOut`: the keys that are not known here, as `data.hosts`; empty: it is known as a whole. */
export type Worded =
  | { readonly kind: 'known'; readonly draft: EventDraft; readonly leftOut: readonly string[] }
  | { readonly kind: 'unknown'; readonly draft: UnknownDraft }
  | { readonly kind: 'wrong'; readonly reason: string };

/** Who caused an event whose own actor cannot be read here. */
const somebody: Actor = { via: 'engine', name: 'a newer gonogo' };

/** Reads the content of one record, which is plain JSON, as deep as the record was. */
export function readWording(wording: Wording): Worded {
  const whole = eventDraftSchema.safeParse(wording);
  if (whole.success) return { kind: 'known', draft: whole.data, leftOut: [] };
  const { issues } = whole.error;
  const strange = issues.find((issue) => !isOfNewer(issue, wording));
  if (strange !== undefined) return { kind: 'wrong', reason: `${strange.path.join('.')}: ${strange.message}` };
  const places = issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? keysOf(issue) : issue.path.join('.')));
  const onlyKeys = issues.every(({ code }) => code === 'unrecognized_keys');
  const rest = onlyKeys ? eventDraftSchema.safeParse(without(wording, issues)) : null;
  if (rest?.success === true) return { kind: 'known', draft: rest.data, leftOut: places };
  const actor = actorSchema.safeParse(wording.actor);
  const [what = ''] = places;
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
  if (typeof wording.type !== 'string' || wording.type === '') return false;
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
