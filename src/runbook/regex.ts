/**
 * Regular expressions of documents. They all run here, on an engine whose time is linear in the text (RE2 syntax: no
 * look-around, no back references), so that no pattern and no output can freeze a run.
 *
 * It may not use JavaScript's own `RegExp` on a pattern that comes from outside.
 */
import { RE2JS } from 're2js';

/** A compiled pattern. Both tests are linear in the length of `text`. */
export interface Regex {
  /** Whether it matches anywhere in `text`. */
  found(text: string): boolean;
  /** Whether it matches `text` from its first to its last character. */
  matchesWhole(text: string): boolean;
}

export type CompiledRegex =
  | { readonly ok: true; readonly regex: Regex }
  | { readonly ok: false; readonly message: string };

const sourceLengthMax = 1000;
const cacheMax = 500;
const cache = new Map<string, CompiledRegex>();

/** Compiles `source` (RE2 syntax, at most 1,000 characters). The message quotes the part that is wrong. */
export function compileRegex(source: string): CompiledRegex {
  const known = cache.get(source);
  if (known !== undefined) return known;
  const compiled = compile(source);
  if (cache.size >= cacheMax) cache.clear();
  cache.set(source, compiled);
  return compiled;
}

/** Null when `source` is a pattern; else what is wrong with it, in words for the author. */
export function checkRegex(source: string): string | null {
  const compiled = compileRegex(source);
  return compiled.ok ? null : compiled.message;
}

function compile(source: string): CompiledRegex {
  if (source.length > sourceLengthMax) {
    return { ok: false, message: `the pattern is longer than ${sourceLengthMax} characters` };
  }
  try {
    const pattern = RE2JS.compile(source);
    return {
      ok: true,
      regex: { found: (text) => pattern.test(text), matchesWhole: (text) => pattern.testExact(text) },
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ok: false, message: worded(reason.replace('error parsing regexp: ', '')) };
  }
}

/** The engine's message, with the reason for what authors of other regex dialects stumble over. */
function worded(reason: string): string {
  if (reason.includes('Perl syntax') || reason.includes('named capture: `(?<')) {
    return `${reason}; look-around is not available`;
  }
  if (/invalid escape sequence: `\\[1-9]/.test(reason)) return `${reason}; back references are not available`;
  return reason;
}
