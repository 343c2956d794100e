/** Until when it has to be decided whether to roll back: windows by the wall's clock, budgets by what passed; asked once, at the moment. */
import { describe, expect, test } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import { windowEnd, zoneOffsetMs } from '../../src/app/zone-time.ts';
import { decisionClocks, dueNow, untilDue, urgency } from '../../src/run/decision-clock.ts';
import { draft } from '../../src/run/draft.ts';
import type { RunEvent } from '../../src/run/event.ts';
import { Judge } from '../../src/run/obeys.ts';
import { unattendedAnswer } from '../../src/run/question.ts';
import { reduceAll } from '../../src/run/reduce.ts';
import type { Durations } from '../../src/run/typical.ts';
import type { Step } from '../../src/runbook/document.ts';
import { clockShown } from '../../src/tui/present/clock.ts';
import { body, operator, Play, runbook, step } from './play.ts';

const minute = 60_000;
const none: Durations = new Map();

/** Its undo may take `minutes`. */
function change(id: string, minutes: number | null): Step {
  const more = minutes === null ? {} : { timeoutMs: minutes * minute };
  return step(id, { undo: { kind: 'bodies', bodies: [body('run', { script: 'back' }, more)] } });
}

function budgeted(steps: readonly Step[], atEnd?: 'rollback' | 'pause'): Play {
  const more = atEnd === undefined ? {} : { atEnd };
  return new Play(
    runbook([], { phases: [{ id: 'verify', title: 'Verify', steps: [...steps], budgetMs: 20 * minute, ...more }] }),
  );
}

const both = (play: Play) => ({ wall: play.now, records: play.now });

/** What the engine would append now; nothing where no moment has come. */
function tick(play: Play): Play {
  const due = dueNow(play.state, none, both(play));
  return due === null ? play : play.append(draft('decision.due', due));
}

const breachOf = (play: Play, event: RunEvent): string | null =>
  new Judge(actions).breach(play.state, event)?.reason ?? null;
const as = (play: Play, data: object): RunEvent => ({
  ...draft('decision.due', { of: 'verify', endsAt: 0, decideBy: 0, rollbackMs: 0, basis: 'timeouts', ...data }),
  seq: play.state.head.seq + 1,
  at: play.now,
  sha256: 'x',
});

describe('what a rollback needs', () => {
  test('is the p90 of earlier runs where each of its steps has one, else the sum of the timeouts, and says which', () => {
    const play = budgeted([change('a', 3), change('b', 5), step('look', {}, 'check')])
      .end('a')
      .end('b');
    expect(decisionClocks(play.state, none)).toMatchObject([
      { of: 'verify', rollbackMs: 8 * minute, basis: 'timeouts', uncounted: 0 },
    ]);
    const half = new Map([['undo_a', [1000]]]);
    expect(decisionClocks(play.state, half)).toMatchObject([{ basis: 'timeouts' }]);
    const known = new Map([
      ['undo_a', [1000, 2000, 60_000]],
      ['undo_b', [4000]],
    ]);
    expect(decisionClocks(play.state, known)).toMatchObject([{ rollbackMs: 64_000, basis: 'earlier' }]);
  });

  test('counts nothing for a step without either, and says how many there are', () => {
    const play = budgeted([change('a', null), change('b', 5), step('look', {}, 'check')])
      .end('a')
      .end('b');
    expect(decisionClocks(play.state, none)).toMatchObject([{ rollbackMs: 5 * minute, uncounted: 1 }]);
  });

  test('grows with what was done, so the moment comes nearer', () => {
    const play = budgeted([change('a', 3), change('b', 5), step('look')]);
    const before = decisionClocks(play.state, none)[0]?.decideBy ?? 0;
    play.end('a');
    expect(before - (decisionClocks(play.state, none)[0]?.decideBy ?? 0)).toBe(5 * minute);
  });
});

