/** `each`: what the copies of a step are bound to. */
import type { Compilation } from './compilation.ts';
import type { Head } from './compile-body.ts';
import { reportBinding } from './compile-context.ts';
import { inside, isMap } from './model.ts';
import { stepShape } from './shape.ts';

/** One map of bindings a copy. Several names are taken together: first with first, second with second. */
export function readEach(compilation: Compilation, { raw, place }: Head): readonly Readonly<Record<string, string>>[] {
  const { problems } = compilation;
  const at = inside(place, 'each');
  const each = isMap(raw['each']) ? raw['each'] : {};
  const empty = Object.keys(each).find((name) => Array.isArray(each[name]) && each[name].length === 0);
  if (empty !== undefined || (isMap(raw['each']) && Object.keys(each).length === 0)) {
    const where = empty === undefined ? at : inside(at, empty);
    problems.value(where, 'each-empty', 'each over nothing makes no step', 'list the values, or take the step away');
    return [];
  }
  const read = compilation.readKey(raw, place, 'each', stepShape.each);
  if (read === undefined) return [{}];
  const names = Object.keys(read);
  for (const name of names) reportBinding(compilation, name, inside(at, name));
  for (const [name, values] of Object.entries(read)) {
    values.forEach((value, index) => {
      if (value.includes('${{')) {
        const hint = 'steps are copied when the document is read: write the values out';
        problems.value(inside(at, name, index), 'template-here', 'each takes no ${{ }}', hint);
      }
    });
  }
  const lengths = names.map((name) => read[name]?.length ?? 0);
  const length = lengths[0] ?? 0;
  const other = names.find((_, index) => lengths[index] !== length);
  if (other !== undefined) {
    const message = `${other} has ${read[other]?.length} values, ${names[0]} has ${length}`;
    problems.key(
      inside(at, other),
      'each-uneven',
      message,
      'lists of one each are taken together: make them equally long',
    );
  }
  return Array.from({ length }, (_, index) =>
    Object.fromEntries(names.map((name) => [name, read[name]?.[index] ?? ''])),
  );
}
