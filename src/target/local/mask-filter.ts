/**
 * The masking filter: a program of its own in the attempt's session, between the command and its log. It outlives us.
 *
 * Descriptors, all given by the supervisor (`supervisor.ts`): 0 the command's output, 6 its standard error when kept
 * apart, 5 and 3 the logs that these go to, 4 its instructions, 1 where it tells its pid, 8 where it answers.
 *
 * Invariants:
 * - The secrets come through descriptor 4 and stay in memory; neither arguments, environment nor disk ever hold one.
 * - No byte reaches a log unmasked. When reading or writing fails it ends, and then the command's next write fails.
 * - It answers when everything before the marker is written, and ends when nobody can write any more.
 */
import { closeSync, read, readFileSync, writeSync } from 'node:fs';
import { createMask } from '../../diagnostics/mask.ts';
import { parseInstructions } from './mask-instructions.ts';

const READY = 1;
const INSTRUCTIONS = 4;
const ANSWER = 8;
const CHUNK_BYTES = 65_536;

/** One stream of the command and the log it goes to. */
interface Stream {
  readonly from: number;
  readonly to: number;
}

function run(): void {
  // Signals to the attempt's group are meant for the command: what it still prints on its way out has to be masked.
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGALRM', 'SIGTERM', 'SIGUSR1', 'SIGUSR2'] as const) {
    process.on(signal, () => undefined);
  }
  const instructions = parseInstructions(readFileSync(INSTRUCTIONS, 'utf8'));
  // Cut off: whoever started the attempt died before it had told everything, so nothing may run.
  if (instructions === null) process.exit(1);
  const streams: readonly Stream[] = [{ from: 0, to: 5 }, ...(instructions.split ? [{ from: 6, to: 3 }] : [])];
  let unmarked = streams.length;
  let open = streams.length;
  const marked = (): void => {
    unmarked -= 1;
    if (unmarked === 0) writeAll(ANSWER, Buffer.from('\n'));
  };
  for (const stream of streams) {
    pump(stream, instructions.secrets, Buffer.from(instructions.marker), marked, () => {
      open -= 1;
      if (open === 0) process.exit(0);
    });
  }
  writeAll(READY, Buffer.from(`${process.pid}\n`));
  closeSync(READY);
}

/** Copies one stream to its log, masked, until its end; the marker is swallowed and told. */
function pump(
  { from, to }: Stream,
  secrets: readonly string[],
  marker: Buffer,
  marked: () => void,
  ended: () => void,
): void {
  const mask = createMask(secrets);
  const buffer = Buffer.alloc(CHUNK_BYTES);
  /** Bytes that may begin the marker; null once it has passed. */
  let beforeMarker: Buffer | null = Buffer.alloc(0);

  const take = (chunk: Buffer): void => {
    if (beforeMarker === null) {
      writeAll(to, mask.push(chunk));
      return;
    }
    const bytes = Buffer.concat([beforeMarker, chunk]);
    const at = bytes.indexOf(marker);
    if (at < 0) {
      const held = prefixAtEnd(bytes, marker);
      writeAll(to, mask.push(bytes.subarray(0, bytes.length - held)));
      beforeMarker = Buffer.from(bytes.subarray(bytes.length - held));
      return;
    }
    writeAll(to, mask.push(bytes.subarray(0, at)));
    // The command has ended. What a process that it left writes from here on is a stream of its own.
    writeAll(to, mask.end());
    beforeMarker = null;
    marked();
    writeAll(to, mask.push(bytes.subarray(at + marker.length)));
  };
  const next = (): void => {
    read(from, buffer, 0, buffer.length, null, (error, length) => {
      if (error !== null) process.exit(1);
      if (length > 0) {
        take(buffer.subarray(0, length));
        next();
        return;
      }
      if (beforeMarker !== null) writeAll(to, mask.push(beforeMarker));
      writeAll(to, mask.end());
      ended();
    });
  };
  next();
}

/** How many bytes at the end of `bytes` are a beginning of `marker`. */
function prefixAtEnd(bytes: Buffer, marker: Buffer): number {
  for (let length = Math.min(bytes.length, marker.length - 1); length > 0; length -= 1) {
    if (bytes.subarray(bytes.length - length).equals(marker.subarray(0, length))) return length;
  }
  return 0;
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written);
}

run();
