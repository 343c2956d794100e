import { expect, test } from 'vitest';
import { mutants, mutated } from './mutants.ts';

test.each(mutants.map((mutant) => [mutant.name, mutant] as const))(
  'a fault that is put in still fits: %s',
  (_, mutant) => {
    expect(mutated(mutant)).not.toContain(mutant.from);
  },
);
