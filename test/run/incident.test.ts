/** The time line of an incident: what notes are, how bad it is, who has which part; never edited, told later, put right. */
import { describe, expect, test } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import { toldTime } from '../../src/app/told-time.ts';
import { timelineEntries } from '../../src/report/story.ts';
import { eventDraftSchema, type RunEvent } from '../../src/run/event.ts';
import { partsOf, severityOf, type Writing, writesNote } from '../../src/run/incident.ts';
import { readNote } from '../../src/run/note-text.ts';
import { noteSaid } from '../../src/run/noted.ts';
import { firstBreach } from '../../src/run/obeys.ts';
import { reduceAll } from '../../src/run/reduce.ts';
import { operator, Play, runbook, step } from './play.ts';

function played(more: Parameters<typeof runbook>[1] = {}): Play {
  return new Play(runbook([step('look', {}, 'manual')], more));
}

function says(play: Play, text: string, more: Omit<Writing, 'text'> = {}): Play {
  const response = writesNote(play.state, { text, ...more }, operator, play.now);
  if (!response.ok) throw new Error(response.message);
  for (const event of response.events) expect(eventDraftSchema.safeParse(event).success).toBe(true);
  return play.append(...response.events);
}

function refusal(play: Play, text: string, more: Omit<Writing, 'text'> = {}): string {
  const response = writesNote(play.state, { text, ...more }, operator, play.now);
  return response.ok ? 'taken' : response.message;
}

/** The last event with other data, as if it had been recorded so. */
function forged(play: Play, change: object): readonly RunEvent[] {
  const last = play.events.at(-1);
  if (last === undefined) throw new Error('nothing happened');
  return [...play.events.slice(0, -1), { ...last, data: { ...last.data, ...change } } as RunEvent];
}

describe('what a note is', () => {
  test.each([
    ['db-2 is slow', { kind: 'note', note: null, owner: null, text: 'db-2 is slow' }],
    ['!decision roll back', { kind: 'note', note: 'decision', owner: null, text: 'roll back' }],
    [
      ' !impact: one in five\ncheckouts fails',
      { kind: 'note', note: 'impact', owner: null, text: 'one in five\ncheckouts fails' },
    ],
    [
      '!followup Ada Lovelace: add an alert',
      { kind: 'note', note: 'followup', owner: 'Ada Lovelace', text: 'add an alert' },
    ],
    ['!followup add an alert', { kind: 'note', note: 'followup', owner: null, text: 'add an alert' }],
    ['!severity sev1: all of checkout', { kind: 'severity', to: 'sev1', reason: 'all of checkout' }],
    ['!lead Ada', { kind: 'part', part: 'lead', to: 'Ada' }],
    ['!!', { kind: 'note', note: null, owner: null, text: '!!' }],
    ['!= is not ==', { kind: 'note', note: null, owner: null, text: '!= is not ==' }],
  ])('%s', (text, said) => {
    expect(readNote(text)).toEqual(said);
  });

  test.each([
    ['!decison roll back', '!decison is no kind of note; did you mean !decision?'],
    ['!decision', '!decision needs words after it'],
    ['!lead', '!lead needs a name after it'],
    ['!severity sev1', '!severity needs a reason: !severity sev1 REASON'],
    ['!severity bad it is', '"bad" is no severity; they are sev1, sev2, sev3, sev4, sev5, sev1 the worst'],
    ['!lead ...', 'the name "..." has no letter or digit'],
  ])('%s is refused', (text, message) => {
    expect(refusal(played(), text)).toContain(message);
  });
});

