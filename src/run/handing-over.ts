/**
 * A run is handed to somebody by name: offered, then taken by them once they have read back what is in doubt and what is owed.
 *
 * Invariants:
 * - Both names are on record, and from the offer until it is taken or withdrawn nothing that changes anything begins. What runs goes on,
 *   and what reads may.
 * - What has to be read back is what the state says then, whatever it was when the run was offered.
 * - A run of a gonogo of before is handed over at once, by `operator.changed`.
 */
import { isName, isSameName } from '../runbook/person-name.ts';
import { draftBy } from './draft.ts';
import type { Actor, DataOf, EventDraft, RunEvent } from './event.ts';
import { openDebts } from './obligations.ts';
import { accepts, type Response, refuses } from './response.ts';
import { rulesOf } from './rules.ts';
import type { RunState } from './state.ts';

export type HandoverEvent = Extract<RunEvent, { type: `handover.${string}` }>;

/** Whether `event` is one of these. */
export function isHandoverEvent(event: RunEvent): event is HandoverEvent {
  return event.type === 'handover.offered' || event.type === 'handover.taken' || event.type === 'handover.withdrawn';
}

/** The state with one of them more. */
export function afterHandover(state: RunState, event: HandoverEvent): RunState {
  const { seq, at, data } = event;
  const seen = data.inbox === undefined ? state.handoverMessages : state.handoverMessages.append(data.inbox);
  const before = { ...state, handoverMessages: seen };
  switch (event.type) {
    case 'handover.offered': {
      const { from, to, note = null } = event.data;
      return { ...before, offer: { seq, at, by: event.actor.name, from, to, note } };
    }
    case 'handover.withdrawn':
      return { ...before, offer: null };
    case 'handover.taken': {
      const { to } = event.data;
      const drivers = state.drivers.append({ seq, name: to, key: null, did: 'was handed the run' });
      return { ...before, offer: null, operator: to, drivers };
    }
  }
}

/** Ids of the steps whose outcome is in doubt, and of those that left a debt: what whoever takes the run over reads back. */
export function toReadBack(state: RunState): readonly string[] {
  const doubtful = state.startedOrder.filter((id) => state.steps.get(id)?.visits.at(-1)?.status === 'in-doubt');
  return [...new Set([...doubtful, ...openDebts(state).map(({ step }) => step)])];
}

/** Offers the run to somebody. */
export function offers(
  state: RunState,
  { to, note, inbox }: { readonly to: string; readonly note?: string | undefined; readonly inbox?: string | undefined },
  actor: Actor,
): Response {
  const name = to.trim();
  if (state.endedAt !== null) return refuses(`the run has ended (${state.status}); there is nothing to hand over`);
  if (!isName(name)) return refuses(`the name "${to}" has no letter or digit`);
  if (state.offer !== null && isSameName(state.offer.to, name)) return refuses(`it is offered to ${name} already`);
  const said = note === undefined || note.trim() === '' ? {} : { note: note.trim() };
  return accepts(draftBy(actor, 'handover.offered', { from: state.operator, to: name, ...said, ...from(inbox) }));
}

/** Somebody takes the run that was offered to them. `read`: the ids that they typed. */
export function takes(
  state: RunState,
  { by, read, inbox }: { readonly by: string; readonly read: readonly string[]; readonly inbox?: string | undefined },
  actor: Actor,
): Response {
  const { offer } = state;
  if (offer === null || state.endedAt !== null) return refuses('nobody hands the run over now');
  if (!isSameName(by, offer.to)) return refuses(`it is offered to ${offer.to}, not to ${by}`);
  const wanted = toReadBack(state);
  const typed = new Set(read);
  if (typed.size !== wanted.length || !wanted.every((id) => typed.has(id))) return refuses(readBackWords(wanted));
  const data = { from: offer.from, to: offer.to, read: [...wanted], ...from(inbox) };
  return accepts(draftBy(actor, 'handover.taken', data));
}

