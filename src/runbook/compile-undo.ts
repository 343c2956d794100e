/** The bodies that a step has besides its own: what undoes it, and what asks whether it is done. */
import type { Compilation } from './compilation.ts';
import { type Around, type BodyDraft, compileBody, type Head, readHead } from './compile-body.ts';
import { type Context, type Later, resolve } from './compile-context.ts';
import type { Body, Undo } from './document.ts';
import { inside, type Place } from './model.ts';

/** `done_when` of `owner`; null: it has none. */
export function compileDoneWhen(
  compilation: Compilation,
  owner: Head,
  context: Context,
  body: BodyDraft,
): Later<Body> | null {
  return Object.hasOwn(owner.raw, 'done_when') ? compileProbe(compilation, owner, 'done_when', context, body) : null;
}

/** The body at the key `role` of `owner`, which only looks. */
export function compileProbe(
  compilation: Compilation,
  owner: Pick<Head, 'raw' | 'place'>,
  role: 'done_when' | 'identity',
  around: Around,
  inherited: Pick<BodyDraft, 'env' | 'cwd'>,
): Later<Body> | null {
  const place = inside(owner.place, role);
  const head = readHead(compilation, owner.raw[role], place, role);
  if (head === null) return null;
  const draft = compileBody(compilation, head, around, inherited, {});
  const at = inside(place, head.spec.name);
  const { problems } = compilation;
  if (head.spec.flow !== 'leaf' || draft.effect === 'person' || draft.effect === 'gate') {
    problems.key(
      at,
      'probe',
      `${role} is asked without a person, so ${head.spec.name} cannot serve`,
      'use check or http',
    );
  } else if (role === 'identity' && head.spec.captureField === null) {
    problems.key(at, 'probe', `${head.spec.name} reads no text that could identify a target`, 'use check');
  } else if (draft.effect === 'once') {
    problems.warn(
      at,
      'probe',
      `${role} is asked again and again, but ${head.spec.name} is taken to change something`,
      'use check, or say effect: read',
    );
  }
  return () => draft.finish();
}

/** What `undo` says where nothing takes a step back; no id of a step is looked up under it. */
const NOTHING = 'none';

/** `undo: none`, which says no more than leaving it out, but for the reason beside it. */
function meantNone({ problems }: Compilation, raw: Head['raw'], at: Place): Later<Undo> {
  if (!Object.hasOwn(raw, 'why')) {
    const message = 'undo: none says that nothing takes this step back, and not why that is so';
    problems.value(at, 'undo-none', message, 'add why: what is left behind, and why it may stay');
  }
  return () => ({ kind: 'none', meant: true });
}

/** Something stands there, and its problem is told: that there is nothing is not told beside it. */
const wrong: Undo = { kind: 'none', meant: true };

/** `undo` of a step: bodies, or the id of the step whose undo covers it. */
export function compileUndo(
  compilation: Compilation,
  { raw, place }: Head,
  context: Context,
  body: BodyDraft,
  owner: object,
): Later<Undo> {
  const at = inside(place, 'undo');
  if (!Object.hasOwn(raw, 'undo')) return () => ({ kind: 'none' });
  const { problems } = compilation;
  if (context.zone === 'rollback') {
    problems.key(at, 'undo-here', 'a rollback step is not undone', 'take the undo away');
    return () => ({ kind: 'none' });
  }
  const given = raw['undo'];
  if (given === NOTHING) return meantNone(compilation, raw, at);
  if (typeof given === 'string') {
    if (!/^[a-z][a-z0-9_]*$/.test(given)) {
      const message = 'as text, undo is the id of the step whose undo covers this one; this is a command';
      problems.value(at, 'unknown-step', message, `write undo: { run: ${JSON.stringify(given)} }`);
      return () => wrong;
    }
    return () => {
      const by = resolve(compilation, given, at, context);
      return by === null ? wrong : { kind: 'covered', by };
    };
  }
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (list.length === 0) problems.value(at, 'empty', 'an empty list undoes nothing', 'take the undo away');
  const bodies = list.flatMap((item, index) => {
    const where = Array.isArray(given) ? inside(at, index) : at;
    const head = readHead(compilation, item, where, 'undo');
    if (head === null) return [];
    const draft = compileBody(compilation, head, context, body, owner);
    if (head.spec.flow !== 'leaf' || draft.effect === 'gate') {
      problems.key(
        inside(where, head.spec.name),
        'undo-action',
        `an undo cannot be ${head.spec.name}`,
        'use an action that does one thing',
      );
    }
    return [draft];
  });
  return () => (bodies.length === 0 ? wrong : { kind: 'bodies', bodies: bodies.map((draft) => draft.finish()) });
}
