/** What a correction leaves alone: the values that an undo sees, and what an answers file has said. */
import { describe, expect, test } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import { readAnswers } from '../../src/engine/answers.ts';
import { corrects } from '../../src/run/correct.ts';
import type { Actor } from '../../src/run/event.ts';
import { Judge } from '../../src/run/obeys.ts';
import { reduce, reduceAll } from '../../src/run/reduce.ts';
import { respond } from '../../src/run/respond.ts';
import { noSecrets, viewOf } from '../../src/run/scope.ts';
import type { RunState } from '../../src/run/state.ts';
import type { Step } from '../../src/runbook/document.ts';
import { operator, Play, runbook, step, undo } from './play.ts';

const vars = { v: { type: 'string', secret: false }, w: { type: 'string', secret: false } } as const;

function played(steps: readonly Step[]): Play {
  return new Play(runbook(steps, { vars }), { vars: { v: '1' } });
}

function set(play: Play, name: string, value: string): Play {
  const response = corrects(play.state, { name, value, reason: 'a typo' }, operator);
  if (!response.ok) throw new Error(response.message);
  return play.append(...response.events);
}

/** What `name` is for the undo that runs. */
function seenByUndo(play: Play, name: string): string | undefined {
  const [id = ''] = play.running();
  const { state } = play;
  const visit = state.steps.get(id)?.visits.at(-1) ?? null;
  expect(visit?.undoes).toMatchObject({ step: 'one' });
  const view = viewOf({ state, specs: actions, secrets: noSecrets }, id, visit, null);
  return view.ok ? view.value.texts.get(name) : view.message;
}

const captured = (play: Play, value: string) =>
  play.append({
    type: 'variable.set',
    actor: { via: 'engine', name: 'gonogo' },
    data: { name: 'w', value, source: 'capture', step: 'one' },
  });

describe('an undo sees what the newest attempt of its visit began with', () => {
  const one = step('one', { undo: undo('one') });

  test('not what was corrected while it ran', () => {
    const play = set(played([one, step('two')]), 'v', '2');
    play.end('one').rollback().end('two');
    expect(play.running()).toEqual([...(play.state.rollback?.plan ?? [])].map(({ id }) => id));
    expect(seenByUndo(play, 'v')).toBe('1');
    expect(reduceAll(play.events, 'r')).toEqual(play.state);
  });

  test('also when nobody knows how it ended, or it failed and was corrected then', () => {
    const lost = set(played([one]), 'v', '2')
      .doubt('one')
      .answer({ kind: 'settle', as: 'failed', reason: 'it is not there' })
      .rollback();
    expect(seenByUndo(lost, 'v')).toBe('1');
    const failed = set(played([one]).end('one', false), 'v', '2').rollback();
    expect(seenByUndo(failed, 'v')).toBe('1');
  });

  test('what was corrected before it was tried again', () => {
    const play = set(played([one, step('two')]).end('one', false), 'v', '2').answer({ kind: 'retry', reason: 'again' });
    set(play, 'v', '3').end('one').rollback().end('two');
    expect(seenByUndo(play, 'v')).toBe('2');
  });

  test('with what the visit captured, and nothing that was corrected after that', () => {
    const play = set(captured(set(played([one]), 'w', 'guessed'), 'found'), 'w', 'other');
    play.end('one', false).rollback();
    expect(seenByUndo(play, 'w')).toBe('found');
  });
});

