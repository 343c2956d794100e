/** The single executable in an empty folder, on a path without Node. `npm run test:slow` builds the command before. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import * as z from 'zod';
import { startProgram } from '../tui/pty.ts';

const root = join(import.meta.dirname, '../..');
const release = join(root, 'dist-release');
const name = `gonogo-linux-${process.arch}`;
const digestOf = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

/** Holds the executable, and nothing else of gonogo. */
let scratch = '';
let binary = '';
/** All programs of this machine's path but Node. */
let programs = '';
/** Empty at the start of each test. */
let folder = '';

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'gonogo-binary-'));
  execFileSync(process.execPath, [join(root, '.ci/release.ts'), process.arch], { cwd: root });
  binary = join(scratch, 'gonogo');
  copyFileSync(join(release, name), binary);
  programs = join(scratch, 'programs');
  mkdirSync(programs);
  for (const place of ['/usr/local/bin', '/usr/bin', '/bin'].filter((place) => existsSync(place))) {
    for (const program of readdirSync(place)) {
      if (/^(?:node|npm|npx|corepack)/.test(program) || existsSync(join(programs, program))) continue;
      rmSync(join(programs, program), { force: true });
      symlinkSync(join(place, program), join(programs, program));
    }
  }
}, 300_000);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
beforeEach(() => {
  folder = mkdtempSync(join(scratch, 'work-'));
});

const env = (more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  PATH: programs,
  HOME: join(folder, 'home'),
  LANG: 'C.UTF-8',
  ...more,
});

function gonogo(words: readonly string[], more: Readonly<Record<string, string>> = {}) {
  const ended = spawnSync(binary, words, { cwd: folder, env: env(more), encoding: 'utf8' });
  return { code: ended.status, stdout: ended.stdout, stderr: ended.stderr };
}

test('there is no Node on the path of these tests', () => {
  expect(spawnSync('node', ['--version'], { env: env() }).error).toMatchObject({ code: 'ENOENT' });
});

test('it says its version, and what is wrong with a document, without a file beside it', () => {
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
  expect(gonogo(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  writeFileSync(join(folder, 'wrong.yaml'), 'runbook: Wrong\nphases: 7\n');
  expect(gonogo(['check', 'wrong.yaml'])).toMatchObject({ code: 2, stdout: expect.stringContaining('wrong.yaml:2:9') });
  expect(readdirSync(folder)).toEqual(['wrong.yaml']);
});

test('a run with a secret: no byte of it is on the disk, the report is signed, and all of it verifies', () => {
  writeFileSync(
    join(folder, 'secret.yaml'),
    `runbook: With a secret
vars:
  token: { env: TOKEN, secret: true }
phases:
  main:
    - { id: tell, run: 'echo "the token is $token"', effect: idempotent, env: { token: "\${{ token }}" } }
    - { id: no_node, check: '! command -v node' }
`,
  );
  const secret = 'hunter2-and-more';
  expect(gonogo(['run', 'secret.yaml', '--headless'], { TOKEN: secret })).toMatchObject({ code: 0 });
  const output = globSync(join(folder, 'state/runs/*/steps/*tell/1/output.log'))[0] ?? '';
  expect(readFileSync(output, 'utf8')).toBe('the token is •••\n');
  const written = globSync(join(folder, 'state/**/*'), { withFileTypes: true }).filter((entry) => entry.isFile());
  const holding = written.filter((file) => readFileSync(join(file.parentPath, file.name)).includes(secret));
  expect(holding).toEqual([]);

  expect(gonogo(['key', 'create', '--operator', 'olga'])).toMatchObject({ code: 0 });
  const shown = gonogo(['key', 'show', '--operator', 'olga']);
  writeFileSync(join(folder, 'signers'), shown.stdout);
  const key = join(folder, 'home/.config/gonogo/key');
  expect(gonogo(['report', 'latest', '--out', 'report', '--sign', key])).toMatchObject({ code: 0 });
  expect(gonogo(['verify', 'latest'])).toMatchObject({ code: 0 });
  const verified = gonogo(['verify', 'report', '--allowed-signers', 'signers', '--json']);
  expect(z.object({ ok: z.boolean() }).parse(JSON.parse(verified.stdout))).toEqual({ ok: true });
  writeFileSync(join(folder, 'report/report.md'), 'All went well.\n');
  expect(gonogo(['verify', 'report', '--allowed-signers', 'signers'])).toMatchObject({ code: 1 });
});

test('the demo releases its service, which needs a Node', () => {
  const ended = gonogo(['demo', '--break']);
  expect(ended).toMatchObject({ code: 1, stdout: expect.stringContaining('failed     health') });
  const places = readdirSync(join(folder, 'home/.local/share/gonogo'));
  expect(places).toHaveLength(1);
  // What somebody changed there is not what the executable carries.
  const shipped = join(folder, 'home/.local/share/gonogo', places[0] ?? '', 'runbooks/local-release.yaml');
  writeFileSync(shipped, 'runbook: Another\n');
  expect(gonogo(['demo'])).toMatchObject({ code: 0 });
  expect(readFileSync(shipped, 'utf8')).toBe(readFileSync(join(root, 'runbooks/local-release.yaml'), 'utf8'));
});

test('without a home the demo says what is missing', () => {
  expect(gonogo(['demo'], { HOME: '' })).toMatchObject({
    code: 2,
    stderr: 'gonogo: there is no folder for the documents that come with gonogo: HOME and XDG_DATA_HOME are not set\n',
  });
});

test('the app on a terminal: home offers what is here and what comes with gonogo, and a run is walked', async () => {
  mkdirSync(join(folder, 'runbooks'));
  writeFileSync(
    join(folder, 'runbooks/greet.yaml'),
    'runbook: Greet\nphases:\n  main:\n    - { id: first, check: echo hello }\n',
  );
  const pty = startProgram([binary], { columns: 100, rows: 30 }, env(), folder);
  try {
    await pty.shows('Start a runbook');
    await pty.shows('A release of a small real service');
    await pty.shows('> Greet');
    await pty.type('\r');
    await pty.shows('r runs first');
    await pty.type('r');
    await pty.shows('COMPLETED: Greet');
    await pty.type('q');
    expect(await pty.exited).toBe(0);
  } finally {
    pty.kill('SIGKILL');
  }
});

test('it is made twice with the same bytes, named with its Node in the parts list, and its checksum holds', () => {
  const first = digestOf(join(release, name));
  const sums = readFileSync(join(release, 'checksums.txt'), 'utf8');
  expect(sums).toContain(`${first}  ${name}\n`);
  const { components } = z
    .object({ components: z.array(z.looseObject({ name: z.string(), version: z.string() })) })
    .parse(JSON.parse(readFileSync(join(release, 'sbom.cdx.json'), 'utf8')));
  expect(components).toContainEqual(expect.objectContaining({ name: 'node', version: process.versions.node }));
  renameSync(join(release, name), join(scratch, 'first'));
  execFileSync(process.execPath, [join(root, '.ci/release.ts'), process.arch], { cwd: root });
  expect(digestOf(join(release, name))).toBe(first);
  expect(readFileSync(join(release, 'checksums.txt'), 'utf8')).toBe(sums);
}, 300_000);
