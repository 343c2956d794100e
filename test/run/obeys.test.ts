/** Histories that the rules allow, and where one breaks them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import { verifyJournal } from '../../src/journal/verify.ts';
import type { EventDraft, RunEvent } from '../../src/run/event.ts';
import { firstBreach } from '../../src/run/obeys.ts';

const folder = join(import.meta.dirname, '../journals/v1');
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.jsonl'))
  .map((name) => name.slice(0, -'.jsonl'.length));

function eventsOf(name: string): readonly RunEvent[] {
  const bytes = readFileSync(join(folder, `${name}.jsonl`));
  return verifyJournal(bytes, idOf(name)).events;
}

function idOf(name: string): string {
  return /"run":"([^"]+)"/.exec(readFileSync(join(folder, `${name}.jsonl`), 'utf8'))?.[1] ?? '';
}

describe('an honest history', () => {
  test.each(names)('of version 1 breaks no rule: %s', (name) => {
    expect(firstBreach(eventsOf(name), idOf(name), actions)).toBeNull();
  });
});

type Change = (events: readonly RunEvent[]) => readonly RunEvent[];

/** What is broken first in history `name` after `change`; records are numbered anew. */
function broken(name: string, change: Change): string | null {
  const events = change(eventsOf(name)).map((event, index) => ({ ...event, seq: index + 1 }));
  const breach = firstBreach(events, idOf(name), actions);
  return breach === null ? null : `${breach.type}: ${breach.reason}`;
}

const isAt = (type: RunEvent['type'], step: string) => (event: RunEvent) =>
  event.type === type && 'step' in event.data && event.data.step === step;

/** Takes the first event of `type` at `step` for `other`, an event of the same place and time by the engine or by a person. */
function instead(type: RunEvent['type'], step: string, other: EventDraft): Change {
  return (events) => {
    const at = events.findIndex(isAt(type, step));
    return events.map((event, index) => (index === at ? { ...place(event), ...other } : event));
  };
}

/** Where an event stands, without what it says. */
function place({ seq, at, sha256 }: RunEvent): Pick<RunEvent, 'seq' | 'at' | 'sha256'> {
  return { seq, at, sha256 };
}

const without =
  (leftOut: (event: RunEvent) => boolean): Change =>
  (events) =>
    events.filter((event) => !leftOut(event));
/** Everything before the first event of `type`, then `then`. */
const upTo =
  (type: RunEvent['type'], then: EventDraft): Change =>
  (events) => {
    const at = events.findIndex((event) => event.type === type);
    return [...events.slice(0, at), ...events.slice(at, at + 1).map((event) => ({ ...place(event), ...then }))];
  };

const person = { via: 'terminal', name: 'Ada' } as const;
const engine = { via: 'engine', name: 'gonogo' } as const;
const go = { step: 'go', visit: 1 };
const noRule = 'no rule causes it in the state before it';
const noAnswer = 'it answers no question that was open, or not in a way that the rules allow';

describe('a gate', () => {
  const gate = 'approvals-claimed';

  test.each<[string, EventDraft, string]>([
    ['skipped', { type: 'step.skipped', actor: person, data: { ...go, how: 'operator', reason: 'hurry' } }, noAnswer],
    [
      'overridden',
      { type: 'step.overridden', actor: person, data: { ...go, overrides: 'pending', reason: 'x' } },
      noAnswer,
    ],
    ['not taken', { type: 'step.not_taken', actor: engine, data: { ...go, reason: 'when: false' } }, noRule],
    ['passed by a rule', { type: 'step.passed', actor: engine, data: go }, noRule],
    ['passed by hand', { type: 'step.passed', actor: person, data: { ...go, note: 'fine' } }, noAnswer],
  ])('is not %s before its approvals', (how, event, reason) => {
    expect(broken(gate, upTo('approval.given', event))).toBe(`${event.type}: ${reason}`);
    expect(how).not.toBe('');
  });

  test('is not left out by going on without it, or by ending the run before it', () => {
    expect(
      broken(
        gate,
        without((event) => isAt('step.started', 'go')(event)),
      ),
    ).not.toBeNull();
    expect(
      broken(
        gate,
        without(({ data }) => 'step' in data && data.step === 'go'),
      ),
    ).toBe(`step.started: ${noRule}`);
    const ends: EventDraft = {
      type: 'run.ended',
      actor: engine,
      data: { status: 'completed', reason: 'every step is done' },
    };
    expect(broken(gate, upTo('step.started', ends))).toBe(`run.ended: ${noRule}`);
  });

  test('that asks for signatures takes no claimed approval, and each key once', () => {
    const claimed: Change = (events) =>
      events.map((event) =>
        event.type === 'approval.given' ? { ...event, data: { ...event.data, signature: null } } : event,
      );
    expect(broken('approvals-signed', claimed)).toBe(
      'approval.given: it is not signed, and this gate asks for signatures',
    );
    const twice: Change = (events) => {
      const first = events.find(({ type }) => type === 'approval.given');
      return events.map((event) => (event.type === 'approval.given' && first !== undefined ? { ...first } : event));
    };
    expect(broken('approvals-signed', twice)).toBe(
      'approval.given: rita has already approved, and a person counts once',
    );
  });

  test('takes no approval of another request, of an earlier visit, or after it was passed', () => {
    const moved: Change = (events) => {
      const given = events.filter(({ type }) => type === 'approval.given').slice(0, 1);
      return [...events.slice(0, -1), ...given, ...events.slice(-1)];
    };
    expect(broken(gate, moved)).toBe(`approval.given: ${noAnswer}`);
    const other: Change = (events) =>
      events.map((event) =>
        event.type === 'approval.given'
          ? { ...event, data: { ...event.data, request: { seq: 2, sha256: 'ab' } } }
          : event,
      );
    expect(broken(gate, other)).toBe(`approval.given: ${noAnswer}`);
  });

  test('of a checklist is not passed over a no-go', () => {
    const passes: EventDraft = { type: 'step.passed', actor: engine, data: { step: 'ready', visit: 1 } };
    expect(broken('gate', upTo('run.paused', passes))).toBe(`step.passed: ${noRule}`);
    const go: Change = (events) =>
      events.map((event) =>
        event.type === 'verdict.given'
          ? { ...event, data: { ...event.data, verdict: { ...event.data.verdict, verdict: 'go', reasons: [] } } }
          : event,
      );
    expect(broken('gate', go)).toBe(`verdict.given: ${noRule}`);
  });
});

