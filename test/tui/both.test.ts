/**
 * Whatever the full screen tells can be read in the prompts: a walk through every pane, page and dialog of the one collects its words,
 * a walk through the menus of the other must bring each of them.
 */
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import type { Watched } from '../../src/app/watched.ts';
import { runAsLines } from '../../src/commands/show.ts';
import { standingOf } from '../../src/run/standing.ts';
import type { Item } from '../../src/runbook/document.ts';
import { dialogFor } from '../../src/tui/dialogs/of-question.ts';
import type { PlainIo } from '../../src/tui/home.ts';
import { bindings } from '../../src/tui/keys/bindings.ts';
import { keyLabel } from '../../src/tui/keys/labels.ts';
import { runPlain } from '../../src/tui/plain.ts';
import { choosePlain } from '../../src/tui/plain-home.ts';
import { lookAround, typedLines } from '../../src/tui/plain-looking.ts';
import { entriesOf } from '../../src/tui/present/step-list.ts';
import { topOverlay } from '../../src/tui/ui.ts';
import { operator, runbook, step } from '../run/play.ts';
import { Hands, until } from './hands.ts';
import { MemoryHome, Rehearsal } from './rehearsal.ts';
import { failover, homeRun, promoting, readTarget } from './scene.ts';

/** What only says how the screen is worked: its keys, the names of its panes, how a text is scrolled. */
const chrome = new Set(
  [
    ...bindings.flatMap(({ hint, keys }) => [hint, ...keys, ...keys.map(keyLabel)]),
    'Steps Items Output Evidence Tab FOLLOW LINE none nothing yet line lines kB more for all of here',
    'Timeline Rollback plan Keys The report as it stands, not written PgUp PgDn Ctrl-R reads all scroll',
    'Up/Down y/n Enter answers goes back to which Esc marks none after it waits you decision your waits until',
    'Go back choose runs judges writes watch B kB',
  ].flatMap(wordsOf),
);

function wordsOf(text: string): string[] {
  const plain = text.replaceAll(/[│─▏↪]/g, ' ').replaceAll(/\S*…/g, ' ');
  return plain.split(/\s+/).flatMap((word) => {
    const bare = word.toLowerCase().replaceAll(/^[^\p{L}\p{N}$]+|[^\p{L}\p{N}]+$/gu, '');
    return /[\p{L}\p{N}]/u.test(bare) ? [bare] : [];
  });
}

/** Every word that the full screen shows of the run, by what was open. */
async function screenWords(hands: Hands, session: Rehearsal): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const look = (where: string): void => {
    for (const row of hands.screen().split('\n').slice(0, -1))
      for (const word of wordsOf(row)) if (!found.has(word)) found.set(word, where);
  };
  const open = async (key: string, where: string): Promise<void> => {
    hands.press(key);
    await new Promise((next) => setTimeout(next, 8));
    look(where);
  };
  const closeAll = (): void => {
    for (let left = 9; left > 0 && topOverlay(hands.controller.view().ui) !== null; left -= 1) hands.press('esc');
  };
  await hands.sees('help');
  look('at first');
  const { ui } = hands.controller.view();
  const top = topOverlay(ui);
  const choices = top?.kind === 'dialog' ? top.dialog.choices.length : 0;
  closeAll();
  for (let choice = 0; choice < choices; choice += 1) {
    await open('enter', 'the question');
    hands.controller.highlight(choice);
    const dialog = topOverlay(hands.controller.view().ui);
    // What is carried out at once would end the scene.
    const now = dialog?.kind === 'dialog' ? dialog.dialog.choices[choice] : undefined;
    if ((now?.fields.length ?? 0) > 0) await open('enter', `choice ${choice} of the question`);
    closeAll();
  }
  for (const page of ['u', 't', 'p']) {
    await open(page, `page ${page}`);
    closeAll();
  }
  await open('home', 'steps');
  for (const { id } of entriesOf(session.state())) {
    look(id);
    await open('z', `all about ${id}`);
    closeAll();
    await open('down', 'steps');
  }
  hands.controller.dispose();
  return found;
}

/** Prompts, as `begin` shows them on a terminal, and what they have printed. */
function prompts(now: () => number, begin: (io: PlainIo) => Promise<unknown>) {
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  let text = '';
  let seen = 0;
  stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  const ended = begin({ stdin, stdout, now, offsetMs: () => 0, onSignal: () => () => undefined });
  const prompted = async (): Promise<string> => {
    await until(
      'a prompt never came',
      () => text.length > seen && text.endsWith(': '),
      () => text,
    );
    return text;
  };
  return {
    prompted,
    async line(words: string): Promise<void> {
      await prompted();
      seen = text.length;
      stdin.write(`${words}\n`);
    },
    /** All of it, after the end of the input. */
    async rest(): Promise<string> {
      stdin.end();
      await ended;
      return text;
    },
  };
}

