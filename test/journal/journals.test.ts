/** Runs on a real disk: made, opened, recovered, refused, found, listed. */
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import type { RunEvent } from '../../src/run/event.ts';
import { isRemote } from '../../src/store/folder/guard.ts';
import { createJournals } from '../../src/store/folder/journals.ts';
import { sqliteLocks } from '../../src/store/folder/lock.ts';
import { ended, note, passed, started } from './drafts.ts';
import { host, newRun, refusal, temporary } from './fixture.ts';
import { mountSmall, remount } from './small-disk.ts';

const fresh = async () => {
  const state = join(temporary(), 'state');
  return { state, runs: join(state, 'runs'), journals: await createJournals(host, state, actions) };
};
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
const isRoot = process.getuid?.() === 0;

/** Every file below a folder with its content, to see whether anything changed. The lock is not content. */
function contentOf(folder: string): Record<string, string> {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = found.map((entry) => join(entry.parentPath, entry.name)).filter((path) => !path.endsWith('lock.db'));
  return Object.fromEntries(paths.map((path) => [path, readFileSync(path, 'latin1')]));
}

describe('journal: a new run', () => {
  it('has the layout, the id and the modes of the design', async () => {
    const { runs, journals } = await fresh();
    const bytes = new TextEncoder().encode('runbook: X\n');
    const run = await journals.create('Ship it, Wörld!', [{ sha256: 'd'.repeat(64), bytes }], [started()]);
    expect(run.id).toMatch(/^\d{8}-\d{4}-ship-it-w-rld-[a-z2-7]{4}$/);
    expect(run.workspace).toBe(join(runs, run.id));
    expect(readFileSync(join(run.workspace, 'documents', `${'d'.repeat(64)}.yaml`), 'utf8')).toBe('runbook: X\n');
    expect([modeOf(runs), modeOf(run.workspace), modeOf(join(run.workspace, 'inbox'))]).toEqual(['700', '700', '700']);
    for (const name of ['journal.jsonl', 'lock.db', 'holder.json'])
      expect(modeOf(join(run.workspace, name))).toBe('600');
    expect(readdirSync(runs)).toEqual([run.id]);
    await run.close();
    expect(existsSync(join(run.workspace, 'holder.json'))).toBe(false);
  });

  it('reads back what was appended, in the order of the calls', async () => {
    const { journals } = await fresh();
    const run = await newRun(journals);
    const appended = await Promise.all([run.append([note('a'), note('b')]), run.append([]), run.append([note('c')])]);
    const head = run.head;
    await run.close();
    const read = await journals.read(run.id);
    expect(read.events).toEqual([...run.events, ...appended.flat()]);
    expect(read.head).toEqual(head);
    const seen: RunEvent[] = [];
    const again = await journals.open(run.id, (event) => seen.push(event));
    expect(seen).toEqual(read.events);
    expect(again.events).toEqual([]);
    await again.close();
  });

  it('pins a document that is adopted later, once', async () => {
    const { journals } = await fresh();
    const run = await newRun(journals);
    const document = { sha256: 'e'.repeat(64), bytes: new TextEncoder().encode('x') };
    await run.pin([document, document]);
    expect(readdirSync(join(run.workspace, 'documents'))).toEqual([`${'e'.repeat(64)}.yaml`]);
    await run.close();
  });

  it('removes what dead processes left half-made, and nothing that is being made', async () => {
    const { runs, journals } = await fresh();
    mkdirSync(join(runs, '.new-20261121-0312-dead-aaaa'), { recursive: true });
    mkdirSync(join(runs, '.old-remains'));
    const alive = join(runs, '.new-20261121-0312-alive-aaaa');
    mkdirSync(alive);
    writeFileSync(join(alive, 'lock.db'), '');
    const lock = sqliteLocks.acquire(join(alive, 'lock.db'));
    const run = await newRun(journals);
    expect(readdirSync(runs).sort()).toEqual(['.new-20261121-0312-alive-aaaa', run.id]);
    lock?.release();
    await run.close();
  });

  it('leaves nothing behind when its first event cannot be recorded', async () => {
    const { runs, journals } = await fresh();
    await expect(journals.create('x', [], [note('no start')])).rejects.toThrow(/run\.started/);
    expect(existsSync(runs)).toBe(false);
  });
});

