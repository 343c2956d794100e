/** Frames as an operator sees them, at the three sizes that are promised. */
import { describe, expect, test } from 'vitest';
import { dialogFor } from '../../src/tui/dialogs/of-question.ts';
import { cellWidth, withoutColour } from '../../src/tui/present/cells.ts';
import { frame } from '../../src/tui/present/frame.ts';
import { lookFor } from '../../src/tui/present/look.ts';
import { summaryLines } from '../../src/tui/present/outcome.ts';
import { initialUi, pushed, withDialog } from '../../src/tui/ui.ts';
import type { View } from '../../src/tui/view.ts';
import type { Rehearsal } from './rehearsal.ts';
import { homeRun, promoting, viewOf } from './scene.ts';

const output: View['output'] = {
  step: 'promote',
  lines: ['waiting for server to promote....', 'LOG:  redo done at 0/5000108'],
  first: null,
  bytes: 14_200_000,
  total: 183_000,
  counted: true,
  path: null,
  name: 'Output',
  apart: false,
  open: true,
  matches: null,
};

/** The rows of a frame, with the menu's labels where the menu stands; each row checked for its width. */
function rowsOf(view: View): readonly string[] {
  const { above, menu, below } = frame(view);
  for (const row of [...above, ...below]) expect(cellWidth(row)).toBe(view.ui.columns);
  const choices = (menu?.labels ?? []).slice(0, menu?.rows).map((label) => `    ${label}`);
  const rows = [...above, ...choices, ...below];
  expect(rows).toHaveLength(view.ui.rows);
  return rows.map((row) => row.trimEnd());
}

/** `rows` with nothing but blank cells in the middle left out. */
function drawn(rows: readonly string[]): readonly string[] {
  return rows.filter((row) => !/^ *│?$/.test(row));
}

async function failed(): Promise<Rehearsal> {
  const session = await promoting();
  session.play.now += 131_000;
  session.end('promote', false, 'exit 1');
  return session;
}

function asking(session: Rehearsal, columns: number, rows: number): View {
  const view = viewOf(session, columns, rows, { output });
  const activity = session.activity();
  const dialog = activity.kind === 'waiting' ? dialogFor(activity.question, session.state()) : null;
  return dialog === null ? view : { ...view, ui: withDialog(view.ui, dialog) };
}

