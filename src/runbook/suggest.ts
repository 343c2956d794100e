/** Words for "that name is not known". */
import { nearest } from './nearest.ts';

const shownMax = 40;
/** Comparing a name with each of very many costs more than a suggestion is worth. */
const comparedMax = 2000;

/** `did you mean NAME?`, else `WHAT: a, b, c`; empty when nothing is known. Linear in the number of names. */
export function suggestion(name: string, known: readonly string[], what: string): string {
  const near = known.length > comparedMax ? null : nearest(name, known);
  if (near !== null) return `did you mean ${near}?`;
  if (known.length === 0) return '';
  return `${what}: ${known.slice(0, shownMax).join(', ')}${known.length > shownMax ? ', …' : ''}`;
}

/** Like `suggestion`, and the whole list follows the nearest name. For short lists of allowed words. */
export function choice(name: string, known: readonly string[], what: string): string {
  const near = nearest(name, known);
  const list = `${what}: ${known.join(', ')}`;
  return near === null ? list : `did you mean ${near}? ${list}`;
}