/** The ids of the fields of a choice of what is asked. */
function fieldsAsked(session: Rehearsal, choice: number): readonly string[] {
  const activity = session.activity();
  const dialog = activity.kind === 'waiting' ? dialogFor(activity.question, session.state()) : null;
  return (dialog?.choices[choice]?.fields ?? []).map(({ id }) => id);
}

/** All that the prompts print when everything of their menu is asked for, and every choice is taken up to what carries it out. */
async function promptText(make: () => Promise<Rehearsal>, home: MemoryHome): Promise<string> {
  const session = await make();
  const whole = prompts(
    () => session.now(),
    (io) => runPlain(session, io, { source: home.evidence(), home }),
  );
  const question = await whole.prompted();
  const isReady = question.includes('a number, or r,');
  const menu = async (words: string): Promise<void> => {
    if (!isReady) await whole.line('0');
    await whole.line(words);
  };
  for (const words of ['5', '7', '8', '9', '15']) await menu(words);
  for (const { id } of entriesOf(session.state())) {
    await menu('14');
    await whole.line(id);
    await menu('10');
    await whole.line(id);
  }
  await whole.prompted();
  const choices = isReady ? [] : [...question.matchAll(/^ {2}([1-9]) /gm)];
  const taken = choices.map(async ([, choice = '']) => {
    const one = await make();
    const asked = prompts(
      () => one.now(),
      (io) => runPlain(one, io, { source: home.evidence(), home }),
    );
    await asked.line(choice);
    for (const field of fieldsAsked(one, Number(choice) - 1).slice(1)) await asked.line(field);
    if (fieldsAsked(one, Number(choice) - 1).length > 0) await asked.prompted();
    return await asked.rest();
  });
  return [await whole.rest(), ...(await Promise.all(taken))].join('\n');
}

async function walksBoth(make: () => Promise<Rehearsal>, home: MemoryHome): Promise<void> {
  const session = await make();
  const shown = await screenWords(new Hands(session, home, 170, 60), session);
  tellsAll(shown, await promptText(make, home));
}

/** All that is asked for of a run that nobody drives from here. */
async function lookedAt(begin: (io: PlainIo) => Promise<unknown>, session: Rehearsal, first: string): Promise<string> {
  const whole = prompts(() => session.now(), begin);
  if (first !== '') await whole.line(first);
  for (const words of ['5', '7', '8', '9', '15']) await whole.line(words);
  for (const { id } of entriesOf(session.state())) {
    await whole.line('14');
    await whole.line(id);
    await whole.line('10');
    await whole.line(id);
  }
  await whole.line('q');
  return await whole.rest();
}

function tellsAll(shown: ReadonlyMap<string, string>, text: string): void {
  const told = new Set(wordsOf(text.replaceAll(/(\d+) of (\d+)/g, '$1/$2 $&')));
  const isTold = (word: string): boolean => told.has(word) || chrome.has(word) || /^\d\d:\d\d$/.test(word);
  const missing = [...shown].filter(([word]) => !isTold(word));
  expect(missing).toEqual([]);
  expect(shown.size).toBeGreaterThan(30);
}

function withOutput(): MemoryHome {
  const home = new MemoryHome();
  home.files.set('steps/004-promote/1/output.log', 'waiting for server to promote\nLOG: redo done at 0/5000108\n');
  home.history = new Map([
    ['promote', [130_000, 131_000, 129_000]],
    ['repoint_dns', [180_000, 240_000]],
    ['replica_lag', [1000]],
  ]);
  return home;
}

test('a run that waits for a change', async () => {
  await walksBoth(async () => {
    const session = await promoting();
    session.end('promote');
    await session.note('the replica lags by a second', 'promote');
    return session;
  }, withOutput());
});

test('a step that failed', async () => {
  await walksBoth(async () => {
    const session = await promoting();
    session.end('promote', false, 'exit 7, and the log says why');
    return session;
  }, withOutput());
});

test('a rollback that goes on', async () => {
  await walksBoth(async () => {
    const session = await promoting();
    session.end('promote', false, 'exit 7');
    await session.rollback('the replica is broken');
    readTarget(session, 'undo_promote');
    session.end('undo_promote', false, 'cannot be fenced');
    return session;
  }, withOutput());
});

