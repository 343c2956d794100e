/** The release of a container on Heroku, against stand-ins: that it releases, and that each of its commands may fail. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { statuses } from '../examples/stage.ts';
import { expectEnds, failed, failuresOf } from './failing.ts';
import { firstWorld, heroku, serving } from './heroku.ts';
import { System } from './system.ts';
import { imageId } from './tools/docker.ts';

let system: System;
beforeAll(async () => {
  system = await System.rehearsed(heroku, 'Mend what the audit found');
});
afterAll(() => system.dispose());

test('it releases, and no secret of the settings is on record', async () => {
  system.anew();
  const ended = await system.release();
  expect(ended).toMatchObject({ code: 0 });
  expect(serving(system.world())).toMatchObject({
    image: imageId('v1.4.0'),
    config: { DEBUG: 'False' },
    maintenance: 'off',
    applied: firstWorld.code['v1.4.0']?.migrations,
  });
  const shown = await system.stage.shown();
  expect(statuses(shown)).toMatchObject({ migrations_applied: 'passed', configure: 'passed' });
  expect(JSON.stringify(shown)).not.toContain('hidden-from-the-record');
});

test.each([
  ['another account', { account: 'somebody@shop.example' }],
  ['another app', { app: 'shop-staging' }],
])('%s stops it before the first change', async (_, vars) => {
  system.anew();
  const ended = await system.release(vars);
  expect(ended.code).toBe(2);
  expect(system.changes().size).toBe(0);
});

test('a version that does not serve is taken back by itself', async () => {
  const broken = {
    ...firstWorld.code['v1.4.0'],
    migrations: firstWorld.code['v1.4.0']?.migrations ?? [],
    serves: false,
  };
  system.anew({ ...firstWorld, code: { ...firstWorld.code, 'v1.4.0': broken } });
  const ended = await system.release();
  expect(ended, ended.stderr).toMatchObject({ code: 1 });
  expect(serving(system.world())).toEqual(serving(firstWorld));
  expect(await system.stage.shown()).toMatchObject({ status: 'rolled-back' });
});

test(
  'whichever of its commands fails, it comes back to what was',
  async () => {
    system.anew();
    await system.release();
    const failures = failuresOf(system, 30);
    const ends = new Set<string>();
    for (const one of failures) ends.add(await failed(system, one, serving));
    // Some are waited out by another try, some stop it before the first change, most are taken back.
    expectEnds(ends, ['0 rolled-back', '1 rolled-back', '3 paused', '3 rolled-back', 'refused']);
  },
  30 * 60_000,
);
