/** A person is offered the rehearsal that is missing; what is answered decides how `run` ends. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { type Pty, startPty } from '../tui/pty.ts';

const gonogo = fileURLToPath(new URL('../../dist/gonogo.cjs', import.meta.url));

function offered(steps: string): { readonly pty: Pty; readonly runs: string } {
  const folder = mkdtempSync(join(tmpdir(), 'gonogo-offered-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const state = join(folder, 'state');
  const file = join(folder, 'release.yaml');
  writeFileSync(file, `runbook: Release\nrehearsed: { within: 30d }\nphases: { all: [${steps}] }\n`);
  return { pty: startPty(gonogo, ['run', file, '--state', state], 120, 24), runs: join(state, 'runs') };
}

test.each([
  ['Ctrl-C', '\x03', 130],
  ['Ctrl-D', '\x04', 1],
  ['no', 'n\r', 1],
])('%s at the question begins nothing and is no fault of gonogo', async (_, keys, code) => {
  const { pty, runs } = offered('{ id: look, check: "true" }');
  await pty.shows('Rehearse it now?');
  await pty.type(keys);
  expect(await pty.exited).toBe(code);
  expect(pty.written()).not.toContain('fault');
  expect(pty.written().match(/was never rehearsed/g)).toHaveLength(code === 1 ? 2 : 1);
  expect(existsSync(runs)).toBe(false);
});

test('a rehearsal that cannot be done ends the run with its own code and reason', async () => {
  const { pty, runs } = offered('{ id: look, check: "true" }');
  await pty.shows('Rehearse it now?');
  writeFileSync(join(runs, '../../release.drill.yaml'), 'drill: [');
  await pty.type('y\r');
  expect(await pty.exited).toBe(2);
  expect(pty.written()).toContain('nothing was rehearsed');
  expect(pty.written().match(/was never rehearsed/g)).toHaveLength(1);
  expect(existsSync(runs)).toBe(false);
});
