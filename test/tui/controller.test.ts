/** Keys in, answers out: the controller on a real decision core, without a terminal. */
import { describe, expect, test } from 'vitest';
import { type OutputWanted, OutputWindow } from '../../src/feed/output-window.ts';
import type { Exit } from '../../src/tui/run-desk.ts';
import { runbook, step } from '../run/play.ts';
import { flags, Hands, until } from './hands.ts';
import { MemoryHome, Rehearsal } from './rehearsal.ts';
import { failover, homeRun, promoting, readTarget } from './scene.ts';

function simple(...steps: Parameters<typeof step>[]): Rehearsal {
  return new Rehearsal(runbook(steps.map((one) => step(...one))));
}

describe('running', () => {
  test('r runs a read at once; a change asks y/n, and Enter there means no', async () => {
    const session = simple(['look', {}, 'check'], ['change']);
    const hands = new Hands(session);
    await hands.sees('r runs look');
    hands.press('enter');
    await hands.sees('Enter never does');
    expect(session.answers).toEqual([]);
    hands.press('r');
    await hands.sees('look is running');
    session.end('look');
    await hands.sees('r runs change');
    hands.press('r');
    await hands.sees('> n No <');
    hands.press('enter');
    hands.press('r');
    await hands.sees('> n No <');
    expect(session.answers).toEqual([{ kind: 'run' }]);
    hands.press('y');
    await hands.sees('change is running');
    expect(session.answers).toEqual([{ kind: 'run' }, { kind: 'run' }]);
  });

  test('keys that come as fast as a paste run nothing, not even the first of them', async () => {
    const session = simple(['look', {}, 'check']);
    const hands = new Hands(session);
    await hands.sees('r runs look');
    for (const key of 'rsry') {
      hands.now += 10;
      hands.controller.input(key, flags);
    }
    hands.controller.input('r y', flags);
    await hands.sees('Keys came together');
    hands.press('?');
    await hands.sees('Keys');
    expect(session.answers).toEqual([]);
  });

  test("keys that only look are handled when they come in one piece; the terminal's own paste does nothing but fill fields", async () => {
    const session = simple(['one', {}, 'check'], ['two', {}, 'check'], ['three', {}, 'check']);
    const hands = new Hands(session);
    await hands.sees('r runs one');
    hands.controller.input('jj', flags);
    await hands.sees('>  · three');
    hands.controller.paste('rjq');
    await hands.sees('>  · three');
    expect(session.answers).toEqual([]);
  });

  test('a key means what was on screen when it was pressed: a question that changes meanwhile is not answered by it', async () => {
    const session = simple(['one', {}, 'check'], ['two', {}, 'check']);
    const hands = new Hands(session);
    await hands.sees('r runs one');
    hands.press('r');
    await session.answer({ kind: 'skip', reason: 'elsewhere' });
    await hands.sees('r runs two');
    hands.press('n');
    await hands.sees('Note on two');
    expect(session.answers).toEqual([{ kind: 'skip', reason: 'elsewhere' }]);
  });

  test('danger takes the typed name and nothing else; what was typed stays after a refusal', async () => {
    const session = new Rehearsal({
      ...failover(),
      phases: [{ id: 'p', title: 'P', steps: [step('drop', { danger: true })] }],
    });
    readTarget(session, null);
    const hands = new Hands(session);
    await hands.sees('r runs drop');
    hands.press('r');
    await hands.sees('Type shop-production');
    hands.type('shop');
    hands.press('enter');
    await hands.sees('"shop" is not the target');
    hands.type('-production');
    hands.press('enter');
    await until(
      'confirmed',
      () => session.answers.length === 2,
      () => hands.screen(),
    );
    expect(session.answers.at(-1)).toEqual({ kind: 'confirm', target: 'shop-production' });
  });

  test('skip and record need a reason', async () => {
    const session = simple(['one'], ['two']);
    const hands = new Hands(session);
    hands.press('s');
    await hands.sees('Reason:');
    hands.press('enter');
    await hands.sees('it cannot stay empty');
    hands.type('later');
    hands.press('enter');
    await hands.sees('r runs two');
    hands.press('e');
    await hands.sees('as done by hand');
    hands.type('did it');
    hands.press('enter');
    await until(
      'ended',
      () => session.answers.length === 2,
      () => hands.screen(),
    );
    expect(session.answers).toEqual([
      { kind: 'skip', reason: 'later' },
      { kind: 'passed', reason: 'did it' },
    ]);
    await hands.sees('COMPLETED');
  });
});