describe('frames', () => {
  test('80x24: the run screen', async () => {
    const history = new Map([['repoint_dns', [170_000, 190_000]]]);
    const view = viewOf(await promoting(), 80, 24, { output });
    const run = view.run === null ? null : { ...view.run, history };
    expect(drawn(rowsOf({ ...view, run }))).toEqual([
      ' [PRODUCTION] shop-production  r               3/7 [####......]  00:02  ETA 3m+',
      '─ Steps ─────────────────│─ deploy/promote: Promote replica ───── RUNNING 2:11 ─',
      ' ✓ 1 Pre-deploy       2/2│Promote db-2, then wait for recovery to end.',
      ' ▸ 2 Deploy           1/4│$ pg_ctl promote -D /srv/pg',
      '   ✓ fence_primary   0:41│expect: output.contains("server promoted")',
      '>  * promote         2:11│undo: re-fence db-2, restart db-1',
      '   · repoint_dns      ~3m│─ Output ─ Tab ───────── FOLLOW  14.2 MB  183k lines ─',
      '   ! drop_slot           │waiting for server to promote....',
      ' · 3 Verify           0/1│LOG:  redo done at 0/5000108',
      ' promote is running, 2:11',
      ' r run  e record  s skip  n note  u rollback plan  A abort  ? help  q detach',
    ]);
  });

  test('60x16: the same, with what matters most', async () => {
    expect(drawn(rowsOf(viewOf(await promoting(), 60, 16, { output })))).toEqual([
      ' [PRODUCTION] shop-production  r    3/7 [####......]  00:02',
      '─ Steps ─────────────│─ deploy/promote: Prom… RUNNING 2:11 ─',
      ' ✓ 1 Pre-deploy   2/2│Promote replica',
      ' ▸ 2 Deploy       1/4│Promote db-2, then wait for recovery',
      '   ✓ fence_prim… 0:41│to end.',
      '>  * promote     2:11│$ pg_ctl promote -D /srv/pg',
      '   · repoint_dns     │(3 more lines: Tab, or z for all)',
      '   ! drop_slot       │─ Output ─ Tab ── FOLLOW  183k lines ─',
      ' · 3 Verify       0/1│waiting for server to promote....',
      '                     │LOG:  redo done at 0/5000108',
      ' promote is running, 2:11',
      ' r run  s skip  u rollback plan  A abort  ? help  q detach',
    ]);
  });

  test('120x40: a failure, with what there is to decide', async () => {
    expect(drawn(rowsOf(asking(await failed(), 120, 40)))).toEqual([
      ` [PRODUCTION] shop-production  r${' '.repeat(64)}3/7 [####......]  00:05`,
      `─ Steps ────────────────────────────────────│─ deploy/promote: Promote replica ${'─'.repeat(27)} FAILED 2:11 ─`,
      ' ✓ 1 Pre-deploy                          2/2│failed: exit 1',
      ' ▸ 2 Deploy                              1/4│Promote db-2, then wait for recovery to end.',
      '   ✓ fence_primary  Fence the primary   0:41│$ pg_ctl promote -D /srv/pg',
      '>  ✗ promote  Promote replica         failed│expect: output.contains("server promoted")',
      '   · repoint_dns  Repoint DNS               │undo: re-fence db-2, restart db-1',
      '   ! drop_slot  Drop the old slot           │exit 1, 5 ms',
      ` · 3 Verify                              0/1│─ Output ─ Tab ${'─'.repeat(30)} FOLLOW  14.2 MB  183k lines ─`,
      '                                            │waiting for server to promote....',
      '                                            │LOG:  redo done at 0/5000108',
      `─ FAILED promote: Promote replica ${'─'.repeat(86)}`,
      '  exit 1',
      '    Retry',
      '    Mark done by hand',
      '    Skip',
      '    Roll back',
      '    Pause the run and quit',
      ' it waits for you: promote, Promote replica',
      ' Up/Down choose  Enter accept  Esc close  u rollback plan  ? help',
    ]);
  });

  test('60x16: the dialog leaves room for the output, and says how many choices there are', async () => {
    const rows = rowsOf(asking(await failed(), 60, 16));
    expect(rows[8]).toBe(`─ FAILED promote: Promote replica (5 choices) ${'─'.repeat(14)}`);
    expect(rows[4]).toContain('waiting for server to promote');
  });

  test('the rollback plan is what really ran, newest first', async () => {
    const view = viewOf(await failed(), 80, 24);
    const rows = drawn(rowsOf({ ...view, ui: pushed(view.ui, { kind: 'reader', page: { kind: 'plan' }, top: 0 }) }));
    expect(rows.slice(1, 6)).toEqual([
      'A rollback now would take 2 steps, in this order:',
      ' · 1. undo_promote, undoes promote',
      '      re-fence db-2, restart db-1',
      ' · 2. undo_fence_primary, undoes fence_primary',
      '      systemctl start db-1',
    ]);
    expect(rows.at(-1)).toBe(' R start the rollback  PgDn scroll  / find  Esc close');
  });

  test('below 60x16 it is one pane, which Tab changes; below 40x12 it says by how much it is too small', async () => {
    const view = viewOf(await promoting(), 40, 12, { output });
    expect(drawn(rowsOf(view))).toEqual([
      ' [PRODUCTION] shop-pr… 3/7 [####......]',
      '─ Steps ────────────────────────────────',
      ' ✓ 1 Pre-deploy                      2/2',
      ' ▸ 2 Deploy                          1/4',
      '   ✓ fence_primary  Fence the prim… 0:41',
      '>  * promote  Promote replica       2:11',
      '   · repoint_dns  Repoint DNS',
      '   ! drop_slot  Drop the old slot',
      ' · 3 Verify                          0/1',
      ' promote is running, 2:11',
      ' r run  ? help  q detach',
    ]);
    expect(rowsOf({ ...view, ui: { ...view.ui, pane: 'output' } })).toContain('waiting for server to promote....');
    expect(rowsOf(viewOf(await promoting(), 50, 5))).toEqual([
      'Too small: 50x5. Make it 7 rows larger.',
      'The run goes on. Ctrl-C leaves it so and quits.',
      'Or use gonogo --plain.',
      '',
      '',
    ]);
  });

  test('home: what is unfinished comes first', () => {
    const run = { ...homeRun, title: 'Release shop', passed: 3, total: 9 };
    const home = {
      loading: false,
      opening: null,
      runs: [
        { ...run, run: '20261121-0312-release-k7q2', status: 'completed', passed: 9 },
        { ...run, run: '20261121-0400-release-b2b2', status: 'paused' },
      ],
      runbooks: [
        { kind: 'runbook' as const, place: 'here' as const, path: 'runbooks/a.yaml', title: 'A', problem: null },
      ],
    };
    expect(drawn(rowsOf(viewOf(null, 80, 16, { home }))).slice(2)).toEqual([
      ' Waits for you',
      ' > Release shop                                       paused  3/9  2m ago  b2b2',
      ' Start a runbook',
      '   A                                                            runbooks/a.yaml',
      ' Open a finished run',
      '   Release shop                          completed  9/9  1970-01-01 00:00  k7q2',
      '─'.repeat(80),
      ' Release shop, run 20261121-0400-release-b2b2',
      ' in deploy, begun 1970-01-01 00:00 by ada, last record 2m ago',
      ' waits for a decision about build',
      ' Enter open  / filter  ? help  q quit',
    ]);
  });

  test('every frame fits at every size, whatever is open, with and without colour', async () => {
    const sessions = [await promoting(), await failed()];
    for (const session of sessions) {
      for (const [columns, rows] of [
        [40, 12],
        [59, 40],
        [200, 15],
        [60, 16],
        [61, 17],
        [80, 24],
        [99, 25],
        [100, 30],
        [200, 60],
      ] as const) {
        const view = asking(session, columns, rows);
        const overlays = [
          view.ui,
          pushed(view.ui, { kind: 'reader', page: { kind: 'help', scopes: [] }, top: 3 }),
          initialUi(columns, rows, 'run'),
        ];
        for (const ui of overlays) {
          const plain = rowsOf({ ...view, ui });
          const coloured = rowsOf({ ...view, ui, look: { colour: true, unicode: true } });
          expect(coloured.map((row) => withoutColour(row).trimEnd())).toEqual(plain);
        }
      }
    }
  });

  test('hostile text of a document and of output changes no row', async () => {
    const session = await promoting();
    session.append({
      type: 'note.added',
      actor: { via: 'terminal', name: 'ada' },
      data: { text: 'x' },
    });
    session.end('promote', false, 'two\nlines\x1b[2J\u202e');
    const lines = ['\x1b[31mred\x1b[2Jgone', 'a\rb\bc', '\x1b]0;t\x07'];
    const rows = rowsOf({ ...asking(session, 80, 24), output: { ...output, lines } });
    const screen = rows.join('\n');
    expect(screen).not.toMatch(/[\x00-\x09\x0b-\x1f\u202e]/);
    expect(screen).toContain('two');
    expect(screen).toContain('red␛[2Jgone');
    expect(screen).toContain('a␍b␈c');
  });

  test('how a run ended is cut nowhere; what has no room is counted, with the key that shows it', async () => {
    const session = await promoting();
    session.end('promote');
    await session.abandon(`the replica is broken, ${'and nobody knows why '.repeat(20)}so it is over`);
    const large = rowsOf(viewOf(session, 80, 40)).map((row) => row.trim());
    expect(large.join(' ')).toContain('nobody knows why so it is over');
    expect(large).toContain('Report: not written; w writes it');
    const small = rowsOf(viewOf(session, 60, 16)).map((row) => row.trim());
    const [last = ''] = small.filter((row) => row.startsWith('('));
    expect(last).toMatch(/^\(\d+ more lines: p shows the report as it stands\)$/);
    // The row of the status begins with the same.
    expect(small.filter((row) => row.endsWith('…') && row.includes('nobody'))).toHaveLength(1);
  });

  test('the summary is plain lines that say how to go on', async () => {
    const session = await promoting();
    await session.leave('asked');
    expect(summaryLines(session.state(), null, { colour: false, unicode: true }, session.play.now + 13_000)).toEqual([
      'RUNNING ON: Fail over the database',
      '  3 of 7 steps passed in 0:45',
      '  run r',
      '  promote runs on, 0:13',
      '  Go on with: gonogo resume r',
    ]);
  });
});

test('look: NO_COLOR, the locale and GONOGO_ASCII decide', () => {
  expect(lookFor({ LANG: 'en_US.UTF-8' })).toEqual({ colour: true, unicode: true });
  expect(lookFor({ LANG: 'en_US.UTF-8', NO_COLOR: '1' })).toEqual({ colour: false, unicode: true });
  expect(lookFor({ LANG: 'en_US.UTF-8', NO_COLOR: '' })).toEqual({ colour: true, unicode: true });
  expect(lookFor({ LANG: 'en_US.UTF-8', LC_ALL: 'C' })).toEqual({ colour: true, unicode: false });
  expect(lookFor({ LC_CTYPE: 'de_DE.utf8', LANG: 'C' })).toEqual({ colour: true, unicode: true });
  expect(lookFor({ LANG: 'C.UTF-8', GONOGO_ASCII: '1' })).toEqual({ colour: true, unicode: false });
  expect(lookFor({})).toEqual({ colour: true, unicode: false });
  expect(lookFor({ LANG: 'C.UTF-8', FORCE_COLOR: '0' })).toEqual({ colour: false, unicode: true });
});