/** Writes until the disk of `path` is full. */
function fill(path: string): void {
  for (let left = true; left; ) {
    try {
      appendFileSync(path, Buffer.alloc(4096));
    } catch {
      left = false;
    }
  }
}

describe('journal: a torn tail on disk', () => {
  it.each([
    ['half a record', Buffer.from('{"actor":{"na')],
    ['zeros', Buffer.alloc(512)],
  ])('is kept aside, cut and told: %s', async (_, tail) => {
    const { journals } = await fresh();
    const run = await newRun(journals);
    await run.append([note('kept')]);
    await run.close();
    const path = join(run.workspace, 'journal.jsonl');
    const whole = readFileSync(path);
    appendFileSync(path, tail);

    expect((await journals.read(run.id)).events).toHaveLength(2);
    expect(readFileSync(path)).toEqual(Buffer.concat([whole, tail]));

    const open = await journals.open(run.id);
    expect(open.events.at(-1)).toMatchObject({
      type: 'journal.recovered',
      seq: 3,
      data: { bytes: tail.length, kept: 'journal.torn-1' },
    });
    expect(open.events).toHaveLength(1);
    expect(open.head).toEqual({ seq: 3, sha256: open.events.at(-1)?.sha256 });
    expect(readFileSync(join(run.workspace, 'journal.torn-1'))).toEqual(tail);
    await open.append([note('after')]);
    await open.close();
    expect((await journals.read(run.id)).events.map(({ type }) => type)).toEqual([
      'run.started',
      'note.added',
      'journal.recovered',
      'note.added',
    ]);
  });

  it('is told once although an earlier recovery died after any of its steps', async () => {
    const { journals } = await fresh();
    const run = await newRun(journals);
    await run.close();
    const path = join(run.workspace, 'journal.jsonl');
    // Died after keeping the tail and before cutting it.
    appendFileSync(path, 'torn one');
    writeFileSync(join(run.workspace, 'journal.torn-1'), 'torn one');
    const first = await journals.open(run.id);
    await first.close();
    // Died after cutting and before telling.
    writeFileSync(join(run.workspace, 'journal.torn-2'), 'torn two');
    const seen: RunEvent[] = [];
    const second = await journals.open(run.id, (event) => seen.push(event));
    await second.close();
    const told = seen.flatMap((event) => (event.type === 'journal.recovered' ? [event.data] : []));
    expect(told).toEqual([
      { bytes: 8, kept: 'journal.torn-1' },
      { bytes: 8, kept: 'journal.torn-2' },
    ]);
  });
});

describe('journal: what does not verify', () => {
  it('is refused by line, and nothing of the run is changed', async () => {
    const { state, journals } = await fresh();
    const run = await newRun(journals);
    await run.append([note('one'), note('two')]);
    await run.close();
    const path = join(run.workspace, 'journal.jsonl');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"one"', '"own"'));
    const before = contentOf(state);
    expect(await refusal(journals.open(run.id), 'corrupt')).toMatch(/line 2 .*sum/);
    expect(await refusal(journals.read(run.id), 'corrupt')).toMatch(/line 2/);
    expect(contentOf(state)).toEqual(before);
  });

  it('is refused when the folder was copied under another id', async () => {
    const { runs, journals } = await fresh();
    const run = await newRun(journals);
    await run.close();
    const other = '20200101-0000-other-aaaa';
    renameSync(run.workspace, join(runs, other));
    expect(await refusal(journals.open(other), 'corrupt')).toMatch(/another run/);
  });

  it('lets go of the lock, so that a restored journal opens', async () => {
    const { journals } = await fresh();
    const run = await newRun(journals);
    await run.close();
    const path = join(run.workspace, 'journal.jsonl');
    const good = readFileSync(path);
    writeFileSync(path, 'garbage\n');
    await refusal(journals.open(run.id), 'corrupt');
    writeFileSync(path, good);
    await (await journals.open(run.id)).close();
  });
});

