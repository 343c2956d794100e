/**
 * The real disk. Durability is the whole point of this file: what `Files` calls durable has been fsynced here, the
 * folder that names it too, before the promise resolves.
 *
 * Invariants:
 * - Every failure leaves as a `HostError` with a closed code, the path, and a message in plain words.
 * - A `create` or `replace` that fails leaves nothing behind under the target's name.
 * - Opening never blocks: a pipe or device where a file is expected is refused, not waited for.
 */
import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, fsync, lstatSync, openSync, readSync, type Stats, writeSync } from 'node:fs';
import {
  type FileHandle,
  link,
  lstat,
  mkdir,
  open,
  opendir,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  statfs,
  unlink,
} from 'node:fs/promises';
import { dirname } from 'node:path';
import { followDigest } from './growing-digest.ts';
import { type AppendFile, type FileFacts, type Files, HostError, type HostErrorCode } from './host.ts';
import { makeFolders } from './make-folders.ts';
import { knowsNoLinks, temporaryName } from './whole-file.ts';

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } = constants;

/** The files of this machine. Follows symbolic links only where `Files` does not say otherwise; never for writing. */
export const realFiles: Files = {
  read: (path, options = {}) => failing(path, 'read', () => readWhole(path, options)),
  readRange: (path, start, length) =>
    failing(path, 'read', () =>
      withFile(path, O_RDONLY | O_NONBLOCK, async (file) => {
        // At once: whoever reads a long file in pieces would leave several times as much behind.
        const bytes = await readInto(file, start, length, Math.min(length, RANGE_BYTES));
        return bytes.length === bytes.buffer.byteLength ? bytes : bytes.slice();
      }),
    ),
  readAtOnce,
  factsAtOnce,
  facts: (path) => failing(path, 'look at', () => readFacts(path)),
  realPath: (path) => failing(path, 'look at', () => realPathOf(path)),
  list: (path, namesMax) => failing(path, 'list', () => listFolder(path, namesMax)),
  makeFolder: (path) => failing(path, 'make the folder', () => makeFolder(path)),
  ensureFolder: (path) => failing(path, 'make the folder', () => ensureFolder(path)),
  create: (path, bytes, mode = 0o600) => failing(path, 'create', () => createFile(path, bytes, mode)),
  publish: (path, bytes, mode = 0o600) => failing(path, 'create', () => publishFile(path, bytes, mode)),
  replace: (path, bytes) => failing(path, 'replace', () => replaceFile(path, bytes)),
  rename: (from, to) => failing(to, 'move to', () => renameDurably(from, to)),
  remove: (path) => failing(path, 'remove', () => unlink(path)),
  removeTree: (path) => failing(path, 'remove', () => rm(path, { recursive: true, force: true })),
  sync: (path) => failing(path, 'write to disk', () => syncPath(path)),
  truncate: (path, bytes) => failing(path, 'cut', () => truncateFile(path, bytes)),
  openAppend: (path) => failing(path, 'open', () => openAppend(path)),
  digest: (path, bytes) => failing(path, 'read', () => digestFile(path, bytes)),
  follow: followDigest,
  fileSystem: (path) => failing(path, 'look at', () => fileSystemOf(path)),
};

const CODES: Readonly<Record<string, HostErrorCode>> = {
  ENOENT: 'not-found',
  EEXIST: 'exists',
  ENOTEMPTY: 'exists',
  EACCES: 'denied',
  EPERM: 'denied',
  ENOSPC: 'no-space',
  EDQUOT: 'no-space',
  EROFS: 'read-only',
  EISDIR: 'is-directory',
  ENOTDIR: 'not-directory',
  EFBIG: 'too-large',
  ELOOP: 'link',
};

const REASONS: Readonly<Record<HostErrorCode, string>> = {
  'not-found': 'it does not exist',
  exists: 'it is already there',
  denied: 'permission denied',
  'no-space': 'no space left on the disk',
  'read-only': 'the file system is read-only',
  'is-directory': 'it is a folder',
  'not-directory': 'a part of the path is not a folder',
  'too-large': 'it is too large',
  link: 'it is a symbolic link',
  io: 'the disk reported an error',
};

