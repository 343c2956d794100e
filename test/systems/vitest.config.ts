import { defineConfig } from 'vitest/config';
import { shared, systems } from '../suites.ts';

export default defineConfig({ test: { ...shared, include: systems, testTimeout: 300_000, hookTimeout: 300_000 } });
