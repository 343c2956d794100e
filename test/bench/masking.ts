/** What a secret costs: every command of a run that knows one prints through the masking filter, a process of its own. */
import { type Measure, program, timed } from './measure.ts';
import { perStep, runHeadless, timesOf, writeRunbook } from './runs.ts';

const stepCount = 25;
const rounds = 9;
const step = 'run: ["true"]';
const secret = 'vars: { token: { env: GONOGO_BENCH_TOKEN, secret: true } }';

/** The least on each side: what disturbs a short run only ever makes it slower. */
export const maskedStep: Measure = {
  name: 'A step of a run with a secret',
  against: 'the same without one, and `node -e 0` for its filter',
  limit: null,
  run: async (folder) => {
    const steps = Array(stepCount).fill(step);
    const plain = writeRunbook(folder, 'plain', steps);
    const masked = writeRunbook(folder, 'masked', steps, secret);
    const each = async (name: string, path: string): Promise<number> => {
      const env = { GONOGO_BENCH_TOKEN: 'hunter2-hunter2' };
      return perStep(timesOf(await runHeadless(folder, name, path, env), 'step.started'));
    };
    const [values, bases, starts]: [number[], number[], number[]] = [[], [], []];
    for (let round = 0; round < rounds; round += 1) {
      values.push(await each(`masked-${round}`, masked));
      bases.push(await each(`plain-${round}`, plain));
      starts.push(await timed(() => program([process.execPath, '-e', '0'])));
    }
    return { value: Math.min(...values), base: Math.min(...bases) + Math.min(...starts), unit: 'ms' };
  },
};
