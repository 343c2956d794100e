/** The demo as a person walks it: the built product on a real terminal, by keys. */
import { existsSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { gone } from '../demo/orders.ts';
import type { Pty } from '../tui/pty.ts';
import { change, enter, migrate, press, Stage, walkToMigration } from './stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(async () => {
  await stage.dispose();
});

test('80x24: the release is walked by keys to its end, and the report is written from the screen', async () => {
  writeFileSync(join(stage.folder, 'said.txt'), 'v1.1.0 goes live now\n');
  const pty = stage.gonogo(['demo']);
  await walkToMigration(pty, '../said.txt');
  expect(pty.rows()).toHaveLength(24);
  await press(pty, 'r', 'Type orders-local to run it');
  await enter(pty, 'orders', '"orders" is not the target');
  expect(stage.records()).not.toContain('step.started migrate');
  await enter(pty, '-local', 'migrate is running');
  await pty.shows('with version = v1.1.0');
  await pty.shows('r runs switch, after a y/n');
  await change(pty, 'r runs reload, after a y/n');
  await change(pty, 'r runs health');
  await press(pty, 'r', 'r runs served_version');
  await press(pty, 'u', '6. old_orders_kept');
  await pty.shows('./orders migrate "$previous"   (previous = v1.0.0)');
  expect(pty.rows().join('\n')).not.toContain('${{');
  await press(pty, '\x1b', 'r runs served_version');
  await press(pty, 'r', 'r runs orders_kept');
  await press(pty, 'r', 'COMPLETED: Release the orders service');
  await press(pty, 'w', 'Write it and sign it');
  await press(pty, '\r', 'The report is written.');
  await pty.type('q');
  expect(await pty.exited).toBe(0);
  await pty.leaves();
  // The lines before have scrolled off: what the demo prints after them takes the screen.
  await pty.shows('met: No order is lost');
  expect(stage.report()).toContain('told them');
  expect(stage.report()).toContain('1-said.txt');
  expect(readlinkSync(join(stage.orders.folder, 'current'))).toBe('releases/v1.1.0');
  expect(stage.migrations()).toEqual(['v1.1.0']);
  await gone(stage.orders.record().pid);
});

test('--break, resized on the way: health fails, roll back is chosen, and v1.0.0 serves again', async () => {
  const pty = stage.gonogo(['demo', '--break'], 120, 40);
  await walkToMigration(pty);
  await migrate(pty);
  pty.resize(60, 16);
  await pty.showsAt(15, 'q detach');
  await pty.shows('r runs switch, after a y/n');
  await change(pty, 'r runs reload, after a y/n');
  pty.resize(80, 24);
  await pty.showsAt(23, 'q detach');
  await change(pty, 'r runs health');
  await press(pty, 'r', 'FAILED health: Health');
  await pty.shows('> Roll back  (the runbook says so)');
  await pty.shows('"status":"failing"');
  await press(pty, '\r', 'Reason: health failed: HTTP 503 after 8 tries');
  await enter(pty, ', seen twice', '> n No <');
  const { url } =
    (await stage.orders.record().port.toString().length) > 0 ? { url: await stage.orders.url() } : { url: '' };
  await press(pty, 'y', 'ROLLING BACK');
  await pty.shows('ROLLED BACK: Release the orders service');
  await pty.shows('2 deviations: health failed, rollback started');
  expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ status: 'ok', version: 'v1.0.0' });
  await pty.type('q');
  expect(await pty.exited).toBe(1);
  expect(readlinkSync(join(stage.orders.folder, 'current'))).toBe('releases/v1.0.0');
  expect(stage.migrations()).toEqual(['v1.2.0', 'v1.0.0']);
  expect(stage.report()).toContain('seen twice');
  await gone(stage.orders.record().pid);
});

