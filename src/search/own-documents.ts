/**
 * What gonogo itself brought into a repository: documents that it ships, reports and journals that it wrote, answers. Nothing of
 * that shows how the repository is built or run, so a search passes over it. A team's own runbook is code: it counts by
 * the commands that its steps run, and its prose does not count.
 */
import { createHash } from 'node:crypto';
import { isScalar, isSeq, parseDocument, visit } from 'yaml';
import { firstKey } from './kinds.ts';
import { shippedDigests } from './shipped.ts';

/** What of a text counts: all of it, nothing, or `text` with everything but the commands blanked, place by place. */
export type Counted =
  | { readonly kind: 'all' }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'part'; readonly text: string };

const headMax = 10_000;

const all: Counted = { kind: 'all' };
const nothing: Counted = { kind: 'nothing' };

/** What counts of `text`, the file at `path`. */
export function counted(path: string, text: string): Counted {
  if (isWrittenByUs(path, text)) return nothing;
  if (!/\.ya?ml$/.test(path)) return all;
  if (isShipped(text)) return nothing;
  const key = firstKey(text);
  if (key !== 'runbook' && key !== 'checklist' && key !== 'steps') return all;
  if (key === 'checklist') return nothing;
  return key === 'steps' && !looksLikeSteps(text) ? all : { kind: 'part', text: commandsOf(text) };
}

/** Whether `text` is a document that some gonogo shipped; comments and blank lines apart. */
function isShipped(text: string): boolean {
  return shippedDigests.has(documentDigest(text));
}

/** By what a shipped document is known again: 16 hex digits of the sha256 of its lines that are neither blank nor a comment. */
export function documentDigest(text: string): string {
  const lines = text.split(/\r?\n/).map((line) => line.trimEnd());
  const kept = lines.filter((line) => line !== '' && !line.trimStart().startsWith('#'));
  return createHash('sha256').update(kept.join('\n')).digest('hex').slice(0, 16);
}

/** A rendered report, its JSON, its journal or its statement, wherever it was put. */
function isWrittenByUs(path: string, text: string): boolean {
  if (/\.md$/.test(path))
    return /^Rendered from \d+ records? of run `[^`]+` by gonogo, renderer \d+\.$/m.test(text.slice(-1000));
  if (/\.html$/.test(path)) return /by gonogo, renderer \d+\./.test(text.slice(-2000));
  if (/\.jsonl$/.test(path))
    return text.startsWith('{"actor":{') && /"seq":\d+,"sum":"[0-9a-f]{64}"/.test(text.slice(0, headMax));
  if (/\.json$/.test(path)) {
    return text.includes('urn:gonogo:report:') || (/^\s*\{\s*"approvals":/.test(text) && /"renderer":\s*\d/.test(text));
  }
  return false;
}

/** A list of maps of which one has a key that only steps have. */
function looksLikeSteps(text: string): boolean {
  return /^\s*-?\s*(undo|done_when|on_fail|manual|expect):/m.test(text);
}

/** `text` with blanks for everything but the values of `run` and `check`. */
function commandsOf(text: string): string {
  const kept: [number, number][] = [];
  visit(parseDocument(text, { logLevel: 'silent' }), {
    Pair: (_, { key, value }) => {
      if (!isScalar(key) || (key.value !== 'run' && key.value !== 'check')) return undefined;
      const range = isScalar(value) || isSeq(value) ? value.range : null;
      if (range !== null && range !== undefined) kept.push([range[0], range[1]]);
      return undefined;
    },
  });
  return blankedBut(text, kept);
}

function blankedBut(text: string, kept: readonly (readonly [number, number])[]): string {
  const parts: string[] = [];
  let at = 0;
  for (const [start, end] of kept.toSorted(([a], [b]) => a - b)) {
    if (start < at) continue;
    parts.push(blank(text.slice(at, start)), text.slice(start, end));
    at = end;
  }
  return [...parts, blank(text.slice(at))].join('');
}

function blank(text: string): string {
  return text.replaceAll(/[^\n]/g, ' ');
}