describe('dialogs', () => {
  test('a question opens its dialog; Esc closes it, Enter opens it as it was left', async () => {
    const session = simple(['by_hand', {}, 'manual']);
    const hands = new Hands(session);
    await hands.sees('By hand, by_hand');
    hands.press('enter');
    await hands.sees('Note (may stay empty)');
    hands.type('half');
    hands.press('esc');
    hands.press('esc');
    expect(hands.screen()).not.toContain('By hand, by_hand');
    hands.press('enter');
    await hands.sees('By hand, by_hand');
    hands.press('enter');
    await hands.sees('empty): half▏');
    hands.type(' done');
    hands.press('enter');
    await hands.sees('> File as evidence (may stay empty): ▏');
    hands.type('no-such-file');
    hands.press('enter');
    await hands.sees('it does not exist');
    hands.press('ctrl-u');
    hands.type('photo.png');
    hands.press('enter');
    await until(
      'answered',
      () => session.answers.length === 1,
      () => hands.screen(),
    );
    const evidence = [{ path: 'photo.png', bytes: 0, sha256: 'a' }];
    expect(session.answers).toEqual([{ kind: 'done', note: 'half done', evidence }]);
  });

  test('a failure offers its choices; the chosen one goes with its reason', async () => {
    const session = simple(['change'], ['next']);
    const hands = new Hands(session);
    await session.answer({ kind: 'run' });
    session.end('change', false, 'exit 7');
    await hands.sees('FAILED change');
    hands.controller.highlight(2);
    hands.press('enter');
    await hands.sees('Reason:');
    hands.type('known');
    hands.press('enter');
    await hands.sees('r runs next');
    expect(session.answers.at(-1)).toEqual({ kind: 'skip', reason: 'known' });
  });

  test('a paste goes into a field in one piece, without its newline', async () => {
    const session = simple(['by_hand', {}, 'manual']);
    const hands = new Hands(session);
    await hands.sees('By hand');
    hands.press('enter');
    hands.controller.paste('two\nlines');
    await hands.sees('two lines▏');
    expect(session.answers).toEqual([]);
  });

  test('a dialog goes when somebody else answered its question', async () => {
    const session = simple(['gate', {}, 'approve'], ['next']);
    const hands = new Hands(session);
    await hands.sees('Approval, gate');
    await session.answer({ kind: 'approve', by: 'lead' });
    await hands.sees('r runs next');
    expect(hands.screen()).not.toContain('Approval, gate');
  });

  test('a gate is neither skipped nor recorded, and the screen says so', async () => {
    const session = simple(['gate', {}, 'approve']);
    const hands = new Hands(session);
    await hands.sees('Approval, gate');
    hands.press('esc');
    hands.press('s');
    await hands.sees('a gate cannot be skipped');
    hands.press('e');
    await hands.sees('a gate cannot be marked done');
  });
});

describe('rollback, stop, leave', () => {
  test('u shows the plan; R there asks for a reason and a y/n', async () => {
    const session = await promoting();
    session.end('promote');
    const hands = new Hands(session);
    hands.press('u');
    await hands.sees('1. undo_promote, undoes promote');
    hands.press('R');
    await hands.sees('Reason:');
    hands.type('errors rise');
    hands.press('enter');
    await hands.sees('Roll back now? 2 steps in the plan.');
    hands.press('y');
    await until(
      'began',
      () => session.state().rollback !== null,
      () => hands.screen(),
    );
    expect(session.state().rollback?.reason).toBe('errors rise');
    await hands.sees('ROLLING BACK');
  });

  test('with nothing changed the plan says that there is nothing to roll back', async () => {
    const session = simple(['look', {}, 'check']);
    const hands = new Hands(session);
    hands.press('u');
    await hands.sees('Nothing was changed yet');
    hands.press('R');
    await hands.sees('there is nothing to roll back');
    expect(session.state().rollbackRequested).toBeNull();
  });

  test('Ctrl-C asks; stopping takes a reason', async () => {
    const session = await promoting();
    const hands = new Hands(session);
    hands.press('ctrl-c');
    await hands.sees('Leave it running and quit');
    hands.controller.highlight(1);
    hands.press('enter');
    hands.type('hangs');
    hands.press('enter');
    await until(
      'stopped',
      () => session.stops.length === 1,
      () => hands.screen(),
    );
    expect(session.stops).toEqual(['hangs']);
    expect(session.left).toEqual([]);
  });

  test('q lets go of the run and leaves with its code', async () => {
    const session = await promoting();
    const hands = new Hands(session);
    hands.press('q');
    const exit: Exit = await hands.controller.done;
    expect(exit).toMatchObject({ code: 3, error: null });
    expect(session.left).toEqual(['asked']);
  });

  test('told to end by the system, it lets go as interrupted', async () => {
    const session = await promoting();
    const hands = new Hands(session);
    hands.controller.interrupted();
    expect(await hands.controller.done).toMatchObject({ code: 130 });
    expect(session.left).toEqual(['interrupted']);
  });

  test('a note is journaled for the step that is looked at', async () => {
    const session = simple(['one']);
    const hands = new Hands(session);
    await hands.sees('r runs one');
    hands.press('n');
    await hands.sees('Note on one');
    hands.type('slow today');
    hands.press('enter');
    await hands.sees('The note is in the journal.');
    expect(session.state().notes.map(({ text, step: of }) => [text, of])).toEqual([['slow today', 'one']]);
  });
});

