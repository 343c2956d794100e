/** The runbook that releases a static site, over a real sshd on 127.0.0.1, served by a small web server that follows the link. */
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Ended, SshServer } from '../elsewhere/ssh-server.ts';

// Each test walks a whole release, with dozens of real programs.
vi.setConfig({ testTimeout: 180_000 });

const runbook = join(import.meta.dirname, '../../runbooks/static-site-release.yaml');

let far: SshServer;
let web: Server;
let url = '';

const site = (): string => join(far.folder, 'site');
const git = (...words: readonly string[]): void => {
  execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@localhost', ...words], { cwd: far.folder });
};

function write(text: string): void {
  writeFileSync(join(far.folder, 'source.html'), text);
  git('commit', '-qam', text);
}

beforeAll(async () => {
  far = await SshServer.start();
  mkdirSync(join(site(), 'releases/v1.0.0'), { recursive: true });
  writeFileSync(join(site(), 'releases/v1.0.0/index.html'), 'first');
  symlinkSync('releases/v1.0.0', join(site(), 'current'));
  web = createServer((request, response) => {
    const path = request.url === '/' ? '/index.html' : (request.url ?? '');
    try {
      const page = readFileSync(join(site(), 'current', path), 'utf8');
      // A page that cannot be asked for by its own name is what the bad version of these tests brings.
      response.writeHead(page === 'bad' && request.url !== '/' ? 404 : 200).end(page);
    } catch {
      response.writeHead(404).end();
    }
  }).listen(0, '127.0.0.1');
  await once(web, 'listening');
  const address = web.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`;
  execFileSync('git', ['init', '-q'], { cwd: far.folder });
  far.write('.gitignore', '*\n!source.html\n!.gitignore\n');
  writeFileSync(join(far.folder, 'source.html'), 'first');
  git('add', '-A');
  git('commit', '-qm', 'first');
});
afterAll(async () => {
  web.close();
  await once(web, 'close');
  await far.dispose();
});

const said = `ready.rollback_configuration: { pass: There is none }
ready.rollback_communication: { pass: The web channel }
ready.rollback_verification: { pass: The steps of the rollback }
ready.rollback_rehearsed: { pass: Today }
ready.rollback_database: { na: There is no database }
go: { approve: { by: Grace } }
switch: { confirm: site }
looked_at.looks: { pass: The first page }
looked_at.errors: { pass: Nothing new }
`;

function release(version: string, other: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const vars = {
    version,
    host: hostname(),
    server: 'far',
    site: site(),
    url,
    build: 'mkdir dist && cp source.html dist/index.html',
    ...other,
  };
  const given = Object.entries(vars).flatMap(([name, value]) => ['--var', `${name}=${value}`]);
  const answers = far.write('answers.yaml', said);
  return far.gonogo(
    'run',
    runbook,
    '--headless',
    '--operator',
    'Ada',
    '--answers',
    answers,
    '--state',
    far.state,
    ...given,
  );
}

const hostname = (): string => spawnSync('hostname', { encoding: 'utf8' }).stdout.trim();
const link = (): string => readlinkSync(join(site(), 'current'));

test('another server than was meant gets nothing', async () => {
  expect(await release('v1.1.0', { host: 'another' })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('identity'),
  });
  expect(link()).toBe('releases/v1.0.0');
});

test('a version is built, unpacked over ssh and served', async () => {
  write('second');
  const ended = await release('v1.1.0');
  expect(ended, ended.stdout + ended.stderr).toMatchObject({ code: 0 });
  expect(link()).toBe('releases/v1.1.0');
  expect(await (await fetch(url)).text()).toBe('second');
});

test('a version that lost a page is taken back and away', async () => {
  write('bad');
  const ended = await release('v1.2.0');
  expect(ended, ended.stdout + ended.stderr).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('rolled back: page failed'),
  });
  expect(link()).toBe('releases/v1.1.0');
  expect(readdirSync(join(site(), 'releases')).sort()).toEqual(['v1.0.0', 'v1.1.0']);
  expect(await (await fetch(url)).text()).toBe('second');
});

test('a site that is no link to a release has nothing to go back to, and gets nothing', async () => {
  rmSync(join(site(), 'current'));
  mkdirSync(join(site(), 'current'));
  writeFileSync(join(site(), 'current/index.html'), 'by hand');
  const ended = await release('v1.3.0');
  expect(ended, ended.stdout + ended.stderr).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('rollback_point'),
  });
  expect(existsSync(join(site(), 'releases/v1.3.0'))).toBe(false);
  rmSync(join(site(), 'current'), { recursive: true });
  symlinkSync('releases/v1.1.0', join(site(), 'current'));
});

test('a folder that git keeps is not emptied for the build', async () => {
  far.write('pages/index.html', 'by hand');
  git('add', '--force', 'pages');
  git('commit', '-qm', 'pages');
  const ended = await release('v1.3.0', { folder: 'pages' });
  expect(ended, ended.stdout + ended.stderr).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('build failed'),
  });
  expect(readFileSync(join(far.folder, 'pages/index.html'), 'utf8')).toBe('by hand');
  // Or it would hold the server against the next run.
  expect(await far.gonogo('rollback', 'latest', '--headless', '--state', far.state)).toMatchObject({ code: 1 });
});

test('what somebody else released meanwhile under this version is not taken away', async () => {
  write('third');
  const theirs = join(site(), 'releases/v1.3.0');
  const ended = await release('v1.3.0', {
    build: `mkdir dist && cp source.html dist/index.html && cp -r dist '${theirs}' && ln -sfn releases/v1.3.0 '${site()}/current'`,
  });
  expect(ended, ended.stdout + ended.stderr).toMatchObject({ code: 3, stderr: expect.stringContaining('upload') });
  const back = await far.gonogo('rollback', 'latest', '--headless', '--state', far.state);
  expect(back, back.stdout + back.stderr).toMatchObject({ code: 5 });
  expect(await (await fetch(url)).text()).toBe('third');
});
