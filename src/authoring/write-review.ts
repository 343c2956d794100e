/**
 * A review, written into the document that was reviewed.
 *
 * Invariants: of the text only the word `unreviewed` at one place is replaced, and a comment added where a change has no undo
 * yet: every other byte, comments and layout, stays.
 */
import { isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';

export interface Review {
  /** Keys and indexes from the root of the document to the body. */
  readonly path: readonly (string | number)[];
  readonly as: 'read' | 'idempotent' | 'once';
  /** A line that reminds of the undo is added. */
  readonly asksForUndo: boolean;
}

const stub = '# undo: { run: … }   (how is this taken back?)';

/** `text` with the review in it; null when the body at its path does not say `effect: unreviewed`. */
export function writeReview(text: string, { path, as, asksForUndo }: Review): string | null {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, logLevel: 'error', prettyErrors: false });
  const body = document.getIn(path, true);
  const effect = document.getIn([...path, 'effect'], true);
  if (
    !isMap(body) ||
    !isScalar(effect) ||
    effect.value !== 'unreviewed' ||
    effect.range === null ||
    effect.range === undefined
  ) {
    return null;
  }
  const [start, end] = effect.range;
  const replaced = `${text.slice(0, start)}${as}${text.slice(end)}`;
  const parent = document.getIn(path.slice(0, -1), true);
  if (!asksForUndo || body.flow === true || body.has('undo') || (isSeq(parent) && parent.flow === true))
    return replaced;
  const keyColumn = columnOfKey(body, lineCounter);
  const lineEnd = replaced.indexOf('\n', start);
  const at = lineEnd === -1 ? replaced.length : lineEnd;
  const lineBreak = replaced[at - 1] === '\r' ? '\r\n' : '\n';
  const before = lineBreak === '\r\n' ? at - 1 : at;
  return `${replaced.slice(0, before)}${lineBreak}${' '.repeat(keyColumn)}${stub}${replaced.slice(before)}`;
}

/** How far the keys of a block map are indented. */
function columnOfKey(body: unknown, lineCounter: LineCounter): number {
  const keys = isMap(body) ? body.items.map(({ key }) => key) : [];
  const effect = keys.find((key) => isScalar(key) && key.value === 'effect');
  const start = isScalar(effect) ? effect.range?.[0] : undefined;
  return start === undefined ? 0 : lineCounter.linePos(start).col - 1;
}
