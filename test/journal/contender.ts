/**
 * A process that wants a run for itself, started by the tests to be killed at any moment.
 *
 *   hold STATE RUN COUNT ROUNDS   in each round waits for the run, says `holding`, appends COUNT (or `endless`) notes
 *                                 `PID.ROUND N`, saying each after it is durable, and lets go
 *   take STATE RUN         takes the run and journals its inbox, saying each message's id, until it is killed
 *   send STATE RUN COUNT   sends COUNT notes and says each one's id
 *   make STATE             makes a run and says its id
 */
import { actions } from '../../src/actions/registry.ts';
import { createRealHost } from '../../src/host/real-host.ts';
import { JournalError } from '../../src/journal/journal.ts';
import { createJournals } from '../../src/store/folder/journals.ts';
import type { Journal, Journals } from '../../src/store/journals.ts';
import { note, started } from './drafts.ts';

const [verb = '', state = '', run = '', count = '0', rounds = '1'] = process.argv.slice(2);
const host = await createRealHost();
const journals = await createJournals(host, state, actions);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Tries for 30 s, then lets the refusal out. */
async function waitFor(runs: Journals): Promise<Journal> {
  const until = host.clock.now() + 30_000;
  for (;;) {
    try {
      return await runs.open(run);
    } catch (error) {
      if (!(error instanceof JournalError && error.code === 'held') || host.clock.now() > until) throw error;
      await host.clock.sleep(10);
    }
  }
}

async function hold(): Promise<void> {
  const limit = count === 'endless' ? Number.POSITIVE_INFINITY : Number(count);
  for (let round = 1; round <= Number(rounds); round += 1) {
    const journal = await waitFor(journals);
    say('holding');
    for (let at = 1; at <= limit; at += 1) {
      const text = `${process.pid}.${round} ${at}`;
      await journal.append([note(text)]);
      say(text);
    }
    await journal.close();
  }
}

async function take(): Promise<void> {
  const journal = await waitFor(journals);
  say('holding');
  const { events } = await journals.read(journal.id);
  const journaled = new Set(events.flatMap(({ data }) => ('inbox' in data && data.inbox ? [data.inbox] : [])));
  for (;;) {
    for (const message of await journal.inbox()) {
      if (!journaled.has(message.id)) await journal.append([note(message.from, message.id)]);
      journaled.add(message.id);
      await journal.settleInbox(message.id);
      say(message.id);
    }
    await host.clock.sleep(1);
  }
}

async function send(): Promise<void> {
  for (let at = 1; at <= Number(count); at += 1) {
    say(await journals.send(run, { kind: 'note', from: 'bo', text: `note ${at}` }));
  }
}

async function make(): Promise<void> {
  for (;;) {
    const journal = await journals.create('made', [{ sha256: 'f'.repeat(64), bytes: new Uint8Array(10) }], [started()]);
    await journal.close();
    say(journal.id);
  }
}

if (verb === 'hold') await hold();
if (verb === 'take') await take();
if (verb === 'send') await send();
if (verb === 'make') await make();
