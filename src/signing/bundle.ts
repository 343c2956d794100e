/**
 * A report as one archive: a POSIX ustar file with pax paths where needed (IEEE Std 1003.1, pax, "ustar Interchange
 * Format"), plain or gzipped; any tar unpacks it.
 *
 * Invariants:
 * - Written: the same files give the same tar bytes: sorted, no times, no owners, mode 0644.
 * - Read: a stranger's archive cannot do more than name files. Only what `writeBundle` writes is taken, header by header, byte by
 *   byte: regular files under safe relative paths in strict order. Links, folders, devices, duplicates, names
 *   that differ by case only, a file that is also a folder, trailing data and everything over the limits are refused.
 * - Both are streams; neither writes anywhere nor holds a whole file. An archive inside an archive is a file like any other.
 */
import { pipeline, Readable } from 'node:stream';
import { createGunzip, createGzip } from 'node:zlib';
import { isSafePath } from './archive-path.ts';
import { quoted } from './public-key.ts';
import { SigningError } from './signing-error.ts';
import { join, sameBytes } from './wire.ts';

/** A file to put in. `content` yields exactly `bytes` bytes or more; what is more is left out. */
export interface BundleFile {
  readonly path: string;
  readonly bytes: number;
  content(): AsyncIterable<Uint8Array>;
}

/** A file as it comes out. `content` can be read once, before the next file is asked for; unread bytes are skipped. */
export interface BundleEntry {
  readonly path: string;
  readonly bytes: number;
  readonly content: AsyncIterable<Uint8Array>;
}

export interface BundleLimits {
  readonly files: number;
  readonly totalBytes: number;
  /** UTF-16 code units of all paths together: they are what has to be remembered of files that went by. */
  readonly pathCharacters: number;
}

/** What `verify` reads at most. */
export const bundleLimits: BundleLimits = {
  files: 100_000,
  totalBytes: 64 * 1024 ** 3,
  pathCharacters: 12 * 1024 ** 2,
};

const blockBytes = 512;
/** Eleven octal digits. */
const fileBytesMax = 8 ** 11 - 1;
const nameBytesMax = 100;
const paxBytesMax = 2048;
const regular = '0';
const pax = 'x';
const depthMax = 32;
/** Names of the pax record itself and, for readers without pax, of the file behind it. */
const paxName = 'pax-header';
const longName = 'long-name';

/** The archive's bytes. Throws `malformed` for a path that is not safe or comes twice, `too-large` for a file over 8 GiB. */
export async function* writeBundle(files: readonly BundleFile[]): AsyncGenerator<Uint8Array> {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const paths = new ArchivePaths();
  for (const file of sorted) {
    paths.add(file.path);
    if (file.bytes > fileBytesMax) throw new SigningError('too-large', `${quoted(file.path)} is larger than 8 GiB`);
    yield encodeHeaders(file.path, file.bytes);
    yield* firstBytes(file);
    yield new Uint8Array(paddingOf(file.bytes));
  }
  yield new Uint8Array(2 * blockBytes);
}

async function* firstBytes(file: BundleFile): AsyncGenerator<Uint8Array> {
  let left = file.bytes;
  if (left === 0) return;
  for await (const chunk of file.content()) {
    yield chunk.subarray(0, left);
    left -= Math.min(left, chunk.length);
    if (left === 0) return;
  }
  throw new SigningError('malformed', `${quoted(file.path)} is ${left} bytes shorter than it was`);
}

/** The same bytes, gzipped. */
export async function* gzipped(tar: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gzip = createGzip();
  // A failure reaches the reader of `gzip`, which the pipeline destroys with it.
  pipeline(Readable.from(tar), gzip, () => {});
  for await (const chunk of gzip) yield toBytes(chunk);
}

/** The files of an archive, plain or gzipped, in order. Throws `malformed` or `too-large` as soon as it sees the reason. */
export async function* readBundle(
  archive: AsyncIterable<Uint8Array>,
  limits: BundleLimits,
): AsyncGenerator<BundleEntry> {
  const blocks = new ByteStream(inflated(archive));
  try {
    yield* readEntries(blocks, limits);
  } finally {
    await blocks.close();
  }
}

