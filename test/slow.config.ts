import { defineConfig } from 'vitest/config';
import { shared, slow } from './suites.ts';

export default defineConfig({ test: { ...shared, include: slow, testTimeout: 120_000 } });
