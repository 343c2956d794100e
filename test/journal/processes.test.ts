/** Real processes contend for a run and die in the middle: one holder at a time, nothing acknowledged lost, nothing twice. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import { createJournals } from '../../src/store/folder/journals.ts';
import { host, newRun, temporary } from './fixture.ts';

const CONTENDER = new URL('contender.ts', import.meta.url).pathname;

interface Running {
  readonly child: ChildProcess;
  readonly lines: string[];
  /** Resolves with its exit status, or its signal, after all of its output was read. */
  readonly done: Promise<number | string>;
  /** Kills it as it says its line number `count`. */
  killAt(count: number): void;
}

function contend(...args: readonly string[]): Running {
  const child = spawn(process.execPath, [CONTENDER, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  let deadline = Number.POSITIVE_INFINITY;
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += String(chunk);
  });
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => {
    lines.push(line);
    if (lines.length >= deadline) child.kill('SIGKILL');
  });
  const done = Promise.all([once(child, 'exit'), once(reader, 'close')]).then(([[status, signal]]) => {
    if (errors !== '') throw new Error(`the process said: ${errors}`);
    return signal ?? status;
  });
  return {
    child,
    lines,
    done,
    killAt: (count) => {
      deadline = count;
    },
  };
}

/** Processes that are killed while they hold the run, and starts of those that live; some contend at any time. */
const VICTIMS = 20;
const AT_ONCE = 4;
const SURVIVORS = 2;
const ROUNDS = 10;
const NOTES = 4;

