/** The real disk behind `Files`: what is promised, and how each failure is worded. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { realFiles as files } from '../../src/host/files.ts';
import { HostError } from '../../src/host/host.ts';
import { mountSmall, remount } from '../journal/small-disk.ts';

const root = mkdtempSync(join(tmpdir(), 'gonogo-files-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let count = 0;
const fresh = (): string => {
  const folder = join(root, String(++count));
  mkdirSync(folder);
  return folder;
};
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (content: Uint8Array): string => new TextDecoder().decode(content);
const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

/** Code and message of the failure, which must be a `HostError` that names the path. */
async function failure(work: Promise<unknown>, path: string): Promise<string> {
  const error: unknown = await work.then(
    () => 'it resolved',
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof HostError)) throw new Error(`not a HostError: ${String(error)}`);
  expect(error.path).toBe(path);
  expect(error.message).toContain(path);
  return error.code;
}

describe('files: reading', () => {
  it('gives the whole file, or refuses one that is too large', async () => {
    const path = join(fresh(), 'a');
    writeFileSync(path, 'hello');
    expect(text(await files.read(path))).toBe('hello');
    expect(text(await files.read(path, { bytesMax: 5 }))).toBe('hello');
    expect(await failure(files.read(path, { bytesMax: 4 }), path)).toBe('too-large');
    writeFileSync(path, '');
    expect((await files.read(path, { bytesMax: 0 })).length).toBe(0);
  });

  it('reads files that have no size of their own', async () => {
    expect(text(await files.read('/proc/self/status', { bytesMax: 100_000 }))).toContain('Pid:');
    expect(await failure(files.read('/proc/self/status', { bytesMax: 10 }), '/proc/self/status')).toBe('too-large');
  });

  it('gives a range, shorter at the end of the file', async () => {
    const path = join(fresh(), 'a');
    writeFileSync(path, `${'x'.repeat(200_000)}end`);
    expect(text(await files.readRange(path, 199_999, 3))).toBe('xen');
    expect(text(await files.readRange(path, 200_001, 100))).toBe('nd');
    expect((await files.readRange(path, 1, 150_000)).length).toBe(150_000);
    expect((await files.readRange(path, 300_000, 10)).length).toBe(0);
    expect((await files.readRange(path, 0, Number.MAX_SAFE_INTEGER)).length).toBe(200_003);
  });

  it('follows a link only where that is allowed', async () => {
    const folder = fresh();
    const link = join(folder, 'link');
    writeFileSync(join(folder, 'a'), 'x');
    symlinkSync('a', link);
    expect(text(await files.read(link))).toBe('x');
    expect(await failure(files.read(link, { noFollow: true }), link)).toBe('link');
    expect((await files.facts(link))?.kind).toBe('link');
  });

  it('refuses what is no file, and does not wait for a pipe', async () => {
    const folder = fresh();
    expect(await failure(files.read(folder), folder)).toBe('is-directory');
    const missing = join(folder, 'missing');
    expect(await failure(files.read(missing), missing)).toBe('not-found');
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    expect(await failure(files.read(pipe), pipe)).toBe('io');
    expect((await files.facts(pipe))?.kind).toBe('other');
  });

  it('digests the first bytes of a file, also of one that grows or is shorter', async () => {
    const path = join(fresh(), 'a');
    const content = Buffer.alloc(3 * 1024 * 1024 + 7, 'ab');
    writeFileSync(path, content);
    const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');
    expect(await files.digest(path)).toEqual({ bytes: content.length, sha256: sha256(content) });
    const part = { bytes: 1_500_000, sha256: sha256(content.subarray(0, 1_500_000)) };
    expect(await files.digest(path, 1_500_000)).toEqual(part);
    appendFileSync(path, 'more');
    expect(await files.digest(path, 1_500_000)).toEqual(part);
    expect((await files.digest(path, 99_999_999)).bytes).toBe(content.length + 4);
    expect(await files.digest(path, 0)).toEqual({ bytes: 0, sha256: sha256(Buffer.alloc(0)) });
  });

  it('lists names in code-unit order', async () => {
    const folder = fresh();
    for (const name of ['b', 'a10', 'a9', 'B', 'ä']) writeFileSync(join(folder, name), '');
    expect(await files.list(folder)).toEqual(['B', 'a10', 'a9', 'b', 'ä']);
  });

  it('tells size, mode, owner and time, or that there is nothing', async () => {
    const path = join(fresh(), 'a');
    writeFileSync(path, 'abc', { mode: 0o640 });
    chmodSync(path, 0o640);
    const { mtimeMs, ctimeMs } = statSync(path);
    expect(await files.facts(path)).toEqual({
      kind: 'file',
      bytes: 3,
      mode: 0o640,
      uid: process.getuid?.(),
      modifiedMs: Math.floor(mtimeMs),
      changedMs: expect.closeTo(ctimeMs, 2),
      identity: expect.stringMatching(/^\d+/),
      links: 1,
    });
    expect(await files.facts(join(path, '..', 'none'))).toBeNull();
    expect(await failure(files.facts(join(path, 'below')), join(path, 'below'))).toBe('not-directory');
  });
});

