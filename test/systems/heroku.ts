/** The Django service on Heroku of the release audit (000) and its report (001), with its repository mended. */
import { before, fixes } from '../audit/release-audit.ts';
import type { Reply } from '../examples/stage.ts';
import { type Asked, atGates, followed, type SystemShape } from './system.ts';
import { image } from './tools/docker.ts';
import { currentRelease, versionOf } from './tools/heroku.ts';
import { emptyWorld, type World } from './tools/world.ts';

const config = { DJANGO_SETTINGS_MODULE: 'shop.production', DEBUG: 'True', SECRET_KEY: 'hidden-from-the-record' };

export const firstWorld: World = {
  ...emptyWorld,
  code: {
    'v1.3.0': { migrations: ['auth.0001_initial', 'shop.0001_initial'], serves: true },
    'v1.4.0': {
      migrations: ['auth.0001_initial', 'shop.0001_initial', 'shop.0002_region', 'video.0001_initial'],
      serves: true,
    },
  },
  applied: ['auth.0001_initial', 'shop.0001_initial'],
  heroku: {
    account: 'release@shop.example',
    app: 'shop',
    stack: 'container',
    region: 'us',
    maintenance: 'off',
    releases: [
      { version: 11, description: 'Deployed web', image: image('v1.3.0').id, config, status: 'failed' },
      { version: 12, description: 'Deployed web', image: image('v1.3.0').id, config, status: 'succeeded' },
    ],
    backups: [],
  },
  docker: { images: {}, registry: { 'registry.heroku.com/shop/web': image('v1.3.0') } },
};

/** What serves, and on which data: all that a rollback has to bring back. */
export function serving(world: World): unknown {
  const { image, config } = currentRelease(world);
  return { image, config, maintenance: world.heroku.maintenance, applied: world.applied.toSorted() };
}

function serve(world: World, { path }: Asked): Reply {
  if (world.heroku.maintenance === 'on') return { status: 503, body: 'maintenance' };
  const code = world.code[versionOf(world, currentRelease(world))];
  if (code?.serves !== true) return { status: 500, body: 'broken' };
  return /^\/($|core\/health\/$|core\/api\/videos\/$|static\/)/.test(path)
    ? { status: 200, body: { status: 'ok' } }
    : { status: 404, body: '' };
}

/** What only people know of its operation. */
const operation = {
  scaling_plan: { pass: 'Two dynos, docs/OPERATIONS.md' },
  media_delivery: { na: 'The service takes no uploads' },
  security_review: { partial: '2026-09-01, one finding is open' },
};

/** Documents that the audit finds and that somebody has followed. */
export const guides = followed(
  'operations_guide',
  'rollback_documented',
  'rollback_triggers',
  'smoke_tests_documented',
);

export const heroku: SystemShape = {
  runbook: 'heroku-container-release.yaml',
  tools: ['heroku', 'docker'],
  before,
  after: fixes,
  first: firstWorld,
  serve,
  vars: (url) => ({
    url,
    app: 'shop',
    account: 'release@shop.example',
    version: 'v1.4.0',
    next_review: '2026-12-01',
    health_path: '/core/health/',
    api_path: '/core/api/videos/',
    settings_change: 'DEBUG=False',
    limit_ms: '5000',
  }),
  answers: {
    ...atGates(operation, { operation: Object.keys(operation) }),
    announce: { note: 'Told in the release channel.' },
    go: { approve: { by: 'Grace' } },
    release: { confirm: 'shop' },
    watch: { note: 'Nothing stood out.' },
    tell_rollback: { note: 'Told in the release channel.' },
  },
};
