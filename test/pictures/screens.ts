/** The screens that the README shows: the failover of the tests at a fixed moment, as `present/` draws it. */
import { dialogFor } from '../../src/tui/dialogs/of-question.ts';
import { confirmation } from '../../src/tui/moves.ts';
import { fit as fitted } from '../../src/tui/present/cells.ts';
import { frame } from '../../src/tui/present/frame.ts';
import { paint, type Theme } from '../../src/tui/present/look.ts';
import { pushed, topOverlay, withDialog } from '../../src/tui/ui.ts';
import { currentStep, type View } from '../../src/tui/view.ts';
import { homeRun, promoting, viewOf } from '../tui/scene.ts';
import { svgOf } from './cells-svg.ts';

/** Name → its bytes. */
export type Pictures = ReadonlyMap<string, string>;

const themes = ['dark', 'light'] as const satisfies readonly Theme[];
const sizes = [
  [80, 24],
  [120, 40],
] as const;

/** Every screen at every size in every theme: `run-80x24-dark.svg`. */
export async function drawPictures(): Promise<Pictures> {
  const pictures = new Map<string, string>();
  for (const [name, screen] of Object.entries(screens))
    for (const theme of themes)
      for (const [columns, rows] of sizes) {
        const view = await screen(columns, rows);
        const look = { colour: true, unicode: true, theme } as const;
        pictures.set(
          `${name}-${columns}x${rows}-${theme}.svg`,
          await svgOf(rowsOf({ ...view, look }), columns, theme, `gonogo: ${name}`),
        );
      }
  return pictures;
}

/** The rows of a view. A menu is drawn as its widget draws it. */
function rowsOf(view: View): readonly string[] {
  const { above, menu, below } = frame(view);
  const top = topOverlay(view.ui);
  const marked = top?.kind === 'dialog' ? top.draft.marked : 0;
  const choices = (menu?.labels ?? []).slice(0, menu?.rows).map((label, index) => {
    const text = fitted(label, view.ui.columns - 4);
    return menu?.choices[index] === marked ? `  > ${paint(view.look, 'select', text)}` : `    ${text}`;
  });
  return [...above, ...choices, ...below];
}

const history = new Map([
  ['promote', [125_000, 131_000, 140_000]],
  ['repoint_dns', [170_000, 180_000, 300_000]],
  ['drop_slot', [55_000, 60_000, 65_000]],
  ['health', [20_000, 30_000, 90_000]],
]);
const lines = ['waiting for server to promote....', 'LOG:  received promote request', 'LOG:  redo done at 0/5000108'];
const output = {
  step: 'promote',
  lines,
  first: null,
  bytes: 14_200_000,
  total: 183_000,
  counted: true,
  path: 'o',
  name: 'Output',
  apart: false,
  open: true,
  matches: null,
};
/** 14:32 of some day. */
const offsetMs = 52_200_000;

const screens = { run: running, confirm: confirming, failed, plan: planned, home: atHome };

async function running(columns: number, rows: number): Promise<View> {
  const session = await promoting();
  const view = viewOf(session, columns, rows, { output, offsetMs });
  return withHistory(view);
}

function withHistory(view: View): View {
  return view.run === null ? view : { ...view, run: { ...view.run, history } };
}

async function confirming(columns: number, rows: number): Promise<View> {
  const session = await promoting();
  session.end('promote');
  const view = withHistory(viewOf(session, columns, rows, { offsetMs }));
  const step = view.run === null ? null : currentStep(view.run);
  const asked = {
    title: `Run ${step}: Repoint DNS`,
    text: ['It changes something. Run it?'],
    subject: step === null ? null : ({ kind: 'step', step } as const),
  };
  return { ...view, ui: pushed(view.ui, confirmation(asked, { kind: 'back' }, null)) };
}

async function failed(columns: number, rows: number): Promise<View> {
  const session = await promoting();
  session.end('promote', false, 'exit 1');
  const ended = {
    ...output,
    lines: [...lines, 'FATAL:  could not open file "standby.signal": Permission denied'],
    open: false,
  };
  const view = withHistory(viewOf(session, columns, rows, { output: ended, offsetMs }));
  const activity = session.activity();
  const dialog = activity.kind === 'waiting' ? dialogFor(activity.question, session.state()) : null;
  return dialog === null ? view : { ...view, ui: withDialog(view.ui, dialog) };
}

async function planned(columns: number, rows: number): Promise<View> {
  const view = await running(columns, rows);
  return { ...view, ui: pushed(view.ui, { kind: 'reader', page: { kind: 'plan' }, top: 0 }) };
}

async function atHome(columns: number, rows: number): Promise<View> {
  const now = 1_790_000_000_000;
  const run = { ...homeRun, startedAt: now - 3_000_000, at: now - 2_500_000 };
  const file = {
    kind: 'runbook',
    place: 'here',
    path: 'runbooks/failover.yaml',
    title: 'Fail over the database',
    problem: null,
  } as const;
  return viewOf(null, columns, rows, {
    now,
    offsetMs: 0,
    home: {
      loading: false,
      opening: null,
      runs: [
        { ...run, title: 'Release the shop', failed: 'smoke', waiting: null, passed: 8, total: 14 },
        {
          ...run,
          run: 'r2',
          title: 'Rotate the keys',
          status: 'completed',
          waiting: null,
          phase: null,
          passed: 6,
          total: 6,
        },
      ],
      runbooks: [file, { ...file, path: 'checklists/ready.yaml', kind: 'checklist', title: 'Ready for production' }],
    },
  });
}
