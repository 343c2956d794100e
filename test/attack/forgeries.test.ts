/** Each forgery that was once "Verified", and its kin: made of a genuine report, signed by a key that is trusted, and refused. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Actor, EventDraft } from '../../src/run/event.ts';
import type { Runbook, Step } from '../../src/runbook/document.ts';
import { fileSigner } from '../signing/workbench.ts';
import { Desk, detailOf, failures } from '../signing-commands/desk.ts';
import { forge, historyOf, type Lie, type Told } from './forge.ts';

const desk = new Desk();
const away = { state: desk.path('no-runs-here') };
const document = `runbook: Release the shop
vars: { version: { default: v1, match: 'v\\d+' } }
phases:
  release:
    - id: ready
      checklist:
        categories: { all: { items: [{ id: tests, title: The tests pass, severity: blocker, check: test -e passed }] } }
    - { id: go, approve: { from: [bob, carol], count: 2 } }
    - { id: ship, run: 'echo shipped "$version"', undo: { run: echo back } }
    - { id: look, check: exit 1, on_fail: continue }
`;
const answers = `ready_tests: { waive: { by: Bob, why: The runner is down, until: "2099-12-31" } }
go: [{ approve: { by: bob } }, { approve: { by: carol } }]
`;
let genuine: string;
let made = 0;

beforeAll(async () => {
  const started = await desk.run(document, answers);
  expect(started.code).toBe(1);
  genuine = desk.path('genuine');
  expect(await desk.report({ sign: desk.alice.path, out: genuine })).toMatchObject({ code: 0 });
});

/** What `verify` finds of the forgery, by allowed signers who trust the forger's key. */
async function found(lie: Lie): Promise<readonly string[]> {
  made += 1;
  const folder = await forge(genuine, desk.path(`forgery-${made}`), lie, fileSigner(desk.alice));
  return failures(await desk.verify(folder, away));
}

const engine = { via: 'engine', name: 'gonogo' } as const;
const person = { via: 'terminal', name: 'ada' } as const;
const isOf =
  (step: string) =>
  ({ draft: { data } }: Told): boolean =>
    'step' in data && data.step === step;
const without =
  (...steps: readonly string[]): Lie =>
  (history) =>
    history.filter((one) => !steps.some((step) => isOf(step)(one)));
/** In place of everything that happened at `step`: one event. */
const instead =
  (step: string, draft: EventDraft): Lie =>
  (history) => {
    const first = history.findIndex(isOf(step));
    return history.flatMap((one, index) => (index === first ? [{ ...one, draft }] : isOf(step)(one) ? [] : [one]));
  };
const rewritten =
  (change: (draft: EventDraft) => EventDraft): Lie =>
  (history) =>
    history.map(({ draft, at }) => ({ draft: change(draft), at }));
const recorded = (change: (runbook: Runbook) => Runbook): Lie =>
  rewritten((draft) =>
    draft.type === 'run.started' ? { ...draft, data: { ...draft.data, runbook: change(draft.data.runbook) } } : draft,
  );
const steps = (runbook: Runbook, change: (step: Step) => readonly Step[]): Runbook => ({
  ...runbook,
  phases: runbook.phases.map((phase) => ({ ...phase, steps: phase.steps.flatMap(change) })),
});
const both =
  (first: Lie, second: Lie): Lie =>
  (history) =>
    second(first(history));

test('what nobody lies about is verified', async () => {
  expect(await found((history) => history)).toEqual([]);
});

