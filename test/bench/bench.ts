/**
 * Measures gonogo against its limits and prints a Markdown table, each limit as a sentence. Exits with 1 when a limit is passed.
 *
 *   npm run bench                           all measures
 *   npm run bench -- --only journal         those whose name contains the word
 *   npm run -s bench -- --only key --json   the same as one JSON array
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { auditTime } from './audit.ts';
import { drillTime } from './drill.ts';
import { frameHeap } from './heap.ts';
import { hostsCold, hostsOutput, hostsWarm } from './hosts.ts';
import { journalOpening } from './journal.ts';
import { keyTimes } from './keys.ts';
import { largeMemory } from './large.ts';
import { maskedStep } from './masking.ts';
import type { Measure, Reading } from './measure.ts';
import { outputMemory, outputTime } from './output.ts';
import { checkTime, listKnownTime, listTime } from './reading.ts';
import { startTimes } from './start.ts';
import { flatness, stepOverhead } from './step-overhead.ts';
import { storeStep } from './store.ts';
import { verifyTime } from './verify.ts';

const measures: readonly Measure[] = [
  stepOverhead,
  flatness,
  maskedStep,
  outputTime,
  outputMemory,
  ...startTimes,
  ...keyTimes,
  frameHeap,
  journalOpening,
  verifyTime,
  auditTime,
  checkTime,
  listTime,
  listKnownTime,
  largeMemory,
  drillTime,
  hostsCold,
  hostsWarm,
  hostsOutput,
  storeStep,
];

interface Result {
  readonly measure: Measure;
  /** Null when what is measured is not installed. */
  readonly reading: Reading | null;
  readonly within: boolean;
}

const { only, json } = asked();
const chosen = measures.filter(({ name }) => name.toLowerCase().includes(only.toLowerCase()));
if (chosen.length === 0) {
  refuse(
    `--only ${only}: no measure has this in its name; there are:\n${measures.map(({ name }) => `  ${name}`).join('\n')}`,
  );
}
if (!json) {
  console.log('| measure | result | compared with | | ratio | limit | |');
  console.log('|---|---:|---|---:|---:|---|---|');
}
const results: Result[] = [];
for (const measure of chosen) {
  const folder = mkdtempSync(join(tmpdir(), 'gonogo-bench-'));
  try {
    const reading = await measure.run(folder);
    const within = reading === null || measure.limit === null || figure(reading) <= measure.limit;
    if (!within) process.exitCode = 1;
    const result = { measure, reading, within };
    results.push(result);
    if (!json) console.log(row(result));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
if (json) console.log(JSON.stringify(results.map(plain), null, 2));

function asked(): { readonly only: string; readonly json: boolean } {
  try {
    const { values } = parseArgs({ options: { only: { type: 'string' }, json: { type: 'boolean' } } });
    return { only: values.only ?? '', json: values.json ?? false };
  } catch (error) {
    return refuse(
      `${error instanceof Error ? error.message : String(error)}\nusage: npm run bench -- [--only WORD] [--json]`,
    );
  }
}

function refuse(message: string): never {
  console.error(message);
  process.exit(2);
}

/** What the limit is on. */
function figure({ value, base }: Reading): number {
  return base === null ? value : value / base;
}

/** What is held, as a sentence. */
function says({ against, limit }: Measure, reading: Reading | null): string {
  if (limit === null) return 'Told, and not held.';
  if (against !== '') return `At most ${limit} × ${against}.`;
  return limit === 0 ? 'None.' : `At most ${limit} ${reading?.unit ?? ''}.`;
}

function row({ measure, reading, within }: Result): string {
  const { name, against, limit } = measure;
  if (reading === null) return line([name, 'not installed', against, '', '', '', '']);
  const { value, base, unit } = reading;
  const amount = (number: number): string => `${number.toFixed(number < 100 ? 1 : 0)} ${unit}`;
  const ends = [says(measure, reading), limit === null ? '' : within ? 'ok' : 'over'];
  return base === null
    ? line([name, amount(value), '', '', '', ...ends])
    : line([name, amount(value), against, amount(base), figure(reading).toFixed(2), ...ends]);
}

/** One of what `--json` prints: `limit` is on `ratio`, or on `value` where there is no `base`. */
function plain({ measure, reading, within }: Result): object {
  const { name, against, limit } = measure;
  const { value = null, base = null, unit = null } = reading ?? {};
  const ratio = value === null || base === null ? null : value / base;
  const installed = reading !== null;
  return {
    name,
    installed,
    value,
    unit,
    against: against || null,
    base,
    ratio,
    limit,
    says: says(measure, reading),
    within,
  };
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
