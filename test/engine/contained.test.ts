/** What cannot be recorded or judged is an outcome of its step: the run goes on, and what was changed before is undone. */
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Action, Actions } from '../../src/actions/action.ts';
import { actions } from '../../src/actions/registry.ts';
import { openSession } from '../../src/engine/engine.ts';
import { GonogoFault } from '../../src/engine/fault.ts';
import { driveHeadless } from '../../src/engine/headless.ts';
import { HostError } from '../../src/host/host.ts';
import { createRealHost } from '../../src/host/real-host.ts';
import { JournalError } from '../../src/journal/journal.ts';
import { reduceAll } from '../../src/run/reduce.ts';
import type { RunState } from '../../src/run/state.ts';
import { parseDocument } from '../../src/runbook/parse.ts';
import { createJournals } from '../../src/store/folder/journals.ts';
import { createLocalTargets } from '../../src/target/local/local-target.ts';
import { Stage } from '../examples/stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

const change = '{ id: change, run: echo changed >> log, undo: { run: echo undone >> log } }';
const last = '{ id: last, check: exit 1, on_fail: rollback }';

describe('half a character', () => {
  test.each([
    ['printed by a command', `{ id: odd, check: printf '"\\\\ud800"', capture: { w: json }, on_fail: continue }`],
    ['in a data file', '{ id: odd, data: odd.json, expect: doc == "x", on_fail: continue }'],
    ['in the body of a reply', '{ id: odd, http: "URL", capture: { w: json }, on_fail: continue }'],
  ])('%s keeps no run from its rollback', async (_name, odd) => {
    stage.write('odd.json', '"\\ud800"');
    const url = await stage.serve(() => ({ status: 200, body: '\ud800' }));
    const text = `runbook: Test\nphases:\n  all:\n    - ${change}\n    - ${odd.replace('URL', url)}\n    - ${last}\n`;
    const ended = await stage.headless(stage.write('runbook.yaml', text), {});
    expect(ended.stderr).not.toContain('surrogate is not allowed');
    expect(ended.code).toBe(1);
    expect(stage.read('log')).toBe('changed\nundone\n');
    expect((await stage.gonogo('verify', 'latest')).code).toBe(0);
  });

  test('in a note and a value of an answers file keeps no run from its rollback', async () => {
    const text = `runbook: Test
phases:
  all:
    - ${change}
    - { id: by_hand, manual: Do it., on_fail: continue }
    - { id: name, ask: Name?, capture: who, on_fail: continue }
    - ${last}
`;
    const answers = 'by_hand: { note: "\\ud800" }\nname: "\\ud800"\n';
    const ended = await stage.headless(stage.write('runbook.yaml', text), {}, stage.write('answers.yaml', answers));
    expect([1, 3]).toContain(ended.code);
    if (ended.code === 3) await stage.gonogo('rollback', 'latest', '--headless', '--reason', 'it cannot be recorded');
    expect(stage.read('log')).toBe('changed\nundone\n');
  });
});

describe('an action that throws', () => {
  /** The state in which a headless run of one change and a step `odd` ends, with `perform` behind every HTTP step. */
  async function drive(odd: string, perform: Action['perform']): Promise<RunState> {
    const http = actions.get('http');
    if (http === undefined || perform === undefined) throw new Error('there is no such action');
    const own: Actions = new Map([...actions, ['http', { ...http, perform }]]);
    return driveWith(own, `- ${change}\n    - { id: odd, ${odd} }\n    - ${last}`);
  }

  const throws: Action['perform'] = () => Promise.reject(new RangeError('out of its depth'));

  test('has failed where it only reads, as often as it may be tried', async () => {
    const state = await drive(
      'http: "http://127.0.0.1:9/", retry: { times: 2, every: 1ms }, on_fail: continue',
      throws,
    );
    const odd = state.steps.get('odd')?.visits.at(-1);
    expect(odd).toMatchObject({ status: 'failed', tries: 2 });
    expect(odd?.reason).toContain('out of its depth');
    expect(state.status).toBe('rolled-back');
  });

  test.each([
    ['a disk', new HostError('io', '/x', 'cannot read /x: the disk does not answer')],
    ['a journal of another run', new JournalError('corrupt', 'run other: the disk does not answer')],
  ])('has failed too where %s refuses, and what was changed is undone', async (_, error) => {
    const state = await drive('http: "http://127.0.0.1:9/", on_fail: continue', () => Promise.reject(error));
    const odd = state.steps.get('odd')?.visits.at(-1);
    expect([odd?.status, odd?.reason]).toEqual(['failed', expect.stringContaining('the disk does not answer')]);
    expect(state.status).toBe('rolled-back');
    expect(stage.read('log')).toBe('changed\nundone\n');
  });

  test('is in doubt where it may have changed something', async () => {
    const state = await drive('http: { url: "http://127.0.0.1:9/", method: POST }', throws);
    expect(state.steps.get('odd')?.visits.at(-1)?.status).toBe('in-doubt');
    expect(state.paused?.waiting).toContain('in doubt');
  });
});

test('a fault of gonogo is told apart, and has an exit code of its own', async () => {
  const broken: Actions = new Map(
    [...actions].map(([name, action]) => [
      name,
      {
        ...action,
        isScript: () => {
          throw new TypeError('undefined is not a function');
        },
      },
    ]),
  );
  const ended = driveWith(actions, `- ${change}`, broken);
  await expect(ended).rejects.toBeInstanceOf(GonogoFault);
  await expect(ended).rejects.toMatchObject({
    exitCode: 70,
    message: expect.stringContaining('undefined is not a function'),
  });
});

/** The state in which a headless run of `steps` ends. `specs`: what is read with; `own`: what it is driven with. */
async function driveWith(specs: Actions, steps: string, own: Actions = specs): Promise<RunState> {
  const text = `runbook: Test\nphases:\n  all:\n    ${steps}\n`;
  const sha256 = createHash('sha256').update(text).digest('hex');
  const none = { kind: 'problem', message: 'nothing', hint: '' } as const;
  const { runbook } = parseDocument({ path: 'test.yaml', text, sha256 }, () => none, specs);
  if (runbook === null) throw new Error('the document is wrong');
  const host = await createRealHost();
  const journals = await createJournals(host, stage.path('state'), actions);
  const actor = { via: 'terminal', name: 'ada' } as const;
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
  const session = openSession({
    host,
    target: createLocalTargets(host)({ folder: journal.workspace, base: stage.folder, environment: {} }),
    journal,
    state: reduceAll(journal.events, journal.id),
    actions: own,
    guided: false,
    arrivals: new Set(),
    actor,
    secrets: new Map(),
    previous: new Map(),
  });
  await driveHeadless(session, { answers: null, operator: 'ada', say: () => {}, warn: () => {} });
  return session.state();
}
