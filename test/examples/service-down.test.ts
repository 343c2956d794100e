import { readlinkSync, symlinkSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Stage, statuses } from './stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
  stage.write('identity', 'shop-1\n');
  stage.write('deployment.json', JSON.stringify({ current: 'v7', previous: 'v6' }));
  stage.write('logs/app.log', 'INFO up\nERROR cannot pay\nERROR cannot pay\n');
  stage.write('features/recommendations', 'on\n');
  for (const release of ['v6', 'v7']) stage.write(`releases/${release}/app`, release);
  symlinkSync('releases/v7', stage.path('current'));
});
afterEach(() => stage.dispose());

const current = () => readlinkSync(stage.path('current'));

/** The shop is up while `isUp`; its database is a port that answers. */
async function incident(isUp: () => boolean, answers?: string) {
  const service = await stage.serve(() =>
    isUp() ? { status: 200, body: { status: 'ok' } } : { status: 500, body: { status: 'down' } },
  );
  const database = await stage.serve(() => ({ status: 200, body: '' }));
  const address = new URL(database).host;
  const ended = await stage.example('service-down', { service, address }, answers);
  return { ended, shown: await stage.shown() };
}

test('going back to the last good release brings the shop up; what people saw is on record', async () => {
  const { ended, shown } = await incident(() => current() === 'releases/v6');
  expect(ended.code).toBe(0);
  expect(current()).toBe('releases/v6');
  expect(shown.vars).toMatchObject({ health: '500', errors: '2', released: 'v7', last_good: 'v6' });
  expect(statuses(shown)).toMatchObject({ database: 'passed', back: 'passed', feature_off: 'not-taken', up: 'passed' });
  expect(shown.steps.find(({ id }) => id === 'findings')?.note).toBe('The errors begin with the last release.');
  expect(shown.obligations).toMatchObject([{ step: 'begin', status: 'settled', by: 'told' }]);
});

test('a mitigation that does not help is taken back and escalated', async () => {
  const { ended, shown } = await incident(() => false);
  expect(ended.code).toBe(1);
  expect(current()).toBe('releases/v7');
  expect(shown.status).toBe('rolled-back');
  expect(statuses(shown)).toMatchObject({ up: 'failed', undo_back: 'passed', escalate: 'passed' });
  expect(shown.obligations).toMatchObject([{ step: 'begin', status: 'settled', by: 'told_worse' }]);
});

test('a database that cannot be reached is a failed probe: the others still report before the run waits', async () => {
  const service = await stage.serve(() => ({ status: 500, body: { status: 'down' } }));
  const ended = await stage.example('service-down', { service, address: '127.0.0.1:1' });
  expect(ended.code).toBe(3);
  const shown = await stage.shown();
  expect(statuses(shown)).toMatchObject({ database: 'failed', front: 'passed', disk: 'passed', log: 'passed' });
});

const off = () => stage.read('features/recommendations').trim() === 'off';
const against = (reason: string) => `begin: done
findings: done
told: done
decide: { choose: Turn the recommendations off${reason} }`;

test('against the suggestion not without a reason', async () => {
  expect((await incident(off, against(''))).ended.code).toBe(3);
  expect(off()).toBe(false);
});

test('against the suggestion with a reason, which the record keeps', async () => {
  const { ended, shown } = await incident(off, against(', reason: The errors come from there'));
  expect(ended.code).toBe(0);
  expect(statuses(shown)).toMatchObject({ back: 'not-taken', feature_off: 'passed' });
});
