import { describe, expect, test } from 'vitest';
import { reduceAll } from '../../src/run/reduce.ts';
import { rollbackPlan } from '../../src/run/rollback.ts';
import { body, Play, runbook, step, undo } from './play.ts';

const retry = (times: number, passes = 1) => ({ times, everyMs: 100, passes });

describe('going forward', () => {
  test('steps run one after the other and the run completes', () => {
    const play = new Play(runbook([step('a'), step('b')]));
    expect(play.running()).toEqual(['a']);
    play.end('a');
    expect(play.running()).toEqual(['b']);
    play.end('b');
    expect(play.state.status).toBe('completed');
    expect(reduceAll(play.events, 'r')).toEqual(play.state);
  });

  test('a step whose `when` is false is not taken; an error in it fails the step before it starts', () => {
    const play = new Play(
      runbook([step('a', { when: 'flag == "yes"' }), step('b', { when: 'missing == "x"' })], {
        vars: { flag: { type: 'string', secret: false, literal: 'no' }, missing: { type: 'string', secret: false } },
      }),
    );
    expect(play.status('a')).toBe('failed');
    expect(play.started()).toEqual([]);
  });

  test('a failed `once` step asks; retry, by decision, starts it again', () => {
    const play = new Play(runbook([step('a'), step('b')]));
    play.end('a', false);
    expect(play.decision.question).toMatchObject({ kind: 'failure', step: 'a', inRollback: false });
    play.answer({ kind: 'retry', reason: 'the disk is free again' });
    expect(play.running()).toEqual(['a']);
    play.end('a').end('b');
    expect(play.state.status).toBe('completed');
  });

  test('a reasoned skip after a failure is no failure; on_fail: continue makes the run failed', () => {
    const skipped = new Play(runbook([step('a'), step('b')]));
    skipped.end('a', false).answer({ kind: 'skip', reason: 'not needed' }).end('b');
    expect(skipped.state.status).toBe('completed');
    const passedOver = new Play(runbook([step('a', { onFail: 'continue' }), step('b')]));
    passedOver.end('a', false);
    expect(passedOver.running()).toEqual(['b']);
    passedOver.end('b');
    expect(passedOver.state.status).toBe('failed');
  });

  test('retry waits, counts passes in a row, and a failure resets the count', () => {
    const play = new Play(runbook([step('a', { ...body('check', { script: 'x' }), retry: retry(5, 2) })]));
    play.end('a');
    expect(play.decision.wakeAt).toBe(play.now + 100);
    play.wait(100).end('a', false).wait(100).end('a').wait(100);
    expect(play.running()).toEqual(['a']);
    play.end('a');
    expect(play.status('a')).toBe('passed');
    expect(play.started()).toHaveLength(4);
  });

  test('give_up fails at once', () => {
    const play = new Play(runbook([step('a', { ...body('check', { script: 'x' }), retry: retry(5) })]));
    play.end('a', false, { gaveUp: true });
    expect(play.status('a')).toBe('failed');
  });

  test('guided: every automatic step waits for the order, and can be marked done by hand with a reason', () => {
    const play = new Play(runbook([step('a'), step('b')]), { guided: true });
    expect(play.decision.question).toMatchObject({ kind: 'ready', step: 'a', changes: true });
    expect(() => play.answer({ kind: 'passed', reason: ' ' })).toThrow(/reason/);
    play.answer({ kind: 'passed', reason: 'did it on the console' });
    expect(play.status('a')).toBe('passed');
    play.answer({ kind: 'run' });
    expect(play.running()).toEqual(['b']);
  });

  test('done_when true before any attempt: skipped, nothing to undo', () => {
    const play = new Play(
      runbook([step('a', { doneWhen: body('check', { script: 'true' }), undo: undo('a') }), step('b')]),
    );
    expect(play.decision.probes).toMatchObject([{ probe: 'done-when', step: 'a' }]);
    play.append({
      type: 'done_when.read',
      actor: { via: 'engine', name: 'gonogo' },
      data: { step: 'a', visit: 1, ok: true, reason: null, evidence: [] },
    });
    expect(play.status('a')).toBe('skipped');
    expect(play.running()).toEqual(['b']);
    expect(rollbackPlan(play.state)).toEqual([]);
  });
});

