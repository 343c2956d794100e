/**
 * What comes up again and again until the run ends: status updates to send, something to look at. From the state and the time alone.
 *
 * Invariants:
 * - One is due when so much time has really passed since it was last done, or since it began; nothing is recorded by its being due.
 * - A step with `every` reminds from its first pass on; passing it again is doing it.
 * - They end with the run.
 */
import type { Runbook, Step } from '../runbook/document.ts';
import { passedAt, passedMs } from './elapsed.ts';
import { outlineOf } from './outline.ts';
import type { RunState } from './state.ts';

export interface Reminder {
  readonly id: string;
  readonly text: string;
  readonly everyMs: number;
  /** When it was last done, or began, epoch ms. */
  readonly since: number;
  readonly dueAt: number;
  /** How often it has come up since then: 0 is not due. */
  readonly times: number;
}

/** All of a run at `now` (epoch ms), what is due soonest first. */
export function remindersOf(state: RunState, now: number): readonly Reminder[] {
  if (state.endedAt !== null) return [];
  return [...fromDocument(state), ...fromSteps(state), ...fromPeople(state)]
    .map(({ id, text, everyMs, began }) => {
      const done = state.incident.reminded.findLast(({ data }) => data.id === id)?.at ?? began;
      const since = Math.max(began, done);
      const times = Math.max(0, Math.floor(passedMs(state, since, now) / everyMs));
      return { id, text, everyMs, since, dueAt: passedAt(state, since, everyMs), times };
    })
    .toSorted((a, b) => a.dueAt - b.dueAt);
}

/** Those that are due at `now`. */
export function dueReminders(state: RunState, now: number): readonly Reminder[] {
  return remindersOf(state, now).filter(({ times }) => times > 0);
}

interface Began {
  readonly id: string;
  readonly text: string;
  readonly everyMs: number;
  readonly began: number;
}

function fromDocument({ runbook, startedAt }: RunState): readonly Began[] {
  return (runbook.remind ?? []).map((one) => ({ ...one, began: startedAt }));
}

/** The steps that remind, by runbook: every frame of the screen asks for them. */
const reminding = new WeakMap<Runbook, readonly Step[]>();

function remindingIn(runbook: Runbook): readonly Step[] {
  const known =
    reminding.get(runbook) ??
    [...outlineOf(runbook).places.values()].flatMap(({ step }) => (step.everyMs === undefined ? [] : [step]));
  reminding.set(runbook, known);
  return known;
}

function fromSteps(state: RunState): readonly Began[] {
  return remindingIn(state.runbook).flatMap(({ id, title: text, everyMs }): readonly Began[] => {
    const began = state.steps.get(id)?.visits.findLast(({ status }) => status === 'passed')?.closedAt ?? null;
    return began === null || everyMs === undefined ? [] : [{ id, text, everyMs, began }];
  });
}

function fromPeople({ incident }: RunState): readonly Began[] {
  return [...incident.reminders].map(({ at, data: { id, text, everyMs } }) => ({ id, text, everyMs, began: at }));
}
