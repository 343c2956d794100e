/**
 * What a git repository tracks: the paths in its index. An ignore file leaves out nothing that is tracked.
 *
 * Invariant: an index that is not there, is longer than `bytesMax`, or is not understood tracks nothing.
 *
 * Source: gitformat-index(5).
 */
import { type FileLooks, HostError } from '../host/host.ts';

export interface Tracked {
  /** Whether `path`, from the top of the repository, is tracked or holds what is. */
  has(path: string): boolean;
}

export const nothingTracked: Tracked = { has: () => false };

const bytesMax = 128 * 1024 * 1024;

/** What the repository whose top is `folder` (absolute) tracks. */
export async function trackedIn(files: FileLooks, folder: string): Promise<Tracked> {
  try {
    const git = await gitFolder(files, folder);
    const index = await files.readRange(`${git}/index`, 0, bytesMax + 1);
    if (index.length > bytesMax) return nothingTracked;
    const paths = pathsIn(index, (await isSha256(files, git)) ? sha256Bytes : sha1Bytes);
    return { has: (path) => paths.has(path) };
  } catch (error) {
    if (error instanceof HostError) return nothingTracked;
    throw error;
  }
}

/** `.git` is a folder, or a file that says where it is. */
async function gitFolder(files: FileLooks, folder: string): Promise<string> {
  const path = `${folder}/.git`;
  if ((await files.facts(path))?.kind !== 'file') return path;
  const said = /^gitdir: (.+)$/m.exec(new TextDecoder().decode(await files.readRange(path, 0, 4096)))?.[1] ?? '';
  return said.startsWith('/') ? said : `${folder}/${said}`;
}

/** Whether the repository names its objects by SHA-256: its configuration says so; a work tree beside others shares theirs. */
async function isSha256(files: FileLooks, git: string): Promise<boolean> {
  const shared = (await textOf(files, `${git}/commondir`))?.trim();
  const common = shared === undefined ? git : shared.startsWith('/') ? shared : `${git}/${shared}`;
  return /^\s*objectformat\s*=\s*sha256\s*$/im.test((await textOf(files, `${common}/config`)) ?? '');
}

/** The beginning of a small file; undefined: there is none. */
async function textOf(files: FileLooks, path: string): Promise<string | undefined> {
  if ((await files.facts(path))?.kind !== 'file') return undefined;
  return decoder.decode(await files.readRange(path, 0, textBytesMax));
}

const textBytesMax = 64 * 1024;
const decoder = new TextDecoder();
const headBytes = 12;
const sha1Bytes = 20;
const sha256Bytes = 32;
/** Before the path of an entry, beside the name of its object: times, device, inode, mode, owner, size, flags. */
const entryHeadBytes = 42;
const isExtended = 0x4000;

function pathsIn(index: Uint8Array, nameBytes: number): ReadonlySet<string> {
  const paths = new Set<string>();
  const entryBytes = entryHeadBytes + nameBytes;
  const view = new DataView(index.buffer, index.byteOffset, index.byteLength);
  if (index.length < headBytes || decoder.decode(index.subarray(0, 4)) !== 'DIRC') return paths;
  const version = view.getUint32(4);
  const count = view.getUint32(8);
  let at = headBytes;
  let before = new Uint8Array();
  for (let entry = 0; entry < count && at + entryBytes < index.length; entry += 1) {
    const start = at + entryBytes + ((view.getUint16(at + entryBytes - 2) & isExtended) === 0 ? 0 : 2);
    const [kept, from] = version === 4 ? shared(index, start, before.length) : [0, start];
    const end = index.indexOf(0, from);
    if (end === -1) break;
    before = Uint8Array.from([...before.subarray(0, kept), ...index.subarray(from, end)]);
    add(paths, decoder.decode(before));
    at = version === 4 ? end + 1 : at + (Math.floor((end - at) / 8) + 1) * 8;
  }
  return paths;
}

/** In version 4 a path says how many bytes of the one before it are not its own, as a number of 7 bits a byte. */
function shared(index: Uint8Array, start: number, length: number): readonly [kept: number, from: number] {
  let at = start;
  let byte = index[at] ?? 0;
  let removed = byte & 0x7f;
  while ((byte & 0x80) !== 0) {
    at += 1;
    byte = index[at] ?? 0;
    removed = ((removed + 1) << 7) | (byte & 0x7f);
  }
  return [Math.max(0, length - removed), at + 1];
}

/** `path` and the folders that it is in. */
function add(paths: Set<string>, path: string): void {
  for (let one = path; one !== '' && !paths.has(one); one = one.slice(0, Math.max(0, one.lastIndexOf('/'))))
    paths.add(one);
}
