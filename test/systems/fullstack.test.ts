/** The release of a full-stack application on a server, against stand-ins: that it releases, and that each of its commands may fail. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { failed, failuresOf } from './failing.ts';
import { firstWorld, fullstack, serving } from './fullstack.ts';
import { System } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await System.rehearsed(fullstack, 'Mend the blockers');
});
afterAll(() => system.dispose());

test('it releases, and no secret of the environment is on record', async () => {
  system.anew();
  const ended = await system.release();
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  expect(serving(system.world())).toEqual({ running: 'v1.4.0', applied: ['1f0a', '2c9d'] });
  expect(system.shape.disk?.serving(system.stage)).toMatchObject({ current: 'releases/v1.4.0', half: false });
  expect(system.world().server.events).toEqual(['v1.4.0']);
  const shown = await system.stage.shown();
  expect(Number(shown.vars['backend_packages'])).toBe(2);
  expect(JSON.stringify(shown)).not.toContain('hidden-from-the-record');
});

test.each([
  ['a variable that is not set', 'SENTRY_DSN=https://key@sentry.example/1', 'SENTRY_DSN=', 'variables_set'],
  ['a secret that is a placeholder', /SECRET_KEY=.*/, `SECRET_KEY=dev-secret-key-${'x'.repeat(32)}`, 'secrets_good'],
  ['an origin of a developer', /ALLOWED_ORIGINS=(.*)/, 'ALLOWED_ORIGINS=$1,http://localhost:3000', 'origins_good'],
])('%s stops it before the first change', async (_, what, by, step) => {
  system.anew();
  const { environment = '' } = system.shape.vars(system.url, system.preview, system.stage);
  const changed = system.stage.write('other.env', readFileSync(environment, 'utf8').replace(what, by));
  const ended = await system.release({ environment: changed });
  expect(ended, ended.stderr).toMatchObject({ code: 3 });
  expect(ended.stderr).toContain(`${step} failed`);
  expect(system.changes().size).toBe(0);
});

test('another server stops it before the first change', async () => {
  system.anew();
  expect(await system.release({ host: 'app-2' })).toMatchObject({ code: 2 });
  expect(system.changes().size).toBe(0);
});

test('a version that does not serve is taken back by itself', async () => {
  const broken = { migrations: ['1f0a', '2c9d'], serves: false };
  system.anew({ ...firstWorld, code: { ...firstWorld.code, 'v1.4.0': broken } });
  const disk = system.shape.disk?.serving(system.stage);
  const ended = await system.release();
  expect(ended, ended.stderr).toMatchObject({ code: 1 });
  expect(serving(system.world())).toEqual(serving(firstWorld));
  expect(system.shape.disk?.serving(system.stage)).toEqual(disk);
});

test(
  'whichever of its commands fails, it comes back to what was',
  async () => {
    system.anew();
    await system.release();
    const failures = failuresOf(system, 15);
    for (const one of failures) await failed(system, one, serving);
  },
  30 * 60_000,
);
