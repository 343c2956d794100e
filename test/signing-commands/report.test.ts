import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, test } from 'vitest';
import { makeKeyFile, startAgent, tool } from '../signing/workbench.ts';
import { startPty } from '../tui/pty.ts';
import { Desk, edit, failures } from './desk.ts';

const desk = new Desk();
const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
const document = 'runbook: Small\nphases:\n  only:\n    - id: one\n      run: echo one\n';

let run: string;
let folder: string;
beforeEach(async () => {
  run = desk.runFolder(await desk.run(document));
  folder = join(run, 'report');
});

const contents = (path: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(path, { recursive: true, encoding: 'utf8' })
      .filter((name) => statSync(join(path, name)).isFile())
      .map((name) => [name, readFileSync(join(path, name), 'latin1')]),
  );

describe('writing', () => {
  test('a report is the formats, the journal, the documents and a statement, and prints the paths of the formats', async () => {
    const said = await desk.report();
    expect(said.code).toBe(0);
    expect(said.stdout.trim().split('\n')).toEqual(['md', 'html', 'json'].map((end) => join(folder, `report.${end}`)));
    expect(Object.keys(contents(folder)).map((name) => name.replace(/[0-9a-f]{64}/, 'SHA'))).toEqual(
      expect.arrayContaining([
        'documents/SHA.yaml',
        'journal.jsonl',
        'report.html',
        'report.json',
        'report.md',
        'statement.json',
      ]),
    );
    expect(contents(folder)['journal.jsonl']).toBe(readFileSync(join(run, 'journal.jsonl'), 'latin1'));
  });

  test('written again with fewer formats nothing stale is left, and the folder is still whole', async () => {
    await desk.report();
    expect(await desk.report({ format: 'html' })).toMatchObject({
      code: 0,
      stdout: `${join(folder, 'report.html')}\n`,
    });
    expect(existsSync(join(folder, 'report.md'))).toBe(false);
    expect(failures(await desk.verify(folder, { allowedSigners: undefined }))).toEqual([]);
    expect(await desk.report({ format: 'pdf' })).toMatchObject({ code: 2, stderr: /md, html, json/ });
  });

  test('a comment for a forge is a file of its own, and verified as the others', async () => {
    expect(await desk.report({ format: 'comment' })).toMatchObject({
      code: 0,
      stdout: `${join(folder, 'comment.md')}\n`,
    });
    expect(readFileSync(join(folder, 'comment.md'), 'utf8').length).toBeLessThan(60_000);
    expect(failures(await desk.verify(folder, { allowedSigners: undefined }))).toEqual([]);
    writeFileSync(join(folder, 'comment.md'), 'All is well.\n');
    expect(failures(await desk.verify(folder, { allowedSigners: undefined })).join()).toContain('comment.md');
    await desk.report();
    expect(existsSync(join(folder, 'comment.md'))).toBe(false);
  });

  test('a folder that holds something else, or the report of another run, is not touched', async () => {
    const busy = desk.path(`busy-${basename(run)}`);
    mkdirSync(busy);
    writeFileSync(join(busy, 'thesis.txt'), 'mine');
    const said = await desk.report({ out: busy });
    expect(said).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/holds thesis\.txt, which is no part of a report/),
    });
    expect(contents(busy)).toEqual({ 'thesis.txt': 'mine' });
    await desk.report();
    await desk.run(document);
    expect(await desk.report({ out: folder })).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/holds the report of run/),
    });
  });
});

