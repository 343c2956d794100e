/** When output is told to be unlike that of the last run: by bytes of a visit that passed, and only where it is much. */
import { expect, test } from 'vitest';
import { lengthUnlike, outputBytes } from '../../src/run/typical.ts';
import { operator, Play, runbook, step } from './play.ts';

test.each([
  [1000, 4000, 'longer'],
  [1000, 3999, null],
  [4000, 1000, 'shorter'],
  [3999, 1000, null],
  [0, 199, null],
  [0, 200, 'longer'],
  [200, 0, 'shorter'],
  [10, 150, null],
] as const)('%i bytes before, %i now: %s', (before, now, said) => {
  expect(lengthUnlike(before, now)).toBe(said);
});

test('both streams count, what an answer left beside them does not, and a step that failed has no length', () => {
  const play = new Play(runbook([step('build')]));
  const file = (name: string, bytes: number) => ({ path: `steps/001-build/1/${name}`, bytes, sha256: 'a' });
  const evidence = [file('output.log', 100), file('stderr.log', 20), file('body', 7000)];
  const ended = (ok: boolean) => {
    const data = { step: 'build', visit: 1, attempt: 1, ok, reason: null, exit: ok ? 0 : 1, status: null, ms: 1 };
    return new Play(runbook([step('build')])).append({
      type: 'attempt.ended',
      actor: operator,
      data: { ...data, expectations: [], evidence, gaveUp: false },
    });
  };
  expect(outputBytes(play.state.steps.get('build')?.visits.at(-1))).toBeNull();
  expect(outputBytes(ended(true).state.steps.get('build')?.visits.at(-1))).toBe(120);
  expect(outputBytes(ended(false).state.steps.get('build')?.visits.at(-1))).toBeNull();
});
