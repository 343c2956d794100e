/** What is different about a step from earlier runs of the same document: how long it takes, how much it prints. */
import { spentMs } from '../../run/spent.ts';
import { lengthUnlike, longerThanEver, outputBytes } from '../../run/typical.ts';
import type { StepId } from '../../runbook/document.ts';
import type { RunView } from '../view.ts';
import { bytesText, elapsed } from './format.ts';

/** What is different from earlier runs. */
export function unusualText(
  run: Pick<RunView, 'state' | 'history' | 'outputs'>,
  id: StepId,
  now: number,
): readonly string[] {
  const { state, history, outputs } = run;
  const visit = state.steps.get(id)?.visits.at(-1);
  if (visit === undefined || (visit.status !== 'running' && visit.status !== 'passed')) return [];
  const longer = longerThanEver(history, id, spentMs(state, { step: id, visit }, now));
  const printed = outputBytes(visit);
  const before = outputs?.get(id);
  const unlike = printed === null || before === undefined ? null : lengthUnlike(before, printed);
  return [
    ...(longer === null
      ? []
      : [`longer than in ${longer.runs} earlier runs, which took ${elapsed(longer.p99)} at most`]),
    ...(unlike === null
      ? []
      : [`output much ${unlike} than last time: ${bytesText(printed ?? 0)}, not ${bytesText(before ?? 0)}`]),
  ];
}

/** Whether something about the step is different from earlier runs: `!` in the list of the steps. */
export function isUnusual(run: Pick<RunView, 'state' | 'history' | 'outputs'>, id: StepId, now: number): boolean {
  return unusualText(run, id, now).length > 0;
}