/** The offer is taken back: whoever had the run keeps it. */
export function withdraws(
  { offer }: RunState,
  { reason, inbox }: { readonly reason: string; readonly inbox?: string | undefined },
  actor: Actor,
): Response {
  if (offer === null) return refuses('nobody hands the run over now');
  if (reason.trim() === '') return refuses('to withdraw a hand-over needs a reason');
  return accepts(draftBy(actor, 'handover.withdrawn', { to: offer.to, reason: reason.trim(), ...from(inbox) }));
}

function from(inbox: string | undefined): { readonly inbox?: string } {
  return inbox === undefined ? {} : { inbox };
}

/** `read back what is in doubt and owed, by typing these ids: fence migrate`. */
export function readBackWords(ids: readonly string[]): string {
  return ids.length === 0
    ? 'nothing is in doubt and nothing is owed: leave the ids empty'
    : `read back what is in doubt and owed, by typing these ids: ${ids.join(' ')}`;
}

/** The ids in what somebody typed. */
export function idsIn(typed: string): readonly string[] {
  return [...new Set(typed.split(/[\s,]+/).filter((word) => word !== ''))];
}

/** Who takes the run over in `events` and is not the one who drives it here; null: nobody. */
export function successorIn(events: readonly RunEvent[], { name }: Actor): string | null {
  const taken = events.findLast((event) => event.type === 'handover.taken');
  return taken === undefined || isSameName(taken.data.to, name) ? null : taken.data.to;
}

/** Whoever drove the run lets go of it: what they did from now on would be told of them, and it is `successor` who has it. */
export function leftTo(successor: string, actor: Actor): readonly EventDraft[] {
  return [draftBy(actor, 'run.paused', { reason: 'asked', waiting: `${successor}, who has taken it over` })];
}

/** Why the rules do not allow `event` in `state`; null when they do. */
export function handoverBreach(
  state: RunState,
  event: HandoverEvent | Extract<RunEvent, { type: 'operator.changed' }>,
): string | null {
  const { actor, data } = event;
  if (actor.via === 'engine') return 'only a person hands a run over';
  if (event.type !== 'handover.withdrawn' && event.data.from !== expectedFrom(state, event))
    return `the operator is ${state.operator}`;
  if (event.type === 'operator.changed')
    return rulesOf(state) < 4 ? null : 'whoever takes a run reads back what is in doubt and owed';
  const response = responseTo(state, event);
  if (!response.ok) return response.message;
  return 'to' in data && response.events.some((one) => 'to' in one.data && one.data.to === data.to)
    ? null
    : 'it is of another offer';
}

function expectedFrom(state: RunState, { type }: { readonly type: string }): string {
  return type === 'handover.taken' ? (state.offer?.from ?? '') : state.operator;
}

function responseTo(state: RunState, event: HandoverEvent): Response {
  switch (event.type) {
    case 'handover.offered':
      return offers(state, event.data, event.actor);
    case 'handover.taken':
      return takes(state, { by: event.data.to, read: event.data.read }, event.actor);
    case 'handover.withdrawn':
      return withdraws(state, event.data, event.actor);
  }
}

/** `offered to Bo by Ada: half done`, `taken by Bo from Ada, who read back fence`. */
export function handoverWords(event: HandoverEvent): string {
  switch (event.type) {
    case 'handover.offered':
      return `offered to ${event.data.to} by ${event.data.from}${because(event.data.note)}`;
    case 'handover.taken':
      return takenWords(event.data);
    case 'handover.withdrawn':
      return `not handed to ${event.data.to}: ${event.data.reason}`;
  }
}

function takenWords({ from: before, to, read }: DataOf<'handover.taken'>): string {
  const back = read.length === 0 ? 'nothing was in doubt or owed' : `read back: ${read.join(', ')}`;
  return `taken over by ${to} from ${before}; ${back}`;
}

function because(note: string | undefined): string {
  return note === undefined ? '' : `: ${note}`;
}
