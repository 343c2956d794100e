/** What is not known is no answer: an outcome that is lost, a `done_when` and an identity that cannot be read. */
import { describe, expect, test } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import { engineActor } from '../../src/run/draft.ts';
import type { EventDraft } from '../../src/run/event.ts';
import { firstBreach } from '../../src/run/obeys.ts';
import { body, operator, Play, runbook, step } from './play.ts';

const check = (id: string, more = {}) => step(id, more, 'check');

/** The running attempt of `id` is in doubt. */
function doubt(play: Play, id: string): Play {
  const visit = play.state.steps.get(id)?.visits.at(-1);
  const data = { step: id, visit: visit?.visit ?? 0, attempt: visit?.attempts.at(-1)?.attempt ?? 0, reason: 'lost' };
  return play.append({ type: 'attempt.in_doubt', actor: engineActor, data });
}

const resumed: EventDraft = {
  type: 'run.resumed',
  actor: operator,
  data: { operator: 'ada', hostname: 'here', bootId: 'boot', version: '0' },
};

const breachOf = (play: Play) => firstBreach(play.events, 'r', actions);

describe('a read whose outcome is lost', () => {
  test.each(['read', 'idempotent'] as const)('is repeated twice, then the step has failed, and why: %s', (effect) => {
    const play = new Play(runbook([check('a', { effect })]));
    for (const _ of [1, 2, 3]) doubt(play, 'a');
    expect(play.started()).toEqual(['a', 'a', 'a']);
    expect(play.decision.question).toMatchObject({
      kind: 'failure',
      step: 'a',
      reason: 'its outcome could not be known: lost (3 tries)',
    });
    expect(breachOf(play)).toBeNull();
  });

  test('is repeated as often as its retry says, where that is more', () => {
    const play = new Play(runbook([check('a', { retry: { times: 5, everyMs: 0, passes: 1 } })]));
    for (const _ of [1, 2, 3, 4]) doubt(play, 'a');
    expect(play.running()).toEqual(['a']);
    expect(doubt(play, 'a').decision.question).toMatchObject({ kind: 'failure' });
  });

  test('counts with what could not begin: by turns they end as well', () => {
    const play = new Play(runbook([check('a')]));
    doubt(play, 'a').append({
      type: 'attempt.voided',
      actor: engineActor,
      data: { step: 'a', visit: 1, attempt: 2, cause: 'not-started', reason: 'no room' },
    });
    doubt(play.wait(4000), 'a');
    expect(play.decision.question).toMatchObject({ kind: 'failure', step: 'a' });
  });

  test('is no fault of the command when the process ended that drove the run, however often', () => {
    const play = new Play(runbook([check('a')]));
    for (const _ of [1, 2, 3, 4, 5]) doubt(play.append(resumed), 'a');
    expect(play.running()).toEqual(['a']);
    expect(breachOf(play)).toBeNull();
  });

  test('counts anew after a decision to try again', () => {
    const play = new Play(runbook([check('a')]));
    for (const _ of [1, 2, 3]) doubt(play, 'a');
    play.answer({ kind: 'retry', reason: 'I mended it' });
    expect(doubt(play, 'a').running()).toEqual(['a']);
  });

  test('was repeated for ever by earlier rules, and such a run still verifies', () => {
    const play = new Play(runbook([check('a')]), { rules: 1 });
    for (const _ of [1, 2, 3, 4, 5]) doubt(play, 'a');
    expect(play.running()).toEqual(['a']);
    expect(breachOf(play)).toBeNull();
  });

  test('is repeated once more than the rules allow: that is noticed', () => {
    const play = new Play(runbook([check('a')]));
    for (const _ of [1, 2, 3]) doubt(play, 'a');
    const failed = play.events.findIndex(({ type }) => type === 'step.failed');
    const [first] = play.events.filter(({ type }) => type === 'step.started');
    if (first?.type !== 'step.started') throw new Error('it never started');
    const forged = [...play.events.slice(0, failed)];
    const data = { ...first.data, attempt: 4, folder: first.data.folder.replace(/1$/, '4') };
    forged.push({ ...first, seq: failed + 1, data });
    expect(firstBreach(forged, 'r', actions)).toMatchObject({ type: 'step.started' });
  });
});

const doneWhen = body('check', { script: 'test -e done' });

/** The `done_when` of `id` was read, or could not be. */
function answered(play: Play, id: string, unread: boolean): Play {
  const data = { step: id, visit: 1, ok: false, reason: unread ? 'timed out after 30s' : 'exit 1', evidence: [] };
  const more = unread ? { unread: true as const } : {};
  return play.append({ type: 'done_when.read', actor: engineActor, data: { ...data, ...more } });
}

