/**
 * A step that is done, visited once more: that step alone (with what it holds), then the run goes on where it was.
 *
 * Invariants:
 * - Nothing of the record is taken back: the new visit stands beside the earlier ones, and each is undone by a rollback.
 * - It begins when nothing runs, and until it is closed nothing else begins.
 * - What permits others (a gate) and what decides the way of the run (a choice that goes elsewhere) is not visited so.
 */
import type { Step, StepId } from '../runbook/document.ts';
import { holding, runningAttempts } from './attempts.ts';
import { type Decision, idle } from './decision.ts';
import { draft, draftBy } from './draft.ts';
import type { Actor, EventDraft, RunEvent } from './event.ts';
import { outlineOf, type Place } from './outline.ts';
import { accepts, type Response, refuses } from './response.ts';
import type { Reopening, RunState } from './state.ts';
import { openVisit } from './visit.ts';

/** Why step `id` cannot be visited again now, in words that follow its id or stand alone; null: it can. */
export function redoObjection(state: RunState, id: StepId): string | null {
  const { runbook } = state;
  if (state.endedAt !== null) return `run ${state.id} has ended (${state.status}); nothing of it is done again`;
  if (state.rollback !== null || state.rollbackRequested !== null)
    return 'the rollback has begun; what is undone is not done again';
  if (runbook.kind === 'checklist') return 'a checklist is looked at anew by another run of it, not step by step';
  const place = outlineOf(runbook).places.get(id);
  if (place === undefined) return `the run has no step ${id}`;
  return placeObjection(place) ?? visitObjection(state, id);
}

function placeObjection({ step, phase }: Place): string | null {
  if (phase === null) return `${step.id} is a step of the rollback`;
  if (step.item !== undefined) return `${step.id} is an item of a checklist, which its gate asks for again`;
  if (step.effect === 'gate') return `${step.id} is a gate: it asks for consent again by itself where that is needed`;
  if (step.flow === 'choose' && step.blocks.some(({ goto }) => goto !== undefined))
    return `${step.id} decided where the run went on; redo the steps that it led to`;
  return null;
}

function visitObjection(state: RunState, id: StepId): string | null {
  const step = state.steps.get(id);
  if (openVisit(step) !== null) return `${id} is under way: it is answered or tried again where it stands`;
  return step?.visits.length === 0 ? `the run has not come to ${id} yet` : null;
}

/** Has a step that is done visited again. `inbox`: the message that asks for it. */
export function reopens(state: RunState, step: StepId, reason: string, actor: Actor, inbox?: string): Response {
  if (reason.trim() === '') return refuses('to redo a step needs a reason');
  const objection = redoObjection(state, step);
  if (objection !== null) return refuses(objection);
  const visit = (state.steps.get(step)?.visits.length ?? 0) + 1;
  const from = inbox === undefined ? {} : { inbox };
  return accepts(draftBy(actor, 'step.reopened', { step, visit, reason: reason.trim(), ...from }));
}

/** The state after a step was opened again. */
export function reopened(state: RunState, event: Extract<RunEvent, { type: 'step.reopened' }>): RunState {
  const { step, visit, reason, inbox = null } = event.data;
  const one: Reopening = { seq: event.seq, at: event.at, by: event.actor.name, step, visit, reason, inbox };
  return { ...state, reopenings: state.reopenings.append(one) };
}

/** What stands before everything else of the phases: nothing new begins while a visit that was opened again waits for what runs. */
export function beforeRedo(state: RunState, step: Step): Decision | null {
  const inside = idsIn(step);
  const running = runningAttempts(state).filter((one) => !inside.has(one.step));
  return running.length === 0 ? null : { ...idle, ongoing: running, question: holding(state, running) };
}

/** The step whose new visit is the first that is open; null: none is. */
export function openRedo(state: RunState): Step | null {
  const open = openReopenings(state)[0];
  return open === undefined ? null : (outlineOf(state.runbook).places.get(open.step)?.step ?? null);
}

/** New visits that a rollback leaves as they are, before anything of them ran. */
export function leavesRedos(state: RunState): readonly EventDraft[] {
  return openReopenings(state).flatMap(({ step, visit }) =>
    openVisit(state.steps.get(step))?.status === 'pending'
      ? [draft('step.not_taken', { step, visit, reason: 'rolled back before it was done again' })]
      : [],
  );
}

function openReopenings({ reopenings, steps }: RunState): readonly Reopening[] {
  return reopenings.filter(({ step, visit }) => openVisit(steps.get(step))?.visit === visit);
}

function idsIn(step: Step): ReadonlySet<StepId> {
  const within = (one: Step): readonly StepId[] => [
    one.id,
    ...one.blocks.flatMap(({ steps }) => steps.flatMap(within)),
  ];
  return new Set(within(step));
}
