/** What gonogo adds to a command: against the bare supervisor with its two records, and over the length of a run. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { ownGroups, removeGroup } from '../../src/target/local/attempt-group.ts';
import { supervisorArguments } from '../../src/target/local/supervisor.ts';
import { type Measure, median, type Reading } from './measure.ts';
import { perStep, runHeadless, timesOf, writeRunbook } from './runs.ts';

const stepCount = 100;
const longCount = 10_000;
const rounds = 5;
const windows = 10;
const recordBytes = 600;
const step = 'run: ["true"]';

export const stepOverhead: Measure = {
  name: 'A step, start to start',
  against: 'its supervisor and two fdatasynced appends',
  limit: 1.5,
  run: async (folder) => {
    const path = writeRunbook(folder, 'steps', Array(stepCount).fill(step));
    const values: number[] = [];
    const bases: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      values.push(perStep(timesOf(await runHeadless(folder, `steps-${round}`, path), 'step.started')));
      bases.push(await bareSteps(join(folder, `bare-${round}`)));
    }
    return { value: median(values), base: median(bases), unit: 'ms' };
  },
};

/** The least of `windows` on both sides: what disturbs a run of minutes only ever makes it slower. */
export const flatness: Measure = {
  name: `A step at the end of ${longCount.toLocaleString('en')}`,
  against: `a step in a run of ${stepCount}`,
  limit: 1.2,
  run: async (folder): Promise<Reading> => {
    const short = writeRunbook(folder, 'short', Array(stepCount).fill(step));
    const long = writeRunbook(folder, 'long', Array(longCount).fill(step));
    const times = timesOf(await runHeadless(folder, 'long', long), 'step.started');
    const last: number[] = [];
    const alone: number[] = [];
    for (let window = 0; window < windows; window += 1) {
      const end = times.length - window * stepCount;
      last.push(perStep(times.slice(end - stepCount, end)));
      alone.push(perStep(timesOf(await runHeadless(folder, `short-${window}`, short), 'step.started')));
    }
    return { value: Math.min(...last), base: Math.min(...alone), unit: 'ms' };
  },
};

const groups = ownGroups();

/** The least that a journaled step can cost: an intent on disk, the supervised command, an outcome on disk. */
async function bareSteps(folder: string): Promise<number> {
  mkdirSync(folder);
  const journal = await open(join(folder, 'journal'), 'a');
  const record = Buffer.alloc(recordBytes, 'x');
  const append = async (): Promise<void> => {
    await journal.appendFile(record);
    await journal.datasync();
  };
  const before = performance.now();
  for (let index = 0; index < stepCount; index += 1) {
    await append();
    await supervise(join(folder, String(index)));
    await append();
  }
  const perStepMs = (performance.now() - before) / stepCount;
  await journal.close();
  return perStepMs;
}

async function supervise(folder: string): Promise<void> {
  mkdirSync(folder);
  const log = openSync(join(folder, 'output.log'), 'a');
  const words = supervisorArguments({
    folder,
    bootId: 'bench',
    pidNamespace: 'bench',
    toolPath: '/usr/bin:/bin',
    platform: 'linux',
    timeoutMs: null,
    graceMs: 10_000,
    scope: 'session',
    splitStderr: false,
    filter: null,
    group: groups.make(folder),
    umask: process.umask(),
    argv: ['true'],
  });
  const child = spawn('sh', [...words], { cwd: folder, detached: true, stdio: ['ignore', log, 'ignore', log] });
  await once(child, 'exit');
  removeGroup(folder);
}
