/**
 * What the engine asks a person, and what a person may answer. Terminal, plain prompts and answer files all speak these.
 *
 * Invariants: a question is derived from the state alone, so it is the same after a resume; `decide` refuses an answer
 * that does not fit the open question, with a message that names what would.
 */
import type { OnFail, StepId } from '../runbook/document.ts';
import type { Evidence } from './event.ts';

export interface ChoiceOption {
  readonly block: number;
  readonly label: string;
  /** Its `when` holds, or it has none. Taking another needs a reason. */
  readonly suggested: boolean;
}

interface AtStep {
  readonly step: StepId;
  readonly visit: number;
  readonly title: string;
}

export type Question =
  /** A value for a variable that is asked before the first step. */
  | {
      readonly kind: 'variable';
      readonly name: string;
      readonly question: string;
      readonly match: string | null;
      readonly choices: readonly string[];
      readonly secret: boolean;
      readonly default: string | null;
    }
  /** Guided only: the step is next. Answers: run, skip, passed (by hand), pause, rollback. */
  | ({ readonly kind: 'ready'; readonly summary: string; readonly changes: boolean } & AtStep)
  /** Answers: confirm with the target's name, skip, rollback, pause. `pointOfNoReturn`: it has no undo. */
  | ({
      readonly kind: 'danger';
      readonly target: string;
      readonly summary: string;
      readonly pointOfNoReturn: boolean;
    } & AtStep)
  /** Identity read differently than at the start. Answers: accept (with reason), retry, rollback, pause. */
  | ({ readonly kind: 'drift'; readonly expected: string; readonly found: string } & AtStep)
  | ({ readonly kind: 'manual'; readonly instructions: string } & AtStep)
  | ({
      readonly kind: 'ask';
      readonly question: string;
      readonly match: string | null;
      readonly choices: readonly string[];
      readonly variable: string | null;
    } & AtStep)
  | ({ readonly kind: 'choose'; readonly question: string; readonly options: readonly ChoiceOption[] } & AtStep)
  /** `given`: who has consented so far. */
  | ({
      readonly kind: 'approve';
      readonly from: readonly string[];
      readonly count: number;
      readonly signed: boolean;
      readonly given: readonly string[];
    } & AtStep)
  /** Answers: retry, passed, skip, rollback, pause; each but pause with a reason. `inRollback`: no rollback offered. */
  | ({
      readonly kind: 'failure';
      readonly reason: string;
      readonly evidence: readonly Evidence[];
      readonly inRollback: boolean;
      /** What the document asks for; `rollback` is suggested first. */
      readonly onFail: OnFail;
    } & AtStep)
  /** Answers: settle. */
  | ({ readonly kind: 'in-doubt'; readonly attempt: number; readonly reason: string; readonly folder: string } & AtStep)
  /**
   * A no-go. `blockers`: what a waiver would lift. Answers: retry (check again), waive, rollback, pause. With `audit` it is the
   * verdict of an audit of its own; answers: waive, done (it ends with this verdict), pause.
   */
  | ({
      readonly kind: 'no-go';
      readonly blockers: readonly string[];
      readonly reasons: readonly string[];
      readonly audit?: true;
    } & AtStep)
  /** An audit item that a person answers. */
  | ({ readonly kind: 'item'; readonly question: string; readonly severity: string } & AtStep)
  /** Text of a notification, editable before it goes out. */
  | ({ readonly kind: 'notify'; readonly text: string; readonly to: string } & AtStep)
  /** Everything is done but debts are open. Answers: hand-over. */
  | { readonly kind: 'obligations'; readonly open: readonly { readonly step: StepId; readonly text: string }[] };

export type Answer =
  | { readonly kind: 'run' }
  | { readonly kind: 'value'; readonly value: string }
  | { readonly kind: 'done'; readonly note?: string | undefined; readonly evidence?: readonly Evidence[] | undefined }
  | { readonly kind: 'choose'; readonly label: string; readonly reason?: string | undefined }
  | { readonly kind: 'approve'; readonly by: string }
  | { readonly kind: 'refuse'; readonly by: string; readonly reason: string }
  | { readonly kind: 'confirm'; readonly target: string }
  | { readonly kind: 'accept'; readonly reason: string }
  | { readonly kind: 'skip'; readonly reason: string }
  | { readonly kind: 'retry'; readonly reason: string }
  | { readonly kind: 'passed'; readonly reason: string }
  | { readonly kind: 'rollback'; readonly reason: string }
  | { readonly kind: 'pause' }
  | { readonly kind: 'settle'; readonly as: 'passed' | 'failed' | 'rerun'; readonly reason: string }
  | { readonly kind: 'item'; readonly result: 'pass' | 'partial' | 'fail' | 'na'; readonly detail: string }
  | {
      readonly kind: 'waive';
      readonly item?: StepId | undefined;
      readonly by: string;
      readonly why: string;
      readonly until: string;
    }
  | { readonly kind: 'hand-over'; readonly step: StepId; readonly to: string };

/** True when both ask for the same decision, whatever else of them has moved on (who approved so far, say). */
export function isSameQuestion(a: Question, b: Question): boolean {
  return identityOf(a) === identityOf(b);
}

function identityOf(question: Question): string {
  switch (question.kind) {
    case 'variable':
      return `variable ${question.name}`;
    case 'obligations':
      return 'obligations';
    case 'in-doubt':
      return `in-doubt ${question.step} ${question.visit} ${question.attempt}`;
    default:
      return `${question.kind} ${question.step} ${question.visit}`;
  }
}
