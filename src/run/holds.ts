/**
 * Holding the target: what stands between a change and its first attempt because of other runs on the same target.
 *
 * Invariants:
 * - A changing step on a target never begins without a hold of that target, as it was read for this very step. A rollback looks again
 *   before its first change: what others did meanwhile decides whether it may go back.
 * - What others hold, did and owe there is known only by `hold.taken` and `hold.refused`.
 */
import { type Arrival, changesSomething, headOf } from './arrival.ts';
import { asks, type Decision, idle, only } from './decision.ts';
import { draft, draftBy, engineActor } from './draft.ts';
import type { Actor, RunEvent } from './event.ts';
import { isSameTarget, passedBy, type TargetName } from './holding.ts';
import { bodyOf } from './outline.ts';
import { earlierQuestion, openOwed } from './questions/earlier.ts';
import { heldQuestion } from './questions/held.ts';
import { overQuestion } from './questions/over.ts';
import { accepts, type Response, refuses } from './response.ts';
import { isSame } from './same.ts';
import type { View } from './scope.ts';
import { openAttempts } from './standing.ts';
import type { RunState } from './state.ts';
import { targetName } from './trace.ts';

/** What keeps `arrival` from changing its target because of other runs; null: nothing does. */
export function holdsTarget(arrival: Arrival, view: View): Decision | null {
  const { state, now, at, mode } = arrival;
  const target = changesSomething(arrival) ? targetOf(arrival) : null;
  if (target === null) return null;
  const { claim, look } = state.holding;
  if (claim !== null) {
    const asked = claim.kind === 'refused' || (claim.kind === 'awaited' && now.guided);
    return asked ? asks(heldQuestion(headOf(arrival, view), claim)) : idle;
  }
  if (needsLook(state, target, mode)) return only(draft('hold.requested', { ...at, ...target }));
  if (look === null) return null;
  if (mode === 'rollback') {
    const [newest] = look.newer;
    const permitted = newest === undefined || newest.run === state.holding.permitted;
    return permitted ? null : asks(overQuestion(headOf(arrival, view), look.newer));
  }
  return openOwed(state).length === 0 ? null : asks(earlierQuestion(state, headOf(arrival, view)));
}

function needsLook(state: RunState, target: TargetName, mode: Arrival['mode']): boolean {
  const { held, look } = state.holding;
  if (!held.some((one) => isSameTarget(one, target))) return true;
  return mode === 'rollback' && (look?.seq ?? 0) < (state.rollback?.startedSeq ?? 0);
}

/** The target as it was read for `arrival`; null: the run holds none. */
function targetOf({ state, step, at, visit }: Arrival): TargetName | null {
  const name = state.started.holds === true ? targetName(state) : null;
  if (name === null) return null;
  const first = state.reference ?? '';
  const read = state.targets.findLast(({ data }) => data.step === step.id && data.visit === at.visit)?.data;
  const other = visit?.driftAccepted === true && read?.ok === false && read.unread !== true;
  return { name, identity: other ? read.identity : first };
}

/** The run lets its target go before it ends. */
export function releases(state: RunState, reason: string, actor: Actor, inbox?: string): Response {
  if (reason.trim() === '') return refuses('letting the target go needs a reason');
  if (state.holding.held.length === 0) return refuses(`run ${state.id} holds no target`);
  const running = openAttempts(state).find(({ step }) => {
    const effect = bodyOf(state.runbook, step)?.effect;
    return effect === 'once' || effect === 'idempotent';
  });
  if (running !== undefined) {
    return refuses(`${running.step} was begun and its outcome is not recorded: resume or stop it first`);
  }
  const from = inbox === undefined ? {} : { inbox };
  return accepts(draftBy(actor, 'hold.released', { reason: reason.trim(), ...from }));
}

/** Another run says that it goes on beside this one. `run` is told of once. */
export function shares(
  state: RunState,
  { run, reason, inbox }: { readonly run: string; readonly reason: string; readonly inbox: string },
  actor: Actor,
): Response {
  if (state.holding.held.length === 0) return refuses('it holds no target any more');
  if (run === state.id || reason.trim() === '') return refuses('it is no other run, or says no reason');
  return accepts(draftBy(actor, 'hold.shared', { run, reason, inbox }));
}

/** Whoever asks for a rollback may say at once over which newer run: then nobody is asked, unless another has changed the target since. */
export function permitsAhead(
  state: RunState,
  { actor, data }: Extract<RunEvent, { type: 'rollback.permitted' }>,
): boolean {
  if (state.endedAt !== null || (actor.via !== 'command' && actor.via !== 'terminal')) return false;
  const isAskedFor = state.rollbackRequested !== null || state.rollback !== null;
  return isAskedFor && data.over !== state.id && data.reason.trim() !== '';
}

type Told = Extract<RunEvent, { type: 'hold.taken' | 'hold.refused' | 'hold.released' | 'hold.shared' }>;

/** True for what comes of no rule and answers no question. */
export function isHoldTold(event: RunEvent): event is Told {
  return ['hold.taken', 'hold.refused', 'hold.released', 'hold.shared'].includes(event.type);
}

/** Why what the store, a person or another run is said to have told cannot have been told in `state`; null when it can. */
export function holdBreach(state: RunState, event: Told): string | null {
  const { actor } = event;
  switch (event.type) {
    case 'hold.taken':
    case 'hold.refused':
      return claimBreach(state, event);
    case 'hold.released':
      return actor.via === 'engine'
        ? 'no rule lets a target go before the end'
        : refusal(releases(state, event.data.reason, actor));
    case 'hold.shared':
      return actor.via === 'command'
        ? refusal(shares(state, event.data, actor))
        : 'only another process sends a message';
  }
}

function refusal(response: Response): string | null {
  return response.ok ? null : response.message;
}

function claimBreach(
  state: RunState,
  { actor, type, data }: Extract<RunEvent, { type: 'hold.taken' | 'hold.refused' }>,
): string | null {
  if (!isSame(actor, engineActor)) return 'no person tells it: the store does';
  const { claim } = state.holding;
  const { step, visit, name, identity } = data;
  const open = claim !== null && claim.kind !== 'refused' ? claim : null;
  const asked = open === null ? null : { step: open.step, visit: open.visit, name: open.name, identity: open.identity };
  if (!isSame(asked, { step, visit, name, identity })) return 'the target is not being asked for';
  if (type === 'hold.taken') {
    const others = [...data.newer, ...data.owed].every(({ run }) => run !== state.id);
    return others ? null : 'a run is no other run to itself';
  }
  const passed = passedBy(state.holding);
  const stands = data.holders.every(({ run }) => run !== state.id && !passed.has(run));
  return stands ? null : 'it is refused by a run that does not stand in its way';
}
