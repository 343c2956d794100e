/**
 * Somebody is told, once for each thing that is asked, when a run waits longer for an answer than its operator allows.
 *
 * Invariants: only what waits for a person is told of; a call that fails is said on screen and made no second time.
 */
import type { Activity } from '../engine/session.ts';
import { progress } from '../run/progress.ts';
import { waitsFor } from '../run/question.ts';
import type { RunState } from '../run/state.ts';
import { targetName } from '../run/trace.ts';
import { questionKey } from './dialogs/question-key.ts';
import { rough } from './present/format.ts';

/** Whom to tell, and after how long. `post` rejects with why it did not arrive. */
export interface CallAfter {
  readonly afterMs: number;
  post(text: string): Promise<void>;
}

/** What runs here, and whether somebody is asked. */
interface Looked {
  readonly state: RunState;
  readonly activity: Activity;
}

export class WaitingCall {
  readonly #after: CallAfter;
  readonly #say: (text: string) => void;
  /** What waits, and since when. */
  #waits: { readonly key: string; readonly since: number; readonly told: boolean } | null = null;

  /** `say`: tells the operator of a call that failed. */
  constructor(after: CallAfter, say: (text: string) => void) {
    this.#after = after;
    this.#say = say;
  }

  /** Looks at the run as it stands at `now`; null: none is driven here. */
  look(run: Looked | null, now: number): void {
    const question = run?.activity.kind === 'waiting' ? run.activity.question : null;
    if (run === null || question === null) {
      this.#waits = null;
      return;
    }
    const key = `${run.state.id} ${question.kind === 'ready' ? `ready ${question.step} ${question.visit}` : questionKey(question)}`;
    if (this.#waits?.key !== key) this.#waits = { key, since: now, told: false };
    const { since, told } = this.#waits;
    if (told || now - since < this.#after.afterMs) return;
    this.#waits = { key, since, told: true };
    this.#after
      .post(waitingText(run.state, waitsFor(question), now - since))
      .catch((error: unknown) => this.#say(`Your webhook was not told that this waits: ${reasonOf(error)}`));
  }
}

/** `shop-production has waited 12m for ada: approval of go. Run …-k7q2, 8 of 14 steps passed.` */
function waitingText(state: RunState, what: string, ms: number): string {
  const { passed, total } = progress(state);
  const name = targetName(state) ?? state.runbook.title;
  return `${name} has waited ${rough(ms)} for ${state.operator}: ${what}. Run ${state.id}, ${passed} of ${total} steps passed.`;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
