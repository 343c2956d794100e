/** A run is handed over: until it is taken nothing that changes anything begins, and what is in doubt and owed is read back by its ids. */
import { describe, expect, test } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import { handoverLines } from '../../src/report/handover.ts';
import type { Actor, EventDraft, RunEvent } from '../../src/run/event.ts';
import { leftTo, offers, successorIn, takes, toReadBack, withdraws } from '../../src/run/handing-over.ts';
import { Judge } from '../../src/run/obeys.ts';
import { reduce, reduceAll } from '../../src/run/reduce.ts';
import type { Response } from '../../src/run/response.ts';
import type { RunState } from '../../src/run/state.ts';
import { operator, Play, runbook, step, undo } from './play.ts';

const bo: Actor = { via: 'terminal', name: 'Bo' };

function then(play: Play, response: Response): Play {
  if (!response.ok) throw new Error(response.message);
  return play.append(...response.events);
}

const breachOf = (state: RunState | null, event: RunEvent): string | null =>
  new Judge(actions).breach(state, event)?.reason ?? null;

const offered = (play: Play, to = 'Bo'): Play => then(play, offers(play.state, { to, note: 'half done' }, operator));
const taken = (play: Play, ...read: readonly string[]): Play => then(play, takes(play.state, { by: 'bo', read }, bo));
const honest = (play: Play): void => {
  let state: RunState | null = null;
  for (const event of play.events) {
    // What commands come to is told by the test itself, so only what somebody or a rule decided is judged.
    const judged =
      event.type.startsWith('handover.') || ['step.started', 'run.ended', 'rollback.started'].includes(event.type);
    if (judged) expect(breachOf(state, event)).toBeNull();
    state = reduce(state, event, 'r');
  }
  expect(reduceAll(play.events, 'r')).toEqual(play.state);
};

/** `fence` owes something and passed, `migrate` runs. */
function underWay(): Play {
  const play = new Play(
    runbook([step('fence', { owes: 'Take the fence away', undo: undo('fence') }), step('migrate'), step('switch')]),
  );
  return play.end('fence');
}

describe('while a run is offered', () => {
  test('what runs goes on and its end is recorded, and the next change waits until it is taken', () => {
    const play = offered(underWay());
    expect(play.running()).toEqual(['migrate']);
    expect(play.decision.question).toMatchObject({ kind: 'handover', from: 'ada', to: 'Bo', read: ['fence'] });
    play.end('migrate');
    expect(play.started()).toEqual(['fence', 'migrate']);
    expect(play.status('migrate')).toBe('passed');
    taken(play, 'fence');
    expect(play.started()).toEqual(['fence', 'migrate', 'switch']);
    expect(play.state.operator).toBe('Bo');
    honest(play);
  });

  test('what only reads goes on', () => {
    const play = new Play(runbook([step('one'), step('look', {}, 'check'), step('two')]));
    offered(play).end('one');
    expect(play.started()).toEqual(['one', 'look']);
    play.end('look');
    expect(play.started()).toEqual(['one', 'look']);
    honest(play);
  });

  test('a rollback that is asked for does not begin', () => {
    const play = offered(underWay()).end('migrate');
    play.rollback('it is bad');
    expect(play.state.rollback).toBeNull();
    taken(play, 'fence');
    expect(play.state.rollback).not.toBeNull();
    honest(play);
  });

  test('the run does not end', () => {
    const play = offered(new Play(runbook([step('one')]))).end('one');
    expect(play.state.endedAt).toBeNull();
    expect(taken(play).state.status).toBe('completed');
    honest(play);
  });

  test('withdrawn with a reason it goes on as before; offered to another it is theirs', () => {
    const play = offered(underWay());
    offered(play, 'Cy');
    expect(takes(play.state, { by: 'Bo', read: ['fence'] }, bo)).toEqual({
      ok: false,
      message: 'it is offered to Cy, not to Bo',
    });
    expect(withdraws(play.state, { reason: ' ' }, operator).ok).toBe(false);
    play.answer({ kind: 'withdraw', reason: 'Cy is asleep' });
    play.end('migrate');
    expect(play.running()).toEqual(['switch']);
    expect(play.state.operator).toBe('ada');
    honest(play);
  });
});

describe('taking it', () => {
  test('needs the ids of what is in doubt and owed as they are then, all of them and no other', () => {
    const play = offered(underWay());
    expect(toReadBack(play.state)).toEqual(['fence']);
    play.doubt('migrate');
    expect(toReadBack(play.state)).toEqual(['migrate', 'fence']);
    for (const read of [[], ['fence'], ['migrate'], ['migrate', 'fence', 'switch']]) {
      const response = takes(play.state, { by: 'Bo', read }, bo);
      expect(response.ok ? 'taken' : response.message).toContain('typing these ids: migrate fence');
    }
    expect(play.decision.question).toMatchObject({ kind: 'handover', read: ['migrate', 'fence'] });
    taken(play, 'fence', 'migrate');
    expect(play.decision.question).toMatchObject({ kind: 'in-doubt', step: 'migrate' });
    honest(play);
  });

  test('makes whoever takes it a driver, whose consent is none, and ends the session of who drove', () => {
    const play = taken(offered(underWay()), 'fence');
    expect(play.state.drivers.map(({ name, did }) => [name, did])).toContainEqual(['Bo', 'was handed the run']);
    expect(successorIn(play.events, operator)).toBe('Bo');
    expect(successorIn(play.events, bo)).toBeNull();
    expect(leftTo('Bo', operator)[0]).toMatchObject({ type: 'run.paused', data: { reason: 'asked' } });
  });

  test('is never what nobody offered, what the engine says, or what was not read back', () => {
    const before = underWay();
    const take = (read: string[], actor: Actor = bo): EventDraft => ({
      type: 'handover.taken',
      actor,
      data: { from: 'ada', to: 'Bo', read },
    });
    const reasonOf = (play: Play, draft: EventDraft): string => {
      const event: RunEvent = { ...draft, seq: play.state.head.seq + 1, at: play.now, sha256: 'x' };
      return breachOf(play.state, event) ?? 'none';
    };
    expect(reasonOf(before, take(['fence']))).toContain('the operator is');
    const play = offered(before);
    expect(reasonOf(play, take([]))).toContain('read back');
    expect(reasonOf(play, take(['fence'], { via: 'engine', name: 'gonogo' }))).toContain('only a person');
    expect(reasonOf(play, take(['fence']))).toBe('none');
    const old: EventDraft = { type: 'operator.changed', actor: operator, data: { from: 'ada', to: 'Bo' } };
    expect(reasonOf(before, old)).toContain('reads back');
    expect(reasonOf(new Play(runbook([step('one')]), { rules: 3 }), old)).toBe('none');
  });
});

test('one screen says where it is, what is in doubt, what is owed and what happened last', () => {
  const play = offered(underWay()).doubt('migrate');
  const lines = handoverLines(play.state);
  expect(lines).toContain('ada hands it to Bo: half done');
  expect(lines).toContain('in doubt: migrate');
  expect(lines).toContain('owed since 00:00:01: fence: Take the fence away');
  expect(lines.at(-1)).toContain('fence passed');
  expect(lines.length).toBeLessThan(24);
});