test('wrong keys run nothing; Ctrl-C asks; q leaves the run, and a resume in another terminal goes on', async () => {
  const pty = stage.gonogo(['demo']);
  await pty.shows('r runs healthy');
  await press(pty, '\r', 'r runs the step that is next; Enter never does');
  await pty.type(' ');
  pty.write('rryy\r');
  pty.write('\x1b[200~ry\r\x1b[201~');
  await press(pty, '?', '1-22 of');
  await press(pty, '\x1b', 'r runs healthy');
  expect(stage.records()).not.toContain('step.ordered healthy');
  await press(pty, 'r', 'r runs release_present');
  await press(pty, '\x03', 'Quit; the run stays as it is');
  await press(pty, '\x1b', 'r runs release_present');
  await pty.hides('Quit; the run stays as it is');
  await pty.type('q');
  expect(await pty.exited).toBe(3);
  await pty.shows('Go on with: gonogo resume');

  const again = stage.gonogo(['resume', 'latest'], 60, 16);
  await again.shows('r runs release_present');
  await press(again, 'A', 'Pause the run');
  await press(again, '\x1b[B', '> Pause the run');
  await again.type('\r');
  expect(await again.exited).toBe(3);
  expect(stage.records().filter((one) => one === 'step.started healthy')).toHaveLength(1);
  expect(await stage.orders.health()).toMatchObject({ version: 'v1.0.0' });
});

test('kill -9 in mid-migration: a resume in a new terminal shows its output, and it runs once', async () => {
  const pty = stage.gonogo(['demo']);
  await walkToMigration(pty);
  await migrate(pty);
  pty.kill('SIGKILL');
  await pty.exited;
  expect(stage.records()).not.toContain('step.passed migrate');

  const again = stage.gonogo(['resume', 'latest']);
  await again.shows('r runs switch, after a y/n');
  await press(again, '\x1b[A', '>  ✓ migrate');
  await again.shows('30 of 30 orders');
  await press(again, 'f', '>  · switch');
  await change(again, 'r runs reload, after a y/n');
  await change(again, 'r runs health');
  await press(again, 'r', 'r runs served_version');
  await press(again, 'r', 'r runs orders_kept');
  await press(again, 'r', 'COMPLETED: Release the orders service');
  await again.type('q');
  expect(await again.exited).toBe(0);
  expect(stage.migrations()).toEqual(['v1.1.0']);
  expect(stage.records().filter((one) => one === 'step.started migrate')).toHaveLength(1);
  expect(existsSync(join(stage.orders.folder, 'data/.lock'))).toBe(false);
});

test('--plain: the demo by ordinary prompts, without one escape, to the typed name and a pause', async () => {
  const pty = stage.gonogo(['demo', '--plain'], 100, 40);
  await line(pty, 'r', 'Next: release_present', 'Next: healthy');
  await line(pty, 'r', 'Next: disk_space');
  await line(pty, 'r', 'Next: rollback_point');
  await line(pty, 'r', 'Next: count_orders');
  await line(pty, 'r', 'Next: backup');
  await line(pty, 'r', 'Run it? y/N:');
  await line(pty, '', 'Next: backup');
  await line(pty, 'r', 'Run it? y/N:');
  await line(pty, 'y', 'By hand, announce');
  await line(pty, '1', 'Note (may stay empty):');
  await line(pty, 'told them', 'File as evidence (may stay empty):');
  await line(pty, '', 'Approval, go');
  await line(pty, '1', 'Name of who approves (empty: back):');
  await line(pty, 'rita', 'Next: migrate');
  await line(pty, 'r', 'Type orders-local to run it (empty: back):');
  await line(pty, 'orders', 'error: "orders" is not the target');
  await line(pty, 'orders-local', 'passed migrate', 'Type orders-local to run it (empty: back):');
  await line(pty, 'u', '(previous = v1.0.0)', 'Next: switch');
  await line(pty, 'q', 'Go on with: gonogo resume');
  expect(await pty.exited).toBe(3);
  expect(pty.written()).not.toContain('\x1b');
});

/** Types a line, once `after` was written anew, and waits for what it brings. */
async function line(pty: Pty, text: string, shows: string, after = ''): Promise<void> {
  if (after !== '') await pty.wrote(after, 1);
  const before = pty.written().split(shows).length - 1;
  pty.write(`${text}\n`);
  await pty.wrote(shows, before + 1);
}
