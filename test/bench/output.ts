/** A step that prints a gibibyte: its time, and what it costs in memory. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inTurn, type Measure, program, timed } from './measure.ts';
import { runHeadless, timesOf, writeRunbook } from './runs.ts';

const bytes = 1024 ** 3;
const command = `yes 'a line of the kind that a build prints, again and again' | head -c ${bytes}`;
const rounds = 3;

export const outputTime: Measure = {
  name: 'A step that prints 1 GiB',
  against: 'the same command into a file',
  limit: 1.1,
  run: async (folder) => {
    const path = writeRunbook(folder, 'output', [`run: ${JSON.stringify(`set +o pipefail; ${command}`)}`]);
    const step = async (): Promise<number> => {
      const run = await runHeadless(folder, 'output', path);
      const ms = (timesOf(run, 'attempt.ended')[0] ?? Number.NaN) - (timesOf(run, 'step.started')[0] ?? Number.NaN);
      rmSync(join(folder, 'state-output'), { recursive: true });
      return ms;
    };
    const bare = async (): Promise<number> => {
      const file = join(folder, 'bare');
      const ms = await timed(() => program(['bash', '-c', `${command} > '${file}'`]));
      rmSync(file);
      return ms;
    };
    return { ...(await inTurn(rounds, step, bare)), unit: 'ms' };
  },
};

export const outputMemory: Measure = {
  name: 'Memory that 1 GiB of output adds',
  against: '',
  limit: 64,
  run: async (folder) => {
    const large = await peakMiB(folder, 'large', `set +o pipefail; ${command}`);
    const small = await peakMiB(folder, 'small', 'echo a line');
    return { value: large - small, base: null, unit: 'MiB' };
  },
};

/** Peak resident memory of gonogo itself over a run of one step. */
async function peakMiB(folder: string, name: string, script: string): Promise<number> {
  const told = join(folder, `${name}.peak`);
  const preload = join(folder, 'tell-peak.cjs');
  writeFileSync(
    preload,
    `process.on('exit', () => {
       require('node:fs').writeFileSync(process.env.BENCH_PEAK, String(process.resourceUsage().maxRSS));
     });`,
  );
  const path = writeRunbook(folder, name, [`run: ${JSON.stringify(script)}`]);
  await runHeadless(folder, name, path, { NODE_OPTIONS: `--require=${preload}`, BENCH_PEAK: told });
  rmSync(join(folder, `state-${name}`), { recursive: true });
  return Number(readFileSync(told, 'utf8')) / 1024;
}