describe('a done_when that could not be read', () => {
  test('asks instead of running the step', () => {
    const play = answered(new Play(runbook([step('a', { doneWhen })])), 'a', true);
    expect(play.started()).toEqual([]);
    expect(play.decision.question).toMatchObject({ kind: 'done-when', step: 'a', reason: 'timed out after 30s' });
  });

  test('is read again, and then the step runs if it is not done', () => {
    const play = answered(new Play(runbook([step('a', { doneWhen })])), 'a', true);
    play.answer({ kind: 'retry', reason: 'the network is back' });
    expect(play.decision.probes).toHaveLength(1);
    expect(answered(play, 'a', false).running()).toEqual(['a']);
    expect(breachOf(play)).toBeNull();
  });

  test('is read again in a guided run without that being the order to run the step', () => {
    const play = new Play(runbook([step('a', { doneWhen })]), { guided: true });
    answered(play, 'a', true).answer({ kind: 'retry', reason: 'again' });
    expect(answered(play, 'a', false).decision.question).toMatchObject({ kind: 'ready', step: 'a' });
  });

  test('is taken as not done by a decision alone', () => {
    const play = answered(new Play(runbook([step('a', { doneWhen })])), 'a', true);
    play.answer({ kind: 'accept', reason: 'I looked, it is not there' });
    expect(play.running()).toEqual(['a']);
    expect(breachOf(play)).toBeNull();
    const forged = play.events.filter(({ type }) => type !== 'done_when.accepted');
    const renumbered = forged.map((event, index) => ({ ...event, seq: index + 1 }));
    expect(firstBreach(renumbered, 'r', actions)).toMatchObject({ type: 'step.started' });
  });

  test('keeps no step waiting that only reads', () => {
    const play = answered(new Play(runbook([check('a', { doneWhen })])), 'a', true);
    expect(play.running()).toEqual(['a']);
  });

  test('counted as not done by earlier rules, and such a run still verifies', () => {
    const play = answered(new Play(runbook([step('a', { doneWhen })]), { rules: 1 }), 'a', false);
    expect(play.running()).toEqual(['a']);
    expect(breachOf(play)).toBeNull();
  });
});

const target = { name: 'db', identity: body('check', { script: 'cat identity' }) };

/** The target's identity was read for `id`; null: it could not be. */
function identified(play: Play, id: string | null, identity: string | null): Play {
  const { reference, targets } = play.state;
  const late = reference === null && targets.length > 0;
  const at = id === null ? {} : { step: id, visit: 1 };
  const ok = identity !== null && !late && (reference === null || reference === identity);
  const why = ok ? {} : { reason: identity === null ? 'exit 1' : `reads "${identity}"` };
  const unread = identity === null ? { unread: true as const } : {};
  const data = { identity: identity ?? '', ok, ...unread, ...at, ...why };
  return play.append({ type: 'target.read', actor: engineActor, data });
}

describe('an identity that could not be read at the start', () => {
  const steps = [step('a'), step('b')];

  test('is confirmed when it is read for the first time, and is what must be read from then on', () => {
    const play = identified(new Play(runbook(steps, { target }), { rules: 2 }), null, null);
    identified(play, 'a', 'db-1');
    expect(play.started()).toEqual([]);
    expect(play.decision.question).toMatchObject({ kind: 'drift', step: 'a', expected: null, found: 'db-1' });
    play.answer({ kind: 'accept', reason: 'it is the one' });
    expect(play.state.reference).toBe('db-1');
    expect(play.running()).toEqual(['a']);
    const events = play.events.length;
    play.append({
      type: 'attempt.ended',
      actor: engineActor,
      data: {
        ...{ step: 'a', visit: 1, attempt: 1, ok: true, reason: null, exit: 0, status: null, ms: 1 },
        expectations: [{ source: 'exit == 0', ok: true, detail: '' }],
        evidence: [],
        gaveUp: false,
      },
    });
    expect(play.events.length).toBeGreaterThan(events);
    identified(play, 'b', 'db-2');
    expect(play.decision.question).toMatchObject({ kind: 'drift', step: 'b', expected: 'db-1' });
    expect(breachOf(play)).toBeNull();
  });

  test('is not taken for the right one by a history that leaves the confirmation out', () => {
    const play = identified(new Play(runbook(steps, { target }), { rules: 2 }), null, null);
    play.append({ type: 'target.read', actor: engineActor, data: { identity: 'db-1', ok: true, step: 'a', visit: 1 } });
    expect(breachOf(play)).toMatchObject({ type: 'target.read', reason: expect.stringContaining('nobody has said') });
  });

  test('that cannot be read for the step either and is accepted so leaves the first reading to be confirmed', () => {
    const play = identified(identified(new Play(runbook(steps, { target }), { rules: 2 }), null, null), 'a', null);
    play.answer({ kind: 'accept', reason: 'I am on it' });
    expect(play.running()).toEqual(['a']);
    expect(play.state.reference).toBeNull();
  });

  test('was taken for the right one by earlier rules, and such a run still verifies', () => {
    const play = identified(new Play(runbook(steps, { target }), { rules: 1 }), null, null);
    play.append({ type: 'target.read', actor: engineActor, data: { identity: 'db-1', ok: true, step: 'a', visit: 1 } });
    expect(play.running()).toEqual(['a']);
    expect(breachOf(play)).toBeNull();
  });
});
