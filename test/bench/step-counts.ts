/**
 * What a step does, in numbers that no load changes: the same on any day and any machine with the same shell. Counted by strace over
 * two runs of different length, so that what a start and an end take is no part of it.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { findExecutable } from './executable.ts';
import { gonogo, type Measure, program } from './measure.ts';
import { journalOf, writeRunbook } from './runs.ts';

const short = 20;
const long = 60;

const traced = 'execve,fork,vfork,clone,fsync,fdatasync';

interface Counts {
  readonly forks: number;
  readonly programs: number;
  readonly syncs: number;
  readonly events: number;
  readonly bytes: number;
}

/** One pair of runs serves all rows. */
let counted: Promise<Counts | null> | null = null;

function counts(folder: string): Promise<Counts | null> {
  counted ??= count(folder);
  return counted;
}

async function count(folder: string): Promise<Counts | null> {
  const strace = findExecutable('strace', (process.env['PATH'] ?? '').split(delimiter));
  if (strace === null) return null;
  const few = await runOf(strace, folder, short);
  const many = await runOf(strace, folder, long);
  // Whole, because what still stands by at the end of a run may have begun or not.
  const each = (of: (counts: Counts) => number): number => Math.round((of(many) - of(few)) / (long - short));
  return {
    forks: each(({ forks }) => forks),
    programs: each(({ programs }) => programs),
    syncs: each(({ syncs }) => syncs),
    events: each(({ events }) => events),
    // Ids have more digits in a longer run.
    bytes: Math.round(each(({ bytes }) => bytes) / 10) * 10,
  };
}

async function runOf(strace: string, folder: string, steps: number): Promise<Counts> {
  const path = writeRunbook(folder, `counts-${steps}`, Array(steps).fill("run: 'true'"));
  const state = join(folder, `state-${steps}`);
  const trace = join(folder, `trace-${steps}`);
  mkdirSync(state);
  const run = [process.execPath, gonogo, 'run', path, '--headless', '--state', state];
  await program([strace, '-f', '-qq', '-e', `trace=${traced}`, '-o', trace, ...run], { cwd: folder });
  const lines = readFileSync(trace, 'latin1').split('\n');
  const begun = (pattern: RegExp): number => lines.filter((line) => pattern.test(line)).length;
  const journal = readFileSync(journalOf(state));
  return {
    forks: begun(/^\d+ +(?:fork|vfork|clone)\(/),
    programs: begun(/execve(?:\(| resumed).* = 0$/),
    syncs: begun(/^\d+ +(?:fsync|fdatasync)\(/),
    events: journal.toString('latin1').trimEnd().split('\n').length,
    bytes: journal.length,
  };
}

function row(name: string, unit: string, limit: number, of: (counts: Counts) => number): Measure {
  return {
    name,
    against: '',
    limit,
    isExact: true,
    run: async (folder) => {
      const found = await counts(folder);
      return found === null ? null : { value: of(found), base: null, unit };
    },
  };
}

export const stepCounts: readonly Measure[] = [
  row('Processes that a step forks', 'forks', 3, ({ forks }) => forks),
  row('Programs that a step executes', 'programs', 4, ({ programs }) => programs),
  row('Times that a step syncs a file or a folder', 'syncs', 7, ({ syncs }) => syncs),
  row('Events that a step records', 'events', 3, ({ events }) => events),
  row('Bytes that a step records', 'bytes', 1700, ({ bytes }) => bytes),
];