/** Runs a file operation and words its failure: `cannot read PATH: permission denied`. */
async function failing<T>(path: string, verb: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    if (error instanceof HostError) throw error;
    throw toHostError(path, verb, error);
  }
}

function readAtOnce(path: string, length: number): Uint8Array {
  try {
    const file = openSync(path, O_RDONLY | O_NONBLOCK);
    try {
      if (!fstatSync(file).isFile()) throw refuse('io', path, 'read', 'it is not a regular file');
      const buffer = new Uint8Array(length);
      return buffer.subarray(0, readSync(file, buffer, 0, length, 0));
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (error instanceof HostError) throw error;
    throw toHostError(path, 'read', error);
  }
}

function factsAtOnce(path: string): FileFacts | null {
  try {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    return stats === undefined ? null : factsIn(stats);
  } catch (error) {
    throw toHostError(path, 'look at', error);
  }
}

function toHostError(path: string, verb: string, error: unknown): HostError {
  const errno = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const code = CODES[errno] ?? 'io';
  const detail = code === 'io' ? ` (${errno || String(error)})` : '';
  const reason = errno === 'ESPIPE' ? 'it is a pipe, which has no part to read' : `${REASONS[code]}${detail}`;
  return new HostError(code, path, `cannot ${verb} ${path}: ${reason}`, error);
}

function refuse(code: HostErrorCode, path: string, verb: string, reason = REASONS[code]): HostError {
  return new HostError(code, path, `cannot ${verb} ${path}: ${reason}`);
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

async function withFile<T>(path: string, flags: number, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, flags);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

async function realPathOf(path: string): Promise<string | null> {
  try {
    return await realpath(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return null;
    throw error;
  }
}

async function regularSize(file: FileHandle, path: string): Promise<number> {
  const stats = await file.stat();
  if (stats.isDirectory()) throw refuse('is-directory', path, 'read');
  if (!stats.isFile()) throw refuse('io', path, 'read', 'it is not a regular file');
  return stats.size;
}

async function readWhole(path: string, options: { bytesMax?: number; noFollow?: boolean }): Promise<Uint8Array> {
  const { bytesMax, noFollow = false } = options;
  return withFile(path, O_RDONLY | O_NONBLOCK | (noFollow ? O_NOFOLLOW : 0), async (file) => {
    const size = await regularSize(file, path);
    if (bytesMax === undefined) return file.readFile();
    // One byte more than allowed tells a file that grew, or that has no size (as under /proc), from one that fits.
    const bytes = size > bytesMax ? null : await readInto(file, 0, bytesMax + 1, size + 1);
    if (bytes === null || bytes.length > bytesMax) {
      throw refuse('too-large', path, 'read', `it is larger than ${bytesMax} bytes`);
    }
    return bytes.slice();
  });
}

/** Ranges of up to so many bytes take one buffer. */
const RANGE_BYTES = 1024 * 1024;

/** At most `length` bytes from `start`; the buffer starts with `guess` bytes and doubles, so a large `length` costs nothing. */
async function readInto(file: FileHandle, start: number, length: number, guess = 65_536): Promise<Uint8Array> {
  let buffer = new Uint8Array(Math.min(length, Math.max(guess, 4096)));
  let filled = 0;
  while (filled < length) {
    if (filled === buffer.length) {
      const larger = new Uint8Array(Math.min(length, buffer.length * 2));
      larger.set(buffer);
      buffer = larger;
    }
    const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, start + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

function factsIn(stats: Stats): FileFacts {
  const kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : stats.isSymbolicLink() ? 'link' : 'other';
  return {
    kind,
    bytes: stats.size,
    mode: stats.mode & 0o7777,
    uid: stats.uid,
    modifiedMs: Math.floor(stats.mtimeMs),
    changedMs: stats.ctimeMs,
    identity: `${stats.dev}:${stats.ino}`,
    links: stats.nlink,
  };
}

async function readFacts(path: string): Promise<FileFacts | null> {
  try {
    return factsIn(await lstat(path));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

async function listFolder(path: string, namesMax?: number): Promise<readonly string[]> {
  if (namesMax === undefined) return (await readdir(path)).sort(byCodeUnit);
  const names: string[] = [];
  for await (const { name } of await opendir(path)) {
    if (names.push(name) > namesMax) throw refuse('too-large', path, 'list', `it holds more than ${namesMax} names`);
  }
  return names.sort(byCodeUnit);
}

/** Only the disk is waited for: to open and to close in turns of their own would cost as much where the disk is quick. */
async function syncPath(path: string): Promise<void> {
  const file = openSync(path, O_RDONLY | O_NONBLOCK);
  try {
    await new Promise<void>((resolve, reject) => {
      fsync(file, (error) => (error === null ? resolve() : reject(error)));
    });
  } finally {
    closeSync(file);
  }
}

async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { mode: 0o700 });
  await syncPath(path);
  await syncPath(dirname(path));
}

async function ensureFolder(path: string): Promise<void> {
  makeFolders(path, 0o700);
}

/** Makes a new file with its content on disk; its name in the folder is not durable yet. */
async function writeNew(path: string, bytes: Uint8Array, mode: number): Promise<void> {
  const file = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
  try {
    // The mode given to open is cut by the umask; a script must stay executable whatever it is.
    await file.chmod(mode);
    await writeAll(file, bytes);
    await file.sync();
  } catch (error) {
    await unlink(path).catch(() => undefined);
    throw error;
  } finally {
    await file.close();
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    written += (await file.write(bytes, written, bytes.length - written)).bytesWritten;
  }
}

async function createFile(path: string, bytes: Uint8Array, mode: number): Promise<void> {
  await writeNew(path, bytes, mode);
  await syncPath(dirname(path));
}

async function publishFile(path: string, bytes: Uint8Array, mode: number): Promise<void> {
  const temporary = temporaryName(path);
  await writeNew(temporary, bytes, mode);
  try {
    await link(temporary, path);
  } catch (error) {
    if (!knowsNoLinks(error)) throw error;
    await writeNew(path, bytes, mode);
  } finally {
    await unlink(temporary);
  }
  await syncPath(dirname(path));
}

async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = temporaryName(path);
  await writeNew(temporary, bytes, 0o600);
  try {
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  await syncPath(dirname(path));
}

async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncPath(dirname(to));
  if (dirname(from) !== dirname(to)) await syncPath(dirname(from));
}

async function truncateFile(path: string, bytes: number): Promise<void> {
  await withFile(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK, async (file) => {
    await file.truncate(bytes);
    await file.sync();
  });
}

async function openAppend(path: string): Promise<AppendFile> {
  const file = await open(path, O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK);
  try {
    return appendFile(file, path, await regularSize(file, path));
  } catch (error) {
    await file.close();
    throw error;
  }
}

function appendFile(file: FileHandle, path: string, size: number): AppendFile {
  let bytesNow = size;
  return {
    get bytes() {
      return bytesNow;
    },
    facts: () => failing(path, 'look at', async () => factsIn(fstatSync(file.fd))),
    read: () => failing(path, 'read', async () => (await readInto(file, 0, (await file.stat()).size)).slice()),
    append: (bytes) =>
      failing(path, 'write', async () => {
        // Into memory, which is done sooner than a turn of the loop; the disk is waited for below.
        if (bytes.length <= AT_ONCE_BYTES) writeNow(file.fd, bytes);
        else await writeAll(file, bytes);
        const written = factsIn(fstatSync(file.fd));
        await file.datasync();
        bytesNow += bytes.length;
        return written;
      }),
    close: () => failing(path, 'close', () => file.close()),
  };
}

const AT_ONCE_BYTES = 65_536;

function writeNow(file: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
}

const DIGEST_CHUNK_BYTES = 1024 * 1024;

async function digestFile(
  path: string,
  bytesMax = Number.POSITIVE_INFINITY,
): Promise<{ bytes: number; sha256: string }> {
  return withFile(path, O_RDONLY | O_NONBLOCK, async (file) => {
    const size = await regularSize(file, path);
    const hash = createHash('sha256');
    // Two buffers in turn: the disk fills one while the other is hashed. Of a small file they are small, because a long run hashes many.
    const length = Math.min(size + 1, DIGEST_CHUNK_BYTES);
    let [full, empty] = [new Uint8Array(length), new Uint8Array(length)];
    const fill = (buffer: Uint8Array, from: number) =>
      file.read(buffer, 0, Math.max(0, Math.min(buffer.length, bytesMax - from)), from);
    let bytes = 0;
    let reading = fill(full, 0);
    for (;;) {
      const { bytesRead } = await reading;
      if (bytesRead === 0) return { bytes, sha256: hash.digest('hex') };
      bytes += bytesRead;
      // It grows.
      if (bytes > size && empty.length < DIGEST_CHUNK_BYTES) empty = new Uint8Array(DIGEST_CHUNK_BYTES);
      reading = fill(empty, bytes);
      hash.update(full.subarray(0, bytesRead));
      [full, empty] = [empty, full];
    }
  });
}

/** `statfs(2)` magic numbers: linux/magic.h and the file systems' own headers. */
const MAGIC: ReadonlyMap<number, string> = new Map([
  [0xef53, 'ext'],
  [0x58465342, 'xfs'],
  [0x9123683e, 'btrfs'],
  [0x2fc12fc1, 'zfs'],
  [0xf2f52010, 'f2fs'],
  [0x794c7630, 'overlay'],
  [0x01021994, 'tmpfs'],
  [0x858458f6, 'ramfs'],
  [0x73717368, 'squashfs'],
  [0x4d44, 'vfat'],
  [0x2011bab0, 'exfat'],
  [0x5346544e, 'ntfs'],
  [0x7366746e, 'ntfs3'],
  [0xca451a4e, 'bcachefs'],
  [0x65735546, 'fuse'],
  [0x6969, 'nfs'],
  [0x517b, 'smb'],
  [0xff534d42, 'cifs'],
  [0xfe534d42, 'smb2'],
  [0x01021997, '9p'],
  [0x564c, 'ncp'],
  [0x73757245, 'coda'],
  [0x5346414f, 'afs'],
  [0x6b414653, 'afs'],
  [0x00c36400, 'ceph'],
  [0x0bd00bd0, 'lustre'],
  [0x01161970, 'gfs2'],
  [0x7461636f, 'ocfs2'],
  [0x47504653, 'gpfs'],
  [0x19830326, 'beegfs'],
  [0x786f4256, 'vboxsf'],
]);

async function fileSystemOf(path: string): Promise<string> {
  const { type } = await statfs(path);
  // Elsewhere the number is an index into the kernel's own table, which differs from system to system.
  if (process.platform !== 'linux') return 'unknown';
  const name = MAGIC.get(type >>> 0) ?? 'unknown';
  return name === 'fuse' ? ((await fuseKind(path)) ?? name) : name;
}

/** FUSE has one magic number for local and remote file systems alike; the mount table says which: `fuse.sshfs`, `virtiofs`. */
async function fuseKind(path: string): Promise<string | null> {
  const real = await realpath(path);
  const table = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
  let best: { point: string; type: string } | null = null;
  for (const line of table.split('\n')) {
    const [left = '', right = ''] = line.split(' - ');
    const point = (left.split(' ')[4] ?? '').replace(/\\(\d{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    );
    const type = right.split(' ')[0] ?? '';
    const holds = point === '/' || real === point || real.startsWith(`${point}/`);
    // Of mounts on the same point the last one covers the others.
    if (point !== '' && holds && (best === null || point.length >= best.point.length)) best = { point, type };
  }
  return best?.type ?? null;
}
