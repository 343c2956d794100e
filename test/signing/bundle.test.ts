import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { type BundleFile, bundleLimits, gzipped, readBundle, writeBundle } from '../../src/signing/bundle.ts';
import { makeFolder, put, refusalOf, tool } from './workbench.ts';

const folder = makeFolder();

function file(path: string, content: string | Uint8Array, bytes?: number): BundleFile {
  const data = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return {
    path,
    bytes: bytes ?? data.length,
    content: async function* () {
      for (let at = 0; at < data.length; at += 1000) yield data.subarray(at, at + 1000);
    },
  };
}

async function gather(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

async function* pieces(bytes: Uint8Array, size = 777): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(bytes: Uint8Array, limits = bundleLimits): Promise<Readonly<Record<string, string>>> {
  const files: Record<string, string> = {};
  for await (const entry of readBundle(pieces(bytes), limits)) {
    files[entry.path] = (await gather(entry.content)).toString('latin1');
  }
  return files;
}

const refused = (bytes: Uint8Array, limits = bundleLimits): Promise<string> => refusalOf(() => read(bytes, limits));

const deep = `${'folder/'.repeat(20)}output.log`;
const files = [
  file('steps/007-migrate/1/output.log', 'x'.repeat(5000)),
  file('report.md', '# Release\n'),
  file('empty', ''),
  file(deep, 'deep'),
  file('evidence/Bildschirm für Übergabe.png', new Uint8Array(512).fill(0xff)),
];

test('what goes in comes out, plain and gzipped, in any order of writing', async () => {
  const tar = await gather(writeBundle(files));
  expect(await gather(writeBundle([...files].reverse()))).toEqual(tar);
  const out = await read(tar);
  expect(Object.keys(out)).toEqual(files.map(({ path }) => path).sort());
  expect(out['report.md']).toBe('# Release\n');
  expect(out['steps/007-migrate/1/output.log']).toBe('x'.repeat(5000));
  expect(out[deep]).toBe('deep');
  const packed = await gather(gzipped(writeBundle(files)));
  expect(packed.length).toBeLessThan(tar.length);
  expect(await read(packed)).toEqual(out);
});

test('any tar unpacks it: names, bytes and modes', async () => {
  const target = joinPath(folder, 'unpacked');
  mkdirSync(target);
  const path = put(folder, 'bundle.tar.gz', await gather(gzipped(writeBundle(files))));
  expect(tool('tar', ['-xzf', path, '-C', target])).toMatchObject({ exit: 0, stderr: '' });
  expect(readFileSync(joinPath(target, deep), 'utf8')).toBe('deep');
  expect(readFileSync(joinPath(target, 'evidence/Bildschirm für Übergabe.png'))).toHaveLength(512);
  expect(readFileSync(joinPath(target, 'empty'))).toHaveLength(0);
});

test('files that are not asked for are skipped, and content is the first bytes of what grew', async () => {
  const tar = await gather(writeBundle([file('a', 'first and more', 5), file('b', 'second')]));
  const paths: string[] = [];
  for await (const entry of readBundle(pieces(tar, 1), bundleLimits)) paths.push(`${entry.path} ${entry.bytes}`);
  expect(paths).toEqual(['a 5', 'b 6']);
  expect((await read(tar))['a']).toBe('first');
  const shrunk = [file('a', 'short', 10)];
  expect(await refusalOf(() => gather(writeBundle(shrunk)))).toMatch(/"a" is 5 bytes shorter than it was/);
});

test('every changed byte of a header is refused, or is the content that digests cover', async () => {
  const content = 'content of the only file';
  const tar = new Uint8Array(await gather(writeBundle([file('report.md', content)])));
  for (let at = 0; at < tar.length; at++) {
    if (at >= 512 && at < 512 + content.length) continue;
    const changed = tar.with(at, (tar[at] ?? 0) ^ 1);
    expect(await refused(changed), `byte ${at}`).toMatch(/^malformed: the bundle is refused/);
  }
});

test('paths that leave the folder are refused, when written and when read', async () => {
  for (const path of ['../evil', 'a/../../evil', '/etc/passwd', './a', 'a//b', 'a\\b', 'C:a', 'a\u0000b', 'a\nb', '']) {
    expect(await refusalOf(() => gather(writeBundle([file(path, 'x')]))), path).toMatch(/not a path inside it/);
  }
  const tar = await gather(writeBundle([file('aa/evil', 'x'), file('bb', 'y')]));
  expect(await refused(renamed(tar, 'aa/evil', '../evil'))).toMatch(/"\.\.\/evil" is not a path inside it/);
  expect(await refused(renamed(tar, 'aa/evil', '/a/evil'))).toMatch(/"\/a\/evil" is not a path inside it/);
  const long = await gather(writeBundle([file(`ab/${'x'.repeat(200)}`, 'x')]));
  expect(await refused(Buffer.from(long.toString('latin1').replace('path=ab/', 'path=../'), 'latin1'))).toMatch(
    /not a path inside it/,
  );
});

test('archives by tar with links, folders and devices are refused, and nothing is written', async () => {
  const source = joinPath(folder, 'source');
  mkdirSync(joinPath(source, 'folder'), { recursive: true });
  symlinkSync('/etc/passwd', joinPath(source, 'link'));
  symlinkSync('.', joinPath(source, 'cycle'));
  put(source, 'plain', 'plain');
  tool('ln', [joinPath(source, 'plain'), joinPath(source, 'hard')]);
  tool('mkfifo', [joinPath(source, 'pipe')]);
  const packed = (...names: readonly string[]): Buffer =>
    tool('tar', ['--format=ustar', '-cf', '-', '-C', source, ...names]).stdout;
  const before = readdirSync(folder, { recursive: true }).length;
  expect(await refused(packed('link'))).toMatch(/"link" is a symbolic link; only regular files/);
  expect(await refused(packed('cycle'))).toMatch(/a symbolic link/);
  expect(await refused(packed('folder'))).toMatch(/"folder\/" is a folder/);
  expect(await refused(packed('pipe'))).toMatch(/"pipe" is of type "6"/);
  expect(await refused(packed('plain', 'hard'))).toMatch(/header of "plain" is not one that gonogo writes/);
  expect(readdirSync(folder, { recursive: true })).toHaveLength(before);
  expect(existsSync(joinPath(folder, '..', 'evil'))).toBe(false);
});

test('names that come twice, differ by case only, or are file and folder at once are refused', async () => {
  const both = (one: string, other: string): Promise<string> =>
    refusalOf(() => gather(writeBundle([file(one, 'x'), file(other, 'y')])));
  expect(await both('a', 'a')).toMatch(/"a" is in it twice/);
  expect(await both('Report.md', 'report.md')).toMatch(/"report.md" is in it twice/);
  expect(await both('a', 'a/b')).toMatch(/would be inside or over another file/);
  expect(await both('A/b', 'a')).toMatch(/would be inside or over another file/);
  const tar = await gather(writeBundle([file('aa', 'x'), file('bb', 'y')]));
  expect(await refused(renamed(tar, 'bb', 'aa'))).toMatch(/"aa" is in it twice/);
  expect(await refused(renamed(tar, 'aa', 'cc'))).toMatch(/"bb" is out of order/);
});

test('limits hold before the bytes are read: sizes, number of files, gzip bombs', async () => {
  const tar = await gather(writeBundle([file('a', 'x'), file('b', 'y')]));
  expect(await refused(tar, { ...bundleLimits, files: 1, totalBytes: 10 })).toMatch(/^too-large: .*more than 1 files/);
  expect(await refused(tar, { ...bundleLimits, files: 9, totalBytes: 1 })).toMatch(/^too-large: .*more than 1 bytes/);
  const bomb = gzipSync(new Uint8Array(64 * 1024 * 1024));
  expect(await refused(bomb)).toMatch(/goes on after its end/);
  const whole = await gather(writeBundle([file('a', new Uint8Array(8 * 1024 * 1024))]));
  expect(await refused(gzipSync(whole), { ...bundleLimits, files: 9, totalBytes: 1024 })).toMatch(/^too-large/);
  const huge = { path: 'a', bytes: 8 ** 11, content: file('a', '').content };
  expect(await refusalOf(() => gather(writeBundle([huge])))).toMatch(/^too-large: "a" is larger than 8 GiB/);
});

test('what is cut off, continued, damaged or no archive at all is refused', async () => {
  const tar = await gather(writeBundle([file('a', 'x'.repeat(600))]));
  for (const length of [0, 1, 511, 512, 700, 1200, 1536, 2048]) {
    expect(await refused(tar.subarray(0, length)), `cut at ${length}`).toMatch(/ends too early/);
  }
  expect(await refused(Buffer.concat([tar, Buffer.of(0)]))).toMatch(/goes on after its end/);
  expect(await refused(Buffer.concat([tar, tar]))).toMatch(/goes on after its end/);
  expect(await refused(Buffer.from('PK\u0003\u0004'.padEnd(2000, 'x')))).toMatch(/not a tar file/);
  const packed = gzipSync(tar);
  expect(await refused(packed.subarray(0, packed.length - 9))).toMatch(/gzip layer is damaged/);
  expect(await refused(Buffer.from(new Uint8Array(packed).with(30, 0xff)))).toMatch(/^malformed/);
});

test('an archive inside an archive is a file like any other', async () => {
  const inner = await gather(writeBundle([file('a', 'x')]));
  const outer = await gather(writeBundle([file('inner.tar', new Uint8Array(inner))]));
  expect((await read(outer))['inner.tar']).toHaveLength(inner.length);
});

test('whoever stops reading lets go of the source', async () => {
  const tar = await gather(writeBundle([file('a', 'x'), file('b', 'y')]));
  let closed = false;
  async function* source(): AsyncGenerator<Uint8Array> {
    try {
      yield* pieces(tar, 100);
    } finally {
      closed = true;
    }
  }
  for await (const _ of readBundle(source(), bundleLimits)) break;
  expect(closed).toBe(true);
});

/** The tar with one name exchanged for another of the same length, its checksum made right again. */
function renamed(tar: Buffer, from: string, to: string): Buffer {
  const copy = Buffer.from(tar);
  const at = copy.indexOf(`${from}\0`, 0, 'latin1');
  copy.write(to, at, 'latin1');
  const block = copy.subarray(at, at + 512);
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return copy;
}
