/** The prompts of the built product from the home menu on: everything by number, back everywhere, nothing taken back. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Pty } from '../tui/pty.ts';
import { Stage } from './stage.ts';

const greeting = `runbook: Greet twice
vars: { whom: world }
phases:
  main:
    - { id: first, check: 'echo hello "$whom"' }
    - { id: second, run: echo again, undo: { run: echo undone } }
    - { id: third, check: echo last }
`;

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
  mkdirSync(join(stage.folder, 'runbooks'));
  writeFileSync(join(stage.folder, 'runbooks/greet.yaml'), greeting);
});
afterEach(async () => {
  await stage.dispose();
});

const ask = 'a number, or ';
const home = 'narrows the list, q quits: ';

/** Types a line and waits for what it brings, and for the prompt that is next: what is typed before a prompt is nobody's answer. */
async function line(pty: Pty, text: string, shows: string, prompt = ask): Promise<void> {
  const before = pty.written().length;
  const after = (): string => pty.written().slice(before);
  pty.write(`${text}\r`);
  await pty.until(`"${shows}", then "${prompt}"`, () => after().includes(shows) && after().includes(prompt));
}

test('from the home menu to the end of a run: number by number, and back from each of them', async () => {
  const pty = stage.gonogo([], 100, 40, { CI: '1' });
  await pty.wrote(home, 1);
  await line(pty, '', 'Start a runbook', home);
  await line(pty, '99', '"99" is not one of', home);
  await line(pty, '/greet', '1-1 opens', home);
  await line(pty, '1', 'Next: first');
  await pty.wrote('with whom = world', 1);

  await line(pty, '4', 'Note (empty: back): ', 'Note (empty: back): ');
  await line(pty, '', 'Nothing was typed, so nothing is done.');
  await line(pty, '2', 'Record first', 'Reason (empty: back): ');
  await line(pty, '', 'Nothing was typed, so nothing is done.');
  await line(pty, '5', 'Nothing was changed yet');
  await line(pty, '7', 'pending second');
  await line(pty, '8', 'the run began, by');
  await line(pty, '9', 'whom = world');
  await line(pty, '10', 'Which step', 'Which step (empty: back): ');
  await line(pty, '', 'Next: first');
  await line(pty, '11', 'Find what', 'Find what (empty: back): ');
  await line(pty, '', 'Next: first');
  await line(pty, '14', 'Which step', 'Which step (empty: back): ');
  await line(pty, 'third', 'main/third: Third: PENDING');
  await line(pty, '15', 'Rendered from 1 record');
  await line(pty, '6', 'nothing was changed yet, so there is nothing to roll back');
  await line(pty, '16', 'Abort or pause', '0 Back');
  await line(pty, '0', 'Next: first');
  expect(stage.records()).not.toContain('step.started first');

  await line(pty, '1', 'Next: second');
  await line(pty, '8', 'passed first');
  await line(pty, '11', 'Find what', 'Find what (empty: back): ');
  await line(pty, 'HELLO', '"HELLO" is in no output');
  await line(pty, '11', 'Find what', 'Find what (empty: back): ');
  await line(pty, 'hello', '| hello world');
  await line(pty, '1', 'Run it?', 'y/N: ');
  await line(pty, '', 'Next: second');
  expect(stage.records()).not.toContain('step.started second');
  await line(pty, '1', 'Run it?', 'y/N: ');
  await line(pty, 'y', 'Next: third');
  await line(pty, '5', 'echo undone');
  pty.write('17\r');
  expect(await pty.exited).toBe(3);
  expect(pty.written()).toContain('Go on with: gonogo resume');
  expect(pty.written()).not.toContain('\x1b[');
});

