/** `npm run test:stacks`: releases of real services with real servers. One file, one stack, in order: later tests build on earlier ones. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/stacks/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 1,
    bail: 1,
    reporters: ['verbose'],
  },
});
