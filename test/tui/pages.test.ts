/** Long pages: made once and not with each key, and anew when what they tell has changed. */
import { expect, test } from 'vitest';
import { pageRows } from '../../src/tui/present/reader.ts';
import type { Page } from '../../src/tui/ui.ts';
import { Hands } from './hands.ts';
import { MemoryHome } from './rehearsal.ts';
import { promoting, viewOf } from './scene.ts';

test('a page that tells the same is the same rows; another width, another state or a second later makes others', async () => {
  const session = await promoting();
  const view = viewOf(session, 80, 24);
  const text = { kind: 'markdown', text: `# Report\n\n${'long '.repeat(50)}` } as const;
  const report: Page = { kind: 'text', title: 'Report', text: [], subject: text };
  const plan: Page = { kind: 'plan' };
  const timeline: Page = { kind: 'timeline' };
  for (const page of [report, plan, timeline]) expect(pageRows(view, page)).toBe(pageRows({ ...view }, page));
  const later = { ...view, now: view.now + 1000 };
  expect(pageRows(later, report)).toBe(pageRows(view, report));
  expect(pageRows(later, timeline)).not.toBe(pageRows(view, timeline));
  const narrow = { ...view, ui: { ...view.ui, columns: 60 } };
  expect(pageRows(narrow, report)).not.toEqual(pageRows(view, report));
  session.end('promote');
  const after = viewOf(session, 80, 24);
  const before = pageRows(view, plan);
  expect(pageRows(after, plan)).not.toBe(before);
});

test('a report of 60,000 rows is scrolled without being made again', async () => {
  const session = await promoting();
  const home = new MemoryHome();
  let made = 0;
  home.previewReport = async () => {
    made += 1;
    return Array.from({ length: 60_000 }, (_, row) => `- step ${row} **passed** by \`echo ${row}\``).join('\n');
  };
  const hands = new Hands(session, home, 120, 40);
  await hands.sees('promote is running');
  hands.press('p');
  expect(hands.screen()).toContain('The report is being made as it stands.');
  await hands.sees('- step 36 passed');
  const view = hands.controller.view();
  const [top] = view.ui.overlays;
  if (top?.kind !== 'reader') throw new Error('no page is open');
  const rows = pageRows(view, top.page);
  for (let key = 0; key < 30; key += 1) hands.press('pgdn');
  hands.press('end');
  expect(hands.screen()).toContain('- step 59999 passed');
  expect(pageRows(hands.controller.view(), top.page)).toBe(rows);
  expect(made).toBe(1);
});

test('the report that is being made is left by Esc, which ends the making; what is opened then stays', async () => {
  const session = await promoting();
  const home = new MemoryHome();
  const signals: AbortSignal[] = [];
  home.previewReport = (_run: string, signal: AbortSignal) => {
    signals.push(signal);
    return new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  };
  const hands = new Hands(session, home, 120, 40);
  await hands.sees('promote is running');
  hands.press('p');
  expect(hands.screen()).toContain('The report is being made as it stands.');
  expect(hands.screen()).toMatch(/Esc\S* close/);
  hands.press('ctrl-c');
  hands.press('esc');
  expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
  hands.press('esc');
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  hands.press('t');
  await hands.sees('the run began, by ada');
  expect(hands.screen()).not.toContain('cannot be made');
});

test('why a report cannot be made stands where it would stand, below what was opened meanwhile too', async () => {
  const session = await promoting();
  const home = new MemoryHome();
  const { promise, reject } = Promise.withResolvers<string>();
  home.previewReport = () => promise;
  const hands = new Hands(session, home, 120, 40);
  await hands.sees('promote is running');
  hands.press('p');
  hands.press('ctrl-c');
  reject(new Error('the document is missing; gonogo verify says more'));
  await promise.catch(() => undefined);
  expect(hands.screen()).toContain('Leave it running');
  hands.press('esc');
  await hands.sees('The report cannot be made: the document is missing; gonogo verify says more');
});
