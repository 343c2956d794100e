/** Verbs on the gonogo of another machine, through a real sshd. */
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPty } from '../tui/pty.ts';
import { SshServer } from './ssh-server.ts';

const gonogo = fileURLToPath(new URL('../../dist/gonogo.cjs', import.meta.url));
let far: SshServer;
beforeAll(async () => {
  far = await SshServer.start();
});
afterAll(() => far.dispose());

const at = (...words: readonly string[]) => far.gonogo('--at', far.place, ...words);
const sent = (): string => join(far.folder, 'xdg/gonogo/sent');

test('run sends the document with what it includes, the answers and the values, and ends as it ended there', async () => {
  const log = join(far.folder, 'log');
  far.write(
    'documents/part/steps.yaml',
    `steps: [{ id: said, run: 'printf "%s|%s\\n" "$version" "$note" >> ${log}' }]\n`,
  );
  const file = far.write(
    'documents/run.yaml',
    `runbook: Far
vars: { version: { ask: Version }, note: { default: none } }
phases:
  all:
    - include: part/steps.yaml
    - { id: go, approve: { from: [Rita] } }
    - { id: last, check: 'test "$version" != bad' }
`,
  );
  const vars = far.write('vars.env', 'note=of a file\nTOKEN=not for others\n');
  const awkward = `it's "1" $HOME \`x\` \\ *`;
  const answers = far.write('answers.yaml', 'go: { approve: { by: Rita } }\n');
  const run = (version: string) =>
    at('run', file, '--headless', '--var', `version=${version}`, '--vars', vars, '--answers', answers);
  const good = await run(awkward);
  expect(good.stdout).toContain('passed     go');
  expect(good.code).toBe(0);
  expect(readFileSync(log, 'utf8')).toBe(`${awkward}|of a file\n`);
  const [folder = ''] = readdirSync(sent());
  expect(statSync(join(sent(), folder)).mode & 0o077).toBe(0);
  expect(await run('again')).toMatchObject({ code: 0 });
  expect(readdirSync(sent())).toEqual([folder]);
  expect((await run('bad')).code).toBe(3);
  expect(JSON.stringify(readdirSync(sent(), { recursive: true }))).not.toContain('vars');
  const listed = await at('list', '--json');
  expect(JSON.parse(listed.stdout)).toHaveLength(3);
  expect(listed.stdout).toBe((await far.gonogo('list', '--json', '--state', far.state)).stdout);
  expect(readFileSync(journalOf(await newest()), 'utf8')).toContain(`"operator":"${userInfo().username}"`);
});

async function newest(): Promise<string> {
  return /"run": "([^"]+)"/.exec((await at('show', 'latest', '--json')).stdout)?.[1] ?? '';
}

const journalOf = (run: string): string => join(far.state, 'runs', run, 'journal.jsonl');

test('a document over there is named by --there, and evidence of this machine is sent', async () => {
  const there = far.write('there.yaml', 'runbook: There\nphases: { all: [{ id: look, manual: Look }] }\n');
  expect((await at('run', '--there', there, '--headless')).code).toBe(3);
  const run = await newest();
  const shot = far.write('shot.txt', 'what was seen');
  expect(await at('attach', run, 'look', shot, '--note', 'seen')).toMatchObject({ code: 0 });
  expect(readFileSync(journalOf(run), 'utf8')).toContain('"evidence.attached"');
});

test('a runbook is rehearsed and run there by its drill file, which may stand for it', async () => {
  const file = far.write(
    'drilled/release.yaml',
    `runbook: Drilled
rehearsed: { within: 30d }
phases: { all: [{ id: touch, run: 'true', undo: { run: 'true' } }] }
`,
  );
  const drill = far.write('drilled/release.drill.yaml', 'drill: Told\n');
  const words = ['--headless', '--state', join(far.folder, 'drilled-state')];
  const run = () => far.gonogo('--at', 'ssh://far', 'run', file, ...words);
  const rehearse = (path: string) => far.gonogo('--at', 'ssh://far', 'drill', path, ...words.slice(1));
  const byFile = await rehearse(drill);
  expect(byFile.stdout).toContain('release.drill.yaml, else made up');
  expect(byFile.code).toBe(0);
  expect(await run()).toMatchObject({ code: 0 });
  far.write('drilled/release.drill.yaml', 'drill: Told otherwise\n');
  const changed = await run();
  expect(changed.stderr).toContain('of its drill file');
  expect(changed.code).toBe(1);
  expect((await rehearse(file)).stdout).toContain('release.drill.yaml, else made up');
  expect(await run()).toMatchObject({ code: 0 });
});

test('a connection that is cut leaves the run going on, and says how to find it', async () => {
  const begun = join(far.folder, 'begun');
  const go = join(far.folder, 'go');
  const file = far.write(
    'slow.yaml',
    `runbook: Slow\nphases: { all: [{ id: slow, run: 'touch ${begun}; until [ -e ${go} ]; do read -t 0.05 <> <(:) || :; done' }] }\n`,
  );
  const { ended } = far.begin(['--at', far.place, 'run', file, '--headless']);
  await expect.poll(() => existsSync(begun), { timeout: 60_000 }).toBe(true);
  far.cut();
  const { code, stderr } = await ended;
  expect(code).toBe(3);
  expect(stderr).toContain('the connection to far has ended; what runs there goes on');
  writeFileSync(go, '');
  const status = async (): Promise<string> => (await at('show', 'latest')).stdout;
  await expect.poll(status, { timeout: 60_000 }).toContain('completed');
});

