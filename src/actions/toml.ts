/**
 * TOML as values of expressions. Dates and times come out as RFC 3339 text, to the millisecond, because expressions have no
 * such type.
 *
 * Invariant: linear in the length of the text, and bounded in depth.
 */
import { TomlError as LibraryError, parse, TomlDate } from 'smol-toml';
import { type CelValue, fitsInt64 } from '../runbook/cel-value.ts';

/** The text is not TOML; the message says what and in which line. */
export class TomlError extends Error {
  override readonly name = 'TomlError';
}

const depthMax = 100;

/** The document as a map. Throws `TomlError`. */
export function parseToml(text: string): CelValue {
  try {
    return celValue(parse(text, { integersAsBigInt: true, maxDepth: depthMax }), 0);
  } catch (error) {
    if (!(error instanceof LibraryError)) throw error;
    const [what = ''] = error.message.replace(/^Invalid TOML document: /, '').split('\n');
    throw new TomlError(`${what} (line ${error.line})`, { cause: error });
  }
}

function celValue(value: unknown, depth: number): CelValue {
  if (depth > depthMax) throw new TomlError(`nested more than ${depthMax} deep`);
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number') return value;
  if (typeof value === 'bigint') {
    if (!fitsInt64(value)) throw new TomlError(`${value} does not fit 64 bits`);
    return value;
  }
  if (value instanceof TomlDate) return value.toISOString().replace(/\.000(?!\d)/, '');
  if (Array.isArray(value)) return value.map((item: unknown) => celValue(item, depth + 1));
  if (typeof value !== 'object' || value === null) throw new TomlError(`a ${typeof value} has no place in data`);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, celValue(item, depth + 1)]));
}
