/**
 * `each` and `matrix`: what the copies of a step are bound to.
 *
 * Invariant: plain values make copies when the document is read, as many as there are. Whatever else there is of a list (values
 * of the run, values that are maps, values that the copies capture) makes them as the run comes by.
 */
import { isPart } from './cel-source.ts';
import type { Compilation } from './compilation.ts';
import { type Around, type Head, renamer } from './compile-body.ts';
import { type Context, reportBinding } from './compile-context.ts';
import type { Each, Step } from './document.ts';
import { templateParts } from './interpolate.ts';
import { inside, isMap, type Place } from './model.ts';
import { fillBindings, mapExpressions, partBindings, seenBindings } from './rewrite.ts';
import { type EachValue, stepShape } from './shape.ts';
import { suggestion } from './suggest.ts';

type Row = Readonly<Record<string, string>>;

/** `rows`: one map of bindings a copy. `later`: the lists, each as JSON or as one `${{ }}`. */
export type Copies =
  | { readonly kind: 'rows'; readonly rows: readonly Row[] }
  | { readonly kind: 'later'; readonly lists: Each['lists']; readonly multiply: boolean; readonly bindings: Row };

/** True for a step that stands for its copies. `spread`: it has some for hosts, and may gather from those. */
export function isCopied({ raw }: Head, spread: boolean): boolean {
  return ['each', 'matrix', ...(spread ? [] : ['gather'])].some((key) => Object.hasOwn(raw, key));
}

/** What `each` or `matrix` says; no rows after reporting what is wrong with it. `later`: copies capture, or are gathered from. */
export function readEach(compilation: Compilation, head: Head, context: Context, later: boolean): Copies {
  const { raw, place } = head;
  const { problems } = compilation;
  const key = Object.hasOwn(raw, 'each') ? 'each' : 'matrix';
  const at = inside(place, key);
  if (!Object.hasOwn(raw, key)) {
    problems.key(inside(place, 'gather'), 'key-not-here', 'gather has no place without each', 'each: { host: [a, b] }');
    return { kind: 'rows', rows: [{}] };
  }
  if (key === 'each' && Object.hasOwn(raw, 'matrix')) {
    problems.key(
      inside(place, 'matrix'),
      'key-not-here',
      'matrix has no place beside each',
      'each takes lists together',
    );
  }
  if (reportEmpty(compilation, raw[key], at, key)) return { kind: 'rows', rows: [] };
  const read = compilation.readKey(raw, place, key, stepShape.each);
  if (read === undefined) return { kind: 'rows', rows: [{}] };
  for (const [name, values] of Object.entries(read)) {
    reportBinding(compilation, name, inside(at, name));
    reportTemplates(compilation, values, inside(at, name), context);
  }
  if (key === 'each') reportTogether(compilation, read, at);
  const plain = plainLists(read);
  if (plain !== null && !later) {
    return { kind: 'rows', rows: key === 'each' ? together(plain) : multiplied(plain) };
  }
  return { kind: 'later', lists: listsOf(read, context), multiply: key === 'matrix', bindings: selfBound(read) };
}

function reportEmpty({ problems }: Compilation, value: unknown, at: Place, key: string): boolean {
  const lists = isMap(value) ? value : {};
  const empty = Object.keys(lists).find((name) => Array.isArray(lists[name]) && lists[name].length === 0);
  if (empty === undefined && (!isMap(value) || Object.keys(lists).length > 0)) return false;
  const where = empty === undefined ? at : inside(at, empty);
  problems.value(where, 'each-empty', `${key} over nothing makes no step`, 'list the values, or take the step away');
  return true;
}

/** A list of the run is one `${{ }}`; the values of a list that is written out are plain. */
function reportTemplates(compilation: Compilation, values: EachValue, at: Place, context: Context): void {
  if (typeof values === 'string') {
    const parts = templateParts(values);
    const isOne = parts.ok && parts.parts.length === 1 && parts.parts[0]?.kind === 'expression';
    if (!isOne) {
      const hint = 'write [a, b], or "${{ name }}" of a variable with type: list';
      compilation.problems.value(at, 'wrong-type', 'expected a list', hint);
      return;
    }
    const sight = { fields: {}, ...seenBindings(context.bindings), frame: context.frame };
    compilation.use({ kind: 'template', text: values, sight, at, isList: true });
    return;
  }
  const mixed = values.findIndex((value) => typeof value !== typeof values[0]);
  if (mixed > 0) {
    const hint = 'give each of them the same keys, or none of them any';
    compilation.problems.value(
      inside(at, mixed),
      'each-uneven',
      'the values of one list are all maps, or all texts',
      hint,
      compilation.problems.newer,
    );
  }
  const [first = {}] = values;
  const keys = typeof first === 'string' ? [] : Object.keys(first);
  values.forEach((value, index) => {
    const lacks = typeof value === 'string' ? undefined : keys.find((key) => !Object.hasOwn(value, key));
    if (lacks !== undefined) {
      const hint = `the first has ${keys.join(', ')}`;
      const { problems } = compilation;
      problems.value(inside(at, index), 'each-uneven', `this one has no ${lacks}`, hint, problems.newer);
    }
    const texts = typeof value === 'string' ? [value] : Object.values(value);
    if (!texts.some((text) => text.includes('${{'))) return;
    const hint =
      'steps are copied when the document is read: write the values out, or give the whole list as one ${{ }}';
    compilation.problems.value(inside(at, index), 'template-here', 'each takes no ${{ }}', hint);
  });
}

