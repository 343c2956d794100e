import { afterEach, beforeEach, expect, test } from 'vitest';
import { Stage, statuses } from './stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
  stage.write('repository-name', 'shop\n');
  stage.write('protection/main', '');
  stage.write('tags', 'v1.0.0 CHG-7\n');
});
afterEach(() => stage.dispose());

const version = 'v1.1.0';
const approved = `change_ticket: CHG-1042
go: [{ approve: { by: Rita } }, { approve: { by: Sam } }]
`;

test('two people approve, and the protection that stays lifted is handed over by name', async () => {
  const ended = await stage.example('approvals', { version });
  expect(ended.code).toBe(0);
  expect(stage.read('tags')).toBe('v1.0.0 CHG-7\nv1.1.0 CHG-1042\n');
  expect(stage.has('protection/main')).toBe(false);
  const shown = await stage.shown();
  expect(shown.approvals.map(({ by }) => by)).toEqual(['Rita Release', 'Sam Security']);
  expect(shown.obligations).toEqual([
    { step: 'lift', text: 'Restore the branch protection', status: 'handed-over', by: 'Olga Operations' },
  ]);
  expect(shown.steps.find(({ id }) => id === 'restore')).toMatchObject({
    status: 'skipped',
    reason: 'The back-merge of the night still has to go through.',
  });
});

test('restored by its step, nothing is owed at the end', async () => {
  const ended = await stage.example('approvals', { version }, `${approved}lift: { confirm: shop-repository }`);
  expect(ended.code).toBe(0);
  expect(stage.has('protection/main')).toBe(true);
  expect((await stage.shown()).obligations).toMatchObject([{ step: 'lift', status: 'settled', by: 'restore' }]);
});

test('one approval is not two: the run waits before anything changes', async () => {
  const ended = await stage.example(
    'approvals',
    { version },
    'change_ticket: CHG-1042\ngo: [{ approve: { by: Rita } }, { approve: { by: Rita } }]',
  );
  expect(ended.code).toBe(3);
  expect(ended.stderr).toContain('Rita has already approved');
  expect(stage.has('protection/main')).toBe(true);
});

test('a debt that nobody takes over keeps the run open; resume ends it with a name', async () => {
  const answers = `${approved}lift: { confirm: shop-repository }\nrestore: { skip: Later }`;
  const ended = await stage.example('approvals', { version }, answers);
  expect(ended.code).toBe(3);
  expect(ended.stderr).toContain('waits for open obligations: lift');
  const more = stage.write('more.yaml', 'lift: { handover: Olga }');
  expect(await stage.gonogo('resume', 'latest', '--headless', '--answers', more)).toMatchObject({ code: 0 });
  expect((await stage.shown()).obligations).toMatchObject([{ status: 'handed-over', by: 'Olga' }]);
});

test('taken back, the lifted protection is restored and its debt is gone', async () => {
  const answers = `${approved}lift: { confirm: shop-repository }\nrestore: { skip: Later }`;
  await stage.example('approvals', { version }, answers);
  const back = await stage.gonogo('rollback', 'latest', '--headless', '--reason', 'wrong commit');
  expect(back.code).toBe(1);
  expect(stage.has('protection/main')).toBe(true);
  expect(stage.read('tags')).toBe('v1.0.0 CHG-7\n');
  const shown = await stage.shown();
  expect(shown.status).toBe('rolled-back');
  expect(shown.obligations).toMatchObject([{ step: 'lift', status: 'cancelled' }]);
  expect(statuses(shown)).toMatchObject({ undo_tag: 'passed', undo_lift: 'passed' });
});
