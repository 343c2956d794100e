/** `gonogo record` on a real terminal, with a real shell. */
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { finishRecording, isCutOff } from '../../src/app/record.ts';
import { parseText } from '../runbook/documents.ts';
import { type Pty, startPty } from '../tui/pty.ts';

const gonogo = join(import.meta.dirname, '../../dist/gonogo.cjs');

let folder: string;
let out: string;
let open: Pty | null = null;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'gonogo-record-')));
  out = join(folder, 'restart.yaml');
});
afterEach(async () => {
  open?.kill('SIGKILL');
  await open?.exited;
  rmSync(folder, { recursive: true, force: true });
});

async function shell(): Promise<Pty> {
  const pty = startPty(gonogo, ['record', '--out', out], 100, 30, { HOME: folder, PS1: '$ ' }, folder);
  open = pty;
  await pty.shows('(rec) ');
  prompts = 1;
  return pty;
}

/** Prompts that came so far. */
let prompts = 0;

/** Gives a line as a terminal sends what is pasted, and waits for the next prompt: what is typed before it is seen in the output. */
async function give(pty: Pty, line: string, shows: string): Promise<void> {
  pty.write(`${line}\r`);
  await pty.shows(shows);
  prompts += 1;
  await pty.wrote('(rec) ', prompts);
}

test('what was kept becomes a runbook that runs', async () => {
  const pty = await shell();
  await give(pty, "echo 'not kept' | tr a-z A-Z", 'NOT KEPT');
  await give(pty, "printf 'release %s\\n' v7", 'release v7');
  await give(pty, 'keep Show the release', 'is a step now');
  pty.write('exit\r');
  expect(await pty.exited).toBe(0);
  await pty.shows('1 step of 2 commands');
  const { runbook } = parseText(readFileSync(out, 'utf8'));
  expect(runbook?.title).toBe('Restart');
  expect(runbook?.phases[0]?.steps).toMatchObject([
    { title: 'Show the release', params: { script: "printf 'release %s\\n' v7" }, unreviewed: true },
  ]);
  expect(readFileSync(out, 'utf8')).toContain('#   expect: "output.contains(\\"release v7\\")"');
  expect(existsSync(`${out}.recording`)).toBe(false);
});

test('a line of output that is the next command stays one', async () => {
  const pty = await shell();
  writeFileSync(join(folder, 'names'), 'date -u\ntrue\n');
  await give(pty, 'cat names', 'date -u');
  await give(pty, 'keep', 'is a step now');
  await give(pty, 'true', '(rec) ');
  pty.write('exit\r');
  expect(await pty.exited).toBe(0);
  expect(readFileSync(out, 'utf8')).toContain('#   date -u\n    #   true\n');
});

test('what is typed while a command runs is none of its output, and what destroys something is told of the runbook', async () => {
  const pty = await shell();
  // It goes on when the line after it was typed, which the terminal shows at once.
  pty.write('echo beg"un"; while [ ! -e go ]; do :; done; rm -f go; echo ended\r');
  await pty.wrote('begun', 1);
  pty.write('keep Wait\r');
  await pty.wrote('keep Wait', 1);
  writeFileSync(join(folder, 'go'), '');
  await pty.shows('is a step now');
  pty.write('exit\r');
  expect(await pty.exited).toBe(0);
  await pty.shows(`${out}: a command destroys something`);
  const text = readFileSync(out, 'utf8');
  expect(text).toContain('#   begun\n    #   ended\n');
  expect(text).not.toContain('keep Wait');
});

test('a session that was cut off is finished by the same command, and not while it goes on', async () => {
  const pty = await shell();
  await give(pty, 'echo one && echo two', 'two');
  await give(pty, 'keep', 'is a step now');
  expect(isCutOff(out)).toBe(true);
  expect(statSync(`${out}.recording`).mode & 0o077).toBe(0);
  expect(() => finishRecording(out)).toThrow('goes on in another terminal');
  pty.kill('SIGKILL');
  await pty.exited;
  await vi.waitFor(() => finishRecording(out), { timeout: 20_000, interval: 50 });
  const { runbook } = parseText(readFileSync(out, 'utf8'));
  expect(runbook?.phases[0]?.steps).toMatchObject([{ params: { script: 'echo one && echo two' } }]);
  expect(isCutOff(out)).toBe(false);
});

test('nothing kept is told, and what is there is not overwritten', async () => {
  const pty = await shell();
  pty.write('exit\r');
  expect(await pty.exited).toBe(1);
  await pty.shows('none of 0 commands was kept');
  expect(existsSync(out)).toBe(false);
  writeFileSync(out, 'mine');
  const again = startPty(gonogo, ['record', '--out', out], 100, 30, { HOME: folder }, folder);
  expect(await again.exited).toBe(2);
  await again.shows('it is there already');
  expect(readFileSync(out, 'utf8')).toBe('mine');
});
