/**
 * The lines of one output from its first on, each once, by the same windows as the screen's.
 *
 * Invariants: memory is bounded whatever the length; a line is handed on when it is whole, the last one when nothing more can come.
 */
import type { ByteSource } from './byte-source.ts';
import { OutputLog } from './output-log.ts';

const windowLines = 500;

/** `isOpen`: more may come; `wait` resolves when it is worth looking again. */
export interface Growing {
  isOpen(): boolean;
  wait(): Promise<void>;
}

/** The lines of `path`, sanitised by nobody yet. Ends when all is read and nothing more can come. */
export async function* outputLines(source: ByteSource, path: string, growing: Growing): AsyncGenerator<string> {
  const log = new OutputLog(source, path);
  let next = 0;
  for (;;) {
    const open = growing.isOpen();
    while ((await log.poll()) && !log.counted);
    const end = open ? log.wholeLines : log.lines;
    while (next < end) {
      const lines = await log.window(next, Math.min(windowLines, end - next));
      if (lines.length === 0) break;
      next += lines.length;
      yield* lines;
    }
    if (!open) return;
    await growing.wait();
  }
}
