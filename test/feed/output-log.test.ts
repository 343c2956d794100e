/** Growing log files by lines, on real files. */
import { appendFile, mkdtemp, open, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ByteSource } from '../../src/feed/byte-source.ts';
import { OutputLog, tailBytesMax } from '../../src/feed/output-log.ts';
import { OutputSearch } from '../../src/feed/output-search.ts';

let folder = '';
let most = 0;

const source: ByteSource = {
  async readTail(path, bytesMax) {
    const { size } = await stat(path);
    return { bytes: await this.readRange(path, Math.max(0, size - bytesMax), bytesMax), size };
  },
  async readRange(path, start, length) {
    const file = await open(path).catch(() => null);
    if (file === null) return new Uint8Array();
    try {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, start);
      most = Math.max(most, bytesRead);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  },
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'output-log-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function logOf(name: string, content: string): Promise<OutputLog> {
  const path = join(folder, name);
  await writeFile(path, content);
  const log = new OutputLog(source, path);
  while (await log.poll()) if (log.counted) break;
  return log;
}

describe('output log', () => {
  test('a file that is not there yet is empty, and is followed once it is', async () => {
    const path = join(folder, 'late');
    const log = new OutputLog(source, path);
    expect(await log.poll()).toBe(false);
    expect(log.tail(3)).toEqual([]);
    await writeFile(path, 'one\ntwo');
    expect(await log.poll()).toBe(true);
    expect(log.tail(3)).toEqual(['one', 'two']);
    await appendFile(path, ' and more\n\nlast\n');
    await log.poll();
    expect(log.tail(3)).toEqual(['two and more', '', 'last']);
    expect(log.lines).toBe(4);
    expect(await log.poll()).toBe(false);
  });

  test('any window of a large file is found, in bounded reads', async () => {
    const count = 400_000;
    const log = await logOf('large', Array.from({ length: count }, (_, line) => `line ${line}\n`).join(''));
    most = 0;
    expect(log.lines).toBe(count);
    for (const line of [0, 1, 6_553, 200_001, count - 2]) {
      expect(await log.window(line, 2)).toEqual([`line ${line}`, `line ${line + 1}`]);
    }
    expect(await log.window(count - 1, 5)).toEqual([`line ${count - 1}`]);
    expect(log.tail(2)).toEqual([`line ${count - 2}`, `line ${count - 1}`]);
    expect(most).toBeLessThanOrEqual(tailBytesMax + 1);
  });

  test('a line of megabytes is shown by its start, and the lines around it are found', async () => {
    const log = await logOf('wide', `before\n${'x'.repeat(3_000_000)}\nafter\nlast\n`);
    const [long, after] = await log.window(1, 2);
    expect(long).toBe('x'.repeat(4096));
    expect(after).toBe('after');
    expect(await log.window(0, 4)).toHaveLength(4);
    expect(log.tail(2)).toEqual(['after', 'last']);
  });

  test('a search counts every line that matches, goes on from where it was, and comes round', async () => {
    const path = join(folder, 'search');
    await writeFile(path, `alpha\n${'filler\n'.repeat(300_000)}Fehler: schön alpha alpha\nomega Alpha\n`);
    const { size } = await stat(path);
    const found = (text: string) => new OutputSearch(source, path, { kind: 'text', text });
    const alpha = found('alpha');
    expect(await alpha.next(0, true, size)).toBe(300_001);
    expect(await alpha.next(300_002, true, size)).toBe(0);
    expect(await alpha.next(0, false, size)).toBe(300_002);
    expect(alpha.total).toBe(3);
    expect(await found('SCHÖN').next(-1, true, size)).toBeNull();
    expect(await found('schön').next(-1, true, size)).toBe(300_001);
    const capital = found('Alpha');
    expect([await capital.next(-1, true, size), capital.total]).toEqual([300_002, 1]);
    await appendFile(path, 'x[y] (z)\n');
    expect(await found('[Y').next(-1, true, size + 9)).toBeNull();
    expect(await found('[y] (').next(-1, true, size + 9)).toBe(300_003);
  });

  test('the first error is a line that reads like one', async () => {
    const path = join(folder, 'errors');
    await writeFile(path, 'starting\n0 mirrors\nERROR 503\nfatal: no\n');
    const errors = new OutputSearch(source, path, { kind: 'errors' });
    expect([await errors.next(-1, true, 100), errors.total]).toEqual([2, 2]);
    expect(await errors.next(2, true, 100)).toBe(3);
  });

  test('a progress bar shows its last state, whether it is followed or scrolled back to', async () => {
    const bar = Array.from({ length: 5000 }, (_, percent) => `\r${percent} of 5000 \x1b[32m###\x1b[0m\x1b[K`).join('');
    const log = await logOf('bar', `before\r\n${bar}\nlong text\rshort\nlast: ${bar}\r`);
    const last = '4999 of 5000 \x1b[32m###\x1b[0m';
    expect(log.tail(4)).toEqual(['before', last, 'shorttext', last]);
    expect(await log.window(0, 3)).toEqual(['before', last, 'shorttext']);
    expect(await log.window(1, 1)).toEqual([last]);
    expect(await log.window(3, 1)).toEqual([last]);
  });

  test('bytes that are no text are shown as bytes', async () => {
    const path = join(folder, 'binary');
    await writeFile(path, Buffer.from([0x61, 0xff, 0x0a]));
    const log = new OutputLog(source, path);
    await log.poll();
    expect(log.tail(1)).toEqual(['a<FF>']);
  });
});
