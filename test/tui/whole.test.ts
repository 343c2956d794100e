/** What runs is shown whole before it runs, at every size, and can be read and searched. */
import { describe, expect, test } from 'vitest';
import { withoutColour } from '../../src/tui/present/cells.ts';
import { codeRows } from '../../src/tui/present/code.ts';
import { markdownRows } from '../../src/tui/present/markdown.ts';
import { onHosts, there } from '../run/on-hosts.ts';
import { body, runbook, step } from '../run/play.ts';
import { Hands } from './hands.ts';
import { MemoryHome, Rehearsal } from './rehearsal.ts';
import { readTarget } from './scene.ts';

const look = { colour: false, unicode: true };
const lines = Array.from({ length: 60 }, (_, line) => `  line ${line}: rm -rf "$folder/${line}"`);
const script = `set -x\n${lines.join('\n')}\n`;

function session(danger = false): Rehearsal {
  const steps = [step('clean', { ...body('run', { script }), title: 'Clean', danger })];
  const target = danger ? { target: { name: 'shop', identity: body('check', { script: 'hostname' }) } } : {};
  const vars = { folder: { type: 'string' as const, secret: false, literal: '/srv/old' } };
  const rehearsal = new Rehearsal(runbook(steps, { vars, ...target }), { folder: '/srv/old' });
  if (danger) readTarget(rehearsal, null);
  return rehearsal;
}

/** Everything that scrolling through the text of what is asked shows, a page at a time. */
async function readThrough(hands: Hands, last: string): Promise<string> {
  let seen = '';
  for (let page = 0; page < 40 && !seen.includes(last); page += 1) {
    seen += hands.screen();
    hands.press('pgdn');
  }
  return seen;
}

describe('a script that is longer than the screen', () => {
  test.each([
    [60, 16],
    [80, 24],
    [120, 40],
  ])('%ix%i: the y/n shows every line of it, and what its variables hold', async (columns, rows) => {
    const hands = new Hands(session(), new MemoryHome(), columns, rows);
    await hands.sees('r runs clean');
    hands.press('r');
    await hands.sees('> n No <');
    const seen = await readThrough(hands, 'folder = /srv/old');
    expect(lines.filter((line) => !seen.includes(line.trim()))).toEqual([]);
    expect(seen).toContain('with folder = /srv/old');
    await hands.sees('It changes something. Run it?');
    hands.press('z');
    hands.press('/');
    hands.type('line 47');
    hands.press('enter');
    await hands.sees('1 found');
    await hands.sees('line 47: rm -rf "$folder/47"');
    hands.press('esc');
    hands.press('esc');
    await hands.sees('> n No <');
  });

  test('one order for many hosts shows them all, and every line that each of them runs', async () => {
    const own = { ...body('run', { script }), expect: ['exit == 0'] };
    const named = Array.from({ length: 12 }, (_, index) => `web${index + 1}`);
    const spread = onHosts('switch', { batches: ['1', 'rest'] }, { ...own, title: 'Switch over' });
    const rehearsal = new Rehearsal(runbook([spread], { hosts: { web: named } }));
    there(rehearsal.play);
    const hands = new Hands(rehearsal, new MemoryHome(), 80, 24);
    await hands.sees('r runs switch');
    hands.press('r');
    await hands.sees('> n No <');
    const seen = await readThrough(hands, 'expect: exit == 0');
    expect(lines.filter((line) => !seen.includes(line.trim()))).toEqual([]);
    expect(named.filter((name) => !new RegExp(`${name}\\b`).test(seen))).toEqual([]);
    expect(seen).toContain('batches: 1, 11 hosts');
  });

  test('one order for steps side by side shows what each of them runs', async () => {
    const one = step('one', { ...body('run', { script: 'first line\nsecond line' }), title: 'First of them' });
    const two = step('two', { ...body('run', { script }), title: 'Second of them' });
    const both = step('both', { flow: 'parallel', blocks: [{ label: '', steps: [one, two] }], effect: 'read' });
    const hands = new Hands(new Rehearsal(runbook([both])), new MemoryHome(), 80, 24);
    await hands.sees('r runs both');
    hands.press('r');
    await hands.sees('> n No <');
    const seen = await readThrough(hands, 'line 59');
    for (const text of ['First of them', 'second line', 'Second of them']) expect(seen).toContain(text);
    expect(lines.filter((line) => !seen.includes(line.trim()))).toEqual([]);
  });

  test('the danger dialog shows it too, above the name to type, and the pane of the step', async () => {
    const hands = new Hands(session(true), new MemoryHome(), 80, 24);
    await hands.sees('r runs clean, after the name');
    expect(hands.screen()).toContain('more lines: Tab, or z for all');
    hands.press('r');
    await hands.sees('Type shop to run it');
    const seen = await readThrough(hands, 'folder = /srv/old');
    expect(lines.filter((line) => !seen.includes(line.trim()))).toEqual([]);
    hands.press('ctrl-r');
    await hands.sees('set -x');
    hands.press('end');
    await hands.sees('with folder = /srv/old');
    hands.press('esc');
    hands.type('shop');
    await hands.sees('Type shop to run it: shop');
    hands.press('esc');
    hands.press('enter');
    await hands.sees('Type shop to run it: ▏');
  });

  test('Tab gives the keys to the pane, where it scrolls and text is found', async () => {
    const hands = new Hands(session(), new MemoryHome(), 80, 24);
    await hands.sees('r runs clean');
    hands.press('tab');
    hands.press('tab');
    await hands.sees('> deploy/clean');
    hands.press('/');
    hands.type('line 58');
    hands.press('enter');
    await hands.sees('line 58: rm -rf "$folder/58"');
    hands.press('esc');
    hands.press('esc');
    expect(hands.screen()).toContain('set -x');
  });
});

test('a long line of code goes on behind a mark, with every space of it', () => {
  expect(codeRows('if a;\n    then    b c d e f', look, 12, '$ ')).toEqual(
    ['$ if a;', '      then', '  ↪   b c d ', '  ↪ e f'].map((row) => row.trimEnd()),
  );
});

test('Markdown is drawn: marks go, words stay, links are text, code keeps its spaces', () => {
  const text = [
    '# Tell *them*',
    '',
    '1. Call **the lead** and say `now  go`',
    '   - see [the page](https://x.org/a_b)',
    '> quoted',
    '```sh',
    'a   **b**',
    '```',
    'snake_case_name, 2 * 3 * 4',
  ].join('\n');
  expect(markdownRows(text, look, 60)).toEqual([
    'Tell *them*',
    '',
    '1. Call the lead and say now  go',
    '   - see the page (https://x.org/a_b)',
    '> quoted',
    'a   **b**',
    'snake_case_name, 2 * 3 * 4',
  ]);
  const coloured = markdownRows('say **one two three four** \x1b[31m', { colour: true, unicode: true }, 12);
  expect(coloured.map(withoutColour)).toEqual(['say one two', 'three four', '␛[31m']);
  expect(coloured[1]).toBe('\x1b[1mthree four\x1b[0m');
});
