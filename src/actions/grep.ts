/**
 * `grep`: the lines of files that match a pattern.
 *
 * Invariants:
 * - Patterns that name no file make it fail: what was not looked at proves nothing.
 * - Every match is counted; the first `matchesMax` are listed. Large files are read in pieces, so their size does not matter.
 * - `comments: skip` and `words: true` are simple on purpose, see `comments.ts` and `line-search.ts`; in a file above 1 MiB comments
 *   count.
 * - A symbolic link that leads to no file is passed over; a file that may not be read, or that a link of an audited folder leads out to,
 *   makes the reading blind.
 */

import type { z } from 'zod';
import { cut } from '../diagnostics/cut.ts';
import { type Clock, type FileFacts, type FileLooks, HostError } from '../host/host.ts';
import { compileRegex, type Regex } from '../runbook/regex.ts';
import { boolean, oneOrMany, strict, word } from '../runbook/scalar.ts';
import type { Found } from '../search/glob.ts';
import { type LineSearch, lineSearch } from '../search/line-search.ts';
import { holdings, type Sections } from '../search/sections.ts';
import { createSurvey, type Survey } from '../search/survey.ts';
import type { SurveyedFile } from '../search/surveyed-file.ts';
import type { Reading } from './action.ts';
import { type Context, defineAction } from './define-action.ts';
import { pattern } from './pattern.ts';
import { blind, onTarget, reading, stopwatch } from './reading.ts';
import { leavingLink, looksSomewhere, nothingThere, selectionOf, selectionShape, selectionText } from './selecting.ts';

const schema = strict({
  pattern: pattern.exactOptional(),
  /** Only what stands under headings that match. */
  under: pattern.exactOptional(),
  /** Only what stands under no heading that matches. */
  not_under: pattern.exactOptional(),
  /** Only lines that somebody could act on. */
  holds: oneOrMany(word(holdings)).exactOptional(),
  ...selectionShape,
  comments: word(['keep', 'skip']).exactOptional(),
  words: boolean.exactOptional(),
})
  .refine(...looksSomewhere)
  .refine(({ holds, under }) => holds === undefined || under !== undefined, {
    error: 'holds says what has to stand under a heading\nadd under with a pattern for the heading',
  })
  .refine((given) => given.pattern !== undefined || given.under !== undefined, {
    error: 'there is nothing to look for\nadd pattern, or under with a pattern for a heading',
  });
type Params = z.infer<typeof schema>;

const matchesMax = 1000;
const matchTextMax = 300;
const pieceBytes = 1024 * 1024;
const readsAhead = 16;
/** A line longer than this is searched in parts; it is no text that a person wrote. */
const lineLengthMax = 8 * 1024 * 1024;
/** How long a search keeps everything else waiting, screen and keys included. */
const sliceMs = 30;

export const grep = defineAction({
  name: 'grep',
  about: 'search files for lines that match a pattern',
  onHosts: true,
  params: schema,
  effect: 'read',
  fields: { count: 'int', matches: 'list<string>', searched: 'int' },
  foundWhen: 'count > 0',
  looksAtFiles: true,
  summary,
  perform: (context) => {
    const elapsedMs = stopwatch(context);
    return onTarget(elapsedMs, () => perform(context, elapsedMs));
  },
});

function summary(params: Params): string {
  const { pattern: source, under, not_under: notUnder, holds } = params;
  const what = [
    ...(source === undefined ? [] : [JSON.stringify(source)]),
    ...(holds === undefined ? [] : [holds.join(' or ')]),
    ...(under === undefined ? [] : [`under headings like ${JSON.stringify(under)}`]),
    ...(notUnder === undefined ? [] : [`not under headings like ${JSON.stringify(notUnder)}`]),
  ];
  return `grep ${what.join(' ')} in ${selectionText(params)}`;
}

async function perform(context: Context<Params>, elapsedMs: () => number): Promise<Reading> {
  const { target, params, cwd } = context;
  const source = params.pattern ?? '\\S';
  const compiled = lineSearch(source, { words: params.words === true });
  if (!compiled.ok) return blind(`wrong pattern ${source}: ${compiled.message}`, elapsedMs());
  const under = headingOf(params.under);
  const notUnder = headingOf(params.not_under);
  for (const one of [under, notUnder]) if (one?.ok === false) return blind(one.message, elapsedMs());
  const survey = context.survey ?? createSurvey(target.files, { respectIgnore: false });
  const result = await survey.select(cwd, selectionOf(params));
  if (!result.ok) return blind(result.message, elapsedMs());
  // A link to a folder is not gone into, so nothing rests on it.
  const left = leavingLink(result.found.filter(({ leaves }) => leaves?.kind === 'file'));
  if (left !== null) return blind(left, elapsedMs());
  const sections = { under: regexOf(under), notUnder: regexOf(notUnder) };
  const looked: Looked = { lines: compiled.search, sections: under === null && notUnder === null ? null : sections };
  const tally = await search(context, survey, looked, result.found.filter(mayHaveLines));
  if (tally === null) return { kind: 'left' };
  const fields = { count: BigInt(tally.count), matches: tally.matches, searched: BigInt(tally.searched) };
  const reason = tally.searched === 0 ? nothingThere(params) : null;
  const nothing = tally.count === 0 ? { nothing: foundNothing(tally.searched) } : {};
  return reading({ fields, reason, ...nothing, ms: elapsedMs() });
}

