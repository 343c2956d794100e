/** The Ink part: one row a line, the menu widget moves the mark, the one input hook reaches the controller. */
import { cleanup, render } from 'ink-testing-library';
import { afterEach, expect, test } from 'vitest';
import { App } from '../../src/tui/app.tsx';
import { Controller } from '../../src/tui/controller.ts';
import { runbook, step } from '../run/play.ts';
import { MemoryHome, Rehearsal } from './rehearsal.ts';

afterEach(cleanup);

async function until(holds: () => boolean): Promise<void> {
  for (let round = 0; round < 500 && !holds(); round += 1) await new Promise((next) => setTimeout(next, 5));
  expect(holds()).toBe(true);
}

test('a menu is moved by the arrows, taken by Enter, and asks for its reason', async () => {
  const session = new Rehearsal(runbook([step('change'), step('next')]));
  await session.answer({ kind: 'run' });
  session.end('change', false, 'exit 7');
  const controller = new Controller({
    home: new MemoryHome(),
    session,
    watched: null,
    look: { colour: false, unicode: true },
    columns: 100,
    rows: 24,
    now: () => Date.now(),
    offsetMs: () => 0,
  });
  const { stdin, lastFrame, unmount } = render(<App controller={controller} onScreen={() => undefined} />);
  controller.start();
  const screen = (): string => lastFrame() ?? '';
  await until(() => screen().includes('  > Retry'));
  expect(screen().split('\n').length).toBe(controller.view().ui.rows);
  stdin.write('\x1b[B');
  await until(() => screen().includes('  > Mark done by hand'));
  stdin.write('\r');
  await until(() => screen().includes('Reason:'));
  stdin.write('checked by hand');
  await until(() => screen().includes('checked by hand▏'));
  controller.dispose();
  unmount();
  expect(session.answers).toEqual([{ kind: 'run' }]);
});