describe('journal: one writer', () => {
  it('refuses the second, naming the holder, while reading stays free', async () => {
    const { state, journals } = await fresh();
    const run = await newRun(journals);
    const others = await createJournals(host, state, actions);
    const message = await refusal(others.open(run.id), 'held');
    expect(message).toContain(`process ${process.pid}`);
    expect(message).toContain(host.machine.hostname);
    expect(message).toContain(`gonogo watch ${run.id}`);
    expect((await others.read(run.id)).events).toHaveLength(1);
    await run.append([note('still mine')]);
    await run.close();
    await (await others.open(run.id)).close();
  });

  it('does not take a shared lock for an exclusive one where lock.db may not be written', async () => {
    const folder = temporary();
    const path = join(folder, 'lock.db');
    writeFileSync(path, '', { mode: 0o400 });
    chmodSync(folder, 0o711);
    // Permissions do not bind root, so for this moment it is nobody.
    if (isRoot) chownSync(path, 65_534, 65_534);
    if (isRoot) process.seteuid?.(65_534);
    try {
      expect(() => sqliteLocks.acquire(path)).toThrow(/you may write/);
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });

  it('says so when lock.db is something else', async () => {
    const { journals } = await fresh();
    const run = await newRun(journals);
    await run.close();
    writeFileSync(join(run.workspace, 'lock.db'), 'not a database, but long enough to be looked at as one'.repeat(20));
    expect(await refusal(journals.open(run.id), 'unusable')).toMatch(/not a lock file/);
  });
});

describe('journal: a disk that refuses', () => {
  it('ends writing for good when it is full, and goes on when there is room again', async (context) => {
    const disk = temporary();
    const mount = mountSmall(disk, '160k');
    if (!mount.ok) return context.skip(mount.reason);
    const journals = await createJournals(host, join(disk, 'state'), actions);
    const run = await newRun(journals);
    const ballast = join(disk, 'ballast');
    writeFileSync(ballast, Buffer.alloc(64 * 1024));
    let acknowledged = 1;
    const fill = async (): Promise<void> => {
      for (;;) {
        const [event] = await run.append([note('x'.repeat(3000))]);
        acknowledged = event?.seq ?? 0;
      }
    };
    const message = await refusal(fill(), 'broken');
    expect(message).toContain('no space left');
    expect(message).toContain(`gonogo resume ${run.id}`);
    const bytes = statSync(join(run.workspace, 'journal.jsonl')).size;
    await refusal(run.append([note('y')]), 'broken');
    rmSync(ballast);
    await refusal(run.append([note('not even with room')]), 'broken');
    expect(statSync(join(run.workspace, 'journal.jsonl')).size).toBe(bytes);
    await run.close();

    const seen: RunEvent[] = [];
    const again = await journals.open(run.id, (event) => seen.push(event));
    const recovered = seen.filter(({ type }) => type === 'journal.recovered').length;
    expect(seen.length).toBe(acknowledged + recovered);
    await again.append([note('after')]);
    await again.close();
  });

  it('leaves a torn tail that cannot be kept where it is', async (context) => {
    const disk = temporary();
    const mount = mountSmall(disk, '160k');
    if (!mount.ok) return context.skip(mount.reason);
    const journals = await createJournals(host, join(disk, 'state'), actions);
    const run = await newRun(journals);
    await run.close();
    const path = join(run.workspace, 'journal.jsonl');
    appendFileSync(path, `{"torn":"${'x'.repeat(9000)}`);
    const before = readFileSync(path);
    fill(join(disk, 'ballast'));
    expect(await refusal(journals.open(run.id), 'unusable')).toMatch(/no space left/);
    expect(readFileSync(path)).toEqual(before);
    rmSync(join(disk, 'ballast'));
    const again = await journals.open(run.id);
    await again.close();
    expect(readFileSync(join(run.workspace, 'journal.torn-1'))).toEqual(before.subarray(before.indexOf('{"torn')));
  });

  it('starts no run without room for it, and leaves no half of one to be seen', async (context) => {
    const disk = temporary();
    const mount = mountSmall(disk, '160k');
    if (!mount.ok) return context.skip(mount.reason);
    const journals = await createJournals(host, join(disk, 'state'), actions);
    await (await newRun(journals, 'first')).close();
    fill(join(disk, 'ballast'));
    expect(await refusal(newRun(journals, 'second'), 'unusable')).toMatch(/no space left.*free some space/);
    expect((await journals.list()).map(({ problem }) => problem)).toEqual([null]);
    rmSync(join(disk, 'ballast'));
    await (await newRun(journals, 'third')).close();
    expect(await journals.list()).toHaveLength(2);
  });

  it('can be read when it is read-only, and says what it cannot', async (context) => {
    const disk = temporary();
    const mount = mountSmall(disk, '1m');
    if (!mount.ok) return context.skip(mount.reason);
    const state = join(disk, 'state');
    const run = await newRun(await createJournals(host, state, actions));
    await run.close();
    remount(disk, 'ro');
    const journals = await createJournals(host, state, actions);
    expect((await journals.read(run.id)).events).toHaveLength(1);
    expect(await journals.list()).toHaveLength(1);
    expect(await refusal(journals.open(run.id), 'unusable')).toMatch(/lock/);
    expect(await refusal(newRun(journals), 'unusable')).toMatch(/read-only.*--state/);
    expect(await refusal(journals.send(run.id, { kind: 'note', from: 'bo', text: 'x' }), 'unusable')).toMatch(
      /read-only/,
    );
  });
});

describe('journal: a place that cannot be trusted', () => {
  it('is refused: the state folder is a link, a file, or in a place that is a file', async () => {
    const folder = temporary();
    mkdirSync(join(folder, 'real'));
    symlinkSync('real', join(folder, 'link'));
    writeFileSync(join(folder, 'file'), '');
    expect(await refusal(createJournals(host, join(folder, 'link'), actions), 'unusable')).toMatch(
      /symbolic link.*--state/,
    );
    expect(await refusal(createJournals(host, join(folder, 'file'), actions), 'unusable')).toMatch(/not a folder/);
    expect(await refusal(createJournals(host, join(folder, 'file', 'below'), actions), 'unusable')).toMatch(
      /not a folder/,
    );
  });

  it('is refused: the state folder of another user', async (context) => {
    if (!isRoot) return context.skip('only root can give a folder away');
    const folder = temporary();
    chownSync(folder, 12_345, 12_345);
    expect(await refusal(createJournals(host, folder, actions), 'unusable')).toMatch(/another user \(uid 12345/);
  });

  it('is refused: links in place of runs, of a run, of its journal, of its lock', async () => {
    const { state, runs, journals } = await fresh();
    const run = await newRun(journals);
    await run.close();
    const aside = join(state, 'aside');
    const behindLink = async (path: string): Promise<string> => {
      renameSync(path, aside);
      symlinkSync(aside, path);
      const message = await refusal(journals.open(run.id), 'unusable');
      unlinkSync(path);
      renameSync(aside, path);
      return message;
    };
    expect(await behindLink(run.workspace)).toMatch(/symbolic link/);
    expect(await behindLink(join(run.workspace, 'journal.jsonl'))).toMatch(/link/);
    expect(await behindLink(join(run.workspace, 'lock.db'))).toMatch(/not a file/);
    renameSync(runs, aside);
    symlinkSync(aside, runs);
    expect(await refusal(createJournals(host, state, actions), 'unusable')).toMatch(/symbolic link/);
  });

  it('is refused: network file systems, by name', () => {
    expect(['nfs', 'cifs', 'smb2', '9p', 'fuse.sshfs', 'ceph'].every(isRemote)).toBe(true);
    expect(['ext', 'xfs', 'btrfs', 'tmpfs', 'overlay', 'zfs', 'fuse', 'unknown'].some(isRemote)).toBe(false);
  });

  it.each([
    '../../etc',
    '..',
    '',
    '.',
    '/etc/passwd',
    '.new-20261121-0312-x-aaaa',
    '20261121-0312-../x-aaaa',
    'a\u0000b',
  ])('is never reached by a name: %j', async (name) => {
    const { journals } = await fresh();
    const run = await newRun(journals);
    await run.close();
    for (const begin of [() => journals.open(name), () => journals.read(name), () => journals.readAfter(name, 0)])
      await refusal(begin(), 'not-found');
    await refusal(journals.send(name, { kind: 'note', from: 'bo', text: 'x' }), 'not-found');
    await refusal(journals.resolve(name), 'not-found').catch(() => refusal(journals.resolve(name), 'ambiguous'));
  });
});

describe('journal: finding a run', () => {
  it('takes a full id, a unique part, or latest; lists the candidates; suggests', async () => {
    const { journals } = await fresh();
    expect(await refusal(journals.resolve('latest'), 'not-found')).toMatch(/no runs.*gonogo run FILE/);
    const first = await newRun(journals, 'release-alpha');
    const second = await newRun(journals, 'release-beta');
    await Promise.all([first.close(), second.close()]);
    expect(await journals.resolve(first.id)).toBe(first.id);
    expect(await journals.resolve('alpha')).toBe(first.id);
    expect(await journals.resolve('latest')).toBe(second.id);
    const ambiguous = await refusal(journals.resolve('release'), 'ambiguous');
    expect(ambiguous).toContain(first.id);
    expect(ambiguous).toContain(second.id);
    expect(await refusal(journals.resolve('gamma'), 'not-found')).toContain(second.id);
  });

  it('lists title, status and progress, newest first', async () => {
    const { journals } = await fresh();
    const done = await journals.create('x', [], [started('Done')]);
    await done.append([...passed(), ended()]);
    await done.close();
    const open = await journals.create('x', [], [started('Open')]);
    await open.close();
    const rows = (await journals.list()).map(({ title, status, done: steps, total }) => [title, status, steps, total]);
    expect(rows).toEqual([
      ['Open', 'running', 0, 1],
      ['Done', 'completed', 1, 1],
    ]);
  });

  it('never lets an unreadable run hide the others', async () => {
    const { runs, journals } = await fresh();
    const good = await newRun(journals, 'good');
    const bad = await newRun(journals, 'bad');
    await Promise.all([good.close(), bad.close()]);
    writeFileSync(join(bad.workspace, 'journal.jsonl'), 'garbage\n');
    mkdirSync(join(runs, '20200101-0000-empty-aaaa'));
    writeFileSync(join(runs, 'README'), 'not a run');
    symlinkSync(good.workspace, join(runs, '20200101-0000-linked-aaaa'));
    const rows = new Map((await journals.list()).map((row) => [row.run, row]));
    expect(rows.size).toBe(4);
    expect(rows.get(good.id)?.problem).toBeNull();
    expect(rows.get(bad.id)).toMatchObject({ status: 'unreadable', problem: expect.stringMatching(/line 1/) });
    expect(rows.get('20200101-0000-empty-aaaa')?.problem).toMatch(/does not exist/);
    expect(rows.get('20200101-0000-linked-aaaa')?.problem).toMatch(/symbolic link/);
  });
});

describe('journal: the index', () => {
  it('is rebuilt when it is deleted, damaged or stale', async () => {
    const { state, journals } = await fresh();
    const run = await newRun(journals);
    await run.close();
    const expected = await journals.list();
    const path = join(state, 'index.json');
    for (const content of [null, '', '{"v":1,', '{"v":2,"runs":{}}', '{"v":1,"runs":{"x":1}}', '\u0000\u0000']) {
      if (content === null) rmSync(path);
      else writeFileSync(path, content);
      expect(await (await createJournals(host, state, actions)).list()).toEqual(expected);
      expect(JSON.parse(readFileSync(path, 'utf8')).runs).toHaveProperty(run.id);
    }
    const again = await journals.open(run.id);
    await again.append([ended()]);
    await again.close();
    expect((await journals.list())[0]?.status).toBe('completed');
  });

  it('reads no journal that did not change', async () => {
    const { journals, state } = await fresh();
    const run = await newRun(journals);
    await run.close();
    await journals.list();
    const path = join(run.workspace, 'journal.jsonl');
    const { size, mtimeMs } = statSync(path);
    const expected = await journals.list();
    // Of the size and the time that the index knows, and nothing else of it is true.
    writeFileSync(path, 'x'.repeat(size));
    utimesSync(path, mtimeMs / 1000, mtimeMs / 1000);
    expect(Math.floor(statSync(path).mtimeMs)).toBe(Math.floor(mtimeMs));
    const [after] = await (await createJournals(host, state, actions)).list();
    expect(expected[0]?.problem).toBeNull();
    expect(after?.problem).toMatch(/line 1/);
  });

  it('knows how long each passed step took, newest run first, for one title only', async () => {
    const { journals } = await fresh();
    for (const title of ['A', 'B', 'A']) {
      const run = await journals.create('x', [], [started(title)]);
      await run.append(passed().slice(0, 1));
      await run.append(passed().slice(1));
      await run.close();
    }
    const durations = await journals.durations('A');
    expect([...durations.keys()]).toEqual(['build']);
    expect(durations.get('build')).toHaveLength(2);
    expect((durations.get('build') ?? []).every((ms) => Number.isInteger(ms) && ms >= 0 && ms < 60_000)).toBe(true);
    expect((await journals.durations('C')).size).toBe(0);
  });

  it('lists 5,000 runs from one file', async () => {
    const { state, runs, journals } = await fresh();
    const run = await newRun(journals);
    await run.close();
    await journals.list();
    const index = JSON.parse(readFileSync(join(state, 'index.json'), 'utf8'));
    const known = index.runs[run.id];
    for (let at = 0; at < 5000; at += 1) {
      const id = `20250101-0000-run-${[at >> 15, at >> 10, at >> 5, at].map((n) => 'abcdefghijklmnopqrstuvwxyz234567'[n & 31]).join('')}`;
      mkdirSync(join(runs, id));
      writeFileSync(join(runs, id, 'journal.jsonl'), '');
      const { dev, ino, ctimeMs } = statSync(join(runs, id, 'journal.jsonl'));
      const stamp = { bytes: 0, identity: `${dev}:${ino}`, changedMs: ctimeMs };
      index.runs[id] = { ...known, ...stamp, summary: { ...known.summary, run: id } };
    }
    writeFileSync(join(state, 'index.json'), JSON.stringify(index));
    const began = performance.now();
    const rows = await (await createJournals(host, state, actions)).list();
    const took = performance.now() - began;
    expect(rows).toHaveLength(5001);
    // Were they read, all but one would be unreadable.
    expect(rows.filter(({ problem }) => problem !== null)).toEqual([]);
    expect(took).toBeLessThan(3000);
  });
});

describe('journal: watching', () => {
  it('gives each event once, leaves a half-written one out, and goes on after a recovery', async () => {
    const { state, journals } = await fresh();
    const run = await newRun(journals);
    const watcher = await createJournals(host, state, actions);
    expect((await watcher.readAfter(run.id, 0)).map(({ seq }) => seq)).toEqual([1]);
    expect(await watcher.readAfter(run.id, 1)).toEqual([]);
    const appended = await run.append([note('a'), note('b')]);
    expect(await watcher.readAfter(run.id, 1)).toEqual(appended);
    await run.close();
    const path = join(run.workspace, 'journal.jsonl');
    appendFileSync(path, '{"half');
    expect(await watcher.readAfter(run.id, 3)).toEqual([]);
    await (await journals.open(run.id)).close();
    expect((await watcher.readAfter(run.id, 3)).map(({ type }) => type)).toEqual(['journal.recovered']);
    expect((await watcher.readAfter(run.id, 2)).map(({ seq }) => seq)).toEqual([3, 4]);
    truncateSync(path, 10);
    await refusal(watcher.readAfter(run.id, 0), 'corrupt');
  });
});
