/** Opens a session on a run whose journal this process holds, the same way however the run begins. */
import { actions } from '../actions/registry.ts';
import { openSession } from '../engine/engine.ts';
import type { Session } from '../engine/session.ts';
import type { SessionOptions } from '../engine/session-options.ts';
import type { RunState } from '../run/state.ts';
import type { Journal } from '../store/journals.ts';
import { createSshHosts } from '../target/ssh/ssh-hosts.ts';
import { otherRuns } from './other-runs.ts';
import { secretReader } from './secret-command.ts';
import { approvalJudge } from './trust.ts';
import type { World } from './world.ts';
import { writeBackReview } from './write-review.ts';

/** What differs from one opening to the next. */
export type Opening = Pick<
  SessionOptions,
  'durations' | 'actor' | 'arrivals' | 'guided' | 'previous' | 'earlier' | 'secrets'
>;

/** Drives the run on from `state`, the one after all of the journal's events. Its steps happen where its start recorded, and on the hosts that they name. */
export function openOn(world: World, journal: Journal, state: RunState, opening: Opening): Session {
  const { host, lease, here } = world;
  const { repo, cwd, environment } = state.started;
  // Asking for a host touches nothing, so a run without any opens none.
  const hosts = createSshHosts(host, { folder: journal.workspace, run: journal.id, state: null });
  const session = openSession({
    ...opening,
    secrets: new Map([...opening.secrets, ...world.secrets]),
    host,
    target: here({ folder: journal.workspace, base: repo ?? cwd, environment }),
    hosts,
    journal,
    state,
    actions,
    writeReview: (at, { step, as }, actor) => writeBackReview(world, journal, { state: at, actor }, step, as),
    approvalJudge: approvalJudge(host, world),
    others: otherRuns(world),
    readSecret: secretReader(host, repo ?? cwd),
    // Only where a person sits at a terminal can a step have it.
    ...(opening.guided ? { lendTerminal: (use) => lease.lend(use) } : {}),
  });
  const close = (): Promise<void> => hosts.close();
  session.done.then(close, close);
  return session;
}
