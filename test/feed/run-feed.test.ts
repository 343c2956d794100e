/** Following a journal on the disk while another writer appends to it. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import { RunFeed } from '../../src/feed/run-feed.ts';
import { reduceAll } from '../../src/run/reduce.ts';
import { createJournals } from '../../src/store/folder/journals.ts';
import { ended, note } from '../journal/drafts.ts';
import { host, newRun, temporary } from '../journal/fixture.ts';

test('a follower is told of every event once, with the state after it, until the run ends', async () => {
  const state = join(temporary(), 'state');
  const run = await newRun(await createJournals(host, state, actions));
  const others = await createJournals(host, state, actions);
  const feed = new RunFeed(others, reduceAll((await others.read(run.id)).events, run.id));
  const told: string[] = [];
  feed.subscribe((event, after) => told.push(`${event.seq} ${event.type} ${after.notes.length} ${after.head.seq}`));
  await run.append([note('a'), note('b')]);
  await feed.look();
  await feed.look();
  const followed = feed.follow(new AbortController().signal);
  await run.append([ended()]);
  await followed;
  expect(told).toEqual(['2 note.added 1 2', '3 note.added 2 3', '4 run.ended 2 4']);
  expect(feed.state().endedAt).not.toBeNull();
  await run.close();
});

test('a follower that lets go is told nothing more', async () => {
  const state = join(temporary(), 'state');
  const run = await newRun(await createJournals(host, state, actions));
  const others = await createJournals(host, state, actions);
  const feed = new RunFeed(others, reduceAll((await others.read(run.id)).events, run.id));
  const told: number[] = [];
  const off = feed.subscribe(({ seq }) => told.push(seq));
  const leaving = new AbortController();
  const followed = feed.follow(leaving.signal);
  leaving.abort();
  await followed;
  off();
  await run.append([note('a')]);
  await feed.look();
  expect(told).toEqual([]);
  await run.close();
});
