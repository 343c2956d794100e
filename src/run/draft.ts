/** Events before the journal gives them their place: made here, by a rule or by a person. */
import type { Actor, EventDraft } from './event.ts';

export const engineActor: Actor = { via: 'engine', name: 'gonogo' };

export type DraftOf<T extends EventDraft['type']> = Extract<EventDraft, { type: T }>;

/** An event that a rule causes. */
export function draft<T extends EventDraft['type']>(type: T, data: DraftOf<T>['data']): DraftOf<T> {
  return draftBy(engineActor, type, data);
}

/** An event that `actor` causes. */
export function draftBy<T extends EventDraft['type']>(actor: Actor, type: T, data: DraftOf<T>['data']): DraftOf<T>;
export function draftBy(actor: Actor, type: string, data: object): object {
  return { type, actor, data };
}
