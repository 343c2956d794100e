/**
 * What an action can do. One file an action: its `ActionSpec` (pure, read by the parser) and its `perform`.
 *
 * Invariants:
 * - `perform` is called only after `step.started` is durable, with templates already interpolated.
 * - It never throws for what the world does (command not found, connection refused): that is a `Reading` with a `reason`.
 * - It reaches the world only through `context.target`, and keeps things only under `context.attempt`.
 */
import type { Clock } from '../host/host.ts';
import type { Reading } from '../run/reading.ts';
import type { ActionSpec } from '../runbook/action-spec.ts';
import type { Json } from '../runbook/document.ts';
import type { Survey } from '../search/survey.ts';
import type {
  AttemptRef,
  ChildEnvironment,
  ExpectedHost,
  Held,
  LendTerminal,
  LostLink,
  Stopped,
  Target,
} from '../target/target.ts';

export interface ActionContext {
  /** Where the step happens. */
  readonly target: Target;
  /** What the event recorded of this attempt before it begins. */
  readonly attempt: AttemptRef;
  /** This process's own: how long it waited, and pauses. It tells nothing of the target. */
  readonly clock: Clock;
  /** Interpolated parameters. */
  readonly params: Json;
  /** The child's environment, variables included. */
  readonly env: ChildEnvironment;
  /** A path of the target. */
  readonly cwd: string;
  readonly timeoutMs: number | null;
  /** True when `expect`, `capture` or `give_up` reads `stdout` or `json`. */
  readonly readsStdout: boolean;
  readonly secrets: readonly string[];
  /** The terminal is the command's. */
  readonly tty: boolean;
  /** How the target gets it; absent: it has it. */
  readonly lend?: LendTerminal;
  /** It is a probe, and ends with this process. */
  readonly tethered?: boolean;
  /** Whether it has begun is told apart from how it ended, because something follows from it: a program that is not there began nothing. */
  readonly refusesAbsent?: boolean;
  /** Who the machine must be; absent: whoever it is. */
  readonly expects?: ExpectedHost;
  /** The account that a command runs as; absent: the one that logs in. */
  readonly become?: string;
  /** The look at files that this reading is part of; absent: it looks for itself. */
  readonly survey?: Survey;
  /** Aborts when the operator leaves; a command goes on, anything in-process stops with `interrupted`. */
  readonly leave: AbortSignal;
  /** Told when the attempt goes on that should not. */
  readonly held?: (held: Held) => void;
  /** Told while the way to the machine is cut, and with null when it is there again. */
  readonly link?: (lost: LostLink | null) => void;
}

export type { Reading } from '../run/reading.ts';

export interface Action extends ActionSpec {
  /** Starts it and waits for its outcome. Absent for flows other than `leaf` and for actions of people. */
  readonly perform?: (context: ActionContext) => Promise<Reading>;
  /**
   * Finds out about an attempt that an earlier process started. Absent: nothing durable is left of one, so it is in doubt
   * (`once`) or made anew (`read`, `idempotent`).
   */
  readonly recover?: (context: ActionContext) => Promise<Reading>;
  /** Ends a running attempt (TERM, then KILL); resolves when it has ended or cannot be. Absent: `leave` ends it. */
  readonly stop?: (context: ActionContext) => Promise<Stopped>;
}

export type Actions = ReadonlyMap<string, Action>;
