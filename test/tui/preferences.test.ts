/** What an operator prefers: keys that are checked for conflicts, a file that is wrong, what the terminal is told beside the screen. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readPreferences } from '../../src/app/preferences.ts';
import { noOutput } from '../../src/feed/output-window.ts';
import { createRealHost } from '../../src/host/real-host.ts';
import { AttentionSeeker } from '../../src/tui/attention.ts';
import { bindings } from '../../src/tui/keys/bindings.ts';
import { route } from '../../src/tui/keys/keymap.ts';
import { reboundKeys } from '../../src/tui/keys/overrides.ts';
import { frame } from '../../src/tui/present/frame.ts';
import { helpRows } from '../../src/tui/present/help.ts';
import { type Look, paint, type Theme } from '../../src/tui/present/look.ts';
import { statusRow } from '../../src/tui/present/status.ts';
import { promoting, viewOf } from './scene.ts';

describe('keys', () => {
  test('another key is heard, named in the footer texts, and the old one is free', async () => {
    const rebound = reboundKeys({ run: 'x', 'run-on': 'X' });
    if (!rebound.ok) throw new Error(rebound.problem);
    expect(route(['steps', 'run', 'always'], 'x', rebound.bindings)?.command).toBe('run');
    expect(route(['steps', 'run', 'always'], 'r', rebound.bindings)).toBeNull();
    const session = await promoting();
    session.end('promote');
    const view = viewOf(session, 80, 24);
    expect(statusRow({ ...view, keys: rebound.bindings })).toContain('x runs repoint_dns');
  });

  test('no text names a key that was given away', async () => {
    const free = '0123456789ghHiIJKlLoOwxXyYZ'
      .split('')
      .filter((key) => !bindings.some(({ keys }) => keys.includes(key)));
    const commands = [
      'run',
      'run-on',
      'answer',
      'other-pane',
      'read-all',
      'stream',
      'follow',
      'rollback',
      'page-down',
    ] as const;
    const chosen = Object.fromEntries(commands.map((command, index) => [command, free[index] ?? '']));
    const rebound = reboundKeys(chosen);
    if (!rebound.ok) throw new Error(rebound.problem);
    const session = await promoting();
    const views = [viewOf(session, 80, 16)];
    session.end('promote', false, 'exit 1');
    views.push(
      viewOf(session, 80, 24),
      viewOf(session, 80, 24, { output: { ...noOutput, step: 'promote', apart: true } }),
    );
    session.append({
      type: 'run.ended',
      actor: { via: 'terminal', name: 'ada' },
      data: { status: 'abandoned', reason: 'x' },
    });
    views.push(viewOf(session, 80, 24));
    for (const view of views) {
      const { above, below } = frame({ ...view, keys: rebound.bindings });
      const text = [...above, ...below].join('\n');
      expect(text).not.toMatch(/\bTab\b|\(Enter\)|\bz for|\bo:|\br runs|PgDn\b/);
      const help = helpRows({ ...view, keys: rebound.bindings }, ['steps', 'run', 'plan'], 80).join(' ');
      expect(help).not.toMatch(/; R there|as R did|; z or|Enter then answers|\{/);
    }
    expect(statusRow({ ...(views[1] ?? viewOf(session, 80, 24)), keys: rebound.bindings })).toContain(
      ` ${chosen['answer']} answers`,
    );
  });

  test('two commands may change places', () => {
    // What closes a page, and digits that mean themselves, keep their keys.
    for (const command of ['close', 'side-by-side']) expect(reboundKeys({ [command]: 'x' }).ok).toBe(false);
    expect(reboundKeys({ note: 's', skip: 'n' }).ok).toBe(true);
  });

  test.each([
    [{ run: 's' }, 'keys.run: "s" is the key of skip'],
    [{ note: 'j' }, 'keys.note: "j" is the key of down'],
    [{ down: 'r' }, 'keys.down: "r" is the key of run'],
    [{ run: 'ctrl-c' }, 'keys.run: "ctrl-c" is the key of interrupt'],
    [{ run: 'enter' }, 'keys.run: "enter" is no key that can be chosen'],
    [{ run: 'ctrl-m' }, 'keys.run: "ctrl-m" is no key that can be chosen'],
    [{ run: ' ' }, 'keys.run: " " is no key that can be chosen'],
    [{ yes: 'n' }, 'keys.yes: no such command'],
    [{ runn: 'x' }, 'keys.runn: did you mean run?'],
  ])('%j is refused', (chosen, problem) => {
    const rebound = reboundKeys({ ...chosen });
    expect(rebound.ok ? 'taken' : rebound.problem).toContain(problem);
  });

  test('no choice gives a command that acts Enter or Space', () => {
    for (const { command } of bindings)
      for (const key of ['enter', 'space', ' ', '\r'])
        expect(reboundKeys({ [command]: key }).ok, `${command} ${key}`).toBe(false);
  });
});

describe('the file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gonogo-preferences-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function read(text: string | null) {
    const host = await createRealHost();
    const machine = { ...host.machine, env: { XDG_CONFIG_HOME: folder } };
    const path = join(folder, 'gonogo', 'config.yaml');
    if (text !== null) {
      await host.files.ensureFolder(join(folder, 'gonogo'));
      writeFileSync(path, text);
    }
    return await readPreferences({ host: { ...host, machine } });
  }

  test('without one, and with an empty one, nothing is preferred', async () => {
    for (const text of [null, '', '# nothing\n'])
      expect(await read(text)).toMatchObject({ ok: true, value: { bell: true, title: true, theme: '16', keys: {} } });
  });

  test('what it says is taken', async () => {
    const text = 'bell: false\ntheme: high-contrast\nkeys: { run: x, note: 5 }\n';
    expect(await read(text)).toMatchObject({
      ok: true,
      value: { bell: false, title: true, theme: 'high-contrast', keys: { run: 'x', note: '5' } },
    });
  });

  test.each([
    ['bel: false\n', 'unknown key bel; did you mean bell?'],
    ['theme: pink\n', 'theme: allowed: 16, dark, light, high-contrast'],
    ['bell: loud\n', 'bell: '],
    ['- bell\n', 'it must be keys with values'],
    ['bell: [\n', 'line'],
  ])('%j is told with what is allowed, and nothing of it is taken', async (text, problem) => {
    const found = await read(text);
    expect(found.ok ? 'taken' : found.problem).toContain(problem);
    expect(found.ok ? '' : found.problem).toContain(join(folder, 'gonogo', 'config.yaml'));
  });
});

describe('attention', () => {
  test('a title that says what it waits for, a bell after a long command, and all is put back', async () => {
    const written: string[] = [];
    const seeker = new AttentionSeeker({ bell: true, title: true, progress: true }, {}, (text) => written.push(text));
    const session = await promoting();
    const at = (ms: number) => ({ ...viewOf(session, 80, 24), now: ms });
    seeker.look(at(0));
    seeker.look(at(5000));
    expect(written).toEqual(['\x1b[22;0t\x1b]2;promote: shop-production 3/7 r - gonogo\x07', '\x1b]9;4;1;42\x07']);
    session.end('promote', false, 'exit 1');
    seeker.look(at(60_000));
    expect(written.slice(2)).toEqual([
      '\x07',
      '\x1b]2;FAILED: shop-production 3/7 r - gonogo\x07',
      '\x1b]9;4;2;42\x07',
    ]);
    seeker.end();
    expect(written.slice(5)).toEqual(['\x1b[23;0t', '\x1b]9;4;0\x07']);
  });

  test('no bell for what was over at once, none where it is not wanted, and no OSC 9 where it would pop up', async () => {
    for (const [bell, ms] of [
      [true, 9000],
      [false, 60_000],
    ] as const) {
      const written: string[] = [];
      const seeker = new AttentionSeeker({ bell, title: false }, { TERM_PROGRAM: 'iTerm.app' }, (text) =>
        written.push(text),
      );
      const session = await promoting();
      seeker.look({ ...viewOf(session, 80, 24), now: 0 });
      session.end('promote');
      seeker.look({ ...viewOf(session, 80, 24), now: ms });
      expect(written).toEqual([]);
    }
  });
});

test('a theme changes colours, never what is said; without colour there is none', () => {
  for (const theme of ['dark', 'light', 'high-contrast', '16'] satisfies Theme[]) {
    const look: Look = { colour: true, unicode: true, theme };
    expect(paint(look, 'bad', 'FAILED')).toMatch(/^\x1b\[[\d;]+mFAILED\x1b\[0m$/);
    expect(paint({ ...look, colour: false }, 'bad', 'FAILED')).toBe('FAILED');
  }
});
