/** The look back at an incident: times only from what somebody marked, decisions with what was known then, what is left to do. */
import { describe, expect, test } from 'vitest';
import { buildReport } from '../../src/report/build.ts';
import { renderMarkdown } from '../../src/report/markdown.ts';
import { type Writing, writesNote } from '../../src/run/incident.ts';
import { operator, Play, runbook, step } from '../run/play.ts';

const minute = 60_000;
const play = (): Play => new Play(runbook([step('look', { owes: 'Lift the freeze' }, 'manual')]), { renderer: 3 });

function says(one: Play, at: number, text: string, more: Omit<Writing, 'text'> = {}): number {
  one.now = at * minute;
  const response = writesNote(one.state, { text, ...more }, operator, one.now);
  if (!response.ok) throw new Error(response.message);
  one.append(...response.events);
  return one.state.head.seq;
}

const reviewOf = (one: Play) => buildReport(one.state, one.events, new Map()).review;
const times = (one: Play): readonly (number | null)[] =>
  (reviewOf(one)?.times ?? []).map(({ ms }) => (ms === null ? null : ms / minute));

describe('the review of an incident', () => {
  test('is not there for a run in which nobody said anything of one', () => {
    const one = play();
    says(one, 1, 'a plain note');
    expect(reviewOf(one)).toBeUndefined();
  });

  test('reckons times from marks alone, told later or not, and guesses none', () => {
    const one = play();
    says(one, 10, '!responded on it');
    expect(times(one)).toEqual([null, null, null, null]);
    says(one, 11, '!detected the pager rang', { happened: 7 * minute });
    expect(times(one)).toEqual([null, 3, null, null]);
    says(one, 12, '!began says the log', { happened: 2 * minute });
    says(one, 20, '!mitigated rolled back');
    says(one, 30, '!recovered all green');
    says(one, 40, '!recovered now really');
    expect(times(one)).toEqual([5, 3, 18, 38]);
  });

  test('leaves out what a later note puts right', () => {
    const one = play();
    const wrong = says(one, 5, '!began says Bo', { happened: 1 * minute });
    says(one, 6, '!detected the pager');
    expect(times(one)[0]).toBe(5);
    says(one, 7, '!began says the log', { happened: 4 * minute, corrects: wrong });
    expect(times(one)[0]).toBe(2);
  });

  test('tells each decision with what was known then, and not with what came later', () => {
    const one = play();
    says(one, 5, '!decision wait');
    says(one, 6, '!found db-2 is full');
    says(one, 7, '!impact one in five fails');
    says(one, 8, '!decision fail over');
    says(one, 9, '!found it was db-1');
    expect(reviewOf(one)?.decisions.map(({ text, known }) => [text, known])).toEqual([
      ['wait', []],
      ['fail over', ['found: db-2 is full', 'impact: one in five fails']],
    ]);
  });

  test('lists what is left to do with its owners, what the run owes too', () => {
    const one = play();
    says(one, 5, '!followup Ada: add an alert');
    says(one, 6, '!followup write it down');
    one.answer({ kind: 'done' });
    expect(reviewOf(one)?.followUps).toEqual([
      { text: 'add an alert', owner: 'Ada', of: null },
      { text: 'write it down', owner: null, of: null },
      { text: 'Lift the freeze', owner: null, of: 'look' },
    ]);
  });

  test('is a section that says what was not recorded', () => {
    const one = play();
    says(one, 5, '!severity sev1 all of checkout');
    says(one, 5, '!lead Ada');
    says(one, 6, '!detected the pager', { happened: 3 * minute });
    says(one, 9, '!mitigated rolled back');
    const text = renderMarkdown(buildReport(one.state, one.events, new Map()));
    expect(text).toContain('## Review of the incident');
    expect(text).toMatch(/Time to detect\W+not recorded/);
    expect(text).toMatch(/Time to mitigate\W+6m 00s \\?\(detected to mitigated/);
    expect(text).toMatch(/Contributing factors: \W*not recorded/);
    expect(text).toMatch(/lead\W+Ada/);
  });
});
