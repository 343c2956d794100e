/** What every store of runs has to do, said once: each kind runs through it on a store of its own. */
import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import { encodeAll } from '../../src/journal/encode.ts';
import { JournalError } from '../../src/journal/journal.ts';
import { beginning } from '../../src/journal/record.ts';
import { verifyJournal } from '../../src/journal/verify.ts';
import { reduceAll } from '../../src/run/reduce.ts';
import type { Trace } from '../../src/run/trace.ts';
import type { Digest, Lease, Lines, Position, RunSummary, Store, Wanted } from '../../src/store/store.ts';
import { openJournals } from '../../src/store/stored-journals.ts';
import { summarise } from '../../src/store/summary.ts';
import { ended, holdingStart, holdTaken, note, passed, started } from '../journal/drafts.ts';
import { host } from '../journal/fixture.ts';

const RUN = '20261121-0312-release-k7q2';
const OTHER = '20261121-0313-release-aaaa';
const NOW = Date.UTC(2026, 10, 21, 3, 12, 44, 123);
const start: Position = { seq: 0, bytes: 0 };

/** The lines of a run's beginning, and of what follows it. */
function linesOf(run: string): { readonly first: Lines; readonly next: Lines; readonly last: Lines } {
  const first = encodeAll([started()], beginning(run), NOW);
  const next = encodeAll([...passed(), note('ü 🚀')], first.place, NOW);
  const last = encodeAll([ended()], next.place, NOW);
  const as = ({ bytes, place }: typeof first): Lines => ({ bytes, head: { seq: place.seq, sha256: place.sha256 } });
  return { first: as(first), next: as(next), last: as(last) };
}

async function textOf(store: Store, run: string, after = start): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const chunk of store.records(run, after)) parts.push(chunk);
  return Buffer.concat(parts).toString('utf8');
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof JournalError) return error.code;
  throw new Error('it was not refused by a JournalError', { cause: error });
}

async function made(store: Store, run = RUN): Promise<Lease> {
  const lease = await store.create(run, [], linesOf(run).first);
  if (lease === null) throw new Error('the id is taken');
  return lease;
}

function traceOn(name: string, identity: string): Trace {
  const [run, title, operator, values] = [RUN, 'Release', 'ana', ''];
  const rest = { held: [], changedAt: null, undone: false, open: [], decided: [], passed: [] };
  return { run, title, operator, values, startedAt: NOW, on: [{ name, identity }], ...rest };
}