async function* readEntries(blocks: ByteStream, limits: BundleLimits): AsyncGenerator<BundleEntry> {
  const paths = new ArchivePaths();
  let total = 0;
  let characters = 0;
  for (let count = 0; ; count++) {
    const head = await readHead(blocks);
    if (head === null) break;
    characters += head.path.length;
    if (characters > limits.pathCharacters) throw new SigningError('too-large', 'the bundle names too many long paths');
    paths.add(head.path);
    total += head.bytes;
    if (count >= limits.files) throw new SigningError('too-large', `the bundle holds more than ${limits.files} files`);
    if (total > limits.totalBytes) {
      throw new SigningError('too-large', `the bundle holds more than ${limits.totalBytes} bytes of files`);
    }
    const content = new EntryContent(blocks, head.bytes);
    yield { path: head.path, bytes: head.bytes, content };
    await content.skip();
    assertZero(await blocks.take(paddingOf(head.bytes)), 'padding');
  }
  assertZero(await blocks.take(blockBytes), 'end');
  if ((await blocks.some(1)).length > 0) throw malformed('it goes on after its end');
}

interface Head {
  readonly path: string;
  readonly bytes: number;
}

/** null: the first block of zeros that ends an archive. */
async function readHead(blocks: ByteStream): Promise<Head | null> {
  const block = await blocks.take(blockBytes);
  if (block.every((byte) => byte === 0)) return null;
  const { name, bytes, type } = decodeHeader(block);
  if (type !== pax) {
    assertType(type, name);
    return assertWritten({ path: name, bytes }, block);
  }
  if (bytes > paxBytesMax) throw malformed('it has an overlong pax header');
  const record = await blocks.take(bytes + paddingOf(bytes));
  const path = /^\d+ path=(.*)\n$/s.exec(Buffer.from(record.subarray(0, bytes)).toString('utf8'))?.[1];
  if (path === undefined) throw malformed('it has a pax header of another kind than a path');
  const next = await blocks.take(blockBytes);
  const file = decodeHeader(next);
  assertType(file.type, path);
  return assertWritten({ path, bytes: file.bytes }, join(block, record, next));
}

/** There is one encoding of a head; whatever else a header could say (owner, mode, time, a longer name) is thereby refused. */
function assertWritten(head: Head, bytes: Uint8Array): Head {
  assertSafe(head.path);
  if (!sameBytes(encodeHeaders(head.path, head.bytes), bytes)) {
    throw malformed(
      `the header of ${quoted(head.path)} is not one that gonogo writes; unpack it and verify the folder`,
    );
  }
  return head;
}

function assertSafe(path: string): void {
  if (!isSafePath(path)) throw malformed(`${quoted(path)} is not a path inside it`);
}

function assertType(type: string, name: string): void {
  if (type === regular) return;
  const kinds: Readonly<Record<string, string>> = { '1': 'a hard link', '2': 'a symbolic link', '5': 'a folder' };
  throw malformed(`${quoted(name)} is ${kinds[type] ?? `of type ${quoted(type)}`}; only regular files are taken`);
}

function decodeHeader(block: Uint8Array): { readonly name: string; readonly bytes: number; readonly type: string } {
  const text = Buffer.from(block).toString('latin1');
  const size = text.slice(124, 136);
  if (!/^[0-7]{11}\0$/.test(size)) throw malformed('it is not a tar file, or it is damaged');
  const name = text.slice(0, nameBytesMax).replace(/\0+$/, '');
  return { name, bytes: Number.parseInt(size, 8), type: text.slice(156, 157) };
}

function encodeHeaders(path: string, bytes: number): Uint8Array {
  if (/^[\x20-\x7e]*$/.test(path) && path.length <= nameBytesMax) return encodeHeader(path, bytes, regular);
  const record = new TextEncoder().encode(paxRecord(`path=${path}`));
  const padding = new Uint8Array(paddingOf(record.length));
  const head = encodeHeader(paxName, record.length, pax);
  return join(head, record, padding, encodeHeader(longName, bytes, regular));
}

/** `LENGTH SP KEYWORD=VALUE LF`, where LENGTH counts itself. */
function paxRecord(content: string): string {
  const rest = Buffer.byteLength(content) + 2;
  let length = rest;
  while (length !== rest + String(length).length) length = rest + String(length).length;
  return `${length} ${content}\n`;
}

