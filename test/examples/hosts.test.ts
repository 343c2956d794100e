import { readlinkSync, symlinkSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Stage, statuses } from './stage.ts';

const hosts = ['web-1', 'web-2', 'web-3'];
let stage: Stage;
beforeEach(() => {
  stage = new Stage();
  // Hosts are folders; `remote` runs a line in one of them. Each move of the balancer leaves a line.
  stage.write('remote', '#!/bin/sh\ncd "hosts/$1" && sh -c "$2"\n', 0o755);
  for (const host of hosts) {
    stage.write(`balancer/${host}`, '');
    stage.write(`hosts/${host}/health`, '#!/bin/sh\necho "ok $(basename "$(readlink current)")"\n', 0o755);
    for (const version of ['v1.0.0', 'v1.1.0']) stage.write(`hosts/${host}/releases/${version}/app`, version);
    symlinkSync('releases/v1.0.0', stage.path(`hosts/${host}/current`));
  }
});
afterEach(() => stage.dispose());

const run = () => stage.example('hosts', { remote: './remote' });
const current = () => hosts.map((host) => readlinkSync(stage.path(`hosts/${host}/current`)));

test('every host is taken out, switched, looked at and put back', async () => {
  const ended = await run();
  expect(ended.code).toBe(0);
  expect(current()).toEqual(hosts.map(() => 'releases/v1.1.0'));
  const shown = await stage.shown();
  expect(shown.steps.map(({ title }) => title)).toContain('Take web-2 out');
  expect(shown.obligations).toEqual([
    { step: 'web_1_drain', text: 'Put web-1 back into the balancer', status: 'settled', by: 'web_1_admit' },
    { step: 'web_2_drain', text: 'Put web-2 back into the balancer', status: 'settled', by: 'web_2_admit' },
    { step: 'web_3_drain', text: 'Put web-3 back into the balancer', status: 'settled', by: 'web_3_admit' },
  ]);
});

test('a host that does not come up takes the ones before it back, the newest first, and leaves the rest alone', async () => {
  stage.write('hosts/web-2/health', '#!/bin/sh\ntest "$(basename "$(readlink current)")" = v1.0.0\n', 0o755);
  const ended = await run();
  expect(ended.code).toBe(1);
  expect(current()).toEqual(hosts.map(() => 'releases/v1.0.0'));
  expect(hosts.every((host) => stage.has(`balancer/${host}`))).toBe(true);
  const shown = await stage.shown();
  expect(shown.rollback.done).toEqual([
    'undo_web_2_switch',
    'undo_web_2_drain',
    'undo_web_1_admit',
    'undo_web_1_switch',
    'undo_web_1_drain',
    'all_back',
  ]);
  expect(statuses(shown)).toMatchObject({ web_2_works: 'failed', web_3_drain: 'pending' });
  expect(shown.obligations.map(({ step, status }) => [step, status])).toEqual([
    ['web_1_drain', 'settled'],
    ['web_2_drain', 'cancelled'],
  ]);
});

test('a version that one host does not have stops the rollout before the first host', async () => {
  const ended = await stage.example('hosts', { remote: './remote' }, 'version: v1.2.0');
  expect(ended.code).toBe(3);
  expect(current()).toEqual(hosts.map(() => 'releases/v1.0.0'));
  const shown = await stage.shown();
  expect(statuses(shown)).toMatchObject({ present_1: 'failed', web_1_drain: 'pending' });
});
