/**
 * What shellcheck says of the scripts of documents, where it is installed, at their places in the documents.
 *
 * Invariants: no script is run; one process looks at all scripts of a call; what it cannot be asked is as if it were not
 * installed.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Script } from '../runbook/parse.ts';

const outputSchema = z.object({
  comments: z.array(
    z.object({
      file: z.string(),
      line: z.int(),
      endLine: z.int(),
      column: z.int(),
      endColumn: z.int(),
      level: z.string(),
      code: z.int(),
      message: z.string(),
    }),
  ),
});

const timeoutMs = 60_000;
const scriptsMax = 2_000;
/** Variables come from outside a script here; a script is a file that nobody else sources; it ends where a command fails, `cd` too. */
const excluded = 'SC2154,SC1090,SC1091,SC2034,SC2148,SC2164';

/** Findings of shellcheck as warnings `shellcheck`, those of the scripts of each document; none where it is not installed. */
export function shellcheckFindings(documents: readonly (readonly Script[])[]): readonly (readonly Diagnostic[])[] {
  const found = documents.map((): Diagnostic[] => []);
  const asked: { readonly script: Script; readonly document: number }[] = [];
  documents.forEach((scripts, document) => {
    const shell = scripts.filter(({ text }) => !text.includes('${{'));
    if (shell.length <= scriptsMax) asked.push(...shell.map((script) => ({ script, document })));
  });
  for (let from = 0; from < asked.length; from += scriptsMax) {
    const part = asked.slice(from, from + scriptsMax);
    for (const { index, diagnostic } of findingsIn(part.map(({ script }) => script))) {
      found[part[index]?.document ?? -1]?.push(diagnostic);
    }
  }
  return found;
}

interface Finding {
  /** Of the script among those asked about. */
  readonly index: number;
  readonly diagnostic: Diagnostic;
}

function findingsIn(shell: readonly Script[]): readonly Finding[] {
  const folder = mkdtempSync(join(tmpdir(), 'gonogo-check-'));
  try {
    const files = shell.map(({ text }, index) => {
      const file = join(folder, `${index}.sh`);
      writeFileSync(file, text, { mode: 0o600 });
      return file;
    });
    const output = ask(files);
    const read = output === null ? null : outputSchema.safeParse(JSON.parse(output));
    if (read === null || !read.success) return [];
    return read.data.comments.flatMap((comment) => {
      const index = files.indexOf(comment.file);
      const script = shell[index];
      if (script === undefined || !['error', 'warning'].includes(comment.level)) return [];
      const start = offsetOf(script.text, comment.line, comment.column);
      const end = Math.max(start + 1, offsetOf(script.text, comment.endLine, comment.endColumn));
      const hint = `https://www.shellcheck.net/wiki/SC${comment.code}`;
      const message = `SC${comment.code}: ${comment.message}`;
      const diagnostic = script.report(start, end, { severity: 'warning', code: 'shellcheck', message, hint });
      return [{ index, diagnostic }];
    });
  } catch {
    return [];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What shellcheck prints of `files`; null where there is none. It exits 1 when it finds anything. */
function ask(files: readonly string[]): string | null {
  const words = ['--norc', '--shell=bash', '--format=json1', `--exclude=${excluded}`, ...files];
  try {
    return execFileSync('shellcheck', words, {
      encoding: 'utf8',
      timeout: timeoutMs,
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 64 << 20,
    });
  } catch (error) {
    const printed = typeof error === 'object' && error !== null && 'stdout' in error ? error.stdout : null;
    return typeof printed === 'string' && printed !== '' ? printed : null;
  }
}

/** Offset of a line and column (from 1; a tab counts to the next eighth, as shellcheck counts) in `text`. */
function offsetOf(text: string, line: number, column: number): number {
  let start = 0;
  for (let number = 1; number < line; number += 1) {
    const next = text.indexOf('\n', start);
    if (next === -1) return text.length;
    start = next + 1;
  }
  let offset = start;
  for (let at = 1; at < column && offset < text.length && text[offset] !== '\n'; offset += 1) {
    at += text[offset] === '\t' ? 8 - ((at - 1) % 8) : 1;
  }
  return offset;
}
