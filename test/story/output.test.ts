/** The output of steps by keys on a real terminal: wrapped, over the whole screen, searched, saved, paged, copied, side by side. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Pty, startProgram } from '../tui/pty.ts';
import { close, enter, gonogo, press, Stage } from './stage.ts';

const long = `runbook: Read the logs
phases:
  main:
    - id: logs
      check: |
        echo "start $(seq -s - 1 60) wraps"
        for i in $(seq 1 120); do echo "line $i"; done
        echo "Error: no such host db-1"
        for i in $(seq 121 240); do echo "line $i"; done
        echo 'database is ready'
        echo 'DATABASE moved'
    - id: next
      check: 'true'
`;

const parallel = `runbook: Side by side
phases:
  main:
    - id: probes
      parallel:
        - { id: one, check: 'echo first of all; echo careful >&2', expect: stdout == "first of all" }
        - { id: two, check: echo second of all }
        - { id: three, check: echo third of all }
    - id: colour
      ask:
        question: Which colour?
        choices: [amber, blue, crimson, emerald, fuchsia, gold, indigo, jade, khaki, lime, mauve, navy]
      capture: colour
    - id: next
      check: 'true'
vars: { colour: {} }
`;

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
  writeFileSync(join(stage.folder, 'long.yaml'), long);
  writeFileSync(join(stage.folder, 'parallel.yaml'), parallel);
});
afterEach(async () => {
  await stage.dispose();
});

/** `logs` has run, and its output fills the screen. */
async function reading(env = {}): Promise<Pty> {
  const pty = stage.gonogo(['run', 'long.yaml'], 80, 24, env);
  await pty.shows('r runs logs');
  await press(pty, 'r', 'r runs next');
  await press(pty, '\x1b[A', '>  ✓ logs');
  await pty.shows('DATABASE moved');
  await press(pty, '\t', '─ Output ─');
  await press(pty, 'z', '244 lines');
  await pty.hides('─ Steps');
  await pty.shows('line 223');
  return pty;
}

test('80x24: output over the whole screen, wrapped or cut; the first error; a search with its count and smart case', async () => {
  const pty = await reading();

  await press(pty, '\x1b[H', 'start 1-2-3');
  await pty.shows('-60 wraps');
  await press(pty, 'W', '…');
  await pty.hides('-60 wraps');
  await press(pty, 'W', '-60 wraps');

  await press(pty, 'E', '>Error: no such host db-1');
  await pty.shows('1 found');
  await close(pty, 'what reads like an error');

  for (const key of '/database') await pty.type(key);
  await pty.shows('/database▏');
  await press(pty, '\r', '2 found');
  await pty.shows('>database is ready');
  await press(pty, 'n', '>DATABASE moved');
  await press(pty, 'N', '>database is ready');
  await close(pty, '2 found');
  for (const key of '/DATABASE') await pty.type(key);
  await press(pty, '\r', '1 found');
  await close(pty, '1 found');
  await press(pty, 'z', '─ Steps');
  await pty.type('q');
  expect(await pty.exited).toBe(3);
});

test('80x24: output saved as a file, shown by the pager, copied to the clipboard', async () => {
  const pager = join(stage.folder, 'pager');
  writeFileSync(pager, '#!/bin/sh\nhead -n 3; printf "PAGED "; read -r _ < /dev/tty\n', { mode: 0o755 });
  const pty = await reading({ PAGER: pager });
  await press(pty, 'S', 'Save the output as a file');
  await press(pty, '\x15', 'File: ▏');
  await enter(pty, 'logs.txt', 'Saved as');
  expect(readFileSync(join(stage.folder, 'logs.txt'), 'utf8')).toContain('line 1\nline 2\n');

  await press(pty, 'P', 'PAGED');
  await pty.leaves();
  await pty.type('\r');
  await pty.shows('244 lines');
  expect(pty.alternate()).toBe(true);

  await press(pty, 'Y', 'lines are copied');
  const [, copied = ''] = /\x1b\]52;c;([^\x07]+)\x07/.exec(pty.written()) ?? [];
  expect(Buffer.from(copied, 'base64').toString('utf8')).toContain('DATABASE moved');
  await pty.type('q');
  expect(await pty.exited).toBe(3);
});

test('60x16: steps side by side by their number, what was kept apart, and a long menu narrowed by its text', async () => {
  const pty = stage.gonogo(['run', 'parallel.yaml'], 60, 16);
  await pty.shows('r runs probes');
  await press(pty, 'r', 'Which colour?');
  await press(pty, '/', '/▏');
  await press(pty, 'm', '5 found');
  await press(pty, 'a', '1 found');
  await pty.shows('> mauve');
  await pty.hides('amber');
  await press(pty, '\r', 'khaki');
  await pty.shows('> mauve');
  expect(stage.records()).not.toContain('step.answered colour');
  await press(pty, '\r', 'r runs next');
  expect(stage.records()).toContain('step.answered colour');

  for (const _ of [1, 2]) await pty.type('\x1b[A');
  await press(pty, '1', '>1   ✓ one');
  await pty.shows('first of all');
  await pty.shows('(o: standard error)');
  await press(pty, 'o', 'careful');
  await press(pty, 'o', 'first of all');
  await press(pty, '3', 'third of all');
  await press(pty, '2', 'second of all');
  await press(pty, '7', 'there are 3 steps side by side here');
  await pty.type('q');
  expect(await pty.exited).toBe(3);
});

