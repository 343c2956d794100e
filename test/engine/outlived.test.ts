/** An attempt that was stopped and cannot be ended: it keeps the step running, keeps everything from being undone, and is named. */
import { expect, test } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import { openSession } from '../../src/engine/engine.ts';
import type { Session } from '../../src/engine/session.ts';
import type { RunEvent } from '../../src/run/event.ts';
import { firstBreach } from '../../src/run/obeys.ts';
import type { Question } from '../../src/run/question.ts';
import { reduceAll } from '../../src/run/reduce.ts';
import { createJournals } from '../../src/store/folder/journals.ts';
import { body, runbook, step } from '../run/play.ts';
import { World } from '../sim/world.ts';

const actor = { via: 'terminal', name: 'ada' } as const;
const script = (value: object) => body('run', { script: JSON.stringify(value) });

let recorded: RunEvent[];

/** A run of a change that takes `ms` and that nobody can end, after one that has been made. */
async function open(world: World, ms: number): Promise<Session> {
  const { host, locks, here } = world.boot();
  const journals = await createJournals(host, '/desk/state', actions, locks);
  const undo = (name: string) => ({ kind: 'bodies' as const, bodies: [script({ effect: `undo ${name}` })] });
  const document = runbook([
    { ...step('first'), ...script({ effect: 'first' }), undo: undo('first') },
    { ...step('endless'), ...script({ effect: 'endless', ms, exits: [143] }), undo: undo('endless') },
  ]);
  const data = {
    runbook: document,
    sha256: '00',
    documents: [],
    vars: {},
    sources: {},
    cwd: '/desk',
    environment: {},
    operator: 'ada',
    hostname: 'sim',
    bootId: host.machine.bootId,
    version: '0',
  };
  const journal = await journals.create('test', [], [{ type: 'run.started', actor, data }]);
  const session = openSession({
    host,
    target: here(journal.workspace),
    journal,
    state: reduceAll(journal.events, journal.id),
    actions,
    guided: false,
    arrivals: new Set(),
    actor,
    secrets: new Map(),
    previous: new Map(),
  });
  recorded = [...journal.events];
  session.subscribe((events) => recorded.push(...events));
  return session;
}

/** Resolves with what holds of the session once it does. */
function once<T>(session: Session, holds: () => T | null): Promise<T> {
  return new Promise((resolve) => {
    const look = (): void => {
      const found = holds();
      if (found !== null) resolve(found);
    };
    session.subscribe(look);
    look();
  });
}

const status = (session: Session, id: string) => session.state().steps.get(id)?.visits.at(-1)?.status;
const asked = (session: Session): Question | null => {
  const activity = session.activity();
  return activity.kind === 'waiting' ? activity.question : null;
};

/** Stops the endless step and waits for what is asked then. */
async function stopped(session: Session): Promise<Question> {
  await once(session, () => (status(session, 'endless') === 'running' ? true : null));
  await session.stop('it hangs');
  return once(session, () => asked(session));
}

test('it is asked about by name, and can only be settled as failed', async () => {
  const world = new World(1);
  const settled = async () => {
    const session = await open(world, 1_000_000);
    const question = await stopped(session);
    expect(question).toMatchObject({ kind: 'in-doubt', step: 'endless', runsOn: true });
    expect('reason' in question && question.reason).toContain('stopping: pid 4711 `sim` still runs');
    const answer = (as: 'passed' | 'failed' | 'rerun') =>
      session.answer({ kind: 'settle', as, reason: 'seen' }, question);
    await expect(answer('passed')).rejects.toThrow('still runs');
    await expect(answer('rerun')).rejects.toThrow('still runs');
    await answer('failed');
    expect(asked(session)).toMatchObject({ kind: 'failure', step: 'endless' });
    return true;
  };
  expect(await world.until(settled())).toBe(true);
});

test('nothing is undone before it has ended or is settled', async () => {
  const world = new World(1);
  const rolledBack = async () => {
    const session = await open(world, 1_000_000);
    await stopped(session);
    await session.rollback('enough');
    const question = await once(session, () => asked(session));
    expect(question).toMatchObject({ kind: 'in-doubt', runsOn: true });
    expect(world.effects.map(({ name }) => name)).toEqual(['first']);
    await session.answer({ kind: 'settle', as: 'failed', reason: 'it holds no lock' }, question);
    const code = await session.done;
    expect(firstBreach(recorded, session.id, actions)).toBeNull();
    return code;
  };
  expect(await world.until(rolledBack())).toBe(1);
  expect(world.effects.map(({ name }) => name)).toEqual(['first', 'undo endless', 'undo first']);
});

test('when it ends after all, the question is gone and its step has failed with the reason of the stop', async () => {
  const world = new World(1);
  const ended = async () => {
    const session = await open(world, 5_000);
    await stopped(session);
    return once(session, () => (asked(session)?.kind === 'failure' ? session.state() : null));
  };
  const state = await world.until(ended());
  expect(state?.steps.get('endless')?.visits.at(-1)?.reason).toBe('stopped: it hangs');
});
