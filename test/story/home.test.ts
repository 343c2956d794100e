/** The home screen of the built product on a real terminal: start, leave, go on, look back, sign. */
import { existsSync, globSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeKeyFile } from '../signing/workbench.ts';
import { enter, press, Stage } from './stage.ts';

const greeting = `runbook: Greet twice
phases:
  main:
    - { id: first, check: echo hello }
    - { id: second, check: echo again }
`;

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
  mkdirSync(join(stage.folder, 'runbooks'));
  writeFileSync(join(stage.folder, 'runbooks/greet.yaml'), greeting);
  writeFileSync(join(stage.folder, 'runbooks/broken.yaml'), 'runbook: Broken\nphases: 7\n');
});
afterEach(async () => {
  await stage.dispose();
});

test('home: a runbook is started and left, then resumed, then opened when it has ended', async () => {
  const first = stage.gonogo([]);
  await first.shows('Start a runbook');
  await first.shows('has errors');
  await press(first, '\x1b[B', '> Greet twice');
  await press(first, '\r', 'r runs first');
  await press(first, 'r', 'r runs second');
  await first.type('q');
  expect(await first.exited).toBe(3);

  const again = stage.gonogo([]);
  await again.shows('Waits for you');
  await again.shows('> Greet twice');
  await press(again, '\r', 'r runs second');
  await press(again, 'r', 'COMPLETED: Greet twice');
  await again.type('q');
  expect(await again.exited).toBe(0);

  const last = stage.gonogo([], 60, 16);
  await last.shows('Open a finished run');
  await press(last, '/', '/▏');
  for (const character of 'completed') await last.type(character);
  await last.shows('> Greet twice');
  await press(last, '\r', 'Esc stop');
  await press(last, '\r', 'COMPLETED: Greet twice');
  await press(last, '\x1b[A', '>  ✓ first');
  await last.shows('hello');
  await press(last, 'w', 'Write the report');
  await press(last, '\r', 'The report is written.');
  await press(last, 'q', 'Open a finished run');
  await last.type('q');
  expect(await last.exited).toBe(0);
  expect(stage.report()).toContain('Greet twice');
});

test('home: a runbook with errors says the first of them and nothing is started', async () => {
  const pty = stage.gonogo([]);
  await pty.shows('> runbooks/broken.yaml');
  await press(pty, '\r', 'broken.yaml:2:9');
  await pty.type('q');
  expect(await pty.exited).toBe(0);
  expect(stage.records()).toEqual([]);
});

test('home: two gonogos on one run: the second says who drives it, and stays', async () => {
  const first = stage.gonogo([]);
  await first.shows('Start a runbook');
  await press(first, '\x1b[B', '> Greet twice');
  await press(first, '\r', 'r runs first');
  const second = stage.gonogo([]);
  await second.shows('> Greet twice');
  await press(second, '\r', 'is driven by');
  await second.shows('gonogo watch');
  await second.type('q');
  expect(await second.exited).toBe(0);
  await press(first, 'r', 'r runs second');
  await first.type('q');
  expect(await first.exited).toBe(3);
});

test('home: a report is signed with a key that has a passphrase, asked for beside the screen, which comes back', async () => {
  makeKeyFile(stage.folder, 'key', ['-t', 'ed25519'], 'open sesame');
  const pty = stage.gonogo(['run', 'runbooks/greet.yaml']);
  await pty.shows('r runs first');
  await press(pty, 'r', 'r runs second');
  await press(pty, 'r', 'COMPLETED: Greet twice');
  await press(pty, 'w', 'Write it and sign it');
  await press(pty, '\x1b[B', '> Write it and sign it');
  await press(pty, '\r', 'Key file, or SHA256');
  await enter(pty, 'key', 'Passphrase for');
  await pty.leaves();
  pty.write('open sesame\r');
  await pty.shows('The report is written and signed.');
  expect(pty.alternate()).toBe(true);
  await pty.type('q');
  expect(await pty.exited).toBe(0);
  expect(pty.written()).not.toContain('sesame');
  const [folder = ''] = globSync(join(stage.folder, 'runs/*/report'));
  expect(existsSync(join(folder, 'statement.json.sig'))).toBe(true);
});

