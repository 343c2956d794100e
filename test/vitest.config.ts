import { defineConfig } from 'vitest/config';
import { shared, slow, soak } from './suites.ts';

export default defineConfig({
  test: {
    ...shared,
    include: ['test/**/*.test.{ts,tsx}'],
    exclude: [...slow, ...soak, 'node_modules/**', 'dist/**', 'state/**'],
  },
});
