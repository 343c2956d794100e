/** Items of a checklist that a person judges after they were closed: what counts, until when, and what the rules refuse. */
import { describe, expect, test } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import type { DataOf, EventDraft } from '../../src/run/event.ts';
import { auditStep, resultsAt } from '../../src/run/gate.ts';
import { type ItemAnswer, judges } from '../../src/run/judging.ts';
import { firstBreach } from '../../src/run/obeys.ts';
import { reduceAll } from '../../src/run/reduce.ts';
import type { Item, Runbook } from '../../src/runbook/document.ts';
import { operator, Play, runbook, step } from './play.ts';

const dayMs = 86_400_000;
const item = (more: Partial<Item> = {}): Item => ({ category: 'all', severity: 'blocker', requires: [], ...more });
const rules = { title: 'Ready', path: 'c.yaml', scale: 10, categories: [{ id: 'all', title: 'All', weight: '1' }] };

/** A checklist of its own: `tests` is looked at by a machine, `on_call` is asked, `paged` needs that. */
function checklist(ttlMs?: number): Runbook {
  const machine = { item: item(), onFail: 'continue' as const };
  const asked = { item: item(ttlMs === undefined ? {} : { ttlMs }), effect: 'person' as const };
  const after = { ...asked, item: item({ requires: ['on_call'], severity: 'low' }) };
  const steps = [step('tests', machine, 'check'), step('on_call', asked, 'manual'), step('paged', after, 'manual')];
  return runbook(steps, { kind: 'checklist', checklist: rules });
}

function judge(play: Play, id: string, answer: Omit<ItemAnswer, 'kind'>): Play {
  const response = judges(play.state, id, { kind: 'item', ...answer }, { actor: operator, now: play.now });
  if (!response.ok) throw new Error(response.message);
  return play.append(...response.events);
}

/** The machine has found that the tests fail. */
function looked(document: Runbook = checklist()): Play {
  const play = new Play(document);
  const data: DataOf<'item.answered'> = {
    step: 'tests',
    visit: 1,
    result: 'fail',
    detail: 'exit 1',
    evidence: ['test/a:3'],
  };
  play.append({ type: 'item.answered', actor: { via: 'engine', name: 'gonogo' }, data });
  return play.end('tests', false, { reason: 'exit 1' });
}

const results = (play: Play): Record<string, unknown> =>
  Object.fromEntries(
    resultsAt(play.state, auditStep, play.now).map(({ id, status, reason }) => [id, [status, reason]]),
  );
const answer = (play: Play, result: ItemAnswer['result'], detail: string): Play =>
  play.answer({ kind: 'item', result, detail });
const verdicts = (play: Play): readonly string[] => [...play.state.verdicts].map(({ data }) => data.verdict.verdict);
const breach = (play: Play, ...more: EventDraft[]): string | null => {
  const at = play.events.length;
  // A play has its outcomes from a person.
  const told = play.events.map((event) =>
    event.type === 'attempt.ended' ? { ...event, actor: { via: 'engine', name: 'gonogo' } as const } : event,
  );
  const events = [
    ...told,
    ...more.map((draft, index) => ({ ...draft, seq: at + index + 1, at: play.now, sha256: 'x' })),
  ];
  return firstBreach(events, 'r', actions)?.reason ?? null;
};