describe('signing', () => {
  test('ssh-keygen alone verifies it: the very block of the README, on an unpacked bundle', async () => {
    const bundle = desk.path(`${basename(run)}.tar.gz`);
    expect(await desk.report({ sign: desk.alice.path, bundle })).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(`signed with ${desk.alice.publicKey.fingerprint}`),
    });
    const unpacked = desk.path(`unpacked-${basename(run)}`);
    mkdirSync(unpacked);
    expect(tool('tar', ['xzf', bundle, '-C', unpacked]).exit).toBe(0);
    const block = [...readme.matchAll(/^```sh\n([\s\S]*?)^```/gm)].find(([, text]) =>
      text?.startsWith('ssh-keygen'),
    )?.[1];
    const verifyBlock = (): ReturnType<typeof tool> =>
      tool('bash', ['-euo', 'pipefail', '-c', `cd "$1"; ${block}`, 'bash', unpacked]);
    const good = verifyBlock();
    expect(good.exit).toBe(0);
    expect(good.stdout.toString()).toContain('Good "gonogo-report" signature for alice');
    expect(good.stdout.toString()).toMatch(/^report\.md: OK$/m);
    expect(good.stdout.toString().match(/: OK$/gm)).toHaveLength(5);
    edit(join(unpacked, 'report.md'), (bytes) => `${bytes} `);
    expect(verifyBlock().exit).not.toBe(0);
    edit(join(unpacked, 'statement.json'), (bytes) => bytes.toString().replace('completed', 'abandoned'));
    expect(verifyBlock().stdout.toString()).not.toContain('Good');
  });

  test('signing again countersigns and changes nothing that is there; a key signs once', async () => {
    await desk.report({ sign: desk.alice.path });
    const before = contents(folder);
    const said = await desk.report({ sign: desk.bob.path });
    expect(said).toMatchObject({ code: 0, stderr: expect.stringMatching(/signed and unchanged since/) });
    const after = contents(folder);
    expect(after).toMatchObject(before);
    expect(Object.keys(after).filter((name) => !(name in before))).toEqual(['statement.json.2.sig']);
    const verified = await desk.verify(basename(run));
    expect(failures(verified)).toEqual([]);
    expect(verified.signers.map(({ principal }) => principal)).toEqual(['alice', 'bob']);
    for (const key of [desk.alice, desk.bob]) {
      expect(await desk.report({ sign: key.path })).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/has signed this report already/),
      });
    }
    expect(contents(folder)).toEqual(after);
  });

  test('a countersignature by ssh-keygen, under the next name, counts like ours', async () => {
    await desk.report({ sign: desk.alice.path });
    const statement = readFileSync(join(folder, 'statement.json'));
    const made = desk.keygen(['-Y', 'sign', '-q', '-n', 'gonogo-report', '-f', desk.bob.path], statement);
    writeFileSync(join(folder, 'statement.json.2.sig'), made.stdout);
    expect(failures(await desk.verify(basename(run)))).toEqual([]);
  });

  test('a signed report that the run has outgrown stays as it is; --out writes a new one', async () => {
    await desk.report({ sign: desk.alice.path });
    const before = contents(folder);
    expect((await desk.note('one thing more')).code).toBe(0);
    for (const options of [{}, { sign: desk.bob.path }]) {
      expect(await desk.report(options)).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(
          /signed report up to record \d+; the journal now ends with record \d+.*\nhint: --out DIR/,
        ),
      });
    }
    expect(contents(folder)).toEqual(before);
    const verified = await desk.verifyText(basename(run), { allowedSigners: desk.allowed });
    expect(verified).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Not signed: 1 record after the report\.$/m),
    });
    const out = desk.path(`new-${basename(run)}`);
    expect(await desk.report({ out, sign: desk.bob.path })).toMatchObject({ code: 0 });
    expect(failures(await desk.verify(out))).toEqual([]);
  });

  test('nobody countersigns a report that is no longer what was signed', async () => {
    await desk.report({ sign: desk.alice.path });
    edit(join(folder, 'report.html'), (bytes) => `${bytes}<!-- -->`);
    const said = await desk.report({ sign: desk.bob.path });
    expect(said).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/report\.html is not the file that was signed/),
    });
    expect(existsSync(join(folder, 'statement.json.2.sig'))).toBe(false);
  });

  test('another format of a signed report goes elsewhere', async () => {
    await desk.report({ format: 'md', sign: desk.alice.path });
    expect(await desk.report()).toMatchObject({ code: 0, stdout: `${join(folder, 'report.md')}\n` });
    expect(await desk.report({ format: 'html' })).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/has no report\.html\nhint: --out DIR/),
    });
  });
});

