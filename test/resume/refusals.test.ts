/** A place or a journal that cannot be trusted is refused in plain words, and never hides the runs beside it. */
import { createHash } from 'node:crypto';
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { encodeRecord } from '../../src/journal/record.ts';
import { verifyJournal } from '../../src/journal/verify.ts';
import { eventDraftSchema } from '../../src/run/event.ts';
import { Bench, type Ended } from './gonogo.ts';

const look =
  'runbook: Look\nphases: { deploy: [{ id: look, manual: Look. }, { id: change, run: echo change >> log }] }\n';

/** A bench with a run that waits, and its journal's path. */
async function waiting(): Promise<{ readonly bench: Bench; readonly journal: string; readonly id: string }> {
  const bench = new Bench();
  expect((await bench.gonogo('run', bench.write('run.yaml', look))).code).toBe(3);
  return { bench, journal: join(bench.run(), 'journal.jsonl'), id: bench.runs()[0] ?? '' };
}

function expectRefused({ code, stderr }: Ended, message: RegExp): void {
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(code).toBe(2);
}

/** Every verb that opens the run refuses it with `message`, and its folder stays as it is. */
async function expectAllRefuse(bench: Bench, id: string, message: RegExp): Promise<void> {
  const folder = join(bench.state, 'runs', id);
  const before = readFileSync(join(folder, 'journal.jsonl'));
  for (const args of [
    ['show', id],
    ['resume', id],
    ['rollback', id],
    ['note', id, 'text'],
    ['head', id],
  ]) {
    expectRefused(await bench.gonogo(...args), message);
  }
  expect(readFileSync(join(folder, 'journal.jsonl'))).toEqual(before);
  expect(bench.lines('log')).toEqual([]);
}

