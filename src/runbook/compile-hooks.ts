/**
 * The `hooks` of a runbook: what is done each time the run comes to a state.
 *
 * Invariants: a hook changes nothing that a rollback would have to know of, so it has no undo, captures nothing and is not tried
 * again; its id names it among the hooks and nowhere else.
 */
import type { Compilation } from './compilation.ts';
import { compileBody, readHead } from './compile-body.ts';
import type { Context, Later } from './compile-context.ts';
import { type Hook, hookStates } from './document.ts';
import { inside, isMap, type Place } from './model.ts';
import { checkId } from './names.ts';
import { hookShape, hooksShape } from './shape.ts';
import { choice } from './suggest.ts';

/** What a hook sees of the run, whatever variables the document has. */
const seen = ['run', 'state', 'step', 'reason', 'waiting', 'url'] as const;
/** What a hook may be. */
export const hookActions: readonly string[] = ['notify', 'run', 'check'];

/** Reads `hooks` of the runbook `raw`. */
export function compileHooks(
  compilation: Compilation,
  raw: Readonly<Record<string, unknown>>,
  root: Place,
  context: Context,
): Later<readonly Hook[]> {
  if (!Object.hasOwn(raw, 'hooks')) return () => [];
  const place = inside(root, 'hooks');
  const { hooks } = raw;
  const { problems } = compilation;
  if (!isMap(hooks)) {
    const hint = `keys: ${Object.keys(hooksShape).join(', ')}`;
    problems.value(place, hooks === null ? 'missing-value' : 'wrong-type', 'hooks is a map', hint);
    return () => [];
  }
  for (const key of Object.keys(hooks)) {
    if (Object.hasOwn(hooksShape, key)) continue;
    problems.key(
      inside(place, key),
      'unknown-key',
      `unknown key ${key}`,
      choice(key, Object.keys(hooksShape), 'allowed'),
    );
  }
  warnOfShadows(compilation);
  const reader = new HookReader(compilation, context);
  const all = hookStates.flatMap((on) => {
    const list = compilation.readKey(hooks, place, on, hooksShape[on]) ?? [];
    return list.flatMap((hook, index) => reader.read(hook, inside(place, on, index), on, index) ?? []);
  });
  return () => all.map((hook) => hook());
}

class HookReader {
  readonly #compilation: Compilation;
  readonly #context: Context;
  readonly #ids = new Set<string>();

  constructor(compilation: Compilation, context: Context) {
    this.#compilation = compilation;
    const bindings = Object.fromEntries(seen.map((name) => [name, `\${{ ${name} }}`]));
    this.#context = { ...context, bindings };
  }

  read(raw: unknown, place: Place, on: Hook['on'], index: number): Later<Hook> | null {
    const { problems } = this.#compilation;
    const head = readHead(this.#compilation, raw, place, 'hook');
    if (head === null) return null;
    if (!hookActions.includes(head.spec.name)) {
      const message = `a hook cannot be ${head.spec.name}`;
      problems.key(inside(place, head.spec.name), 'hook-action', message, `one of: ${hookActions.join(', ')}`);
      return null;
    }
    const given = this.#compilation.readKey(head.raw, place, 'id', hookShape.id);
    const wrong = given === undefined ? null : checkId(given);
    if (wrong !== null) problems.value(inside(place, 'id'), 'wrong-id', wrong.message, wrong.hint);
    const id = given ?? `${on.replace('-', '_')}_${index + 1}`;
    if (this.#ids.has(id))
      problems.value(inside(place, 'id'), 'duplicate-id', `the id ${id} is taken`, 'give each hook an id of its own');
    this.#ids.add(id);
    const title = this.#compilation.readKey(head.raw, place, 'title', hookShape.title);
    const body = compileBody(this.#compilation, head, this.#context, { env: {}, cwd: undefined }, {});
    return () => ({ id, title: title ?? id, on, body: body.finish() });
  }
}

/** A variable of the document under such a name cannot be read in a hook. */
function warnOfShadows({ variables, problems }: Compilation): void {
  for (const name of seen) {
    const declared = variables.get(name)?.declared ?? null;
    if (declared === null) continue;
    const message = `in a hook ${name} is what gonogo says of the run, not this variable`;
    problems.warn(declared, 'hook-name', message, 'give the variable another name if a hook should read it');
  }
}
