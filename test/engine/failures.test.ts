/** Failures that are not the end of a run: ignored ones, tries within a time, and an address that refuses. */

import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Stage, statuses } from '../examples/stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

async function play(text: string) {
  const ended = await stage.headless(stage.write('runbook.yaml', `runbook: Test\nphases:\n  all:\n${text}`));
  return { ended, shown: await stage.shown() };
}

/** A port of 127.0.0.1 that nothing listens on. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

test('on_fail: ignore is told as a deviation and does not decide how the run ends', async () => {
  const { ended, shown } = await play(`    - { id: warm, run: exit 3, on_fail: ignore }
    - { id: after, run: echo after >> log }
`);
  expect(ended.code).toBe(0);
  expect(shown.status).toBe('completed');
  expect(statuses(shown)).toMatchObject({ warm: 'failed', after: 'passed' });
  await stage.gonogo('report', 'latest', '--out', stage.path('report'), '--format', 'md');
  expect(stage.read('report/report.md')).toContain('failure ignored');
});

test.each(['ignore', 'continue'])('on_fail: %s of a sequence lets nobody pass a gate in it', async (onFail) => {
  await play(`    - id: block
      on_fail: ${onFail}
      steps:
        - { id: looks, check: exit 3 }
        - { id: go, approve: { from: [bob] } }
        - { id: ship, run: echo ship >> log }
`);
  const refused = await stage.gonogo('approve', 'latest', 'go', '--refuse', 'not today', '--operator', 'bob');
  expect(refused.code, refused.stderr).toBe(0);
  expect((await stage.gonogo('resume', 'latest', '--headless')).code).toBe(3);
  expect(stage.has('log')).toBe(false);
  expect(statuses(await stage.shown())).toMatchObject({ looks: 'failed', go: 'failed', ship: 'pending' });
});

test('retry: for ends after its time, counted in what the tries took and the pauses between them', async () => {
  const { ended, shown } = await play(`    - id: wait
      check: echo try >> log; exit 1
      retry: { for: 100ms, every: 40ms }
      on_fail: continue
`);
  expect(ended.code).toBe(1);
  const tries = stage.read('log').trim().split('\n').length;
  expect(tries).toBeGreaterThanOrEqual(1);
  expect(tries).toBeLessThanOrEqual(3);
  expect(shown.steps[0]?.reason).toMatch(/^exit 1 after \d tr(y|ies)$/);
});

test('to be refused is an answer where it is expected, over http, tcp and notify', async () => {
  const port = await closedPort();
  const open = await stage.serve(() => ({ status: 200, body: '{}' }));
  const { ended, shown } = await play(`    - { id: web, http: "http://127.0.0.1:${port}/", expect: refused }
    - { id: port, tcp: "127.0.0.1:${port}", expect: refused }
    - { id: hook, notify: { webhook: "http://127.0.0.1:${port}/", text: down }, expect: refused || status == 200 }
    - { id: open, http: "${open}", expect: "!refused && status == 200" }
    - { id: up, http: "${open}", expect: refused, on_fail: continue }
    - { id: down, http: "http://127.0.0.1:${port}/", expect: "!refused", on_fail: continue }
    - { id: plain, http: "http://127.0.0.1:${port}/", on_fail: continue }
`);
  expect(ended.code).toBe(1);
  expect(statuses(shown)).toEqual({
    web: 'passed',
    port: 'passed',
    hook: 'passed',
    open: 'passed',
    up: 'failed',
    down: 'failed',
    plain: 'failed',
  });
  const reasons = shown.steps.slice(4).map(({ reason }) => reason);
  expect(reasons).toEqual([
    'expected refused, but refused = false',
    `connection refused by 127.0.0.1:${port}`,
    `connection refused by 127.0.0.1:${port}`,
  ]);
});

test('a server that is busy is left alone as long as it asks, within what retry allows', async () => {
  const times: number[] = [];
  const url = await stage.serve((_, path) => {
    times.push(performance.now());
    const busy = times.length === 1 || path === '/again';
    return { status: busy ? 503 : 200, headers: { 'retry-after': '1' }, body: '{}' };
  });
  const { ended, shown } = await play(`    - { id: web, http: "${url}", retry: { times: 3, every: 1ms } }
    - { id: short, http: "${url}/again", retry: { for: 100ms, every: 1ms }, on_fail: continue }
`);
  expect(ended.code).toBe(1);
  expect(statuses(shown)).toEqual({ web: 'passed', short: 'failed' });
  expect(times).toHaveLength(3);
  expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(900);
  const [run] = readdirSync(stage.path('state/runs'));
  const journal = stage.read(`state/runs/${run}/journal.jsonl`);
  expect(journal.match(/"retryAfterMs":1000/g)).toHaveLength(2);
  expect((await stage.gonogo('verify', 'latest')).code).toBe(0);
});
