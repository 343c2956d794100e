/**
 * Claims of a run's target: asking the other runs of the store for it, waiting for it, telling those that are passed by.
 *
 * Invariants:
 * - What a claim comes to is appended while no other run can claim the same target: of two that ask at once one holds.
 * - Nothing here holds anything: who died in the middle has appended it or not, and a resume asks anew.
 */
import type { Host } from '../host/host.ts';
import { JournalError } from '../journal/journal.ts';
import { draft } from '../run/draft.ts';
import type { EventDraft, RunEvent } from '../run/event.ts';
import { type Claim, passedBy, type TargetName } from '../run/holding.ts';
import { isSame } from '../run/same.ts';
import type { RunState } from '../run/state.ts';
import { type Claiming, type ClaimOutcome, traceOf } from '../run/trace.ts';

const lookEveryMs = 1000;

/** The other runs of the store, as far as their targets are concerned. */
export interface OtherRuns {
  /** As `Journals.claim`. */
  claim(claim: Claiming, became: (outcome: ClaimOutcome) => Promise<void>): Promise<void>;
  /** As `Journals.forgetClaim`. */
  forgetClaim(run: string, target: TargetName): Promise<void>;
  /** Tells `holder` that run `run` goes on beside it, for `reason`: recorded once by that run, as far as it can be reached. */
  tell(holder: string, beside: { readonly run: string; readonly by: string; readonly reason: string }): Promise<void>;
}

export interface Claimer {
  /** Absent: nothing knows them. */
  readonly others?: OtherRuns;
  readonly host: Pick<Host, 'clock'>;
  state(): RunState;
  /** Appends what a claim came to, after whatever else the session is about to append. */
  append(events: readonly EventDraft[]): Promise<void>;
}

/** True for what begins a claim. */
export function asksForTarget({ type }: RunEvent): boolean {
  return type === 'hold.requested' || type === 'hold.awaited' || type === 'hold.overridden';
}

/** Asks for what the open claim names, until there is an answer. Resolves at once when there is no open claim any more. */
export async function claimTarget(claimer: Claimer, leave: AbortSignal): Promise<void> {
  const { others, host, state } = claimer;
  if (others === undefined) throw new Error('nothing knows the other runs on the target');
  await tellThose(others, state());
  for (;;) {
    const claim = openClaim(state());
    if (claim === null || leave.aborted) return;
    await others.claim(claimingOf(state(), claim), async (outcome) => {
      const events = eventsOf(claim, outcome);
      if (events.length > 0 && isSame(openClaim(state()), claim)) await claimer.append(events);
    });
    if (openClaim(state())?.kind !== 'awaited') return;
    await host.clock.sleep(lookEveryMs, leave);
  }
}

/** Once the run holds nothing more nobody needs to ask it. */
export async function forgetClaims(others: OtherRuns | undefined, { id, holding }: RunState): Promise<void> {
  try {
    for (const target of holding.held.length === 0 ? holding.known : []) await others?.forgetClaim(id, target);
  } catch (error) {
    // Whoever asks it next finds that it holds nothing.
    if (!(error instanceof JournalError)) throw error;
  }
}

function openClaim({ holding: { claim } }: RunState): Claim | null {
  return claim === null || claim.kind === 'refused' ? null : claim;
}

async function tellThose(others: OtherRuns, { id, holding }: RunState): Promise<void> {
  for (const { run, by, reason, own } of holding.beside)
    if (own) await others.tell(run, { run: id, by: by.name, reason });
}

function claimingOf(state: RunState, { name, identity }: Claim): Claiming {
  return {
    run: state.id,
    startedAt: state.startedAt,
    changedAt: traceOf(state)?.changedAt ?? null,
    passing: passedBy(state.holding),
    name,
    identity,
  };
}

/** While it waits for the same runs, nothing new is told. */
function eventsOf({ kind, step, visit, name, identity, holders }: Claim, outcome: ClaimOutcome): readonly EventDraft[] {
  const at = { step, visit, name, identity };
  if (outcome.kind === 'taken')
    return [draft('hold.taken', { ...at, newer: [...outcome.newer], owed: [...outcome.owed] })];
  const known = new Set(holders.map(({ run }) => run));
  const same = outcome.holders.every(({ run, problem }) => known.has(run) && problem === null);
  return kind === 'awaited' && same ? [] : [draft('hold.refused', { ...at, holders: [...outcome.holders] })];
}
