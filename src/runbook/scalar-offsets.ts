/**
 * From an offset in the text that a scalar holds to its offset in the document: through quotes, escapes, folding and
 * indentation.
 *
 * Reading a scalar changes nothing but white space and escapes, so the k-th character that is not white space is the same on
 * both sides; white space belongs to the character before it. That one fact serves all five styles.
 */
import { Scalar } from 'yaml';

/** A function from offsets in the value to offsets in `text`; offsets past the value give the end of the scalar. */
export function offsetsOf(text: string, node: Scalar): (offset: number) => number {
  const [start, end] = node.range ?? [0, 0, 0];
  const value = typeof node.value === 'string' ? node.value : (node.source ?? '');
  const raw = text.slice(start, end);
  if (raw === value) return (offset) => start + Math.min(offset, value.length);
  const visibleAt = visibleOffsets(raw, node.type);
  return (offset) => {
    let before = 0;
    for (let i = 0; i < Math.min(offset, value.length); i += 1) if (!isSpace(value.charCodeAt(i))) before += 1;
    if (offset >= value.length) return start + endOf(visibleAt, raw);
    const onSpace = isSpace(value.charCodeAt(offset));
    if (!onSpace) return start + (visibleAt[before] ?? raw.length);
    return start + (before === 0 ? 0 : (visibleAt[before - 1] ?? 0) + 1);
  };
}

function endOf(visibleAt: readonly number[], raw: string): number {
  return Math.min(raw.length, (visibleAt.at(-1) ?? 0) + 1);
}

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}

/** Offsets in `raw` of the UTF-16 units of the value that are not white space. */
function visibleOffsets(raw: string, type: Scalar['type']): readonly number[] {
  switch (type) {
    case Scalar.QUOTE_DOUBLE:
      return doubleQuoted(raw);
    case Scalar.QUOTE_SINGLE:
      return plain(raw, 1, raw.length - 1, true);
    case Scalar.BLOCK_LITERAL:
    case Scalar.BLOCK_FOLDED:
      return plain(raw, blockStart(raw), raw.length, false);
    default:
      return plain(raw, 0, raw.length, false);
  }
}

/** After the header line of a block scalar. */
function blockStart(raw: string): number {
  const lineEnd = raw.search(/[\r\n]/);
  return lineEnd === -1 ? raw.length : lineEnd;
}

function plain(raw: string, from: number, to: number, doubledQuotes: boolean): readonly number[] {
  const offsets: number[] = [];
  for (let i = from; i < to; i += 1) {
    if (isSpace(raw.charCodeAt(i))) continue;
    offsets.push(i);
    if (doubledQuotes && raw[i] === "'" && raw[i + 1] === "'") i += 1;
  }
  return offsets;
}

const codeLengths: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

function doubleQuoted(raw: string): readonly number[] {
  const offsets: number[] = [];
  for (let i = 1; i < raw.length - 1; i += 1) {
    if (raw[i] !== '\\') {
      if (!isSpace(raw.charCodeAt(i))) offsets.push(i);
      continue;
    }
    const kind = raw[i + 1] ?? '';
    const digits = codeLengths[kind] ?? 0;
    const code = digits > 0 ? Number.parseInt(raw.slice(i + 2, i + 2 + digits), 16) : 0;
    const hidden = digits > 0 ? isSpace(code) : ' \t\r\ntnvfr'.includes(kind);
    if (!hidden) offsets.push(...(code > 0xffff ? [i, i] : [i]));
    i += 1 + digits;
    if (kind === '\r' && raw[i + 1] === '\n') i += 1;
  }
  return offsets;
}
