/** What is read between the steps is on the screen by its name, and can be stopped. */
import { expect, test } from 'vitest';
import type { Watched } from '../../src/app/watched.ts';
import type { Activity } from '../../src/engine/session.ts';
import { abortDialog, interruptDialog } from '../../src/tui/dialogs/own.ts';
import { runningWords, stoppableNow } from '../../src/tui/stoppable.ts';
import { Hands } from './hands.ts';
import { MemoryHome } from './rehearsal.ts';
import { promoting } from './scene.ts';

const probing: Activity = {
  kind: 'probing',
  probe: {
    probe: 'identity',
    step: null,
    visit: null,
    startedAt: 1_000_000 - 12_000,
    folder: 'probes/1-identity',
    bootId: 'b',
    startedSeq: 1,
  },
};

test("the status line says that the target's identity is read, and for how long", async () => {
  const session = await promoting();
  const watched: Watched = {
    state: () => session.state(),
    activity: () => probing,
    subscribe: () => () => {},
    follow: () => new Promise(() => {}),
  };
  const hands = new Hands(null, new MemoryHome(), 100, 30, watched);
  await hands.sees("reading the target's identity, 0:12");
});

test('both dialogs that end something offer to stop it', () => {
  for (const dialog of [interruptDialog(stoppableNow(probing)), abortDialog(stoppableNow(probing), null)])
    expect(dialog.choices.map(({ label }) => label)).toContain(
      "Stop reading the target's identity: it could not be read then",
    );
});

test('a key that needs a question says what is read instead', () => {
  const now = stoppableNow(probing);
  expect(now === null ? null : runningWords(now)).toBe("it is reading the target's identity");
});
