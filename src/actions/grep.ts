/**
 * `grep`: the lines of files that match a pattern.
 *
 * Invariants:
 * - Patterns that name no file make it fail: what was not looked at proves nothing.
 * - Every match is counted; the first `matchesMax` are listed. Files are read in pieces, so their size does not matter.
 */
import type { z } from 'zod';
import type { Files } from '../host/host.ts';
import { compileRegex } from '../runbook/regex.ts';
import { oneOrMany, someText, strict, text } from '../runbook/scalar.ts';
import type { Reading } from './action.ts';
import { type Context, defineAction } from './define-action.ts';
import { glob } from './glob.ts';
import { failed, fromCwd, orDiskFailure, reading, stopwatch } from './reading.ts';

const schema = strict({
  pattern: text.superRefine((source, context) => {
    const compiled = source.includes('${{') ? null : compileRegex(source);
    if (compiled !== null && !compiled.ok) {
      context.addIssue({ code: 'custom', message: `wrong pattern: ${compiled.message}`, input: source });
    }
  }),
  in: oneOrMany(someText),
  not_in: oneOrMany(someText).exactOptional(),
});
type Params = z.infer<typeof schema>;

const matchesMax = 1000;
const matchTextMax = 300;
const pieceBytes = 1024 * 1024;
/** A line longer than this is searched in parts; it is no text that a person wrote. */
const lineLengthMax = 8 * 1024 * 1024;

export const grep = defineAction({
  name: 'grep',
  about: 'search files for lines that match a pattern',
  params: schema,
  effect: 'read',
  fields: { count: 'int', matches: 'list<string>' },
  summary: ({ pattern, in: where, not_in: except }) =>
    `grep ${JSON.stringify(pattern)} in ${where.join(' ')}${except === undefined ? '' : ` but not in ${except.join(' ')}`}`,
  perform: (context) => {
    const elapsedMs = stopwatch(context);
    return orDiskFailure(elapsedMs, () => perform(context, elapsedMs));
  },
});

async function perform(context: Context<Params>, elapsedMs: () => number): Promise<Reading> {
  const { host, params, cwd, leave } = context;
  const compiled = compileRegex(params.pattern);
  if (!compiled.ok) return failed(`wrong pattern ${params.pattern}: ${compiled.message}`, elapsedMs());
  const result = await glob(host.files, cwd, params.in, params.not_in ?? []);
  if (!result.ok) return failed(result.message, elapsedMs());
  const found = result.found.filter(({ facts }) => facts.kind !== 'directory' && facts.kind !== 'other');
  if (found.length === 0) return failed(`no file matches ${params.in.join(' ')}`, elapsedMs());
  let count = 0;
  const matches: string[] = [];
  for (const { path } of found) {
    if (leave.aborted) return { kind: 'left' };
    for await (const { number, line } of linesOf(host.files, fromCwd(cwd, path))) {
      if (!compiled.regex.found(line)) continue;
      count += 1;
      if (matches.length < matchesMax) matches.push(`${path}:${number}:${shortened(line)}`);
    }
  }
  return reading({ fields: { count: BigInt(count), matches }, ms: elapsedMs() });
}

function shortened(line: string): string {
  return line.length <= matchTextMax ? line : `${line.slice(0, matchTextMax - 1).toWellFormed()}…`;
}

/** Lines with their numbers from 1, without line ends. A file with a NUL at its beginning is binary and has none. */
async function* linesOf(files: Files, path: string): AsyncGenerator<{ number: number; line: string }> {
  const decoder = new TextDecoder('utf-8');
  let number = 0;
  let rest = '';
  for (let start = 0; ; start += pieceBytes) {
    const bytes = await files.readRange(path, start, pieceBytes);
    if (start === 0 && bytes.subarray(0, 8192).includes(0)) return;
    rest += decoder.decode(bytes, { stream: bytes.length === pieceBytes });
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      number += 1;
      yield { number, line: line.endsWith('\r') ? line.slice(0, -1) : line };
    }
    if (bytes.length < pieceBytes) break;
    if (rest.length > lineLengthMax) {
      yield { number: number + 1, line: rest };
      rest = '';
    }
  }
  if (rest !== '') yield { number: number + 1, line: rest };
}
