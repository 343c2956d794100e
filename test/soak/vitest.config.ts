/**
 * The long tests of `npm run soak`. How long is the environment's to say: GONOGO_CRASHES (simulated crash points), GONOGO_KILLS
 * (kill -9 of real runs), GONOGO_STARTS (contended starts), GONOGO_FAULTS (calls that fail or kill), GONOGO_DEATHS (places at
 * which each command that writes files is killed). GONOGO_SEED says which inputs are drawn: others each time, and what fails prints it.
 */
import { defineConfig } from 'vitest/config';

const {
  GONOGO_CRASHES = '100000',
  GONOGO_KILLS = '2000',
  GONOGO_STARTS = '1000',
  GONOGO_FAULTS = '100000',
  GONOGO_DEATHS = '1000',
  GONOGO_SEED = String(Date.now() % 2 ** 31),
} = process.env;

export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: [
      'test/soak/**/*.test.ts',
      'test/runbook/robust.test.ts',
      'test/examples/generated.test.ts',
      'test/kill/kill.test.ts',
      'test/kill/commands.test.ts',
      'test/faults/faults.test.ts',
      'test/resume/one-writer.test.ts',
      'test/resume/hold-race.test.ts',
    ],
    env: { GONOGO_CRASHES, GONOGO_KILLS, GONOGO_STARTS, GONOGO_FAULTS, GONOGO_DEATHS, GONOGO_SEED },
    setupFiles: ['test/same-draws.ts'],
    testTimeout: 60_000,
    maxWorkers: 2,
    reporters: ['verbose'],
  },
});
