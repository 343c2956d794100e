/**
 * Whether the rules were followed: what was recorded as the runbook is what its documents say, and every event after it is one that
 * the rules allow.
 *
 * Invariants:
 * - Documents are read from what is verified, and only those that the journal pins, by their digest.
 * - What cannot be compiled by this gonogo is not recompiled, and so not verified.
 */
import { posix } from 'node:path';
import { adoptRunbook } from '../run/adopt.ts';
import type { DataOf, RunEvent } from '../run/event.ts';
import { firstBreach } from '../run/obeys.ts';
import { reduceAll } from '../run/reduce.ts';
import { reviewedAsIn } from '../run/review.ts';
import { isSame } from '../run/same.ts';
import type { ActionSpecs } from '../runbook/action-spec.ts';
import type { Runbook } from '../runbook/document.ts';
import { beforeIndependence } from '../runbook/older.ts';
import { parseDocument } from '../runbook/parse.ts';
import type { Load } from '../runbook/source.ts';
import { quoted } from '../signing/public-key.ts';
import type { VerifiedRun } from './chain.ts';
import type { Checks } from './checks.ts';

/** Texts of pinned documents by the sha256 of their bytes. */
export type Texts = ReadonlyMap<string, string>;

/** The check `rules` over the whole history of a run. It names the first record that breaks them. */
export function verifyRules(
  { run, events, state }: VerifiedRun,
  texts: Texts,
  specs: ActionSpecs,
  checks: Checks,
): void {
  // What a newer gonogo wrote is by rules that are not known here, which is a check of its own.
  if (state.newer.length > 0) return;
  checks.attempt('rules', () => {
    const broken = brokenRule(events, run, texts, specs);
    const followed = 'the runbook is what its documents say, and every record follows from those before it';
    checks.add('rules', broken === null, broken ?? followed);
  });
}

function brokenRule(events: readonly RunEvent[], run: string, texts: Texts, specs: ActionSpecs): string | null {
  const broken = firstBreach(events, run, specs);
  const until = broken?.seq ?? Number.POSITIVE_INFINITY;
  for (const event of events) {
    if (event.seq > until) break;
    if (event.type === 'review.written') {
      const wrong = wrongReview(events.slice(0, event.seq), run, event.data.documents, { texts, specs });
      if (wrong !== null) return `record ${event.seq} (${event.type}): ${wrong}`;
    }
    if (event.type !== 'run.started' && event.type !== 'documents.adopted') continue;
    const wrong = wrongRunbook(events.slice(0, event.seq - 1), run, event.data, { texts, specs });
    if (wrong !== null) return `record ${event.seq} (${event.type}): ${wrong}`;
  }
  return broken === null ? null : `record ${broken.seq} (${broken.type}): ${broken.reason}`;
}

type Pinning = DataOf<'run.started' | 'documents.adopted'>;

/** Why the recorded runbook is not what its documents say, after the events `before`; null when it is. */
function wrongRunbook(
  before: readonly RunEvent[],
  run: string,
  { documents, runbook }: Pinning,
  known: { readonly texts: Texts; readonly specs: ActionSpecs },
): string | null {
  const compiled = compile(documents, known.texts, known.specs);
  if (typeof compiled === 'string') return `not recompiled: ${compiled}`;
  const state = before.length === 0 ? null : reduceAll(before, run);
  const older = beforeIndependence(compiled);
  for (const said of older === null ? [compiled] : [compiled, older]) {
    const adopted = state === null ? null : adoptRunbook(state, said);
    if (adopted?.ok === false) return 'the documents do not fit what had started';
    if (isSame(adopted?.runbook ?? said, runbook)) return null;
  }
  return 'the recorded runbook is not what its documents say';
}

/** Why `documents`, with a review in them, are not what the run goes on with after `events`; null when they are. */
function wrongReview(
  events: readonly RunEvent[],
  run: string,
  documents: Pinning['documents'],
  known: { readonly texts: Texts; readonly specs: ActionSpecs },
): string | null {
  const compiled = compile(documents, known.texts, known.specs);
  if (typeof compiled === 'string') return `not recompiled: ${compiled}`;
  const state = reduceAll(events, run);
  const adopted = adoptRunbook(state, reviewedAsIn(state.runbook, compiled));
  const same = adopted.ok && isSame(adopted.runbook, state.runbook);
  return same ? null : 'the written document says more than the review';
}

/** The runbook that `documents` say, the main one first; a text: why they say none. */
function compile(documents: Pinning['documents'], texts: Texts, specs: ActionSpecs): Runbook | string {
  const digests = new Map(documents.map(({ path, sha256 }) => [path, sha256]));
  const load: Load = (path, from) => {
    const full = path.startsWith('/') ? path : posix.normalize(posix.join(posix.dirname(from), path));
    const sha256 = digests.get(full);
    const text = sha256 === undefined ? undefined : texts.get(sha256);
    if (sha256 === undefined || text === undefined)
      return { kind: 'problem', message: `${full} is not here`, hint: '' };
    return { kind: 'loaded', source: { path: full, sha256, text } };
  };
  const [main] = documents;
  const text = main === undefined ? undefined : texts.get(main.sha256);
  if (main === undefined || text === undefined) return 'its main document is not here';
  const { runbook, diagnostics } = parseDocument({ ...main, text }, load, specs);
  if (runbook !== null) return runbook;
  const first = diagnostics.find(({ severity }) => severity === 'error');
  return first === undefined
    ? 'its documents cannot be read'
    : `${quoted(first.file)}, line ${first.line}: ${first.message}`;
}
