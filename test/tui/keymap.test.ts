/** The keymap as data: who hears a key, what acts, what the footer and the table say. */
import { describe, expect, test } from 'vitest';
import type { Facts } from '../../src/tui/keys/binding.ts';
import { bindings } from '../../src/tui/keys/bindings.ts';
import { footerHints, keyTable, route } from '../../src/tui/keys/keymap.ts';
import { type KeyFlags, pressOf } from '../../src/tui/keys/press.ts';
import { afterCharacter, mayAct, noPaste } from '../../src/tui/paste-guard.ts';
import { footerRow } from '../../src/tui/present/status.ts';

const none: KeyFlags = {
  upArrow: false,
  downArrow: false,
  leftArrow: false,
  rightArrow: false,
  pageUp: false,
  pageDown: false,
  home: false,
  end: false,
  return: false,
  escape: false,
  tab: false,
  shift: false,
  backspace: false,
  delete: false,
  ctrl: false,
  meta: false,
};

const facts: Facts = {
  keys: bindings,
  readOnly: false,
  sideBySide: false,
  judges: false,
  ranOn: false,
  runsOn: false,
  question: null,
  running: 'migrate is running',
  ended: false,
  rollbackBegan: false,
  changed: true,
  noRedo: null,
  audit: null,
  listsPhases: true,
};

describe('keymap', () => {
  test('a key means one thing in a scope', () => {
    const seen = bindings.flatMap(({ scope, keys }) => keys.map((key) => `${scope} ${key}`));
    expect(seen.filter((one, index) => seen.indexOf(one) !== index)).toEqual([]);
  });

  test('Enter and Space run nothing, and answer no y/n with yes', () => {
    const commands = bindings
      .filter(({ keys }) => keys.includes('enter') || keys.includes('space'))
      .map(({ command }) => command);
    for (const command of ['run', 'yes', 'rollback', 'abort', 'skip', 'record'])
      expect(commands).not.toContain(command);
  });

  test('the innermost scope that knows a key decides', () => {
    expect(route(['menu', 'always'], 'esc')?.command).toBe('close');
    expect(route(['steps', 'run', 'always'], 'n')?.command).toBe('note');
    expect(route(['confirm', 'always'], 'n')?.command).toBe('no');
    expect(route(['confirm', 'always'], 'ctrl-c')?.command).toBe('interrupt');
    expect(route(['confirm', 'always'], 'u')).toBeNull();
  });

  test('what Ink reports becomes one named key, or a paste', () => {
    expect(pressOf('r', none)).toEqual({ kind: 'key', name: 'r', typed: true });
    expect(pressOf('', { ...none, return: true })).toEqual({ kind: 'key', name: 'enter', typed: true });
    expect(pressOf('c', { ...none, ctrl: true })).toEqual({ kind: 'key', name: 'ctrl-c', typed: false });
    expect(pressOf('', { ...none, tab: true, shift: true })).toEqual({ kind: 'key', name: 'shift-tab', typed: false });
    expect(pressOf('rm -rf', none)).toEqual({ kind: 'paste', text: 'rm -rf' });
    expect(pressOf('', none)).toBeNull();
  });

  test('a key says why it does nothing now', () => {
    const run = bindings.find(({ command }) => command === 'run');
    expect(run?.disabled(facts)).toBe('migrate is running: wait for it, or A stops it');
    const skip = bindings.find(({ command }) => command === 'skip');
    const gate = { kind: 'no-go', step: 'ready', visit: 1, title: 'Ready', blockers: ['a'], reasons: [] } as const;
    expect(skip?.disabled({ ...facts, question: gate })).toBe('a gate cannot be skipped: answer it (Enter)');
    const rollback = bindings.find(({ command }) => command === 'rollback');
    expect(rollback?.disabled({ ...facts, changed: false })).toContain('nothing to roll back');
  });

  test('the footer keeps the plan, help and the way out when it gets narrow', () => {
    const look = { colour: false, unicode: true };
    const row = footerRow(['steps', 'run', 'always'], facts, look, 60);
    expect(row).toBe(' r run  s skip  u rollback plan  A abort  ? help  q detach  ');
    expect(footerHints(['menu'], facts).map(({ key }) => key)).toEqual(['Up/Down', 'Enter', 'Esc', 'u', '?']);
  });

  test('the table for the README names every binding', () => {
    const table = keyTable();
    expect(table).toContain('| Run | `r` | run the step that is next;');
    expect(table).toContain('| Everywhere | `Ctrl-C` |');
    expect(table.trim().split('\n')).toHaveLength(bindings.length + 2);
  });
});

describe('paste guard', () => {
  test('a character within 30 ms of another is part of a paste, one after 31 ms is typed', () => {
    const first = afterCharacter(noPaste, 1000);
    expect(first.burst).toBe(false);
    expect(afterCharacter(first.guard, 1030).burst).toBe(true);
    expect(afterCharacter(first.guard, 1031).burst).toBe(false);
  });

  test('a held key may act only when no character came after it', () => {
    const first = afterCharacter(noPaste, 1000).guard;
    expect(mayAct(first, first.count)).toBe(true);
    expect(mayAct(afterCharacter(first, 1005).guard, first.count)).toBe(false);
  });
});