describe('a gate whose approval was voided', () => {
  const sha256 = 'f'.repeat(64);
  const actor: Actor = { via: 'answers', name: 'ada', file: sha256 };
  const steps = [step('go', {}, 'approve'), step('hand', {}, 'manual'), step('two')];
  const document = runbook(steps, { vars });

  function answered(play: Play, text: string): string | null {
    const { question } = play.decision;
    if (question === null) throw new Error('nothing is asked');
    const offer = readAnswers('answers.yaml', text, sha256, document, play.events).next(question);
    if (offer === null) return null;
    const response = respond(play.state, question, offer.answer, actor, play.now);
    if (!response.ok) throw new Error(response.message);
    play.append(...response.events);
    return 'by' in offer.answer ? offer.answer.by : offer.answer.kind;
  }

  function renewed(text: string): Play {
    const play = played(steps);
    expect(answered(play, text)).toBe('zed');
    expect(play.decision.question).toMatchObject({ kind: 'manual' });
    set(play, 'v', '2').answer({ kind: 'done' });
    expect(play.decision.question).toMatchObject({ kind: 'approve', step: 'go', visit: 2, renews: [1] });
    return play;
  }

  test('has consent that counts no more, and says which value it was given on', () => {
    const { state } = renewed('go: { approve: { by: zed } }');
    expect(state.approvals.at(-1)).toMatchObject({ valid: false, corrected: 'v' });
  });

  test('is not approved again by the answer that it had, read anew or still held', () => {
    const single = 'go: { approve: { by: zed } }';
    const play = renewed(single);
    expect(answered(play, single)).toBeNull();
    const corrected = set(play, 'v', '3');
    expect(answered(corrected, single)).toBeNull();
  });

  test('is approved by the next answer of a list', () => {
    const list = 'go: [{ approve: { by: zed } }, { approve: { by: bob } }]';
    const play = renewed(list);
    expect(answered(play, list)).toBe('bob');
    expect(play.running()).toEqual(['two']);
    const rules = new Judge(actions);
    let state: RunState | null = null;
    for (const event of play.events) {
      expect(rules.breach(state, event)).toBeNull();
      state = reduce(state, event, 'r');
    }
  });
});

describe('a correction', () => {
  const steps = [
    step('uses', { params: { script: 'echo $v' } }),
    step('not', { params: { script: 'echo w' } }),
    step('hand', {}, 'manual'),
    step('late', { params: { script: 'echo $v' } }),
  ];

  test('names the steps that had used the value before it, and not those that come later', () => {
    const play = set(played(steps).end('uses').end('not'), 'v', '2');
    expect(play.state.corrections.at(-1)).toMatchObject({ from: '1', value: '2', used: ['uses'] });
    // Nothing has used the new one yet.
    expect(set(play, 'v', '3').state.corrections.at(-1)).toMatchObject({ from: '2', value: '3', used: [] });
  });

  test('is refused for what cannot be one, and of a run that has ended', () => {
    const play = played([step('uses')]);
    const refused = (name: string, value: string, reason = 'x'): unknown =>
      corrects(play.state, { name, value, reason }, operator);
    expect(refused('v', '1')).toMatchObject({ ok: false, message: 'v has that value already' });
    expect(refused('v', '2', ' ')).toMatchObject({ ok: false });
    expect(refused('x', '2')).toMatchObject({ ok: false, message: 'the run has no variable x' });
    play.end('uses');
    expect(refused('v', '2')).toMatchObject({ ok: false, message: expect.stringContaining('has ended (completed)') });
  });

  test('is a decision of a person, and tells what had used the value, or the record is not believed', () => {
    const play = set(played(steps).end('uses').end('not'), 'v', '2');
    const event = play.events.find(({ type }) => type === 'variable.corrected');
    if (event?.type !== 'variable.corrected') throw new Error('it is not on record');
    const before = reduceAll(play.events.slice(0, play.events.indexOf(event)), 'r');
    const rules = new Judge(actions);
    expect(rules.breach(before, event)).toBeNull();
    expect(rules.breach(before, { ...event, actor: { via: 'engine', name: 'gonogo' } })).toMatchObject({
      reason: 'only a person corrects a variable',
    });
    expect(rules.breach(before, { ...event, data: { ...event.data, used: [] } })).toMatchObject({
      reason: 'it does not tell what had used the value before it',
    });
  });
});
