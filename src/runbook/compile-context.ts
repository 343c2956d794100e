/** What surrounds a list of steps while it is compiled, and how a step finds another. */
import type { Compilation } from './compilation.ts';
import type { Around } from './compile-body.ts';
import type { On, OnFail } from './document.ts';
import type { Place, Zone } from './model.ts';
import { checkName } from './names.ts';
import { suggestion } from './suggest.ts';

/** What surrounds a list of steps. */
export interface Context extends Around {
  readonly zone: Zone;
  /** Conditions of the includes around, as the run knows them. */
  readonly when: readonly string[];
  /** What a step does on failure that says nothing about it; undefined: it asks. */
  readonly onFail?: OnFail | undefined;
  /** The same for the steps of a sequence that says nothing itself. */
  readonly onFailInside?: OnFail | undefined;
  /** True for the entries of a `parallel`: each is a branch of its own. */
  readonly beside?: boolean;
  /** On which hosts the steps happen that say nothing themselves; absent: here. */
  readonly on?: Spreads | undefined;
  /** Paths of the documents that are being read, outermost first. */
  readonly open: readonly string[];
}

/** What `on` and the keys beside it say. */
export interface Spreads {
  readonly on: On;
  readonly become: string | undefined;
  /** The hosts of a step around that goes through them in batches; undefined: there is none. */
  readonly batched?: On['hosts'];
}

/** Builds what was read, when every id that may be referred to is known. */
export type Later<T> = () => T;

/** The id in the run of a step that `written` at `place` refers to; null after reporting that there is none. */
export function resolve(compilation: Compilation, written: string, place: Place, { frame }: Around): string | null {
  const id = compilation.refer(written, frame, place);
  if (id !== null) return id;
  const copies = frame.resolve(`${written}_1`) === null ? '' : `each makes copies of it: ${written}_1, …`;
  const hint = copies === '' ? suggestion(written, frame.names(), 'steps') : copies;
  compilation.problems.value(place, 'unknown-step', `there is no step ${written}`, hint);
  return null;
}

/** Reports a name that `each` or `include` cannot bind. */
export function reportBinding({ problems, reserved }: Compilation, name: string, place: Place): void {
  const wrong = checkName(name, reserved);
  if (wrong !== null) problems.key(place, 'wrong-name', wrong.message, wrong.hint);
}
