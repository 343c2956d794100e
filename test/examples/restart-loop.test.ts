import { afterEach, beforeEach, expect, test } from 'vitest';
import { Stage, statuses } from './stage.ts';

let stage: Stage;
let pages: unknown[];
beforeEach(() => {
  stage = new Stage();
  pages = [];
  stage.write('service', '#!/bin/sh\necho "$1" >> restarts\n', 0o755);
});
afterEach(() => stage.dispose());

const restarts = () => stage.read('restarts').trim().split('\n').length;

/** A service that answers from the `worksAfter`-th restart on. */
async function loop(worksAfter: number, answers?: string) {
  let waiting = 7;
  const service = await stage.serve(() => {
    const works = restarts() >= worksAfter;
    if (works) waiting -= 1;
    return works
      ? { status: 200, body: { status: 'ok', queue: waiting } }
      : { status: 503, body: { status: 'hangs', queue: waiting } };
  });
  const pager = await stage.serve((_method, _path, body) => {
    pages.push(JSON.parse(body));
    return { status: 200, body: 'ok' };
  });
  stage.env['PAGER_WEBHOOK'] = `${pager}/hook`;
  const ended = await stage.example('restart-loop', { service }, answers);
  return { ended, shown: await stage.shown() };
}

test('three restarts that do not help are escalated, and what is owed is handed over', async () => {
  const { ended, shown } = await loop(99);
  expect(ended.code).toBe(0);
  expect(restarts()).toBe(3);
  expect(pages).toEqual([{ text: 'The report generator hangs after 3 restarts; 7 reports wait.\n' }]);
  expect(stage.has('maintenance')).toBe(true);
  expect(shown.vars).toMatchObject({ owner: 'Grace', answer: 'hangs' });
  expect(shown.obligations).toEqual([
    { step: 'stop_intake', text: 'Take new reports again', status: 'handed-over', by: 'Grace' },
  ]);
  expect(shown.steps.find(({ id }) => id === 'decide')).toMatchObject({ status: 'passed', visits: 3 });
  expect(statuses(shown)).toMatchObject({ drained: 'not-taken' });
});

test('it stops as soon as a restart helps; what was not chosen is not taken', async () => {
  const { ended, shown } = await loop(2, 'decide: [{ choose: Restart again }, { choose: It works }]');
  expect(ended.code).toBe(0);
  expect(restarts()).toBe(2);
  expect(pages).toEqual([]);
  expect(statuses(shown)).toMatchObject({ drained: 'passed', page: 'not-taken', stop_intake: 'not-taken' });
});

test('a fourth restart is not suggested, so it needs a reason', async () => {
  const again = '{ choose: Restart again }';
  const without = await loop(4, `decide: [${again}, ${again}, ${again}]`);
  expect(without.ended.code).toBe(3);
  expect(without.ended.stderr).toContain('"Restart again" is not suggested now: taking it needs a reason');
  expect(restarts()).toBe(3);

  const more = stage.write(
    'more.yaml',
    'decide: [x, x, { choose: Restart again, reason: Somebody freed memory }, { choose: It works }]',
  );
  const resumed = await stage.gonogo('resume', 'latest', '--headless', '--answers', more);
  expect(resumed.code).toBe(0);
  expect(restarts()).toBe(4);
});

test('answers that end before the loop does leave it waiting', async () => {
  const { ended } = await loop(99, 'decide: [{ choose: Restart again }]');
  expect(ended.code).toBe(3);
  expect(ended.stderr).toContain('waits for a choice at decide');
  expect(restarts()).toBe(2);
});
