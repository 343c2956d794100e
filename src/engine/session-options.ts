/** With what a session drives a run. */
import type { Actions } from '../actions/action.ts';
import type { Host } from '../host/host.ts';
import type { Circumstances } from '../run/circumstances.ts';
import type { Actor } from '../run/event.ts';
import type { RunState } from '../run/state.ts';
import type { Durations } from '../run/typical.ts';
import type { StepId } from '../runbook/document.ts';
import type { Journal } from '../store/journals.ts';
import type { LendTerminal, Target } from '../target/target.ts';
import type { Hosts } from '../target/targets.ts';
import type { OtherRuns } from './claims.ts';
import type { ApprovalJudge } from './inbox.ts';
import type { WriteReview } from './reviews.ts';
import type { ReadSecret } from './secret-source.ts';

/** The run, where it happens, and who answers. */
export interface SessionOptions {
  readonly host: Host;
  /** Where steps run that name no host. */
  readonly target: Target;
  /** The machines that steps name; absent: none can be reached. */
  readonly hosts?: Hosts;
  readonly journal: Journal;
  /** The state after all of the journal's events. */
  readonly state: RunState;
  readonly actions: Actions;
  /** True: a person orders each step. */
  readonly guided: boolean;
  /** Steps that an answers file may skip on arrival. */
  readonly arrivals: ReadonlySet<StepId>;
  /** Who answers. */
  readonly actor: Actor;
  /** Values of secrets known now: from the environment. */
  readonly secrets: ReadonlyMap<string, string>;
  /** The newest verdict of earlier runs, by the checklist's title. */
  readonly previous: Circumstances['previous'];
  /** How long steps took in earlier runs of this title; absent: nothing is known. */
  readonly durations?: Durations;
  /** Answers of earlier runs to the items that are asked; absent: none is known. */
  readonly earlier?: Circumstances['earlier'];
  /** Runs `use` while the terminal is nobody else's; absent: there is none that a step could have. */
  readonly lendTerminal?: LendTerminal;
  /** Writes a review into the document; absent: it stands in the journal alone. */
  readonly writeReview?: WriteReview;
  /** Verifies signed approvals before they are recorded; without one no signature counts. */
  readonly approvalJudge?: ApprovalJudge;
  /** The other runs of the store; absent: a run that holds its target cannot be driven. */
  readonly others?: OtherRuns;
  /** Nobody else can send it anything: no inbox is watched. */
  readonly alone?: true;
  /** Runs the commands that give secrets. */
  readonly readSecret?: ReadSecret;
}
