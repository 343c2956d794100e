import { defineConfig } from 'vitest/config';
import { shared, slow, soak, systems } from './suites.ts';

export default defineConfig({
  test: {
    ...shared,
    // A worker for each file would cost half the time; what a file changes of the process it puts back.
    isolate: false,
    include: ['test/**/*.test.{ts,tsx}'],
    exclude: [...slow, ...soak, ...systems, 'node_modules/**', 'dist/**', 'state/**'],
  },
});
