/** What a document has done when the run comes to a state: on real commands and servers, and what no hook can do. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EventDraft } from '../../src/run/event.ts';
import { hookBreach, nextHook } from '../../src/run/hooks.ts';
import type { Hook } from '../../src/runbook/document.ts';
import { Stage } from '../examples/stage.ts';
import { body, operator, Play, runbook, step } from '../run/play.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

const log = (): readonly string[] => (stage.has('log') ? stage.read('log').trim().split('\n') : []);

test('a headless pause says for whom it waits, each time, and the end is told too', async () => {
  const received: unknown[] = [];
  const url = await stage.serve((_, __, sent) => {
    received.push(JSON.parse(sent));
    return { status: 200, body: '' };
  });
  const file = stage.write(
    'runbook.yaml',
    `runbook: Test
vars: { chat: { env: CHAT, secret: true } }
phases:
  all:
    - { id: go, approve: { from: [Bob], count: 1 } }
    - { id: act, run: echo act >> log }
hooks:
  paused:
    - notify: { webhook: "\${{ chat }}", text: "\${{ run }} \${{ state }} at \${{ step }}: waits for \${{ waiting }} \${{ url }}" }
    - { id: line, title: "Tell the log", run: 'echo "$state|$step|$reason|$url" >> log' }
  completed:
    - check: echo "$state|$step|$reason" >> log
`,
  );
  Object.assign(stage.env, { CHAT: url, GONOGO_URL: 'https://ci/7' });
  const paused = await stage.headless(file);
  expect(paused.code).toBe(3);
  expect(paused.stdout).toContain('hook       paused: paused_1, status 200');
  expect((await stage.gonogo('resume', 'latest', '--headless')).code).toBe(3);
  const [run = ''] = JSON.parse((await stage.gonogo('list', '--json')).stdout).map((one: { run: string }) => one.run);
  const text = `${run} paused at go: waits for approval of go (0 of 1) https://ci/7`;
  expect(received).toEqual([{ text }, { text }]);
  expect(log()).toEqual(['paused|go|waiting|https://ci/7', 'paused|go|waiting|https://ci/7']);
  const answers = stage.write('answers.yaml', 'go: { approve: { by: Bob } }\n');
  expect((await stage.gonogo('resume', 'latest', '--headless', '--answers', answers)).code).toBe(0);
  expect(log().slice(2)).toEqual(['act', 'completed||every step is done']);
  await stage.gonogo('report', 'latest', '--out', stage.path('report'));
  expect(stage.read('report/report.md')).toMatch(/## Hooks[^#]*paused[^#]*`line` Tell the log[^#]*completed/);
  expect((await stage.gonogo('verify', stage.path('report'))).code).toBe(0);
  expect((await stage.gonogo('show', 'latest')).stdout).toContain('hook       completed: completed_1, exit 0');
});

test('hooks that fail, hang or cannot be filled in change nothing of how the run ends', async () => {
  const silent = await stage.serve(() => ({ status: 200, body: '', withheld: true }));
  const file = stage.write(
    'runbook.yaml',
    `runbook: Test
vars: { seen: {} }
phases:
  all:
    - { id: change, run: echo change >> log, undo: { run: echo undo >> log } }
    - { id: fail, check: exit 7, on_fail: rollback }
    - { id: never, check: echo x, capture: seen }
hooks:
  rolled-back:
    - { id: bad, run: 'echo "$step: $reason" >> log; exit 3' }
    - { id: slow, run: "sleep 60", timeout: 200ms }
    - { id: mute, notify: { webhook: "${silent}", text: x }, timeout: 200ms }
    - { id: lacks, run: [echo, "\${{ seen }}"] }
    - { id: fine, check: echo fine >> log, expect: output == "" }
  failed: [{ run: echo failed >> log }]
`,
  );
  const ended = await stage.headless(file);
  expect(ended.code).toBe(1);
  expect(log()).toEqual(['change', 'undo', 'fail: fail failed: exit 7', 'fine']);
  const { hooks } = JSON.parse((await stage.gonogo('show', 'latest', '--json')).stdout);
  const told = hooks.map(({ hook, ok, reason }: { hook: string; ok: boolean; reason: string }) => [hook, ok, reason]);
  expect(told).toEqual([
    ['bad', false, 'exit 3'],
    ['slow', false, 'timed out after 200ms'],
    ['mute', false, 'timed out after 200 ms; whether it arrived is not known'],
    ['lacks', false, expect.stringContaining('seen')],
    ['fine', true, null],
  ]);
  expect((await stage.gonogo('verify', 'latest')).code).toBe(0);
});

test('a failed run tells which step, and a secret from a command is read for the hook alone', async () => {
  const file = stage.write(
    'runbook.yaml',
    `runbook: Test
vars: { token: { from: [echo, hunter2hunter2], secret: true } }
phases:
  all:
    - { id: fail, check: exit 7, on_fail: continue }
hooks:
  failed:
    - { run: 'echo "$step|$reason|$TOKEN"', env: { TOKEN: "\${{ token }}" }, expect: 'output.contains("fail")' }
`,
  );
  expect((await stage.headless(file)).code).toBe(1);
  const { hooks, run } = JSON.parse((await stage.gonogo('show', 'latest', '--json')).stdout);
  expect(hooks).toMatchObject([{ hook: 'failed_1', ok: true }]);
  expect(stage.read(`state/runs/${run}/hooks/001/output.log`)).toBe('fail|failed: fail|•••\n');
});

const hook = (id: string, on: Hook['on']): Hook => ({ id, title: id, on, body: body('run', { script: 'true' }) });
const hooks = [hook('tell', 'paused'), hook('again', 'paused'), hook('done', 'completed')];

function pausedBy(reason: 'waiting' | 'interrupted'): Play {
  const play = new Play(runbook([step('a')], { hooks }));
  return play.append({ type: 'run.paused', actor: operator, data: { reason, waiting: 'somebody' } });
}

const engine = { via: 'engine', name: 'gonogo' } as const;
const started = (id: string, on: Hook['on'], number: number): EventDraft => ({
  type: 'hook.started',
  actor: engine,
  data: { hook: id, on, folder: `hooks/00${number}`, bootId: 'boot' },
});
const ended = (id: string, on: Hook['on']): EventDraft => ({
  type: 'hook.ended',
  actor: engine,
  data: { hook: id, on, ok: true, reason: null, exit: 0, status: null, ms: 1, evidence: [] },
});

test('each is due once, in order; an interrupted run and one that goes on have none', () => {
  expect(nextHook(pausedBy('interrupted').state)).toBeNull();
  const play = pausedBy('waiting');
  expect(nextHook(play.state)?.id).toBe('tell');
  expect(nextHook(play.append(started('tell', 'paused', 1)).state)).toBeNull();
  expect(nextHook(play.append(ended('tell', 'paused')).state)?.id).toBe('again');
  play.append(started('again', 'paused', 2));
  const resumed = { operator: 'ada', hostname: 'here', bootId: 'boot', version: '0' };
  play.append({ type: 'run.resumed', actor: operator, data: resumed });
  expect(nextHook(play.state)).toBeNull();
  play.end('a');
  expect([play.state.status, nextHook(play.state)?.id]).toEqual(['completed', 'done']);
});

test('what no hook of the document can have done breaks the rules', () => {
  const play = pausedBy('waiting');
  const breach = (draft: EventDraft): string | null => {
    if (draft.type !== 'hook.started' && draft.type !== 'hook.ended') throw new Error(draft.type);
    return hookBreach(play.state, { ...draft, seq: 9, at: 0, sha256: '' });
  };
  expect(breach(started('tell', 'paused', 1))).toBeNull();
  expect(breach(started('again', 'paused', 1))).toBe('the hook again is not due');
  expect(breach(started('tell', 'completed', 1))).toBe('the hook tell is not due');
  expect(breach(started('tell', 'paused', 2))).toBe('its folder is not the next one');
  expect(breach(ended('tell', 'paused'))).toBe('the hook tell is not under way');
  expect(breach({ ...started('tell', 'paused', 1), actor: operator })).toBe('no person calls a hook');
  play.append(started('tell', 'paused', 1));
  expect(breach(ended('tell', 'paused'))).toBeNull();
  expect(breach(ended('again', 'paused'))).toBe('the hook again is not under way');
});
