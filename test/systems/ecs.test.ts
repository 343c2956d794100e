/** The release of several services on ECS, against stand-ins: that it releases, and that each of its commands may fail. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { statuses } from '../examples/stage.ts';
import { ecs, firstWorld, serving } from './ecs.ts';
import { expectEnds, failed, failuresOf } from './failing.ts';
import { System } from './system.ts';
import { versionIn } from './tools/aws.ts';

let system: System;
beforeAll(async () => {
  system = await System.rehearsed(ecs, 'Mend what the review found');
});
afterAll(() => system.dispose());

test('it releases to the colour that serves nobody, and moves the traffic over', async () => {
  system.anew();
  const ended = await system.release();
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  const { aws, applied } = system.world();
  expect(aws.weights).toEqual({ blue: 0, green: 100 });
  expect(aws.services).toMatchObject({ 'django-blue': firstWorld.aws.services['django-blue'] });
  for (const name of ['django', 'ai', 'realtime']) {
    expect(versionIn(system.world(), aws.services[`${name}-green`] ?? '', name)).toBe('v1.4.0');
  }
  expect(applied).toEqual(firstWorld.code['v1.4.0']?.migrations);
  expect(aws.stack.template).toContain('Port: 443');
  expect(aws.published).toEqual([expect.stringContaining('v1.4.0 serves on shop')]);
  expect(JSON.stringify(await system.stage.shown())).not.toContain('hidden-from-the-record');
});

test.each([
  ['another account', { account: '210987654321' }],
  ['another region', { region: 'eu-west-1' }],
  ['another stack', { stack: 'shop-staging' }],
])('%s stops it before the first change', async (_, vars) => {
  system.anew();
  const ended = await system.release(vars);
  expect(ended, ended.stderr).toMatchObject({ code: 2 });
  expect(system.changes().size).toBe(0);
});

test('a stack without changes goes on, and the change set is taken back', async () => {
  const { stack } = firstWorld.aws;
  const template =
    'Resources: { Listener: { Type: AWS::ElasticLoadBalancingV2::Listener, Properties: { Port: 443 } } }\n';
  const first = { ...firstWorld, aws: { ...firstWorld.aws, stack: { ...stack, template } } };
  system.anew(first);
  expect(await system.release()).toMatchObject({ code: 0 });
  expect(statuses(await system.stage.shown())).toMatchObject({
    review: 'not-taken',
    execute: 'not-taken',
    update_3: 'passed',
  });
  expect(await system.rollback()).toMatchObject({ code: 1 });
  expect(serving(system.world())).toMatchObject({ services: first.aws.services, weights: { blue: 100, green: 0 } });
});

test('a service whose container has another name stops it, instead of running on with the old image', async () => {
  const renamed = firstWorld.aws.taskDefinitions.map((one) =>
    one.family === 'shop-ai'
      ? { ...one, containerDefinitions: one.containerDefinitions.map((it) => ({ ...it, name: `the-${it.name}` })) }
      : one,
  );
  const first = { ...firstWorld, aws: { ...firstWorld.aws, taskDefinitions: renamed } };
  system.anew(first);
  const ended = await system.release();
  expect(ended, ended.stderr).toMatchObject({ code: 3 });
  expect(ended.stderr).toContain('register_2 failed');
  expect(await system.rollback()).toMatchObject({ code: 1 });
  expect(serving(system.world())).toEqual(serving(first));
});

test('an alarm at a tenth of the traffic takes all of it back', async () => {
  system.anew({ ...firstWorld, aws: { ...firstWorld.aws, alarms: { 'shop-errors': 10 } } });
  const ended = await system.release();
  expect(ended, ended.stderr).toMatchObject({ code: 1 });
  expect(serving(system.world())).toEqual(serving(firstWorld));
  expect(system.world().aws.published).toEqual([expect.stringContaining('v1.4.0 was rolled back on shop')]);
});

test(
  'whichever of its commands fails, it comes back to what was',
  async () => {
    system.anew();
    await system.release();
    const failures = failuresOf(system, 50);
    const ends = new Set<string>();
    for (const one of failures) ends.add(await failed(system, one, serving));
    expectEnds(ends, ['0 rolled-back', '1 rolled-back', '3 paused', '3 rolled-back', 'refused']);
  },
  60 * 60_000,
);
