/** What whoever takes a run over sees first: where it stands, who drives it, what is in doubt, what is owed. */
import type { TakeOverBrief } from '../app/take-over.ts';
import { visibleLine } from '../diagnostics/sanitise.ts';
import { nameOnHost } from '../run/host-of.ts';
import { standingOf } from '../run/standing.ts';
import { elapsed, rough } from '../tui/present/format.ts';
import { standingHeadline, standingLines } from '../tui/present/standing.ts';

/** One line each, sanitised. `now`: epoch ms. */
export function takeOverLines({ run, state, driver, inDoubt, onHosts }: TakeOverBrief, now: number): readonly string[] {
  const standing = standingOf(state, { commands: [], probes: [] });
  const seen = Date.parse(driver.seen);
  const last = Number.isNaN(seen) ? '' : `, last seen ${rough(Math.max(0, now - seen))} ago`;
  return [
    `run ${run}: ${visibleLine(state.runbook.title)}`,
    `driven by ${visibleLine(driver.name)} on ${visibleLine(driver.hostname)} since ${visibleLine(driver.since)}${last}`,
    standingHeadline(state, standing, now),
    ...standingLines(standing, now).map((line) => `  ${line}`),
    ...inDoubt.map(
      ({ step, since }) =>
        `  in doubt: ${visibleLine(step)}, begun ${elapsed(now - since)} ago; it may still run on ${visibleLine(driver.hostname)}`,
    ),
    ...onHosts.map(({ step, since }) => {
      const name = nameOnHost(state, step, state.steps.get(step)?.visits.at(-1) ?? null);
      return `  on a host: ${visibleLine(name)}, begun ${elapsed(now - since)} ago; what became of it is asked there`;
    }),
    `Taken over, ${visibleLine(driver.name)} can record nothing more; what they began there is not ended.`,
  ];
}