describe('an outcome', () => {
  const told =
    (more: object): Change =>
    (events) =>
      events.map((event) =>
        isAt('attempt.ended', 'fails')(event) && event.type === 'attempt.ended'
          ? { ...event, data: { ...event.data, ...more } }
          : event,
      );

  test('that is a failure is not followed by a pass', () => {
    const passes: EventDraft = { type: 'step.passed', actor: engine, data: { step: 'fails', visit: 1 } };
    expect(broken('terminal', instead('step.failed', 'fails', passes))).toBe(`step.passed: ${noRule}`);
  });

  test('does not contradict its exit status, its expectations or itself', () => {
    expect(broken('terminal', told({ ok: true, reason: null }))).toBe(
      'attempt.ended: it passes although "exit == 0" is not met',
    );
    expect(broken('terminal', told({ ok: true, reason: null, expectations: [] }))).toBe(
      'attempt.ended: it passes without its expectations: exit == 0',
    );
    const met = { source: 'exit == 0', ok: true, detail: 'exit = 1' };
    expect(broken('terminal', told({ ok: true, reason: null, expectations: [met] }))).toBe(
      'attempt.ended: "exit == 0" is not true for what is recorded',
    );
    expect(broken('terminal', told({ ok: true }))).toBe(
      'attempt.ended: what failed has a reason, and what did not has none',
    );
  });

  test('is of an attempt that is under way, and told by nobody but what ran', () => {
    expect(broken('terminal', without(isAt('step.started', 'fails')))).toBe(
      'attempt.ended: attempt 1 of fails is not under way',
    );
    const byHand: Change = (events) =>
      events.map((event) => (isAt('attempt.ended', 'fails')(event) ? { ...event, actor: person } : event));
    expect(broken('terminal', byHand)).toBe('attempt.ended: no person tells it: what ran does');
  });

  test('without the value that the step captures does not pass', () => {
    const left = without((event) => event.type === 'variable.set' && event.data.name === 'served');
    expect(broken('completed', left)).toMatch(/^(?:step|attempt)\./);
  });
});

describe('a run', () => {
  test('is not completed before every step is done, and no step is left out of it', () => {
    const steps = new Set(eventsOf('completed').flatMap(({ data }) => ('step' in data ? [data.step] : [])));
    for (const step of steps) {
      if (step === undefined) continue;
      expect(
        broken(
          'completed',
          without(({ data }) => 'step' in data && data.step === step),
        ),
        step,
      ).not.toBeNull();
    }
  });

  test('asks for what is dangerous, with the name of the target, and reads the target before it', () => {
    expect(broken('drift', without(isAt('danger.confirmed', 'one')))).not.toBeNull();
    const other: EventDraft = {
      type: 'danger.confirmed',
      actor: person,
      data: { step: 'one', visit: 1, target: 'other' },
    };
    expect(broken('drift', instead('danger.confirmed', 'one', other))).toBe(`danger.confirmed: ${noAnswer}`);
    const asBefore: Change = (events) =>
      events.map((event) => (event.type === 'target.read' ? { ...event, data: { ...event.data, ok: true } } : event));
    expect(broken('drift', asBefore)).toBe('target.read: it is another target than at the start');
  });

  test('undoes what began, and nothing else', () => {
    const shorter: Change = (events) =>
      events.map((event) =>
        event.type === 'rollback.started'
          ? { ...event, data: { ...event.data, plan: event.data.plan.slice(1) } }
          : event,
      );
    expect(broken('rollback', shorter)).toBe(`rollback.started: ${noRule}`);
    expect(broken('rollback', without(isAt('step.started', 'undo_migrate')))).not.toBeNull();
  });

  test('in doubt is settled by a decision, never by a rule that is none', () => {
    const settles: EventDraft = {
      type: 'attempt.settled',
      actor: engine,
      data: { step: 'change', visit: 1, attempt: 1, as: 'passed', reason: 'Looked at the database' },
    };
    expect(broken('in-doubt-passed', instead('attempt.settled', 'change', settles))).toBe(`attempt.settled: ${noRule}`);
    expect(broken('in-doubt-rerun', without(isAt('attempt.settled', 'change')))).not.toBeNull();
  });

  test('has no decision without its reason, and none while it is paused', () => {
    const silent: Change = (events) =>
      events.map((event) =>
        event.type === 'step.skipped' && event.data.how === 'operator'
          ? { ...event, data: { ...event.data, reason: '' } }
          : event,
      );
    expect(broken('departures', silent)).toBe(`step.skipped: ${noAnswer}`);
    expect(
      broken(
        'recovered',
        without(({ type }) => type === 'run.resumed'),
      ),
    ).toBe(`step.passed: ${noAnswer}`);
  });

  test('starts with the values that the document sets', () => {
    const other: Change = (events) =>
      events.map((event) =>
        event.type === 'run.started'
          ? { ...event, data: { ...event.data, vars: { ...event.data.vars, app: 'other' } } }
          : event,
      );
    expect(broken('completed', other)).toBe('run.started: variable app: the document sets another value');
  });
});