describe('the recorded runbook', () => {
  const other = 'rules: record 1 (run.started): the recorded runbook is not what its documents say';

  test('has every gate that its documents have', async () => {
    const gone = recorded((runbook) => steps(runbook, (step) => (step.id === 'go' ? [] : [step])));
    expect(await found(both(gone, without('go')))).toEqual([other]);
  });

  test('has each gate as strong as its documents have it', async () => {
    const weak = recorded((runbook) =>
      steps(runbook, (step) => [step.id === 'go' ? { ...step, params: { from: [], count: 1, signed: false } } : step]),
    );
    const once: Lie = (history) =>
      history.filter(({ draft }) => draft.type !== 'approval.given' || draft.data.by !== 'carol');
    const asked = rewritten((draft) =>
      draft.type === 'approval.requested'
        ? { ...draft, data: { ...draft.data, from: [], count: 1, signed: false } }
        : draft,
    );
    expect(await found(both(weak, both(once, asked)))).toEqual([other]);
  });

  test('says what a step runs, what is expected of it, and when it is taken, as its documents do', async () => {
    const changes: readonly ((step: Step) => Step)[] = [
      (step) => ({ ...step, params: { script: 'rm -rf /' } }),
      (step) => ({ ...step, summary: 'something harmless' }),
      (step) => ({ ...step, expect: ['true'] }),
      (step) => ({ ...step, when: 'false' }),
      (step) => ({ ...step, undo: { kind: 'none' } }),
    ];
    for (const change of changes) {
      const lie = recorded((runbook) => steps(runbook, (step) => [step.id === 'ship' ? change(step) : step]));
      expect((await found(lie)).join()).toMatch(/^rules: record \d+ \(/);
    }
  });

  test('comes of documents that are there', async () => {
    const folder = await forge(genuine, desk.path('undocumented'), (history) => history, fileSigner(desk.alice));
    cpSync(join(genuine, 'documents'), join(folder, 'documents'), { recursive: true });
    writeFileSync(join(folder, 'documents', `${'0'.repeat(64)}.yaml`), 'runbook: Another\n');
    expect((await desk.verify(folder, away)).ok).toBe(false);
  });
});

describe('a gate', () => {
  const at = { step: 'go', visit: 1 };

  test('recorded as a gonogo did that asked nobody for independence: who drives the run is told all the same', async () => {
    const operator = /"operator":"([^"]+)"/.exec(readFileSync(join(genuine, 'journal.jsonl'), 'utf8'))?.[1] ?? '';
    const old = recorded((runbook) =>
      steps(runbook, (step) => [
        step.action === 'approve' ? { ...step, params: { from: ['bob', 'carol'], count: 2, signed: false } } : step,
      ]),
    );
    const own = rewritten((draft) =>
      draft.type === 'approval.given' && draft.data.by === 'carol'
        ? { ...draft, data: { ...draft.data, by: operator } }
        : draft,
    );
    expect(await found(both(old, own))).toContainEqual(
      expect.stringMatching(`^gate: go, visit 1: .*not independent: ${operator} started the run`),
    );
  });

  test.each<[string, EventDraft]>([
    ['skipped', { type: 'step.skipped', actor: person, data: { ...at, how: 'operator', reason: 'hurry' } }],
    [
      'skipped as done already',
      { type: 'step.skipped', actor: engine, data: { ...at, how: 'done-when', reason: 'already done' } },
    ],
    [
      'marked done by hand',
      { type: 'step.overridden', actor: person, data: { ...at, overrides: 'pending', reason: 'x' } },
    ],
    ['not taken', { type: 'step.not_taken', actor: engine, data: { ...at, reason: 'when: false' } }],
    ['passed without anything', { type: 'step.passed', actor: engine, data: at }],
    ['passed by a person', { type: 'step.passed', actor: person, data: { ...at, note: 'trust me' } }],
  ])('is never %s', async (_how, draft) => {
    expect(await found(instead('go', draft))).toEqual([
      expect.stringMatching(new RegExp(`^rules: record \\d+ \\(${draft.type}\\): `)),
    ]);
  });

  test('is never left out', async () => {
    expect(await found(without('go'))).toEqual([expect.stringMatching(/^rules: record \d+ \(step\.started\): /)]);
    expect(await found(without('ready', 'ready_tests'))).toEqual([expect.stringMatching(/^rules: record \d+ \(/)]);
  });

  test('is not passed by fewer than it asks for, by one under two names of theirs, or afterwards', async () => {
    const given =
      (by: string) =>
      ({ draft }: Told) =>
        draft.type === 'approval.given' && draft.data.by === by;
    const one: Lie = (history) => history.filter((told) => !given('carol')(told));
    const twice = rewritten((draft) =>
      draft.type === 'approval.given' ? { ...draft, data: { ...draft.data, by: 'bob' } } : draft,
    );
    const late: Lie = (history) => [
      ...history.filter((told) => !given('carol')(told)),
      ...history.filter(given('carol')),
    ];
    const further: Lie = (history) => {
      const passed = history.findIndex(({ draft }) => draft.type === 'step.passed' && draft.data.step === 'go');
      return history.toSpliced(passed + 1, 0, ...history.filter(given('bob')));
    };
    for (const lie of [one, twice, late, further]) {
      expect((await found(lie)).join()).toMatch(/^rules: record \d+ \((?:step\.passed|approval\.given)\): /);
    }
  });

  test('of a checklist is not passed without its waiver, and no finding is left out of its verdict', async () => {
    const unwaived: Lie = (history) => history.filter(({ draft }) => draft.type !== 'waiver.given');
    expect((await found(unwaived)).join()).toMatch(/^rules: record \d+ \(/);
    const clean = rewritten((draft) =>
      draft.type === 'verdict.given'
        ? {
            ...draft,
            data: {
              ...draft.data,
              verdict: { ...draft.data.verdict, verdict: 'go', score: '10.00', findings: [], reasons: [], blockers: 0 },
            },
          }
        : draft,
    );
    expect((await found(clean)).join()).toMatch(/^rules: record \d+ \(verdict\.given\): /);
  });
});

describe('what somebody decides beside what is asked', () => {
  /** One event more, right after the first one of `type` at `step`. */
  const following =
    (type: EventDraft['type'], step: string, draft: EventDraft): Lie =>
    (history) => {
      const place = history.findIndex((told) => told.draft.type === type && isOf(step)(told));
      return history.toSpliced(place + 1, 0, { draft, at: history[place]?.at ?? 0 });
    };
  const reopened = (data: { step: string; visit: number; reason: string }, actor: Actor = person): EventDraft => ({
    type: 'step.reopened',
    actor,
    data,
  });
  const corrected = (more: object, actor: Actor = person): EventDraft => ({
    type: 'variable.corrected',
    actor,
    data: { name: 'version', from: 'v1', value: 'v2', reason: 'a slip', used: ['ship'], ...more },
  });

  const given = (more: object, actor: Actor = { via: 'command', name: 'Mallory' }): EventDraft => {
    const piece = { path: 'attached/1-a/shot.png', bytes: 1, sha256: '0'.repeat(64) };
    const data = { step: 'ship', visit: 1, evidence: [piece], inbox: 'x', ...more };
    return { type: 'evidence.attached', actor, data };
  };

  test.each<[string, EventDraft]>([
    ['a file that nobody attached', given({}, engine)],
    ['a file that no message brought', given({ inbox: undefined })],
    [
      'output that is said to be an attached file',
      given({ evidence: [{ path: 'steps/001-ship/1/output.log', bytes: 0, sha256: '' }] }),
    ],
    ['a file of a visit that was not', given({ visit: 2 })],
    ['a gate that is done again', reopened({ step: 'go', visit: 2, reason: 'x' })],
    ['a step that is done again for no reason', reopened({ step: 'ship', visit: 2, reason: ' ' })],
    ['a step that is done again by nobody', reopened({ step: 'ship', visit: 2, reason: 'x' }, engine)],
    ['another visit than the next', reopened({ step: 'ship', visit: 1, reason: 'x' })],
    ['a correction that hides who used the value before', corrected({ used: [] })],
    ['a correction of another value than there was', corrected({ from: 'v0' })],
    ['a correction to what cannot be the value', corrected({ value: 'latest' })],
    ['a correction by nobody', corrected({}, engine)],
  ])('is never %s', async (_what, draft) => {
    expect(await found(following('step.passed', 'ship', draft))).toEqual([
      expect.stringMatching(new RegExp(`^rules: record \\d+ \\(${draft.type.replace('.', '\\.')}\\): `)),
    ]);
  });

  test('is never a run that nobody handed over, or documents that nobody adopted', async () => {
    const operator = /"operator":"([^"]+)"/.exec(readFileSync(join(genuine, 'journal.jsonl'), 'utf8'))?.[1] ?? '';
    const { history } = historyOf(genuine);
    const [start] = history;
    if (start?.draft.type !== 'run.started') throw new Error('it does not begin with its start');
    const { documents, sha256, runbook } = start.draft.data;
    const adopted = { documents, sha256, runbook, reason: 'a slip' };
    const lies: readonly EventDraft[] = [
      { type: 'handover.offered', actor: engine, data: { from: operator, to: 'eve' } },
      { type: 'documents.adopted', actor: engine, data: adopted },
    ];
    for (const draft of lies) {
      const [first] = await found(following('step.passed', 'ship', draft));
      expect(first).toMatch(/^rules: record \d+ \((?:handover\.offered|documents\.adopted)\): only a person /);
      // By a person it is no breach by itself; what it does to the consent that was given is another matter.
      const honest = (await found(following('step.passed', 'ship', { ...draft, actor: person }))).join();
      expect(honest).not.toContain(`(${draft.type})`);
    }
  });

  test('is never followed by a change that rests on consent to the value before', async () => {
    expect(await found(following('step.passed', 'go', corrected({ used: [] })))).toEqual([
      expect.stringMatching(/^rules: record \d+ \(step\.started\): no rule causes it/),
    ]);
  });
});

