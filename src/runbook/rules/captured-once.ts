/** A variable is set by its declaration, or by steps: of several that capture it the newest one that did counts. */
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
    else if (other.owner !== capture.owner && isSamePlace(other, capture)) {
      const hint = 'a copy that the document makes keeps no value of its own: capture in a step without each';
      problems.value(place, 'set-twice', `every copy of this step captures ${name}`, hint);
    }
  }
};

/** Written once, and copied when the document was read. */
function isSamePlace({ place: a }: Capture, { place: b }: Capture): boolean {
  return a.doc === b.doc && a.path.join('/') === b.path.join('/');
}

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
