/** A step that prints a gibibyte: its time, and what it costs in memory. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { inTurn, type Measure, program, timed } from './measure.ts';
import { runHeadless, timesOf, writeRunbook } from './runs.ts';

const bytes = 1024 ** 3;
const line = 'a line of the kind that a build prints, again and again';
const command = `yes '${line}' | head -c ${bytes}`;
const rounds = 3;

/** The same bytes printed by as many processes as there are cores. */
const cores = availableParallelism();
const crowded = `for i in $(seq ${cores}); do yes '${line}' | head -c ${Math.floor(bytes / cores)} & done; wait`;

const secret = 'vars: { token: { env: GONOGO_BENCH_TOKEN, secret: true } }';

function printing(name: string, text: string, limit: number, more = ''): Measure {
  return {
    name,
    against: 'the same command into a file',
    limit,
    run: async (folder) => {
      const path = writeRunbook(folder, 'output', [`run: ${JSON.stringify(`set +o pipefail; ${text}`)}`], more);
      const step = async (): Promise<number> => {
        const run = await runHeadless(folder, 'output', path, { GONOGO_BENCH_TOKEN: 'hunter2-hunter2' });
        const ms = (timesOf(run, 'attempt.ended')[0] ?? Number.NaN) - (timesOf(run, 'step.started')[0] ?? Number.NaN);
        rmSync(join(folder, 'state-output'), { recursive: true });
        return ms;
      };
      const bare = async (): Promise<number> => {
        const file = join(folder, 'bare');
        const ms = await timed(() => program(['bash', '-c', `{ ${text}; } > '${file}'`]));
        rmSync(file);
        return ms;
      };
      return inTurn(rounds, step, bare);
    },
  };
}

export const outputTimes: readonly Measure[] = [
  printing('A step that prints 1 GiB', command, 1.1),
  printing('A step that prints 1 GiB and takes all cores', crowded, 1.25),
  printing('A step that prints 1 GiB past the mask of a secret', command, 1.6, secret),
];

export const outputMemory: Measure = {
  name: 'Memory that 1 GiB of output adds',
  against: '',
  limit: 32,
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