describe('the clock', () => {
  const hour = 3_600_000;
  /** A jump told after the first record of `ship`, and everything before that earlier by `laterMs`. */
  const told =
    (data: Extract<EventDraft, { type: 'clock.jumped' }>['data'], laterMs: number, actor: Actor = engine): Lie =>
    (history) => {
      const first = history.findIndex(isOf('ship'));
      const before = history.slice(0, first + 1).map((one) => ({ ...one, at: one.at - laterMs }));
      const jump = { draft: { type: 'clock.jumped' as const, actor, data }, at: history[first]?.at ?? 0 };
      return [...before, jump, ...history.slice(first + 1)];
    };

  test('was set: whoever looks is told, and nothing else is wrong', async () => {
    expect(await found(told({ cause: 'set', byMs: hour, movedMs: hour }, hour))).toEqual([]);
  });

  test.each<[string, Lie]>([
    ['took away more time than it was set by', told({ cause: 'set', byMs: hour, movedMs: 2 * hour }, 2 * hour)],
    ['took away time that the records do not have', told({ cause: 'set', byMs: hour, movedMs: hour }, 0)],
    ['took away time as it was set back', told({ cause: 'set', byMs: -hour, movedMs: hour }, hour)],
    ['took away the time for which the machine slept', told({ cause: 'asleep', byMs: hour, movedMs: hour }, hour)],
    ['was not set at all', told({ cause: 'set', byMs: 0, movedMs: 0 }, 0)],
    ['was told by a person', told({ cause: 'set', byMs: hour, movedMs: hour }, hour, person)],
  ])('%s', async (_, lie) => {
    expect((await found(lie)).join()).toMatch(/^rules: record \d+ \(clock\.jumped\): /);
  });
});

