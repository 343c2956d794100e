/** What comes up again until the run ends, and the status text that is made of what was recorded. */
import { describe, expect, test } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import { type Audience, briefOf, briefText } from '../../src/report/brief.ts';
import { writesNote } from '../../src/run/incident.ts';
import { Judge } from '../../src/run/obeys.ts';
import { reduceAll } from '../../src/run/reduce.ts';
import { dueReminders, remindersOf } from '../../src/run/reminders.ts';
import { remindersShown } from '../../src/tui/present/clock.ts';
import { operator, Play, runbook, step } from './play.ts';

const minute = 60_000;

function says(play: Play, text: string): Play {
  const response = writesNote(play.state, { text }, operator, play.now);
  if (!response.ok) throw new Error(response.message);
  for (const event of response.events) {
    const placed = { ...event, seq: play.state.head.seq + 1, at: play.now, sha256: 'x' };
    expect(new Judge(actions).breach(play.state, placed)).toBeNull();
  }
  return play.append(...response.events);
}

const refusal = (play: Play, text: string): string => {
  const response = writesNote(play.state, { text }, operator, play.now);
  return response.ok ? 'taken' : response.message;
};

const play = (): Play =>
  new Play(
    runbook([step('post', { everyMs: 10 * minute, title: 'Post an update' }, 'manual'), step('look', {}, 'manual')], {
      title: 'Checkout fails',
      severity: 'sev2',
      remind: [{ id: 'status', everyMs: 30 * minute, text: 'Tell the customers' }],
    }),
  );

const due = (one: Play): readonly string[] => dueReminders(one.state, one.now).map(({ id, times }) => `${id} ${times}`);

describe('reminders', () => {
  test('come up when so much time has passed since they were done, as often as it did', () => {
    const one = play();
    expect(due(one)).toEqual([]);
    one.wait(30 * minute - 1);
    expect(due(one)).toEqual([]);
    one.wait(1);
    expect(due(one)).toEqual(['status 1']);
    one.wait(35 * minute);
    expect(due(one)).toEqual(['status 2']);
    expect(remindersShown(one.state, one.now)).toBe('1 reminder due');
    says(one, '!done status told by mail');
    expect(due(one)).toEqual([]);
    expect(remindersOf(one.state, one.now)[0]?.dueAt).toBe(one.now + 30 * minute);
    expect(reduceAll(one.events, 'r')).toEqual(one.state);
  });

  test('of a step begin with its first pass, and passing it again is doing it', () => {
    const one = play().wait(20 * minute);
    expect(remindersOf(one.state, one.now).map(({ id }) => id)).toEqual(['status']);
    one.answer({ kind: 'done' }).wait(10 * minute);
    expect(due(one)).toEqual(['status 1', 'post 1']);
  });

  test('are set by people too, and end with the run', () => {
    const one = says(play(), '!remind 5m look at the queue').wait(12 * minute);
    expect(due(one)).toEqual(['reminder_1 2']);
    says(one, '!done reminder_1');
    one
      .wait(60 * minute)
      .answer({ kind: 'done' })
      .answer({ kind: 'done' });
    expect(one.state.status).toBe('completed');
    expect(remindersOf(one.state, one.now)).toEqual([]);
  });

  test.each([
    ['!done statos', 'nothing reminds of statos; there is status'],
    ['!remind soon look', '!remind needs how often, and of what'],
    ['!remind 5m', '!remind needs how often, and of what'],
    ['!remind 0s look', '!remind needs how often, and of what'],
  ])('%s is refused', (text, message) => {
    expect(refusal(play(), text)).toContain(message);
  });

  test('a clock that was set forward brings nothing nearer', () => {
    const one = play();
    one.now += 45 * minute;
    const jump = { cause: 'set', byMs: 45 * minute, movedMs: 45 * minute } as const;
    one.append({ type: 'clock.jumped', actor: { via: 'engine', name: 'gonogo' }, data: jump });
    expect(due(one)).toEqual([]);
    expect(due(one.wait(30 * minute))).toEqual(['status 1']);
  });
});

describe('a status text', () => {
  const text = (one: Play, audience: Audience): string => briefText(briefOf(one.state, one.now), audience);

  test('has what was recorded, and leaves what nobody said to fill in', () => {
    const one = play();
    expect(text(one, 'internal')).toContain(
      '[SEV2] Checkout fails\nSince: 1970-01-01 00:00 UTC\nImpact: NOT SAID YET\n',
    );
    one.wait(10 * minute);
    says(says(says(one, '!impact one in five fails'), '!decision roll back'), '!lead Ada');
    const said = text(one, 'internal');
    expect(said).toContain('Impact: one in five fails\nDecided: roll back\n');
    expect(said).toContain('Lead: Ada\nNext update: 1970-01-01 00:30 UTC\n');
  });

  test('tells customers no name, no step and nothing of what is within', () => {
    const one = says(says(says(play(), '!impact one in five fails'), '!lead Ada'), '!found db-2 is full');
    const said = text(one, 'customers');
    expect(said).toContain('Since 1970-01-01 00:00 UTC: one in five fails.\nWe know of it');
    expect(said).not.toMatch(/Ada|db-2|post|sev/i);
  });
});
