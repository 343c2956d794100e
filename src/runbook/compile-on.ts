/**
 * `on` and the keys beside it: on which hosts a step happens.
 *
 * Invariant: a name that is written out is a group, or a host that is in one; where there are no groups, or the run makes one, it may be
 * any host.
 */
import type { Compilation } from './compilation.ts';
import { type Around, type Head, renamer } from './compile-body.ts';
import type { Context, Spreads } from './compile-context.ts';
import type { On } from './document.ts';
import { HERE, hostProblem, hostsMax, quotedHost } from './host-names.ts';
import { templateParts } from './interpolate.ts';
import { inside, type Place } from './model.ts';
import { fillBindings, mapExpressions, seenBindings } from './rewrite.ts';
import { onShape } from './shape.ts';
import { suggestion } from './suggest.ts';

const atOnceUsually = 8;
const beside = ['batches', 'stop_after', 'at_once', 'order', 'become'] as const;

/** On which hosts `head` happens; undefined: here. What it says itself goes before what is around. */
export function readOn(
  compilation: Compilation,
  { raw, place }: Pick<Head, 'raw' | 'place'>,
  context: Context,
): Spreads | undefined {
  const { problems } = compilation;
  if (!Object.hasOwn(raw, 'on')) {
    const stray = beside.find((key) => Object.hasOwn(raw, key));
    const becomes = compilation.readKey(raw, place, 'become', onShape.become);
    if (stray === undefined) return context.on;
    if (
      context.on !== undefined &&
      stray === 'become' &&
      !beside.some((key) => key !== 'become' && Object.hasOwn(raw, key))
    )
      return { ...context.on, become: becomes };
    problems.key(inside(place, stray), 'key-not-here', `${stray} has no place without on`, 'on: web');
    return context.on;
  }
  const names = compilation.readKey(raw, place, 'on', onShape.on);
  const on: On = {
    hosts: hostsOf(compilation, names ?? [HERE], inside(place, 'on'), context),
    batches: [...(compilation.readKey(raw, place, 'batches', onShape.batches) ?? ['rest'])],
    stopAfter: compilation.readKey(raw, place, 'stop_after', onShape.stop_after) ?? '1',
    atOnce: compilation.readKey(raw, place, 'at_once', onShape.at_once) ?? atOnceUsually,
    order: compilation.readKey(raw, place, 'order', onShape.order) ?? 'given',
  };
  reportLeavesBatch(compilation, on, inside(place, 'on'), context);
  const become = compilation.readKey(raw, place, 'become', onShape.become);
  const here = names?.length === 1 && names[0] === HERE;
  return here || names === undefined ? undefined : { on, become: become ?? context.on?.become };
}

/** What a step that holds others says of hosts: for the batches of all that it holds, and for each of them. */
export function insideOn(
  compilation: Compilation,
  head: Head,
  context: Context,
  id: string,
): { readonly own: On | undefined; readonly inside: Spreads | undefined } {
  const { flow } = head.spec;
  const holds = flow === 'steps' || flow === 'parallel' || flow === 'include';
  if (!holds || !Object.hasOwn(head.raw, 'on'))
    return { own: undefined, inside: holds ? readOn(compilation, head, context) : context.on };
  const spreads = readOn(compilation, head, context);
  if (spreads === undefined || flow === 'parallel') return { own: undefined, inside: spreads };
  const { on } = spreads;
  const batched = on.batches.length > 1 || on.batches[0] !== 'rest' ? { batched: on.hosts } : {};
  return { own: on, inside: { ...spreads, ...batched, on: { ...on, batches: ['rest'], within: id } } };
}

/** What says `on` in a batch happens on all of those hosts, and once more in each batch. */
function reportLeavesBatch({ problems, groups }: Compilation, { hosts }: On, at: Place, { on: around }: Context): void {
  if (around?.batched === undefined) return;
  const known = (names: On['hosts']): readonly string[] =>
    typeof names === 'string' ? [names] : names.flatMap((name) => groups[name] ?? [name]);
  const batched = new Set(known(around.batched));
  if (!known(hosts).some((host) => batched.has(host))) return;
  const message =
    'in each batch of the steps around this happens on all of these hosts, and not on those of the batch alone';
  problems.warn(at, 'leaves-batch', message, 'take it away, and the step goes with the batch');
}

/** True for a step that has a copy for each host. */
export function isSpread({ raw, spec }: Head, { on }: Context): boolean {
  return spec.onHosts === true && (Object.hasOwn(raw, 'on') ? raw['on'] !== HERE : on !== undefined);
}

function hostsOf(compilation: Compilation, names: readonly string[], at: Place, context: Around): On['hosts'] {
  const { problems } = compilation;
  const [first = ''] = names;
  if (names.length === 1 && first.includes('${{')) {
    const sight = { fields: {}, ...seenBindings(context.bindings), frame: context.frame };
    compilation.use({ kind: 'template', text: first, sight, at: whole(at) });
    return mapExpressions(fillBindings(first, context.bindings), renamer(context.frame));
  }
  names.forEach((name, index) => {
    const where = placeOf(at, index);
    if (name.includes('${{')) {
      const hint = 'write the whole of it as one ${{ }} that comes to a list';
      problems.value(where, 'template-here', 'a list of hosts that is written out takes no ${{ }}', hint);
      return;
    }
    if (name === HERE && names.length > 1)
      problems.value(where, 'wrong-host', 'here is this machine, and stands alone', 'take it out of the list');
    else if (name !== HERE) reportUnknown(compilation, name, where);
  });
  reportTooMany(compilation, names, at);
  return [...names];
}

/** What is known now is not told only when the run has come so far. */
function reportTooMany({ problems, groups }: Compilation, names: readonly string[], at: Place): void {
  const named = new Set(names.flatMap((name) => (Object.hasOwn(groups, name) ? groups[name] : name) ?? []));
  if (named.size <= hostsMax) return;
  const hint = 'name smaller groups, a step each';
  problems.value(whole(at), 'too-many-hosts', `${named.size} hosts, and a step happens on at most ${hostsMax}`, hint);
}

function reportUnknown({ problems, groups }: Compilation, name: string, at: Place): void {
  if (Object.hasOwn(groups, name)) return;
  const wrong = hostProblem(name);
  if (wrong !== null) {
    problems.value(at, 'wrong-host', `${quotedHost(name)} is no host: it ${wrong}`, 'name it as ssh_config does');
    return;
  }
  const all = Object.values(groups);
  const listed = all.flatMap((hosts) => (typeof hosts === 'string' ? [] : hosts));
  if (all.length === 0 || listed.includes(name) || all.some((hosts) => typeof hosts === 'string')) return;
  const hint = suggestion(name, [...Object.keys(groups), ...new Set(listed)], 'groups and hosts');
  problems.value(at, 'unknown-host', `there is no group and no host ${name}`, hint);
}

function placeOf(at: Place, index: number): Place {
  const one = inside(at, index);
  return one.doc.tree.has(one.path) ? one : at;
}

function whole(at: Place): Place {
  return placeOf(at, 0);
}

/** True for one `${{ }}` and nothing beside it. */
export function isOneExpression(text: string): boolean {
  const parts = templateParts(text);
  return parts.ok && parts.parts.length === 1 && parts.parts[0]?.kind === 'expression';
}