/** Runs the promises of a store against `fresh`, which opens an empty one for each test. */
export function keepsItsPromises(kind: string, fresh: () => Promise<Store>): void {
  describe(`a store of runs: ${kind}`, () => {
    it('has nothing at first, and says so of what is asked for', async () => {
      const store = await fresh();
      expect(await store.ids()).toEqual([]);
      expect(await codeOf(store.take(RUN))).toBe('not-found');
      expect(await codeOf(textOf(store, RUN))).toBe('not-found');
      expect(await codeOf(store.send(RUN, { kind: 'note', from: 'bo', text: 'x' }))).toBe('not-found');
    });

    it('makes a run whole, once', async () => {
      const store = await fresh();
      const { first } = linesOf(RUN);
      const bytes = new TextEncoder().encode('runbook: X\n');
      const sha256 = hash('sha256', bytes);
      const lease = await store.create(RUN, [{ sha256, bytes }], first);
      expect(await store.create(RUN, [], first)).toBeNull();
      expect(await textOf(store, RUN)).toBe(Buffer.from(first.bytes).toString());
      expect(Buffer.from((await store.document(RUN, sha256)) ?? '').toString()).toBe('runbook: X\n');
      expect(await store.document(RUN, 'a'.repeat(64))).toBeNull();
      await lease?.release();
      expect(await store.ids()).toEqual([RUN]);
    });

    it('appends whole lines in their order, and gives them back from any place', async () => {
      const store = await fresh();
      const { first, next, last } = linesOf(RUN);
      const lease = await made(store);
      expect(await lease.append({ ...next, after: first.head })).toEqual({ kind: 'appended' });
      expect(await lease.append({ ...last, after: next.head })).toEqual({ kind: 'appended' });
      const all = Buffer.concat([first.bytes, next.bytes, last.bytes]).toString();
      expect(await textOf(store, RUN)).toBe(all);
      const after = { seq: first.head.seq, bytes: first.bytes.length };
      expect(await textOf(store, RUN, after)).toBe(Buffer.concat([next.bytes, last.bytes]).toString());
      const end = { seq: last.head.seq, bytes: Buffer.byteLength(all) };
      expect(await textOf(store, RUN, end)).toBe('');
      await lease.release();
    });

    it('lets one drive, and the next when it has let go', async () => {
      const store = await fresh();
      const lease = await made(store);
      expect(await codeOf(store.take(RUN))).toBe('held');
      await lease.release();
      await lease.release();
      const again = await store.take(RUN);
      expect(
        await again.recover({ ...linesOf(RUN).first.head, bytes: linesOf(RUN).first.bytes.length }, new Set()),
      ).toEqual([]);
      const { first, next } = linesOf(RUN);
      expect(await again.append({ ...next, after: first.head })).toEqual({ kind: 'appended' });
      await again.release();
    });

    it('keeps evidence by its path, and reads it by ranges', async () => {
      const store = await fresh();
      const lease = await made(store);
      const path = 'steps/001-build/1/1-notes.txt';
      const bytes = new TextEncoder().encode('0123456789');
      expect(await lease.keep(path, bytes)).toEqual({ path, bytes: 10, sha256: hash('sha256', bytes) });
      await expect(lease.keep(path, bytes)).rejects.toMatchObject({ code: 'exists' });
      const evidence = store.evidence(RUN);
      expect(await evidence.size(path)).toBe(10);
      expect(Buffer.from(await evidence.readRange(path, 3, 4)).toString()).toBe('3456');
      expect(Buffer.from(await evidence.readRange(path, 8, 40)).toString()).toBe('89');
      const tail = await evidence.readTail(path, 3);
      expect([Buffer.from(tail.bytes).toString(), tail.size]).toEqual(['789', 10]);
      expect(await evidence.digests(path, [0, 4, 11])).toEqual(
        new Map([
          [0, hash('sha256', '')],
          [4, hash('sha256', '0123')],
        ]),
      );
      for (const other of ['steps', 'steps/none', '../journal.jsonl', '/etc/passwd', 'steps/../steps', '']) {
        expect([other, await evidence.size(other), await evidence.digests(other, [1])]).toEqual([other, null, null]);
        expect((await evidence.readRange(other, 0, 10)).length).toBe(0);
        expect(await evidence.readTail(other, 10)).toEqual({ bytes: new Uint8Array(), size: 0 });
      }
      await lease.release();
    });

    it('removes a run whose lines end where they did, and no other', async () => {
      const store = await fresh();
      const { first, next } = linesOf(RUN);
      const lease = await made(store);
      const end = { ...first.head, bytes: first.bytes.length };
      expect(await codeOf(store.remove(RUN, end))).toBe('held');
      await lease.append({ ...next, after: first.head });
      await lease.release();
      await store.assertRemovable();
      expect(await store.remove(RUN, end)).toBe(false);
      expect(await store.ids()).toEqual([RUN]);
      await (await made(store, OTHER)).release();
      expect(await store.remove(RUN, { ...next.head, bytes: first.bytes.length + next.bytes.length })).toBe(true);
      expect(await store.ids()).toEqual([OTHER]);
      expect(await codeOf(store.take(RUN))).toBe('not-found');
      await (await made(store)).release();
      expect(await store.ids()).toEqual([RUN, OTHER]);
    });

    it('hands messages on in the order of their sending, until each is settled', async () => {
      const store = await fresh();
      const lease = await made(store);
      const sent = [
        await store.send(RUN, { kind: 'note', from: 'bo', text: 'first' }),
        await store.send(RUN, { kind: 'handover', from: 'bo', to: 'cy', note: null }),
        await store.send(RUN, { kind: 'note', from: 'bo', text: 'last' }),
      ];
      const inbox = await lease.inbox();
      expect(inbox.messages.map(({ id }) => id)).toEqual(sent);
      expect(inbox.messages[0]).toMatchObject({ kind: 'note', from: 'bo', text: 'first' });
      await lease.settleInbox(sent[1] ?? '');
      await lease.settleInbox(sent[1] ?? '');
      expect((await lease.inbox()).messages.map(({ id }) => id)).toEqual([sent[0], sent[2]]);
      await lease.release();
    });

    it('lets one at a time look at a target, and names who claimed it before, also when that came to nothing', async () => {
      const store = await fresh();
      const [here, there] = ['a'.repeat(64), 'b'.repeat(64)];
      const seen: string[] = [];
      const looks = async (run: string, keep = true): Promise<void> =>
        store.claim(here, run, async (claimants) => {
          seen.push(`${run} after ${claimants.join()}`);
          await Promise.resolve();
          seen.push(`${run} done`);
          return keep ? claimants : [];
        });
      await looks(RUN);
      await Promise.all([looks(OTHER), store.claim(there, RUN, async () => [])]);
      await expect(store.claim(here, 'third', () => Promise.reject(new Error('it died')))).rejects.toThrow('it died');
      await looks(RUN, false);
      await store.claim(here, null, async (claimants) => {
        seen.push(`nobody after ${claimants.join()}`);
        return [];
      });
      await looks(RUN);
      expect(seen).toEqual([
        ...[`${RUN} after `, `${RUN} done`],
        ...[`${OTHER} after ${RUN}`, `${OTHER} done`],
        ...[`${RUN} after ${OTHER},third`, `${RUN} done`],
        `nobody after ${RUN}`,
        ...[`${RUN} after `, `${RUN} done`],
      ]);
      let [inside, most] = [0, 0];
      const counted = async (run: string): Promise<void> =>
        store.claim(here, run, async (claimants) => {
          inside += 1;
          most = Math.max(most, inside);
          for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
          inside -= 1;
          return claimants;
        });
      await Promise.all(['a', 'b', 'c', 'd'].map(counted));
      expect(most).toBe(1);
    });

    it('gives a target to one of two runs that claim it, by their journals', async () => {
      const store = await fresh();
      const journals = openJournals({ clock: host.clock, ids: host.ids }, store, actions);
      const runs = [await journals.create('a', [], [holdingStart()]), await journals.create('b', [], [holdingStart()])];
      const target = { name: 'shop', identity: 'web1' };
      const outcomes: string[] = [];
      await Promise.all(
        runs.map((journal) =>
          journals.claim(
            { run: journal.id, startedAt: NOW, changedAt: null, passing: new Set(), ...target },
            async (outcome) => {
              outcomes.push(outcome.kind === 'taken' ? journal.id : `refused by ${outcome.holders[0]?.run}`);
              if (outcome.kind === 'taken') await journal.append([holdTaken(target)]);
            },
          ),
        ),
      );
      expect(outcomes[1]).toBe(`refused by ${outcomes[0]}`);
      const [winner, loser] = runs.toSorted(({ id }) => (id === outcomes[0] ? -1 : 1));
      // Whoever ends lets it go, and its journal says so.
      await winner?.append([ended()]);
      await journals.claim(
        { run: loser?.id ?? '', startedAt: NOW, changedAt: null, passing: new Set(), ...target },
        async (outcome) => void outcomes.push(outcome.kind),
      );
      expect(outcomes.at(-1)).toBe('taken');
      for (const journal of runs) await journal.close();
    });

    it('asks again what lists show of a run only when it has changed, newest first', async () => {
      const store = await fresh();
      const read: string[] = [];
      const digestOf = async (run: string): Promise<Digest> => {
        read.push(run);
        return summarise(reduceAll(verifyJournal(linesOf(run).first.bytes, run).events, run));
      };
      const lease = await made(store);
      await (await made(store, OTHER)).release();
      const digests = await store.digests(digestOf);
      expect(digests.map(({ summary }) => summary.run)).toEqual([OTHER, RUN]);
      expect(read.splice(0).sort()).toEqual([RUN, OTHER].sort());
      await store.digests(digestOf);
      expect(read).toEqual([]);
      const { first, next } = linesOf(RUN);
      await lease.append({ ...next, after: first.head });
      await store.digests(digestOf);
      expect(read).toEqual([RUN]);
      await lease.release();
    });

    it('lists what is wanted and no more, page by page', async () => {
      const store = await fresh();
      const kinds: readonly Partial<RunSummary>[] = [
        { operator: 'ann', title: 'Shop', trace: traceOn('shop', 'web1') },
        { operator: 'bo', title: 'Shop', waiting: 'bo', trace: traceOn('shop', 'web2') },
        { operator: 'ann', title: 'Mail "2"', status: 'completed' },
        { operator: 'ann', title: 'Shop', wanted: [{ step: 'go', since: 1, given: 0, count: 1, from: [] }] },
        { operator: 'bo', title: 'Mail "2"', status: 'paused', trace: traceOn("o'shop", 'web1') },
      ];
      const runs = kinds.map((_, index) => `2026112${index}-0312-release-k7q2`);
      const read = async (run: string): Promise<Digest> => {
        const { summary, durations } = summarise(reduceAll(verifyJournal(linesOf(run).first.bytes, run).events, run));
        const index = runs.indexOf(run);
        // Two of them began at once.
        return {
          summary: { ...summary, waiting: null, ...kinds[index], startedAt: NOW + (index === 3 ? 2 : index) },
          durations,
        };
      };
      for (const run of runs) await (await made(store, run)).release();
      const at = async (wanted: Wanted): Promise<string> =>
        (await store.digests(read, wanted)).map(({ summary }) => runs.indexOf(summary.run)).join('');
      const holds = async (): Promise<void> => {
        expect(await at({})).toBe('43210');
        expect(await at({ operator: 'ann' })).toBe('320');
        expect(await at({ titles: ['Shop', 'none'] })).toBe('310');
        expect(await at({ titles: [] })).toBe('');
        expect(await at({ run: runs[2] })).toBe('2');
        expect(await at({ waiting: true })).toBe('31');
        expect(await at({ open: true })).toBe('4310');
        expect(await at({ target: 'shop' })).toBe('10');
        expect(await at({ target: "o'shop" })).toBe('4');
        expect(
          await at({
            targets: [
              { name: 'shop', identity: 'web2' },
              { name: "o'shop", identity: 'web1' },
            ],
          }),
        ).toBe('41');
        expect(await at({ targets: [{ name: 'shop', identity: 'web3' }] })).toBe('');
        expect(await at({ since: NOW + 2 })).toBe('432');
        expect(await at({ most: 2 })).toBe('43');
        expect(await at({ after: { run: runs[3] ?? '', startedAt: NOW + 2 }, most: 2 })).toBe('21');
        expect(await at({ after: { run: runs[1] ?? '', startedAt: NOW + 1 } })).toBe('0');
        expect(await at({ operator: 'ann', titles: ['Shop'], open: true, since: NOW + 1, most: 9 })).toBe('3');
      };
      await holds();
      // Also of what is remembered.
      await holds();
    });

    it('holds the same bytes as every other store, because they are made above it', async () => {
      const store = await fresh();
      const journals = openJournals(
        { clock: { ...host.clock, now: () => NOW, steady: () => 0, asleep: () => 0 }, ids: { short: () => 'k7q2' } },
        store,
        actions,
      );
      const journal = await journals.create('release', [], [started()]);
      await journal.append([...passed(), note('ü 🚀')]);
      await journal.append([ended()]);
      await journal.close();
      const { first, next, last } = linesOf(RUN);
      expect(journal.id).toBe(RUN);
      expect(await textOf(store, RUN)).toBe(Buffer.concat([first.bytes, next.bytes, last.bytes]).toString());
    });
  });
}