describe('an outcome', () => {
  test('of exit 1 is no pass, however it is told', async () => {
    const told = (more: object) =>
      rewritten((draft) =>
        draft.type === 'attempt.ended' && draft.data.step === 'look'
          ? { ...draft, data: { ...draft.data, ...more } }
          : draft,
      );
    const passed: Lie = (history) =>
      history.flatMap((one) => {
        if (!isOf('look')(one)) return [one];
        if (one.draft.type === 'step.passed_over') return [];
        return one.draft.type === 'step.failed'
          ? [{ ...one, draft: { type: 'step.passed', actor: engine, data: { step: 'look', visit: 1 } } }]
          : [one];
      });
    const met = { source: 'exit == 0', ok: true, detail: 'exit = 1' };
    for (const more of [
      {},
      { ok: true, reason: null },
      { ok: true, reason: null, expectations: [] },
      { ok: true, reason: null, expectations: [met] },
    ]) {
      expect((await found(both(told(more), passed))).join()).toMatch(
        /^rules: record \d+ \((?:attempt\.ended|step\.passed)\): /,
      );
    }
  });

  test('of a run is what its steps came to', async () => {
    const completed = rewritten((draft) =>
      draft.type === 'run.ended' ? { ...draft, data: { status: 'completed', reason: 'every step is done' } } : draft,
    );
    expect(await found(completed)).toEqual([
      expect.stringMatching(/^rules: record \d+ \(run\.ended\): no rule causes it/),
    ]);
    const sooner: Lie = (history) => {
      const [last] = history.slice(-1);
      const ended = (one: Told): Told => ({
        ...one,
        draft: { type: 'run.ended', actor: engine, data: { status: 'completed', reason: 'every step is done' } },
      });
      return last === undefined ? [] : [...history.slice(0, 3), ended(last)];
    };
    expect((await found(sooner)).join()).toMatch(/^rules: record 4 \(run\.ended\): /);
  });

  test('of a step is not told without its start, nor a start without its reason', async () => {
    const begun: Lie = (history) => history.filter((one) => !(one.draft.type === 'step.started' && isOf('ship')(one)));
    expect((await found(begun)).join()).toMatch(/attempt 1 of ship is not under way/);
    expect((await found(without('ship'))).join()).toMatch(/^rules: record \d+ \(/);
  });
});

describe('what backs an outcome', () => {
  type Ended = Extract<EventDraft, { type: 'attempt.ended' }>['data'];
  const told = (step: string, change: (data: Ended) => Partial<Ended>): Lie =>
    rewritten((draft) =>
      draft.type === 'attempt.ended' && draft.data.step === step
        ? { ...draft, data: { ...draft.data, ...change(draft.data) } }
        : draft,
    );

  test.each<[string, string, (data: Ended) => Partial<Ended>, RegExp]>([
    ['nothing, of a command that passed', 'ship', () => ({ evidence: [] }), /printed is not among its evidence/],
    ['nothing, of a command that failed', 'look', () => ({ evidence: [] }), /printed is not among its evidence/],
    [
      'what another step left',
      'ship',
      ({ evidence }) => ({ evidence: evidence.map((one) => ({ ...one, path: one.path.replace('ship', 'look') })) }),
      /evidence is that of another attempt/,
    ],
  ])('is never %s', async (_what, step, change, reason) => {
    const [first] = await found(told(step, change));
    expect(first).toMatch(/^rules: record \d+ \(attempt\.ended\): /);
    expect(first).toMatch(reason);
  });

  test('is said to have been asked by older rules where it was', async () => {
    const older = rewritten((draft) =>
      draft.type === 'run.started' ? { ...draft, data: { ...draft.data, rules: 2 } } : draft,
    );
    const folder = await forge(genuine, desk.path('older-rules'), older, fileSigner(desk.alice));
    expect(detailOf(await desk.verify(folder, away), 'rules')).toMatch(/by rules 2 of an older gonogo, which ask less/);
  });

  test('a run with a target holds it, and cannot be told as one that held nothing', async () => {
    const started = await desk.run(
      "runbook: Held\ntarget: { name: t, identity: { check: echo t } }\nphases: { all: [{ id: ship, run: 'true' }] }\n",
      '{}\n',
    );
    expect(started.code).toBe(0);
    const honest = desk.path('held');
    expect(await desk.report({ sign: desk.alice.path, out: honest })).toMatchObject({ code: 0 });
    expect(failures(await desk.verify(honest, away))).toEqual([]);
    const cut: Lie = (history) =>
      history.flatMap(({ draft, at }): readonly Told[] => {
        if (draft.type.startsWith('hold.')) return [];
        if (draft.type !== 'run.started') return [{ draft, at }];
        const { holds: _, ...data } = draft.data;
        return [{ draft: { ...draft, data }, at }];
      });
    const folder = await forge(honest, desk.path('unheld'), cut, fileSigner(desk.alice));
    expect(failures(await desk.verify(folder, away))).toEqual([
      'rules: record 1 (run.started): it has a target and does not hold it',
    ]);
  });
});

test('a run goes on beside the one that holds its target only by a decision that is on record', async () => {
  const text = (first: string): string =>
    `runbook: Held\ntarget: { name: both, identity: { check: echo both } }\nphases: { all: [{ id: ship, run: 'true' }${first}] }\n`;
  expect((await desk.run(text(', { id: wait, manual: Wait. }'), '{}\n')).code).toBe(3);
  const beside = await desk.run(text(''), 'ship: { alongside: the shop is down }\n');
  expect(beside.code, beside.stderr).toBe(0);
  const honest = desk.path('beside');
  expect(await desk.report({ sign: desk.alice.path, out: honest })).toMatchObject({ code: 0 });
  expect(failures(await desk.verify(honest, away))).toEqual([]);
  const cuts: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['override', ['hold.overridden'], /^rules: record \d+ \(hold\.taken\): the target is not being asked for/],
    ['hold', ['hold.overridden', 'hold.taken'], /^rules: record \d+ \(step\.started\): no rule causes it/],
  ];
  for (const [what, types, reason] of cuts) {
    const lie: Lie = (history) => history.filter(({ draft }) => !types.includes(draft.type));
    const folder = await forge(honest, desk.path(`beside-no-${what}`), lie, fileSigner(desk.alice));
    expect(failures(await desk.verify(folder, away))).toEqual([expect.stringMatching(reason)]);
  }
});