function encodeHeader(name: string, bytes: number, type: string): Uint8Array {
  const block = Buffer.alloc(blockBytes);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;
  block.write(name, 0, 'latin1');
  block.write(octal(0o644, 7) + octal(0, 7) + octal(0, 7) + octal(bytes, 11) + octal(0, 11), nameBytesMax, 'latin1');
  block.write(`        ${type}`, 148, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  block.write(octal(0, 7) + octal(0, 7), 329, 'latin1');
  // The checksum is the sum of all bytes with its own eight as spaces.
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 6)} `, 148, 'latin1');
  return new Uint8Array(block);
}

function paddingOf(bytes: number): number {
  return (blockBytes - (bytes % blockBytes)) % blockBytes;
}

function assertZero(bytes: Uint8Array, what: string): void {
  if (bytes.some((byte) => byte !== 0)) throw malformed(`its ${what} is not zero`);
}

function malformed(problem: string): SigningError {
  return new SigningError('malformed', `the bundle is refused: ${problem}`);
}

/** The names of one archive, in order. Names are compared without case, as some file systems do. */
class ArchivePaths {
  readonly #files = new Set<string>();
  readonly #folders = new Set<string>();
  #last = '';

  add(path: string): void {
    assertSafe(path);
    const folded = path.toLowerCase().normalize('NFC');
    if (this.#files.has(folded) || path === this.#last) throw malformed(`${quoted(path)} is in it twice`);
    if (path < this.#last) throw malformed(`${quoted(path)} is out of order`);
    const folders = foldersOf(folded);
    if (folders.length > depthMax) throw malformed(`${quoted(path)} is nested more than ${depthMax} folders deep`);
    if (this.#folders.has(folded) || folders.some((folder) => this.#files.has(folder))) {
      throw malformed(`${quoted(path)} would be inside or over another file`);
    }
    for (const folder of folders) this.#folders.add(folder);
    this.#files.add(folded);
    this.#last = path;
  }
}

function foldersOf(path: string): readonly string[] {
  const folders: string[] = [];
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) folders.push(path.slice(0, at));
  return folders;
}

/** The bytes of one file inside the archive, taken from the common stream. */
class EntryContent implements AsyncIterable<Uint8Array> {
  readonly #stream: ByteStream;
  #left: number;

  constructor(stream: ByteStream, bytes: number) {
    this.#stream = stream;
    this.#left = bytes;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    while (this.#left > 0) {
      const chunk = await this.#stream.some(this.#left);
      if (chunk.length === 0) throw malformed('it ends too early');
      this.#left -= chunk.length;
      yield chunk;
    }
  }

  async skip(): Promise<void> {
    for await (const _ of this);
  }
}

/** Chunks of any size as bytes that can be counted out. */
class ByteStream {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest = new Uint8Array();

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** 1 to `most` bytes; none at the end. */
  async some(most: number): Promise<Uint8Array> {
    while (this.#rest.length === 0) {
      const next = await this.#chunks.next();
      if (next.done === true) return new Uint8Array();
      this.#rest = new Uint8Array(next.value);
    }
    const chunk = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(chunk.length);
    return chunk;
  }

  /** Lets go of the source, also when it was not read to its end. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  /** Exactly `count` bytes, which is small. */
  async take(count: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(count);
    for (let filled = 0; filled < count; ) {
      const chunk = await this.some(count - filled);
      if (chunk.length === 0) throw malformed('it ends too early');
      bytes.set(chunk, filled);
      filled += chunk.length;
    }
    return bytes;
  }
}

/** The tar inside: gzip is known by its first two bytes (RFC 1952 §2.3.1). Inflates only as fast as it is read. */
async function* inflated(archive: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const stream = new ByteStream(archive);
  try {
    const first = await stream.some(1);
    const second = await stream.some(1);
    const whole = rejoined(join(first, second), stream);
    if (first[0] === 0x1f && second[0] === 0x8b) yield* gunzipped(whole);
    else yield* whole;
  } finally {
    await stream.close();
  }
}

async function* gunzipped(whole: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip();
  pipeline(Readable.from(whole), gunzip, () => {});
  try {
    for await (const chunk of gunzip) yield toBytes(chunk);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && String(cause.code).startsWith('Z_')) {
      throw malformed('its gzip layer is damaged');
    }
    throw cause;
  }
}

async function* rejoined(start: Uint8Array, rest: ByteStream): AsyncGenerator<Uint8Array> {
  if (start.length > 0) yield start;
  for (;;) {
    const chunk = await rest.some(64 * 1024);
    if (chunk.length === 0) return;
    yield chunk;
  }
}

/** Streams of node:zlib yield buffers; the type says unknown. */
function toBytes(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  throw new TypeError('a zlib stream yields bytes');
}
