/**
 * A text that somebody hands to a command: a file, the standard input, or a pipe that the shell made (`<(…)`).
 *
 * Invariants: what is no file is read once and to its end, at most `bytesMax` of it; nothing waits for a terminal.
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { isatty } from 'node:tty';
import type { SourceText } from '../runbook/source.ts';
import { readText, toText, unreadable } from './read-document.ts';

const bytesMax = 10 * 1024 * 1024;

/** The names of the standard input, of which there is one. */
export function isStandardInput(path: string): boolean {
  return path === '-' || path === '/dev/stdin' || path === '/dev/fd/0' || path === '/proc/self/fd/0';
}

/** The text of `path`, `-` being the standard input. Throws `Refusal` `unreadable`. */
export function readInput(path: string): SourceText {
  if (isStandardInput(path)) return fromDescriptor(path, 0);
  return isPipe(path) ? fromPipe(path) : readText(path);
}

function isPipe(path: string): boolean {
  try {
    return statSync(path).isFIFO();
  } catch {
    // Whoever reads it says why it cannot be.
    return false;
  }
}

function fromPipe(path: string): SourceText {
  const file = openSync(path, 'r');
  try {
    return fromDescriptor(path, file);
  } finally {
    closeSync(file);
  }
}

function fromDescriptor(path: string, file: number): SourceText {
  if (isatty(file)) throw unreadable(path, 'this is a terminal; give a file, or put the text into a pipe');
  const chunks: Buffer[] = [];
  let bytes = 0;
  for (;;) {
    const chunk = Buffer.alloc(65_536);
    const read = readSome(path, file, chunk);
    if (read === 0) break;
    bytes += read;
    if (bytes > bytesMax) throw unreadable(path, `more than ${bytesMax} bytes is too much`);
    chunks.push(chunk.subarray(0, read));
  }
  return toText(path, Buffer.concat(chunks));
}

const pause = new Int32Array(new SharedArrayBuffer(4));

/** A pipe that nobody has written to yet and that was opened not to wait says so; then it is waited for. */
function readSome(path: string, file: number, chunk: Uint8Array): number {
  for (;;) {
    try {
      return readSync(file, chunk);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : '';
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN') throw unreadable(path, error instanceof Error ? error.message : String(error));
      Atomics.wait(pause, 0, 0, 10);
    }
  }
}
