import { expect, test } from 'vitest';
import { hunt, mutants, soundness } from '../mutants/mutants.ts';

test('every fault that is put into a copy of the sources is noticed by its test', { timeout: 1_800_000 }, async () => {
  // Without a fault each of those tests passes, or noticing would mean nothing.
  expect(await soundness(mutants)).toEqual([]);
  expect(await hunt(mutants, (line) => console.log(line))).toEqual([]);
});
