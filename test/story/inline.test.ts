/** The inline screen of the built product: a region of ten rows, and above it a transcript that stays. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { change, enter, press, Stage } from './stage.ts';

const document = `runbook: Greet and fail
phases:
  main:
    - { id: first, check: echo hello }
    - { id: second, run: echo written }
    - { id: third, check: 'echo "Error: no such host db-1"; exit 3' }
    - { id: fourth, check: echo last }
`;

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
  writeFileSync(join(stage.folder, 'greet.yaml'), document);
});
afterEach(async () => {
  await stage.dispose();
});

test.each([
  [60, 16],
  [80, 24],
  [120, 40],
] as const)(
  '%ix%i: what is over stays above, a failure shows its output, and only the region goes',
  async (columns, rows) => {
    const pty = stage.gonogo(['run', 'greet.yaml', '--inline'], columns, rows);
    await pty.shows('r runs first');
    await pty.leaves();
    expect(pty.rows().findLastIndex((row) => row !== '')).toBeLessThan(10);
    await press(pty, 'r', 'passed first');
    await pty.shows('r runs second, after a y/n');
    await change(pty, 'passed second');
    await press(pty, 'r', 'FAILED third');
    await pty.shows('Error: no such host db-1');
    await press(pty, 'j', '> Mark done by hand');
    await press(pty, 'j', '> Skip');
    await press(pty, '\r', 'Reason: ▏');
    await enter(pty, 'not today', 'r runs fourth');
    await press(pty, '?', 'Output pane (here)');
    await press(pty, '\x1b', 'r runs fourth');
    await press(pty, 'r', 'COMPLETED: Greet and fail');
    await press(pty, 'q', 'Report: gonogo report');
    expect(await pty.exited).toBe(0);
    const shown = pty.rows().filter((row) => row !== '');
    expect(shown.slice(0, 4)).toEqual([
      'passed first (<1s)',
      'passed second (<1s)',
      'skipped third (<1s): not today',
      'passed fourth (<1s)',
    ]);
    expect(shown.join('\n')).not.toContain('q quit');
  },
);

test('--inline with --plain is a contradiction, and nothing is started', async () => {
  const pty = stage.gonogo(['run', 'greet.yaml', '--inline', '--plain']);
  await pty.shows("option '--inline' cannot be used with option '--plain'");
  expect(await pty.exited).toBe(2);
  expect(stage.records()).toEqual([]);
});
