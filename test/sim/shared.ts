/**
 * Schedules of drivers of one run on several machines, over lines that lose, repeat and delay what is asked and answered. Each drives by the
 * real store and journal; drivers stop between a record and what it announces for longer than any wait, die, and take over from each
 * other, and their clocks differ by an hour. A failing schedule is replayed by `node test/sim/shared.ts SEED`.
 *
 * What holds, whatever happens: the journal is one chain; what was acknowledged is in it, where it was; a command runs once for each record of
 * its beginning, on the machine that recorded it, so that none runs twice unless somebody who took over said so; and a message is journaled once.
 */
import assert from 'node:assert/strict';
import { actions } from '../../src/actions/registry.ts';
import { JournalError } from '../../src/journal/journal.ts';
import { verifyJournal } from '../../src/journal/verify.ts';
import type { RunEvent } from '../../src/run/event.ts';
import type { Journal, Journals } from '../../src/store/journals.ts';
import { readAddress } from '../../src/store/postgres/address.ts';
import { PostgresStore } from '../../src/store/postgres/store.ts';
import { openJournals } from '../../src/store/stored-journals.ts';
import { note, started } from '../journal/drafts.ts';
import { type Befallen, FaultyLine, SharedServer } from './shared-server.ts';
import { Dice, World } from './world.ts';

const commands = 2;
const machines = ['one', 'two', 'three'] as const;
const hourMs = 3_600_000;

interface Effect {
  readonly command: string;
  readonly machine: string;
  /** The record that announced it. */
  readonly seq: number;
}

interface Story {
  readonly world: World;
  readonly server: SharedServer;
  readonly dice: Dice;
  readonly befallen: Befallen;
  readonly effects: Effect[];
  /** Records that an append acknowledged. */
  readonly acknowledged: RunEvent[];
  /** Ids of messages that were sent, acknowledged. */
  readonly sent: string[];
  run: string;
  over: boolean;
  takeOvers: number;
}

/** What was seen in a schedule: one in which nothing befell anybody shows nothing. */
export interface Seen {
  readonly befallen: Befallen;
  readonly takeOvers: number;
  readonly reruns: number;
}

/** Plays one schedule and checks what must hold. */
export async function playShared(seed: number): Promise<Seen> {
  const world = new World(seed);
  world.boot();
  const story: Story = {
    ...{ world, server: new SharedServer(), dice: new Dice(seed * 7919 + 1), befallen: new Map() },
    ...{ effects: [], acknowledged: [], sent: [], run: '', over: false, takeOvers: 0 },
  };
  const first = journalsOf(story, machines[0]);
  const made = begin(story, first).then(() =>
    Promise.all([...machines.map((name, index) => machine(story, name, index, first)), people(story)]),
  );
  await world.until(made, 200_000);
  return check(story);
}

function journalsOf({ world, server, dice, befallen }: Story, name: string): Journals {
  const { host, locks } = world.join();
  const offMs = (dice.below(3) - 1) * hourMs;
  const own = {
    ...host,
    clock: { ...host.clock, now: () => host.clock.now() + offMs },
    machine: { ...host.machine, hostname: name },
  };
  const address = readAddress('postgres://ada@127.0.0.1/sim', own);
  const connect = (): FaultyLine => new FaultyLine(server, host.clock, dice, befallen);
  const work = { folder: `/desk/${name}`, id: name };
  const parts = { host: own, locks, address, connect, work, maxEvidence: 1e6, waitMs: 8000, operator: name };
  return openJournals(own, new PostgresStore({ ...parts, trouble: () => {} }), actions);
}

async function begin(story: Story, journals: Journals): Promise<void> {
  while (story.run === '') {
    const journal = await reachable(journals.create('release', [], [started()]));
    if (journal === null) continue;
    story.run = journal.id;
    story.acknowledged.push(...journal.events);
    await journal.close();
  }
}

/** One who drives the run when they may, or takes it over, until it is over. */
async function machine(story: Story, name: string, index: number, first: Journals): Promise<void> {
  const { world, dice } = story;
  const { clock } = world.join().host;
  let journals = index === 0 ? first : journalsOf(story, name);
  await clock.sleep(dice.below(index === 0 ? 50 : 10_000));
  while (!story.over) {
    const drives = await reachable(opened(story, name, journals));
    if (drives === null) {
      await clock.sleep(500 + dice.below(15_000));
      continue;
    }
    const ended = await reachable(drive(story, name, drives));
    // Who dies says nothing more: another process of the machine comes, where the lock is free.
    if (dice.chance(0.1)) journals = journalsOf(story, name);
    await reachable(drives.journal.close());
    if (ended !== null) return;
  }
}

interface Driving {
  readonly journal: Journal;
  readonly past: RunEvent[];
}

async function opened(story: Story, name: string, journals: Journals): Promise<Driving> {
  const past: RunEvent[] = [];
  const driver = await journals.driver(story.run);
  const over = driver !== null && !driver.here ? { by: name, lease: driver.lease } : undefined;
  const journal = await journals.open(story.run, (event) => past.push(event), over);
  if (over !== undefined) story.takeOvers += 1;
  return { journal, past };
}

