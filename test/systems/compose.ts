/** The FastAPI and React services in Docker Compose of the procedures audit (002), with its repository mended. */
import { answers, before, fixes } from '../audit/procedures-audit.ts';
import type { Reply } from '../examples/stage.ts';
import type { Asked, SystemShape } from './system.ts';
import { image } from './tools/docker.ts';
import { emptyWorld, type World } from './tools/world.ts';

export const firstWorld: World = {
  ...emptyWorld,
  code: {
    'v1.3.0': { migrations: ['1f0a'], serves: true },
    'v1.4.0': { migrations: ['1f0a', '2c9d', '3b7e'], serves: true },
  },
  applied: ['1f0a'],
  compose: { host: 'web-1', running: { backend: 'v1.3.0', frontend: 'v1.3.0' } },
  docker: { images: { 'shop/backend:v1.3.0': image('v1.3.0'), 'shop/frontend:v1.3.0': image('v1.3.0') }, registry: {} },
};

/** What serves, and on which data: all that a rollback has to bring back. */
export function serving({ compose, applied }: World): unknown {
  return { running: compose.running, applied };
}

function serve(world: World, { path }: Asked): Reply {
  const versions = Object.values(world.compose.running);
  if (!versions.every((version) => world.code[version]?.serves === true)) return { status: 500, body: 'broken' };
  return /^\/($|health$|api\/|favicon\.ico$)/.test(path)
    ? { status: 200, body: { status: 'ok' } }
    : { status: 404, body: '' };
}

/** The compose files as the runbook expects them; `command-lines.test.ts` holds them against the real Compose. */
export const composeFiles = {
  'compose.yaml': `services:
  backend:
    image: shop/backend:\${RELEASE}
    build: ./backend
    depends_on: [db, redis]
    healthcheck: { test: curl -f http://127.0.0.1:8000/health }
  frontend:
    image: shop/frontend:\${RELEASE}
    build: ./frontend
  db:
    image: postgres:16
    environment: { POSTGRES_PASSWORD: "\${POSTGRES_PASSWORD}" }
    volumes: [data:/var/lib/postgresql/data]
  redis: { image: redis:7 }
  nginx: { image: nginx:1.27, ports: ["80:80"] }
volumes:
  data: {}
`,
  'compose.production.yaml':
    'services:\n  backend: { restart: unless-stopped }\n  frontend: { restart: unless-stopped }\n',
};

export const compose: SystemShape = {
  runbook: 'compose-release.yaml',
  tools: ['docker'],
  before: { ...before, ...composeFiles, 'docker-compose.yml': null, '.gitignore': '.env\nrelease.env*\nbackups/\n' },
  after: { ...fixes, 'docker-compose.prod.yml': null },
  unversioned: {
    '.env': 'LOG_LEVEL=info\nPOSTGRES_PASSWORD=hidden-from-the-record\n',
    'release.env': 'RELEASE=v1.3.0\n',
  },
  first: firstWorld,
  serve,
  vars: (site) => ({ site, host: 'web-1', version: 'v1.4.0', next_review: '2026-12-01', limit_ms: '5000' }),
  answers: {
    ...Object.fromEntries(Object.entries(answers).map(([item, answer]) => [`readiness.${item}`, answer])),
    announce: { note: 'Told in the release channel.' },
    go: { approve: { by: 'Grace' } },
    migrate: { confirm: 'web-1' },
    watch: { note: 'Nothing stood out.' },
    tell_rollback: { note: 'Told in the release channel.' },
  },
};
