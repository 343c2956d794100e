/** Holding a target in the pure core: what a claim leads to, and which histories of it the rules allow. */
import { expect, test } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import { draft } from '../../src/run/draft.ts';
import type { EventDraft, Holder, Owed, RunEvent } from '../../src/run/event.ts';
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