describe('in doubt', () => {
  test('a `once` step in doubt is never started again without a recorded decision', () => {
    const play = new Play(runbook([step('a')]));
    play.doubt('a');
    expect(play.status('a')).toBe('in-doubt');
    expect(play.decision.question).toMatchObject({ kind: 'in-doubt', step: 'a' });
    expect(play.started()).toEqual(['a']);
    play.answer({ kind: 'settle', as: 'rerun', reason: 'checked: nothing was written' });
    expect(play.started()).toEqual(['a', 'a']);
  });

  test('a read in doubt is read again unasked', () => {
    const play = new Play(runbook([step('a', {}, 'check')]));
    play.doubt('a');
    expect(play.started()).toEqual(['a', 'a']);
  });

  test('settled as passed goes on, settled as failed asks', () => {
    const play = new Play(runbook([step('a'), step('b')]));
    play.doubt('a').answer({ kind: 'settle', as: 'passed', reason: 'the table is there' });
    expect(play.running()).toEqual(['b']);
    play.doubt('b').answer({ kind: 'settle', as: 'failed', reason: 'nothing there' });
    expect(play.decision.question).toMatchObject({ kind: 'failure', step: 'b' });
  });
});

describe('rollback', () => {
  const three = () => [
    step('a', { undo: undo('a') }),
    step('b', { undo: undo('b') }),
    step('c', { onFail: 'rollback' }),
  ];

  test('undoes what began, newest first, then the rollback steps', () => {
    const play = new Play(runbook(three(), { rollback: { triggers: [], steps: [step('tell')] } }));
    play.end('a').end('b').end('c', false);
    expect(play.running()).toEqual(['undo_b']);
    play.end('undo_b').end('undo_a').end('tell');
    expect(play.state.status).toBe('rolled-back');
    expect(play.started()).toEqual(['a', 'b', 'c', 'undo_b', 'undo_a', 'tell']);
  });

  test('a step that failed half-way is undone too', () => {
    const play = new Play(runbook(three()));
    play.end('a').end('b', false).rollback();
    expect(play.running()).toEqual(['undo_b']);
  });

  test('waits for what runs; a running step that ends is then undone', () => {
    const play = new Play(runbook(three()));
    play.end('a').rollback();
    expect(play.running()).toEqual(['b']);
    play.end('b');
    expect(play.running()).toEqual(['undo_b']);
  });

  test('a failed undo asks and never offers a rollback; retried, it goes on', () => {
    const play = new Play(runbook(three()));
    play.end('a').end('b').end('c', false).end('undo_b', false);
    expect(play.decision.question).toMatchObject({ kind: 'failure', step: 'undo_b', inRollback: true });
    expect(() => play.answer({ kind: 'rollback', reason: 'x' })).toThrow(/has begun/);
    play.answer({ kind: 'retry', reason: 'again' }).end('undo_b').end('undo_a');
    expect(play.state.status).toBe('rolled-back');
  });

  test('with nothing changed it means pause', () => {
    const play = new Play(runbook([step('a', {}, 'check'), step('b')]), { guided: true });
    play.rollback();
    expect(play.state.status).toBe('paused');
    expect(play.state.paused?.reason).toBe('no-change');
  });

  test('undo: ID is covered by the undo of that step, once', () => {
    const steps = [step('a', { undo: undo('a') }), step('b', { undo: { kind: 'covered', by: 'a' } })];
    const play = new Play(runbook([...steps, step('c')]));
    play.end('a').end('b').end('c', false);
    expect(rollbackPlan(play.state).map(({ id }) => id)).toEqual(['undo_a']);
  });

  test('a guided failure with on_fail: rollback is the operator’s to decide', () => {
    const play = new Play(runbook([step('a', { undo: undo('a'), onFail: 'rollback' })]), { guided: true });
    play.answer({ kind: 'run' }).end('a', false);
    expect(play.decision.question).toMatchObject({ kind: 'failure', onFail: 'rollback' });
    play.answer({ kind: 'rollback', reason: 'bad' });
    expect(play.running()).toEqual(['undo_a']);
  });
});

