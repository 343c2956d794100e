/** The other runs of the state folder, for a run that claims its target among them. */
import type { OtherRuns } from '../engine/claims.ts';
import { JournalError } from '../journal/journal.ts';
import { HistoryError } from '../run/reduce.ts';
import { send } from './messages.ts';
import { readRun, type World } from './world.ts';

/** What a session knows of the runs around it. */
export function otherRuns(world: World): OtherRuns {
  const { journals } = world;
  return {
    claim: (claim, became) => journals.claim(claim, became),
    forgetClaim: (run, target) => journals.forgetClaim(run, target),
    tell: async (holder, { run, by, reason }) => {
      try {
        const { endedAt, holding } = (await readRun(world, holder)).state;
        // What has ended holds nothing beside which anything goes on, and was told already or never had to be.
        if (endedAt !== null) return;
        if (holding.beside.some((one) => !one.own && one.run === run && one.reason === reason)) return;
        await send(world, holder, { kind: 'alongside', from: by, run, reason });
      } catch (error) {
        // Of a run that is gone, or cannot be read or written, this one's journal alone tells.
        if (!(error instanceof JournalError || error instanceof HistoryError)) throw error;
      }
    },
  };
}
