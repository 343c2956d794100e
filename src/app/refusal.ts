/**
 * Why a use case is not carried out: a closed union of codes with the facts of each, and one message for a person.
 *
 * Invariants:
 * - A refusal is about what was asked for, never a fault of gonogo and never a failure of the disk: nothing was changed by what
 *   was refused.
 * - The message says what, where and the way out, and names no flag: which input is at fault is a fact, and a front end says
 *   how that input is called there.
 */
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { outcomeSentence } from '../report/outcome.ts';
import type { RunState } from '../run/state.ts';

/** What a use case is told beside the run or the document that it is about. */
export type Input =
  | 'adopt'
  | 'at'
  | 'corrects'
  | 'against'
  | 'bundle'
  | 'archive'
  | 'emergency'
  | 'key'
  | 'only'
  | 'operator'
  | 'out'
  | 'over'
  | 'take-over'
  | 'reason'
  | 'refuse'
  | 'repo'
  | 'sign'
  | 'signature'
  | 'to';

/** Where a variable's value stands: in the document, given by name, in a file of values, or in the environment. */
export type ValuePlace =
  | { readonly kind: 'document' | 'given' | 'file' | 'default' }
  | { readonly kind: 'environment'; readonly name: string };

/**
 * What keeps a run from starting. `unsettable`: there is no such variable, or its value is not for whoever starts the run. `unfit`:
 * the value is no value of it, or there is none. `program`: `name` is one that is needed and not there. `target`: the one of that name
 * does not read as the document expects.
 */
export interface VariableProblem {
  readonly kind: 'unsettable' | 'unfit' | 'program' | 'target';
  readonly name: string;
  readonly place: ValuePlace;
  readonly why: string;
}

export type Refused =
  /** `value`: as it was given, where the message does not hold it; null: it does. */
  | { readonly code: 'bad-input'; readonly input: Input; readonly value: string | null }
  | { readonly code: 'bad-variables'; readonly problems: readonly VariableProblem[] }
  /** A text that cannot be read, or is none. */
  | { readonly code: 'unreadable'; readonly path: string; readonly why: string }
  /** `texts`: the sources by path, for quoting their lines. */
  | {
      readonly code: 'bad-document';
      readonly file: string;
      readonly diagnostics: readonly Diagnostic[];
      readonly texts: ReadonlyMap<string, string>;
    }
  /** An answers file. */
  | { readonly code: 'bad-answers'; readonly path: string }
  | { readonly code: 'wrong-kind'; readonly file: string; readonly kind: 'runbook' | 'checklist' }
  /** The document asks for a rehearsal that is not on record. `signed`: it has to be signed. */
  | {
      readonly code: 'not-rehearsed';
      readonly file: string;
      readonly missing: 'never' | 'changed' | 'open' | 'stale' | 'unsigned' | 'untrusted';
      readonly signed: boolean;
    }
  /** With these stand-ins the run comes to no end. `step`: where it stands still. */
  | { readonly code: 'not-rehearsable'; readonly file: string; readonly step: string | null }
  /** No document reads differently than it did when the run pinned it. */
  | { readonly code: 'nothing-changed' }
  /** The changed document lacks or moves steps that have started. */
  | { readonly code: 'unfit-document'; readonly missing: readonly string[]; readonly moved: readonly string[] }
  | { readonly code: 'run-ended'; readonly state: RunState }
  | { readonly code: 'nothing-to-undo'; readonly run: string; readonly why: 'abandoned' | 'unchanged' }
  /** Other runs changed the target since, and nobody said that the rollback goes over them. */
  | { readonly code: 'newer-run'; readonly run: string; readonly newest: string }
  | { readonly code: 'not-released'; readonly run: string }
  | { readonly code: 'nothing-to-hand-over'; readonly run: string }
  | { readonly code: 'no-step'; readonly run: string; readonly step: string }
  | { readonly code: 'no-host'; readonly run: string; readonly host: string }
  | { readonly code: 'not-asked'; readonly run: string; readonly step: string; readonly asked: readonly string[] }
  /** Somebody was faster. */
  | { readonly code: 'answered'; readonly run: string; readonly step: string; readonly by: string }
  | { readonly code: 'not-signed'; readonly step: string }
  | { readonly code: 'not-attached'; readonly run: string; readonly step: string }
  | { readonly code: 'not-redone'; readonly run: string; readonly step: string }
  | { readonly code: 'not-corrected'; readonly run: string; readonly variable: string }
  | { readonly code: 'not-left-out' }
  | { readonly code: 'empty-note' }
  /** The document names a time zone that there is not. */
  | { readonly code: 'no-such-zone' }
  /** What a note says cannot be. */
  | { readonly code: 'unfit-note' }
  /** What lies where a report is to be written, or what of it or its run is not as it must be. */
  | { readonly code: 'report'; readonly path: string }
  | { readonly code: 'not-verifiable'; readonly path: string }
  | { readonly code: 'trust'; readonly what: string }
  | { readonly code: 'exposed-key'; readonly path: string; readonly mode: number }
  | { readonly code: 'key-exists'; readonly path: string }
  | { readonly code: 'no-key'; readonly path: string | null }
  /** A page that gives no document, or what lies where one is to be written. */
  | { readonly code: 'authoring'; readonly path: string }
  | { readonly code: 'demo'; readonly what: string }
  /** What comes with the single executable cannot be unpacked. */
  | { readonly code: 'shipped'; readonly path: string | null };

/** A use case says no. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly facts: Refused;
  constructor(facts: Refused, message: string, cause?: unknown) {
    super(message, { cause });
    this.facts = facts;
  }
}

/** The refusal of what input `input` was given as. `value`: to name it, where `message` does not. */
export function badInput(input: Input, message: string, value: string | null = null, cause?: unknown): Refusal {
  return new Refusal({ code: 'bad-input', input, value }, message, cause);
}

/** Whoever drove the run ended it before this process got it. */
export function runEnded(state: RunState): Refusal {
  return new Refusal({ code: 'run-ended', state }, `run ${state.id} has ended meanwhile: ${outcomeSentence(state)}`);
}
