/**
 * Messages to a run from another process: notes, hand-overs, approvals. Whoever drives the run journals them; with nobody driving,
 * this process takes the lock and does it itself.
 *
 * Invariants: `recorded` is said only when the event is in the journal; a message is journaled once.
 */
import { depositJudge, inboxEvents, refusedNote } from '../engine/inbox.ts';
import { JournalError } from '../journal/journal.ts';
import type { RunEvent } from '../run/event.ts';
import { writesNote } from '../run/incident.ts';
import { Replay } from '../run/reduce.ts';
import type { Journals } from '../store/journals.ts';
import { operatorName } from './operator.ts';
import { badInput, Refusal } from './refusal.ts';
import { toldTime } from './told-time.ts';
import { approvalJudge } from './trust.ts';
import { secretsFromEnvironment } from './variables.ts';
import { readKnownRun, type World } from './world.ts';

/** How long the holder has to journal a message before it is said to wait. */
const holderHasMs = 10_000;
const lookEveryMs = 50;

/** `waits`: it is in the inbox, and the process that drives the run has not journaled it yet. */
export type Delivery =
  | { readonly kind: 'recorded'; readonly run: string; readonly event: RunEvent }
  | { readonly kind: 'waits'; readonly run: string };

export interface NoteRequest {
  /** An id, a unique part of one, or `latest`. */
  readonly run: string;
  /** It may begin with what it is: `!decision`, `!severity sev1`, `!lead`. */
  readonly text: string;
  readonly step?: string | undefined;
  /** When it happened, where it is told later: `03:12`, or ISO 8601. */
  readonly at?: string | undefined;
  /** The number of the record that it puts right. */
  readonly corrects?: string | undefined;
  readonly operator?: string | undefined;
}

/** Adds a note to a run. Throws `Refusal` for an empty one and for what it cannot say, and `JournalError`. */
export async function addNote(world: World, request: NoteRequest): Promise<Delivery> {
  const { run, text, step, operator } = request;
  if (text.trim() === '') throw new Refusal({ code: 'empty-note' }, 'the note is empty');
  const { id, state } = await readKnownRun(world, run);
  const from = operatorName(world, operator);
  const now = world.host.clock.now();
  const said = { text, step, happened: happenedAt(request.at, now), corrects: recordNumber(request.corrects) };
  const written = writesNote(state, said, { via: 'command', name: from }, now);
  if (!written.ok) throw new Refusal({ code: 'unfit-note' }, written.message);
  if (step !== undefined && !state.steps.has(step))
    throw new Refusal({ code: 'unfit-note' }, `the run has no step ${step}`);
  return send(world, id, { kind: 'note', from, ...said });
}

function happenedAt(at: string | undefined, now: number): number | undefined {
  const told = at === undefined ? undefined : toldTime(at, now);
  if (typeof told === 'string') throw badInput('at', told);
  return told;
}

function recordNumber(corrects: string | undefined): number | undefined {
  if (corrects === undefined) return undefined;
  if (!/^[1-9]\d{0,9}$/.test(corrects))
    throw badInput('corrects', `"${corrects}" is no number of a record; gonogo show says the numbers of notes`);
  return Number(corrects);
}

/** Puts `message` into the inbox of run `id` and sees to it that it is journaled. */
export async function send(world: World, id: string, message: Parameters<Journals['send']>[1]): Promise<Delivery> {
  return deliver(world, id, await world.journals.send(id, message));
}

async function deliver(world: World, run: string, message: string): Promise<Delivery> {
  const { clock } = world.host;
  const until = clock.steady() + holderHasMs;
  for (;;) {
    await journalInbox(world, run);
    let event: RunEvent | undefined;
    await world.journals.replay(run, (one) => {
      if (inboxId(one) === message) event = one;
    });
    if (event !== undefined) return { kind: 'recorded', run, event };
    if (clock.steady() >= until) return { kind: 'waits', run };
    await clock.sleep(lookEveryMs);
  }
}

/** Journals the whole inbox when nobody drives the run. */
async function journalInbox(world: World, id: string): Promise<void> {
  try {
    const replay = new Replay(id);
    const journal = await world.journals.open(id, (event) => replay.take(event));
    try {
      const { state } = replay;
      const secrets = [...secretsFromEnvironment(state.runbook, world.host.machine.env).values()];
      journal.keepOut(secrets);
      const judges = { approval: approvalJudge(world.host, world), deposit: depositJudge(journal, secrets) };
      const taken = await inboxEvents(state, await journal.inbox(), judges, journal.now());
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
