/** Where the output of a step is: which attempt, which of its files. */
import type { AttemptState, RunState } from '../run/state.ts';
import type { StepId } from '../runbook/document.ts';

/** What an attempt left beside the output of a command: the answer to a request, say. */
export function evidenceOf(attempt: AttemptState): string | null {
  const own = (attempt.end?.evidence ?? []).map(({ path }) => path);
  return own.find((path) => !/\/(?:output|stderr)\.log$/.test(path)) ?? null;
}

/** The newest attempt of a step; null before the first. */
export function attemptOf(state: RunState, step: StepId | null): AttemptState | null {
  if (step === null) return null;
  const visit = state.steps.get(step)?.visits.findLast(({ attempts }) => attempts.length > 0);
  return visit?.attempts.at(-1) ?? null;
}
