/**
 * Unpacks the body of an answer as it arrives, by its `content-encoding`.
 *
 * Invariants: nothing of what was unpacked is kept here, so that a reader who stops has all there is; whoever pushes waits while
 * an unpacker is behind.
 */
import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';

const unpackers: Readonly<Record<string, (() => Transform) | undefined>> = {
  gzip: () => zlib.createGunzip(),
  'x-gzip': () => zlib.createGunzip(),
  deflate: () => zlib.createInflate(),
  br: () => zlib.createBrotliDecompress(),
  // Younger than our oldest Node.
  ...(typeof zlib.createZstdDecompress === 'function' ? { zstd: () => zlib.createZstdDecompress() } : {}),
};

/** How often an answer may be packed over; more is only sent to exhaust whoever reads it. */
const layersMax = 3;

/** `failed`: what came is not packed as it was said to be. `push` calls back when there is room for more. */
export interface Unpacking {
  push(chunk: Uint8Array, room: () => void): boolean;
  end(): void;
  stop(): void;
}

/** What is told of the unpacked body. */
export interface UnpackedBody {
  data(chunk: Uint8Array): void;
  end(): void;
  failed(error: Error): void;
}

/** Unpacks by `encodings`, as the header names them; null where it names none or one that is not known: then the body is as sent. */
export function unpacking(encodings: string, body: UnpackedBody): Unpacking | null {
  const names = encodings
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity');
  const makers = names.toReversed().flatMap((name) => unpackers[name] ?? []);
  if (makers.length === 0 || makers.length !== names.length || makers.length > layersMax) return null;
  const layers = makers.map((make) => make());
  const [first, ...rest] = layers;
  if (first === undefined) return null;
  let last = first;
  for (const layer of rest) last = last.pipe(layer);
  for (const layer of layers) layer.on('error', (error) => body.failed(error));
  last.on('data', (chunk: Uint8Array) => body.data(chunk));
  last.on('end', () => body.end());
  return {
    push: (chunk, room) => {
      const more = first.write(chunk);
      if (!more) first.once('drain', room);
      return more;
    },
    end: () => first.end(),
    stop: () => {
      for (const layer of layers) layer.destroy();
    },
  };
}