describe('running on', () => {
  test('R orders reads one after the other, says before what it stops, and never a change', async () => {
    const session = simple(
      ['one', {}, 'check'],
      ['two', {}, 'check'],
      ['set'],
      ['three', {}, 'check'],
      ['four', {}, 'check'],
    );
    const hands = new Hands(session);
    await hands.sees('r runs one');
    hands.press('.');
    await hands.sees('R was not used in this run yet');
    hands.press('R');
    await hands.sees('R stops it; it runs up to 2 steps, then stops before set, which changes something');
    await hands.sees('one is running');
    session.end('one');
    await hands.sees('two is running');
    session.end('two');
    await hands.sees('r runs set, after a y/n');
    expect(hands.screen()).not.toContain('R stops it');
    hands.press('.');
    await hands.sees('R runs nothing here: set is next, and it changes something');
    hands.press('r');
    await hands.sees('> n No <');
    hands.press('y');
    await hands.sees('set is running');
    session.end('set');
    await hands.sees('r runs three');
    hands.press('.');
    await hands.sees('R stops it; it runs up to 2 steps, to the end');
    hands.press('R');
    await hands.sees('R ran on until you stopped it');
    session.end('three');
    await hands.sees('r runs four');
    expect(session.answers).toHaveLength(4);
  });

  test('a failure ends it', async () => {
    const session = simple(['one', {}, 'check'], ['two', {}, 'check']);
    const hands = new Hands(session);
    await hands.sees('r runs one');
    hands.press('R');
    await hands.sees('one is running');
    session.end('one', false, 'exit 1');
    await hands.sees('FAILED one');
    hands.press('enter');
    await hands.sees('Reason');
    expect(session.answers).toHaveLength(1);
  });
});

