/** What a person can stop now, and in which words it is told. */
import type { Activity } from '../engine/session.ts';
import { probeText } from '../run/titles.ts';

/** A step by its id, or what is read, in words. */
export interface Stoppable {
  readonly kind: 'step' | 'probe';
  readonly what: string;
}

/** What runs and can be stopped; null: nothing. */
export function stoppableNow(activity: Activity): Stoppable | null {
  if (activity.kind === 'probing') return { kind: 'probe', what: probeText(activity.probe) };
  const step = activity.kind === 'busy' || activity.kind === 'retrying' ? activity.step : null;
  return step === null || step === '' ? null : { kind: 'step', what: step };
}

/** The same as a clause. */
export function runningWords({ kind, what }: Stoppable): string {
  return kind === 'probe' ? `it is ${what}` : `${what} is running`;
}
