/** `gonogo hosts`, as it is typed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cleanHosts } from '../../src/target/ssh/fleet.ts';
import { toAttemptId } from '../../src/target/target.ts';
import { FarServer } from './far-server.ts';

const gonogo = fileURLToPath(new URL('../../dist/gonogo.cjs', import.meta.url));
const never = new AbortController().signal;
let far: FarServer;
beforeAll(async () => {
  far = await FarServer.start();
});
afterAll(() => far.dispose());

async function hosts(
  ...words: readonly string[]
): Promise<{ readonly code: unknown; readonly stdout: string; readonly stderr: string }> {
  const child = spawn(process.execPath, [gonogo, 'hosts', ...words], { env: far.env, cwd: far.folder });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text) => (stdout += String(text)));
  child.stderr.on('data', (text) => (stderr += String(text)));
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}

function list(text: string): string {
  writeFileSync(far.at('list'), text);
  return far.at('list');
}

test('a fleet is checked in one table, and as JSON', async () => {
  const file = list('far1 # the first\n\nfar2\nrefusing\nunknown\ndown\nfar1\n');
  const told = await hosts(file, '--needs', 'no-such-program', '--needs', 'sh');
  expect(told.code).toBe(1);
  expect(
    told.stdout
      .trim()
      .split('\n')
      .map((line) => line.split(/ {2,}/).slice(0, 2)),
  ).toEqual([
    ['far1', 'lacking'],
    ['far2', 'lacking'],
    ['refusing', 'auth'],
    ['unknown', 'host-key'],
    ['down', 'down'],
  ]);
  expect(told.stdout).toMatch(/far1 .*no no-such-program; the same machine as far2/);
  expect(told.stderr).toBe('0 of 5 hosts could take a run\n');
  const good = await hosts(list('far1\n'), '--json', '--there', far.at('elsewhere'));
  expect(good.code).toBe(0);
  expect(JSON.parse(good.stdout)).toMatchObject([
    {
      host: 'far1',
      status: 'ok',
      hostKey: expect.stringMatching(/^SHA256:/),
      freeBytes: expect.any(Number),
      wrong: [],
    },
  ]);
  expect(existsSync(far.at('elsewhere'))).toBe(true);
});

test('what names no host is refused before any is asked', async () => {
  const refused = async (text: string): Promise<string> => {
    const { code, stdout, stderr } = await hosts(list(text));
    expect([code, stdout, stderr.trim().split('\n').length]).toEqual([2, '', 1]);
    return stderr;
  };
  expect(await refused('far1\n-oProxyCommand=true\n')).toContain('-oProxyCommand=true');
  expect(await refused('far 1\n')).toContain('"far 1"');
  expect(await refused('# nobody\n')).toContain('no host');
  expect(await refused(Array.from({ length: 10_000 }, (_, n) => `far${n}\n`).join(''))).toContain(
    'it names 10000 hosts, and a step happens on at most 1000',
  );
  expect((await hosts(far.at('none'))).code).toBe(2);
  expect((await hosts(list('far1\n'), '--there', 'relative')).code).toBe(2);
});

test('what a run left is taken away, unless something of it still runs', async () => {
  const opened = await far.hosts('left');
  const target = opened.hosts.host('far');
  const attempt = { id: toAttemptId('steps/1/1'), bootId: await target.bootId() };
  mkdirSync(far.at('work'));
  await target.commands.begin(attempt, {
    command: { kind: 'script', text: 'until test -e go; do sleep 0.05; done', shell: ['sh'] },
    env: { without: [], set: {} },
    cwd: far.at('work'),
    timeoutMs: null,
    splitStderr: false,
    secrets: [],
    tty: false,
  });
  const asked = { host: await far.host(), state: null, run: 'left' };
  expect(await cleanHosts(asked, ['far', 'down'], never)).toMatchObject([{ kind: 'kept' }, { kind: 'down' }]);
  expect(existsSync(far.there('left', attempt.id))).toBe(true);
  writeFileSync(far.at('work', 'go'), '');
  await target.commands.wait(attempt, { tailBytesMax: 10 }, never);
  // Three names of one machine: who comes second finds nothing, or takes away what is left.
  const names = ['far', 'far2', 'far3'];
  const gone = await cleanHosts(asked, names, never);
  expect(gone.every(({ kind }) => kind === 'gone' || kind === 'none')).toBe(true);
  expect(gone.some(({ kind }) => kind === 'gone')).toBe(true);
  expect(existsSync(far.at('xdg', 'gonogo', 'left'))).toBe(false);
  expect(await cleanHosts(asked, ['far'], never)).toEqual([{ host: 'far', kind: 'none' }]);
});
