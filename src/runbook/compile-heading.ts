/** What a step is called and when it is taken. */
import type { Compilation, Identity } from './compilation.ts';
import type { Head } from './compile-body.ts';
import type { Context } from './compile-context.ts';
import { inside, type Sight } from './model.ts';
import { titleFrom } from './names.ts';
import { seenBindings } from './rewrite.ts';
import { stepShape } from './shape.ts';

export interface Heading {
  readonly identity: Identity;
  readonly title: string | undefined;
  readonly why: string | undefined;
  readonly when: string | undefined;
  /** How often what it did is to be done again. */
  readonly everyMs?: number | undefined;
}

/** What a step is called and when it is taken. */
export function readHeading(compilation: Compilation, head: Head, context: Context, summary: string): Heading {
  const { raw, place } = head;
  const id = compilation.readKey(raw, place, 'id', stepShape.id);
  const title = compilation.readKey(raw, place, 'title', stepShape.title);
  const why = compilation.readKey(raw, place, 'why', stepShape.why);
  const when = compilation.readKey(raw, place, 'when', stepShape.when);
  const everyMs = compilation.readKey(raw, place, 'every', stepShape.every);
  const sight: Sight = { fields: {}, ...seenBindings(context.bindings), frame: context.frame };
  if (title !== undefined) compilation.use({ kind: 'words', text: title, sight, at: inside(place, 'title') });
  if (why !== undefined) compilation.use({ kind: 'words', text: why, sight, at: inside(place, 'why') });
  if (when !== undefined) compilation.use({ kind: 'condition', text: when, sight, at: inside(place, 'when') });
  return { identity: compilation.identify(id, title ?? summary, place, context.frame), title, why, when, everyMs };
}

/** The title of a step that gives none itself. */
export function titleOf(id: unknown, { local }: Identity, summary: string): string {
  return typeof id === 'string' || summary === '' ? titleFrom(local) : summary;
}

/** All of `conditions` as one. */
export function joined(conditions: readonly string[]): string {
  const [only] = conditions;
  return only !== undefined && conditions.length === 1 ? only : conditions.map((text) => `(${text})`).join(' && ');
}
