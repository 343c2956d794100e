/**
 * An item of a checklist judged by a person after it was closed: an answer that is corrected, or a finding of the machine that is
 * wrong, or what the machine could not look at.
 *
 * Invariants:
 * - What was found or answered before stays on record; the judgement stands beside it and says whose it is.
 * - It counts until its checklist's gate has passed or its run has ended, never after.
 * - A judgement over the machine says so; a person's own answer is corrected without that word.
 */
import type { StepId } from '../runbook/document.ts';
import type { Answer } from './answer.ts';
import { dayOf, isDay, msOf } from './day.ts';
import { draftBy } from './draft.ts';
import type { Actor, DataOf, RunEvent } from './event.ts';
import { outlineOf } from './outline.ts';
import { accepts, type Response, refuses } from './response.ts';
import { isSame } from './same.ts';
import type { RunState, VisitState } from './state.ts';

/** What somebody says an item comes to. `at`: the day that it was found on, `YYYY-MM-DD`. */
export type ItemAnswer = Extract<Answer, { kind: 'item' }>;

/** What an item comes to, with what was judged over. */
export interface CameTo {
  readonly result: DataOf<'item.answered'>['result'];
  readonly detail: string;
  readonly evidence: readonly string[];
  /** Epoch ms that a `ttl` counts from. */
  readonly since: number;
}

/** What a visit of an item came to; null: nobody and nothing has told. */
export function cameTo(visit: VisitState): CameTo | null {
  const { item, judged } = visit;
  if (judged !== null) {
    const { result, detail } = judged.data;
    const since = judged.data.since ?? judged.at;
    const evidence = result === 'partial' || result === 'fail' ? (item?.evidence ?? []) : [];
    return { result, detail: `${detail} (${judgedWords(visit)})`, evidence, since };
  }
  if (item === null) return null;
  const { result, detail, evidence } = item;
  return { result, detail: `${detail}${originWords(item)}`, evidence, since: item.since ?? visit.closedAt ?? 0 };
}

/** `judged by Ada over the machine, which found fail: 3 files`; empty where nobody judged it. */
export function judgedWords({ item, judged, reason }: VisitState): string {
  if (judged === null) return '';
  const { by, data } = judged;
  const day = data.since === undefined ? '' : ` on ${dayOf(data.since)}`;
  const before = item === null ? (reason ?? 'nothing was found') : `${words[item.result]}: ${item.detail}`;
  if (data.over === 'machine')
    return `judged by ${by}${day} over the machine, which found ${item === null ? 'nothing: ' : ''}${before}`;
  return `corrected by ${by}${day}; before: ${before}`;
}

const words = { pass: 'pass', partial: 'partial', fail: 'fail', na: 'not applicable' } as const;

/** Where an answer comes from that was not given in this run; empty where it was. */
function originWords({ since, of }: DataOf<'item.answered'>): string {
  if (since === undefined) return '';
  return of === undefined ? ` (as of ${dayOf(since)})` : ` (answered by ${of.by} on ${dayOf(since)} in run ${of.run})`;
}

/** Why item `id` cannot be judged now; null: it can. */
export function judgingObjection(state: RunState, id: StepId): string | null {
  const place = outlineOf(state.runbook).places.get(id);
  const item = place?.step.item;
  if (place === undefined || item === undefined) return `${id} is no item of a checklist`;
  if (state.endedAt !== null) return `run ${state.id} has ended (${state.status}); its verdict stands`;
  if (item.fact !== undefined) return `${id} is a fact: it is looked up, not judged`;
  const visit = state.steps.get(id)?.visits.at(-1);
  if (visit === undefined) return `${id} was not looked at yet`;
  if (visit.closedSeq === null) return `${id} is open: answer it where it is asked`;
  const gate = place.parent?.step;
  if (gate === undefined) return null;
  const open = state.steps.get(gate.id)?.visits.at(-1)?.closedSeq === null;
  return open ? null : `${gate.id} has passed on it; a new look at the gate asks again`;
}

/** Judges an item that is closed. `now`: epoch ms. */
export function judges(state: RunState, step: StepId, answer: ItemAnswer, { actor, now }: By): Response {
  const objection = judgingObjection(state, step);
  if (objection !== null) return refuses(objection);
  const machine = outlineOf(state.runbook).places.get(step)?.step.effect !== 'person';
  const unfit = unfitAnswer(step, answer, machine, now);
  if (unfit !== null) return refuses(unfit);
  const visit = state.steps.get(step)?.visits.length ?? 1;
  const { result, detail } = answer;
  const over = machine ? { over: 'machine' as const } : {};
  return accepts(
    draftBy(actor, 'item.judged', { step, visit, result, detail: detail.trim(), ...over, ...sinceOf(answer) }),
  );
}

interface By {
  readonly actor: Actor;
  /** Epoch ms. */
  readonly now: number;
}

/** Why `answer` does not fit an item that a `machine` looks at, or a person. `now` null: the day is not known yet. */
export function unfitAnswer(step: StepId, answer: ItemAnswer, machine: boolean, now: number | null): string | null {
  const { detail, at } = answer;
  if (detail.trim() === '') return `${step}: say what it rests on`;
  if (machine && answer.over !== 'machine') return `${step} was looked at by the machine: judge it with over: machine`;
  if (!machine && answer.over !== undefined)
    return `${step} is answered by a person: there is no machine to judge over`;
  if (at === undefined) return null;
  if (!isDay(at)) return `${step}: at: "${at}" is not a date like 2026-11-01`;
  return now !== null && at > dayOf(now) ? `${step}: at: ${at} is still to come` : null;
}

/** The day of an answer as it is recorded. */
export function sinceOf({ at }: ItemAnswer): { readonly since?: number } {
  return at === undefined ? {} : { since: msOf(at) };
}

/** What a person said last about an item of this run; null: nobody said anything yet. */
export function lastAnswer(state: RunState): ItemAnswer | null {
  let newest: { readonly seq: number; readonly answer: ItemAnswer } | null = null;
  for (const id of state.startedOrder) {
    const visit = state.steps.get(id)?.visits.at(-1);
    const { judged = null, item = null, itemBy = null, closedSeq = null } = visit ?? {};
    const byPerson = item !== null && itemBy?.via !== 'engine' && item.of === undefined;
    const given = judged?.data ?? (byPerson ? item : null);
    const seq = judged?.seq ?? closedSeq ?? 0;
    if (given !== null && seq > (newest?.seq ?? 0)) newest = { seq, answer: answerOf(given) };
  }
  return newest?.answer ?? null;
}

/** An event's answer: what somebody would have said to make it true. */
export function answerOf({
  result,
  detail,
  since,
}: Pick<DataOf<'item.judged'>, 'result' | 'detail' | 'since'>): ItemAnswer {
  return { kind: 'item', result, detail, ...(since === undefined ? {} : { at: dayOf(since) }) };
}

/** Why the rules do not allow `event` in `state`; null when they do. */
export function judgingBreach(state: RunState, event: Extract<RunEvent, { type: 'item.judged' }>): string | null {
  if (event.actor.via === 'engine') return 'only a person judges an item';
  const { step, over } = event.data;
  const answer = { ...answerOf(event.data), ...(over === undefined ? {} : { over }) };
  const response = judges(state, step, answer, { actor: event.actor, now: event.at });
  if (!response.ok) return response.message;
  const [due] = response.events;
  return due !== undefined && isSame(due.data, event.data) ? null : 'it says something else than was judged';
}