test('from the home menu: a run whose document changed is gone on with, and one that ended is read', async () => {
  const first = stage.gonogo([], 100, 40, { CI: '1' });
  await first.wrote(home, 1);
  await line(first, '1', 'Next: first');
  first.write('17\r');
  expect(await first.exited).toBe(3);

  writeFileSync(join(stage.folder, 'runbooks/greet.yaml'), greeting.replace('echo last', 'echo the last'));
  const again = stage.gonogo([], 100, 40, { CI: '1' });
  await again.wrote(home, 1);
  await line(again, '1', 'echo the last', '0-2: ');
  await line(again, '0', 'Waits for you', home);
  await line(again, '1', 'echo the last', '0-2: ');
  await line(again, '2', 'Reason', 'Reason (empty: back): ');
  await line(again, 'the wording was wrong', 'Next: first');
  expect(stage.records()).toContain('documents.adopted');
  await line(again, '1', 'Next: second');
  await line(again, '1', 'Run it?', 'y/N: ');
  await line(again, 'y', 'Next: third');
  again.write('1\r');
  expect(await again.exited).toBe(0);

  const last = stage.gonogo([], 100, 40, { CI: '1' });
  await last.wrote(home, 1);
  await line(last, '/completed', '1-1 opens', home);
  await line(last, '1', 'COMPLETED: Greet twice');
  await line(last, '', ask);
  await line(last, '7', 'passed third');
  await line(last, '8', 'the run ended: completed');
  await line(last, '10', 'Which step', 'Which step (empty: back): ');
  await line(last, 'second', '| again');
  await line(last, '15', 'Steps as executed');
  await line(last, '1', '"1" is none of these: 5 rollback plan');
  await line(last, 'q', '1-1 opens', home);
  last.write('q\r');
  expect(await last.exited).toBe(0);
});

test('whoever watches by lines is told what they ask for meanwhile, and it ends with the run, by q and by Ctrl-C', async () => {
  const driver = stage.gonogo(['run', 'runbooks/greet.yaml']);
  await driver.shows('r runs first');
  const watching = stage.gonogo(['watch', 'latest', '--plain'], 80, 24);
  await watching.wrote('(q: stop watching).', 1);
  expect(watching.written()).toContain('a number, or u, l, t, v, o, /, z, p, q');
  await line(watching, '7', 'pending second', '');
  await driver.type('r');
  await watching.wrote('passed     first', 1);
  await line(watching, 't', 'passed first', '');
  await line(watching, 'o', 'Which step', 'Which step (empty: back): ');
  await line(watching, 'first', '| hello world', '');
  await line(watching, 'p', 'Steps as executed', '');
  const leaving = stage.gonogo(['watch', 'latest', '--plain'], 80, 24);
  await leaving.wrote('(q: stop watching).', 1);
  leaving.write('q\r');
  expect(await leaving.exited).toBe(0);
  const interrupted = stage.gonogo(['watch', 'latest', '--plain'], 80, 24);
  await interrupted.wrote('(q: stop watching).', 1);
  interrupted.write('\x03');
  expect(await interrupted.exited).toBe(0);
  await driver.shows('r runs second');
  await driver.type('r');
  await driver.shows('> n No <');
  await driver.type('y');
  await driver.shows('r runs third');
  await driver.type('r');
  expect(await watching.exited).toBe(0);
  expect(watching.written()).not.toContain('\x1b[');
});

test('who does not answer is told of by a webhook, in prompts and on the screen alike', async () => {
  const told: string[] = [];
  const server = createServer((request, response) => {
    request.setEncoding('utf8').on('data', (piece: string) => told.push(piece));
    request.on('end', () => response.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = address === null || typeof address === 'string' ? 0 : address.port;
  const config = join(stage.folder, 'config/gonogo');
  mkdirSync(config, { recursive: true });
  writeFileSync(join(config, 'config.yaml'), `waiting: { webhook: "http://127.0.0.1:${port}/x", after: 1s }\n`);
  const env = { XDG_CONFIG_HOME: join(stage.folder, 'config') };
  try {
    const plain = stage.gonogo(['run', 'runbooks/greet.yaml', '--plain'], 100, 40, env);
    await plain.until('a message', () => told.length > 0);
    expect(told[0]).toMatch(/Greet twice has waited \d+s for /);
    expect(told[0]).toContain('the order to run first');
    await line(plain, '1', 'Next: second');
    await plain.until('the next message', () => told.length > 1);
    plain.write('q\r');
    expect(await plain.exited).toBe(3);
    expect(told.length).toBe(2);
    const screen = stage.gonogo(['resume'], 80, 24, env);
    await screen.shows('r runs second');
    await screen.until('a message of the screen', () => told.length > 2);
    await screen.type('q');
    expect(await screen.exited).toBe(3);
    expect(told[2]).toContain('the order to run second');
  } finally {
    server.close();
  }
});
