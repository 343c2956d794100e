/** Steps on hosts that have the operator's terminal, on a real one, behind a real sshd. */
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type Pty, startPty } from '../tui/pty.ts';
import { FarServer } from './far-server.ts';

const gonogo = fileURLToPath(new URL('../../dist/gonogo.cjs', import.meta.url));
let server: FarServer;
let number = 0;
beforeAll(async () => {
  server = await FarServer.start();
});
afterAll(() => server.dispose());
beforeEach(() => {
  number += 1;
});

const at = (name: string): string => server.at(`${number}-${name}`);
const read = (name: string): string => (existsSync(at(name)) ? readFileSync(at(name), 'utf8') : '');

function open(...words: readonly string[]): Pty {
  return startPty(gonogo, words, 80, 24, { ...server.env, GONOGO_STATE: at('state') }, server.folder);
}

function run(...words: readonly string[]): Promise<{ code: number; stdout: string }> {
  const env = { ...process.env, ...server.env, GONOGO_STATE: at('state') };
  return new Promise((resolve) => {
    execFile(process.execPath, [gonogo, ...words], { cwd: server.folder, env }, (error, stdout) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, stdout });
    });
  });
}

function document(hosts: string, script: string, more = ''): string {
  writeFileSync(
    at('login.yaml'),
    `runbook: Ask at the terminal
hosts: { web: [${hosts}] }
vars: { named: ${at('named')}, go: ${at('go')} }
phases:
  all:
    - id: login
      on: web
      tty: true
      run: |
        test -t 0 && test -t 1 || exit 90
        ${script}
${more}`,
  );
  return at('login.yaml');
}

const asks = `printf 'Your name on %s? ' "$host"; read -r name; echo "$host $name" >> "$named"`;

async function orders(pty: Pty): Promise<void> {
  await pty.shows('r runs login');
  await pty.type('r');
  await pty.shows('> n No <');
  await pty.type('y');
}

test('the terminal goes to one host after the other, what they show is kept, and their exits are the outcome', async () => {
  const pty = open('run', document('far1, far2', asks));
  await orders(pty);
  await pty.shows('Your name on far1?');
  await pty.leaves();
  expect(read('named')).toBe('');
  await pty.type('ada\r');
  await pty.shows('Press a key to go back');
  await pty.type('x');
  await pty.shows('Your name on far2?');
  await pty.type('grace\r');
  await pty.shows('Press a key to go back');
  await pty.type('x');
  await pty.shows('COMPLETED');
  await pty.type('q');
  expect(await pty.exited).toBe(0);
  expect(read('named')).toBe('far1 ada\nfar2 grace\n');
  const logged = await run('logs', 'latest', 'login', '--host', 'far2');
  expect(logged.stdout).toContain('Your name on far2? grace');
  expect(logged.stdout).not.toContain('far1');
  expect((await run('verify', 'latest')).code).toBe(0);
});

test('with plain prompts nothing of what it shows comes twice, and steps are told by their host', async () => {
  const pty = open('run', document('far1', asks), '--plain');
  await pty.shows('a number, or r, ');
  await pty.type('r\r');
  await pty.shows('y/N:');
  await pty.type('y\r');
  await pty.shows('running login on far1');
  await pty.shows('Your name on far1?');
  await pty.type('ada\r');
  expect(await pty.exited).toBe(0);
  expect(pty.written()).toContain('passed login on far1');
  expect(pty.written()).not.toMatch(/Script (started|done)|login_1/);
});

test('Ctrl-C is the command’s, and what it comes to is asked about as for a step here', async () => {
  const pty = open('run', document('far1', asks));
  await orders(pty);
  await pty.shows('Your name on far1?');
  await pty.type('\x03');
  await pty.shows('Press a key to go back');
  await pty.type('x');
  await pty.shows('killed by signal 2 (INT)');
  pty.kill('SIGTERM');
  expect(await pty.exited).toBe(130);
});

test('the way there is cut: the screen comes back, and what the host says is the outcome', async () => {
  const pty = open('run', document('far1', `printf 'Your name on %s? ' "$host"; read -r name || exit 9`));
  await orders(pty);
  await pty.shows('Your name on far1?');
  server.cut();
  await pty.shows('Press a key to go back');
  await pty.type('x');
  await pty.shows('far1: exit 9');
  pty.kill('SIGTERM');
  await pty.exited;
});

test('killed with the terminal in its hands, another process waits for the command and repeats nothing', async () => {
  const waits = `echo begun >> "$named"; until test -e "$go"; do sleep 0.05; done; echo ended >> "$named"`;
  const first = open('run', document('far1', `trap '' HUP; ${waits}`));
  await orders(first);
  // What it prints stands in its script too, which is shown before.
  await vi.waitFor(() => expect(read('named')).toBe('begun\n'), { timeout: 60_000, interval: 20 });
  first.kill('SIGKILL');
  await first.exited;
  const second = open('resume', '--plain');
  await second.shows('login');
  writeFileSync(at('go'), '');
  expect(await second.exited).toBe(0);
  expect(read('named')).toBe('begun\nended\n');
});

test('without a terminal the step fails before anything begins, here and where sshd gives none', async () => {
  const file = document('far1', asks);
  expect((await run('run', file, '--headless', '--operator', 'Ada')).stdout).toContain('needs a terminal');
  const strict = await FarServer.start({ sshd: 'PermitTTY no' });
  try {
    const pty = startPty(gonogo, ['run', file], 80, 24, { ...strict.env, GONOGO_STATE: at('strict') }, server.folder);
    await orders(pty);
    await pty.shows('Press a key to go back');
    await pty.type('x');
    await pty.shows('the command did not begin there: ssh ended with 97');
    pty.kill('SIGTERM');
    await pty.exited;
  } finally {
    await strict.dispose();
  }
  expect(read('named')).toBe('');
});

test('a secret reaches the command and no disk, and what is shown then is not kept', async () => {
  const file = document(
    'far1',
    `printf '%s ' "$T"; read -r name; echo "$T" > "$named"`,
    '      env: { T: "${{ token }}" }\n',
  );
  writeFileSync(file, readFileSync(file, 'utf8').replace('vars: {', 'vars: { token: { env: TOKEN, secret: true },'));
  const env = { ...server.env, GONOGO_STATE: at('state'), TOKEN: 'hunter2-xyz' };
  const pty = startPty(gonogo, ['run', file], 80, 24, env, server.folder);
  await orders(pty);
  await pty.shows('hunter2-xyz');
  const words = execFileSync('ps', ['-A', '-ww', '-o', 'args='], { encoding: 'utf8' });
  const found = spawnSync('grep', ['-rlF', '--devices=skip', 'hunter2', server.at('xdg'), at('state')], {
    encoding: 'utf8',
  });
  expect([words.includes('hunter2'), found.stdout]).toEqual([false, '']);
  await pty.type('\r');
  await pty.shows('Press a key to go back');
  await pty.type('x');
  await pty.shows('COMPLETED');
  await pty.type('q');
  expect(await pty.exited).toBe(0);
  expect(read('named')).toBe('hunter2-xyz\n');
});
