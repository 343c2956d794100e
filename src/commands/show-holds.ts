/** The target of a run in `gonogo show`: what the run holds, who goes on beside it, what it made of earlier debts. */
import type { OnTarget } from '../app/holds.ts';
import { visibleLine } from '../diagnostics/sanitise.ts';
import { isoTime } from '../report/time.ts';
import { utcMinute } from '../run/instants.ts';
import { holderWords } from '../run/questions/held.ts';
import type { RunState } from '../run/state.ts';

/** `holds`, `heldBy`, `beside`, `earlier` and what other runs on the target mean to it, for `show --json`. */
export function holdsAsJson({ holding }: RunState, { newer, owed }: OnTarget): Record<string, unknown> {
  return {
    holds: holding.held.map(({ name, identity, step, since }) => ({ name, identity, step, since: isoTime(since) })),
    heldBy: (holding.claim?.holders ?? []).map(({ since, ...holder }) => ({
      ...holder,
      since: since === null ? null : isoTime(since),
    })),
    beside: holding.beside.map(({ run, own, reason, by, at }) => ({ run, own, reason, by: by.name, at: isoTime(at) })),
    earlier: holding.decided.map(({ item, as, text, by, at }) => ({ item, as, text, by: by.name, at: isoTime(at) })),
    newerRuns: newer.map(({ at, ...one }) => ({ ...one, at: isoTime(at) })),
    leftOpen: owed.map(({ since, ...one }) => ({ ...one, since: isoTime(since) })),
  };
}

/** The same as lines; none where there is nothing to say. */
export function holdsAsLines({ holding }: RunState): readonly string[] {
  return [
    ...holding.held.map(
      ({ name, identity, step, since }) => `holds      ${name} (${identity}) since ${utcMinute(since)}, for ${step}`,
    ),
    ...(holding.claim?.holders ?? []).map((one) => `held       ${holderWords(one)}`),
    ...holding.beside.map(({ run, own, reason, by }) =>
      own
        ? `beside     it went on beside run ${run} (${by.name}): ${reason}`
        : `beside     run ${run} went on beside it (${by.name}): ${reason}`,
    ),
    ...holding.decided.map(({ item, as, text, by }) => `earlier    ${item} ${as} (${by.name}): ${text}`),
  ].map(visibleLine);
}
