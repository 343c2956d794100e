/**
 * Secrets that a command prints: each is asked for when it is first needed, and of each process anew.
 *
 * Invariants:
 * - What the command prints is in memory and nowhere else, its errors are read by nobody: not even a message quotes them.
 * - A command runs once at a time; what failed is not asked again until somebody answers something.
 */
import { engineActor } from '../run/draft.ts';
import type { EventDraft } from '../run/event.ts';
import type { Question } from '../run/question.ts';
import { respond } from '../run/respond.ts';
import type { RunState } from '../run/state.ts';

/** What a command that gives a secret came to. `reason`: in words of ours, without anything that it printed. */
export type SecretReading =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly reason: string };

/** Runs `argv` without a shell and reads what it prints; never rejects. `signal` ends it. */
export type ReadSecret = (argv: readonly string[], signal: AbortSignal) => Promise<SecretReading>;

type Secret = Question<'variable'>;

const runsNone: ReadSecret = async () => ({ ok: false, reason: 'this process runs no commands for secrets' });

/** Secrets that are on their way, or cannot be had. */
export class SecretSource {
  /** Why a secret cannot be had, by its name. */
  readonly unavailable = new Map<string, string>();
  readonly #read: ReadSecret;
  readonly #signal: AbortSignal;
  readonly #tell: (question: Secret, reading: SecretReading) => Promise<void>;
  readonly #reading = new Set<string>();

  /** `tell` hears what came of each question that was asked. */
  constructor(
    read: ReadSecret = runsNone,
    signal: AbortSignal,
    tell: (question: Secret, reading: SecretReading) => Promise<void>,
  ) {
    this.#read = read;
    this.#signal = signal;
    this.#tell = tell;
  }

  /** Has the command of `question` run, where it has one and that is not under way. */
  ask(question: Secret): void {
    const { name, from } = question;
    if (from === null || this.#reading.has(name)) return;
    this.#reading.add(name);
    this.#read(from, this.#signal)
      .then((reading) => {
        this.#reading.delete(name);
        return this.#signal.aborted ? undefined : this.#tell(question, reading);
      })
      // Whoever is told ends the run with what goes wrong there.
      .catch(() => {});
  }

  /** What `reading` makes true of `question` at `now` (epoch ms), with the value for the caller's memory. */
  take(
    state: RunState,
    question: Secret,
    reading: SecretReading,
    now: number,
  ): { readonly events: readonly EventDraft[]; readonly secret: { name: string; value: string } | null } {
    const answer = { kind: 'value', value: reading.ok ? reading.value : '' } as const;
    const response = reading.ok ? respond(state, question, answer, engineActor, now) : null;
    if (response?.ok === true) return response;
    this.unavailable.set(question.name, reading.ok ? 'what its command printed does not fit' : reading.reason);
    return { events: [], secret: null };
  }
}
