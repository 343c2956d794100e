/** Waits and durations of the pure core: what a clock that was set, a machine that slept and a run that nobody drove do to them. */
import { describe, expect, test } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import { attendedMs, passedMs } from '../../src/run/elapsed.ts';
import type { DataOf, EventDraft } from '../../src/run/event.ts';
import { firstBreach } from '../../src/run/obeys.ts';
import { spentMs } from '../../src/run/spent.ts';
import type { Step } from '../../src/runbook/document.ts';
import { operator, Play, runbook, step } from './play.ts';

const engine = { via: 'engine', name: 'gonogo' } as const;
const hour = 3_600_000;
const year = 365 * 24 * hour;
const resumed: EventDraft = {
  type: 'run.resumed',
  actor: operator,
  data: { operator: 'ada', hostname: 'here', bootId: 'boot', version: '0' },
};
const paused: EventDraft = { type: 'run.paused', actor: operator, data: { reason: 'asked', waiting: 'ada' } };

function jumped(data: DataOf<'clock.jumped'>): EventDraft {
  return { type: 'clock.jumped', actor: engine, data };
}

/** The clock of the run is set forward, and that is on record. */
function moved(play: Play, ms: number): Play {
  play.now += ms;
  return play.append(jumped({ cause: 'set', byMs: ms, movedMs: ms }));
}

const flaky: Step = { ...step('flaky', {}, 'check'), retry: { times: 3, everyMs: 30_000, passes: 1 } };

describe('a wait', () => {
  test('for the next try is as long as it was promised, however far the clock is set forward meanwhile', () => {
    const play = new Play(runbook([flaky])).end('flaky', false).wait(10_000);
    moved(play, year);
    expect(play.running()).toEqual([]);
    expect(play.decision.wakeAt).toBe(play.now + 20_000);
    expect(play.wait(19_999).running()).toEqual([]);
    expect(play.wait(1).running()).toEqual(['flaky']);
  });

  test('counts what the machine slept: that time has passed', () => {
    const play = new Play(runbook([flaky])).end('flaky', false).wait(10_000);
    play.now += 20_000;
    play.append(jumped({ cause: 'asleep', byMs: 20_000, movedMs: 0 }));
    expect(play.running()).toEqual(['flaky']);
  });

  test('for an approval to lapse is as long as it was promised', () => {
    const params = {
      ...{ from: [], count: 2, signed: false, independent: true },
      ...{ expires: hour, emergency: null },
    };
    const play = new Play(runbook([{ ...step('go', {}, 'approve'), params }]));
    play.answer({ kind: 'approve', by: 'bo' });
    moved(play, year);
    play.answer({ kind: 'approve', by: 'cy' });
    expect(play.status('go')).toBe('passed');
    expect(firstBreach(play.events, 'r', actions)).toBeNull();
  });
});

describe('a duration', () => {
  test('leaves out what was moved, slept, and not attended, each once', () => {
    const play = new Play(runbook([step('by_hand', {}, 'manual')])).wait(1000);
    const from = play.now;
    moved(play.wait(2000), hour).wait(3000);
    play.now += 5 * hour;
    play.append(jumped({ cause: 'asleep', byMs: 5 * hour, movedMs: 0 })).wait(4000);
    play.append(paused);
    play.now += 2 * hour;
    // Somebody looks in, and drives nothing.
    play.append({ type: 'note.added', actor: operator, data: { text: 'later' } });
    play.now += 2 * hour;
    play.append(resumed).wait(5000);
    expect(attendedMs(play.state, from, play.now)).toBe(14_000);
    expect(passedMs(play.state, from, play.now)).toBe(14_000 + 9 * hour);
    expect(attendedMs(play.state, play.now - 1000, play.now)).toBe(1000);
    // From the middle of the night on.
    expect(attendedMs(play.state, play.now - 5000 - hour, play.now)).toBe(5000);
  });

  test('of a process that died without a word ends with its last record', () => {
    const play = new Play(runbook([step('by_hand', {}, 'manual')])).wait(1000).append();
    const from = play.now;
    play.append({ type: 'note.added', actor: operator, data: { text: 'still here' } });
    play.now += hour;
    play.append(resumed).wait(2000);
    expect(attendedMs(play.state, from, play.now)).toBe(2000);
  });
});

describe('what a step took', () => {
  const took = (play: Play, id: string): number => {
    const visit = play.state.steps.get(id)?.visits.at(-1);
    if (visit === undefined) throw new Error(`${id} was not come to`);
    return spentMs(play.state, { step: id, visit }, play.now);
  };
  const left = (play: Play, ms: number): Play => {
    play.append(paused);
    play.now += ms;
    return play.append(resumed);
  };

  test('is, of a person, from the question to the answer without the time that nobody attended', () => {
    const play = left(new Play(runbook([step('by_hand', {}, 'manual')])).wait(2000), hour).wait(3000);
    expect(took(play, 'by_hand')).toBe(5000);
    play.answer({ kind: 'done' });
    play.now += hour;
    expect(took(play, 'by_hand')).toBe(5000);
  });

  test('is, of a command, as long as it ran, which it does without anybody', () => {
    const play = left(new Play(runbook([step('migrate')])).wait(2000), hour).wait(3000);
    expect(took(play, 'migrate')).toBe(hour + 5000);
    expect(took(play.end('migrate'), 'migrate')).toBe(hour + 5000);
  });

  test('is, of one that is tried again, its tries and the pauses that somebody waited for', () => {
    const play = new Play(runbook([flaky])).wait(1000).end('flaky', false).wait(2000);
    left(play, hour);
    expect(play.running()).toEqual(['flaky']);
    expect(took(play.wait(4000).end('flaky'), 'flaky')).toBe(7000);
  });
});

describe('what is told of a clock', () => {
  const breach = (data: DataOf<'clock.jumped'>, { by = 0, actor = engine as EventDraft['actor'] } = {}) => {
    const play = new Play(runbook([flaky]));
    play.now += by;
    play.append({ type: 'clock.jumped', actor, data });
    return firstBreach(play.events, 'r', actions)?.reason ?? null;
  };

  test('may move the times of records by what it was set, and by no more', () => {
    expect(breach({ cause: 'set', byMs: hour, movedMs: hour }, { by: hour })).toBeNull();
    expect(breach({ cause: 'set', byMs: -hour, movedMs: 0 })).toBeNull();
    expect(breach({ cause: 'set', byMs: hour, movedMs: hour })).toMatch(/by more than the clock was set/);
    expect(breach({ cause: 'set', byMs: -hour, movedMs: 1 }, { by: hour })).toMatch(/by more than the clock was set/);
    expect(breach({ cause: 'asleep', byMs: hour, movedMs: hour }, { by: hour })).toMatch(/by more than/);
    expect(breach({ cause: 'asleep', byMs: -hour, movedMs: 0 })).toMatch(/nothing became of the clock/);
    expect(breach({ cause: 'set', byMs: 0, movedMs: 0 })).toMatch(/nothing became of the clock/);
  });

  test('is told by no person', () => {
    expect(breach({ cause: 'set', byMs: -hour, movedMs: 0 }, { actor: operator })).toMatch(/no person tells it/);
  });
});
