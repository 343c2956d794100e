/** Numbers that the rules rest on: how many at once, how often, and which answer serves which visit. */
import { describe, expect, test } from 'vitest';
import { readAnswers } from '../../src/engine/answers.ts';
import type { Question } from '../../src/run/question.ts';
import type { Item, Step } from '../../src/runbook/document.ts';
import { operator, Play, runbook, step, undo } from './play.ts';

const dayMs = 86_400_000;

function item(id: string, more: Partial<Item> = {}, action = 'check'): Step {
  const facts: Item = { category: 'all', severity: 'medium', requires: [], ...more };
  return step(id, { item: facts, onFail: 'continue' }, action);
}

function gate(id: string, items: readonly Step[]): Step {
  const checklist = {
    title: id,
    path: 'ready.yaml',
    scale: 10,
    categories: [{ id: 'all', title: 'All', weight: '1' }],
  };
  const blocks = [{ label: 'All', steps: [...items] }];
  return step(id, { flow: 'checklist', effect: 'gate', checklist, blocks, action: 'checklist' }, 'manual');
}

describe('items of a checklist', () => {
  const items = ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => item(id));

  test('four of those that take a process run at the same time; the next begins when one has ended', () => {
    const play = new Play(runbook([gate('ready', items)]));
    expect(play.running()).toEqual(['a', 'b', 'c', 'd']);
    play.end('b');
    expect(play.running()).toEqual(['a', 'c', 'd', 'e']);
    play.end('a').end('c');
    expect(play.running()).toEqual(['d', 'e', 'f']);
  });

  test('questions to people and looks at files wait for no process', () => {
    const looks = ['one', 'two'].map((id): Step => ({ ...item(id), action: 'file', params: { paths: [id] } }));
    const play = new Play(runbook([gate('ready', [...items, ...looks, item('told', {}, 'manual')])]));
    expect(play.running()).toEqual(['a', 'b', 'c', 'd', 'one', 'two']);
    expect(play.decision.question).toMatchObject({ kind: 'item', step: 'told' });
  });
});

describe('a rollback', () => {
  test('goes on over a gate that has gone stale, in undos and in its own steps', () => {
    const steps = [gate('ready', [item('told', { ttlMs: dayMs }, 'manual')]), step('deploy', { undo: undo('deploy') })];
    const play = new Play(
      runbook([...steps, step('look', {}, 'manual')], { rollback: { triggers: [], steps: [step('purge')] } }),
    );
    play.answer({ kind: 'item', result: 'pass', detail: 'seen' }).end('deploy');
    play.now += 2 * dayMs;
    play.rollback();
    expect(play.running()).toEqual(['undo_deploy']);
    play.end('undo_deploy');
    expect(play.running()).toEqual(['purge']);
    expect(play.end('purge').state.status).toBe('rolled-back');
  });
});

describe('an attempt that never ran', () => {
  test('is no try: as many are left as before', () => {
    const play = new Play(runbook([step('look', { retry: { times: 2, everyMs: 0, passes: 1 } }, 'check')]));
    play.append({ type: 'attempt.voided', actor: operator, data: { step: 'look', visit: 1, attempt: 1 } });
    expect(play.running()).toEqual(['look']);
    play.end('look', false);
    expect(play.running()).toEqual(['look']);
    play.end('look', false);
    expect(play.decision.question).toMatchObject({ kind: 'failure', reason: 'exit 1 after 2 tries' });
  });
});

describe('a list of answers', () => {
  const document = runbook([step('hand', {}, 'manual'), gate('ready', [item('told', {}, 'manual')])]);
  const answers = (text: string) => readAnswers('answers.yaml', text, 'ab', document);
  const manual = (visit: number): Question => ({
    kind: 'manual',
    step: 'hand',
    visit,
    title: 'hand',
    instructions: 'do',
  });
  const asked = (visit: number): Question => ({
    kind: 'item',
    step: 'told',
    visit,
    title: 'told',
    question: 'told?',
    severity: 'low',
  });
  const noteFor = (from: ReturnType<typeof answers>, question: Question): string | null => {
    const answer = from.next(question)?.answer;
    if (answer?.kind === 'done') return answer.note ?? '';
    return answer?.kind === 'item' ? answer.detail : null;
  };

  test('gives each visit the one of its number, also where earlier visits took none', () => {
    const from = answers('hand: [{ note: one }, { note: two }, { note: three }]');
    expect([1, 2, 3, 4].map((visit) => noteFor(from, manual(visit)))).toEqual(['one', 'two', 'three', null]);
  });

  test('gives the next one to a second question of the same visit', () => {
    const from = answers('hand: [{ note: one }, { note: two }]');
    from.next(manual(1))?.take();
    expect(noteFor(from, manual(1))).toBe('two');
    from.next(manual(1))?.take();
    expect(noteFor(from, manual(1))).toBeNull();
  });

  test('gives each look at an item the one of its number, waivers left out', () => {
    const waiver = '{ waive: { by: Rita, why: known, until: "2099-12-31" } }';
    const from = answers(`told: [{ pass: one }, ${waiver}, { pass: two }]`);
    expect([1, 2, 3].map((visit) => noteFor(from, asked(visit)))).toEqual(['one', 'two', null]);
  });
});
