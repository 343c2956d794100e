/** Whatever is pressed: the screen draws, nothing that changes something runs unconfirmed, and there is a way out. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import type { Watched } from '../../src/app/watched.ts';
import { firstBreach } from '../../src/run/obeys.ts';
import type { Answer } from '../../src/run/question.ts';
import type { Item } from '../../src/runbook/document.ts';
import { bindings } from '../../src/tui/keys/bindings.ts';
import { cellWidth } from '../../src/tui/present/cells.ts';
import { frame } from '../../src/tui/present/frame.ts';
import { onHosts, six, there } from '../run/on-hosts.ts';
import { operator, runbook, step } from '../run/play.ts';
import { Asked, everyKind, questions, rarer } from './asked.ts';
import { Hands } from './hands.ts';
import { MemoryHome, Rehearsal } from './rehearsal.ts';
import { failover, homeRun, promoting, readTarget } from './scene.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Every key that means something anywhere, but what confirms. */
const keys = [...new Set(bindings.flatMap((one) => one.keys))].filter(
  (key) => key !== 'y' && key !== 'ctrl-z' && key !== 'ctrl-c' && key !== 'q',
);

const reads = ['replica_lag', 'backup', 'health'];

const sizes = [
  [40, 12],
  [60, 16],
  [80, 24],
  [120, 40],
] as const;

/** Numbers from a seed, the same each time (xorshift). */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function drawn(hands: Hands, what: string): void {
  const view = hands.controller.view();
  const { above, menu, below } = frame(view);
  const rows = [...above, ...below];
  expect(rows.length + (menu?.rows ?? 0), what).toBe(view.ui.rows);
  for (const row of rows) expect(cellWidth(row), what).toBe(view.ui.columns);
}

async function hit(hands: Hands, seed: number, count: number): Promise<string[]> {
  const next = numbers(seed);
  const pressed: string[] = [];
  for (let press = 0; press < count; press += 1) {
    const key = keys[next(keys.length)] ?? 'r';
    pressed.push(key);
    hands.press(key);
    await vi.advanceTimersByTimeAsync(70);
    if (press % 10 === 0) drawn(hands, `seed ${seed}: ${pressed.join(' ')}`);
  }
  return pressed;
}

test.each([11, 22, 33, 44, 55, 66])('seed %i: 200 keys in a run that waits for a change', async (seed) => {
  const [columns, rows] = sizes[seed % sizes.length] ?? [80, 24];
  const session = new Rehearsal(failover());
  readTarget(session, null);
  for (const id of ['replica_lag', 'backup']) {
    await session.answer({ kind: 'run' });
    session.end(id);
  }
  const hands = new Hands(session, new MemoryHome(), columns, rows);
  await vi.advanceTimersByTimeAsync(100);
  const pressed = await hit(hands, seed, 200);
  const ordered = session.play.events.flatMap((event) => (event.type === 'step.ordered' ? [event.data.step] : []));
  expect(
    ordered.filter((step) => !reads.includes(step)),
    `seed ${seed}: ${pressed.join(' ')}`,
  ).toEqual([]);
  for (const _ of [1, 2]) {
    hands.press('ctrl-c');
    await vi.advanceTimersByTimeAsync(70);
  }
  expect((await hands.controller.done).error).toBeNull();
});

test.each([7, 8])('seed %i: 200 keys while something runs, and at home', async (seed) => {
  const session = await promoting();
  const hands = new Hands(session, new MemoryHome(), 80, 24);
  await vi.advanceTimersByTimeAsync(100);
  await hit(hands, seed, 200);
  expect(session.play.running()).toEqual(['promote']);
  const home = new MemoryHome();
  home.runList = [homeRun, { ...homeRun, run: 'r2', status: 'completed' }];
  const atHome = new Hands(null, home, 60, 16);
  await vi.advanceTimersByTimeAsync(100);
  await hit(atHome, seed, 200);
});

test.each([101, 102, 103])(
  'seed %i: 200 keys in a checklist: what is answered was asked, and it can be left',
  async (seed) => {
    const item: Item = { category: 'people', severity: 'low', requires: [] };
    const steps = ['on_call', 'rehearsed', 'told'].map((id) => step(id, { item, onFail: 'continue' }, 'manual'));
    const categories = [{ id: 'people', title: 'People', weight: '1' }];
    const session = new Rehearsal(
      runbook([], {
        kind: 'checklist',
        phases: [{ id: 'people', title: 'People', steps }],
        checklist: { title: 'Ready', path: 'ready.yaml', scale: 10, categories },
      }),
    );
    const hands = new Hands(session, new MemoryHome(), 80, 24);
    await vi.advanceTimersByTimeAsync(100);
    await hit(hands, seed, 200);
    expect(firstBreach(session.play.events, 'r', actions)).toBeNull();
    for (const _ of [1, 2]) {
      hands.press('ctrl-c');
      await vi.advanceTimersByTimeAsync(70);
    }
    expect((await hands.controller.done).error).toBeNull();
  },
);