test('what is left out, done by hand, and a question with choices', async () => {
  await walksBoth(async () => {
    const session = new Rehearsal(failover());
    readTarget(session, null);
    await session.answer({ kind: 'passed', reason: 'measured by hand' });
    await session.answer({ kind: 'skip', reason: 'the backup of tonight is enough' });
    await session.note('begun late');
    return session;
  }, new MemoryHome());
});

test('a run that has ended', async () => {
  for (const status of ['completed', 'abandoned'] as const) {
    const home = withOutput();
    home.runList = [{ ...homeRun, status }];
    const session = await promoting();
    session.end('promote', status === 'completed', 'exit 7, and the log says why');
    await session.note('the replica lags by a second', 'promote');
    if (status === 'abandoned') await session.abandon('the replica is broken');
    else session.append({ type: 'run.ended', actor: operator, data: { status, reason: 'every step passed' } });
    home.sessions.set('r1', session);
    const hands = new Hands(null, home, 170, 60);
    await hands.sees('Release');
    hands.press('enter');
    await hands.sees('promote');
    const shown = await screenWords(hands, session);
    tellsAll(shown, await lookedAt((io) => choosePlain(home, io), session, '1'));
  }
});

test('a run that is watched, while something runs and while something is asked', async () => {
  for (const ends of [false, true]) {
    const home = withOutput();
    // It is looked at for a minute or two.
    home.history.set('promote', [9_000_000, 9_100_000, 9_200_000]);
    const session = await promoting();
    if (ends) session.end('promote', false, 'exit 7, and the log says why');
    await session.note('the replica lags by a second', 'promote');
    const watched: Watched = {
      state: () => session.state(),
      activity: () => session.activity(),
      subscribe: () => () => undefined,
      follow: () => new Promise(() => undefined),
    };
    const hands = new Hands(null, home, 170, 60, watched);
    hands.now = session.now();
    const shown = await screenWords(hands, session);
    // The screen's clock goes on with every key.
    for (const word of shown.keys()) if (/^\d+:\d\d$/.test(word)) shown.delete(word);
    const look = (io: PlainIo): Promise<void> => {
      const run = { ...watched, now: () => session.now() };
      const lines = runAsLines(session.state(), standingOf(session.state()), session.now());
      for (const { text } of lines) io.stdout.write(`${text}\n`);
      const { lines: typed, ended } = typedLines(io);
      const parts = { run, io, source: home.evidence(), home, lines: typed, leaves: 'stop watching', signal: ended };
      return lookAround(io, { ...parts, goesOn: false });
    };
    tellsAll(shown, await lookedAt(look, session, ''));
  }
});

test('a gate, and instructions', async () => {
  for (const action of ['approve', 'manual'])
    await walksBoth(async () => {
      const session = new Rehearsal(runbook([step('agreed', { title: 'Agreed by the lead' }, action), step('next')]));
      return session;
    }, new MemoryHome());
});

test('an audit: what an item rests on, its severity, owner and way out, the scores and the verdict so far', async () => {
  await walksBoth(async () => {
    const item: Item = { category: 'image', severity: 'blocker', requires: [], owner: 'ops', fix: 'Add a USER line' };
    const asked: Item = { category: 'people', severity: 'low', requires: [] };
    const session = new Rehearsal(
      runbook([], {
        kind: 'checklist',
        title: 'Ready',
        phases: [
          { id: 'image', title: 'The image', steps: [step('no_root', { item, onFail: 'continue' }, 'check')] },
          { id: 'people', title: 'People', steps: [step('on_call', { item: asked, onFail: 'continue' }, 'manual')] },
        ],
        checklist: {
          title: 'Ready',
          path: 'ready.yaml',
          scale: 10,
          categories: [
            { id: 'image', title: 'The image', weight: '2' },
            { id: 'people', title: 'People', weight: '1' },
          ],
        },
      }),
    );
    const at = { step: 'no_root', visit: 1 };
    const measured = { exit: 1, status: null, ms: 5, expectations: [], evidence: [], gaveUp: false };
    session.append(
      {
        type: 'attempt.ended',
        actor: operator,
        data: { ...at, attempt: 1, ok: false, reason: 'count = 0', ...measured },
      },
      {
        type: 'item.answered',
        actor: operator,
        data: { ...at, result: 'fail', detail: 'expected a user', evidence: ['Dockerfile:7'] },
      },
    );
    return session;
  }, new MemoryHome());
});
