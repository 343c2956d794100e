/**
 * Messages to a run from another terminal: `note`, `approve`, `handover`. Whoever drives the run journals them; with
 * nobody driving, the command takes the lock and does it itself.
 *
 * Invariants: 0 is returned only when the event is in the journal, else 3; a message is journaled once.
 */
import { exitCodes } from '../engine/exit-code.ts';
import { inboxEvents } from '../engine/inbox.ts';
import { type InboxMessage, JournalError } from '../journal/journal.ts';
import type { RunEvent } from '../run/event.ts';
import { reduceAll } from '../run/reduce.ts';
import { type Io, openWorld, readRun, type StateOptions, UsageError, type World } from './command.ts';
import { operatorName } from './open-run.ts';

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
  return deliver(world, id, await world.journals.send(id, { kind: 'note', from, text }), io);
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
  return deliver(world, id, await world.journals.send(id, message), io);
}

/** `gonogo approve RUN STEP`, claimed: recorded with the name, not signed. */
export async function approve(name: string, step: string, options: SendOptions, io: Io): Promise<number> {
  const world = await openWorld(options);
  const { id, state } = await readRun(world, name);
  const visit = state.steps.get(step)?.visits.at(-1);
  const request = visit?.approvalRequest ?? null;
  if (visit === undefined || visit.closedSeq !== null || request === null) {
    throw new UsageError(`run ${id} does not ask for an approval of ${step} now`);
  }
  const by = operatorName(options.operator, world.host.machine.user);
  const asked = { seq: request.seq, sha256: request.sum };
  const message = { kind: 'approve', from: by, step, by, request: asked, signature: null } as const;
  return deliver(world, id, await world.journals.send(id, message), io);
}

/** Waits until the message `message` of run `id` is in the journal; takes the lock when nobody holds it. */
async function deliver(world: World, id: string, message: string, io: Io): Promise<number> {
  const { clock } = world.host;
  const until = clock.now() + HOLDER_HAS_MS;
  for (;;) {
    if (await journalsIt(world, id, message)) return exitCodes.done;
    const { events } = await world.journals.read(id);
    if (events.some((event) => inboxId(event) === message)) return exitCodes.done;
    if (clock.now() >= until) {
      io.stderr('the run is driven by another process that has not recorded it yet; it is in the inbox and not lost\n');
      return exitCodes.waits;
    }
    await clock.sleep(LOOK_EVERY_MS);
  }
}

/** Journals the whole inbox when nobody drives the run. False when somebody does. */
async function journalsIt(world: World, id: string, message: string): Promise<boolean> {
  try {
    const journal = await world.journals.open(id);
    try {
      const messages: readonly InboxMessage[] = await journal.inbox();
      const taken = inboxEvents(reduceAll(journal.events, id), messages);
      const drafts = taken.flatMap(({ events }) => events);
      if (drafts.length > 0) await journal.append(drafts);
      for (const one of taken) await journal.settleInbox(one.id);
      return taken.some((one) => one.id === message) || journal.events.some((event) => inboxId(event) === message);
    } finally {
      await journal.close();
    }
  } catch (error) {
    if (error instanceof JournalError && error.code === 'held') return false;
    throw error;
  }
}

function inboxId(event: RunEvent): string | null {
  return event.type === 'note.added' || event.type === 'approval.given' ? (event.data.inbox ?? null) : null;
}
