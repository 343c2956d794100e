/**
 * Messages to a run from another terminal: `note`, `handover`, and what delivers them and approvals. Whoever drives the run
 * journals them; with nobody driving, the command takes the lock and does it itself.
 *
 * Invariants: 0 is returned only when the event is in the journal, else 3; a message is journaled once.
 */
import { exitCodes } from '../engine/exit-code.ts';
import { inboxEvents, refusedNote } from '../engine/inbox.ts';
import { JournalError } from '../journal/journal.ts';
import type { RunEvent } from '../run/event.ts';
import { reduceAll } from '../run/reduce.ts';
import { type Io, openWorld, readRun, type StateOptions, UsageError, type World } from './command.ts';
import { operatorName } from './open-run.ts';
import { approvalJudge } from './trust.ts';

/** How long the holder has to journal a message before the command reports that it waits. */
const HOLDER_HAS_MS = 10_000;
const LOOK_EVERY_MS = 50;

export interface SendOptions extends StateOptions {
  readonly operator?: string | undefined;
}

/** `gonogo note RUN TEXT`. */
export async function note(name: string, text: string, options: SendOptions, io: Io): Promise<number> {
  if (text.trim() === '') throw new UsageError('the note is empty');
  const world = await openWorld(options);
  const { id } = await readRun(world, name);
  const from = operatorName(options.operator, world.host.machine.user);
  return toExitCode(await deliver(world, id, await world.journals.send(id, { kind: 'note', from, text })), io);
}

/** `gonogo handover RUN --to NAME`. */
export async function handover(
  name: string,
  options: SendOptions & { readonly to: string; readonly note?: string | undefined },
  io: Io,
): Promise<number> {
  if (options.to.trim() === '') throw new UsageError('--to: the name is empty');
  const world = await openWorld(options);
  const { id, state } = await readRun(world, name);
  if (state.endedAt !== null)
    throw new UsageError(`run ${id} has ended (${state.status}); there is nothing to hand over`);
  const from = operatorName(options.operator, world.host.machine.user);
  const message = { kind: 'handover', from, to: options.to.trim(), note: options.note ?? null } as const;
  return toExitCode(await deliver(world, id, await world.journals.send(id, message)), io);
}

/** 0 when the message is in the journal, else 3, after saying so. */
export function toExitCode(journaled: RunEvent | null, io: Io): number {
  if (journaled !== null) return exitCodes.done;
  io.stderr('the run is driven by another process that has not recorded it yet; it is in the inbox and not lost\n');
  return exitCodes.waits;
}

/** The event that the message `message` of run `id` became; null when its holder did not journal it in time. */
export async function deliver(world: World, id: string, message: string): Promise<RunEvent | null> {
  const { clock } = world.host;
  const until = clock.now() + HOLDER_HAS_MS;
  for (;;) {
    await journalInbox(world, id);
    const { events } = await world.journals.read(id);
    const found = events.find((event) => inboxId(event) === message);
    if (found !== undefined || clock.now() >= until) return found ?? null;
    await clock.sleep(LOOK_EVERY_MS);
  }
}

/** Journals the whole inbox when nobody drives the run. */
async function journalInbox(world: World, id: string): Promise<void> {
  try {
    const journal = await world.journals.open(id);
    try {
      const state = reduceAll(journal.events, id);
      const judge = approvalJudge(world.host, world);
      const taken = await inboxEvents(state, await journal.inbox(), judge, world.host.clock.now());
      const drafts = [...taken.flatMap(({ events }) => events), ...refusedNote(journal.refused)];
      if (drafts.length > 0) await journal.append(drafts);
      for (const one of taken) await journal.settleInbox(one.id);
    } finally {
      await journal.close();
    }
  } catch (error) {
    if (!(error instanceof JournalError && error.code === 'held')) throw error;
  }
}

function inboxId(event: RunEvent): string | null {
  return 'inbox' in event.data ? (event.data.inbox ?? null) : null;
}
