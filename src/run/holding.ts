/**
 * What a run has of its target: what it holds, what it asked for, what the other runs there mean to it. The part of the state that
 * the events `hold.…`, `owed.decided` and `rollback.permitted` make.
 *
 * Invariants:
 * - Held is what was taken and neither released nor given up by the end of the run. No process and no lock is part of it.
 * - At most one claim is open; a resume asks anew.
 */
import type { StepId } from '../runbook/document.ts';
import type { Actor, RunEvent } from './event.ts';
import type { Holder, NewerRun, Owed } from './event-holds.ts';

/** The same target: held by one, it is so to all that give both alike. */
export interface TargetName {
  readonly name: string;
  readonly identity: string;
}

/** `since`: epoch ms. `step`: for which it was taken. */
export interface Hold extends TargetName {
  readonly step: StepId;
  readonly since: number;
}

/** What was asked for. `asked`, `awaited`: an answer is to come; `refused`: a person decides. */
export interface Claim extends TargetName {
  readonly kind: 'asked' | 'awaited' | 'refused';
  readonly step: StepId;
  readonly visit: number;
  readonly holders: readonly Holder[];
}

/** What was known of the others when the target was taken last. */
export interface Look {
  readonly seq: number;
  readonly newer: readonly NewerRun[];
  readonly owed: readonly Owed[];
}

/** Two runs on one target at once. `own`: this one went on beside `run`; else that one did beside this. */
export interface Beside {
  readonly seq: number;
  readonly at: number;
  readonly run: string;
  readonly reason: string;
  readonly own: boolean;
  readonly by: Actor;
  readonly inbox: string | null;
}

export interface OwedDecision {
  readonly seq: number;
  readonly at: number;
  readonly by: Actor;
  readonly item: string;
  readonly as: 'settled' | 'handed-on' | 'deferred';
  readonly text: string;
}

export interface Holding {
  readonly held: readonly Hold[];
  /** Every target that was ever held. */
  readonly known: readonly TargetName[];
  readonly claim: Claim | null;
  readonly look: Look | null;
  readonly beside: readonly Beside[];
  readonly decided: readonly OwedDecision[];
  /** The newest run that this one may be rolled back over. */
  readonly permitted: string | null;
  readonly releases: readonly { readonly seq: number; readonly at: number; readonly inbox: string | null }[];
}

export const holdsNothing: Holding = {
  held: [],
  known: [],
  claim: null,
  look: null,
  beside: [],
  decided: [],
  permitted: null,
  releases: [],
};

export type HoldEvent = Extract<RunEvent, { type: `hold.${string}` | 'owed.decided' | 'rollback.permitted' }>;

/** True for an event that changes what the run has of its target. */
export function isHoldEvent(event: RunEvent): event is HoldEvent {
  return event.type.startsWith('hold.') || event.type === 'owed.decided' || event.type === 'rollback.permitted';
}

/** True when both name the same target. */
export function isSameTarget(a: TargetName, b: TargetName): boolean {
  return a.name === b.name && a.identity === b.identity;
}

/** What an earlier run left open at one of its steps, as an answer names it. */
export function owedKey({ run, step }: { readonly run: string; readonly step: StepId }): string {
  return `${run}.${step}`;
}

/** Runs beside which this one goes on. */
export function passedBy({ beside }: Holding): ReadonlySet<string> {
  return new Set(beside.filter(({ own }) => own).map(({ run }) => run));
}

/** `holding` after `event`. */
export function afterHold(holding: Holding, event: HoldEvent): Holding {
  switch (event.type) {
    case 'hold.requested':
      return { ...holding, claim: { kind: 'asked', ...claimed(event.data), holders: [] } };
    case 'hold.refused':
      return { ...holding, claim: { kind: 'refused', ...claimed(event.data), holders: event.data.holders } };
    case 'hold.awaited':
      return { ...holding, claim: { kind: 'awaited', ...claimed(event.data), holders: holding.claim?.holders ?? [] } };
    case 'hold.overridden':
      return {
        ...holding,
        claim: { kind: 'asked', ...claimed(event.data), holders: [] },
        beside: [...holding.beside, ...event.data.runs.map((run) => besideOf(event, run, true, null))],
      };
    case 'hold.taken':
      return taken(holding, event);
    case 'hold.shared':
      return {
        ...holding,
        beside: [...holding.beside, besideOf(event, event.data.run, false, event.data.inbox)],
      };
    case 'hold.released':
      return {
        ...holding,
        held: [],
        claim: null,
        releases: [...holding.releases, { seq: event.seq, at: event.at, inbox: event.data.inbox ?? null }],
      };
    case 'owed.decided':
      return {
        ...holding,
        decided: [...holding.decided, { ...event.data, seq: event.seq, at: event.at, by: event.actor }],
      };
    case 'rollback.permitted':
      return { ...holding, permitted: event.data.over };
  }
}

function claimed({ step, visit, name, identity }: Omit<Claim, 'kind' | 'holders'>): Omit<Claim, 'kind' | 'holders'> {
  return { step, visit, name, identity };
}

function taken(holding: Holding, { seq, at, data }: Extract<HoldEvent, { type: 'hold.taken' }>): Holding {
  const { name, identity, step, newer, owed } = data;
  const target = { name, identity };
  const isHeld = holding.held.some((one) => isSameTarget(one, target));
  const isKnown = holding.known.some((one) => isSameTarget(one, target));
  return {
    ...holding,
    claim: null,
    held: isHeld ? holding.held : [...holding.held, { ...target, step, since: at }],
    known: isKnown ? holding.known : [...holding.known, target],
    look: { seq, newer, owed },
  };
}

function besideOf(
  { seq, at, actor, data }: Extract<HoldEvent, { type: 'hold.overridden' | 'hold.shared' }>,
  run: string,
  own: boolean,
  inbox: string | null,
): Beside {
  return { seq, at, run, reason: data.reason, own, by: actor, inbox };
}
