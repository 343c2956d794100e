/** Steps that have the terminal, on a real one. */
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Stage } from '../examples/stage.ts';
import { type Pty, startPty } from '../tui/pty.ts';

const gonogo = fileURLToPath(new URL('../../dist/gonogo.cjs', import.meta.url));
const text = `runbook: Ask at the terminal
phases:
  all:
    - id: login
      run: |
        test -t 0 && test -t 1
        printf 'Your %s? ' name; read -r name; echo "$name" > named
        exit 7
      expect: exit == 7
      tty: true
    - { id: after, check: cat named }
`;

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
  stage.write('login.yaml', text);
});
afterEach(() => stage.dispose());

function open(...words: readonly string[]): Pty {
  const env = { GONOGO_STATE: stage.path('state') };
  return startPty(gonogo, words, 80, 24, env, stage.folder);
}

test('the screen steps aside, the command has the terminal, and its exit is the step’s', async () => {
  const pty = open('run', 'login.yaml');
  await pty.shows('r runs login');
  await pty.type('r');
  await pty.shows('> n No <');
  await pty.type('y');
  await pty.shows('Your name?');
  await pty.leaves();
  await pty.type('ada\r');
  await pty.shows('Press a key to go back');
  await pty.leaves();
  await pty.type(' ');
  await pty.shows('r runs after');
  expect(pty.alternate()).toBe(true);
  expect(stage.read('named')).toBe('ada\n');
  await pty.type('r');
  await pty.shows('COMPLETED');
  await pty.type('q');
  expect(await pty.exited).toBe(0);
  const logged = await stage.gonogo('logs', 'latest', 'login');
  expect(logged.stdout).toContain('Your name? ada');
  expect((await stage.gonogo('report', 'latest', '--out', stage.path('out'))).code).toBe(0);
  expect(stage.read('out/report.md')).not.toContain('terminal: not recorded');
  expect((await stage.gonogo('verify', 'latest')).code).toBe(0);
});

test.each([['--plain'], []])('Ctrl-C is the command’s while it has the terminal (%s)', async (...words) => {
  const pty = open('run', 'login.yaml', ...words);
  await pty.shows(words.length > 0 ? 'a number, or r, ' : 'r runs login');
  await pty.type(words.length > 0 ? 'r\r' : 'r');
  await pty.shows(words.length > 0 ? 'y/N:' : '> n No <');
  await pty.type(words.length > 0 ? 'y\r' : 'y');
  await pty.shows('Your name?');
  await pty.type('\x03');
  if (words.length === 0) {
    await pty.shows('Press a key to go back');
    await pty.type('x');
  }
  await pty.shows('exit = 130');
  if (words.length === 0) expect(pty.rows()[0]).toMatch(/^ ?Ask at the terminal/);
  pty.kill('SIGTERM');
  expect(await pty.exited).toBe(130);
});

test('with plain prompts what is typed goes to the command while it runs, and to the prompts after it', async () => {
  const pty = open('run', 'login.yaml', '--plain');
  await pty.shows('a number, or r, ');
  await pty.type('r\r');
  await pty.shows('y/N:');
  await pty.type('y\r');
  await pty.shows('Your name?');
  await pty.type('grace\r');
  await pty.shows('Next: after');
  expect(stage.read('named')).toBe('grace\n');
  await pty.type('r\r');
  expect(await pty.exited).toBe(0);
});

test('a step that failed for want of a terminal is retried at one', async () => {
  const headless = await stage.headless('login.yaml');
  expect(headless.code).toBe(3);
  const pty = open('resume', '--plain');
  await pty.shows('1-');
  await pty.type('1\r');
  await pty.shows('eason');
  await pty.type('now I sit at one\r');
  await pty.shows('y/N:');
  await pty.type('y\r');
  await pty.shows('Your name?');
  await pty.type('linus\r');
  await pty.shows('Next: after');
  expect(stage.read('named')).toBe('linus\n');
  await pty.type('q\r');
  expect(await pty.exited).toBe(3);
});

test('a step that has the terminal and a secret is named before it runs, while it does, and in the report', async () => {
  const said = 'a recording of the terminal may hold the secret token';
  stage.write(
    'unlock.yaml',
    `runbook: Unlock
vars: { token: { env: TOKEN, secret: true } }
phases:
  all:
    - { id: unlock, run: test -n "$T", env: { T: "\${{ token }}" }, tty: true }
    - { id: after, run: test -n "$T", env: { T: "\${{ token }}" } }
`,
  );
  const checked = await stage.gonogo('check', 'unlock.yaml');
  expect([checked.code, checked.stdout.match(/note\[tty-secret\]/g)]).toEqual([0, ['note[tty-secret]']]);
  expect(checked.stdout).toContain(said);
  expect((await stage.gonogo('plan', 'unlock.yaml')).stdout).toContain(said);

  const env = { GONOGO_STATE: stage.path('state'), TOKEN: 'hunter2-xyz' };
  const pty = startPty(gonogo, ['run', 'unlock.yaml'], 240, 40, env, stage.folder);
  await pty.shows('r runs unlock');
  await pty.shows(said);
  await pty.type('r');
  await pty.shows('> n No <');
  await pty.type('y');
  await pty.shows('Press a key to go back');
  await pty.type('x');
  await pty.shows('r runs after');
  await pty.type('r');
  await pty.shows('> n No <');
  await pty.type('y');
  await pty.shows('COMPLETED');
  await pty.type('q');
  expect(await pty.exited).toBe(0);
  expect((await stage.gonogo('report', 'latest', '--out', stage.path('out'))).code).toBe(0);
  expect(stage.read('out/report.md').split(said)).toHaveLength(2);
  // What could not be masked is not kept.
  expect(stage.read('out/report.md')).toContain('what it showed on the terminal: not recorded');
});