describe('panes', () => {
  test('output is followed, scrolled by keys, searched, and followed again', async () => {
    const session = await promoting();
    const home = new MemoryHome();
    const lines = Array.from({ length: 500 }, (_, line) => `line ${line}`);
    home.files.set('steps/004-promote/1/output.log', `${lines.join('\n')}\n`);
    const hands = new Hands(session, home);
    await hands.sees('line 499');
    home.files.set('steps/004-promote/1/output.log', `${lines.join('\n')}\nline 500\n`);
    await hands.sees('line 500');
    hands.press('tab');
    hands.press('pgup');
    await hands.sees('LINE 4');
    hands.press('/');
    await hands.sees('/▏');
    hands.type('LINE 42');
    hands.press('enter');
    await hands.sees('not found');
    hands.press('/');
    hands.type('line 42');
    hands.press('enter');
    await hands.sees('>line 42');
    await hands.sees('11 found');
    hands.press('n');
    await hands.sees('>line 420');
    hands.press('N');
    hands.press('N');
    await hands.sees('>line 429');
    hands.press('esc');
    hands.press('n');
    await hands.sees('Note on promote');
    hands.press('esc');
    hands.press('f');
    await hands.sees('FOLLOW');
    await hands.sees('line 500');
  });

  test.each(['pgdn', 'pgup', 'down', 'up'])(
    'lines that take several rows: by %s from end to end no line is left out',
    async (key) => {
      const session = await promoting();
      const home = new MemoryHome();
      const lines = Array.from({ length: 90 }, (_, line) => `${`<${line}>`.padEnd((line % 7) * 80)}</${line}>`);
      home.files.set('steps/004-promote/1/output.log', `${lines.join('\n')}\n`);
      const hands = new Hands(session, home, 80, 24);
      await hands.sees('</89>');
      hands.press('tab');
      hands.press('z');
      const downwards = key === 'pgdn' || key === 'down';
      const seen = new Set<string>();
      const look = (): void => {
        for (const [mark] of hands.screen().matchAll(/<\/?\d+>/g)) seen.add(mark);
      };
      hands.press(downwards ? 'home' : 'end');
      await hands.sees(downwards ? '<0>' : '</89>');
      for (let press = 0; press < 200 && !hands.screen().includes(downwards ? 'FOLLOW' : 'LINE 1 '); press += 1) {
        look();
        const before = hands.screen();
        hands.press(key);
        await until(
          'the output never moved',
          () => hands.screen() !== before,
          () => before,
        );
      }
      look();
      expect(hands.screen()).toContain(downwards ? '</89>' : '<0>');
      expect([...seen].length).toBe(180);
    },
  );

  test('of lines that take several rows those are copied of which something is on screen', async () => {
    const session = await promoting();
    const home = new MemoryHome();
    const lines = Array.from({ length: 40 }, (_, line) => `<${line}>`.padEnd(239, '.'));
    home.files.set('steps/004-promote/1/output.log', `${lines.join('\n')}\n`);
    const hands = new Hands(session, home, 80, 24);
    const taken: string[] = [];
    hands.controller.attachTerminal({
      suspend: () => undefined,
      redraw: () => undefined,
      copy: (text) => taken.push(text),
      page: async () => undefined,
    });
    await hands.sees('<39>');
    hands.press('tab');
    hands.press('z');
    hands.press('home');
    await hands.sees('LINE 1 ');
    hands.press('Y');
    await hands.sees('7 lines are copied');
    expect(taken).toEqual([lines.slice(0, 7).join('\n')]);
  });

  test('what was found stands on screen, whatever room the lines before it take', async () => {
    const session = await promoting();
    const home = new MemoryHome();
    const long = 'long '.repeat(80);
    const lines = [...Array.from({ length: 40 }, (_, line) => `${line} ${long}`), 'the needle', long, long];
    home.files.set('steps/004-promote/1/output.log', `${lines.join('\n')}\n`);
    const hands = new Hands(session, home, 60, 16);
    await hands.sees('long');
    hands.press('tab');
    hands.press('home');
    hands.press('/');
    hands.type('needle');
    hands.press('enter');
    await hands.sees('>the needle');
  });

  test('output is saved as a file, paged and copied, as it is on screen', async () => {
    const session = await promoting();
    const home = new MemoryHome();
    home.files.set('steps/004-promote/1/output.log', 'one\n\x1b[2Jtwo\n');
    const hands = new Hands(session, home);
    const taken: string[] = [];
    hands.controller.attachTerminal({
      suspend: () => undefined,
      redraw: () => undefined,
      copy: (text) => taken.push(text),
      page: async (lines) => {
        for await (const line of lines) taken.push(line);
      },
    });
    await hands.sees('␛[2Jtwo');
    hands.press('Y');
    await hands.sees('2 lines are copied');
    hands.press('P');
    await until(
      'it was paged',
      () => taken.length === 3,
      () => taken.join(''),
    );
    expect(taken).toEqual(['one\n␛[2Jtwo', 'one\n', '␛[2Jtwo\n']);
    hands.press('S');
    await hands.sees('File: promote.log');
    hands.press('enter');
    await hands.sees('Saved as /desk/promote.log');
    hands.press('S');
    await hands.sees('File: promote.log');
    hands.press('enter');
    await hands.sees('promote.log is there already; name another file');
    expect([...home.saved]).toEqual([['promote.log', 'one\n\x1b[2Jtwo\n']]);
  });

  test('where a step has only standard error, that is shown', async () => {
    const session = await promoting();
    const home = new MemoryHome();
    home.files.set('steps/001-replica_lag/1/stderr.log', 'no route to host\n');
    const hands = new Hands(session, home);
    for (let row = 0; row < 3; row += 1) hands.press('up');
    await hands.sees('no route to host');
    expect(hands.screen()).toContain('Standard error');
    hands.press('f');
    await hands.sees('>  * promote');
  });

  test('output is read while its command runs, and once more when it has ended', async () => {
    const home = new MemoryHome();
    home.files.set('/a/output.log', 'one\n');
    let wanted = growing;
    let changes = 0;
    const follower = new OutputWindow(
      () => home.evidence(),
      () => wanted,
      () => {
        changes += 1;
      },
    );
    await follower.refresh();
    home.files.set('/a/output.log', 'one\ntwo\n');
    await follower.refresh();
    expect(follower.view.lines).toEqual(['one', 'two']);
    home.files.set('/a/output.log', 'one\ntwo\nlast\n');
    wanted = { ...wanted, growing: false };
    await follower.refresh();
    expect(follower.view.lines).toEqual(['one', 'two', 'last']);
    const { reads } = home;
    await follower.refresh();
    expect([home.reads, changes]).toEqual([reads, 3]);
  });

  test('keys bring no more output to the screen than its own rhythm does, unless they move the window', async () => {
    const home = new MemoryHome();
    home.files.set('/a/output.log', 'one\n');
    let wanted = growing;
    const follower = new OutputWindow(
      () => home.evidence(),
      () => wanted,
      () => undefined,
    );
    await follower.follow();
    expect(follower.view.lines).toEqual(['one']);
    home.files.set('/a/output.log', 'one\ntwo\n');
    await follower.follow();
    expect(follower.view.lines).toEqual(['one']);
    wanted = { ...wanted, rows: 1 };
    await follower.follow();
    expect(follower.view.lines).toEqual(['two']);
    home.files.set('/a/output.log', 'one\ntwo\nthree\n');
    await follower.refresh();
    expect(follower.view.lines).toEqual(['three']);
  });
});