describe('at the moment', () => {
  test('it is asked once; nothing changing begins until it is answered, and what runs goes on', () => {
    const play = budgeted([change('a', 3), change('b', 5), step('look')]).end('a');
    expect(untilDue(play.state, none, both(play))).toBe(12 * minute);
    tick(play.wait(12 * minute - 1));
    expect(play.decision.question).toBeNull();
    tick(play.wait(1));
    expect(play.decision.question).toMatchObject({
      kind: 'window',
      of: 'verify',
      basis: 'timeouts',
      rollbackMs: 8 * minute,
    });
    expect(play.running()).toEqual(['b']);
    play.end('b');
    expect(play.started()).toEqual(['a', 'b']);
    play.answer({ kind: 'go-on', reason: 'it is nearly there' });
    expect(play.started()).toEqual(['a', 'b', 'look']);
    expect(dueNow(play.state, none, both(play.wait(60 * minute)))).toBeNull();
    expect(decisionClocks(play.state, none)).toMatchObject([{ decided: true }]);
    expect(reduceAll(play.events, 'r')).toEqual(play.state);
  });

  test('rolling back is planned as ever, and nothing is asked any more', () => {
    const play = budgeted([change('a', 3), step('look')]).end('a');
    tick(play.wait(17 * minute)).answer({ kind: 'rollback', reason: 'no' });
    expect(play.state.rollbackRequested).not.toBeNull();
    play.end('look');
    expect(play.running()).toEqual(['undo_a']);
    expect(decisionClocks(play.state, none)).toEqual([]);
  });

  test('with nobody there it is what the document says', () => {
    for (const atEnd of ['rollback', 'pause', undefined] as const) {
      const play = tick(
        budgeted([change('a', 3), step('look')], atEnd)
          .end('a')
          .wait(17 * minute),
      );
      const { question } = play.decision;
      const answer = question === null ? null : unattendedAnswer(question);
      expect(answer?.kind ?? 'waits').toBe(atEnd === 'rollback' ? 'rollback' : 'waits');
    }
  });

  test('it breaks the rules before its moment, twice, with other timeouts, or told by a person', () => {
    const play = budgeted([change('a', 3), step('look')])
      .end('a')
      .wait(17 * minute);
    const due = dueNow(play.state, none, both(play));
    if (due === null) throw new Error('its moment has not come');
    expect(breachOf(play, as(play, due))).toBeNull();
    expect(breachOf(play, { ...as(play, due), at: play.now - 1 })).toContain('has not come');
    expect(breachOf(play, as(play, { ...due, rollbackMs: 0, decideBy: due.endsAt }))).toContain('has not come');
    expect(breachOf(play, as(play, { ...due, rollbackMs: 4 * minute, decideBy: due.endsAt - 4 * minute }))).toContain(
      'timeouts',
    );
    expect(breachOf(play, as(play, { ...due, of: 'window' }))).toContain('nothing ends');
    expect(breachOf(play, { ...as(play, due), actor: operator })).toContain('no person');
    expect(breachOf(tick(play), as(play, due))).toContain('asked before');
  });

  test('a budget is reckoned by what passed: a clock that was set forward brings it no nearer', () => {
    const play = budgeted([change('a', 3), step('look')]).end('a');
    play.now += 60 * minute;
    play.append({
      type: 'clock.jumped',
      actor: { via: 'engine', name: 'gonogo' },
      data: { cause: 'set', byMs: 60 * minute, movedMs: 60 * minute },
    });
    expect(untilDue(play.state, none, both(play))).toBe(17 * minute);
    expect(dueNow(play.state, none, both(play.wait(17 * minute)))).not.toBeNull();
  });

  test('a window ends by the clock on the wall, whatever the times of records are', () => {
    const play = new Play(runbook([change('a', 3), step('look')], { window: { ends: '03:45', zone: 'UTC' } })).end('a');
    play.state = { ...play.state, windowEnds: { endsAt: 100 * minute, offsetMs: 0 } };
    expect(dueNow(play.state, none, { wall: 97 * minute - 1, records: 500 * minute })).toBeNull();
    expect(dueNow(play.state, none, { wall: 97 * minute, records: 0 })).toMatchObject({
      of: 'window',
      decideBy: 97 * minute,
    });
  });

  test('is amber in the last ten minutes or the last fifth, red from then on', () => {
    const play = budgeted([change('a', 3), step('look')]).end('a');
    const [clock] = decisionClocks(play.state, none);
    if (clock === undefined) throw new Error('there is no clock');
    const at = (ms: number) => urgency(clock, play.state.startedAt, clock.decideBy + ms);
    expect([at(-4 * minute), at(-3 * minute), at(-1), at(0)]).toEqual(['quiet', 'amber', 'amber', 'red']);
    expect(clockShown(play.state, none, play.now, 0)?.text).toBe('decide by 00:17 (17m)');
    expect(clockShown(play.state, none, clock.decideBy, 0)?.text).toBe('DECIDE NOW, ends 00:20');
  });
});

describe('a window in a time zone', () => {
  const end = (ends: string, zone: string, from: string): string => {
    const found = windowEnd({ window: { ends, zone } }, Date.parse(from));
    return found === null || typeof found === 'string' ? String(found) : new Date(found.endsAt).toISOString();
  };

  test.each([
    ['the same night', '03:45', 'Europe/Berlin', '2026-11-21T01:00:00Z', '2026-11-21T02:45:00.000Z'],
    ['after midnight', '00:30', 'Europe/Berlin', '2026-11-21T22:00:00Z', '2026-11-21T23:30:00.000Z'],
    ['over already: the next day', '03:45', 'Europe/Berlin', '2026-11-21T02:45:00Z', '2026-11-22T02:45:00.000Z'],
    ['summer time', '03:45', 'Europe/Berlin', '2026-07-01T00:00:00Z', '2026-07-01T01:45:00.000Z'],
    ['begun before the clocks go back', '03:45', 'Europe/Berlin', '2026-10-24T22:00:00Z', '2026-10-25T02:45:00.000Z'],
    ['twice that night: the first', '02:30', 'Europe/Berlin', '2026-10-24T22:00:00Z', '2026-10-25T00:30:00.000Z'],
    [
      'twice that night, between them: the second',
      '02:30',
      'Europe/Berlin',
      '2026-10-25T00:45:00Z',
      '2026-10-25T01:30:00.000Z',
    ],
    [
      'begun before the clocks go forward',
      '03:45',
      'Europe/Berlin',
      '2026-03-28T23:00:00Z',
      '2026-03-29T01:45:00.000Z',
    ],
    [
      'skipped that night: when they skip',
      '02:30',
      'Europe/Berlin',
      '2026-03-28T23:00:00Z',
      '2026-03-29T01:00:00.000Z',
    ],
    ['across the date line', '03:45', 'Pacific/Auckland', '2026-11-21T10:00:00Z', '2026-11-21T14:45:00.000Z'],
    ['half an hour off', '03:45', 'Asia/Kolkata', '2026-11-21T20:00:00Z', '2026-11-21T22:15:00.000Z'],
    ['west', '23:00', 'America/New_York', '2026-11-21T12:00:00Z', '2026-11-22T04:00:00.000Z'],
  ])('%s', (_, ends, zone, from, wanted) => {
    expect(end(ends, zone, from)).toBe(wanted);
  });

  test('a zone that there is not is told', () => {
    expect(end('03:45', 'Europe/Berln', '2026-11-21T01:00:00Z')).toContain('there is no time zone Europe/Berln');
    expect(zoneOffsetMs('America/New_York', Date.parse('2026-11-21T12:00:00Z'))).toBe(-5 * 60 * minute);
  });
});