describe('keys', () => {
  test('a key of any kind signs by ssh-agent, named by its .pub file or its fingerprint', async () => {
    const socket = await startAgent(desk.folder);
    const ecdsa = makeKeyFile(desk.folder, 'agent-ecdsa', ['-t', 'ecdsa']);
    const locked = makeKeyFile(desk.folder, 'agent-ed25519', ['-t', 'ed25519']);
    const allowedSigners = desk.put('agent-allowed', `eve ${ecdsa.publicLine}mallory ${locked.publicLine}`);
    for (const { path } of [ecdsa, locked]) tool('ssh-add', ['-q', path], '', { SSH_AUTH_SOCK: socket });
    process.env['SSH_AUTH_SOCK'] = socket;
    try {
      expect(await desk.report({ sign: `${ecdsa.path}.pub` })).toMatchObject({ code: 0 });
      expect(await desk.report({ sign: locked.publicKey.fingerprint })).toMatchObject({ code: 0 });
    } finally {
      delete process.env['SSH_AUTH_SOCK'];
    }
    const verified = await desk.verify(basename(run), { allowedSigners });
    expect(failures(verified)).toEqual([]);
    expect(verified.signers.map(({ principal }) => principal)).toEqual(['eve', 'mallory']);
    expect(existsSync(join(folder, 'statement.dsse.json'))).toBe(false);
  });

  test('a key that cannot sign is bad input, says the way out, and nothing is written', async () => {
    const locked = makeKeyFile(desk.folder, `locked-${basename(run)}`, ['-t', 'ed25519'], 'correct horse');
    const open = makeKeyFile(desk.folder, `open-${basename(run)}`, ['-t', 'ed25519']);
    chmodSync(open.path, 0o644);
    const cases: readonly (readonly [string, RegExp])[] = [
      [desk.path('no-key'), /--sign: cannot read .*name a key file, its \.pub file, or SHA256:/],
      [locked.path, /is encrypted; load it with ssh-add/],
      [open.path, /can be read by others \(mode 0644\); run: chmod 600/],
      [`${desk.alice.path}.pub`, /none is running: SSH_AUTH_SOCK is not set/],
      [desk.alice.publicKey.fingerprint, /SSH_AUTH_SOCK is not set/],
      [desk.put('text', 'no key'), /text: the key after its type is not canonical base64/],
    ];
    for (const [sign, message] of cases) {
      expect(await desk.report({ sign }), sign).toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
    }
    expect(existsSync(folder)).toBe(false);
  });

  test('the passphrase of an encrypted key is asked for on the terminal and never shown', async () => {
    const locked = makeKeyFile(desk.folder, `terminal-${basename(run)}`, ['-t', 'ed25519'], 'correct horse');
    const words = ['report', basename(run), '--state', desk.state, '--sign', locked.path];
    const wrong = startPty(cli, words, 200, 20);
    await wrong.shows('Passphrase for ');
    wrong.write('battery staple\r');
    await wrong.shows('the passphrase is wrong');
    expect(await wrong.exited).toBe(2);
    const left = startPty(cli, words, 200, 20);
    await left.shows('Passphrase for ');
    left.write('\u0003');
    await left.shows('the passphrase was not entered');
    expect(await left.exited).toBe(2);
    const right = startPty(cli, words, 200, 20);
    await right.shows('Passphrase for ');
    right.write('correct cow\u0015correct horsf\u007fe\r');
    await right.shows('signed with SHA256:');
    expect(await right.exited).toBe(0);
    expect(`${wrong.written()}${right.written()}`).not.toMatch(/horse|staple/);
  });

  test('key create makes one where there is none; key show prints the line that trusts it', async () => {
    expect(await desk.key('show')).toMatchObject({ code: 2, stderr: expect.stringMatching(/hint: gonogo key create/) });
    const created = await desk.key('create', 'ada');
    const path = desk.path('home', '.config', 'gonogo', 'key');
    expect(created).toMatchObject({ code: 0, stderr: expect.stringContaining(path) });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(created.stdout).toMatch(/^ada namespaces="gonogo-report,gonogo-approval" ssh-ed25519 \S+\n$/);
    expect((await desk.key('show', 'ada')).stdout).toBe(created.stdout);
    const before = readFileSync(path);
    expect(await desk.key('create')).toMatchObject({ code: 2, stderr: expect.stringMatching(/not written over/) });
    expect(readFileSync(path)).toEqual(before);
    expect(await desk.report({ sign: path })).toMatchObject({ code: 0 });
    const allowedSigners = desk.put('own', created.stdout);
    const verified = await desk.verify(basename(run), { allowedSigners });
    expect(verified.signers).toMatchObject([{ principal: 'ada', trusted: true }]);
    const words = ['-Y', 'verify', '-f', allowedSigners, '-I', 'ada', '-n', 'gonogo-report'];
    const signature = join(folder, 'statement.json.sig');
    expect(desk.keygen([...words, '-s', signature], readFileSync(join(folder, 'statement.json'))).exit).toBe(0);
    expect(await desk.key('create', 'two words')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/--operator/),
    });
    expect(await desk.key('destroy')).toMatchObject({ code: 2 });
  });
});
