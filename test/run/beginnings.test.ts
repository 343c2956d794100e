/** A step whose attempt could not begin: bounded tries, and nothing that began. */
import { expect, test } from 'vitest';
import { rollbackPlan } from '../../src/run/rollback.ts';
import { body, Play, runbook, step, undo } from './play.ts';

type Cause = 'refused' | 'not-started' | 'unreachable';

/** The running attempt of `id` never began. Without a cause it was interrupted. */
function voided(play: Play, id: string, cause?: Cause): Play {
  const visit = play.state.steps.get(id)?.visits.at(-1);
  const data = { step: id, visit: visit?.visit ?? 0, attempt: visit?.attempts.at(-1)?.attempt ?? 0 };
  const why = cause === undefined ? {} : { cause, reason: 'no room' };
  return play.append({ type: 'attempt.voided', actor: { via: 'engine', name: 'gonogo' }, data: { ...data, ...why } });
}

test.each(['not-started', 'unreachable'] as const)(
  '%s: three tries with growing pauses, then it has failed',
  (cause) => {
    const play = new Play(runbook([step('a', { undo: undo('undo') }), step('b')]));
    voided(play, 'a', cause);
    expect(play.running()).toEqual([]);
    expect(play.decision.wakeAt).toBe(play.now + 1000);
    voided(play.wait(1000), 'a', cause);
    expect(play.decision.wakeAt).toBe(play.now + 4000);
    voided(play.wait(4000), 'a', cause);
    expect(play.started()).toEqual(['a', 'a', 'a']);
    expect(play.decision.question).toMatchObject({
      kind: 'failure',
      step: 'a',
      reason: expect.stringContaining('no room'),
    });
    expect(rollbackPlan(play.state)).toEqual([]);
  },
);

test('what is refused fails at once, and nothing of it is undone', () => {
  const play = new Play(runbook([step('a', { undo: undo('undo a') }), step('b', { undo: undo('undo b') })]));
  voided(play.end('a'), 'b', 'refused');
  expect(play.decision.question).toMatchObject({ kind: 'failure', step: 'b' });
  play.rollback();
  expect(play.running()).toEqual(['undo_a']);
  expect(play.end('undo_a').state.status).toBe('rolled-back');
});

test('an attempt that was only interrupted before it began is made anew at once, however often', () => {
  const play = new Play(runbook([step('a')]));
  for (let time = 0; time < 5; time += 1) voided(play, 'a');
  expect(play.running()).toEqual(['a']);
  expect(play.end('a').state.status).toBe('completed');
});

test('the tries count anew after one that began, and after a decision to try again', () => {
  const play = new Play(runbook([step('a')]));
  voided(play, 'a', 'refused').answer({ kind: 'retry', reason: 'there is room' });
  expect(play.running()).toEqual(['a']);
  voided(play, 'a', 'not-started').wait(1000);
  expect(play.running()).toEqual(['a']);
});

test('retry of the document says how often and after how long', () => {
  const retry = { times: 4, everyMs: 100, passes: 1 };
  const play = new Play(runbook([step('a', { ...body('check', { script: 'x' }), retry })]));
  for (let time = 0; time < 4; time += 1) voided(play.wait(100), 'a', 'refused');
  expect(play.started()).toHaveLength(4);
  expect(play.decision.question).toMatchObject({ kind: 'failure', step: 'a' });
});

test('an undo that cannot begin pauses the rollback', () => {
  const play = new Play(runbook([step('a', { undo: undo('undo') }), step('b')]));
  play.end('a').end('b', false).rollback();
  voided(play, 'undo_a', 'refused');
  expect(play.decision.question).toMatchObject({ kind: 'failure', step: 'undo_a', inRollback: true });
});