describe('files: writing', () => {
  it('creates only what is not there, with the mode whatever the umask', async () => {
    const folder = fresh();
    const path = join(folder, 'a');
    const umask = process.umask(0o077);
    try {
      await files.create(path, bytes('one'));
      await files.create(join(folder, 'script'), bytes('x'), 0o755);
    } finally {
      process.umask(umask);
    }
    expect([modeOf(path), modeOf(join(folder, 'script'))]).toEqual(['600', '755']);
    expect(await failure(files.create(path, bytes('two')), path)).toBe('exists');
    expect(readFileSync(path, 'utf8')).toBe('one');
    symlinkSync('nowhere', join(folder, 'link'));
    expect(await failure(files.create(join(folder, 'link'), bytes('x')), join(folder, 'link'))).toBe('exists');
  });

  it('replaces as a whole, never through a link, and leaves no temporary file', async () => {
    const folder = fresh();
    writeFileSync(join(folder, 'target'), 'old');
    const path = join(folder, 'link');
    symlinkSync('target', path);
    await files.replace(path, bytes('new'));
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(readFileSync(join(folder, 'target'), 'utf8')).toBe('old');
    expect(readdirSync(folder).sort()).toEqual(['link', 'target']);
    expect(await failure(files.replace(folder, bytes('x')), folder)).toBe('is-directory');
    expect(readdirSync(root).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('appends at the end, also of what others appended meanwhile', async () => {
    const path = join(fresh(), 'a');
    writeFileSync(path, 'one ');
    const file = await files.openAppend(path);
    expect(file.bytes).toBe(4);
    await file.append(bytes('two '));
    appendFileSync(path, 'three ');
    await file.append(bytes('four'));
    expect(file.bytes).toBe(12);
    await file.close();
    expect(readFileSync(path, 'utf8')).toBe('one two three four');
  });

  it('appends to no link, no folder, and nothing that is missing', async () => {
    const folder = fresh();
    const link = join(folder, 'link');
    writeFileSync(join(folder, 'a'), '');
    symlinkSync('a', link);
    expect(await failure(files.openAppend(link), link)).toBe('link');
    expect(await failure(files.openAppend(folder), folder)).toBe('is-directory');
    expect(await failure(files.openAppend(join(folder, 'none')), join(folder, 'none'))).toBe('not-found');
  });

  it('makes folders for the owner alone', async () => {
    const folder = join(fresh(), 'a');
    await files.makeFolder(folder);
    expect(modeOf(folder)).toBe('700');
    expect(await failure(files.makeFolder(folder), folder)).toBe('exists');
    await files.ensureFolder(folder);
    await files.ensureFolder(join(folder, 'b', 'c'));
    expect(modeOf(join(folder, 'b'))).toBe('700');
    expect(await failure(files.makeFolder(join(folder, 'x', 'y')), join(folder, 'x', 'y'))).toBe('not-found');
  });

  it('moves, cuts, syncs and removes', async () => {
    const folder = fresh();
    const [a, b] = [join(folder, 'a'), join(folder, 'sub', 'b')];
    mkdirSync(join(folder, 'sub'));
    writeFileSync(a, 'content');
    await files.rename(a, b);
    await files.truncate(b, 3);
    await files.sync(b);
    await files.sync(folder);
    expect(readFileSync(b, 'utf8')).toBe('con');
    await files.remove(b);
    expect(await failure(files.remove(b), b)).toBe('not-found');
    await files.removeTree(folder);
    await files.removeTree(folder);
    expect(await files.facts(folder)).toBeNull();
  });

  it('says when the disk is full or read-only, and leaves nothing half-made', async (context) => {
    const disk = fresh();
    const mount = mountSmall(disk, '64k');
    if (!mount.ok) return context.skip(mount.reason);
    const path = join(disk, 'large');
    expect(await failure(files.create(path, new Uint8Array(100_000)), path)).toBe('no-space');
    expect(await failure(files.replace(path, new Uint8Array(100_000)), path)).toBe('no-space');
    expect(readdirSync(disk)).toEqual([]);
    await files.create(path, new Uint8Array(1000));
    const file = await files.openAppend(path);
    expect(await failure(file.append(new Uint8Array(100_000)), path)).toBe('no-space');
    await file.close();
    remount(disk, 'ro');
    expect(await failure(files.create(join(disk, 'b'), bytes('x')), join(disk, 'b'))).toBe('read-only');
    expect(await failure(files.openAppend(path), path)).toBe('read-only');
    expect(await failure(files.remove(path), path)).toBe('read-only');
    expect(await files.fileSystem(disk)).toBe('tmpfs');
  });

  it('says when permission is missing', async () => {
    const folder = fresh();
    writeFileSync(join(folder, 'a'), 'x', { mode: 0o000 });
    chmodSync(folder, 0o555);
    chmodSync(root, 0o755);
    // Permissions do not bind root, so for this moment it is nobody.
    const isRoot = process.getuid?.() === 0;
    if (isRoot) process.seteuid?.(65_534);
    try {
      const path = join(folder, 'a');
      // One after the other: a promise that nobody waits for yet must not reject.
      expect(await failure(files.read(path), path)).toBe('denied');
      expect(await failure(files.truncate(path, 0), path)).toBe('denied');
      expect(await failure(files.openAppend(path), path)).toBe('denied');
      expect(await failure(files.create(join(folder, 'b'), bytes('x')), join(folder, 'b'))).toBe('denied');
    } finally {
      if (isRoot) process.seteuid?.(0);
      chmodSync(folder, 0o755);
    }
  });
});