describe('how bad it is and who has which part', () => {
  test('begins as the document says and is changed with a reason, each change on record', () => {
    const play = played({ severity: 'sev3' });
    expect(severityOf(play.state)).toBe('sev3');
    says(says(play, '!severity sev1 all of checkout'), '!severity sev2 half is back');
    expect(severityOf(play.state)).toBe('sev2');
    expect(play.state.incident.severities.map(({ data }) => [data.from, data.to])).toEqual([
      ['sev3', 'sev1'],
      ['sev1', 'sev2'],
    ]);
    expect(refusal(play, '!severity sev2 again')).toBe('it is sev2 already');
    expect(firstBreach(play.events, 'r', actions)).toBeNull();
  });

  test('a part is handed on by name', () => {
    const play = says(says(says(played(), '!lead Ada'), '!scribe Bo'), '!lead Cy');
    expect([...partsOf(play.state)]).toEqual([
      ['lead', 'Cy'],
      ['scribe', 'Bo'],
    ]);
    expect(play.state.incident.assignments.at(-1)?.data).toEqual({ part: 'lead', from: 'Ada', to: 'Cy' });
    expect(firstBreach(play.events, 'r', actions)).toBeNull();
  });

  test('a record that tells of another severity or holder before it breaks the rules, as does one of the engine', () => {
    const play = says(played({ severity: 'sev3' }), '!severity sev1 all of checkout');
    expect(firstBreach(forged(play, { from: 'sev4' }), 'r', actions)?.reason).toContain('another one before');
    expect(firstBreach(forged(play, { to: 'sev3' }), 'r', actions)?.reason).toContain('already');
    expect(firstBreach(forged(play, { reason: ' ' }), 'r', actions)?.reason).toContain('needs a reason');
    const last = play.events.at(-1);
    if (last === undefined) throw new Error('nothing happened');
    const engine = { ...last, actor: { via: 'engine', name: 'gonogo' } } as const;
    expect(firstBreach([...play.events.slice(0, -1), engine], 'r', actions)?.reason).toContain('only a person');
  });
});

describe('told later and put right', () => {
  test('stands in the time line where it happened, and says when it was told', () => {
    const play = played();
    play.now = 600_000;
    says(says(play, '!found the disk is full'), '!detected the pager rang', { happened: 5000 });
    const told = timelineEntries(play.events, 3, () => ({})).filter(({ text }) => /found|detected/.test(text));
    expect(told.map(({ at, text }) => [at, text])).toEqual([
      [5000, 'detected: the pager rang (told later, 1970-01-01 00:10:00 UTC)'],
      [600_000, 'found: the disk is full'],
    ]);
    expect(firstBreach(play.events, 'r', actions)).toBeNull();
    expect(firstBreach(forged(play, { happened: 600_001 }), 'r', actions)?.reason).toContain('happened before now');
    expect(refusal(play, 'it will be', { happened: 600_001 })).toContain('happened before now');
    expect(refusal(play, '!lead Ada', { happened: 1 })).toContain('only a note');
  });

  test('a later note corrects a record that is there, and the record stays', () => {
    const play = says(played(), '!decision fail over');
    const { seq } = play.state.head;
    says(play, '!decision roll back, not fail over', { corrects: seq });
    expect(play.state.notes.map(noteSaid)).toEqual([
      'decision: fail over',
      `decision: roll back, not fail over (corrects record ${seq})`,
    ]);
    expect(refusal(play, 'what?', { corrects: seq + 9 })).toContain(`there is no record ${seq + 9}`);
    expect(firstBreach(forged(play, { corrects: seq + 9 }), 'r', actions)?.reason).toContain('there is no record');
    expect(reduceAll(play.events, 'r')).toEqual(play.state);
  });

  test('a time of day is the newest that has been, by the clock on the wall', () => {
    const now = Date.parse('2026-11-21T03:40:00Z');
    const wall = (hours: number, minutes: number, day = 21): number =>
      new Date(2026, 10, day, hours, minutes).getTime();
    const here = new Date(now);
    const before = new Date(now - 60_000);
    const typed = `${before.getHours()}:${String(before.getMinutes()).padStart(2, '0')}`;
    expect(toldTime(typed, now)).toBe(now - 60_000);
    const later = new Date(now + 60_000);
    const next = `${later.getHours()}:${String(later.getMinutes()).padStart(2, '0')}`;
    expect(toldTime(next, now)).toBe(wall(later.getHours(), later.getMinutes(), here.getDate() - 1));
    expect(toldTime('2026-11-21T03:12:00Z', now)).toBe(now - 28 * 60_000);
    expect(toldTime('2026-11-21T04:12:00Z', now)).toContain('has not been yet');
    expect(toldTime('25:00', now)).toContain('no time of a day');
    expect(toldTime('soon', now)).toContain('write 03:12');
  });
});
