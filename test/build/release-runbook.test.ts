/** The runbook that releases gonogo, walked in a scratch repository with a registry and a remote of its own; and what CI is made of. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';

const root = join(import.meta.dirname, '../..');
const gonogo = join(root, 'dist/gonogo.cjs');
const runbook = join(root, 'runbooks/gonogo-release.yaml');

let scratch = '';
let clone = '';
let registry = '';
let server: Server;
/** What was published, as the registry tells it; null before. */
let published: unknown = null;
let tarball: Buffer = Buffer.alloc(0);

const putSchema = z.looseObject({ _attachments: z.record(z.string(), z.object({ data: z.string() })) });

/** As much of the registry's protocol as `npm publish`, `view` and `pack` speak. */
function startRegistry(): Server {
  return createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const isPackage = request.url?.split('?')[0] === '/gonogo';
      if (request.method === 'PUT' && isPackage) {
        const { _attachments, ...rest } = putSchema.parse(JSON.parse(Buffer.concat(chunks).toString()));
        published = rest;
        tarball = Buffer.from(Object.values(_attachments)[0]?.data ?? '', 'base64');
        response.writeHead(201).end('{}');
      } else if (request.url?.endsWith('.tgz')) response.end(tarball);
      else if (isPackage && published !== null) response.end(JSON.stringify(published));
      else response.writeHead(404).end('{}');
    });
  });
}

const env = (): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  HOME: scratch,
  GONOGO_STATE: join(scratch, 'state'),
  npm_config_cache: join(scratch, 'cache'),
  npm_config_update_notifier: 'false',
  GIT_AUTHOR_NAME: 'olga',
  GIT_AUTHOR_EMAIL: 'olga@localhost',
  GIT_COMMITTER_NAME: 'olga',
  GIT_COMMITTER_EMAIL: 'olga@localhost',
});
const git = (...words: readonly string[]): string =>
  execFileSync('git', words, { cwd: clone, env: env(), encoding: 'utf8' }).trim();

function write(name: string, value: unknown): void {
  writeFileSync(join(clone, name), typeof value === 'string' ? value : JSON.stringify(value));
}

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'gonogo-release-'));
  clone = join(scratch, 'clone');
  server = startRegistry();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  registry = `http://127.0.0.1:${port}/`;
  writeFileSync(join(scratch, '.npmrc'), `//127.0.0.1:${port}/:_authToken=none\n`);
  execFileSync('git', ['init', '--quiet', '--bare', join(scratch, 'remote.git')]);
  mkdirSync(clone);
  git('init', '--quiet');
  git('remote', 'add', 'origin', join(scratch, 'remote.git'));
  const head = { name: 'gonogo', version: '3.2.1' };
  const release =
    'mkdir -p dist-release && npm pack --silent --pack-destination dist-release >/dev/null && cd dist-release && sha256sum *.tgz > checksums.txt';
  write('package.json', {
    ...head,
    scripts: { check: 'true', test: 'true', 'test:slow': 'true', 'build:release': release },
  });
  write('package-lock.json', { ...head, lockfileVersion: 3, packages: { '': head } });
  write('.gitignore', 'dist-release\nnode_modules\n');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'Begin');
});
afterAll(async () => {
  await new Promise((done) => server.close(done));
  rmSync(scratch, { recursive: true, force: true });
});

async function run(words: readonly string[]): Promise<{ readonly code: number; readonly text: string }> {
  const ended = await execa(process.execPath, [gonogo, ...words], {
    cwd: clone,
    env: env(),
    extendEnv: false,
    all: true,
    reject: false,
  });
  return { code: ended.exitCode ?? -1, text: ended.all };
}

test('the runbook has nothing that check would tell, and its plan names what cannot be taken back', async () => {
  expect(await run(['check', runbook])).toMatchObject({
    code: 0,
    text: expect.stringContaining('0 errors, 0 warnings'),
  });
  const planned = await run(['plan', runbook, '--var', 'version=3.2.1', '--var', `registry=${registry}`]);
  expect(planned.text).toMatch(/nothing undoes: .*\bpublish\b/);
  expect(planned.text).toContain('asks: notes, go, publish');
});

test('it releases a scratch repository, and refuses to do so twice', async () => {
  const answers = join(scratch, 'answers.yaml');
  writeFileSync(answers, 'notes: done\ngo: { approve: { by: rita } }\npublish: { confirm: gonogo }\n');
  const words = ['run', runbook, '--headless', '--operator', 'olga', '--answers', answers];
  const values = ['--var', 'version=3.2.1', '--var', `registry=${registry}`];
  const first = await run([...words, ...values]);
  expect(first.text).toContain('completed');
  expect(first.code).toBe(0);
  expect(git('ls-remote', 'origin', 'refs/tags/v3.2.1^{}').split('\t')[0]).toBe(git('rev-parse', 'HEAD'));
  expect(tarball.equals(readFileSync(join(clone, 'dist-release/gonogo-3.2.1.tgz')))).toBe(true);
  const again = await run([...words, ...values]);
  expect(again.code).not.toBe(0);
  expect(again.text).toContain('new_tag');
});

test('CI pins each action by commit, and calls scripts that are there', () => {
  const text = readFileSync(join(root, '.github/workflows/ci.yml'), 'utf8');
  const used = [...text.matchAll(/uses: (\S+)/g)].map(([, action]) => action ?? '');
  expect(used.length).toBeGreaterThan(5);
  expect(used.filter((action) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/.test(action))).toEqual([]);
  const { scripts } = z
    .object({ scripts: z.record(z.string(), z.string()) })
    .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
  const called = [...text.matchAll(/- run: npm (?:run )?([a-z:]+)/g)].map(([, name]) => name ?? '');
  const own = called.filter((name) => !['ci', 'exec'].includes(name));
  expect(own.filter((name) => !(name in scripts))).toEqual([]);
  expect(z.object({ jobs: z.record(z.string(), z.unknown()) }).parse(parse(text)).jobs).toHaveProperty('binary');
});
