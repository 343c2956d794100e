/**
 * What a measure of the benchmark is, and the tools they share.
 *
 * Invariant: a measure and what it is compared with run in turn, in one process tree on one machine, so that a busy or slow
 * machine changes both and the ratio little.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The built command, as it is installed. */
export const gonogo = fileURLToPath(new URL('../../dist/gonogo.cjs', import.meta.url));

export interface Reading {
  /** What was measured, in `unit`. */
  readonly value: number;
  /** What it is compared with, in `unit`; null where the limit is on the value itself. */
  readonly base: number | null;
  readonly unit: string;
  /** The least and the largest ratio of a round; absent where there is one round, or no base. */
  readonly spread?: readonly [number, number];
}

export interface Measure {
  readonly name: string;
  /** What the value is compared with, in words. */
  readonly against: string;
  /** `value / base` at most; the value at most where there is no base; null for what is told and not held. */
  readonly limit: number | null;
  /** It is counted, so that any difference is a change and none is noise. */
  readonly isExact?: true;
  /** What it is compared with, where that is what another tool does: measured when asked for. */
  readonly isPeer?: true;
  /** `folder` is empty and the measure's own. Null when what is measured is not installed. */
  run(folder: string): Promise<Reading | null>;
}

/** The middle one; of an even number the lower of the two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}

/** The reading of values and bases that were measured in turn: medians, and the spread of the ratios of each round. */
export function reading(values: readonly number[], bases: readonly number[], unit: string): Reading {
  const ratios = values.map((value, round) => value / (bases[round] ?? Number.NaN));
  return {
    value: median(values),
    base: median(bases),
    unit,
    spread: [Math.min(...ratios), Math.max(...ratios)],
  };
}

/** Measures `value` and `base` in turn, `times` times, after one round that does not count. Times in ms. */
export async function inTurn(
  times: number,
  value: () => Promise<number>,
  base: () => Promise<number>,
): Promise<Reading> {
  await value();
  await base();
  const values: number[] = [];
  const bases: number[] = [];
  for (let round = 0; round < times; round += 1) {
    values.push(await value());
    bases.push(await base());
  }
  return reading(values, bases, 'ms');
}

/** How long `work` takes in ms. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const before = performance.now();
  await work();
  return performance.now() - before;
}

/** Runs a program to its end; rejects with its output when it does not exit with 0. */
export function program(
  argv: readonly [string, ...string[]],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    const [file, ...words] = argv;
    const child = spawn(file, words, {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
    });
    let said = '';
    const hear = (chunk: Buffer): void => {
      said = (said + chunk.toString()).slice(-2000);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${argv.join(' ')} exited with ${code}\n${said}`));
    });
  });
}
