/** Gates: people and not keys, consent of others than who drives, what lapses, what is owed after an emergency. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import { visible } from '../../src/diagnostics/sanitise.ts';
import { gateStanding, openEmergencies, takingVisit } from '../../src/run/approvals.ts';
import type { EventDraft } from '../../src/run/event.ts';
import { approvalObjection } from '../../src/run/messages.ts';
import { firstBreach } from '../../src/run/obeys.ts';
import type { Step } from '../../src/runbook/document.ts';
import { Play, runbook, step } from './play.ts';

/** Ways to write `name` that are the same name to whoever reads it. */
function spellings(name: string): readonly string[] {
  const within = (inserted: string): string => [...name].join(inserted);
  const each = (change: (character: string) => string): string => Array.from(name, change).join('');
  const hidden = [
    '\u200b',
    '\ufe0f',
    '\u3164',
    '\u115f',
    '\u2060',
    '\u00ad',
    '\u034f',
    '\u0301',
    '\u20dd',
    '\u{e0041}',
    '\u202e',
  ];
  const wide = (character: string): string =>
    /[!-~]/.test(character) ? String.fromCodePoint((character.codePointAt(0) ?? 0) + 0xfee0) : character;
  const looks: Readonly<Record<string, string>> = { e: 'е', o: 'ο', O: 'О', p: 'р', n: 'ո' };
  return [
    ...hidden.flatMap((character) => [`${name}${character}`, `${character}${name}`, within(character)]),
    ...['.', ' ', '_', '-', "'", '\u00a0', '\u2800'].flatMap((mark) => [
      `${name}${mark}`,
      within(mark),
      `${mark}${name}`,
    ]),
    name.toUpperCase(),
    name.toLowerCase(),
    name.normalize('NFD'),
    name.normalize('NFD').replaceAll(/\p{M}/gu, ''),
    each(wide),
    each((character) => looks[character] ?? character),
    `${name}@example.com`,
    `Somebody <${name}@example.com>`,
    ...hidden.map((character) => visible(within(character))),
  ];
}

interface Gate {
  readonly from?: readonly string[];
  readonly count?: number;
  readonly signed?: boolean;
  readonly independent?: boolean;
  readonly expires?: number | null;
  readonly emergency?: { readonly within: number; readonly from: readonly string[] } | null;
}

function gate(more: Gate, approvers: Record<string, string[]> = {}): Step {
  const { from = [], count = 1, signed = false, independent = true, expires = null, emergency = null } = more;
  const params = {
    from: [...from],
    count,
    signed,
    independent,
    expires,
    emergency: emergency === null ? null : { within: emergency.within, from: [...emergency.from] },
  };
  return { ...step('go', {}, 'approve'), params, approvers };
}

const played = (more: Gate, approvers?: Record<string, string[]>) =>
  new Play(runbook([gate(more, approvers), step('ship')]));

const approve = (by: string) => ({ kind: 'approve', by }) as const;
const resumed = (operator: string): EventDraft => ({
  type: 'run.resumed',
  actor: { via: 'terminal', name: operator },
  data: { operator, hostname: 'here', bootId: 'boot', version: '0' },
});
const handed = (from: string, to: string): readonly EventDraft[] => [
  { type: 'handover.offered', actor: { via: 'terminal', name: from }, data: { from, to } },
  { type: 'handover.taken', actor: { via: 'terminal', name: to }, data: { from, to, read: [] } },
];

function standing(play: Play) {
  const visit = play.state.steps.get('go')?.visits.at(-1);
  if (visit === undefined) throw new Error('the gate was not come to');
  return gateStanding(play.state, 'go', visit, play.now);
}

/** What the rules say of all that was played. */
const breach = (play: Play) => firstBreach(play.events, 'r', actions);

/** A consent from another terminal, as whoever journals it would record it. Returns why it is not taken, else null. */
function send(play: Play, by: string, key: string | null, names: readonly string[] = []): string | null {
  const visit = takingVisit(play.state, 'go');
  const request = { seq: visit?.approvalRequest?.seq ?? 0, sha256: visit?.approvalRequest?.sum ?? '' };
  const signature = key === null ? null : { key, principal: by, armored: '', signed: '', names: [...names] };
  const data = { step: 'go', visit: visit?.visit ?? 1, by, request, signature };
  const reason = approvalObjection(play.state, data, play.now);
  if (reason === null) {
    const inbox = `m${play.events.length}`;
    play.append({ type: 'approval.given', actor: { via: 'command', name: by }, data: { ...data, inbox } });
  }
  return reason;
}

