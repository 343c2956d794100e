/** Stopping a step: commands, requests that only this process waits for, and the wait between two tries. */
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import { openSession } from '../../src/engine/engine.ts';
import type { Session } from '../../src/engine/session.ts';
import { createRealHost } from '../../src/host/real-host.ts';
import { reduceAll } from '../../src/run/reduce.ts';
import { parseDocument } from '../../src/runbook/parse.ts';
import { createJournals } from '../../src/store/folder/journals.ts';
import { createLocalTargets } from '../../src/target/local/local-target.ts';
import { Stage } from '../examples/stage.ts';

const actor = { via: 'terminal', name: 'ada' } as const;
let stage: Stage;
let session: Session | null = null;
beforeEach(() => {
  stage = new Stage();
});
afterEach(async () => {
  await session?.leave('asked').catch(() => {});
  session = null;
  await stage.dispose();
});

/** A session on a new run of one step. */
async function open(step: string): Promise<Session> {
  const text = `runbook: Test\nphases: { all: [{ id: one, ${step} }] }\n`;
  const sha256 = createHash('sha256').update(text).digest('hex');
  const none = { kind: 'problem', message: 'nothing', hint: '' } as const;
  const { runbook } = parseDocument({ path: 'test.yaml', text, sha256 }, () => none, actions);
  if (runbook === null) throw new Error('the document is wrong');
  const host = await createRealHost();
  const journals = await createJournals(host, stage.path('state'), actions);
  const data = {
    runbook,
    sha256,
    documents: [],
    vars: {},
    sources: {},
    cwd: stage.folder,
    environment: {},
    operator: 'ada',
    hostname: 'here',
    bootId: host.machine.bootId,
    version: '0',
  };
  const journal = await journals.create('test', [], [{ type: 'run.started', actor, data }]);
  session = openSession({
    host,
    target: createLocalTargets(host)({ folder: journal.workspace, base: stage.folder, environment: {} }),
    journal,
    state: reduceAll(journal.events, journal.id),
    actions,
    guided: false,
    arrivals: new Set(),
    actor,
    secrets: new Map(),
    previous: new Map(),
  });
  return session;
}

async function asked(running: Session) {
  await vi.waitFor(() => expect(running.activity().kind).toBe('waiting'), { timeout: 15_000, interval: 10 });
  const activity = running.activity();
  return activity.kind === 'waiting' ? activity.question : null;
}

const silent = { status: 200, body: '', withheld: true } as const;

test('a probe that nobody answers is stopped and has failed', async () => {
  let asks = 0;
  const url = await stage.serve(() => {
    asks += 1;
    return silent;
  });
  const running = await open(`http: "${url}"`);
  await vi.waitFor(() => expect(asks).toBe(1), { timeout: 15_000, interval: 10 });
  await running.stop('it hangs');
  expect(await asked(running)).toMatchObject({ kind: 'failure', step: 'one', reason: 'stopped: it hangs' });
});

test('a request that changes something and is broken off is in doubt', async () => {
  let asks = 0;
  const url = await stage.serve(() => {
    asks += 1;
    return silent;
  });
  const running = await open(`http: { url: "${url}", method: POST }`);
  await vi.waitFor(() => expect(asks).toBe(1), { timeout: 15_000, interval: 10 });
  await running.stop('it hangs');
  expect(await asked(running)).toMatchObject({ kind: 'in-doubt', step: 'one' });
});

test('a step that waits for its next try is stopped at once', async () => {
  const running = await open('check: exit 1, retry: { times: 5, every: 1h }');
  await vi.waitFor(() => expect(running.activity().kind).toBe('retrying'), { timeout: 15_000, interval: 10 });
  await running.stop('no use');
  expect(await asked(running)).toMatchObject({ kind: 'failure', reason: 'stopped: no use' });
});

test('a command is ended, and its step has failed with the reason', async () => {
  const running = await open("run: 'touch began; sleep 100'");
  await vi.waitFor(() => expect(stage.has('began')).toBe(true), { timeout: 15_000, interval: 10 });
  await running.stop('too slow');
  expect(await asked(running)).toMatchObject({ kind: 'failure', reason: 'stopped: too slow' });
});

test('a done_when that hangs is stopped, and its step has failed without having run', async () => {
  const running = await open("run: 'touch ran', done_when: { check: 'touch asked; sleep 100' }");
  await vi.waitFor(() => expect(stage.has('asked')).toBe(true), { timeout: 15_000, interval: 10 });
  await running.stop('it hangs');
  expect(await asked(running)).toMatchObject({ kind: 'failure', step: 'one', reason: 'stopped: it hangs' });
  expect(stage.has('ran')).toBe(false);
});

test('with nothing to stop it says so', async () => {
  const running = await open('manual: Wait');
  await asked(running);
  await expect(running.stop('why')).rejects.toThrow('nothing runs now');
});
