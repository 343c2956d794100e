/** A variable is set once: by its declaration, or by one step. */
import type { Capture, Rule } from '../model.ts';

export const capturedOnce: Rule = ({ captures, variables }, problems) => {
  const first = new Map<string, Capture>();
  for (const capture of captures) {
    const { name, place } = capture;
    const found = variables.get(name);
    const source = found === undefined ? null : sourceOf(found.variable);
    if (found?.variable.secret === true) {
      problems.value(
        place,
        'secret-captured',
        `the secret ${name} cannot be captured`,
        'take it from env, or ask for it',
      );
      continue;
    }
    if (source !== null) {
      problems.value(
        place,
        'set-twice',
        `${name} is set by its ${source} already`,
        `capture into another name, or declare ${name}: {}`,
      );
      continue;
    }
    const other = first.get(name);
    if (other === undefined) first.set(name, capture);
    else if (other.owner !== capture.owner) {
      const span = other.place.doc.tree.valueSpan(other.place.path);
      const { line } = other.place.doc.index.position(span.start);
      const copies = other.place.doc === place.doc && other.place.path.join('/') === place.path.join('/');
      const message = copies ? `every copy of this step captures ${name}` : `another step captures ${name} already`;
      const hint = copies
        ? 'a variable is set once: capture in a step without each'
        : `it does so in line ${line}: choose another name`;
      problems.value(place, 'set-twice', message, hint);
    }
  }
};

function sourceOf(variable: {
  literal?: string | undefined;
  ask?: string | undefined;
  env?: string | undefined;
  from?: readonly string[] | undefined;
}): string | null {
  if (variable.literal !== undefined) return 'value';
  if (variable.ask !== undefined) return 'ask';
  if (variable.from !== undefined) return 'from';
  return variable.env === undefined ? null : 'env';
}
