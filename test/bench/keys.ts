/**
 * The screen under a step that prints 100,000 lines a second, on a real terminal of 120x40: how soon a key is painted, what it costs
 * in bytes, and whether the screen is ever cleared.
 *
 * Invariants: the step is quiet and prints in turn, in one run of one app, so that both are measured on the same machine; a flood that
 * was thinner than it says is no reading. Keys are Tab from pane to pane while the output is on screen: what a key brings is then a few
 * words in titles, and all else that is written is not the key's.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod';
import { type Pty, startPty } from '../tui/pty.ts';
import { gonogo, type Measure } from './measure.ts';

const linesPerSecond = 100_000;
/** Less than this part of them is not the flood that the rows tell of. */
const floodLeast = 0.9;
const rounds = 4;
const keysPerRound = 50;
const fullClear = '\x1b[2J';

/**
 * Prints while the file `go` is there, and ends when `stop` is. Writes `begun` when it begins, and its last line into `quiet` when it is
 * quiet again; `printed` holds how many lines came in how many ms so far.
 */
const pump = `import { existsSync, renameSync, writeFileSync, writeSync } from 'node:fs';
let begun = null;
let printed = 0;
let earlier = { lines: 0, ms: 0 };
setInterval(() => {
  const ms = begun === null ? 0 : performance.now() - begun;
  if (existsSync('stop')) process.exit(0);
  if (!existsSync('go')) {
    if (begun === null) return;
    earlier = { lines: earlier.lines + printed, ms: earlier.ms + ms };
    writeFileSync('printed', JSON.stringify(earlier));
    writeFileSync('quiet.new', String(printed));
    renameSync('quiet.new', 'quiet');
    begun = null;
    return;
  }
  if (begun === null) {
    begun = performance.now();
    printed = 0;
    writeFileSync('begun', '');
    return;
  }
  let text = '';
  for (let due = Math.min(20000, Math.floor(ms * ${linesPerSecond / 1000}) - printed); due > 0; due -= 1) {
    printed += 1;
    text += printed + ' a line of the kind that a build prints\\n';
  }
  if (text !== '') writeSync(1, text);
}, 5);
`;

const document = `runbook: Print much
phases:
  deploy:
    - { id: flood, title: Print much, effect: idempotent, run: "exec '${process.execPath}' pump.mjs" }
    - { id: after, title: What comes then, effect: idempotent, run: 'true' }
`;

interface Keys {
  /** From the key to its paint, in ms. */
  readonly idle: readonly number[];
  readonly flooded: readonly number[];
  /** All that was written while the step was quiet, by the number of keys. */
  readonly idleBytes: number;
  /** What was written under the flood with keys beyond what is written in that time without them, by the number of keys. */
  readonly addedBytes: number;
  readonly clears: number;
}

/** A stretch of what was written. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly ms: number;
}

/** One run serves all rows. */
let measured: Promise<Keys> | null = null;

function keys(folder: string): Promise<Keys> {
  measured ??= measure(folder);
  return measured;
}

async function measure(folder: string): Promise<Keys> {
  mkdirSync(join(folder, 'state'));
  writeFileSync(join(folder, 'pump.mjs'), pump);
  writeFileSync(join(folder, 'flood.yaml'), document);
  const pty = startPty(gonogo, ['run', 'flood.yaml', '--state', join(folder, 'state')], 120, 40, {}, folder);
  try {
    await pty.shows('r runs flood');
    await pty.type('r');
    await pty.shows('It changes something');
    await pty.type('y');
    await pty.shows('RUNNING');
    return await pressed(pty, folder);
  } finally {
    writeFileSync(join(folder, 'stop'), '');
    // What it ran has ended before its folder goes.
    await pty.shows('1/2').catch(() => undefined);
    pty.kill('SIGTERM');
    await pty.exited;
  }
}

