/**
 * The program that `heap.ts` starts: the app's own screen at 120x40 under a step that prints 100,000 lines a second, drawn as fast as
 * keys come. Prints as JSON what its heap holds after two numbers of frames, given as arguments.
 *
 * Invariant: keys and frames go through Ink as on a terminal; only the limit of frames a second is another one, else this took minutes.
 */
import { PassThrough, Writable } from 'node:stream';
import { render } from 'ink';
import { createElement } from 'react';
import type { ByteSource } from '../../src/feed/byte-source.ts';
import { App } from '../../src/tui/app.tsx';
import { Controller } from '../../src/tui/controller.ts';
import { MemoryHome } from '../tui/rehearsal.ts';
import { promoting } from '../tui/scene.ts';

const linesPerSecond = 100_000;
const lineBytes = 64;
/** Through the panes and back, a step down and up. */
const keys = ['\t', '\t', '\t', '\x1b[B', '\x1b[A'];
const endOfFrame = '\x1b[?2026l';
const framesPerSecondMax = 1000;

/** Output that grows with the time. */
class Flood extends MemoryHome {
  readonly #begun = performance.now();

  override evidence(): ByteSource {
    const size = (): number => Math.floor((performance.now() - this.#begun) * (linesPerSecond / 1000)) * lineBytes;
    const range = (start: number, end: number): Uint8Array => {
      const first = Math.floor(start / lineBytes);
      const lines = Array.from({ length: Math.ceil(end / lineBytes) - first }, (_, line) => textOf(first + line));
      return Buffer.from(lines.join('')).subarray(start - first * lineBytes, end - first * lineBytes);
    };
    return {
      readTail: async (_path, bytesMax) => {
        const end = size();
        return { bytes: range(Math.max(0, end - bytesMax), end), size: end };
      },
      readRange: async (_path, start, length) => range(start, Math.max(start, Math.min(size(), start + length))),
    };
  }
}

function textOf(line: number): string {
  return `${`${line} a line of the kind that a build prints`.padEnd(lineBytes - 1)}\n`;
}

/** A terminal that forgets what is drawn on it. */
class Screen extends Writable {
  readonly columns = 120;
  readonly rows = 40;
  readonly isTTY = true;
  frames = 0;
  drawn: () => void = () => undefined;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    if (chunk.includes(endOfFrame)) {
      this.frames += 1;
      this.drawn();
    }
    done();
  }
}

function keyboard(): PassThrough {
  return Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: () => undefined,
    ref: () => undefined,
    unref: () => undefined,
  });
}

/** What is held after a collection, in bytes. */
function held(): number {
  if (global.gc === undefined) throw new Error('start this with --expose-gc');
  global.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function draw(screen: Screen, stdin: PassThrough, until: number): Promise<void> {
  for (let key = 0; screen.frames < until; key += 1) {
    const { promise, resolve } = Promise.withResolvers<void>();
    screen.drawn = resolve;
    // A key that changes nothing draws nothing.
    const late = setTimeout(resolve, 50);
    stdin.write(keys[key % keys.length]);
    await promise;
    clearTimeout(late);
  }
}

const [earlyFrames = 0, lateFrames = 0] = process.argv.slice(2).map(Number);
const session = await promoting();
const controller = new Controller({
  home: new Flood(),
  session,
  watched: null,
  look: { colour: true, unicode: true },
  columns: 120,
  rows: 40,
  inline: false,
  now: () => Date.now(),
  offsetMs: () => 0,
});
const screen = new Screen();
const stdin = keyboard();
render(createElement(App, { controller, onScreen: () => undefined }), {
  stdin: stdin as unknown as NodeJS.ReadStream,
  stdout: screen as unknown as NodeJS.WriteStream,
  exitOnCtrlC: false,
  patchConsole: false,
  maxFps: framesPerSecondMax,
  incrementalRendering: true,
  alternateScreen: true,
  interactive: true,
});
controller.start();
await draw(screen, stdin, earlyFrames);
const early = held();
await draw(screen, stdin, lateFrames);
process.stdout.write(JSON.stringify({ early, late: held(), frames: screen.frames }), () => process.exit(0));
