/** The mouse looks and scrolls; whatever it hits, it runs and answers nothing. */
import { expect, test } from 'vitest';
import type { MouseEvent } from '../../src/tui/mouse.ts';
import { mouseTaker } from '../../src/tui/mouse-input.ts';
import { Hands, until } from './hands.ts';
import { MemoryHome } from './rehearsal.ts';
import { homeRun, promoting } from './scene.ts';

/** The mouse of hands: at the first place of the screen that holds a text. */
function at(hands: Hands, text: string): { readonly column: number; readonly row: number } {
  const rows = hands.screen().split('\n');
  const row = rows.findIndex((one) => one.includes(text));
  if (row < 0) throw new Error(`"${text}" is not on screen:\n${rows.join('\n')}`);
  return { column: (rows[row] ?? '').indexOf(text), row };
}

function click(hands: Hands, text: string): void {
  hands.controller.mouse({ kind: 'click', ...at(hands, text) });
}

function wheel(hands: Hands, text: string, down: boolean): void {
  hands.controller.mouse({ kind: down ? 'wheel-down' : 'wheel-up', ...at(hands, text) });
}

test('what a terminal sends of the mouse is taken out of what is typed, in whatever pieces it comes', () => {
  const sent = 'a\x1b[<0;10;5M\x1b[<0;10;5mb\x1b[A\x1b\x1b[<65;1;1Mc[<0;1;1M';
  // An escape that comes alone is the key, as it always was.
  const pieces = [[sent], sent.match(/\x1b?[^\x1b]|\x1b/g) ?? []];
  for (const one of pieces) {
    const heard: MouseEvent[] = [];
    const take = mouseTaker((event) => heard.push(event));
    expect(one.map(take).join('')).toBe('ab\x1b[A\x1bc[<0;1;1M');
    expect(heard).toEqual([
      { kind: 'click', column: 9, row: 4 },
      { kind: 'other', column: 9, row: 4 },
      { kind: 'wheel-down', column: 0, row: 0 },
    ]);
  }
});

test('a click looks at a step or gives the keys to a pane; on a phase it opens and folds it', async () => {
  const hands = new Hands(await promoting(), new MemoryHome(), 80, 24);
  await hands.sees('>  * promote');
  click(hands, 'repoint_dns');
  await hands.sees('─ deploy/repoint_dns');
  click(hands, 'Pre-deploy');
  await hands.sees('✓ backup');
  click(hands, 'Pre-deploy');
  expect(hands.screen()).not.toContain('✓ backup');
  click(hands, '─ Output');
  expect(hands.controller.view().ui.pane).toBe('output');
  click(hands, 'Verify');
  await hands.sees('· health');
  expect(hands.controller.view().ui.pane).toBe('steps');
});

test('the wheel moves in the steps and scrolls the output that it is over, whoever has the keys', async () => {
  const home = new MemoryHome();
  const lines = Array.from({ length: 200 }, (_, index) => `line ${index + 1} of it\n`).join('');
  home.files.set('steps/004-promote/1/output.log', lines);
  const hands = new Hands(await promoting(), home, 80, 24);
  await hands.sees('line 200 of it');
  wheel(hands, 'line 200', false);
  await hands.sees('line 197 of it');
  await until(
    'it did not scroll',
    () => !hands.screen().includes('line 198'),
    () => hands.screen(),
  );
  wheel(hands, 'line 197', true);
  await hands.sees('line 200 of it');
  wheel(hands, '* promote', true);
  await hands.sees('─ deploy/repoint_dns');
});

test('in a menu a click marks and does not take; in a y/n it does nothing at all; nothing is run or answered', async () => {
  const session = await promoting();
  session.end('promote', false, 'exit 1');
  const hands = new Hands(session, new MemoryHome(), 80, 24);
  await hands.sees('Retry');
  const answers = session.answers.length;
  const menu = hands
    .screen()
    .split('\n')
    .findIndex((row) => row.startsWith('Retry'));
  hands.controller.mouse({ kind: 'click', column: 7, row: menu + 2 });
  const [top] = hands.controller.view().ui.overlays;
  expect(top).toMatchObject({ kind: 'dialog', draft: { marked: 2, choice: null }, pointed: 1 });
  expect(session.answers.length).toBe(answers);
  hands.press('enter');
  hands.type('because');
  hands.press('enter');
  await expect.poll(() => session.answers.at(-1)).toEqual({ kind: 'skip', reason: 'because' });
  await hands.sees('r runs repoint_dns, after');
  hands.press('r');
  await hands.sees('> n No <');
  for (const text of ['y Yes', 'n No', 'Run repoint_dns', 'Verify']) click(hands, text);
  await hands.sees('> n No <');
  expect(session.play.running()).toEqual([]);
});

test('at home a click marks an entry, and the wheel goes on; nothing is opened', async () => {
  const home = new MemoryHome();
  home.runList = [homeRun, { ...homeRun, run: 'r2', title: 'Another', status: 'completed' }];
  const hands = new Hands(null, home, 80, 24);
  await hands.sees('Another');
  click(hands, 'Another');
  await hands.sees(' > Another');
  wheel(hands, 'Another', false);
  await hands.sees(' > Release');
  expect(home.decided).toEqual([]);
});