test.each(['SIGTERM', 'SIGHUP'] as const)('%s ends the connection too, and what runs there goes on', async (signal) => {
  const begun = join(far.folder, `begun-${signal}`);
  const go = join(far.folder, `go-${signal}`);
  const file = far.write(
    `${signal}.yaml`,
    `runbook: Ended\nphases: { all: [{ id: slow, run: 'touch ${begun}; until [ -e ${go} ]; do read -t 0.05 <> <(:) || :; done' }] }\n`,
  );
  const { child, ended } = far.begin(['--at', far.place, 'run', file, '--headless']);
  await expect.poll(() => existsSync(begun), { timeout: 60_000 }).toBe(true);
  child.kill(signal);
  expect((await ended).code).toBe(3);
  writeFileSync(go, '');
  const status = async (): Promise<string> => (await at('show', 'latest')).stdout;
  await expect.poll(status, { timeout: 60_000 }).toContain('completed');
});

test('what somebody else has sent meanwhile stays as it is, with nothing laid into it', async () => {
  // As if the other one were there first, between the look and the end of ours.
  const tar = far.write('far/tar', '#!/bin/sh\nPATH=/usr/bin:/bin\ntar "$@" && cp -r "$4" "${4%.*}"\n');
  chmodSync(tar, 0o755);
  const before = existsSync(sent()) ? readdirSync(sent()) : [];
  const file = far.write('twice.yaml', 'runbook: Twice\nphases: { all: [{ id: a, check: "true" }] }\n');
  const checked = await at('check', file);
  rmSync(tar);
  expect(checked).toMatchObject({ code: 0 });
  const made = readdirSync(sent()).filter((name) => !before.includes(name));
  expect(made).toHaveLength(1);
  expect(readdirSync(join(sent(), made[0] ?? ''))).toEqual(['1']);
});

test('on a terminal the screen is that of the other machine', async () => {
  const pty = startPty(
    gonogo,
    [
      '--at',
      `ssh://far${join(far.folder, 'empty')}`,
      'run',
      far.write('look.yaml', 'runbook: Look far\nphases: { all: [{ id: look, check: echo far away }] }\n'),
    ],
    80,
    24,
    far.env,
    far.folder,
  );
  await pty.shows('r runs look');
  await pty.type('r');
  await pty.shows('COMPLETED: Look far');
  await pty.type('q');
  expect(await pty.exited).toBe(0);
});

describe('refused with one message, and nothing begun', () => {
  test.each([
    ['no address', 'far', ['list'], 'expected ssh://HOST'],
    ['another scheme', 'http://far', ['list'], 'expected ssh://HOST'],
    ['a host like an option', 'ssh://-oProxyCommand=x', ['list'], 'is no name of a host'],
    ['a host with a blank', 'ssh://a b', ['list'], 'is no name of a host'],
    ['a user like an option', 'ssh://-l@far', ['list'], 'is no name of a user'],
    ['a password', 'ssh://me:secret@far', ['list'], 'a password does not belong here'],
    ['a port that is none', 'ssh://far:0', ['list'], 'is no port'],
    ['a verb of this machine', 'ssh://far', ['import', 'page.md'], 'leave --at out'],
    ['a verb that is none', 'ssh://far', ['runn'], 'did you mean run?'],
    ['a key', 'ssh://far', ['approve', 'r', 's', '--key', 'id'], 'a key is not sent'],
    ['two state folders', 'ssh://far/x', ['list', '--state', 'y'], 'leave --state out'],
    ['a document that is not here', 'ssh://far', ['run', 'none.yaml'], 'none.yaml'],
    ['a host that is none', 'ssh://no-such-host.invalid', ['list'], 'is not reached by ssh'],
    ['a host whose key is not known', 'ssh://unknown', ['list'], 'Host key verification failed'],
    ['a user who may not', 'ssh://refusing', ['list'], 'Permission denied'],
  ])('%s', async (_, place, words, message) => {
    const { code, stdout, stderr } = await far.gonogo('--at', place, ...words);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('secret@');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  test('a secret in a file of values', async () => {
    const file = far.write(
      'secret.yaml',
      'runbook: S\nvars: { token: { env: TOKEN, secret: true } }\nphases: { all: [{ run: echo }] }\n',
    );
    const { code, stderr } = await at('run', file, '--headless', '--vars', far.write('s.env', 'TOKEN=hunter-two\n'));
    expect(stderr).toContain('variable token: a secret is not sent');
    expect(stderr).not.toContain('hunter');
    expect(code).toBe(2);
  });

  test('this machine has no ssh', async () => {
    const { PATH = '' } = far.env;
    far.env['PATH'] = join(far.folder, 'none');
    const { code, stderr } = await at('list');
    far.env['PATH'] = PATH;
    expect(stderr).toContain("ssh cannot be started here; nothing was begun\nhint: install OpenSSH's client");
    expect(code).toBe(2);
  });

  test('a machine without gonogo', async () => {
    far.takeAway();
    const { code, stderr } = await at('list');
    expect(stderr).toContain('there is no gonogo on far');
    expect(code).toBe(2);
  });
});
