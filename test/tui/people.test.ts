/** Who is at a run, as the screen says it. */
import { expect, test } from 'vitest';
import type { People } from '../../src/app/people.ts';
import { cellWidth } from '../../src/tui/present/cells.ts';
import { peopleLines } from '../../src/tui/present/people.ts';
import { statusRow } from '../../src/tui/present/status.ts';
import { Hands } from './hands.ts';
import { promoting, viewOf } from './scene.ts';

const ann = {
  lease: 1,
  name: 'ann\u001b[31m',
  hostname: 'one',
  since: '2026-11-21T03:12:44Z',
  seen: '',
  seenAt: 1000,
  here: false,
};
const watching = (...names: readonly string[]): People['watchers'] =>
  names.map((name) => ({ name, hostname: 'two', since: '' }));

test('the last row but one says who watches, and to those who watch who drives', async () => {
  const session = await promoting();
  const view = viewOf(session, 80, 24);
  const row = (people: People | null, readOnly: boolean): string =>
    statusRow({ ...view, run: view.run && { ...view.run, people, readOnly } });
  expect(row({ driver: ann, watchers: watching('bo') }, false)).toMatch(/ bo watches $/);
  expect(row({ driver: ann, watchers: watching('bo', 'cy', 'bo') }, true)).toMatch(/ ann\S* drives, bo, cy watch $/);
  expect(row({ driver: null, watchers: watching('bo', 'cy', 'dee') }, true)).toMatch(/ bo, cy \+1 watch $/);
  expect(row({ driver: null, watchers: [] }, true)).toBe(row(null, true));
  const long = row({ driver: ann, watchers: watching('x'.repeat(200)) }, true);
  expect([cellWidth(long), long.includes('\u001b')]).toEqual([80, false]);
});

test('whoever comes is on the screen of the driver without a key', async () => {
  const session = await promoting();
  const { home, controller } = new Hands(session);
  home.present = { driver: ann, watchers: watching('bo') };
  await expect.poll(() => statusRow(controller.view()), { timeout: 10_000 }).toMatch(/ bo watches $/);
  home.present = { driver: ann, watchers: [] };
  await expect.poll(() => statusRow(controller.view()), { timeout: 10_000 }).not.toMatch(/watches/);
});

test('lines say when a driver was last seen, and nothing where nobody can be seen', () => {
  expect(peopleLines(null, 0)).toEqual([]);
  expect(peopleLines({ driver: { ...ann, name: 'ann' }, watchers: watching('bo') }, 241_000)).toEqual([
    'drives     ann on one since 2026-11-21T03:12:44Z, last seen 4m ago',
    'watches    bo on two',
  ]);
});
