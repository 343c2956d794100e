/** What older gonogos wrote goes through one table; what this one writes goes through it too, and comes out as it is. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { FORMAT, isReadable, upcast } from '../../src/journal/upcast.ts';
import { readWording } from '../../src/journal/wording.ts';

const golden = join(import.meta.dirname, '../journals/v1');

it('every record that version 1 wrote is known as a whole after the table', () => {
  const files = readdirSync(golden).filter((name) => name.endsWith('.jsonl'));
  expect(files.length).toBeGreaterThan(0);
  for (const name of files) {
    for (const line of readFileSync(join(golden, name), 'utf8').trim().split('\n')) {
      const { v, type, actor, data } = JSON.parse(line);
      expect(v).toBe(1);
      const wording = upcast(v, { type, actor, data });
      expect(readWording(wording)).toEqual({ kind: 'known', draft: { type, actor, data }, leftOut: [] });
    }
  }
});

it('formats from the first to the current one are readable, and no other', () => {
  for (let v = 1; v <= FORMAT; v += 1) expect(isReadable(v)).toBe(true);
  for (const v of [0, -1, 1.5, FORMAT + 1, '1', null, undefined]) expect(isReadable(v)).toBe(false);
});
