/** The timeline, and what is different from earlier runs. */
import { expect, test } from 'vitest';
import { frame } from '../../src/tui/present/frame.ts';
import { timelineRows } from '../../src/tui/present/timeline.ts';
import type { View } from '../../src/tui/view.ts';
import { promoting, viewOf } from './scene.ts';

function rowsOf(view: View): readonly string[] {
  if (view.run === null) throw new Error('no run is on screen');
  return timelineRows(view, view.run, view.ui.columns);
}

test('what happened stands in the order of time, with how long it took drawn beside it', async () => {
  const session = await promoting();
  await session.note('db-2 is \x1b[2Jslow');
  const rows = rowsOf(viewOf(session, 80, 24));
  expect(rows).toEqual([
    '1970-01-01',
    '00:00:01 the run began, by ada',
    '00:00:01 ✓ replica_lag                 0:02 #',
    '00:00:03 ✓ backup                      0:02 #',
    '00:00:05 ✓ fence_primary               0:41 ########',
    '00:00:46 * promote                     2:11 .........###########################',
    '00:00:46 note by ada: db-2 is ␛[2Jslow',
  ]);
});

test('120 columns: two columns more, the tries and the usual time', async () => {
  const session = await promoting();
  const view = viewOf(session, 120, 40);
  if (view.run === null) throw new Error('no run is on screen');
  const history = new Map([['fence_primary', [30_000, 40_000]]]);
  const rows = rowsOf({ ...view, run: { ...view.run, history } });
  expect(rows.find((row) => row.includes('fence_primary'))).toContain('usual 30s');
});

test('what has no room beside its bar stands above it, and a note goes on in the next row: nothing is cut', async () => {
  const session = await promoting();
  await session.note('the replica lags by a second, and nobody knows why');
  expect(rowsOf(viewOf(session, 40, 24))).toEqual([
    '1970-01-01',
    '00:00:01 the run began, by ada',
    '00:00:01 ✓ replica_lag    0:02',
    '00:00:03 ✓ backup         0:02',
    '00:00:05 ✓ fence_primary',
    '                          0:41',
    '00:00:46 * promote        2:11',
    '00:00:46 note by ada: the replica lags',
    '         by a second, and nobody knows',
    '         why',
  ]);
});

test('for the prompts it is in words, without bars, at any width', async () => {
  const session = await promoting();
  const view = viewOf(session, 60, 24);
  if (view.run === null) throw new Error('no run is on screen');
  const run = { ...view.run, history: new Map([['fence_primary', [30_000, 40_000]]]) };
  expect(timelineRows(view, run, 60, false)).toEqual([
    '1970-01-01',
    '00:00:01 the run began, by ada',
    '00:00:01 passed replica_lag  0:02',
    '00:00:03 passed backup  0:02',
    '00:00:05 passed fence_primary  0:41  usual 30s',
    '00:00:46 running promote  2:11',
  ]);
});

test.each([40, 60, 80, 200])('no row is wider than %i cells', async (columns) => {
  const session = await promoting();
  await session.note('x'.repeat(300));
  for (const row of rowsOf(viewOf(session, columns, 24))) expect(row.length).toBeLessThanOrEqual(columns);
});

test('a step that takes longer than ever is told while it runs; with too few earlier runs nothing is', async () => {
  const session = await promoting();
  const view = viewOf(session, 120, 40);
  const { run } = view;
  if (run === null) throw new Error('no run is on screen');
  const shown = (known: readonly number[]): string => {
    const history = new Map([['promote', known]]);
    const activity = { kind: 'busy', step: 'promote', since: session.play.now } as const;
    return frame({ ...view, run: { ...run, history, activity } }).above.join('\n');
  };
  expect(shown([40_000, 60_000, 50_000])).toContain('longer than in 3 earlier runs, which took 1:00 at most');
  expect(shown([40_000, 60_000, 50_000])).toContain('promote is running, 2:11; it never took more than 1:00');
  expect(shown([40_000, 60_000])).not.toContain('longer than');
  expect(shown([40_000, 600_000, 50_000])).not.toContain('longer than');
});