test('refused: the state folder of another user, or behind a link', async (context) => {
  const { bench } = await waiting();
  renameSync(bench.state, bench.path('real'));
  symlinkSync('real', bench.state);
  expectRefused(await bench.gonogo('list'), /symbolic link.*--state or GONOGO_STATE/);
  unlinkSync(bench.state);
  renameSync(bench.path('real'), bench.state);
  if (process.getuid?.() !== 0) return context.skip('only root can give a folder away');
  chownSync(bench.state, 65_534, 65_534);
  for (const args of [['list'], ['resume'], ['run', 'run.yaml'], ['note', 'latest', 'x']]) {
    expectRefused(await bench.gonogo(...args), /belongs to another user \(uid 65534/);
  }
});

test('refused: a run folder, a journal or a lock that is a link', async () => {
  const { bench, id, journal } = await waiting();
  const folder = join(bench.state, 'runs', id);
  renameSync(folder, bench.path('elsewhere'));
  symlinkSync(bench.path('elsewhere'), folder);
  for (const args of [
    ['resume', id],
    ['show', id],
  ])
    expectRefused(await bench.gonogo(...args), /symbolic link/);
  unlinkSync(folder);
  renameSync(bench.path('elsewhere'), folder);
  renameSync(journal, bench.path('journal'));
  symlinkSync(bench.path('journal'), journal);
  expectRefused(await bench.gonogo('resume', id), /symbolic link/);
});

test('refused: a journal with a broken line is named by line and changed by nobody', async () => {
  const { bench, id, journal } = await waiting();
  const lines = readFileSync(journal, 'utf8').split('\n');
  lines[1] = (lines[1] ?? '').replace('"look"', '"took"');
  writeFileSync(journal, lines.join('\n'));
  await expectAllRefuse(bench, id, /line 2 of the journal does not verify: .*digest/);
});

test('refused: a valid chain that is another run’s', async () => {
  const { bench, id } = await waiting();
  const foreign = id.replace(/....$/, (end) => (end === 'aaaa' ? 'bbbb' : 'aaaa'));
  cpSync(join(bench.state, 'runs', id), join(bench.state, 'runs', foreign), { recursive: true });
  await expectAllRefuse(bench, foreign, /belongs to another run than/);
  expect((await bench.gonogo('show', id)).code).toBe(0);
});

test('refused: a journal of a newer format, politely', async () => {
  const { bench, id, journal } = await waiting();
  const { place } = verifyJournal(readFileSync(journal), id);
  const note = {
    type: 'note.added',
    actor: { via: 'engine', name: 'gonogo' },
    data: { text: 'from the future' },
  } as const;
  const line = encodeRecord(note, place, place.at).replace(/"v":1}$/, '"v":2}');
  writeFileSync(journal, `${readFileSync(journal, 'utf8')}${line}\n`);
  await expectAllRefuse(bench, id, /written by a newer gonogo \(event note\.added: it is in format 2; .*Update gonogo/);
});

test('refused: a torn last line is no corruption: it is kept aside, told of, and the run goes on', async () => {
  const { bench, journal } = await waiting();
  writeFileSync(journal, `${readFileSync(journal, 'utf8')}{"actor":{"via"`);
  const shown = await bench.gonogo('show', 'latest');
  expect(shown.code).toBe(0);
  expect((await bench.gonogo('resume', '--answers', bench.write('a.yaml', 'look: done'))).code).toBe(0);
  const recovered = bench.events().find((event) => event.type === 'journal.recovered');
  expect(recovered?.data).toMatchObject({ bytes: 15, kept: 'journal.torn-1' });
  expect(readFileSync(join(bench.run(), 'journal.torn-1'), 'utf8')).toBe('{"actor":{"via"');
});

test('list: an unreadable run is listed with its problem beside the good ones', async () => {
  const { bench, id, journal } = await waiting();
  const bad = id.replace(/....$/, 'aaaa');
  mkdirSync(join(bench.state, 'runs', bad));
  writeFileSync(join(bench.state, 'runs', bad, 'journal.jsonl'), 'nothing\n');
  const worse = id.replace(/....$/, 'bbbb');
  mkdirSync(join(bench.state, 'runs', worse));
  const listed = await bench.gonogo('list', '--json');
  expect(listed.code).toBe(0);
  const rows: unknown = JSON.parse(listed.stdout);
  expect(rows).toHaveLength(3);
  expect(rows).toContainEqual(expect.objectContaining({ run: id, title: 'Look', status: 'paused' }));
  for (const run of [bad, worse]) {
    expect(rows).toContainEqual(expect.objectContaining({ run, status: 'unreadable', problem: expect.any(String) }));
  }
  expect((await bench.gonogo('list')).stdout).toContain('unreadable');
  expect(existsSync(journal)).toBe(true);
});

test('list: the index is rebuilt when it is deleted, cut off, nonsense or of another version', async () => {
  const { bench, id } = await waiting();
  const index = join(bench.state, 'index.json');
  const first = (await bench.gonogo('list', '--json')).stdout;
  expect(first).toContain(id);
  const whole = readFileSync(index, 'utf8');
  for (const text of [null, '', whole.slice(0, 40), '[]', '{"v":9,"runs":{}}', whole.replace('"Look"', '7')]) {
    if (text === null) rmSync(index);
    else writeFileSync(index, text);
    const listed = await bench.gonogo('list', '--json');
    expect(listed).toMatchObject({ code: 0, stdout: first, stderr: '' });
    expect(readFileSync(index, 'utf8')).toBe(whole);
  }
});

test('list: 5,000 runs take at most four times as long as one', async () => {
  const { bench, id } = await waiting();
  const runs = join(bench.state, 'runs');
  const journal = readFileSync(join(runs, id, 'journal.jsonl'), 'utf8');
  const letters = [...'abcdefghijklmnopqrstuvwxyz'];
  const names = letters.flatMap((a) => letters.flatMap((b) => letters.slice(0, 8).map((c) => `${a}${b}${c}`)));
  const copies = names.map((name) => `${id.slice(0, -3)}${name}`).filter((copy) => copy !== id);
  for (const copy of copies.slice(0, 4999)) {
    mkdirSync(join(runs, copy));
    writeFileSync(join(runs, copy, 'journal.jsonl'), rewritten(journal, id, copy));
  }
  expect((await bench.gonogo('list', '--json')).code).toBe(0);
  expect(readdirSync(runs).length).toBeGreaterThan(4900);

  const few = await waiting();
  const [many, one]: [number[], number[]] = [[], []];
  for (let round = 0; round < 4; round += 1) {
    many.push(await taking(() => bench.gonogo('list')));
    one.push(await taking(() => few.bench.gonogo('list')));
  }
  expect(Math.min(...many) / Math.min(...one)).toBeLessThan(4);
});

async function taking(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

/** The same journal under another id: the chain made anew. */
function rewritten(text: string, from: string, to: string): string {
  const { events } = verifyJournal(Buffer.from(text), from);
  let place = { run: to, seq: 0, sha256: '0'.repeat(64), at: 0 };
  let journal = '';
  for (const { type, actor, data, seq, at } of events) {
    const line = encodeRecord(eventDraftSchema.parse({ type, actor, data }), place, at);
    journal += `${line}\n`;
    place = { run: to, seq, sha256: createHash('sha256').update(line).digest('hex'), at };
  }
  return journal;
}

test('refused: an address where a folder is meant, without a word of the password in it, and no folder of that name is made', async () => {
  const bench = new Bench();
  const address = 'postgre://ann:geheim@127.0.0.1:5432/runs';
  const file = bench.write('run.yaml', look);
  for (const args of [['list'], ['run', file], ['show', 'latest'], ['verify', 'latest']]) {
    for (const ended of [
      await bench.gonogo(...args, '--state', address),
      await bench.start(args, { env: { GONOGO_STATE: address } }).ended,
    ]) {
      expectRefused(ended, /(--state|GONOGO_STATE): runs cannot live at postgre:\/\/…/);
      expect(ended.stderr).not.toMatch(/geheim/);
      expect(ended.stderr.trim().split('\n')).toHaveLength(1);
    }
  }
  expect(readdirSync(bench.root)).toEqual(['run.yaml']);
});