test('in tmux: the output is copied into its buffer, and the screen comes back whole', async () => {
  const socket = `gonogo-story-${process.pid}`;
  const config = join(stage.folder, 'tmux.conf');
  writeFileSync(config, 'set -g set-clipboard on\nset -g default-terminal screen-256color\n');
  const env = { GONOGO_STATE: stage.folder };
  const tmux = ['tmux', '-L', socket, '-f', config];
  const words = [...tmux, 'new-session', process.execPath, gonogo, 'run', 'long.yaml'];
  const pty = startProgram(words, { columns: 80, rows: 25 }, env, stage.folder);
  try {
    await pty.shows('r runs logs');
    await press(pty, 'r', 'r runs next');
    // The script holds the same words: the output is there when its lines are counted.
    await press(pty, '\x1b[A', '244 lines');
    await press(pty, 'Y', 'lines are copied');
    const { stdout } = spawnSync('tmux', ['-L', socket, 'show-buffer'], { encoding: 'utf8' });
    expect(stdout).toContain('DATABASE moved');
    pty.resize(120, 41);
    await pty.shows('q detach');
    await pty.shows('database is ready');
    await pty.type('q');
    await pty.exited;
  } finally {
    spawnSync('tmux', ['-L', socket, 'kill-server']);
  }
});

test('80x24: with the mouse, which the terminal is told to send and not to send any more, and which runs nothing', async () => {
  const config = join(stage.folder, 'config/gonogo');
  mkdirSync(config, { recursive: true });
  writeFileSync(join(config, 'config.yaml'), 'mouse: true\n');
  const pager = join(stage.folder, 'pager');
  writeFileSync(pager, '#!/bin/sh\nprintf "PAGED "; read -r _ < /dev/tty\n', { mode: 0o755 });
  const pty = stage.gonogo(['run', 'long.yaml'], 80, 24, {
    XDG_CONFIG_HOME: join(stage.folder, 'config'),
    PAGER: pager,
  });
  await pty.shows('r runs logs');
  await pty.wrote('\x1b[?1000h\x1b[?1006h', 1);
  const row = pty.rows().findIndex((one) => one.includes('· next'));
  await press(pty, `\x1b[<0;6;${row + 1}M\x1b[<0;6;${row + 1}m`, '>  · next');
  expect(stage.records()).not.toContain('step.started next');
  await press(pty, 'f', '>  · logs');
  await press(pty, 'r', 'r runs next');
  await press(pty, '\x1b[A', '244 lines');
  await press(pty, '\x1b[<64;50;20M', 'LINE');
  await press(pty, 'P', 'PAGED');
  await pty.wrote('\x1b[?1006l\x1b[?1000l', 1);
  await pty.type('\r');
  await pty.wrote('\x1b[?1000h\x1b[?1006h', 2);
  await pty.shows('q detach');
  await pty.type('q');
  expect(await pty.exited).toBe(3);
  expect(pty.written().lastIndexOf('\x1b[?1006l\x1b[?1000l')).toBeGreaterThan(pty.written().lastIndexOf('\x1b[?1000h'));
});

test('80x24: a step that printed much less than when it last passed is marked, and says so; in the prompts too', async () => {
  writeFileSync(
    join(stage.folder, 'orders.yaml'),
    'runbook: Count\nphases:\n  main:\n    - { id: count, check: cat orders.txt }\n    - { id: next, check: "true" }\n',
  );
  const run = async (): Promise<Pty> => {
    const pty = stage.gonogo(['run', 'orders.yaml'], 80, 24);
    await pty.shows('r runs count');
    await press(pty, 'r', 'r runs next');
    return pty;
  };
  writeFileSync(join(stage.folder, 'orders.txt'), 'an order of a customer\n'.repeat(100));
  const first = await run();
  await press(first, 'r', 'COMPLETED');
  await first.type('q');
  expect(await first.exited).toBe(0);

  writeFileSync(join(stage.folder, 'orders.txt'), 'an order of a customer\n');
  const second = await run();
  await second.shows('<1s!');
  await press(second, '\x1b[A', 'output much shorter than last time: 23 B, not 2.3 kB');
  await second.type('q');
  expect(await second.exited).toBe(3);
  const plain = stage.gonogo(['resume', '--plain'], 80, 24);
  await plain.wrote('a number, or ', 1);
  plain.write('14\r');
  await plain.wrote('Which step', 1);
  plain.write('count\r');
  await plain.wrote('output much shorter than last time: 23 B, not 2.3 kB', 1);
  plain.write('q\r');
  expect(await plain.exited).toBe(3);
});