async function pressed(pty: Pty, folder: string): Promise<Keys> {
  const idle: number[] = [];
  const flooded: number[] = [];
  const quiet: Stretch[] = [];
  const withKeys: Stretch[] = [];
  const without: Stretch[] = [];
  // The first round does not count: what is only compiled once is compiled then.
  for (let round = 0; round <= rounds; round += 1) {
    const counts = round > 0;
    const still = await stretch(pty, () => pressKeys(pty, counts ? idle : []));
    await flood(pty, folder);
    const busy = await stretch(pty, () => pressKeys(pty, counts ? flooded : []));
    const alone = await stretch(pty, () => wait(busy.ms));
    await hush(pty, folder);
    if (!counts) continue;
    quiet.push(still);
    withKeys.push(busy);
    without.push(alone);
  }
  assertFlood(folder);
  const written = pty.written();
  const bytes = (stretches: readonly Stretch[]): number =>
    stretches.reduce((sum, { from, to }) => sum + Buffer.byteLength(written.slice(from, to)), 0);
  const count = rounds * keysPerRound;
  return {
    idle,
    flooded,
    idleBytes: bytes(quiet) / count,
    addedBytes: (bytes(withKeys) - (bytes(without) * msOf(withKeys)) / msOf(without)) / count,
    clears: withKeys.reduce((sum, { from, to }) => sum + written.slice(from, to).split(fullClear).length - 1, 0),
  };
}

async function stretch(pty: Pty, work: () => Promise<unknown>): Promise<Stretch> {
  const from = pty.written().length;
  const before = performance.now();
  await work();
  return { from, to: pty.written().length, ms: performance.now() - before };
}

function msOf(stretches: readonly Stretch[]): number {
  return stretches.reduce((sum, { ms }) => sum + ms, 0);
}

async function pressKeys(pty: Pty, times: number[]): Promise<void> {
  for (let key = 0; key < keysPerRound; key += 1) {
    // At another time of the app's own rhythm each.
    await wait(45 + ((key * 17) % 66));
    const before = focus(pty.rows());
    const painted = pty.drawn(() => focus(pty.rows()) !== before);
    const at = performance.now();
    pty.write('\t');
    await painted;
    times.push(performance.now() - at);
  }
}

/** Which pane has the keys, as the titles tell it. */
function focus(rows: readonly string[]): string {
  const top = rows[1] ?? '';
  const output = rows.find((row) => row.includes('─ Output')) ?? '';
  return JSON.stringify([top.includes(' Tab '), top.includes('│>'), output.includes(' Tab ')]);
}

async function flood(pty: Pty, folder: string): Promise<void> {
  writeFileSync(join(folder, 'go'), '');
  await told(pty, join(folder, 'begun'));
}

/** Ends the flood; resolves when its last line is on screen. */
async function hush(pty: Pty, folder: string): Promise<void> {
  rmSync(join(folder, 'go'));
  await pty.shows(`${await told(pty, join(folder, 'quiet'))} a line`);
}

/** What the step says by a file, which is then removed. */
async function told(pty: Pty, path: string): Promise<string> {
  await pty.until(path, () => existsSync(path));
  const text = readFileSync(path, 'utf8');
  rmSync(path);
  return text;
}

const printedSchema = z.object({ lines: z.number(), ms: z.number() });

function assertFlood(folder: string): void {
  const { lines, ms } = printedSchema.parse(JSON.parse(readFileSync(join(folder, 'printed'), 'utf8')));
  const rate = Math.round((lines / ms) * 1000);
  if (rate < linesPerSecond * floodLeast) {
    throw new Error(
      `the step printed only ${rate} lines a second here, not ${linesPerSecond}: this machine is too busy to measure`,
    );
  }
}

function p95(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.95) - 1] ?? Number.NaN;
}

const under = 'under 100,000 lines a second';

export const keyTimes: readonly Measure[] = [
  {
    name: `Key to paint ${under}, p95`,
    against: 'its p95 while the step is quiet',
    limit: 3,
    run: async (folder) => {
      const { idle, flooded } = await keys(folder);
      return { value: p95(flooded), base: p95(idle), unit: 'ms' };
    },
  },
  {
    name: `Written for a key at 120x40, quiet or ${under}`,
    against: '',
    limit: 1024,
    run: async (folder) => {
      const { idleBytes, addedBytes } = await keys(folder);
      return { value: Math.max(idleBytes, addedBytes), base: null, unit: 'bytes' };
    },
  },
  {
    name: `Full clears while keys are pressed ${under}`,
    against: '',
    limit: 0,
    run: async (folder) => ({ value: (await keys(folder)).clears, base: null, unit: 'clears' }),
  },
];
