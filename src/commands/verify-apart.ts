/**
 * `gonogo verify` in a thread of its own with a bounded heap: what is verified is anybody's, and whatever it is made of, it takes no
 * more memory than verification may have.
 *
 * Invariants:
 * - Heap and buffers together stay below `memoryMiB`. The heap is bounded by the thread; buffers by what is read at once.
 * - What does not fit is not verified, in one message; no half of a result is shown for the whole.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ResourceLimits } from 'node:worker_threads';
import * as z from 'zod';
import { visibleLine } from '../diagnostics/sanitise.ts';
import { exitCodes } from '../engine/exit-code.ts';
import { startThread } from '../host/own-programs.ts';
import { type Io, printJson } from './command.ts';
import type { VerifyOptions } from './verify.ts';

/** What a verification takes at most. */
const memoryMiB = 256;
/** What is left of it to the heap beside the program itself, the thread that waits, and buffers. */
const heapLimits: ResourceLimits = { maxOldGenerationSizeMb: 108, maxYoungGenerationSizeMb: 6 };

const toldSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('stdout'), text: z.string() }),
  z.strictObject({ kind: z.literal('stderr'), text: z.string() }),
  z.strictObject({ kind: z.literal('ended'), code: z.int() }),
]);

/** What the thread tells: what the command printed, and the code that it ended with. */
export type Told = z.infer<typeof toldSchema>;

/** What the thread is asked. */
export interface Asked {
  readonly name: string;
  readonly options: VerifyOptions;
  readonly terminal: boolean;
}

/** As `verify`. `resourceLimits`: of the thread's heap. */
export function verifyApart(
  name: string,
  options: VerifyOptions,
  io: Io,
  resourceLimits: ResourceLimits = heapLimits,
): Promise<number> {
  const here = fileURLToPath(import.meta.url);
  const program = join(dirname(here), here.endsWith('.ts') ? 'verify-thread.ts' : 'verify-thread.js');
  const asked: Asked = { name, options, terminal: io.terminal };
  return new Promise((resolve, reject) => {
    const thread = startThread(program, { workerData: asked, resourceLimits });
    thread.on('message', (message: unknown) => {
      const told = toldSchema.parse(message);
      if (told.kind === 'ended') resolve(told.code);
      else io[told.kind](told.text);
    });
    thread.once('error', (error) => {
      if ('code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') resolve(tooLarge(name, options, io));
      else reject(error);
    });
    // After its last message: whoever waits for nothing any more is not told.
    thread.once('exit', (code) => reject(new Error(`the thread that verifies ended with ${code}`)));
  });
}

function tooLarge(name: string, { json }: VerifyOptions, io: Io): number {
  const detail = `to verify ${visibleLine(name)} takes more than ${memoryMiB} MiB of memory, which is the most that it may take`;
  if (json === true) {
    const checks = [{ name: 'memory', ok: false, detail }];
    printJson(io, { ok: false, checks, signers: [], signed: false, trusted: false });
  } else io.stderr(`gonogo: ${detail}\nNOT VERIFIED: memory.\n`);
  return exitCodes.failed;
}
