/** The audit screen as an operator sees it: verdict, categories, items, evidence, filters. */
import { expect, test } from 'vitest';
import type { Item, Runbook, Step } from '../../src/runbook/document.ts';
import { auditAt, nextShow, tallyOf } from '../../src/tui/audit.ts';
import { evidenceView } from '../../src/tui/present/audit.ts';
import { cellWidth, withoutColour } from '../../src/tui/present/cells.ts';
import { frame } from '../../src/tui/present/frame.ts';
import type { Ui } from '../../src/tui/ui.ts';
import type { View } from '../../src/tui/view.ts';
import { operator, runbook, step } from '../run/play.ts';
import { Rehearsal } from './rehearsal.ts';
import { viewOf } from './scene.ts';

function item(id: string, facts: Partial<Item>, action = 'check', more: Partial<Step> = {}): Step {
  const own: Item = { category: 'image', severity: 'medium', requires: [], ...facts };
  return step(id, { title: `About ${id}`, item: own, onFail: 'continue', ...more }, action);
}

function audit(): Runbook {
  const phases = [
    {
      id: 'image',
      title: 'The image',
      steps: [item('no_root', { severity: 'blocker', fix: 'Add a USER line' }), item('pinned', { severity: 'high' })],
    },
    {
      id: 'people',
      title: 'People \x1b[2J',
      steps: [item('on_call', { category: 'people', severity: 'low', owner: 'ops' }, 'manual')],
    },
  ];
  const categories = [
    { id: 'image', title: 'The image', weight: '2' },
    { id: 'people', title: 'People \x1b[2J', weight: '1' },
  ];
  return runbook([], {
    kind: 'checklist',
    title: 'Ready',
    phases,
    checklist: { title: 'Ready', path: 'ready.yaml', scale: 10, categories },
  });
}

/** The running item `id` ends. */
function found(session: Rehearsal, id: string, ok: boolean, evidence: readonly string[] = []): void {
  const at = { step: id, visit: 1 };
  const reason = ok ? null : 'expected count > 0, but count = 0';
  const measured = { exit: ok ? 0 : 1, status: null, ms: 5, expectations: [], evidence: [], gaveUp: false };
  session.append(
    { type: 'attempt.ended', actor: operator, data: { ...at, attempt: 1, ok, reason, ...measured } },
    {
      type: 'item.answered',
      actor: operator,
      data: { ...at, result: ok ? 'pass' : 'fail', detail: reason ?? 'as expected', evidence: [...evidence] },
    },
  );
}

/** `no_root` failed with evidence, `pinned` passed, `on_call` waits. */
function asking(): Rehearsal {
  const session = new Rehearsal(audit());
  found(session, 'no_root', false, ['Dockerfile:1', 'Docker\x1b[2Jfile:2']);
  found(session, 'pinned', true);
  return session;
}

function at(session: Rehearsal, columns: number, rows: number, more: Partial<Ui> = {}): View {
  const view = viewOf(session, columns, rows);
  return { ...view, ui: { ...view.ui, ...more } };
}

function rowsOf(view: View): readonly string[] {
  const { above, menu, below } = frame(view);
  for (const row of [...above, ...below]) expect(cellWidth(row)).toBe(view.ui.columns);
  const rows = [...above, ...(menu?.labels ?? []).slice(0, menu?.rows), ...below];
  expect(rows).toHaveLength(view.ui.rows);
  return rows.map((row) => row.trimEnd());
}

test('60x16: the verdict so far, scores that count what is unknown as not passed, and the item that is asked about', () => {
  const rows = rowsOf(at(asking(), 60, 16));
  expect(rows.slice(1, 7)).toEqual([
    ' NOT COMPLETE  2.86 of 10   1 blocker   1 to answer',
    '─ Items ──────────────────│─ people/on_call:… WAITING 2:11 ─',
    ' ✗ The image          4.29│severity low, owner ops',
    ' ▸ People ␛[2J        0.00│About on_call',
    '>  · on_call           low│do on_call',
    '                          │─ Output ─ Tab ──── nothing yet ─',
  ]);
  expect(rows.at(-1)).toContain('v filter');
});

test('80x24: only what fails, with why, what to do and the places it rests on', () => {
  const session = asking();
  const view = at(session, 80, 24, { show: 'failing', selected: 'no_root' });
  const found = auditAt(session.state(), 'no_root', view.now)?.items[0];
  const output = found === undefined ? null : evidenceView(found, null, 5);
  expect(output?.lines).toHaveLength(2);
  const rows = rowsOf({ ...view, output: output ?? view.output });
  expect(rows.slice(1, 12)).toEqual([
    ' NOT COMPLETE  2.86 of 10   1 blocker   1 to answer   2/2 automatic',
    '─ Items: failing ───────────────│─ image/no_root: About no_root ─── FAILED <1s ─',
    ' ▸ The image                4.29│failed: expected count > 0, but count = 0',
    '>  ✗ no_root             blocker│severity blocker',
    '                                │fix: Add a USER line',
    '                                │$ echo no_root',
    '                                │exit 1, 5 ms',
    '                                │─ Evidence ─ Tab ────────────── 30 B  2 lines ─',
    '                                │Dockerfile:1',
    '                                │Docker␛[2Jfile:2',
    '                                │',
  ]);
});

test('a waiver changes the word and the count, not the score', () => {
  const session = asking();
  const waiver = { step: 'no_root', visit: 1, by: 'ada', why: 'pilot', until: '2999-12-31' };
  session.append({ type: 'waiver.given', actor: operator, data: waiver });
  const rows = rowsOf(at(session, 80, 24, { selected: 'no_root' }));
  expect(rows[1]).toBe(' NOT COMPLETE  2.86 of 10   1 to answer   2/2 automatic');
  expect(rows[4]).toBe('>  ! no_root              waived│waived until 2999-12-31 by ada: pilot');
});

test('answered, the verdict is a word; the filters come round', async () => {
  const session = asking();
  await session.answer({ kind: 'item', result: 'pass', detail: 'asked her' });
  const found = auditAt(session.state(), null, session.play.now);
  expect(found === null ? null : tallyOf(found)).toMatchObject({ complete: true, blockers: 1, toAnswer: 0 });
  expect(rowsOf(at(session, 80, 24))[1]).toMatch(/^ NO-GO {2}6\.19 of 10 {3}1 blocker/);
  expect(rowsOf(at(session, 80, 24, { show: 'unanswered' }))[3]).toMatch(/^ Nothing is unanswered\./);
  expect(found === null ? null : [nextShow('all', found), nextShow('unanswered', found)]).toEqual(['failing', 'all']);
});

test('every audit frame fits at every size, with and without colour', () => {
  for (const [columns, rows] of [
    [60, 16],
    [79, 20],
    [80, 24],
    [120, 40],
  ] as const) {
    for (const show of ['all', 'failing', 'unanswered', 'steps'] as const) {
      const view = at(asking(), columns, rows, { show });
      const coloured = rowsOf({ ...view, look: { colour: true, unicode: false } });
      const plain = rowsOf({ ...view, look: { colour: false, unicode: false } });
      expect(coloured.map((row) => withoutColour(row).trimEnd())).toEqual(plain);
      expect(plain.join('\n')).not.toMatch(/[\x00-\x09\x0b-\x1f]/);
    }
  }
});
