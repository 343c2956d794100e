/**
 * Measures gonogo against its limits and prints a Markdown table. Exits with 1 when a limit is passed.
 *
 *   npm run bench             all measures
 *   npm run bench -- journal  those whose name contains the word
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { auditTime } from './audit.ts';
import { drillTime } from './drill.ts';
import { hostsCold, hostsOutput, hostsWarm } from './hosts.ts';
import { journalOpening } from './journal.ts';
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

const word = (process.argv[2] ?? '').toLowerCase();
console.log('| measure | result | compared with | | ratio | limit | |');
console.log('|---|---:|---|---:|---:|---:|---|');
for (const measure of measures.filter(({ name }) => name.toLowerCase().includes(word))) {
  const folder = mkdtempSync(join(tmpdir(), 'gonogo-bench-'));
  try {
    const reading = await measure.run(folder);
    const within = reading === null || measure.limit === null || figure(reading) <= measure.limit;
    if (!within) process.exitCode = 1;
    console.log(reading === null ? absent(measure) : row(measure, reading, within));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the limit is on. */
function figure({ value, base }: Reading): number {
  return base === null ? value : value / base;
}

function absent({ name, against }: Measure): string {
  return line([name, 'not installed', against, '', '', '', '']);
}

function row({ name, against, limit }: Measure, reading: Reading, within: boolean): string {
  const { value, base, unit } = reading;
  const amount = (number: number): string => `${number.toFixed(number < 100 ? 1 : 0)} ${unit}`;
  const verdict = limit === null ? '' : within ? 'ok' : 'over';
  return base === null
    ? line([name, amount(value), '', '', '', limit === null ? '' : `${limit} ${unit}`, verdict])
    : line([name, amount(value), against, amount(base), figure(reading).toFixed(2), String(limit ?? ''), verdict]);
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
