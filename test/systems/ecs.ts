/** The platform of three services on AWS of the process review (003), with its repository mended. */
import { readFileSync } from 'node:fs';
import { before, fixes } from '../audit/process-review.ts';
import type { Reply } from '../examples/stage.ts';
import type { Asked, SystemShape } from './system.ts';
import { versionIn } from './tools/aws.ts';
import { imageId } from './tools/docker.ts';
import { emptyWorld, type TaskDefinition, type World } from './tools/world.ts';

const registry = '123456789012.dkr.ecr.eu-central-1.amazonaws.com';
const names = ['django', 'ai', 'realtime'] as const;

const template = 'Resources: { Listener: { Type: AWS::ElasticLoadBalancingV2::Listener } }\n';
const newTemplate =
  'Resources: { Listener: { Type: AWS::ElasticLoadBalancingV2::Listener, Properties: { Port: 443 } } }\n';
const parameters = [
  { ParameterKey: 'Size', ParameterValue: 'small' },
  { ParameterKey: 'Password', ParameterValue: 'hidden-from-the-record' },
];

function definition(name: string, revision: number): TaskDefinition {
  // By its tag, and by its digest: both are found in task definitions.
  const image = name === 'ai' ? `@${imageId('v1.3.0')}` : ':v1.3.0';
  return {
    taskDefinitionArn: `arn:aws:ecs:eu-central-1:123456789012:task-definition/shop-${name}:${revision}`,
    family: `shop-${name}`,
    revision,
    containerDefinitions: [
      { name, image: `${registry}/shop/${name}${image}` },
      { name: 'logs', image: 'fluent/fluent-bit:3.2' },
    ],
    tags: [{ key: 'release', value: 'release-20260101-000000' }],
    status: 'ACTIVE',
  };
}

const definitions = names.flatMap((name, index) => [definition(name, 40 + index), definition(name, 41 + index)]);

export const firstWorld: World = {
  ...emptyWorld,
  code: {
    'v1.3.0': { migrations: ['shop.0041_orders'], serves: true },
    'v1.4.0': { migrations: ['shop.0041_orders', 'shop.0042_region'], serves: true },
  },
  applied: ['shop.0041_orders'],
  aws: {
    ...emptyWorld.aws,
    account: '123456789012',
    region: 'eu-central-1',
    stack: { name: 'shop', status: 'UPDATE_COMPLETE', template, parameters: JSON.stringify(parameters) },
    services: Object.fromEntries(
      names.flatMap((name, index) => [
        [`${name}-blue`, definition(name, 41 + index).taskDefinitionArn],
        [`${name}-green`, definition(name, 40 + index).taskDefinitionArn],
      ]),
    ),
    taskDefinitions: definitions,
    weights: { blue: 100, green: 0 },
  },
};

/** What serves, and on which data: all that a rollback has to bring back. */
export function serving({ aws, applied }: World): unknown {
  const { stack, services, weights, taskDefinitions, changeSets } = aws;
  return {
    stack,
    services,
    weights,
    applied: applied.toSorted(),
    active: taskDefinitions
      .filter(({ status }) => status === 'ACTIVE')
      .map(({ taskDefinitionArn }) => taskDefinitionArn),
    waiting: changeSets.filter(({ execution }) => execution === 'AVAILABLE'),
  };
}

function serve(world: World, { path, as }: Asked): Reply {
  const { weights, services } = world.aws;
  const colours = Object.entries(weights).filter(([, weight]) => (as === 'site' ? weight > 0 : weight === 0));
  const all = colours.map(([colour]) => world.code[versionIn(world, services[`django-${colour}`] ?? '', 'django')]);
  if (!all.every((code) => code?.serves === true)) return { status: 500, body: 'broken' };
  return /^\/($|health\/$|api\/)/.test(path) ? { status: 200, body: { status: 'ok' } } : { status: 404, body: '' };
}

/** Every question that the checklist asks of people, answered as on a good day, at the gate that asks it. */
export function itemsAnswered(
  checklist: string,
  gates: Readonly<Record<string, readonly string[]>>,
): Record<string, unknown> {
  const gateOf = new Map(Object.entries(gates).flatMap(([gate, ids]) => ids.map((id) => [id, gate])));
  let category = '';
  let item = '';
  const answers: Record<string, unknown> = {};
  for (const line of readFileSync(checklist, 'utf8').split('\n')) {
    category = /^ {2}([a-z_]+):$/.exec(line)?.[1] ?? category;
    item = /^ {6}- id: (\w+)$/.exec(line)?.[1] ?? item;
    const gate = gateOf.get(category);
    if (/^ {8}manual: /.test(line) && gate !== undefined)
      answers[`${gate}.${item}`] = { pass: 'Seen on the day of the release.' };
  }
  return answers;
}

const checklist = new URL('../../checklists/deployment-process.yaml', import.meta.url).pathname;

export const ecs: SystemShape = {
  runbook: 'aws-ecs-release.yaml',
  tools: ['aws'],
  before: {
    ...before,
    'infra/stack.yaml': template,
    'infra/production.json': JSON.stringify([parameters[0], { ParameterKey: 'Password', UsePreviousValue: true }]),
    '.gitignore': 'release-before/\n',
  },
  after: { ...fixes, 'infra/stack.yaml': newTemplate },
  first: firstWorld,
  serve,
  vars: (site, preview_url) => ({
    site,
    preview_url,
    account: '123456789012',
    region: 'eu-central-1',
    version: 'v1.4.0',
    next_review: '2026-12-01',
    stack: 'shop',
    cluster: 'shop',
    migrate_back: 'python manage.py migrate shop 0041_orders',
    database: 'shop',
    cache: 'shop',
    zone: 'Z0123456789ABC',
    record: 'shop.example.',
    alarms: 'shop-',
    topic: 'arn:aws:sns:eu-central-1:123456789012:releases',
    limit_ms: '5000',
  }),
  answers: {
    ...itemsAnswered(checklist, {
      readiness: ['pipeline', 'migrations', 'after', 'rollback', 'preparation', 'validation', 'packaging'],
      infrastructure_good: ['infrastructure'],
      verified: ['application', 'verification'],
      operation: ['monitoring', 'compliance', 'performance', 'communication'],
    }),
    announce: { note: 'Told in the release channel.' },
    go: { approve: { by: 'Grace' } },
    review: { approve: { by: 'Iris' } },
    execute: { confirm: 'shop-production' },
    to_100: { confirm: 'shop-production' },
    tell_rollback: { note: 'Told in the release channel.' },
  },
};
