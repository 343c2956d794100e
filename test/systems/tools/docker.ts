/** Docker, as far as the runbooks call it. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { alembic } from './alembic.ts';
import { type Behaviour, type CommandTable, present, Refused, required, type Said, type Tool } from './tool.ts';
import type { Image, World } from './world.ts';

const table = {
  build: {
    pull: 'switch',
    platform: 'value',
    provenance: 'value',
    file: 'value',
    label: 'value',
    tag: 'value',
  },
  push: {},
  'image inspect': { format: 'value' },
  info: { format: 'value' },
  'compose config': { quiet: 'switch' },
  'compose build': { pull: 'switch' },
  'compose ps': { format: 'value' },
  'compose exec': { 'no-TTY': 'switch' },
  'compose run': { rm: 'switch', 'no-deps': 'switch', 'no-TTY': 'switch' },
  'compose up': { detach: 'switch', 'no-build': 'switch', wait: 'switch', 'wait-timeout': 'value' },
  'compose logs': { since: 'value', 'no-color': 'switch', 'no-log-prefix': 'switch' },
} as const satisfies CommandTable;

/** The id of the image that the code of `version` makes. */
export function imageId(version: string): string {
  return `sha256:${createHash('sha256').update(version).digest('hex')}`;
}

export function image(version: string): Image {
  return { id: imageId(version), size: 284_000_000, version };
}

const commands: Readonly<Record<keyof typeof table, Behaviour<World>>> = {
  build: (world, called) => {
    const labels = required(called, 'label').split('\n');
    const version = labels.find((label) => label.startsWith('org.opencontainers.image.version='))?.split('=')[1] ?? '';
    if (world.code[version] === undefined) throw new Refused(`there is no code of ${version}`);
    world.docker.images[required(called, 'tag')] = image(version);
    return { stderr: '#12 exporting to image\n' };
  },
  push: (world, { rest: [tag = ''] }) => {
    world.docker.registry[tag] = present(world.docker.images[tag], `image ${tag}`);
    return { stdout: 'latest: digest: sha256:0 size: 1\n' };
  },
  'image inspect': (world, called) => {
    const lines = called.rest.map((tag) => {
      const { id, size } = present(world.docker.images[tag], `image ${tag}`);
      return `${required(called, 'format').replace('{{.Id}}', id).replace('{{.Size}}', String(size))}\n`;
    });
    return { stdout: lines.join('') };
  },
  info: ({ compose }) => ({ stdout: `${compose.host}\n` }),
  'compose config': (world) => {
    present(world.code[release()], `the code of ${release()}`);
    return {};
  },
  'compose build': (world, { rest }) => {
    for (const service of rest) world.docker.images[`shop/${service}:${release()}`] = image(release());
    return { stderr: '#12 exporting to image\n' };
  },
  'compose ps': ({ compose }, { rest }) => {
    const services = rest.length === 0 ? [...Object.keys(compose.running), 'db', 'redis', 'nginx'] : rest;
    const lines = services.map((Service) => {
      const version = compose.running[Service];
      const Image = version === undefined ? `${Service}:1` : `shop/${Service}:${version}`;
      return `${JSON.stringify({ Service, Image, State: 'running', Health: version === undefined ? '' : 'healthy' })}\n`;
    });
    return { stdout: lines.join('') };
  },
  'compose exec': (world, { rest: [service = '', ...words] }) =>
    inside(world, service, words, world.compose.running[service]),
  'compose run': (world, { rest: [service = '', ...words] }) => {
    present(world.docker.images[`shop/${service}:${release()}`], `image shop/${service}:${release()}`);
    return inside(world, service, words, release());
  },
  'compose up': (world, { rest }) => {
    for (const service of rest) {
      present(world.docker.images[`shop/${service}:${release()}`], `image shop/${service}:${release()}`);
      world.compose.running[service] = release();
    }
    return { stderr: ' Container shop-backend-1  Healthy\n' };
  },
  'compose logs': () => ({ stdout: 'INFO started\n' }),
};

/** The release that the compose files name: of the environment, else of release.env. */
function release(): string {
  const { RELEASE } = process.env;
  return RELEASE ?? /^RELEASE=(.*)$/m.exec(readFileSync('release.env', 'utf8'))?.[1] ?? '';
}

/** What a command says inside the container of a service, with the code of `version` where it has one of ours. */
function inside(world: World, service: string, words: readonly string[], version: string | undefined): Said {
  const line = words.join(' ');
  if (service === 'backend') return alembic(world, present(world.code[version ?? ''], 'its code'), words);
  switch (`${service}: ${line}`) {
    case 'db: sh -c pg_dump --format=custom --username="$POSTGRES_USER" "$POSTGRES_DB"':
      return { stdout: 'PGDMP of the shop\n' };
    case 'db: pg_restore --list':
      return readFileSync(0, 'utf8').startsWith('PGDMP')
        ? { stdout: '215; 1259 16389 TABLE DATA public orders shop\n' }
        : { stderr: 'pg_restore: error: input file does not appear to be a valid archive\n', exit: 1 };
    case 'db: pg_isready':
      return { stdout: '/var/run/postgresql:5432 - accepting connections\n' };
    case 'redis: redis-cli ping':
      return { stdout: 'PONG\n' };
    case 'nginx: nginx -t':
    case 'nginx: nginx -s reload':
      return {};
    default:
      throw new Refused(`${line} in ${service}`);
  }
}

export const docker: Tool<World> = {
  table,
  commands,
  leading: { 'project-name': 'value', 'env-file': 'value', file: 'value' },
  passes: ['compose exec', 'compose run'],
};