test('home: a run whose document changed shows the difference, and the change is adopted for a reason', async () => {
  const first = stage.gonogo([]);
  await first.shows('Start a runbook');
  await press(first, '\x1b[B', '> Greet twice');
  await press(first, '\r', 'r runs first');
  await press(first, 'r', 'r runs second');
  await first.type('q');
  expect(await first.exited).toBe(3);
  writeFileSync(join(stage.folder, 'runbooks/greet.yaml'), greeting.replace('echo again', 'echo once more'));

  const again = stage.gonogo([]);
  await again.shows('> Greet twice');
  await press(again, '\r', 'What has changed since the run began');
  await again.shows('-     - { id: second, check: echo again }');
  await again.shows('+     - { id: second, check: echo once more }');
  await press(again, '\x1b', 'Documents have changed');
  await again.shows('+1 -1');
  expect(stage.records()).not.toContain('run.resumed');
  await press(again, '\x1b[B', '> Adopt what changed');
  await press(again, '\r', 'Reason');
  await enter(again, 'the wording was wrong', 'r runs second');
  await press(again, 'r', 'COMPLETED: Greet twice');
  expect(stage.records()).toContain('documents.adopted');
  await again.type('q');
  expect(await again.exited).toBe(0);
});

test('home: a changed document can be left alone, and the run as well', async () => {
  const first = stage.gonogo([]);
  await first.shows('Start a runbook');
  await press(first, '\x1b[B', '> Greet twice');
  await press(first, '\r', 'r runs first');
  await first.type('q');
  expect(await first.exited).toBe(3);
  writeFileSync(join(stage.folder, 'runbooks/greet.yaml'), greeting.replace('echo again', 'echo once more'));

  const again = stage.gonogo([]);
  await again.shows('> Greet twice');
  await press(again, '\r', 'What has changed since the run began');
  await press(again, '\x1b', 'Documents have changed');
  await press(again, '\x1b', 'Waits for you');
  expect(stage.records()).not.toContain('run.resumed');
  await press(again, '\r', 'What has changed since the run began');
  await press(again, '\x1b', '> Go on with the text that the run began with');
  await press(again, '\r', 'r runs first');
  expect(stage.records()).not.toContain('documents.adopted');
  await again.type('q');
  expect(await again.exited).toBe(3);
});

test("the operator's own keys, title and theme; a file that is wrong is told and keeps nobody from the run", async () => {
  const config = join(stage.folder, 'config/gonogo/config.yaml');
  mkdirSync(join(stage.folder, 'config/gonogo'), { recursive: true });
  writeFileSync(config, 'theme: high-contrast\nkeys: { run: x, down: m }\n');
  const env = { XDG_CONFIG_HOME: join(stage.folder, 'config') };
  const pty = stage.gonogo(['run', 'runbooks/greet.yaml'], 80, 24, env);
  await pty.shows('x runs first; no earlier run, so no ETA yet');
  await press(pty, 'x', 'x runs second');
  await press(pty, '?', 'Steps pane (here)');
  await pty.shows('  m                  step after');
  await press(pty, '\x1b', 'x runs second');
  await press(pty, 'x', 'COMPLETED: Greet twice');
  await pty.type('q');
  expect(await pty.exited).toBe(0);
  expect(pty.written()).toContain('\x1b]2;waits for you: Greet twice 1/2 ');
  expect(pty.written()).toContain('\x1b[92m');

  writeFileSync(config, 'theme: light\nkeys: { run: s }\n');
  const wrong = stage.gonogo(['run', 'runbooks/greet.yaml'], 100, 24, env);
  await wrong.shows('Nothing of it holds: ');
  // Where the line ends depends on the path that it names.
  await wrong.shows('choose another');
  await press(wrong, 'r', 'r runs second');
  await wrong.type('q');
  expect(await wrong.exited).toBe(3);
});

test.each([
  [40, 12],
  [60, 16],
  [120, 40],
] as const)(
  '%ix%i: the timeline and the report are read on the screen, and nothing is written',
  async (columns, rows) => {
    const pty = stage.gonogo(['run', 'runbooks/greet.yaml'], columns, rows);
    await pty.shows('r runs first');
    await press(pty, 'r', 'r runs second');
    await press(pty, 't', 'Timeline');
    await pty.shows('the run began, by');
    await pty.shows('✓ first');
    await press(pty, '\x1b', 'r runs second');
    await press(pty, 'p', 'The report as it stands');
    await pty.shows('Greet twice');
    expect(existsSync(join(stage.folder, 'runs'))).toBe(true);
    expect(globSync(join(stage.folder, 'runs/*/report'))).toEqual([]);
    await press(pty, '/', '/▏');
    await enter(pty, 'Timeline', 'found');
    await press(pty, '\x1b', 'Esc close');
    await press(pty, '\x1b', 'r runs second');
    await press(pty, 'r', 'COMPLETED: Greet twice');
    await pty.type('q');
    expect(await pty.exited).toBe(0);
  },
);
