/** The built command on a machine whose clock is set while it waits: its waits, its records, and what it says of it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Bench } from './gonogo.ts';

const yearMs = 365 * 24 * 3_600_000;

/** A module that takes for the machine's clock what the file `off` says it is off by, read at every look. */
const shifted = `const { readFileSync } = require('node:fs');
const now = Date.now;
Date.now = () => {
  let off = 0;
  try { off = Number(readFileSync('off', 'utf8')); } catch {}
  return now() + off;
};
`;

/** Runs and resumes with the clock off by what commands write into `off`. */
function withClock(bench: Bench) {
  const env = { NODE_OPTIONS: `--require ${bench.write('shifted.cjs', shifted)}` };
  return (...args: readonly string[]) => bench.start(args, { env }).ended;
}

const flaky = `runbook: Clocks
phases:
  all:
    - id: flaky
      check: |
        echo try >> tries
        case $(wc -l < tries) in
          1) echo ${yearMs} > off; exit 1 ;;
          2) echo -${yearMs} > off; exit 1 ;;
          3) echo 0 > off; exit 1 ;;
        esac
      retry: { times: 5, every: 1s, for: 1h }
`;

test('clock: set a year forward, then two back, then right, while a run waits: each wait is what it was, and all of it is told', async () => {
  const bench = new Bench();
  const gonogo = withClock(bench);
  const begun = performance.now();
  expect(await gonogo('run', bench.write('run.yaml', flaky))).toMatchObject({ code: 0 });
  const took = performance.now() - begun;
  expect(bench.lines('tries')).toHaveLength(4);
  // Three waits of a second; the year would be one of them.
  expect(took).toBeGreaterThan(3000);
  const events = bench.events();
  expect(events.every(({ at }, index) => at >= (events[index - 1]?.at ?? 0))).toBe(true);
  const jumps = events.flatMap((event) =>
    event.type === 'clock.jumped' ? [Math.round(event.data.byMs / yearMs)] : [],
  );
  expect(jumps).toEqual([1, -2, 1]);
  const ms = events.flatMap((event) => (event.type === 'attempt.ended' ? [event.data.ms] : []));
  expect(ms.every((one) => one < 60_000)).toBe(true);
  const shown = await gonogo('show', 'latest');
  expect(shown.stdout).toMatch(/^clock {6}\S+Z: the machine's clock was set forward by 365 d$/m);
  expect(shown.stdout).toContain("the machine's clock was set back by 730 d");
  expect((await gonogo('watch', 'latest')).stdout).toContain('clock ');
  expect((await gonogo('verify', 'latest')).code).toBe(0);
  const out = bench.path('report');
  expect(await gonogo('report', 'latest', '--out', out)).toMatchObject({ code: 0 });
  const report = readFileSync(`${out}/report.md`, 'utf8');
  expect(report).toContain("the machine's clock was set back by 730 d");
  expect(report).toContain("the machine's clock was set forward by 365 d");
});

test('clock: set back before a resume: the run goes on from its last record, and says so', async () => {
  const bench = new Bench();
  const gonogo = withClock(bench);
  const file = bench.write('run.yaml', 'runbook: Waits\nphases: { all: [{ id: look, manual: Look. }] }\n');
  expect((await gonogo('run', file)).code).toBe(3);
  const [last] = bench.events().slice(-1);
  writeFileSync(bench.path('off'), String(-yearMs));
  // Who has told it once does not tell it again.
  expect((await gonogo('resume', 'latest')).code).toBe(3);
  const answers = bench.write('answers.yaml', 'look: done\n');
  expect((await gonogo('resume', 'latest', '--answers', answers)).code).toBe(0);
  const after = bench.events().filter(({ seq }) => seq > (last?.seq ?? 0));
  expect(after.filter(({ type }) => type === 'clock.jumped')).toHaveLength(1);
  expect(after.every(({ at }) => at >= (last?.at ?? 0) && at < (last?.at ?? 0) + 60_000)).toBe(true);
  expect((await gonogo('verify', 'latest')).code).toBe(0);
});
