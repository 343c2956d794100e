/** The learning application of the preparedness audit (004) on a server, with its repository mended. */
import { existsSync, mkdirSync, readdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { answers, before, p0Fixes, p1Fixes, recommended } from '../audit/preparedness-audit.ts';
import type { Reply, Stage } from '../examples/stage.ts';
import { type Asked, atGates, followed, type SystemShape } from './system.ts';
import { emptyWorld, type World } from './tools/world.ts';

export const firstWorld: World = {
  ...emptyWorld,
  code: {
    'v1.3.0': { migrations: ['1f0a'], serves: true },
    'v1.4.0': { migrations: ['1f0a', '2c9d'], serves: true },
  },
  applied: ['1f0a'],
  server: { name: 'app-1', root: '../srv', running: 'v1.3.0', events: [] },
};

/** What serves, and on which data: all that a rollback has to bring back. */
export function serving({ server, applied }: World): unknown {
  return { running: server.running, applied };
}

function serve(world: World, { method, path, url }: Asked): Reply {
  if (world.code[world.server.running]?.serves !== true) return { status: 500, body: 'broken' };
  if (method === 'OPTIONS') return { status: 204, body: '', headers: { 'access-control-allow-origin': url } };
  if (path === '/') return { status: 200, body: '<html><div id="root"></div></html>' };
  if (path === '/health') return { status: 200, body: { status: 'healthy', database: 'ok', redis: 'ok', s3: 'ok' } };
  if (path.startsWith('/api/v1/users')) return { status: 401, body: { detail: 'Not authenticated' } };
  return /^\/(api\/v1\/progress|favicon\.ico)$/.test(path) ? { status: 200, body: [] } : { status: 404, body: '' };
}

function lay(stage: Stage): void {
  rmSync(stage.path('srv'), { recursive: true, force: true });
  mkdirSync(stage.path('srv/releases/v1.3.0/src/backend'), { recursive: true });
  symlinkSync('releases/v1.3.0', stage.path('srv/current'));
}

/** The link, and that no folder of a release that was taken back is left. */
function onDisk(stage: Stage): unknown {
  return {
    current: readlinkSync(stage.path('srv/current')),
    releases: readdirSync(stage.path('srv/releases')),
    half: existsSync(stage.path('srv/current.new')),
  };
}

/** Documents that the audit finds and that somebody has followed. */
export const guides = followed(
  'deployment_guide',
  'troubleshooting',
  'rollback_documented',
  'monitoring_guide',
  'recovery_plan',
);

export const fullstack: SystemShape = {
  runbook: 'fullstack-release.yaml',
  tools: ['uv', 'npm', 'systemctl', 'hostname', 'pg_dump', 'pg_restore', 'redis-cli', 'sentry-cli', 'journalctl'],
  before: { ...before, '.env.example': 'SECRET_KEY=\nDATABASE_URL=\nREDIS_URL=\nALLOWED_ORIGINS=\nSENTRY_DSN=\n' },
  after: { ...p0Fixes, ...p1Fixes, ...recommended },
  first: firstWorld,
  disk: { lay, serving: onDisk },
  serve,
  vars: (site, _, stage) => ({
    site,
    host: 'app-1',
    version: 'v1.4.0',
    next_review: '2026-12-01',
    root: stage.path('srv'),
    environment: stage.write(
      'app.env',
      [
        'SECRET_KEY=hidden-from-the-record-and-long-enough-for-anybody',
        'DATABASE_URL=postgresql+asyncpg://app:hidden-from-the-record@127.0.0.1/app',
        'REDIS_URL=redis://127.0.0.1:6379/0',
        `ALLOWED_ORIGINS=${site}`,
        'SENTRY_DSN=https://key@sentry.example/1',
        '',
      ].join('\n'),
    ),
    limit_ms: '5000',
  }),
  answers: {
    ...atGates(answers, {
      readiness: ['health_covers_dependencies', 'token_expiry', 'storage_configured', 'certificates_ready'],
      operation: ['rollback_tested', 'alerts_reach_somebody', 'static_assets_built'],
    }),
    announce: { note: 'Told in the release channel.' },
    go: { approve: { by: 'Grace' } },
    migrate: { confirm: 'app-1' },
    error_seen: { note: 'It alerted Linus after two minutes.' },
    tell_rollback: { note: 'Told in the release channel.' },
  },
};
