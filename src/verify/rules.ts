/**
 * Whether the rules were followed: what was recorded as the runbook is what its documents say, and every event after it is one that
 * the rules allow.
 *
 * Invariants:
 * - Documents are read from what is verified, and only those that the journal pins, by their digest.
 * - Documents are read as on record: what earlier releases ran and this one refuses is compiled as it was.
 * - What cannot be compiled by this gonogo is not recompiled, and so not verified.
 */
import { posix } from 'node:path';
import { adoptRunbook, type Keeps } from '../run/adopt.ts';
import type { DataOf, RunEvent } from '../run/event.ts';
import { Judge } from '../run/obeys.ts';
import { reviewedAsIn } from '../run/review.ts';
import { newestRules, rulesOf } from '../run/rules.ts';
import { isSame } from '../run/same.ts';
import type { RunState } from '../run/state.ts';
import type { ActionSpecs } from '../runbook/action-spec.ts';
import type { DocumentRef, Runbook } from '../runbook/document.ts';
import { beforeIndependence, type Recorded, recordingsBy } from '../runbook/older.ts';
import { type ParseOptions, parseDocument } from '../runbook/parse.ts';
import type { Load } from '../runbook/source.ts';
import { quoted } from '../signing/public-key.ts';
import type { Checks } from './checks.ts';

/** The text of the pinned document whose bytes have this sha256; null: it is not here. */
export type LoadText = (sha256: string) => Promise<string | null>;

type Pinning = DataOf<'run.started' | 'documents.adopted'> & { readonly keeps?: Keeps | undefined };

/** The check `rules` over the whole history of a run, as its events go by. It names the first record that breaks them. */
export class RulesCheck {
  readonly #specs: ActionSpecs;
  readonly #judge: Judge;
  readonly #loadText: LoadText;
  /** Of the documents that the event at hand pins. */
  readonly #texts = new Map<string, string>();
  #broken: string | null = null;

  constructor(specs: ActionSpecs, loadText: LoadText) {
    this.#specs = specs;
    this.#judge = new Judge(specs);
    this.#loadText = loadText;
  }

  /** To be called before an event that pins `documents` is taken. */
  async load(documents: readonly DocumentRef[]): Promise<void> {
    this.#texts.clear();
    if (this.#broken !== null) return;
    for (const { sha256 } of documents) {
      const text = await this.#loadText(sha256);
      if (text !== null) this.#texts.set(sha256, text);
    }
  }

  /** `before`: null where `event` is the first. Nothing is judged after the first breach. */
  take(before: RunState | null, event: RunEvent, after: RunState): void {
    if (this.#broken !== null) return;
    try {
      const breach = this.#judge.breach(before, event);
      const wrong = this.#wrongPins(before, event, after) ?? breach?.reason ?? null;
      if (wrong !== null) this.#broken = `record ${event.seq} (${event.type}): ${wrong}`;
    } catch (error) {
      // What is hostile can make any rule fail.
      if (!(error instanceof Error)) throw error;
      this.#broken = `it cannot be checked: ${error.message}`;
    }
  }

  #wrongPins(before: RunState | null, event: RunEvent, after: RunState): string | null {
    if (event.type === 'review.written') return this.#wrongReview(after, event.data.documents);
    if (event.type !== 'run.started' && event.type !== 'documents.adopted') return null;
    return this.#wrongRunbook(before, event.data, rulesOf(after));
  }

  /** What was found, for the run in `state`, in which all of it is over. */
  tell(state: RunState, checks: Checks): void {
    // What a newer gonogo wrote is by rules that are not known here, which is a check of its own.
    if (state.newer.length > 0) return;
    const rules = rulesOf(state);
    const older =
      rules === newestRules ? '' : `; by rules ${rules} of an older gonogo, which ask less than ${newestRules}`;
    const followed = `the runbook is what its documents say, and every record follows from those before it${older}`;
    checks.add('rules', this.#broken === null, this.#broken ?? followed);
  }

  /** Why the recorded runbook is not what its documents say, in the state `before`; null when it is. */
  #wrongRunbook(before: RunState | null, { documents, runbook, keeps }: Pinning, rules: number): string | null {
    for (const recorded of recordingsBy(rules)) {
      const compiled = this.#compile(documents, runbook, recorded);
      if (typeof compiled === 'string') return `not recompiled: ${compiled}`;
      const older = recorded === null ? null : beforeIndependence(compiled);
      for (const said of older === null ? [compiled] : [compiled, older]) {
        const adopted = before === null ? null : adoptRunbook(before, said, keeps ?? 'begun');
        if (adopted?.ok === false) return 'the documents do not fit what had started';
        if (isSame(adopted?.runbook ?? said, runbook)) return null;
      }
    }
    return 'the recorded runbook is not what its documents say';
  }

  /** Why `documents`, with a review in them, are not what the run goes on with in `state`; null when they are. */
  #wrongReview(state: RunState, documents: Pinning['documents']): string | null {
    for (const recorded of recordingsBy(rulesOf(state))) {
      const compiled = this.#compile(documents, state.runbook, recorded);
      if (typeof compiled === 'string') return `not recompiled: ${compiled}`;
      const adopted = adoptRunbook(state, reviewedAsIn(state.runbook, compiled), 'begun');
      if (adopted.ok && isSame(adopted.runbook, state.runbook)) return null;
    }
    return 'the written document says more than the review';
  }

  /** The runbook that `documents` say, with as much of it as is in `known`; a text: why they say none. */
  #compile(documents: Pinning['documents'], { checklist }: Runbook, recorded: Recorded | null): Runbook | string {
    const options = { only: checklist?.only, ...(recorded === null ? {} : { recorded }) };
    return compile(documents, this.#texts, this.#specs, options);
  }
}

/** Texts of documents by the sha256 of their bytes. */
type Texts = ReadonlyMap<string, string>;

/** The runbook that `documents` say, the main one first; a text: why they say none. */
function compile(
  documents: Pinning['documents'],
  texts: Texts,
  specs: ActionSpecs,
  options: ParseOptions,
): Runbook | string {
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
  const { runbook, diagnostics } = parseDocument({ ...main, text }, load, specs, options);
  if (runbook !== null) return runbook;
  const first = diagnostics.find(({ severity }) => severity === 'error');
  return first === undefined
    ? 'its documents cannot be read'
    : `${quoted(first.file)}, line ${first.line}: ${first.message}`;
}
