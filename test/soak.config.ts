import { defineConfig } from 'vitest/config';
import { shared, soak } from './suites.ts';

export default defineConfig({ test: { ...shared, include: soak, testTimeout: 3_600_000 } });
