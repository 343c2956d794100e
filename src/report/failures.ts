/** What failed, each with the end of what it said: by this a reader sees the cause without opening the evidence. */
import type { DataOf, RunEvent } from '../run/event.ts';
import { outlineOf } from '../run/outline.ts';
import type { RunState } from '../run/state.ts';
import { titleOf } from './executed.ts';
import { onHost } from './hosts.ts';
import type { FailureRecord } from './model.ts';
import { resultText, statusAt } from './visits.ts';

/** Every failure of a step, in order; items of a checklist fail as findings. */
export function failures(state: RunState, events: readonly RunEvent[]): readonly FailureRecord[] {
  const ends = new Map<string, DataOf<'attempt.ended'> | null>();
  return events.flatMap((event) => {
    if (event.type === 'step.started') ends.set(event.data.step, null);
    else if (event.type === 'attempt.ended') ends.set(event.data.step, event.data);
    if (event.type !== 'step.failed') return [];
    const { step, visit, reason } = event.data;
    if (outlineOf(state.runbook).places.get(step)?.step.item !== undefined) return [];
    return [{ at: event.at, reason, ...recordOf(state, step, visit, ends.get(step) ?? null) }];
  });
}

function recordOf(
  state: RunState,
  step: string,
  number: number,
  end: DataOf<'attempt.ended'> | null,
): Omit<FailureRecord, 'at' | 'reason'> {
  const visit = state.steps.get(step)?.visits.at(number - 1) ?? null;
  return {
    step,
    ...onHost(state, step, visit),
    title: titleOf(state, step, visit),
    visit: number,
    attempt: end?.attempt ?? null,
    result: end === null ? null : resultText(end.exit, end.status),
    lastLines: end?.lastLines ?? [],
    evidence: end?.evidence.map(({ path }) => path) ?? [],
    now: visit === null ? null : statusAt(state, step, visit),
  };
}
