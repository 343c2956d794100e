/**
 * What several sections ask of a visit. Derived from the state and the events alone.
 */
import type { Actor, RunEvent } from '../run/event.ts';
import { outlineOf } from '../run/outline.ts';
import type { AttemptState, RunState, VisitState } from '../run/state.ts';
import type { StepId } from '../runbook/document.ts';
import type { Status } from './model.ts';
import { actorText, visitStatus } from './words.ts';

/** Attempts of `visit` that were really made. */
export function realAttempts(visit: VisitState): readonly AttemptState[] {
  return visit.attempts.filter(({ status }) => status !== 'void');
}

/** The last visit of a step; null before the first. */
export function lastVisit(state: RunState, id: StepId): VisitState | null {
  return state.steps.get(id)?.visits.at(-1) ?? null;
}

/** `exit 1`, `HTTP 503`; null when neither is recorded. */
export function resultText(exit: number | null, httpStatus: number | null): string | null {
  if (httpStatus !== null) return `HTTP ${httpStatus}`;
  return exit === null ? null : `exit ${exit}`;
}

/** Whether somebody, not a program, does what runs under `id`. */
export function isPersonal(state: RunState, id: StepId): boolean {
  const outline = outlineOf(state.runbook);
  const effect = outline.places.get(id)?.step.effect ?? outline.undos.get(id)?.body.effect;
  return effect === 'person' || effect === 'gate';
}

/** The status of a visit of `id` in words: a step that somebody is asked to do waits, it does not run. */
export function statusAt(state: RunState, id: StepId, visit: VisitState): Status {
  const found = visitStatus(visit);
  return visit.status === 'running' && isPersonal(state, id) ? { tone: 'open', word: 'waiting' } : found;
}

/** Whether `id` runs as part of the rollback. */
export function isInRollback(state: RunState, id: StepId): boolean {
  const place = outlineOf(state.runbook).places.get(id);
  return place === undefined || place.phase === null;
}

/** Who acted on a visit, by `key(step, visit)`: the people in the order in which they first did, each once. */
export function peopleOf(events: readonly RunEvent[]): ReadonlyMap<string, readonly string[]> {
  const people = new Map<string, string[]>();
  for (const event of events) {
    if (!('visit' in event.data) || event.data.visit === undefined || !('step' in event.data)) continue;
    const name = personOf(event);
    if (name === null || event.data.step === undefined) continue;
    const place = key(event.data.step, event.data.visit);
    const known = people.get(place) ?? [];
    if (!known.includes(name)) people.set(place, [...known, name]);
  }
  return people;
}

function personOf(event: RunEvent): string | null {
  if (event.type === 'approval.given') return event.data.by;
  return isPerson(event.actor) ? actorText(event.actor) : null;
}

/** Whether a person, at a screen, a command line or by a file, caused it. */
export function isPerson(actor: Actor): boolean {
  return actor.via !== 'engine';
}

/** Names one visit in a map. */
export function key(step: StepId, visit: number): string {
  return `${step} ${visit}`;
}