describe('who consents', () => {
  test('only who is named: a person, or a member of a role that the document names', () => {
    const play = played({ from: ['alice', 'release-manager'], count: 2 }, { 'release-manager': ['bob', 'cy'] });
    expect(() => play.answer(approve('mallory'))).toThrow(/mallory is none of those who may approve/);
    expect(() => play.answer(approve('release-manager'))).toThrow(/none of those/);
    play.answer(approve('bob'));
    expect(() => play.answer(approve('bob'))).toThrow(/bob has already approved/);
    play.answer(approve('alice'));
    expect(play.status('go')).toBe('passed');
    expect(standing(play)).toMatchObject({ verdict: 'approved', counted: ['bob', 'alice'] });
    expect(breach(play)).toBeNull();
  });

  test('anybody as a role without members, which says that nobody checked', () => {
    const play = played({ from: ['release-manager'] }, { 'release-manager': [] }).answer(approve('zoe'));
    expect(standing(play).given[0]).toMatchObject({ standing: 'counts', claimed: 'release-manager' });
  });

  test('never the operator, however the name is written, unless the document permits it', () => {
    for (const name of [
      'ada',
      ' Ada ',
      'ADA',
      'ada@example.com',
      'a\u200bda',
      'Ada <ada@example.com>',
      'a.d.a',
      'аda',
    ]) {
      expect(() => played({}).answer(approve(name)), name).toThrow(/started the run/);
    }
    const permitted = played({ independent: false }).answer(approve('ada'));
    expect(standing(permitted).verdict).toBe('approved');
  });

  test('never one who is counted under two spellings of a name, and nobody whose name cannot be read', () => {
    for (const name of spellings('Renée Op')) {
      const play = played({ count: 2 }).answer(approve('Renée Op'));
      expect(() => play.answer(approve(name)), JSON.stringify(name)).toThrow(
        /already approved, and a person counts once/,
      );
      expect(send(play, name, null), JSON.stringify(name)).toMatch(/already approved/);
    }
    for (const name of ['\u3164', '...', '\u2800', '<U+200B>', '@'])
      expect(() => played({}).answer(approve(name)), JSON.stringify(name)).toThrow(/no letter or digit|needs the name/);
  });

  test('not who resumes or is handed the run before the gate passes: the approval stops counting', () => {
    const play = played({ count: 2 }).answer(approve('bob')).append(resumed('bob'));
    expect(standing(play)).toMatchObject({ verdict: 'not-independent', counted: [] });
    expect(() => play.answer(approve('bob'))).toThrow(/resumed the run/);
    play.answer(approve('cy')).append(...handed('bob', 'dee'));
    expect(() => play.answer(approve('dee'))).toThrow(/was handed the run/);
    play.answer(approve('eve'));
    expect(standing(play)).toMatchObject({ verdict: 'approved', counted: ['cy', 'eve'] });
    // Who takes the run over later does not undo it.
    play.append(resumed('eve'));
    expect(standing(play).verdict).toBe('approved');
    expect(breach(play)).toBeNull();
  });

  test('one key is one person, and all of its names are that person', () => {
    const play = played({ count: 2, signed: true });
    expect(send(play, 'bob', 'k1', ['bobby'])).toBeNull();
    expect(send(play, 'zoe', 'k1')).toMatch(/zoe has already approved/);
    expect(send(play, 'bobby', 'k2')).toMatch(/already approved/);
    expect(send(play, 'cy', 'k3', ['ada'])).toMatch(/cy started the run/);
    expect(send(play, 'cy', null)).toMatch(/not signed/);
    expect(send(play, 'cy', 'k4')).toBeNull();
    expect(play.status('go')).toBe('passed');
    expect(send(play, 'dee', 'k5')).toMatch(/none is asked for/);
  });

  test('for so long as it holds', () => {
    const play = played({ count: 2, expires: 4000 }).answer(approve('bob')).wait(4000);
    expect(standing(play).verdict).toBe('expired');
    play.answer(approve('cy'));
    expect(play.status('go')).toBe('running');
    play.answer(approve('bob'));
    expect(play.status('go')).toBe('passed');
  });
});

