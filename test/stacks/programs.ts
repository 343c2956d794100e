/** What the stacks need from Debian, and where it is. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Debian's own interpreter, which sees Debian's Python packages whatever else is on the path. */
export const python = '/usr/bin/python3';

/** Where Debian puts the servers of PostgreSQL, newest last; null: there are none. */
export function postgresPrograms(): string | null {
  const versions = '/usr/lib/postgresql';
  if (!existsSync(versions)) return null;
  const newest = readdirSync(versions)
    .sort((one, other) => Number(one) - Number(other))
    .at(-1);
  return newest === undefined ? null : join(versions, newest, 'bin');
}

interface Missing {
  readonly what: string;
  /** The Debian package that brings it. */
  readonly brings: string;
}

const programs: readonly (readonly [string, string])[] = [
  ['psql', 'postgresql-client'],
  ['pg_dump', 'postgresql-client'],
  ['redis-server', 'redis-server'],
  ['redis-cli', 'redis-tools'],
  ['nginx', 'nginx'],
  ['curl', 'curl'],
  ['git', 'git'],
  ['setpriv', 'util-linux'],
];

const modules: readonly (readonly [string, string])[] = [
  ['django', 'python3-django'],
  ['gunicorn', 'gunicorn'],
  ['psycopg2', 'python3-psycopg2'],
  ['redis', 'python3-redis'],
  ['fastapi', 'python3-fastapi'],
  ['uvicorn', 'python3-uvicorn'],
  ['alembic', 'python3-alembic'],
];

/** All that is missing, each once. */
export function missing(): readonly Missing[] {
  const found = (command: string, ...words: readonly string[]): boolean => spawnSync(command, words).status === 0;
  const lacking: Missing[] = [];
  if (postgresPrograms() === null) lacking.push({ what: 'the server of PostgreSQL', brings: 'postgresql' });
  for (const [what, brings] of programs) {
    const path = `${process.env['PATH'] ?? ''}:/usr/sbin`;
    if (spawnSync('sh', ['-c', `command -v ${what}`], { env: { PATH: path } }).status !== 0)
      lacking.push({ what, brings });
  }
  if (!existsSync(python)) return [...lacking, { what: python, brings: 'python3' }];
  for (const [name, brings] of modules) {
    if (!found(python, '-c', `import ${name}`)) lacking.push({ what: `the Python module ${name}`, brings });
  }
  return lacking;
}
