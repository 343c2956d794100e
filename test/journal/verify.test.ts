/** What the bytes of a journal may be: everything that is not exactly what was written is torn or refused by line. */
import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { describe, expect, it } from 'vitest';
import { encodeAll } from '../../src/journal/encode.ts';
import { formatInstant, parseInstant } from '../../src/journal/instant.ts';
import { JournalError } from '../../src/journal/journal.ts';
import { beginning } from '../../src/journal/record.ts';
import { type VerifiedJournal, verifyJournal } from '../../src/journal/verify.ts';
import { ended, note, passed, started } from './drafts.ts';

const RUN = '20261121-0312-release-k7q2';
const NOW = Date.UTC(2026, 10, 21, 3, 12, 44, 123);

const drafts = [started(), ...passed(), note('zero \u0000, bell \u0007, quote " and \\ud800'), note('ü 🚀'), ended()];
const original = Buffer.from(encodeAll(drafts, beginning(RUN), NOW).bytes);
const foreign = Buffer.from(encodeAll(drafts, beginning('20261121-0312-other-aaaa'), NOW).bytes);
const whole = verifyJournal(original, RUN);

function linesOf(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(10, start);
    lines.push(bytes.subarray(start, end + 1));
    start = end + 1;
  }
  return lines;
}
const lines = linesOf(original);

function refused(bytes: Uint8Array, code: 'corrupt' | 'newer' = 'corrupt'): string {
  try {
    verifyJournal(bytes, RUN);
  } catch (error) {
    if (error instanceof JournalError && error.code === code) return error.message;
    throw error;
  }
  throw new Error('it was accepted');
}

/** The journal with line `at` (from 0) made from other members, its digest and the rest of the chain made to fit. */
function forged(
  at: number,
  change: Record<string, unknown>,
  text = (record: unknown) => canonicalize(record) ?? '',
): Buffer {
  let prev = '0'.repeat(64);
  const made = lines.map((line, index) => {
    const { sum: _, ...record } = JSON.parse(line.toString());
    const changed = { ...record, prev, ...(index === at ? change : {}) };
    const sum = hash('sha256', text(changed));
    const written = Buffer.from(text({ ...changed, sum }));
    prev = hash('sha256', written);
    return Buffer.concat([written, Buffer.of(10)]);
  });
  return Buffer.concat(made);
}

