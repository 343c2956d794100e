/** Items of a checklist that wait for people: any of them is answered first, and the history that comes of it obeys the rules. */
import { expect, test } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import { lastAnswer } from '../../src/run/judging.ts';
import { firstBreach } from '../../src/run/obeys.ts';
import { respond } from '../../src/run/respond.ts';
import type { Item } from '../../src/runbook/document.ts';
import { operator, Play, runbook, step } from './play.ts';

function asking(): Play {
  const item: Item = { category: 'people', severity: 'low', requires: [] };
  const steps = ['on_call', 'rehearsed', 'told'].map((id) => step(id, { item, onFail: 'continue' }, 'manual'));
  return new Play(
    runbook([], {
      kind: 'checklist',
      phases: [{ id: 'people', title: 'People', steps }],
      checklist: {
        title: 'Ready',
        path: 'ready.yaml',
        scale: 10,
        categories: [{ id: 'people', title: 'People', weight: '1' }],
      },
    }),
    { guided: true },
  );
}

const about = (play: Play): readonly string[] => {
  const { question, others } = play.decision;
  return [question, ...others].flatMap((one) => (one?.kind === 'item' ? [one.step] : []));
};

function answers(play: Play, step: string, detail: string): void {
  const { question, others } = play.decision;
  const asked = [question, ...others].find((one) => one?.kind === 'item' && one.step === step) ?? null;
  if (asked === null) throw new Error(`${step} is not asked`);
  const response = respond(play.state, asked, { kind: 'item', result: 'pass', detail }, operator, play.now);
  if (!response.ok) throw new Error(response.message);
  play.append(...response.events);
}

test('every open item is asked at once, and the last one is answered first', () => {
  const play = asking();
  expect(about(play)).toEqual(['on_call', 'rehearsed', 'told']);
  answers(play, 'told', 'by mail');
  expect(about(play)).toEqual(['on_call', 'rehearsed']);
  expect(lastAnswer(play.state)).toMatchObject({ result: 'pass', detail: 'by mail' });
  answers(play, 'rehearsed', 'on Monday');
  expect(lastAnswer(play.state)).toMatchObject({ detail: 'on Monday' });
  answers(play, 'on_call', 'asked her');
  expect(play.state.status).toBe('completed');
  expect(firstBreach(play.events, 'r', actions)).toBeNull();
});

test('an answer to an item that is not open breaks the rules', () => {
  const play = asking();
  answers(play, 'told', 'by mail');
  const told = play.events.find((event) => event.type === 'item.answered');
  if (told === undefined) throw new Error('nothing was answered');
  const again = { ...told, seq: play.state.head.seq + 1 };
  expect(firstBreach([...play.events, again], 'r', actions)?.reason).toContain('answers no question');
});
