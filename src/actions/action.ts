/**
 * What an action can do. One file an action: its `ActionSpec` (pure, read by the parser) and its `perform`.
 *
 * Invariants:
 * - `perform` is called only after `step.started` is durable, with templates already interpolated.
 * - It never throws for what the world does (command not found, connection refused): that is a `Reading` with a `reason`.
 * - It writes only inside `context.folder`.
 */
import type { Host } from '../host/host.ts';
import type { Evidence } from '../run/event.ts';
import type { ActionSpec } from '../runbook/action-spec.ts';
import type { Json } from '../runbook/document.ts';
import type { CelValue } from '../runbook/expression.ts';
import type { Survey } from '../search/survey.ts';

export type { CelValue } from '../runbook/expression.ts';

export interface ActionContext {
  readonly host: Host;
  /** Absolute folder of the run; evidence paths are relative to it. */
  readonly runFolder: string;
  /** Absolute attempt folder, not yet made: `RUN/steps/007-migrate/1`. */
  readonly folder: string;
  /** Boot id that `step.started` recorded: the attempt's, not necessarily the present one. */
  readonly bootId: string;
  /** Interpolated parameters. */
  readonly params: Json;
  /** The child's whole environment, variables included. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly timeoutMs: number | null;
  /** True when `expect`, `capture` or `give_up` reads `stdout` or `json`. */
  readonly readsStdout: boolean;
  readonly secrets: readonly string[];
  /** The terminal is the command's. */
  readonly tty: boolean;
  /** The look at files that this reading is part of; absent: it looks for itself. */
  readonly survey?: Survey;
  /** Aborts when the operator leaves; a command goes on, anything in-process stops with `interrupted`. */
  readonly leave: AbortSignal;
}

/**
 * What the action read. `fields` are the values for `expect` (per `ActionSpec.fields`); a field that could not
 * be had is absent and using it is an evaluation error. `reason` non-null: it failed whatever `expect` says.
 */
export type Reading =
  | {
      readonly kind: 'read';
      readonly fields: Readonly<Record<string, CelValue>>;
      /** Why a field could not be had, in the words of the evaluation error. */
      readonly absent?: Readonly<Record<string, string>>;
      readonly exit: number | null;
      readonly status: number | null;
      readonly ms: number;
      readonly reason: string | null;
      /** True: it could not look, so nothing is known either way. */
      readonly blind?: boolean;
      readonly evidence: readonly Evidence[];
    }
  /** We left while it ran on (a command) or stopped it (in-process): no outcome is recorded now. */
  | { readonly kind: 'left' }
  /** Nothing ran and nothing will: the attempt is void and may be made anew. */
  | { readonly kind: 'never-ran' }
  | { readonly kind: 'in-doubt'; readonly reason: string };

export interface Action extends ActionSpec {
  /** Starts it and waits for its outcome. Absent for flows other than `leaf` and for actions of people. */
  readonly perform?: (context: ActionContext) => Promise<Reading>;
  /**
   * Finds out about an attempt that an earlier process started. Absent: nothing durable is left of one, so it is in doubt
   * (`once`) or made anew (`read`, `idempotent`).
   */
  readonly recover?: (context: ActionContext) => Promise<Reading>;
  /** Ends a running attempt (TERM, then KILL); true when nothing of it runs any more. Absent: `leave` ends it. */
  readonly stop?: (context: ActionContext) => Promise<boolean>;
}

export type Actions = ReadonlyMap<string, Action>;
