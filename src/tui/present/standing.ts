/**
 * How a run stands, in lines for a terminal: what runs and for how long, what it waits for, whose consent is wanted, what is owed.
 * The screen's summary, the home screen, `list`, `show`, `watch` and what a command says when it leaves a run all say it in these words.
 */
import { visibleLine } from '../../diagnostics/sanitise.ts';
import { outcomeSentence } from '../../report/outcome.ts';
import type { BegunCommand, Standing } from '../../run/standing.ts';
import type { Obligation, RunState } from '../../run/state.ts';
import { probeText } from '../../run/titles.ts';
import { elapsed, rough } from './format.ts';

/** What of a standing is told; a list knows no more of a run. */
export interface Told extends Pick<Standing, 'reading' | 'waiting' | 'wanted'> {
  readonly running: readonly Pick<BegunCommand, 'step' | 'since'>[];
  readonly owed: readonly Pick<Obligation, 'step' | 'text' | 'openedAt'>[];
}

/** One line each, sanitised; none when there is nothing to say. `now`: epoch ms. */
export function standingLines(standing: Told, now: number): readonly string[] {
  const { running, reading, waiting, wanted, owed } = standing;
  return [
    ...running.map(({ step, since }) => `${visibleLine(step)} runs on, ${elapsed(now - since)}`),
    ...reading.map((probe) => `${visibleLine(probeText(probe))}, ${elapsed(now - probe.startedAt)}`),
    ...(waiting === null ? [] : [`waits for ${visibleLine(waiting)}`]),
    ...wanted.map(({ step, since, given, count, from }) => {
      const who = from.length === 0 ? '' : ` from ${from.map(visibleLine).join(', ')}`;
      return `approval wanted: ${visibleLine(step)}, ${given} of ${count}${who}, since ${rough(now - since)}`;
    }),
    ...owed.map(
      ({ step, text, openedAt }) => `owed ${rough(now - openedAt)}: ${visibleLine(text)} (${visibleLine(step)})`,
    ),
  ];
}

/** The run in one line: what runs on, else how it came out or why it is paused. */
export function standingHeadline(state: RunState, { status, running }: Standing, now: number): string {
  if (status !== 'running' || running.length === 0) return outcomeSentence(state);
  return `running: ${running.map(({ step, since }) => `${visibleLine(step)} runs on, ${elapsed(now - since)}`).join('; ')}`;
}
