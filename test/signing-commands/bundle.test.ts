import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { type BundleFile, bundleLimits, readBundle, writeBundle } from '../../src/signing/bundle.ts';
import { tool } from '../signing/workbench.ts';
import { Desk, failures } from './desk.ts';

const desk = new Desk();
const away = { state: desk.path('no-runs-here') };
let run: string;
let bundle: string;
let entries: readonly (readonly [string, Uint8Array])[];

beforeAll(async () => {
  const started = await desk.run('runbook: Small\nphases:\n  only:\n    - id: one\n      run: echo one\n');
  run = desk.runFolder(started);
  bundle = desk.path('small.tar');
  expect(await desk.report({ sign: desk.alice.path, bundle })).toMatchObject({ code: 0 });
  const found: (readonly [string, Uint8Array])[] = [];
  for await (const entry of readBundle(chunks(readFileSync(bundle)), {
    ...bundleLimits,
    files: 100,
    totalBytes: 1e9,
  })) {
    const parts: Uint8Array[] = [];
    for await (const chunk of entry.content) parts.push(chunk.slice());
    found.push([entry.path, Buffer.concat(parts)]);
  }
  entries = found;
});

async function* chunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** The bundle with other files in it. */
async function packed(files: readonly (readonly [string, Uint8Array])[]): Promise<Buffer> {
  const content = files.map(
    ([path, bytes]): BundleFile => ({ path, bytes: bytes.length, content: () => chunks(bytes) }),
  );
  const parts: Uint8Array[] = [];
  for await (const chunk of writeBundle(content)) parts.push(chunk);
  return Buffer.concat(parts);
}

/** Everything on the desk but what `verify` is given, by path, with sizes. */
function everything(): readonly string[] {
  return readdirSync(desk.folder, { recursive: true, encoding: 'utf8' }).sort();
}

test('two bundles of a report are the same bytes, plain or gzipped, and are never written over another file', async () => {
  const again = desk.path('again.tar');
  expect(await desk.report({ bundle: again })).toMatchObject({ code: 0 });
  expect(readFileSync(again).equals(readFileSync(bundle))).toBe(true);
  expect(await desk.report({ bundle: again })).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/again\.tar is there already/),
  });
  const zipped = desk.path('again.tgz');
  await desk.report({ bundle: zipped });
  expect(failures(await desk.verify(zipped, away))).toEqual([]);
  expect(readdirSync(desk.folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

test('of processes that bundle to one path at once one writes it, whole', async () => {
  const contended = desk.path('contended.tar');
  const ended = await Promise.all(Array.from({ length: 4 }, () => desk.report({ bundle: contended })));
  expect(ended.map(({ code }) => code).sort()).toEqual([0, 2, 2, 2]);
  for (const { stderr } of ended.filter(({ code }) => code !== 0))
    expect(stderr).toMatch(/contended\.tar is there already/);
  expect(readFileSync(contended).equals(readFileSync(bundle))).toBe(true);
  expect(readdirSync(desk.folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

test('an archive with a link, a path out of it, a device or a folder is refused, and nothing is written', async () => {
  const made = desk.path('made');
  mkdirSync(join(made, 'inner'), { recursive: true });
  writeFileSync(join(made, 'journal.jsonl'), 'x\n');
  writeFileSync(desk.path('outside.txt'), 'outside');
  symlinkSync('/etc/passwd', join(made, 'report.md'));
  const archives: readonly (readonly [string, readonly string[]])[] = [
    ['link', ['-C', made, 'report.md']],
    ['traversal', ['-P', '-C', made, '../outside.txt']],
    ['absolute', ['-P', desk.path('outside.txt')]],
    ['folder', ['-C', made, 'inner']],
    ['device', ['-P', '/dev/null']],
  ];
  for (const [name, words] of archives) {
    const path = desk.path(`${name}.tar`);
    expect(tool('tar', ['--format=ustar', '-cf', path, ...words]).exit, name).toBe(0);
    const before = everything();
    const said = await desk.verifyText(path, away);
    expect(said, name).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/the bundle is refused: /) });
    expect(everything(), name).toEqual(before);
  }
});

test('a good bundle with a hostile file in it is not verified', async () => {
  const evil = Buffer.from('evil');
  const cases: readonly (readonly [readonly (readonly [string, Uint8Array])[], RegExp])[] = [
    [[...entries, ['evil.sh', evil]], /subjects: evil\.sh is not covered by the statement/],
    [[...entries, ['run/steps/evil', evil]], /evidence: "steps\/evil" is not in the journal/],
    [entries.filter(([path]) => !path.startsWith('run/')), /evidence: ".*output\.log" is missing/],
    [entries.filter(([path]) => path !== 'journal.jsonl'), /journal: journal\.jsonl is missing/],
    [
      [...entries, ['run/big', Buffer.alloc(3 * 1024 * 1024)]],
      /files: "run\/big" has 3145728 bytes, which is too much/,
    ],
  ];
  for (const [files, message] of cases) {
    const verified = await desk.verify(desk.put('hostile.tar', await packed(files)), away);
    expect(verified.code).toBe(1);
    expect(failures(verified).join('\n')).toMatch(message);
  }
});

test('what claims to be huge, ends early or goes on after its end is refused', async () => {
  const whole = readFileSync(bundle);
  const huge = claiming(whole, '77777777777');
  expect(failures(await desk.verify(desk.put('huge.tar', huge), away))[0]).toMatch(
    /^files: "documents\/.*" has 8589934591 bytes, which is too much for it$/,
  );
  const cut = desk.put('cut.tar', whole.subarray(0, whole.length - 4096));
  expect(await desk.verifyText(cut, { ...away, allowedSigners: desk.allowed })).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/FAILED\s+files\s+the bundle is refused: it ends too early/),
  });
  const doubled = desk.put('doubled.tar', Buffer.concat([whole, whole]));
  expect(failures(await desk.verify(doubled, away)).join()).toMatch(/it goes on after its end/);
});

test('evidence that is gone or reached by a link does not get into a bundle', async () => {
  const copy = desk.copy(run);
  const state = desk.path('moved');
  mkdirSync(join(state, 'runs'), { recursive: true });
  tool('mv', [copy, join(state, 'runs')]);
  const folder = join(state, 'runs', run.split('/').at(-1) ?? '');
  const log =
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((name) => name.endsWith('output.log')) ?? '';
  rmSync(join(folder, log));
  symlinkSync('/etc/passwd', join(folder, log));
  const target = desk.path('leak.tar');
  const said = await desk.report({ state, bundle: target });
  expect(said).toMatchObject({ code: 2, stderr: expect.stringMatching(/output\.log is missing or reached by a link/) });
  expect(everything().filter((name) => name.includes('leak') || name.endsWith('.tmp'))).toEqual([]);
});

/** An archive whose first header says another size, with the checksum that goes with it. */
function claiming(archive: Buffer, size: string): Buffer {
  const copy = Buffer.from(archive);
  copy.write(size, 124, 'latin1');
  copy.fill(' ', 148, 156);
  const sum = copy.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  copy.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return copy;
}