/** Resolves with true when all commands were run. Rejects when this driver may go on no longer. */
async function drive(story: Story, name: string, { journal, past }: Driving): Promise<true> {
  const { dice, effects } = story;
  const said = (): readonly string[] => past.flatMap(({ type, data }) => (type === 'note.added' ? [data.text] : []));
  const append = async (...texts: readonly string[]): Promise<RunEvent | undefined> => {
    const events = await journal.append(texts.map((text) => note(text)));
    past.push(...events);
    story.acknowledged.push(...events);
    return events.at(-1);
  };
  for (let number = 0; number < commands; ) {
    await takeInbox(story, journal, past);
    const command = `command ${number}`;
    const begun = said().findLastIndex((text) => text.endsWith(`begin ${command}`));
    if (said().includes(`end ${command}`)) {
      number += 1;
      continue;
    }
    // It is in doubt for whoever did not begin it: a person says what becomes of it.
    if (begun >= 0 && dice.chance(0.5)) {
      await append(`end ${command}`);
      continue;
    }
    const record = await append(`${begun >= 0 ? 'again: ' : ''}begin ${command}`);
    // Between the record and what it announces the process may stand still for as long as it likes.
    await story.world.join().host.clock.sleep(dice.chance(0.3) ? dice.below(30_000) : dice.below(20));
    effects.push({ command, machine: name, seq: record?.seq ?? 0 });
    if (dice.chance(0.1)) throw new JournalError('broken', 'the driver died');
    await append(`end ${command}`);
  }
  await takeInbox(story, journal, past);
  if (!story.over) await append('over');
  story.over = true;
  return true;
}

async function takeInbox(story: Story, journal: Journal, past: RunEvent[]): Promise<void> {
  const known = new Set(past.flatMap(({ type, data }) => (type === 'note.added' ? [data.inbox] : [])));
  for (const message of await journal.inbox()) {
    if (!known.has(message.id) && message.kind === 'note') {
      const events = await journal.append([note(message.text, message.id)]);
      past.push(...events);
      story.acknowledged.push(...events);
    }
    await journal.settleInbox(message.id);
  }
}

/** Whoever else has something to say. */
async function people(story: Story): Promise<void> {
  const journals = journalsOf(story, 'four');
  const { clock } = story.world.join().host;
  for (let count = 0; count < 2; count += 1) {
    await clock.sleep(story.dice.below(3000));
    const id = await reachable(journals.send(story.run, { kind: 'note', from: 'bo', text: `message ${count}` }));
    if (id !== null) story.sent.push(id);
  }
}

/** null: the world kept it from being done. */
async function reachable<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof JournalError) return null;
    throw error;
  }
}

function check({ server, run, effects, acknowledged, sent, befallen, takeOvers }: Story): Seen {
  const lines = server.runs.get(run)?.lines ?? [];
  const { events } = verifyJournal(Buffer.concat(lines.flatMap((line) => [line, Buffer.of(10)])), run);
  for (const event of acknowledged)
    assert.deepEqual(events[event.seq - 1], event, `record ${event.seq} was acknowledged and is another`);
  const texts = events.map(({ type, data }) => (type === 'note.added' ? data.text : ''));
  for (const { command, seq } of effects) {
    assert.ok(texts[seq - 1]?.endsWith(`begin ${command}`), `${command} ran without its record`);
    assert.equal(effects.filter((one) => one.seq === seq).length, 1, `record ${seq} announced one command`);
  }
  const reruns = texts.filter((text) => text.startsWith('again: ')).length;
  for (let number = 0; number < commands; number += 1) {
    const begun = texts.filter((text) => text === `begin command ${number}`).length;
    assert.equal(begun, 1, `command ${number} was begun ${begun} times unasked`);
  }
  const journaled = events.flatMap(({ type, data }) => (type === 'note.added' ? (data.inbox ?? []) : []));
  assert.equal(new Set(journaled).size, journaled.length, 'a message was journaled twice');
  const waiting = [...(server.runs.get(run)?.messages.keys() ?? [])];
  for (const id of sent) assert.ok(journaled.includes(id) || waiting.includes(id), `message ${id} was lost`);
  return { befallen, takeOvers, reruns };
}

/** Plays schedules `from` … `from + count - 1`. One line for each that broke, at most three. */
export async function sweepShared(from: number, count: number) {
  const failures: string[] = [];
  const seen = { takeOvers: 0, reruns: 0, befallen: new Map<string, number>() };
  let played = 0;
  for (let seed = from; seed < from + count && failures.length < 3; seed += 1) {
    try {
      const { befallen, takeOvers, reruns } = await playShared(seed);
      played += 1;
      seen.takeOvers += takeOvers;
      seen.reruns += reruns;
      for (const [what, times] of befallen) seen.befallen.set(what, (seen.befallen.get(what) ?? 0) + times);
    } catch (error) {
      const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
      failures.push(`${why}: node test/sim/shared.ts ${seed}`);
    }
  }
  return { played, failures, seen };
}

if (process.argv[1] === import.meta.filename) {
  const [seed = '1', count = '1'] = process.argv.slice(2);
  const begun = performance.now();
  const swept = await sweepShared(Number(seed), Number(count));
  console.log(swept, `${Math.round(performance.now() - begun)} ms`);
  process.exitCode = swept.failures.length > 0 ? 1 : 0;
}
