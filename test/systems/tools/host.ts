/** Tools of a server, as far as `fullstack-release.yaml` calls them. Folders and links are real, what runs from them is not. */
import { mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { alembic } from './alembic.ts';
import { type Behaviour, present, Refused, required, type Tool } from './tool.ts';
import type { World } from './world.ts';

const backend = 'app-backend.service';

/** The version whose folder this is called in. */
function versionHere(): string {
  return present(/\/releases\/(v[^/]+)\//.exec(`${realpathSync(process.cwd())}/`)?.[1], 'a release in this folder');
}

/** A tool that has no commands. */
function alone(
  flags: Tool<World>['table'][string],
  behave: Behaviour<World>,
  short: Tool<World>['short'] = {},
): Tool<World> {
  return { table: { '': flags }, short, commands: { '': behave } };
}

const uv: Tool<World> = {
  table: {
    sync: { frozen: 'switch', 'no-dev': 'switch' },
    run: { frozen: 'switch', 'no-dev': 'switch' },
    'pip list': { format: 'value' },
    audit: { 'output-format': 'value' },
  },
  passes: ['run'],
  commands: {
    sync: () => {
      readFileSync('uv.lock');
      return { stderr: 'Installed 2 packages in 12ms\n' };
    },
    run: (world, { rest }) => alembic(world, present(world.code[versionHere()], 'its code'), rest),
    'pip list': () => ({
      stdout: '[{"name":"fastapi","version":"0.115.0"},{"name":"sqlalchemy","version":"2.0.36"}]\n',
    }),
    audit: () => ({
      stdout: '{"schema": {"version": "preview"}, "summary": {}, "vulnerabilities": [], "adverse_statuses": []}\n',
    }),
  },
};

const npm: Tool<World> = {
  table: { ci: { 'no-audit': 'switch', 'no-fund': 'switch' }, run: {} },
  commands: {
    ci: () => {
      readFileSync('package-lock.json');
      return { stdout: 'added 2 packages\n' };
    },
    run: (_, { rest: [script] }) => {
      if (script !== 'build') throw new Refused(`Missing script: "${script}"`);
      mkdirSync('dist', { recursive: true });
      writeFileSync(
        'dist/index.html',
        `<html><script>const api = "${process.env['VITE_API_BASE_URL']}"</script></html>\n`,
      );
      return { stdout: 'built in 1.2s\n' };
    },
  },
};

const systemctl: Tool<World> = {
  table: { restart: {}, reload: {}, 'is-active': { quiet: 'switch' } },
  commands: {
    restart: ({ server }, { rest: [unit] }) => {
      if (unit !== backend) return { stderr: `Failed to restart ${unit}: Unit ${unit} not found.\n`, exit: 5 };
      server.running = basename(realpathSync(`${server.root}/current`));
      return {};
    },
    reload: () => ({}),
    'is-active': () => ({}),
  },
};

export const host: Readonly<Record<string, Tool<World>>> = {
  uv,
  npm,
  systemctl,
  hostname: alone({}, ({ server }) => ({ stdout: `${server.name}\n` })),
  pg_dump: alone({ format: 'value', file: 'value' }, (_, called) => {
    const [url = ''] = called.rest;
    if (!/^postgres(ql)?:\/\//.test(url))
      return { stderr: `pg_dump: error: database "${url}" does not exist\n`, exit: 1 };
    writeFileSync(required(called, 'file'), 'PGDMP of the application\n');
    return {};
  }),
  pg_restore: alone({ list: 'switch' }, (_, { rest: [file = ''] }) =>
    readFileSync(file, 'utf8').startsWith('PGDMP')
      ? { stdout: '215; 1259 16389 TABLE DATA public progress app\n' }
      : { stderr: 'pg_restore: error: input file does not appear to be a valid archive\n', exit: 1 },
  ),
  'redis-cli': alone({ u: 'value', 'no-auth-warning': 'switch' }, (_, { rest }) => {
    if (rest.join(' ') !== 'ping') throw new Refused(rest.join(' '));
    return { stdout: 'PONG\n' };
  }),
  'sentry-cli': {
    table: { 'send-event': { message: 'value', release: 'value', env: 'value' } },
    commands: {
      'send-event': ({ server }, called) => {
        server.events.push(required(called, 'release'));
        return { stdout: 'Event dispatched: 6f1d2c3b-0000-4000-8000-000000000001\n' };
      },
    },
  },
  journalctl: alone({ unit: 'value', since: 'value', utc: 'switch', 'no-pager': 'switch', quiet: 'switch' }, () => ({
    stdout: 'Nov 24 10:05:01 app-1 uvicorn[1]: INFO started\n',
  })),
};
