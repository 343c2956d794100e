/** What the stand-ins take is what the real tools take: held against each tool that is installed here. */
import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { composeFiles } from './compose.ts';
import { ecs } from './ecs.ts';
import { System } from './system.ts';
import { docker } from './tools/docker.ts';
import { heroku } from './tools/heroku.ts';
import { host } from './tools/host.ts';

const scratch = mkdtempSync(join(tmpdir(), 'gonogo-tools-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

interface Ended {
  readonly code: number;
  readonly text: string;
}

function ended(program: string, words: readonly string[], cwd = scratch, env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(program, [...words], { cwd, env: { ...process.env, ...env } }, (_, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, text: stdout + stderr });
    });
  });
}

/** True where `program` with `words` runs here. */
function isHere(program: string, ...words: readonly string[]): boolean {
  try {
    execFileSync(program, words, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const hasCompose = isHere('docker', 'compose', 'version');
// With the plugin `buildx`, `docker build` is another program than without it, and the one that is meant.
const hasBuildx = isHere('docker', 'buildx', 'version');
const dockerCommands = Object.entries(docker.table).filter(
  ([name]) => (hasCompose || !name.startsWith('compose ')) && (hasBuildx || name !== 'build'),
);

test.skipIf(!isHere('docker', '--version')).each(dockerCommands)('docker %s', async (name, flags) => {
  const { text } = await ended('docker', [...name.split(' '), '--help']);
  expect(text).toMatch(new RegExp(`^Usage:\\s+docker (buildx )?${name}\\b`, 'm'));
  for (const [flag, kind] of Object.entries(flags)) expectFlag(text, flag, kind);
});

test.skipIf(!hasCompose)('docker compose: the flags before its commands', async () => {
  const { text } = await ended('docker', ['compose', '--help']);
  for (const [flag, kind] of Object.entries(docker.leading ?? {})) expectFlag(text, flag, kind);
});

test.skipIf(!isHere('heroku', '--version')).each(Object.entries(heroku.table))('heroku %s', async (name, flags) => {
  const { code, text } = await ended('heroku', [name, '--help']);
  expect(code, text).toBe(0);
  for (const [flag, kind] of Object.entries(flags)) {
    expect(text, flag).toMatch(new RegExp(`--${flag}${kind === 'switch' ? '\\s' : '=<value>'}`));
  }
});

/**
 * The AWS CLI checks commands, flags and the shape of every parameter by itself before it asks the service. Whatever command line the
 * release called is given to it again, with an endpoint of ours that only refuses: it is asked, or the command line was wrong.
 */
test.skipIf(!isHere('aws', '--version'))(
  'every aws command line of a release reaches the service',
  async () => {
    const system = await System.begin(ecs, 'small');
    try {
      system.commit(ecs.after, 'v1.4.0', 'Mend what the review found');
      await system.rehearse();
      system.reset();
      expect(await system.release()).toMatchObject({ code: 0 });
      expect(await system.rollback()).toMatchObject({ code: 1 });
      // What an update of the stack that is cut off is taken back by.
      const others = ['cancel-update-stack', 'wait stack-rollback-complete'].map((words) => [
        'aws',
        'cloudformation',
        ...words.split(' '),
        '--region',
        'eu-central-1',
        '--stack-name',
        'shop',
      ]);
      const lines = new Map([...system.calls(), ...others].map(([, ...words]) => [words.join('\n'), words]));
      const asked: string[] = [];
      const url = await refusing(asked);
      for (const words of lines.values()) {
        const before = asked.length;
        const ours = [
          '--endpoint-url',
          url,
          '--no-sign-request',
          ...(words.includes('--region') ? [] : ['--region', 'eu-central-1']),
        ];
        const { text } = await ended('aws', [...words, ...ours], system.stage.cwd, {
          AWS_MAX_ATTEMPTS: '1',
          AWS_EC2_METADATA_DISABLED: 'true',
          AWS_CONFIG_FILE: '/dev/null',
          AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
        });
        expect(asked.length, `${words.join(' ')}\n${text}`).toBeGreaterThan(before);
      }
      const called = new Set([...lines.values()].map(([service, operation]) => `${service} ${operation}`));
      expect(called.size).toBeGreaterThan(20);
    } finally {
      await system.dispose();
    }
  },
  15 * 60_000,
);

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) server.close();
});

/** An endpoint that refuses everything; what it was asked is put into `asked`. */
async function refusing(asked: string[]): Promise<string> {
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${String(request.headers['x-amz-target'] ?? '')}`);
    request
      .resume()
      .on('end', () => response.writeHead(400, { 'content-type': 'application/json' }).end('{"__type": "Refused"}'));
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`;
}

const onServers = ['pg_dump', 'pg_restore', 'redis-cli', 'journalctl', 'systemctl', 'uv', 'npm', 'sentry-cli'];
test.each(onServers.filter((name) => isHere(name, '--version')))('%s', async (name) => {
  const tool = host[name];
  for (const [command, flags] of Object.entries(tool?.table ?? {})) {
    const words = command === '' ? [] : command.split(' ');
    const { text } = await ended(name, name === 'npm' ? ['help', ...words, '--no-usage'] : [...words, '--help']);
    for (const flag of Object.keys(flags)) {
      if (name === 'npm' && flag.startsWith('no-')) continue;
      expect(text, `${name} ${command}`).toMatch(new RegExp(flag.length === 1 ? `-${flag}\\b` : `--${flag}\\b`));
    }
  }
});

/** Docker prints the type of a value behind its flag: `--format string`, and nothing behind a switch. */
function expectFlag(help: string, flag: string, kind: string): void {
  const line = help.split('\n').find((one) => new RegExp(`^\\s+(-\\w, )?--${flag}\\b`).test(one)) ?? '';
  expect(line, `--${flag}`).not.toBe('');
  // Two words of Docker's help stand for values where one space follows the flag, and for text where more do.
  if (kind !== 'switch') expect(line, `--${flag}`).toMatch(new RegExp(`--${flag} \\S`));
}

test.skipIf(!hasCompose)(
  'the compose files of the test hold together, and name the images of the release',
  async () => {
    for (const [path, text] of Object.entries(composeFiles)) writeFileSync(join(scratch, path), text);
    for (const folder of ['backend', 'frontend']) mkdirSync(join(scratch, folder), { recursive: true });
    writeFileSync(join(scratch, '.env'), 'POSTGRES_PASSWORD=x\n');
    writeFileSync(join(scratch, 'release.env'), 'RELEASE=v1.3.0\n');
    const words = ['compose', '--project-name', 'shop', '--env-file', '.env', '--env-file', 'release.env'];
    const files = Object.keys(composeFiles).flatMap((path) => ['--file', path]);
    expect(await ended('docker', [...words, ...files, 'config', '--quiet'])).toMatchObject({ code: 0 });
    const { text } = await ended('docker', [...words, ...files, 'config', '--images']);
    expect(text.split('\n')).toContain('shop/backend:v1.3.0');
    const newer = await ended('env', ['RELEASE=v1.4.0', 'docker', ...words, ...files, 'config', '--images']);
    expect(newer.text.split('\n')).toContain('shop/backend:v1.4.0');
  },
);