describe('people and gates', () => {
  test('an approval counts distinct people and cannot be skipped', () => {
    const gate = { ...step('go', {}, 'approve'), ...body('approve', { from: ['lead'], count: 2, signed: false }) };
    const play = new Play(runbook([gate, step('a')]));
    expect(play.decision.question).toMatchObject({ kind: 'approve', count: 2 });
    expect(() => play.answer({ kind: 'skip', reason: 'hurry' })).toThrow(/gate/);
    play.answer({ kind: 'approve', by: 'ada' });
    expect(() => play.answer({ kind: 'approve', by: 'ada' })).toThrow(/already/);
    play.answer({ kind: 'approve', by: 'bob' });
    expect(play.running()).toEqual(['a']);
  });

  test('danger wants the name of the target', () => {
    const document = runbook([step('a', { danger: true })], {
      target: { name: 'shop-production', identity: body('check', { script: 'hostname' }) },
    });
    const play = new Play(document);
    const read = (where: object) =>
      play.append({
        type: 'target.read',
        actor: { via: 'engine', name: 'gonogo' },
        data: { identity: 'h1', ok: true, ...where },
      });
    read({});
    expect(play.decision.question).toMatchObject({ kind: 'danger', target: 'shop-production', pointOfNoReturn: true });
    expect(() => play.answer({ kind: 'confirm', target: 'shop-staging' })).toThrow(/not the target/);
    play.answer({ kind: 'confirm', target: 'shop-production' });
    expect(play.decision.probes).toMatchObject([{ probe: 'identity', step: 'a' }]);
    read({ step: 'a', visit: 1 });
    expect(play.running()).toEqual(['a']);
  });

  test('a drifted target asks before the change', () => {
    const document = runbook([step('a')], { target: { name: 't', identity: body('check', { script: 'hostname' }) } });
    const play = new Play(document);
    const read = (identity: string, ok: boolean, where: object) =>
      play.append({ type: 'target.read', actor: operatorless, data: { identity, ok, ...where } });
    read('h1', true, {});
    read('h2', false, { step: 'a', visit: 1, reason: 'reads "h2"' });
    expect(play.decision.question).toMatchObject({ kind: 'drift', expected: 'h1' });
    play.answer({ kind: 'retry', reason: 'switched the tunnel' });
    expect(play.decision.probes).toHaveLength(1);
    read('h1', true, { step: 'a', visit: 1 });
    expect(play.running()).toEqual(['a']);
  });
});

const operatorless = { via: 'engine', name: 'gonogo' } as const;

describe('steps that hold steps', () => {
  interface Option {
    label: string;
    goto?: string;
    steps?: ReturnType<typeof step>[];
  }
  const choose = (id: string, options: Option[]) =>
    step(
      id,
      {
        flow: 'choose',
        blocks: options.map(({ steps = [], ...option }) => ({ ...option, steps })),
      },
      'choose',
    );

  test('a chosen option runs its steps, the others are left out', () => {
    const play = new Play(
      runbook([
        choose('pick', [
          { label: 'A', steps: [step('a')] },
          { label: 'B', steps: [step('b')] },
        ]),
        step('end'),
      ]),
    );
    play.answer({ kind: 'choose', label: 'B' });
    expect(play.running()).toEqual(['b']);
    play.end('b');
    expect(play.status('pick')).toBe('passed');
    expect(play.running()).toEqual(['end']);
  });

  test('goto backwards opens new visits; forward marks what is jumped over', () => {
    const steps = [
      step('a'),
      choose('pick', [
        { label: 'again', goto: 'a' },
        { label: 'on', goto: 'z' },
      ]),
      step('m'),
      step('z'),
    ];
    const play = new Play(runbook(steps));
    play.end('a').answer({ kind: 'choose', label: 'again' });
    expect(play.running()).toEqual(['a']);
    play.end('a').answer({ kind: 'choose', label: 'on' });
    expect(play.status('m')).toBe('not-taken');
    expect(play.running()).toEqual(['z']);
    expect(play.state.steps.get('a')?.visits).toHaveLength(2);
    play.end('z');
    expect(play.state.status).toBe('completed');
  });

  test('parallel runs its steps side by side and passes when all have', () => {
    const both = step('both', { flow: 'parallel', blocks: [{ label: '', steps: [step('a'), step('b')] }] }, 'parallel');
    const play = new Play(runbook([both, step('end')]));
    expect(play.running()).toEqual(['a', 'b']);
    play.end('b');
    expect(play.running()).toEqual(['a']);
    play.end('a');
    expect(play.running()).toEqual(['end']);
  });

  test('a loop is undone visit by visit, newest first', () => {
    const steps = [
      step('a', { undo: undo('a') }),
      choose('pick', [{ label: 'again', goto: 'a' }, { label: 'on' }]),
      step('z'),
    ];
    const play = new Play(runbook(steps));
    play
      .end('a')
      .answer({ kind: 'choose', label: 'again' })
      .end('a')
      .answer({ kind: 'choose', label: 'on' })
      .end('z', false);
    play.answer({ kind: 'rollback', reason: 'bad' });
    play.end('undo_a').end('undo_a');
    expect(play.state.status).toBe('rolled-back');
    expect(play.state.steps.get('undo_a')?.visits.map(({ undoes }) => undoes?.visit)).toEqual([2, 1]);
  });
});