test.each([71, 72])('seed %i: 200 keys in a region of ten rows below the transcript', async (seed) => {
  const session = await promoting();
  const hands = new Hands(session, new MemoryHome(), 80, 10, null, true);
  await vi.advanceTimersByTimeAsync(100);
  await hit(hands, seed, 200);
  expect(session.play.running()).toEqual(['promote']);
  expect(hands.controller.printed).toEqual([
    'passed replica_lag (0:02)',
    'passed backup (0:02)',
    'passed fence_primary (0:41)',
  ]);
});

test.each([81, 82])('seed %i: 200 keys where a step runs on hosts, fails on one, and is rolled back', async (seed) => {
  const switched = onHosts('switch', { batches: ['1', '3', 'rest'], stopAfter: '2' }, { title: 'Switch over' });
  const session = new Rehearsal(runbook([switched], { hosts: { web: six } }));
  there(session.play);
  await session.answer({ kind: 'run' });
  session.end('switch_1');
  session.end('switch_2');
  session.end('switch_3', false);
  if (seed % 2 === 0) {
    session.end('switch_4', false);
    await session.rollback('two of them fail');
  }
  const running = session.play.running();
  const [columns, rows] = sizes[seed % sizes.length] ?? [80, 24];
  const hands = new Hands(session, new MemoryHome(), columns, rows);
  await vi.advanceTimersByTimeAsync(100);
  const ordered = (): number => session.play.events.filter(({ type }) => type === 'step.ordered').length;
  const before = ordered();
  const pressed = await hit(hands, seed, 200);
  expect(ordered(), `seed ${seed}: ${pressed.join(' ')}`).toBe(before);
  expect(session.play.running()).toEqual(running);
  for (const _ of [1, 2]) {
    hands.press('ctrl-c');
    await vi.advanceTimersByTimeAsync(70);
  }
  expect((await hands.controller.done).error).toBeNull();
});

/** An answer by which a command would run. */
const runs = (answer: Answer): boolean =>
  ['run', 'retry', 'rollback', 'accept'].includes(answer.kind) || (answer.kind === 'settle' && answer.as === 'rerun');

test.each([...questions, ...rarer].map((question, index) => [question.kind, index, question] as const))(
  '%s (%i): 200 keys and clicks in its dialog, at every size: nothing runs without a y, and it can be left',
  async (_, index, question) => {
    const from = await promoting();
    const session = new Asked(question, from.state());
    const [columns, rows] = sizes[index % sizes.length] ?? [80, 24];
    const hands = new Hands(session, new MemoryHome(), columns, rows);
    await vi.advanceTimersByTimeAsync(100);
    const next = numbers(index + 1);
    for (let round = 0; round < 10; round += 1) {
      const pressed = await hit(hands, index * 10 + round + 1, 20);
      const kind = (['click', 'wheel-up', 'wheel-down'] as const)[next(3)] ?? 'click';
      hands.controller.mouse({ kind, column: next(columns), row: next(rows) });
      const [width, height] = sizes[next(sizes.length)] ?? [80, 24];
      hands.controller.resize(width, height);
      drawn(hands, `${question.kind}: ${pressed.join(' ')}`);
    }
    expect(session.answers.filter(runs)).toEqual([]);
    expect(session.ordered).toEqual([]);
    for (const _key of [1, 2]) {
      hands.press('ctrl-c');
      await vi.advanceTimersByTimeAsync(70);
    }
    expect(session.left).not.toEqual([]);
  },
);

test('every kind of question is among them; the run screen itself answers what is ready', () => {
  const kinds: ReadonlySet<string> = new Set([...questions, ...rarer].map(({ kind }) => kind));
  expect(everyKind.filter((kind) => !kinds.has(kind))).toEqual(['ready']);
});

test('200 keys and clicks where documents have changed, in a run that has ended, and in one that is only watched', async () => {
  const home = new MemoryHome();
  home.runList = [homeRun];
  const lines = [{ kind: 'new', text: 'rm -rf /' }] as const;
  home.changes.set('r1', [{ kind: 'changed', path: 'runbooks/x.yaml', lines: [...lines] }]);
  const atHome = new Hands(null, home, 60, 16);
  await vi.advanceTimersByTimeAsync(100);
  await hit(atHome, 5, 200);
  const ended = await promoting();
  ended.append({ type: 'run.ended', actor: operator, data: { status: 'abandoned', reason: 'enough' } });
  const after = new Hands(ended, new MemoryHome(), 80, 24);
  await vi.advanceTimersByTimeAsync(100);
  await hit(after, 6, 200);
  const seen = await promoting();
  seen.end('promote');
  const watched: Watched = {
    state: () => seen.state(),
    activity: () => seen.activity(),
    subscribe: () => () => undefined,
    follow: async () => undefined,
  };
  const watching = new Hands(null, new MemoryHome(), 80, 24, watched);
  await vi.advanceTimersByTimeAsync(100);
  const records = seen.play.events.length;
  await hit(watching, 9, 200);
  expect(seen.play.events.length).toBe(records);
  for (const hands of [atHome, after, watching]) {
    for (const _ of [1, 2]) {
      hands.press('ctrl-c');
      await vi.advanceTimersByTimeAsync(70);
    }
    expect((await hands.controller.done).error).toBeNull();
  }
});