/** Several lists are taken together: first with first, second with second. */
function reportTogether({ problems }: Compilation, read: Readonly<Record<string, EachValue>>, at: Place): void {
  const [first, ...others] = Object.entries(read);
  if (first === undefined || others.length === 0) return;
  const [name, values] = first;
  const uneven = others.find(([, list]) => list.length !== values.length);
  const written = [values, ...others.map(([, list]) => list)].every((list) => typeof list !== 'string');
  const hint = 'lists of one each are taken together: make them equally long';
  if (written && uneven !== undefined) {
    const [other, list] = uneven;
    const message = `${other} has ${list.length} values, ${name} has ${values.length}`;
    problems.key(inside(at, other), 'each-uneven', message, `${hint}, or use matrix for each with each`);
    return;
  }
  const names = Object.keys(read).join(' and ');
  problems.note(at, 'each-zipped', `${names} are taken together: first with first`, 'matrix takes each with each');
}

function plainLists(read: Readonly<Record<string, EachValue>>): Readonly<Record<string, readonly string[]>> | null {
  const lists: Record<string, readonly string[]> = {};
  for (const [name, values] of Object.entries(read)) {
    if (typeof values === 'string') return null;
    const texts = values.filter((value) => typeof value === 'string');
    if (texts.length < values.length) return null;
    lists[name] = texts;
  }
  return lists;
}

function together(lists: Readonly<Record<string, readonly string[]>>): readonly Row[] {
  const names = Object.keys(lists);
  return (lists[names[0] ?? ''] ?? []).map((_, index) =>
    Object.fromEntries(names.map((name) => [name, lists[name]?.[index] ?? ''])),
  );
}

function multiplied(lists: Readonly<Record<string, readonly string[]>>): readonly Row[] {
  return Object.entries(lists).reduce<readonly Row[]>(
    (rows, [name, values]) => rows.flatMap((row) => values.map((value) => ({ ...row, [name]: value }))),
    [{}],
  );
}

function listsOf(read: Readonly<Record<string, EachValue>>, { frame, bindings }: Around): Each['lists'] {
  const final = renamer(frame);
  return Object.entries(read).map(([name, values]) => ({
    name,
    values: typeof values === 'string' ? mapExpressions(fillBindings(values, bindings), final) : JSON.stringify(values),
  }));
}

/** A name that only the run knows is bound to itself; so is what scripts call the parts of a value that is a map. */
function selfBound(read: Readonly<Record<string, EachValue>>): Row {
  const bound: Record<string, string> = {};
  for (const [name, values] of Object.entries(read)) {
    bound[name] = `\${{ ${name} }}`;
    const maps = typeof values === 'string' ? [] : values.filter((value) => typeof value !== 'string');
    const parts = [...new Set(maps.flatMap(Object.keys))].filter((key) => isPart.test(key));
    Object.assign(bound, partBindings(name, parts));
  }
  return bound;
}

/** True when a copy of `head` keeps values of its own: then each is a copy that the run makes. `open`: documents being read. */
export function keepsOwnValues(compilation: Compilation, { raw, place }: Head, open: readonly string[]): boolean {
  if (Object.hasOwn(raw, 'gather')) return true;
  const { problems } = compilation;
  const wasQuiet = problems.quiet;
  problems.quiet = true;
  const found = holdsCapture(compilation, raw, place, open);
  problems.quiet = wasQuiet;
  return found;
}

function holdsCapture(compilation: Compilation, value: unknown, place: Place, open: readonly string[]): boolean {
  if (Array.isArray(value)) return value.some((item) => holdsCapture(compilation, item, place, open));
  if (!isMap(value)) return false;
  if (Object.hasOwn(value, 'capture')) return true;
  const { include } = value;
  const path = isMap(include) ? include['steps'] : include;
  if (typeof path === 'string') {
    const doc = compilation.include(path, place, open);
    return doc !== null && holdsCapture(compilation, doc.tree.value, { doc, path: [] }, [...open, doc.source.path]);
  }
  return Object.values(value).some((item) => holdsCapture(compilation, item, place, open));
}

/** `gather`: lists of what the copies capture, each a variable that the run sets when they are done. */
export function compileGather(compilation: Compilation, { raw, place }: Head): Row {
  const gather = compilation.readKey(raw, place, 'gather', stepShape.gather) ?? {};
  const at = inside(place, 'gather');
  for (const name of Object.keys(gather)) {
    const declared = compilation.variables.get(name)?.variable.type ?? 'list';
    reportBinding(compilation, name, inside(at, name));
    if (declared !== 'list') {
      const message = `${name} is declared as ${declared}, but what is gathered is a list`;
      compilation.problems.key(inside(at, name), 'wrong-type', message, `${name}: { type: list }`);
    }
    compilation.captures.push({ name, owner: raw, place: inside(at, name), type: 'list' });
  }
  return gather;
}

/** Reports what is gathered and captured by no copy. */
export function reportUncaptured({ problems }: Compilation, gather: Row, pattern: Step, place: Place): void {
  const captured = new Set(capturedIn(pattern));
  for (const [name, from] of Object.entries(gather)) {
    if (captured.has(name)) {
      const message = `${name} is what each copy captures for itself`;
      problems.key(
        inside(place, 'gather', name),
        'set-twice',
        message,
        `give the list another name: all_${name}: ${from}`,
        problems.newer,
      );
    }
    if (captured.has(from)) continue;
    const hint = suggestion(from, [...captured], 'captured');
    problems.value(inside(place, 'gather', name), 'unknown-variable', `no copy captures ${from}`, hint);
  }
}

function capturedIn(step: Step): readonly string[] {
  const inner = step.blocks.flatMap(({ steps }) => steps.flatMap(capturedIn));
  return [...Object.keys(step.capture), ...inner, ...Object.keys(step.each?.gather ?? {})];
}