describe('verify: a journal as it was written', () => {
  it('comes back event by event, with the digest of each line', () => {
    expect(whole.events.map(({ type, data }) => ({ type, data }))).toEqual(
      drafts.map(({ type, data }) => ({ type, data })),
    );
    expect(whole.events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(whole.events[0]?.at).toBe(NOW);
    expect(whole.head).toEqual({ seq: 7, sha256: hash('sha256', lines.at(-1)?.subarray(0, -1) ?? '') });
    expect(whole.tornBytes).toBe(0);
  });

  it('is one RFC 8785 object a line, whose sum is over the rest of the record and whose prev is over the line before', () => {
    const [first = '', second = ''] = original.toString().split('\n');
    const { sum, ...record } = JSON.parse(second);
    expect(canonicalize(JSON.parse(second))).toBe(second);
    expect(sum).toBe(hash('sha256', canonicalize(record) ?? ''));
    expect(record.prev).toBe(hash('sha256', first));
    expect(JSON.parse(first)).toMatchObject({
      v: 1,
      run: RUN,
      seq: 1,
      at: '2026-11-21T03:12:44.123Z',
      prev: '0'.repeat(64),
    });
  });

  it('never goes back in time, even when the clock does', () => {
    const { events } = encodeAll([note('later')], { ...whole.place, at: NOW + 5000 }, NOW);
    expect(events[0]?.at).toBe(NOW + 5000);
  });

  it('cannot hold what it could not be read back from', () => {
    expect(() => encodeAll([note('half a pair \ud800')], beginning(RUN), NOW)).toThrow(/surrogate/);
    const fraction = started();
    if (fraction.type !== 'run.started') throw new Error('unreachable');
    const build = fraction.data.runbook.phases[0]?.steps[0];
    const steps = build === undefined ? [] : [{ ...build, params: { ratio: 0.5 } }];
    const runbook = { ...fraction.data.runbook, phases: [{ id: 'deploy', title: 'Deploy', steps }] };
    const draft = { ...fraction, data: { ...fraction.data, runbook } };
    expect(() => encodeAll([draft], beginning(RUN), NOW)).toThrow(/not an integer/);
  });
});

describe('verify: a torn tail', () => {
  it('is found at every byte of the last line, and all lines before it are kept', () => {
    const last = lines.at(-1)?.length ?? 0;
    for (let cut = 1; cut < last; cut += 1) {
      const { events, tornBytes, goodBytes } = verifyJournal(original.subarray(0, original.length - cut), RUN);
      expect([events.length, goodBytes, tornBytes]).toEqual([6, original.length - last, last - cut]);
    }
  });

  it('may be zeros, after a whole line or after half of one', () => {
    const zeros = Buffer.alloc(4096);
    expect(verifyJournal(Buffer.concat([original, zeros]), RUN)).toMatchObject({
      tornBytes: 4096,
      goodBytes: original.length,
    });
    expect(verifyJournal(Buffer.concat([original, Buffer.from('{"act'), zeros]), RUN).tornBytes).toBe(4101);
  });

  it('is corruption when nothing whole is before it', () => {
    expect(refused(Buffer.alloc(0))).toContain('no complete line 1');
    expect(refused(original.subarray(0, 100))).toContain('no complete line 1');
    expect(refused(Buffer.alloc(4096))).toContain('no complete line 1');
  });
});

describe('verify: a record that lies although its digests fit', () => {
  const cases: readonly [string, Buffer, RegExp][] = [
    ['the run of another', foreign, /line 1 .*\(run\)/],
    ['one line of another run', forged(2, { run: '20261121-0312-other-aaaa' }), /line 3 .*\(run\)/],
    ['a number out of order', forged(2, { seq: 4 }), /line 3 .*\(seq\)/],
    ['a chain that does not continue', forged(2, { prev: 'f'.repeat(64) }), /line 3 .*\(prev\)/],
    ['a time before the line above', forged(2, { at: '2026-11-21T03:12:44.122Z' }), /line 3 .*\(at\)/],
    ['a time in another form', forged(2, { at: '2026-11-21T03:12:44Z' }), /line 3 .*\(at\)/],
    ['a day that does not exist', forged(2, { at: '2027-02-29T03:12:44.123Z' }), /line 3 .*\(at\)/],
    ['no type', forged(2, { type: '' }), /line 3 .*not an event/],
    ['a member of data too few', forged(3, { data: { step: 'build' } }), /line 4 .*not an event/],
    ['a number for an enumerated value', forged(6, { data: { status: 1, reason: '' } }), /line 7 .*not an event/],
    ['an actor that is none', forged(3, { actor: { via: 'engine', name: null } }), /line 4 .*not an event/],
    ['a fraction', forged(3, { data: { step: 'build', visit: 1.5 } }), /line 4 .*not an integer/],
    ['an integer that is too large', forged(3, { data: { step: 'build', visit: 2 ** 53 } }), /line 4 .*not an integer/],
    ['a member more', forged(3, { more: 1 }), /line 4 .*members/],
    ['format 0', forged(3, { v: 0 }), /line 4 .*format/],
    ['no time at all', forged(3, { at: null }), /line 4 .*\(at\)/],
    ['nesting without end', forged(3, { data: deep(200_000) }), /line 4 /],
  ];
  it.each(cases)('is refused by line: %s', (_, bytes, message) => {
    expect(refused(bytes)).toMatch(message);
  });

  it('is refused when its form is not canonical', () => {
    const spaced = (record: unknown) => (canonicalize(record) ?? '').replace('"visit":1', '"visit": 1');
    const escaped = (record: unknown) => (canonicalize(record) ?? '').replace('ü', '\\u00fc');
    const unordered = (record: unknown) =>
      (canonicalize(record) ?? '').replace('"step":"build","visit":1', '"visit":1,"step":"build"');
    const twice = (record: unknown) => (canonicalize(record) ?? '').replace('"visit":1', '"visit":1,"visit":1');
    const fraction = (record: unknown) => (canonicalize(record) ?? '').replace('"visit":1', '"visit":1.0');
    const lone = (record: unknown) => (canonicalize(record) ?? '').replace('🚀"},"prev', '\\ud83d"},"prev');
    for (const text of [spaced, escaped, unordered, twice, fraction, lone]) {
      expect(refused(forged(0, {}, text))).toMatch(/line \d .*canonical/);
    }
  });

  it('is told from one that a newer gonogo wrote, which comes back as what it is', () => {
    const events = (bytes: Buffer) => verifyJournal(bytes, RUN).events;
    const data = { step: 'build', visit: 1 };
    const later = { seq: 4, sha256: expect.any(String), at: NOW };
    expect(events(forged(3, { type: 'step.imagined' }))[3]).toMatchObject({
      ...later,
      type: 'unknown',
      data: { named: 'step.imagined', what: 'type' },
    });
    expect(events(forged(3, { type: 'Step-Imagined 2' }))[3]).toMatchObject({ data: { named: 'Step-Imagined 2' } });
    expect(events(forged(3, { data: { ...data, more: { a: 1 }, also: 2 } }))[3]).toMatchObject({
      type: 'step.passed',
      leftOut: ['data.also', 'data.more'],
    });
    expect(events(forged(3, { data: { ...data, more: { a: 1 } } }))[3]).toEqual({
      ...later,
      type: 'step.passed',
      actor: { via: 'engine', name: 'gonogo' },
      data,
      leftOut: ['data.more'],
    });
    expect(events(forged(6, { data: { status: 'parked', reason: '' } }))[6]).toMatchObject({
      type: 'unknown',
      data: { named: 'run.ended', what: 'data.status' },
    });
    expect(events(forged(3, { actor: { via: 'agent', name: 'x' } }))[3]).toMatchObject({
      type: 'unknown',
      actor: { via: 'engine', name: 'a newer gonogo' },
      data: { named: 'step.passed', what: 'actor.via' },
    });
    expect(events(forged(3, { actor: { via: 'engine', name: 'gonogo', host: 'web1' } }))[3]).toMatchObject({
      type: 'step.passed',
      leftOut: ['actor.host'],
    });
  });

  it('is refused politely when a newer gonogo wrote it in another format', () => {
    expect(refused(forged(3, { v: 2 }), 'newer')).toMatch(/line 4 .*newer gonogo.*format 2.*Update/);
  });
});

function deep(levels: number): unknown {
  return JSON.parse('[]'.padStart(levels + 2, '[').padEnd(levels * 2 + 2, ']'));
}

describe('verify: instants', () => {
  it('are read exactly where the calendar has them', () => {
    const samples = [
      0,
      NOW,
      -62_167_219_200_000,
      253_402_300_799_999,
      Date.UTC(2000, 1, 29),
      Date.UTC(1900, 1, 28, 23, 59, 59, 999),
    ];
    for (let day = 0; day < 366 * 9; day += 1) samples.push(Date.UTC(1996, 0, 1) + day * 86_400_000 + 1);
    for (const at of samples) expect(parseInstant(formatInstant(at))).toBe(at);
  });

  it.each(['1900-02-29', '2027-13-01', '2027-00-10', '2027-04-31', '2027-01-00', '2027-01-32'])(
    'do not exist: %s',
    (day) => {
      expect(parseInstant(`${day}T00:00:00.000Z`)).toBeNull();
    },
  );

  it.each(['24:00:00.000', '00:60:00.000', '00:00:60.000'])('do not exist: %s', (time) => {
    expect(parseInstant(`2027-01-01T${time}Z`)).toBeNull();
  });
});

/** Mulberry32: a mutation is replayed by its seed. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

type Mutation = (bytes: Buffer, pick: (below: number) => number) => Buffer;
const mutations: Readonly<Record<string, Mutation>> = {
  'flip a bit': (bytes, pick) => {
    const at = pick(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << pick(8));
    return bytes;
  },
  'change a byte': (bytes, pick) => {
    bytes[pick(bytes.length)] = pick(256);
    return bytes;
  },
  'insert bytes': (bytes, pick) => {
    const at = pick(bytes.length + 1);
    const more = Buffer.from(Array.from({ length: 1 + pick(4) }, () => pick(256)));
    return Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)]);
  },
  'delete a range': (bytes, pick) => {
    const at = pick(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + pick(300))]);
  },
  'zero a range': (bytes, pick) => {
    const at = pick(bytes.length);
    return bytes.fill(0, at, Math.min(bytes.length, at + 1 + pick(600)));
  },
  'swap two lines': (_, pick) => {
    const copy = [...lines];
    const [a, b] = [pick(copy.length), pick(copy.length)];
    const [lineA, lineB] = [copy[a], copy[b]];
    if (lineA !== undefined && lineB !== undefined) [copy[a], copy[b]] = [lineB, lineA];
    return Buffer.concat(copy);
  },
  'repeat a line': (_, pick) => {
    const at = pick(lines.length);
    return Buffer.concat(lines.flatMap((line, index) => (index === at ? [line, line] : [line])));
  },
  'leave a line out': (_, pick) => {
    const at = pick(lines.length - 1);
    return Buffer.concat(lines.filter((_line, index) => index !== at));
  },
  'take a line of another run': (_, pick) => {
    const at = pick(lines.length);
    return Buffer.concat(lines.map((line, index) => (index === at ? (linesOf(foreign)[at] ?? line) : line)));
  },
  'swap two digits of a number or digest': (bytes, pick) => {
    const at = pick(bytes.length - 1);
    return Buffer.concat([
      bytes.subarray(0, at),
      bytes.subarray(at + 1, at + 2),
      bytes.subarray(at, at + 1),
      bytes.subarray(at + 2),
    ]);
  },
  'cut the end off': (bytes, pick) => bytes.subarray(0, pick(bytes.length)),
  'append an unterminated tail': (bytes, pick) =>
    Buffer.concat([bytes, Buffer.from(Array.from({ length: 1 + pick(50) }, () => pick(256) | 0x80))]),
  'end a line early': (bytes, pick) => {
    const at = pick(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), Buffer.of(10), bytes.subarray(at)]);
  },
};

const MUTATIONS = 6000;

describe('verify: fuzzing', () => {
  it(`accepts none of ${MUTATIONS} mutations: each is a torn tail or refused by line`, () => {
    const names = Object.keys(mutations);
    const counts = { torn: 0, refused: 0, same: 0, shorter: 0 };
    for (let seed = 1; seed <= MUTATIONS; seed += 1) {
      const name = names[seed % names.length] ?? '';
      const mutated = mutations[name]?.(Buffer.from(original), random(seed)) ?? original;
      counts[judge(mutated, `seed ${seed}, ${name}`)] += 1;
    }
    expect(counts.torn + counts.refused).toBeGreaterThan(MUTATIONS * 0.9);
    expect(counts.refused).toBeGreaterThan(MUTATIONS / 2);
  });
});

/** What became of mutated bytes; throws when they were accepted as something that was never written. */
function judge(mutated: Buffer, how: string): 'torn' | 'refused' | 'same' | 'shorter' {
  if (mutated.equals(original)) return 'same';
  const verified = attempt(mutated, how);
  if (verified === null) return 'refused';
  const good = mutated.subarray(0, verified.goodBytes);
  if (!good.equals(original.subarray(0, verified.goodBytes)))
    throw new Error(`${how}: accepted a line that was never written`);
  if (verified.events.length > whole.events.length) throw new Error(`${how}: returned more events than were written`);
  if (verified.tornBytes > 0) return 'torn';
  // Cut at the end of a line it is an earlier state of the same journal; only a head kept elsewhere can tell.
  if (mutated.length < original.length) return 'shorter';
  throw new Error(`${how}: accepted`);
}

function attempt(bytes: Buffer, how: string): VerifiedJournal | null {
  try {
    return verifyJournal(bytes, RUN);
  } catch (error) {
    if (error instanceof JournalError && /line \d+/.test(error.message)) return null;
    throw new Error(`${how}: did not end in a refusal by line`, { cause: error });
  }
}
