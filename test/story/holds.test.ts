/** A second release onto a target that another run holds, by keys: it is watched, waited for, or gone on beside. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { change, enter, gonogo, press, Stage } from './stage.ts';

const release = `runbook: Release
vars: { version: { ask: Which version? } }
target: { name: shop, identity: { check: cat machine } }
phases:
  deploy:
    - { id: switch, run: echo "$version" >> log }
    - { id: hand, manual: Look at it. }
`;

let stage: Stage;
let holder = '';
beforeEach(() => {
  stage = new Stage();
  writeFileSync(join(stage.folder, 'machine'), 'web1\n');
  writeFileSync(join(stage.folder, 'release.yaml'), release);
  // It has changed the shop and waits for somebody to look at it.
  expect(told('run', 'release.yaml', '--headless', '--var', 'version=v1')).toBe(3);
  [holder = ''] = runs();
});
afterEach(() => stage.dispose());

/** The exit code of a command that is typed in another terminal. */
function told(...words: readonly string[]): number {
  const env = { ...process.env, GONOGO_STATE: stage.folder };
  try {
    execFileSync(process.execPath, [gonogo, ...words], { cwd: stage.folder, env, stdio: 'ignore' });
    return 0;
  } catch (error) {
    return error instanceof Error && 'status' in error ? Number(error.status) : -1;
  }
}

const runs = (): readonly string[] => readdirSync(join(stage.folder, 'runs')).filter((name) => !name.startsWith('.'));
const newest = (): string => runs().find((run) => run !== holder) ?? '';
const journal = (run: string): string => readFileSync(join(stage.folder, 'runs', run, 'journal.jsonl'), 'utf8');
const log = (): readonly string[] => {
  const path = join(stage.folder, 'log');
  return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
};

test('holds: whoever waits watches the other run meanwhile, and goes on when it lets the target go', async () => {
  const second = stage.gonogo(['run', 'release.yaml', '--var', 'version=v2']);
  await second.shows('r runs switch');
  await change(second, 'Another run holds shop, which switch changes');
  expect(second.rows().join('\n')).toMatch(new RegExp(`run ${holder} .*holds it since .* UTC`));
  await second.shows('for switch');
  await second.shows(`gonogo watch ${holder}`);
  await press(second, '\r', 'switch waits until shop is let go');
  expect(log()).toEqual(['v1']);

  const watching = stage.gonogo(['watch', holder]);
  await watching.shows('Look at it.');
  await watching.type('q');
  expect(await watching.exited).toBe(0);

  expect(told('release', holder, '--reason', 'v1 is as it should be')).toBe(0);
  await second.shows('By hand, hand');
  expect(log()).toEqual(['v1', 'v2']);
  await press(second, '\r', 'Note (may stay empty)');
  await enter(second, 'it is up', '> File as evidence');
  await enter(second, '', 'COMPLETED: Release');
  await second.type('q');
  expect(await second.exited).toBe(0);
  expect(journal(newest())).toMatch(/"hold\.refused".*"hold\.awaited".*"hold\.taken"/s);
  expect(told('verify', newest())).toBe(0);
});

test('holds: going on alongside takes a reason and a yes, at a terminal of 80 by 24 and line by line', async () => {
  const second = stage.gonogo(['run', 'release.yaml', '--var', 'version=v2']);
  await second.shows('r runs switch');
  await change(second, 'Another run holds shop, which switch changes');
  await press(second, '\x1b[B', '> Go on alongside');
  await press(second, '\r', '> Reason:');
  await enter(second, '', '> Reason:');
  await enter(second, 'the shop is down', 'Both runs change the same target then. Go on?');
  await press(second, 'n', '> Reason: the shop is down▏');
  await second.hides('Go on?');
  expect(log()).toEqual(['v1']);
  await enter(second, '', 'Both runs change the same target then. Go on?');
  await press(second, 'y', 'By hand, hand');
  expect(log()).toEqual(['v1', 'v2']);
  expect(journal(newest())).toContain('"reason":"the shop is down"');
  expect(journal(holder)).toContain('"hold.shared"');
  second.kill('SIGKILL');
  await second.exited;

  const third = stage.gonogo(['run', 'release.yaml', '--var', 'version=v3', '--plain']);
  await third.shows('a number, or r');
  await press(third, 'r\r', 'y/N');
  await press(third, 'y\r', '2 Go on alongside');
  await press(third, '2\r', 'Reason (empty: back):');
  await press(third, 'two more do no harm\r', 'Both runs change the same target then. Go on?');
  await press(third, 'y\r', 'By hand, hand');
  expect(log()).toEqual(['v1', 'v2', 'v3']);
  expect(journal(holder).match(/"hold\.shared"/g)).toHaveLength(2);
  for (const run of runs()) expect(told('verify', run), run).toBe(0);
});
