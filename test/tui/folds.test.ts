/** Phases folded and opened by hand: one row that the cursor stops at, open ones that stay open, and the way back. */
import { expect, test } from 'vitest';
import { Hands } from './hands.ts';
import { MemoryHome } from './rehearsal.ts';
import { promoting } from './scene.ts';

/** The left pane, from the row of the headings on. */
function pane(hands: Hands): readonly string[] {
  const rows = hands.screen().split('\n').slice(2);
  return rows
    .flatMap((row) => row.split('│').slice(0, -1))
    .map((row) => row.trimEnd())
    .filter((row) => row !== '');
}

test('a folded phase is one row with the cursor, and the cursor goes on behind it', async () => {
  const hands = new Hands(await promoting(), new MemoryHome(), 80, 24);
  await hands.sees('>  * promote');
  hands.press('left');
  expect(pane(hands)).toEqual([' ✓ 1 Pre-deploy       2/2', '>▸ 2 Deploy           1/4', ' · 3 Verify           0/1']);
  hands.press('down');
  expect(pane(hands)).toEqual([
    ' ✓ 1 Pre-deploy       2/2',
    ' ▸ 2 Deploy           1/4',
    ' · 3 Verify           0/1',
    '>  · health',
  ]);
  hands.press('up');
  expect(pane(hands)[1]).toBe('>▸ 2 Deploy           1/4');
  hands.press('right');
  expect(pane(hands)).toContain('>  * promote         0:00');
});

test('a phase that was opened stays open; all fold, all open, then each by itself again', async () => {
  const hands = new Hands(await promoting(), new MemoryHome(), 80, 24);
  await hands.sees('>  * promote');
  hands.press('up');
  hands.press('up');
  expect(pane(hands)[2]).toContain('>  ✓ backup');
  hands.press('right');
  hands.press('f');
  expect(pane(hands)).toContain('   ✓ backup          0:02');
  hands.press('-');
  expect(pane(hands)).toEqual([' ✓ 1 Pre-deploy       2/2', '>▸ 2 Deploy           1/4', ' · 3 Verify           0/1']);
  hands.press('-');
  expect(pane(hands)).toHaveLength(10);
  hands.press('-');
  expect(pane(hands)).toHaveLength(7);
});

test('a phase that is folded while another step of it was looked at shows the step that is current', async () => {
  const hands = new Hands(await promoting(), new MemoryHome(), 80, 24);
  await hands.sees('>  * promote');
  for (const _ of [1, 2]) hands.press('down');
  expect(hands.screen()).toContain('deploy/drop_slot');
  hands.press('left');
  expect(hands.screen()).toContain('deploy/promote');
});

test('the phase of a find is not hidden by a fold', async () => {
  const hands = new Hands(await promoting(), new MemoryHome(), 80, 24);
  await hands.sees('>  * promote');
  hands.press('-');
  hands.press('/');
  hands.type('lag');
  expect(pane(hands)).toEqual(['>  ✓ replica_lag     0:02']);
});
