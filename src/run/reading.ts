/** What a try at an action read of the world, before anything is made of it. */
import type { CelValue } from '../runbook/expression.ts';
import type { Evidence, RunningProcess } from './event.ts';
import type { HostIdentity } from './event-hosts.ts';

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
      /** True: it was not read to its end, so what it says is no answer. */
      readonly unsure?: boolean;
      /** In a sentence for a person what was looked for in vain; absent: something was found, or there is no such sentence. */
      readonly nothing?: string;
      readonly evidence: readonly Evidence[];
      /** Why files that it should have left as evidence are not kept. */
      readonly lacking?: string;
      /** How long a server that is busy asks to be left alone, in milliseconds. */
      readonly retryAfterMs?: number;
      /** Fields whose text was not UTF-8, so that something else stands for part of it. */
      readonly garbled?: readonly string[];
      /** Processes that it left running when it had ended by itself. */
      readonly left?: readonly RunningProcess[];
    }
  /** We left while it ran on (a command) or stopped it (in-process): no outcome is recorded now. */
  | { readonly kind: 'left' }
  /** Nothing ran and nothing will: the attempt is void and may be made anew. `why` null: it was interrupted before it began. */
  | { readonly kind: 'never-began'; readonly why: WhyNever | null }
  | { readonly kind: 'in-doubt'; readonly reason: string };

/**
 * `refused`: it cannot be begun as it stands. `not-started`: not this time. `unreachable`: the target was not there. `drifted`: it is
 * another machine than the expected one, and who is `found`.
 */
export type WhyNever =
  | { readonly cause: 'refused' | 'not-started' | 'unreachable'; readonly reason: string }
  | { readonly cause: 'drifted'; readonly reason: string; readonly found: HostIdentity };

export type Read = Extract<Reading, { kind: 'read' }>;

/** What became of a try that nobody left. */
export type Known = Exclude<Reading, { kind: 'left' }>;

/** The outcome of what could not be performed at all, for `reason`. */
export function unreadable(reason: string): Read {
  return { kind: 'read', fields: {}, exit: null, status: null, ms: 0, reason, evidence: [], unsure: true };
}