describe('what was expected of a step', () => {
  const judged = `runbook: Judge
vars: { ready: { default: 'no' } }
phases:
  judge:
    - { id: first, check: exit 1, on_fail: continue }
    - { id: variable, check: 'true', expect: 'ready == "yes"', on_fail: continue }
    - { id: earlier, check: 'true', expect: steps.first.exit == 0, on_fail: continue }
    - { id: took, check: 'true', expect: ms < 0 && exit == 0, on_fail: continue }
    - { id: met, check: 'true', expect: 'ready == "no" && steps.first.status == "failed" && ms >= 0' }
`;
  let honest: string;

  beforeAll(async () => {
    expect((await desk.run(judged, '{}\n')).code).toBe(1);
    honest = desk.path('judged');
    expect(await desk.report({ sign: desk.alice.path, out: honest })).toMatchObject({ code: 0 });
    expect(failures(await desk.verify(honest, away))).toEqual([]);
  });

  test.each(['variable', 'earlier', 'took'])('is not met against what the journal says: %s', async (step) => {
    const met: Lie = (history) =>
      history.map((one) => {
        const { draft } = one;
        if (!isOf(step)(one)) return one;
        if (draft.type === 'step.failed')
          return { ...one, draft: { type: 'step.passed', actor: engine, data: { step, visit: 1 } } };
        if (draft.type !== 'attempt.ended') return one;
        const { lastLines: _, ...data } = draft.data;
        const expectations = data.expectations.map((each) => ({ ...each, ok: true }));
        return { ...one, draft: { ...draft, data: { ...data, ok: true, reason: null, expectations } } };
      });
    const folder = await forge(honest, desk.path(`judged-${step}`), met, fileSigner(desk.alice));
    expect(failures(await desk.verify(folder, away)).join()).toMatch(
      /^rules: record \d+ \(attempt\.ended\): ".*" is not true for what is recorded/,
    );
  });
});

describe('what is said of an item', () => {
  const waived = (draft: EventDraft): boolean => draft.type === 'waiver.given';
  const data = { step: 'ready_tests', visit: 1, result: 'pass', detail: 'they pass elsewhere' } as const;

  test('is judged over the machine by a person, and said so', async () => {
    const lies = (actor: Actor, over: boolean): Lie =>
      rewritten((draft) =>
        waived(draft) ? { type: 'item.judged', actor, data: over ? { ...data, over: 'machine' } : data } : draft,
      );
    expect((await found(lies(engine, true))).join()).toContain('(item.judged): only a person judges an item');
    expect((await found(lies(person, false))).join()).toContain(
      '(item.judged): ready_tests was looked at by the machine',
    );
  });

  test('comes from no earlier run where a machine looks', async () => {
    const of = { run: 'earlier', by: 'bob' };
    const lie = rewritten((draft) =>
      draft.type === 'item.answered' ? { ...draft, data: { ...draft.data, result: 'pass', since: 1, of } } : draft,
    );
    expect((await found(lie)).join()).toContain('(item.answered): no rule causes it');
  });
});