describe('a closed item', () => {
  test('a finding of the machine is judged over, and the verdict is given anew with both on record', () => {
    const play = answer(answer(looked(), 'pass', 'Ada'), 'pass', 'twice');
    expect(verdicts(play)).toEqual(['no-go']);
    judge(play, 'tests', { result: 'pass', detail: 'test/a is a fixture', over: 'machine' });
    expect(verdicts(play)).toEqual(['no-go', 'go']);
    expect(results(play)['tests']).toEqual([
      'passed',
      'test/a is a fixture (judged by ada over the machine, which found fail: exit 1)',
    ]);
    expect([...play.state.deviations].map(({ word }) => word)).toContain('judged over the machine');
    expect(breach(play)).toBeNull();
    expect(reduceAll(play.events, 'r')).toEqual(play.state);
  });

  test('an answer is corrected until the verdict stands, and what waited for it is asked then', () => {
    const play = answer(looked(), 'fail', 'nobody');
    expect(results(play)['paged']).toEqual(['unknown', 'requires on_call, which did not pass']);
    judge(play, 'on_call', { result: 'pass', detail: 'Bob' });
    expect(results(play)['on_call']).toEqual(['passed', 'Bob (corrected by ada; before: fail: nobody)']);
    expect(play.decision.question).toMatchObject({ kind: 'item', step: 'paged', visit: 2 });
    answer(play, 'na', 'no pager');
    expect(results(play)['paged']).toEqual(['na', 'no pager']);
    expect(breach(play)).toBeNull();
  });

  test('of an answer with a day the ttl counts from that day, also where it is corrected', () => {
    const play = looked(checklist(10 * dayMs));
    play.now = 40 * dayMs;
    play.answer({ kind: 'item', result: 'pass', detail: 'Ada', at: '1970-02-05' });
    expect(results(play)['on_call']).toEqual(['passed', 'Ada (as of 1970-02-05)']);
    judge(play, 'on_call', { result: 'pass', detail: 'Ada', at: '1970-01-21' });
    expect(results(play)['on_call']).toEqual(['unknown', 'the answer is older than its ttl']);
    expect(breach(play)).toBeNull();
  });

  test.each<[string, string, Omit<ItemAnswer, 'kind'>, string]>([
    ['a machine without saying so', 'tests', { result: 'pass', detail: 'x' }, 'tests was looked at by the machine'],
    [
      'a person as a machine',
      'on_call',
      { result: 'pass', detail: 'x', over: 'machine' },
      'on_call is answered by a person',
    ],
    ['without words', 'on_call', { result: 'na', detail: ' ' }, 'on_call: say what it rests on'],
    ['on a day to come', 'on_call', { result: 'pass', detail: 'x', at: '2026-11-01' }, 'is still to come'],
    ['on no day', 'on_call', { result: 'pass', detail: 'x', at: '1970-02-30' }, 'is not a date'],
    ['before it was looked at', 'paged', { result: 'pass', detail: 'x' }, 'paged is open'],
    ['what is none', 'tell', { result: 'pass', detail: 'x' }, 'tell is no item'],
  ])('is not judged %s', (_name, id, said, message) => {
    const play = answer(looked(), 'pass', 'Ada');
    expect(() => judge(play, id, said)).toThrow(message);
    const { result, detail, over } = said;
    const data = { step: id, visit: 1, result, detail, ...(over === undefined ? {} : { over }) };
    if (said.at === undefined && id !== 'tell') {
      expect(breach(play, { type: 'item.judged', actor: operator, data })).toContain(message);
    }
  });

  test('is not judged by an engine, nor once the run has ended', () => {
    const play = answer(answer(looked(), 'pass', 'Ada'), 'pass', 'twice');
    const data = { step: 'tests', visit: 1, result: 'pass', detail: 'x', over: 'machine' } as const;
    expect(breach(play, { type: 'item.judged', actor: { via: 'engine', name: 'gonogo' }, data })).toBe(
      'only a person judges an item',
    );
    judge(play, 'tests', { result: 'pass', detail: 'x', over: 'machine' });
    expect(play.state.status).toBe('completed');
    expect(breach(play, { type: 'item.judged', actor: operator, data })).toContain('its verdict stands');
  });
});

test('what an answers file judges over the machine is asked for before the verdict', () => {
  const play = new Play(checklist(), { arrivals: ['tests'] });
  const data: DataOf<'item.answered'> = { step: 'tests', visit: 1, result: 'fail', detail: 'exit 1', evidence: [] };
  play.append({ type: 'item.answered', actor: { via: 'engine', name: 'gonogo' }, data });
  answer(answer(play.end('tests', false, { reason: 'exit 1' }), 'pass', 'Ada'), 'pass', 'twice');
  expect(verdicts(play)).toEqual([]);
  expect(play.decision.question).toMatchObject({ kind: 'item', step: 'tests', again: 'fail: exit 1', machine: true });
  expect(() => answer(play, 'pass', 'a fixture')).toThrow('over: machine');
  play.answer({ kind: 'item', result: 'pass', detail: 'a fixture', over: 'machine' });
  expect(play.state.status).toBe('completed');
  expect(verdicts(play)).toEqual(['go']);
  expect(breach(play)).toBeNull();
});

describe('an answer of an earlier run', () => {
  const earlier = { run: 'q', by: 'bob', at: dayMs, result: 'pass', detail: 'Ada' } as const;
  const asked = (now: number, ttlMs?: number): Play => {
    const play = new Play(checklist(ttlMs));
    play.now = now;
    play.earlier = new Map([['on_call', earlier]]);
    return play.append({ type: 'note.added', actor: operator, data: { text: 'x' } });
  };

  test('is offered with its age, and counts as of its own day', () => {
    const play = asked(3 * dayMs, 10 * dayMs);
    expect(play.decision.question).toMatchObject({ earlier: { ...earlier, days: 2, stale: false } });
    play.answer({ kind: 'earlier' });
    expect(results(play)['on_call']).toEqual(['passed', 'Ada (answered by bob on 1970-01-02 in run q)']);
    play.now = 12 * dayMs;
    expect(results(play)['on_call']).toEqual(['unknown', 'the answer is older than its ttl']);
    expect(breach(play)).toBeNull();
  });

  test('is refused when it is stale, and no history may rest on one', () => {
    const play = asked(12 * dayMs, 10 * dayMs);
    expect(play.decision.question).toMatchObject({ earlier: { days: 11, stale: true } });
    expect(() => play.answer({ kind: 'earlier' })).toThrow('older than its ttl');
    const data = {
      step: 'on_call',
      visit: 1,
      result: 'pass',
      detail: 'Ada',
      evidence: [],
      since: dayMs,
      of: { run: 'q', by: 'bob' },
    };
    expect(
      breach(play, {
        type: 'item.answered',
        actor: { via: 'engine', name: 'gonogo' },
        data: { ...data, result: 'pass' },
      }),
    ).toBe('no rule causes it in the state before it');
  });

  test('of a question without a ttl is not offered', () => {
    expect(asked(3 * dayMs).decision.question).not.toHaveProperty('earlier');
  });
});
