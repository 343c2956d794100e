/** Whether the screen's heap grows with what it draws. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import * as z from 'zod';
import { asShipped } from '../../.ci/build.ts';
import type { Measure } from './measure.ts';

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
  run: async (folder) => {
    const program = join(folder, 'frames.mjs');
    await build({
      ...asShipped,
      entryPoints: [fileURLToPath(new URL('./frames.ts', import.meta.url))],
      outfile: program,
    });
    const words = ['--expose-gc', program, String(earlyFrames), String(lateFrames)];
    const env = { ...process.env, FORCE_COLOR: '1' };
    const { stdout } = await promisify(execFile)(process.execPath, words, { env });
    const { early, late } = heldSchema.parse(JSON.parse(stdout));
    return { value: (late - early) / 1024 ** 2, base: null, unit: 'MiB' };
  },
};
