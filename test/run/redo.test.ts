/** A step that is done again: which may be, what waits for it, and what of it a rollback takes back. */
import { describe, expect, test } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import { Judge } from '../../src/run/obeys.ts';
import { redoObjection, reopens } from '../../src/run/redo.ts';
import { reduce } from '../../src/run/reduce.ts';
import type { RunState } from '../../src/run/state.ts';
import type { Step } from '../../src/runbook/document.ts';
import { operator, Play, runbook, step, undo } from './play.ts';

const one = step('one', { undo: undo('one') });
const two = step('two', { undo: undo('two') });
const hand = step('hand', {}, 'manual');

function redo(play: Play, id: string): Play {
  const response = reopens(play.state, id, 'it was the wrong one', operator);
  if (!response.ok) throw new Error(response.message);
  return play.append(...response.events);
}

/** Plays `steps` up to `hand`. */
function atHand(...steps: readonly Step[]): Play {
  const play = new Play(runbook([...steps, hand, step('three')]));
  for (let [next] = play.running(); next !== undefined; [next] = play.running()) play.end(next);
  expect(play.decision.question).toMatchObject({ kind: 'manual', step: 'hand' });
  return play;
}

function assertObeys({ events }: Play): void {
  const rules = new Judge(actions);
  let state: RunState | null = null;
  for (const event of events) {
    // A play ends attempts by hand, without what was expected of them.
    if (event.type !== 'attempt.ended') expect(rules.breach(state, event)).toBeNull();
    state = reduce(state, event, 'r');
  }
}

test('that step alone is visited again, then the run goes on where it was', () => {
  const play = redo(atHand(one, two), 'one');
  expect(play.running()).toEqual(['one']);
  play.end('one');
  expect(play.running()).toEqual([]);
  expect(play.decision.question).toMatchObject({ kind: 'manual', step: 'hand' });
  expect(play.answer({ kind: 'done' }).running()).toEqual(['three']);
  assertObeys(play);
});

test('a rollback takes back every visit, newest first', () => {
  const play = redo(atHand(one, two), 'one');
  play.end('one').rollback();
  const plan = play.state.rollback?.plan.map((entry) => (entry.kind === 'undo' ? entry.undoes : null));
  expect(plan).toEqual([
    { step: 'one', visit: 2 },
    { step: 'two', visit: 1 },
    { step: 'one', visit: 1 },
  ]);
  assertObeys(play);
});

test('it begins when nothing runs', () => {
  const play = redo(new Play(runbook([one, two])).end('one'), 'one');
  expect(play.running()).toEqual(['two']);
  expect(play.state.steps.get('one')?.visits.at(-1)?.attempts).toHaveLength(0);
  expect(play.end('two').running()).toEqual(['one']);
  assertObeys(play);
});

test('a rollback that comes first leaves it as it is, and says so', () => {
  const play = new Play(runbook([one, two])).end('one');
  redo(play, 'one').rollback().end('two');
  expect(play.state.steps.get('one')?.visits.at(-1)).toMatchObject({ visit: 2, status: 'not-taken' });
  expect(play.running()).toEqual([expect.stringContaining('undo')]);
  assertObeys(play);
});

describe('what is not done again', () => {
  const objection = (play: Play, id: string): string | null => redoObjection(play.state, id);

  test('what is under way, or was never come to', () => {
    const play = atHand(one);
    expect(objection(play, 'hand')).toMatch(/hand is under way/);
    expect(objection(play, 'three')).toMatch(/has not come to three yet/);
    expect(objection(redo(play, 'one'), 'one')).toMatch(/one is under way/);
    expect(objection(play, 'one')).toMatch(/one is under way/);
  });

  test('a gate, and a choice that led elsewhere', () => {
    const blocks = [{ label: 'on', goto: 'hand', steps: [] }];
    const way = step('way', { flow: 'choose', blocks }, 'choose');
    const play = new Play(runbook([step('go', {}, 'approve'), way, hand]));
    play.answer({ kind: 'approve', by: 'lead' }).answer({ kind: 'choose', label: 'on' });
    expect(objection(play, 'go')).toMatch(/go is a gate/);
    expect(objection(play, 'way')).toMatch(/way decided where the run went on/);
  });

  test('anything once the run has ended or is rolled back, and nothing without a reason', () => {
    const ended = new Play(runbook([one])).end('one');
    expect(ended.state.status).toBe('completed');
    expect(objection(ended, 'one')).toMatch(/has ended \(completed\)/);
    const back = atHand(one).rollback();
    expect(objection(back, 'one')).toMatch(/the rollback has begun/);
    expect(reopens(atHand(one).state, 'one', ' ', operator)).toMatchObject({ ok: false });
  });
});