/** What is wanted of a file while its command runs. */
const growing: OutputWanted = {
  run: 'r',
  step: 's',
  folder: '/a',
  growing: true,
  stream: 'output',
  evidence: null,
  top: null,
  rows: 5,
  filled: true,
  sought: null,
};

describe('lists', () => {
  test('typing behind / narrows the steps; Enter keeps that, Esc shows all again', async () => {
    const session = simple(['fetch', {}, 'check'], ['build', {}, 'check'], ['fetch_more', {}, 'check']);
    const hands = new Hands(session);
    await hands.sees('r runs fetch');
    hands.press('/');
    hands.type('MORE');
    await hands.sees('not found');
    hands.press('ctrl-u');
    hands.type('more');
    await hands.sees('1 found');
    expect(hands.screen()).toContain('>  · fetch_more');
    expect(hands.screen()).not.toContain('· build');
    hands.press('enter');
    hands.press('esc');
    await hands.sees('· build');
  });

  test('home keeps its letters until /, then typing narrows it', async () => {
    const home = new MemoryHome();
    home.runList = [
      { ...homeRun, run: 'r1', title: 'Release shop' },
      { ...homeRun, run: 'r2', title: 'Fail over', operator: 'bo' },
    ];
    const hands = new Hands(null, home);
    await hands.sees('> Release shop');
    hands.press('/');
    hands.type('qbo');
    await hands.sees('Nothing here holds that text');
    hands.press('ctrl-u');
    hands.type('bo');
    await hands.sees('> Fail over');
    expect(hands.screen()).not.toContain('Release shop');
    hands.press('esc');
    await hands.sees('Release shop');
  });
});

describe('watching', () => {
  test('the same screen, read-only: what runs and what it waits for, keys that say why they do nothing, and q leaves', async () => {
    const session = simple(['one', {}, 'check'], ['two']);
    const watched = {
      state: () => session.state(),
      activity: () => session.activity(),
      subscribe: (listener: () => void) => session.subscribe(listener),
      follow: () => new Promise<void>(() => undefined),
    };
    const hands = new Hands(null, new MemoryHome(), 80, 24, watched);
    await hands.sees('you watch; it waits for the order to run one');
    hands.press('r');
    await hands.sees('you only watch this run');
    await session.answer({ kind: 'run' });
    await hands.sees('one is running');
    session.end('one', false, 'exit 1');
    await hands.sees('you watch; it waits for a decision: one failed');
    expect(hands.screen()).not.toContain('FAILED one:');
    hands.press('u');
    await hands.sees('A rollback now would take');
    hands.press('R');
    await hands.sees('you only watch this run');
    hands.press('esc');
    hands.press('q');
    expect(await hands.controller.done).toMatchObject({ code: 0, state: null });
    expect(session.left).toEqual([]);
  });
});

describe('home', () => {
  test('a run that another process drives cannot be opened, and the screen stays', async () => {
    const home = new MemoryHome();
    home.runList = [{ ...homeRun, status: 'paused' }];
    const hands = new Hands(null, home);
    await hands.sees('> Release');
    hands.press('enter');
    await hands.sees('is driven by another process (pid 7)');
    expect(hands.screen()).toContain('Waits for you');
  });

  test('a finished run is looked at and left again', async () => {
    const session = simple(['one']);
    await session.answer({ kind: 'skip', reason: 'x' });
    const home = new MemoryHome();
    home.runList = [{ ...homeRun, status: 'completed' }];
    home.sessions.set('r1', session);
    const hands = new Hands(null, home);
    await hands.sees('> Release');
    hands.press('enter');
    await hands.sees('COMPLETED: Test');
    hands.press('q');
    await hands.sees('Open a finished run');
  });
});
