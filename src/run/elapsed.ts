/**
 * How much time passed between two records: the one definition that waits, and the one that durations go by.
 *
 * Invariant: stretches of which one is left out (`Gap`) do not overlap, so each is left out once.
 */
import type { RunEvent } from './event.ts';
import type { Gap, RunState } from './state.ts';

type Known = Pick<RunState, 'gaps'>;

/** Milliseconds that really passed, however often somebody set the clock meanwhile. For everything that is waited for. */
export function passedMs({ gaps }: Known, from: number, to: number): number {
  return without(
    gaps.filter(({ kind }) => kind === 'moved'),
    from,
    to,
  );
}

/** The instant at which `ms` have passed since `from`, by the times of records: a clock that was set does not bring it nearer. */
export function passedAt({ gaps }: Known, from: number, ms: number): number {
  let due = from + ms;
  for (const gap of gaps) if (gap.kind === 'moved' && gap.from >= from && gap.from < due) due += gap.to - gap.from;
  return due;
}

/** Milliseconds for which a command that goes on by itself could work: the machine was awake. */
export function workedMs({ gaps }: Known, from: number, to: number): number {
  return without(
    gaps.filter(({ kind }) => kind !== 'unattended'),
    from,
    to,
  );
}

/** Milliseconds for which somebody could attend to it: a process drove the run, on a machine that was awake. For what is told as a duration. */
export function attendedMs({ gaps }: Known, from: number, to: number): number {
  return without([...gaps], from, to);
}

function without(gaps: readonly Gap[], from: number, to: number): number {
  const left = gaps.reduce((sum, gap) => sum - Math.max(0, Math.min(gap.to, to) - Math.max(gap.from, from)), to - from);
  return Math.max(0, left);
}

/** The stretch that `event`, which comes after `state`, ends; null: none. */
export function gapBefore(state: Pick<RunState, 'head' | 'leftAt'>, event: RunEvent): Gap | null {
  if (event.type === 'run.resumed') return { kind: 'unattended', from: state.leftAt ?? state.head.at, to: event.at };
  if (event.type !== 'clock.jumped') return null;
  const { cause, byMs, movedMs } = event.data;
  if (cause === 'asleep') return { kind: 'asleep', from: Math.max(state.head.at, event.at - byMs), to: event.at };
  return movedMs === 0 ? null : { kind: 'moved', from: event.at - movedMs, to: event.at };
}

/** Why `event` cannot have been recorded after `state`; null when it can. */
export function jumpBreach(
  { head }: Pick<RunState, 'head'>,
  { actor, data, at }: Extract<RunEvent, { type: 'clock.jumped' }>,
): string | null {
  if (actor.via !== 'engine') return 'no person tells it: the clock does';
  const most = data.cause === 'asleep' ? 0 : Math.min(Math.max(0, data.byMs), at - head.at);
  if (data.byMs === 0 || (data.cause === 'asleep' && data.byMs < 0)) return 'nothing became of the clock';
  return data.movedMs > most ? 'it moves the times of records by more than the clock was set' : null;
}
