/** What a person may answer. Terminal, plain prompts and answers files all speak these. */
import type { StepId } from '../runbook/document.ts';
import type { Evidence } from './event.ts';
import type { ReviewedAs } from './review.ts';

/** Text of a value by the name of its variable. */
export type SetValues = Readonly<Record<string, string>>;

export type Answer =
  | { readonly kind: 'run' }
  | { readonly kind: 'review'; readonly as: ReviewedAs }
  | { readonly kind: 'value'; readonly value: string }
  /** `attach`: files that are taken into the run first, and are among `evidence` then. */
  | {
      readonly kind: 'done';
      readonly note?: string | undefined;
      readonly evidence?: readonly Evidence[] | undefined;
      readonly attach?: readonly string[] | undefined;
    }
  | { readonly kind: 'choose'; readonly label: string; readonly reason?: string | undefined }
  | { readonly kind: 'approve'; readonly by: string }
  | { readonly kind: 'refuse'; readonly by: string; readonly reason: string }
  | { readonly kind: 'emergency'; readonly by: string; readonly reason: string }
  | { readonly kind: 'confirm'; readonly target: string }
  | { readonly kind: 'accept'; readonly reason: string }
  /** `set`: values of the variables that the step would have captured. `host`: that one alone, of those that it failed on. */
  | {
      readonly kind: 'skip' | 'passed';
      readonly reason: string;
      readonly set?: SetValues | undefined;
      readonly host?: string | undefined;
    }
  /** `set`: other values of variables, for the next try. */
  | {
      readonly kind: 'retry';
      readonly reason: string;
      readonly set?: SetValues | undefined;
      readonly host?: string | undefined;
    }
  | { readonly kind: 'rollback'; readonly reason: string }
  | { readonly kind: 'pause' }
  | { readonly kind: 'settle'; readonly as: 'passed' | 'failed' | 'rerun'; readonly reason: string }
  /** `at`: the day that it was found on, `YYYY-MM-DD`; absent: now. `over`: what the machine found is wrong. */
  | {
      readonly kind: 'item';
      readonly result: 'pass' | 'partial' | 'fail' | 'na';
      readonly detail: string;
      readonly at?: string | undefined;
      readonly over?: 'machine' | undefined;
    }
  /** What was answered in an earlier run, as it stands there. */
  | { readonly kind: 'earlier' }
  | {
      readonly kind: 'waive';
      readonly item?: StepId | undefined;
      readonly by: string;
      readonly why: string;
      readonly until: string;
    }
  | { readonly kind: 'hand-over'; readonly step: StepId; readonly to: string }
  /** `item`: RUN.STEP of an earlier run. */
  | { readonly kind: 'settle-owed' | 'defer'; readonly item: string; readonly reason: string }
  /** `read`: the ids that were typed back. */
  | { readonly kind: 'take-over'; readonly by: string; readonly read: readonly string[] }
  | { readonly kind: 'withdraw'; readonly reason: string }
  | { readonly kind: 'go-on'; readonly reason: string }
  | { readonly kind: 'wait' }
  | { readonly kind: 'alongside'; readonly reason: string }
  /** `run`: the newest one that the rollback goes over. */
  | { readonly kind: 'over'; readonly run: string; readonly reason: string };