type Heading = { readonly ok: true; readonly regex: Regex } | { readonly ok: false; readonly message: string } | null;

function headingOf(source: string | undefined): Heading {
  const compiled = source === undefined ? null : compileRegex(source);
  return compiled?.ok === false ? { ok: false, message: `wrong pattern ${source}: ${compiled.message}` } : compiled;
}

function regexOf(heading: Heading): Regex | null {
  return heading?.ok === true ? heading.regex : null;
}

function foundNothing(searched: number): string {
  if (searched === 0) return 'there is no file of the kind that is looked at here';
  return `nothing of the kind stands in the ${searched === 1 ? 'one file that was' : `${searched} files that were`} looked at`;
}

function mayHaveLines({ facts }: { readonly facts: FileFacts }): boolean {
  return facts.kind === 'file' || facts.kind === 'link';
}

interface Tally {
  count: number;
  searched: number;
  readonly matches: string[];
}

interface Looked {
  readonly lines: LineSearch;
  /** Null: wherever a line stands. */
  readonly sections: Sections | null;
}

/** Null when the operator left meanwhile. */
async function search(
  { target, clock, leave, params }: Context<Params>,
  survey: Survey,
  { lines, sections }: Looked,
  found: readonly Found[],
): Promise<Tally | null> {
  const tally: Tally = { count: 0, searched: 0, matches: [] };
  const pause = pausesOf(clock);
  for (const [index, one] of found.entries()) {
    if (leave.aborted) return null;
    const { path, full, facts } = one;
    const begun = begin(survey, one);
    if (begun instanceof Promise)
      for (const next of found.slice(index + 1, index + readsAhead)) void begin(survey, next);
    const file = begun instanceof Promise ? await (facts.kind === 'link' ? orGone(begun) : begun) : begun;
    if (file === null) continue;
    tally.searched += 1;
    if (file.kind === 'text') {
      const code = params.comments === 'skip' ? file.code(path) : file;
      const searched = sections === null ? code : code.inside(sections, params.holds ?? []);
      for (const { number, line } of lines.lines(searched)) add(tally, path, number, line);
    }
    if (file.kind === 'large') {
      for await (const { number, line } of linesOf(target.files, full)) {
        if (lines.matches(line)) add(tally, path, number, line);
      }
    }
    if (pause.due()) await pause.take();
  }
  return tally;
}

/** Reading that has begun; a failure is told to whoever waits for it. */
function begin(survey: Survey, found: Found): SurveyedFile | Promise<SurveyedFile> {
  const file = survey.read(found);
  if (file instanceof Promise) file.catch(() => {});
  return file;
}

/** What a symbolic link leads to; null when that is no file: a folder, nothing, a circle, a device. */
async function orGone(file: Promise<SurveyedFile>): Promise<SurveyedFile | null> {
  try {
    return await file;
  } catch (error) {
    if (error instanceof HostError && error.code !== 'denied') return null;
    throw error;
  }
}

function add(tally: Tally, path: string, number: number, line: string): void {
  tally.count += 1;
  if (tally.matches.length < matchesMax) tally.matches.push(`${path}:${number}:${shortened(line)}`);
}

function pausesOf(clock: Clock): { due(): boolean; take(): Promise<void> } {
  let last = clock.steady();
  return {
    due: () => clock.steady() - last > sliceMs,
    take: async () => {
      await clock.sleep(0);
      last = clock.steady();
    },
  };
}

function shortened(line: string): string {
  return cut(line, matchTextMax);
}

/** Lines with their numbers from 1, without line ends. */
async function* linesOf(files: FileLooks, path: string): AsyncGenerator<{ number: number; line: string }> {
  const decoder = new TextDecoder('utf-8');
  let number = 0;
  let rest = '';
  for (let start = 0; ; start += pieceBytes) {
    const bytes = await files.readRange(path, start, pieceBytes);
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
