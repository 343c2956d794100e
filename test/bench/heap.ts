/** Whether the screen's heap grows with what it draws. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import * as z from 'zod';
import type { Measure } from './measure.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const earlyFrames = 1000;
const lateFrames = 30_000;

const heldSchema = z.object({ early: z.number(), late: z.number() });

/**
 * The app draws 60 frames a second at most, and 30,000 would take more than eight minutes: its screen is drawn in a process of its
 * own that keeps no such limit.
 */
export const frameHeap: Measure = {
  name: `Heap from frame ${earlyFrames.toLocaleString('en')} to ${lateFrames.toLocaleString('en')}, drawn without a limit of frames a second`,
  against: '',
  limit: 16,
  run: async () => {
    // Inside the checkout, so that the packages that stay outside the bundle are found.
    mkdirSync(join(root, 'state'), { recursive: true });
    const folder = mkdtempSync(join(root, 'state/.frames-'));
    try {
      const program = join(folder, 'frames.mjs');
      await build({
        absWorkingDir: root,
        entryPoints: [fileURLToPath(new URL('./frames.ts', import.meta.url))],
        outfile: program,
        bundle: true,
        format: 'esm',
        platform: 'node',
        packages: 'external',
        logLevel: 'error',
      });
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['--expose-gc', program, String(earlyFrames), String(lateFrames)],
        // Without it React keeps measurements of every frame.
        { env: { ...process.env, NODE_ENV: 'production', FORCE_COLOR: '1' } },
      );
      const { early, late } = heldSchema.parse(JSON.parse(stdout));
      return { value: (late - early) / 1024 ** 2, base: null, unit: 'MiB' };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
