/**
 * Lines `NAME=value` as shells and `.env` files have them.
 *
 * Invariants: pure and total; a value in quotes may go over several lines; nothing is expanded.
 */

/** The values in their order, the last of a name counting, or the first line that is none (from 1). */
export type EnvText =
  | { readonly ok: true; readonly values: Readonly<Record<string, string>> }
  | { readonly ok: false; readonly line: number };

const blank = /[ \t]*(?:#[^\n]*)?(?:\n|$)/y;
const assignment =
  /[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*=[ \t]*(?:'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|([^\n]*))/y;
const rest = /[ \t]*(?:[ \t]#[^\n]*)?(?:\n|$)/y;

/** Reads `text`. */
export function parseEnvText(text: string): EnvText {
  const source = text.replaceAll('\r\n', '\n');
  const values: [string, string][] = [];
  for (let at = 0; at < source.length; ) {
    const skipped = matchAt(blank, source, at);
    if (skipped !== null) {
      at += skipped[0].length;
      continue;
    }
    const found = matchAt(assignment, source, at);
    const end = found === null ? null : matchAt(rest, source, at + found[0].length);
    if (found === null || end === null) return { ok: false, line: source.slice(0, at).split('\n').length };
    const [whole, name = '', single, double, bare = ''] = found;
    values.push([name, single ?? (double === undefined ? bareValue(bare) : unescaped(double))]);
    at += whole.length + end[0].length;
  }
  return { ok: true, values: Object.fromEntries(values) };
}

/** True where the first line that says anything is an assignment. */
export function isEnvText(text: string): boolean {
  const first = text.split(/\r?\n/).find((line) => !/^\s*(?:#|$)/.test(line)) ?? '';
  return /^\s*(?:export\s+)?[A-Za-z_][\w.-]*\s*=/.test(first);
}

function matchAt(pattern: RegExp, source: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(source);
}

function bareValue(text: string): string {
  return text.replace(/\s+#.*$/, '').trim();
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

function unescaped(text: string): string {
  return text.replaceAll(/\\([\s\S])/g, (_, character: string) => escapes[character] ?? character);
}