describe('journal: contending processes', () => {
  it(`never has two holders in ${VICTIMS + SURVIVORS * ROUNDS} contended starts, half of them killed`, async () => {
    const state = join(temporary(), 'state');
    const journals = await createJournals(host, state, actions);
    const run = await newRun(journals);
    const acknowledged: string[] = [];
    const follow = async (one: Running): Promise<number | string> => {
      const result = await one.done;
      acknowledged.push(...one.lines.filter((line) => line !== 'holding'));
      return result;
    };
    const survivors = Array.from({ length: SURVIVORS }, () =>
      follow(contend('hold', state, run.id, String(NOTES), String(ROUNDS))),
    );
    let next = 0;
    const victims = Array.from({ length: AT_ONCE }, async () => {
      while (next < VICTIMS) {
        const victim = contend('hold', state, run.id, 'endless');
        // Killed right after it got the lock, or after some of its notes.
        victim.killAt(1 + (next++ % (NOTES + 2)));
        expect(await follow(victim)).toBe('SIGKILL');
      }
    });
    await run.close();
    await Promise.all(victims);
    expect(await Promise.all(survivors)).toEqual(Array(SURVIVORS).fill(0));

    const { events } = await journals.read(run.id);
    const notes = events.flatMap((event) => (event.type === 'note.added' ? [event.data.text] : []));
    expect(new Set(notes).size).toBe(notes.length);
    expect(acknowledged.filter((line) => !notes.includes(line))).toEqual([]);
    // Two at once would have mixed their notes (and broken the chain, which reading verified).
    const holders = notes.map((text) => text.split(' ')[0]).filter((holder, at, all) => holder !== all[at - 1]);
    expect(new Set(holders).size).toBe(holders.length);
  });

  it('journals each message of the inbox once, however often its holder is killed', async () => {
    const state = join(temporary(), 'state');
    const journals = await createJournals(host, state, actions);
    const run = await newRun(journals);
    await run.close();
    const senders = [contend('send', state, run.id, '40'), contend('send', state, run.id, '40')];
    for (let kills = 0; kills < 6; kills += 1) {
      const holder = contend('take', state, run.id);
      holder.killAt(2 + kills * 2);
      expect(await holder.done).toBe('SIGKILL');
    }
    for (const sender of senders) expect(await sender.done).toBe(0);
    const sent = senders.flatMap(({ lines }) => lines);

    const open = await journals.open(run.id);
    const { events } = await journals.read(run.id);
    const journaled = events.flatMap(({ data }) => ('inbox' in data && data.inbox ? [data.inbox] : []));
    const waiting = (await open.inbox()).map(({ id }) => id);
    await open.close();
    expect(new Set(journaled).size).toBe(journaled.length);
    expect(journaled.length).toBeGreaterThanOrEqual(6);
    // What was journaled before a kill is not offered again; everything else still waits, in the order of sending.
    expect([...journaled, ...waiting].sort()).toEqual([...sent].sort());
    expect(waiting).toEqual([...waiting].sort());
  });

  it('leaves only whole runs when processes that make them are killed', async () => {
    const state = join(temporary(), 'state');
    const makers = Array.from({ length: 6 }, (_, at) => {
      const maker = contend('make', state);
      maker.killAt(1 + at);
      return maker;
    });
    for (const maker of makers) expect(await maker.done).toBe('SIGKILL');
    const journals = await createJournals(host, state, actions);
    const rows = await journals.list();
    const made = makers.flatMap(({ lines }) => lines);
    expect(rows.filter(({ problem }) => problem !== null)).toEqual([]);
    expect(made.filter((id) => !rows.some(({ run }) => run === id))).toEqual([]);
    await (await newRun(journals)).close();
    expect(readdirSync(join(state, 'runs')).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});

describe('journal: the inbox', () => {
  it('gives messages in order and forgets a settled one', async () => {
    const journals = await createJournals(host, join(temporary(), 'state'), actions);
    const run = await newRun(journals);
    const ids = [
      await journals.send(run.id, { kind: 'note', from: 'bo', text: 'first\n\u001b[31m' }),
      await journals.send(run.id, {
        kind: 'approve',
        from: 'bo',
        step: 'go',
        by: 'bo',
        request: { seq: 3, sha256: 'a'.repeat(64) },
        signature: { key: 'k', principal: 'p', armored: 'a', signed: 's' },
      }),
      await journals.send(run.id, { kind: 'handover', from: 'bo', to: 'cy', note: null }),
    ];
    const messages = await run.inbox();
    expect(messages.map(({ id, kind }) => [id, kind])).toEqual([
      [ids[0], 'note'],
      [ids[1], 'approve'],
      [ids[2], 'handover'],
    ]);
    expect(messages[0]).toEqual({ id: ids[0], kind: 'note', from: 'bo', text: 'first\n\u001b[31m' });
    await run.settleInbox(ids[0] ?? '');
    await run.settleInbox(ids[0] ?? '');
    await run.settleInbox('../../journal');
    expect((await run.inbox()).map(({ id }) => id)).toEqual(ids.slice(1));
    await run.close();
  });

  it('does not offer again what was journaled before a crash', async () => {
    const journals = await createJournals(host, join(temporary(), 'state'), actions);
    const run = await newRun(journals);
    const id = await journals.send(run.id, { kind: 'note', from: 'bo', text: 'x' });
    await run.append([{ type: 'note.added', actor: { via: 'command', name: 'bo' }, data: { text: 'x', inbox: id } }]);
    await run.close();
    const again = await journals.open(run.id);
    expect(await again.inbox()).toEqual([]);
    await again.close();
  });

  it('sets garbage aside, says why, and goes on', async () => {
    const journals = await createJournals(host, join(temporary(), 'state'), actions);
    const run = await newRun(journals);
    const id = await journals.send(run.id, { kind: 'note', from: 'bo', text: 'good' });
    const inbox = join(run.workspace, 'inbox');
    const named = (at: number) => `00000000000000${at}-000000-aaaaaaaa.json`;
    const garbage: Record<string, string | Uint8Array> = {
      [named(1)]: '',
      [named(2)]: '{"kind":"note"}',
      [named(3)]: '{"kind":"dance","from":"x"}',
      [named(4)]: new Uint8Array([0xff, 0xfe, 0]),
      [named(5)]: `{"kind":"note","from":"x","text":"${'x'.repeat(300_000)}"}`,
      [named(6)]: '{"kind":"note","from":"x","text":"\\ud800"}',
      [named(7)]: '['.repeat(100_000),
      'a file\nof another name': 'x',
    };
    for (const [name, content] of Object.entries(garbage)) writeFileSync(join(inbox, name), content);
    expect((await run.inbox()).map((message) => message.id)).toEqual([id]);
    expect(run.refused.map(({ name }) => name).sort()).toEqual(Object.keys(garbage).sort());
    for (const { kept, reason } of run.refused) {
      expect(kept).toMatch(/^inbox\/refused\//);
      expect(reason).not.toBe('');
    }
    expect(readdirSync(join(inbox, 'refused'))).toHaveLength(Object.keys(garbage).length);
    expect(readdirSync(inbox).sort()).toEqual([`${id}.json`, 'refused']);
    await run.close();
  });
});
