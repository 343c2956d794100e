/** What gonogo adds to a command: against what a machine needs to start it and to record two lines, and over the length of a run. */
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Measure, type Reading, reading } from './measure.ts';
import { perStep, runHeadless, timesOf, writeRunbook } from './runs.ts';

const stepCount = 100;
const longCount = 10_000;
const rounds = 7;
const windows = 5;
const step = "run: 'true'";

export const stepOverhead: Measure = {
  name: 'A step, start to start',
  against: 'Node spawning `bash FILE` with its output into a file, and two fdatasynced appends',
  limit: 2,
  run: async (folder) => {
    const path = writeRunbook(folder, 'steps', Array(stepCount).fill(step));
    const values: number[] = [];
    const bases: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      values.push(perStep(timesOf(await runHeadless(folder, `steps-${round}`, path), 'step.started')));
      bases.push(await bareSteps(join(folder, `bare-${round}`)));
    }
    return reading(values, bases, 'ms');
  },
};

/** The least of `windows` on both sides: what disturbs a run of minutes only ever makes it slower. */
export const flatness: Measure = {
  name: `A step at the end of ${longCount.toLocaleString('en')}`,
  against: `a step in a run of ${stepCount}`,
  limit: 1.1,
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
    return { ...reading(last, alone, 'ms'), value: Math.min(...last), base: Math.min(...alone) };
  },
};

/** In a process of its own that holds nothing else, because Node copies its page tables for each child. */
const bare = `
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const { closeSync, openSync } = require('node:fs');
const { open } = require('node:fs/promises');
(async () => {
  const [script, count] = [process.argv[2], Number(process.argv[3])];
  const journal = await open('journal', 'a');
  const record = Buffer.alloc(600, 'x');
  const append = async () => {
    await journal.appendFile(record);
    await journal.datasync();
  };
  const before = performance.now();
  for (let index = 0; index < count; index += 1) {
    await append();
    const log = openSync('output-' + index, 'a');
    const child = spawn('bash', [script], { detached: true, stdio: ['ignore', log, log] });
    closeSync(log);
    await once(child, 'exit');
    await append();
  }
  console.log((performance.now() - before) / count);
})();
`;

/** Ms of one step of `stepCount`: an intent on disk, the command, an outcome on disk. */
async function bareSteps(folder: string): Promise<number> {
  mkdirSync(folder);
  writeFileSync(join(folder, 'script'), 'true');
  writeFileSync(join(folder, 'bare.cjs'), bare);
  const words = [join(folder, 'bare.cjs'), join(folder, 'script'), String(stepCount)];
  const { stdout } = await promisify(execFile)(process.execPath, words, { cwd: folder });
  return Number(stdout);
}