describe('an emergency', () => {
  const within = { within: 1000, from: ['lead'] };
  const call = (by: string) => ({ kind: 'emergency', by, reason: 'the site is down' }) as const;

  test('is called only where the document permits it, by whom it names, for a reason', () => {
    expect(() => played({}).answer(call('lead'))).toThrow(/allows no emergency/);
    expect(() => played({ emergency: within }).answer(call('bob'))).toThrow(/none of those who may call an emergency/);
    expect(() => played({ emergency: within }).answer({ ...call('lead'), reason: ' ' })).toThrow(/needs a reason/);
  });

  test('owes its approval after the time that really passed, however the clock is set', () => {
    const play = played({ from: ['bob', 'lead'], emergency: within }).answer(call('lead'));
    play.now += 5000;
    const actor = { via: 'engine', name: 'gonogo' } as const;
    play.append({ type: 'clock.jumped', actor, data: { cause: 'set', byMs: 4500, movedMs: 4500 } });
    expect(openEmergencies(play.state)).toMatchObject([{ dueAt: 2000 + 4500 }]);
    play.now += 60_000;
    play.append({ type: 'clock.jumped', actor, data: { cause: 'set', byMs: 50_000, movedMs: 50_000 } });
    // It was due before that.
    expect(openEmergencies(play.state)).toMatchObject([{ dueAt: 2000 + 4500 }]);
  });

  test('lets the run go on, and only an approval of others settles what is owed then', () => {
    const play = played({ from: ['bob', 'lead', 'ada'], emergency: within }).answer(call('lead'));
    expect(standing(play).verdict).toBe('emergency');
    expect(play.running()).toEqual(['ship']);
    expect(breach(play)).toBeNull();
    play.end('ship');
    expect(play.decision.question).toMatchObject({ kind: 'approve', step: 'go', owed: 'lead (claimed, not signed)' });
    expect(() => play.answer(approve('lead'))).toThrow(/called the emergency/);
    expect(() => play.answer(approve('ada'))).toThrow(/started the run/);
    expect(() => play.answer({ kind: 'refuse', by: 'bob', reason: 'no' })).toThrow(/stays owed/);
    expect(openEmergencies(play.state)).toMatchObject([{ by: 'lead', dueAt: 2000, settled: null }]);
    play.answer(approve('bob'));
    expect(openEmergencies(play.state)).toEqual([]);
    expect(standing(play).verdict).toBe('approved');
    expect(play.state.status).toBe('completed');
  });
});

const people = ['ada', 'bob', 'cy', 'Bob', 'cy@x.org', 'dee', 'b ob', 'c\ufe0fy', 'd.e.e', 'bоb', 'adа'];
const move = fc.oneof(
  fc.record({
    kind: fc.constant('send' as const),
    by: fc.constantFrom(...people),
    key: fc.option(fc.constantFrom('k1', 'k2', 'k3')),
    also: fc.option(fc.constantFrom(...people)),
  }),
  fc.record({ kind: fc.constantFrom('resume' as const, 'hand' as const), by: fc.constantFrom(...people) }),
);

test('whatever people, keys, roles and hand-overs do, a gate that opened had as many other people as it asks for', async () => {
  const written = new Map([
    ['Bob', 'bob'],
    ['b ob', 'bob'],
    ['bоb', 'bob'],
    ['cy@x.org', 'cy'],
    ['c\ufe0fy', 'cy'],
    ['d.e.e', 'dee'],
    ['adа', 'ada'],
  ]);
  const person = (name: string) => written.get(name) ?? name;
  const opens = fc.record({
    from: fc.subarray(['ada', 'bob', 'ops', 'all']),
    count: fc.constantFrom(1, 2, 3),
    signed: fc.boolean(),
    moves: fc.array(move, { maxLength: 12 }),
  });
  const holds = fc.property(opens, ({ from, count, signed, moves }) => {
    const play = played({ from, count, signed }, { ops: ['cy', 'dee'], all: [] });
    const drivers = new Set(['ada']);
    for (const one of moves) {
      if (play.status('go') === 'passed') break;
      if (one.kind !== 'send') drivers.add(person(one.by));
      if (one.kind === 'send') send(play, one.by, one.key, one.also === null ? [] : [one.also]);
      else play.append(...(one.kind === 'resume' ? [resumed(one.by)] : handed(play.state.operator, one.by)));
    }
    expect(breach(play)).toBeNull();
    if (play.status('go') !== 'passed') return;
    const given = play.state.approvals
      .map(({ data }) => data)
      .filter(({ by, signature }) => ![by, ...(signature?.names ?? [])].some((name) => drivers.has(person(name))));
    expect(new Set(given.map(({ by }) => person(by))).size).toBeGreaterThanOrEqual(count);
    expect(new Set(given.map(({ by, signature }) => signature?.key ?? person(by))).size).toBeGreaterThanOrEqual(count);
    expect(signed && given.some(({ signature }) => signature === null)).toBe(false);
    if (from.length === 0 || from.includes('all')) return;
    const named = from.flatMap((name) => (name === 'ops' ? ['cy', 'dee'] : [name]));
    expect(given.every(({ by }) => named.includes(by))).toBe(true);
  });
  await fc.assert(holds, { numRuns: 300 });
});
