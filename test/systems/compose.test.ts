/** The release with Docker Compose, against stand-ins: that it releases, and that each of its commands may fail. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compose, firstWorld, serving } from './compose.ts';
import { failed, failuresOf } from './failing.ts';
import { System } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await System.rehearsed(compose, 'Mend what the audit found');
});
afterAll(() => system.dispose());

test('it releases, and no secret of the environment is on record', async () => {
  system.anew();
  const ended = await system.release();
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  expect(serving(system.world())).toEqual({
    running: { backend: 'v1.4.0', frontend: 'v1.4.0' },
    applied: firstWorld.code['v1.4.0']?.migrations,
  });
  expect(system.stage.read('repo/release.env')).toBe('RELEASE=v1.4.0\n');
  const shown = await system.stage.shown();
  expect(shown.vars['settings_now']).toBe('LOG_LEVEL=info\nWORKERS=\nCORS_ORIGINS=');
  expect(JSON.stringify(shown)).not.toContain('hidden-from-the-record');
});

test('another host stops it before the first change', async () => {
  system.anew();
  expect(await system.release({ host: 'web-2' })).toMatchObject({ code: 2 });
  expect(system.changes().size).toBe(0);
});

test('a version that does not serve is taken back by itself, the code before the schema', async () => {
  const broken = { migrations: firstWorld.code['v1.4.0']?.migrations ?? [], serves: false };
  system.anew({ ...firstWorld, code: { ...firstWorld.code, 'v1.4.0': broken } });
  const ended = await system.release();
  expect(ended, ended.stderr).toMatchObject({ code: 1 });
  expect(serving(system.world())).toEqual(serving(firstWorld));
  const { plan } = (await system.stage.shown()).rollback;
  expect(plan.indexOf('undo_migrate')).toBeGreaterThan(plan.findIndex((id) => id.startsWith('undo_switch')));
});

test(
  'whichever of its commands fails, it comes back to what was',
  async () => {
    system.anew();
    await system.release();
    const failures = failuresOf(system, 15);
    for (const one of failures) {
      await failed(system, one, serving);
      expect(system.stage.read('repo/release.env')).toBe('RELEASE=v1.3.0\n');
    }
  },
  30 * 60_000,
);
