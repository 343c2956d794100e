/** That nothing which is read makes the reader large: journals of any length, and what was made to be large. Real processes, measured. */
import { type StdioOptions, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Io } from '../../src/commands/command.ts';
import { verifyApart } from '../../src/commands/verify-apart.ts';
import { makeLongRun } from '../store/long-run.ts';

const folder = mkdtempSync(join(tmpdir(), 'gonogo-memory-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const gonogo = new URL('../../dist/gonogo.cjs', import.meta.url).pathname;
const verifyMiB = 256;
const megabyte = 1024 ** 2;

interface Ran {
  readonly code: number | null;
  readonly said: string;
  /** Resident memory at its peak. */
  readonly peakMiB: number;
}

/** Runs the built command to its end; what it prints goes to `into`, or else is returned. */
function ran(words: readonly string[], into?: string): Ran {
  const told = join(folder, 'peak');
  const preload = join(folder, 'tell-peak.cjs');
  writeFileSync(
    preload,
    `const { isMainThread } = require('node:worker_threads');
     if (isMainThread) process.on('exit', () => {
       require('node:fs').writeFileSync(process.env.TOLD_PEAK, String(process.resourceUsage().maxRSS));
     });`,
  );
  const env = { ...process.env, NODE_OPTIONS: `--require=${preload}`, TOLD_PEAK: told };
  const stdio: StdioOptions = ['ignore', into === undefined ? 'pipe' : openSync(into, 'w'), 'pipe'];
  const { status, stdout, stderr } = spawnSync(process.execPath, [gonogo, ...words], { cwd: folder, env, stdio });
  return { code: status, said: `${stdout}${stderr}`, peakMiB: Number(readFileSync(told, 'utf8')) / 1024 };
}

test('a run that is told in twelve times as many bytes takes no more memory to verify, list and show', async () => {
  const peaks = { verify: [0], list: [0], show: [0] };
  for (const pauses of [250, 3000]) {
    const state = join(folder, `state-${pauses}`);
    const run = await makeLongRun(state, { steps: 50, pauses, pauseCharacters: 60_000 });
    const verified = ran(['verify', run, '--state', state]);
    expect(verified.said).toMatch(/Intact, and unsigned/);
    peaks.verify.push(verified.peakMiB);
    peaks.list.push(ran(['list', '--state', state]).peakMiB);
    peaks.show.push(ran(['show', run, '--state', state]).peakMiB);
    rmSync(state, { recursive: true });
  }
  for (const [verb, [, short = 0, long = 0]] of Object.entries(peaks)) {
    // The longer journal has 165 MB more; how much is not collected yet depends on how busy the machine is.
    expect(long - short, verb).toBeLessThan(82);
    expect(long, verb).toBeLessThan(verifyMiB);
  }
});

test('a run of 360 MB of notes is shown in bounded memory, and every one is told', async () => {
  const notes = 12_000;
  const state = join(folder, 'notes');
  const run = await makeLongRun(state, { steps: 5, pauses: 0, pauseCharacters: 30_000, notes });
  const shown = join(folder, 'shown');
  for (const [flag, mark] of [
    ['', '^note '],
    ['--json', '^      "text": '],
  ] as const) {
    const words = flag === '' ? [] : [flag];
    const { code, peakMiB } = ran(['show', run, '--state', state, ...words], shown);
    expect(code).toBe(0);
    expect(peakMiB, flag).toBeLessThan(600);
    expect(spawnSync('grep', ['-c', mark, shown], { encoding: 'utf8' }).stdout).toBe(`${notes}\n`);
  }
  rmSync(state, { recursive: true });
});

/** Writes the report folder `name` with a journal that one line is, made of `unit`, `bytes` bytes in all. */
function ofOneLine(name: string, unit: string, bytes: number): string {
  const path = join(folder, name);
  mkdirSync(path);
  writeFileSync(join(path, 'journal.jsonl'), `{"run":"x","data":[${unit.repeat(bytes / unit.length)}0]}\n`);
  return path;
}

const hostile: Readonly<Record<string, readonly [make: () => string, reason: RegExp]>> = {
  'a line of millions of arrays': [() => ofOneLine('arrays', '[],', 12 * megabyte), /holds more than \d+ values/],
  'a line of millions of objects': [
    () => ofOneLine('objects', '{"a":{}},', 12 * megabyte),
    /holds more than \d+ values/,
  ],
  'a line nested millions deep': [() => ofOneLine('deep', '[', 12 * megabyte), /nested too deeply/],
  'a line of numbers as many as are read': [() => ofOneLine('numbers', '0.1,', 7 * megabyte), /its format \(v\)/],
  'a line without an end': [
    () => {
      const path = ofOneLine('endless', ' ', 1);
      // A gigabyte of zeros that takes no room on the disk.
      truncateSync(join(path, 'journal.jsonl'), 1024 * megabyte);
      return path;
    },
    /line 1|goes on for/,
  ],
  'a statement of millions of values': [
    () => {
      const path = ofOneLine('statement', ' ', 1);
      writeFileSync(join(path, 'statement.json'), `[${'{},'.repeat(3 * megabyte)}0]`);
      return path;
    },
    /holds more than \d+ values/,
  ],
  'a signature of many megabytes': [
    () => {
      const path = ofOneLine('signature', ' ', 1);
      writeFileSync(join(path, 'statement.json.sig'), 'x'.repeat(2 * megabyte));
      return path;
    },
    /larger than \d+ bytes/,
  ],
};

test.each(Object.keys(hostile))('%s is refused with its reason, in bounded memory', (kind) => {
  const [make, reason] = hostile[kind] ?? [() => '', /never/];
  const { code, said, peakMiB } = ran(['verify', make(), '--state', 'none']);
  expect(said).toMatch(reason);
  expect(said).toMatch(/NOT VERIFIED/);
  expect(code).toBe(1);
  expect(peakMiB).toBeLessThan(verifyMiB);
});

test('what takes more than a verification may is not verified, in one message', async () => {
  const written: string[] = [];
  const io: Io = {
    stdout: (text) => written.push(text),
    stderr: (text) => written.push(text),
    terminal: false,
    env: process.env,
  };
  const tiny = { maxOldGenerationSizeMb: 4, maxYoungGenerationSizeMb: 1 };
  expect(await verifyApart('./some-report', {}, io, tiny)).toBe(1);
  expect(written).toEqual([
    expect.stringMatching(
      /^gonogo: to verify \.\/some-report takes more than 256 MiB of memory.*\nNOT VERIFIED: memory\.\n$/,
    ),
  ]);
});
