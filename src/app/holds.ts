/**
 * A run among the others on its target: what they hold, did and left open there, and letting the target go.
 *
 * Invariant: what is shown here is what lists remember; whether a run may change its target is decided by a claim, not here.
 */
import type { NewerRun, Owed } from '../run/event-holds.ts';
import { isSameTarget, type TargetName } from '../run/holding.ts';
import { releases } from '../run/holds.ts';
import type { RunState } from '../run/state.ts';
import { newerThan, owedBefore, type Trace, traceOf } from '../run/trace.ts';
import { type Delivery, send } from './messages.ts';
import { operatorName } from './operator.ts';
import { badInput, Refusal } from './refusal.ts';
import { readKnownRun, type World } from './world.ts';

/** `newer`: runs that changed the target since this one did, newest first. `owed`: what earlier ones left open, oldest first. */
export interface OnTarget {
  readonly newer: readonly NewerRun[];
  readonly owed: readonly Owed[];
}

/** What the other runs on the target of `state` mean to it. */
export async function onTarget(world: World, state: RunState): Promise<OnTarget> {
  const own = traceOf(state);
  if (own === null || own.on.length === 0) return { newer: [], owed: [] };
  const traces = (await world.journals.list({ targets: own.on })).flatMap(({ trace }) => trace ?? []);
  const here = traces.filter(({ run, on }) => run !== state.id && shares(on, own));
  const decided = new Set(own.decided.filter(({ as }) => as === 'settled').map(({ item }) => item));
  const owed = owedBefore({ run: state.id, startedAt: state.startedAt }, here);
  return {
    newer: newerThan(own.changedAt, here),
    owed: owed.filter(({ run, step }) => !decided.has(`${run}.${step}`)),
  };
}

function shares(on: readonly TargetName[], own: Trace): boolean {
  return on.some((one) => own.on.some((other) => isSameTarget(one, other)));
}

export interface ReleaseRequest {
  /** An id, a unique part of one, or `latest`. */
  readonly run: string;
  readonly reason: string;
  readonly operator?: string | undefined;
}

/**
 * Lets the target of a run go before the run ends: its next change asks for it again. Throws `Refusal` where it holds none, or where
 * what it began there is not over, and `JournalError`.
 */
export async function releaseTarget(world: World, request: ReleaseRequest): Promise<Delivery> {
  const reason = request.reason.trim();
  if (reason === '') throw badInput('reason', 'the reason is empty');
  const { id, state } = await readKnownRun(world, request.run);
  const from = operatorName(world, request.operator);
  const allowed = releases(state, reason, { via: 'command', name: from });
  if (!allowed.ok) throw new Refusal({ code: 'not-released', run: id }, allowed.message);
  const delivered = await send(world, id, { kind: 'release', from, reason });
  if (delivered.kind === 'recorded' && delivered.event.type === 'note.added') {
    throw new Refusal({ code: 'not-released', run: id }, delivered.event.data.text);
  }
  return delivered;
}
