/** Holding a target in the pure core: what a claim leads to, and which histories of it the rules allow. */
import { expect, test } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import { draft, draftBy } from '../../src/run/draft.ts';
import type { Actor, EventDraft, RunEvent } from '../../src/run/event.ts';
import type { Holder, NewerRun, Owed } from '../../src/run/event-holds.ts';
import { firstBreach } from '../../src/run/obeys.ts';
import { body, Play, runbook, step, undo } from './play.ts';

const shop = { name: 'shop', identity: 'web1' };
const at = { step: 'a', visit: 1, ...shop };
const other: Holder = { run: 'other', title: 'Release', operator: 'bo', step: 'switch', since: 500, problem: null };
const owed: Owed = { run: 'before', step: 'gates', text: 'Close the gates', since: 100, remark: null };
const taken = (more: { owed?: Owed[] } = {}): EventDraft =>
  draft('hold.taken', { ...at, newer: [], owed: [], ...more });

/** A run of one change on a target, at its claim. */
function claiming(): Play {
  const identity = body('check', { script: 'cat machine' });
  const play = new Play(runbook([step('a', { undo: undo('a') })], { target: { name: 'shop', identity } }), {
    holds: true,
  });
  play.append(draft('target.read', { identity: 'web1', ok: true }));
  return play.append(draft('target.read', { identity: 'web1', ok: true, step: 'a', visit: 1 }));
}

const breachOf = (events: readonly RunEvent[]): string | null => {
  const numbered = events.map((event, index) => ({ ...event, seq: index + 1 }));
  const breach = firstBreach(numbered, 'r', actions);
  return breach === null ? null : `${breach.type}: ${breach.reason}`;
};

test('a change begins only when the target is held, and the history breaks no rule', () => {
  const play = claiming();
  expect(play.events.at(-1)?.type).toBe('hold.requested');
  expect(play.started()).toEqual([]);
  play.append(taken());
  expect(play.started()).toEqual(['a']);
  expect(breachOf(play.events)).toBeNull();
});

test('a history whose hold was cut out does not verify', () => {
  const { events } = claiming().append(taken());
  expect(breachOf(events.filter(({ type }) => !type.startsWith('hold.')))).toMatch(/^step\.started: no rule causes it/);
  expect(breachOf(events.filter(({ type }) => type !== 'hold.taken'))).toMatch(/^step\.started: no rule causes it/);
  expect(breachOf(events.filter(({ type }) => type !== 'hold.requested'))).toMatch(/^hold\.taken: the target is not/);
});

test('who is refused waits or goes on beside for a reason, and nobody else may say so', () => {
  const play = claiming().append(draft('hold.refused', { ...at, holders: [other] }));
  expect(play.decision.question).toMatchObject({ kind: 'held', holders: [{ run: 'other' }] });
  expect(() => play.answer({ kind: 'alongside', reason: ' ' })).toThrow('alongside needs a reason');
  expect(breachOf([...play.events, { ...taken(), seq: 0, at: 1000, sha256: '' }])).toMatch(/not being asked for/);
  play.answer({ kind: 'alongside', reason: 'the shop is down' });
  expect(play.started()).toEqual([]);
  // Who was passed by does not stand in the way any more.
  const again = draft('hold.refused', { ...at, holders: [other] });
  expect(breachOf([...play.events, { ...again, seq: 0, at: 1000, sha256: '' }])).toMatch(/does not stand in its way/);
  play.append(taken());
  expect(play.started()).toEqual(['a']);
  expect(breachOf(play.events)).toBeNull();
  expect(breachOf(play.events.filter(({ type }) => type !== 'hold.overridden'))).not.toBeNull();
});

const bo: Actor = { via: 'command', name: 'bo' };
const newer: NewerRun = { run: 'newer', title: 'Release', at: 900, values: 'version=v2' };
const ended = draft('attempt.ended', {
  step: 'a',
  visit: 1,
  attempt: 1,
  ok: true,
  reason: null,
  exit: 0,
  status: null,
  ms: 5,
  expectations: [{ source: 'exit == 0', ok: true, detail: '' }],
  evidence: [{ path: 'steps/001-a/1/output.log', bytes: 0, sha256: '0'.repeat(64) }],
  gaveUp: false,
});

/** A run whose rollback was asked for after another run changed its target, up to what it learns of that. */
function rollingBack(...said: readonly EventDraft[]): Play {
  const play = claiming().append(taken()).append(ended);
  expect(play.state.status).toBe('completed');
  const resumed = { operator: 'bo', hostname: 'here', bootId: 'boot', version: '0' };
  play.append(draftBy(bo, 'run.resumed', resumed), draftBy(bo, 'rollback.requested', { reason: 'bad' }), ...said);
  const undone = { ...shop, step: 'undo_a', visit: 1 };
  play.append(draft('target.read', { identity: 'web1', ok: true, step: 'undo_a', visit: 1 }));
  return play.append(draft('hold.taken', { ...undone, newer: [newer], owed: [] }));
}

test('whoever asks for a rollback says at once over which run, and nobody is asked unless another changed the target', () => {
  const asked = rollingBack();
  expect(asked.decision.question).toMatchObject({ kind: 'over', newer: [newer] });
  expect(asked.started()).toEqual(['a']);
  const said = rollingBack(draftBy(bo, 'rollback.permitted', { over: 'newer', reason: 'both are bad' }));
  expect(said.started()).toEqual(['a', 'undo_a']);
  expect(breachOf(said.events)).toBeNull();
  expect(breachOf(said.events.filter(({ type }) => type !== 'rollback.permitted'))).toMatch(/^step\.started: no rule/);
  const other = rollingBack(draftBy(bo, 'rollback.permitted', { over: 'before', reason: 'both are bad' }));
  expect(other.decision.question).toMatchObject({ kind: 'over', newer: [newer] });
});

test.each<[string, EventDraft]>([
  ['by nobody', draft('rollback.permitted', { over: 'newer', reason: 'x' })],
  ['for no reason', draftBy(bo, 'rollback.permitted', { over: 'newer', reason: ' ' })],
  ['over itself', draftBy(bo, 'rollback.permitted', { over: 'r', reason: 'x' })],
])('a rollback is not permitted %s', (_, told) => {
  expect(breachOf(rollingBack(told).events)).toMatch(/^rollback\.permitted: /);
});

test('a rollback that nobody asked for is not permitted over anything', () => {
  const { events } = claiming().append(
    taken(),
    draftBy(bo, 'rollback.permitted', { over: 'newer', reason: 'to be prepared' }),
  );
  expect(breachOf(events)).toMatch(/^rollback\.permitted: it answers no question/);
});

test('what earlier runs left open is decided before the change, each by its name', () => {
  const play = claiming().append(taken({ owed: [owed] }));
  expect(play.decision.question).toMatchObject({ kind: 'earlier', open: [owed] });
  expect(() => play.answer({ kind: 'defer', item: 'before.other', reason: 'later' })).toThrow('is not open');
  play.answer({ kind: 'defer', item: 'before.gates', reason: 'bo is away' });
  expect(play.started()).toEqual(['a']);
  expect(breachOf(play.events)).toBeNull();
  expect(breachOf(play.events.filter(({ type }) => type !== 'owed.decided'))).toMatch(
    /^step\.started: no rule causes it/,
  );
});
