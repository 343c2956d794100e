/** The app on a real terminal: what is drawn, what is left behind. */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Pty, startPty } from './pty.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder = '';
let stage = '';

beforeAll(async () => {
  // Inside the checkout, so that the packages that stay outside the bundle are found.
  folder = await mkdtemp(join(root, 'state/.stage-'));
  stage = join(folder, 'stage.mjs');
  await build({
    absWorkingDir: root,
    entryPoints: [fileURLToPath(new URL('./stage.ts', import.meta.url))],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    splitting: true,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    logLevel: 'error',
  });
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

function open(args: readonly string[], columns = 80, rows = 24, env = {}): Pty {
  return startPty(stage, args, columns, rows, env);
}

/** Text as a terminal with bracketed paste sends it. */
function pasted(text: string): string {
  return `\x1b[200~${text}\x1b[201~`;
}

/** Types `keys` and waits for what they bring. */
async function press(pty: Pty, keys: string, shows: string): Promise<void> {
  await pty.type(keys);
  await pty.shows(shows);
}

test('terminal: the failover is walked by keys to the typed name, left, and the summary stays on the normal screen', async () => {
  const pty = open(['quick']);
  await pty.shows('r runs replica_lag');
  expect(pty.alternate()).toBe(true);
  expect(pty.written()).toContain('\x1b[?1049h\x1b[2J\x1b[H');
  expect(pty.rows()).toHaveLength(24);
  expect(pty.rows()[0]).toMatch(/^ \[PRODUCTION\] shop-production {2}r +0\/7 \[\.{10}\]/);
  await press(pty, 'r', 'r runs backup');
  await press(pty, 'r', 'r runs fence_primary');
  await press(pty, 'r', '> n No <');
  await press(pty, '\r', 'r runs fence_primary');
  await pty.hides('> n No <');
  await press(pty, 'r', '> n No <');
  await press(pty, 'y', 'r runs promote');
  await press(pty, 'r', '> n No <');
  await press(pty, 'y', 'r runs repoint_dns');
  await press(pty, 's', 'Reason:');
  await press(pty, pasted('the name is cached'), 'the name is cached');
  await press(pty, '\r', 'r runs drop_slot');
  await press(pty, 'r', 'Type shop-production to run it');
  await press(pty, pasted('shop'), 'run it: shop');
  await press(pty, '\r', 'is not the target');
  await press(pty, pasted('-production'), 'run it: shop-production');
  await press(pty, '\r', 'r runs health');
  await press(pty, 'r', 'COMPLETED: Fail over the database');
  await pty.type('q');
  expect(await pty.exited).toBe(0);
  await pty.leaves();
  await pty.shows('6 of 7 steps passed, 1 skipped');
  await pty.shows('1 deviation: repoint_dns skipped');
});

test('terminal: Ctrl-C asks and can be taken back; a second one quits and leaves the command running', async () => {
  const pty = open([]);
  await toPromote(pty);
  await press(pty, '\x03', 'Leave it running and quit');
  await press(pty, '\x1b', 'promote is running');
  await pty.hides('Leave it running and quit');
  await press(pty, '\x03', 'Leave it running and quit');
  await pty.type('\x03');
  expect(await pty.exited).toBe(3);
  await pty.leaves();
  await pty.shows('Go on with: gonogo resume r');
});

test('terminal: SIGTERM lets go of the run and leaves the terminal as it was', async () => {
  const pty = open([]);
  await pty.shows('r runs replica_lag');
  pty.kill('SIGTERM');
  expect(await pty.exited).toBe(130);
  await pty.leaves();
  expect(pty.written().lastIndexOf('\x1b[?25h')).toBeGreaterThan(pty.written().lastIndexOf('\x1b[?25l'));
  expect(pty.written().lastIndexOf('\x1b[?2004l')).toBeGreaterThan(pty.written().lastIndexOf('\x1b[?2004h'));
});

test('terminal: stopped and continued, the screen comes back', async () => {
  const pty = open([]);
  await pty.shows('r runs replica_lag');
  pty.kill('SIGTSTP');
  await pty.hides('r runs replica_lag');
  await pty.leaves();
  // A shell sends SIGCONT to what has stopped; sent before, it would be lost.
  await pty.stopped();
  pty.kill('SIGCONT');
  await pty.shows('r runs replica_lag');
  expect(pty.alternate()).toBe(true);
  await press(pty, 'r', 'r runs backup');
  pty.kill('SIGTERM');
  await pty.exited;
});

test('terminal: output keeps its colour and nothing else of its escapes', async () => {
  const pty = open([]);
  await toPromote(pty);
  await pty.shows('waiting for server to promote');
  await pty.shows('red ␛]0;title␇');
  expect(pty.written()).not.toContain('\x1b]0;title');
  pty.kill('SIGTERM');
  await pty.exited;
});

test('terminal: with NO_COLOR no colour is written, and ASCII suffices where the locale is not UTF-8', async () => {
  const pty = open([], 80, 24, { NO_COLOR: '1', LANG: 'C' });
  await toPromote(pty);
  await pty.shows('* promote');
  await pty.shows('! drop_slot');
  expect(pty.written()).not.toMatch(/\x1b\[[0-9;]+m/);
  expect(pty.rows().join('')).not.toMatch(/[─│✓▸·]/);
  pty.kill('SIGTERM');
  await pty.exited;
});

test('terminal: it follows the size of the terminal, and says when that is too small', async () => {
  const pty = open([]);
  await pty.shows('r runs replica_lag');
  pty.resize(120, 40);
  await pty.showsAt(39, 'q detach');
  pty.resize(60, 16);
  await pty.showsAt(15, 'q detach');
  pty.resize(40, 10);
  await pty.shows('Too small: 40x10. Make it 2 rows larger.');
  pty.resize(80, 24);
  await pty.showsAt(22, 'r runs replica_lag');
  await pty.showsAt(23, 'q detach');
  pty.kill('SIGTERM');
  await pty.exited;
});

test('terminal: a pasted text runs nothing, with brackets or without', async () => {
  const pty = open([]);
  await pty.shows('r runs replica_lag');
  pty.write('rry\r');
  pty.write('\x1b[200~rry\r\x1b[201~');
  await press(pty, '?', '1-22 of');
  await press(pty, '\x1b', 'r runs replica_lag');
  pty.kill('SIGTERM');
  await pty.exited;
});

test('terminal: from the home screen a runbook is started; the first key there runs nothing', async () => {
  const pty = open(['home']);
  await pty.shows('> Fail over the database');
  await press(pty, '\r', 'r runs replica_lag');
  await pty.type('q');
  expect(await pty.exited).toBe(3);
});

test('plain: the same run by ordinary prompts, without one escape; an empty line runs nothing', async () => {
  const pty = open(['plain', 'quick'], 100, 60);
  await pty.shows('Next: replica_lag');
  pty.write('\n');
  await pty.wrote('Next: replica_lag', 2);
  await line(pty, 'r', 'passed replica_lag');
  await line(pty, 'x', '"x" is none of');
  await line(pty, 'r', 'Next: fence_primary');
  await line(pty, 'r', 'Run it? y/N:');
  await pty.wrote('Run it? y/N:', 1);
  pty.write('\n');
  await pty.wrote('Next: fence_primary', 2);
  await line(pty, 'e', 'Reason (empty: back):');
  await line(pty, 'fenced by the cloud', 'passed fence_primary');
  await line(pty, 'u', 'Nothing was changed yet');
  await line(pty, 's', 'Skip promote');
  await line(pty, '', 'Nothing was typed');
  await line(pty, 'A', '1 Go back');
  await line(pty, '2', 'Go on with: gonogo resume r');
  expect(await pty.exited).toBe(3);
  expect(pty.written()).not.toContain('\x1b');
});

test('plain: the failure of a command shows its output, and the end of the input leaves the run as it is', async () => {
  const pty = open(['plain', 'break'], 100, 60);
  for (const next of ['Next: backup', 'Next: fence_primary']) await line(pty, 'r', next);
  await line(pty, 'r', 'Run it? y/N:');
  await line(pty, 'y', 'Next: promote');
  await line(pty, 'r', 'It changes something');
  await pty.wrote('Run it? y/N:', 2);
  await line(pty, 'y', 'FAILED promote');
  await pty.shows('  | waiting for server to promote');
  await pty.shows('  | red ␛]0;title␇');
  await pty.shows('1-5:');
  pty.write('\x04');
  expect(await pty.exited).toBe(3);
});

/** Types a line and waits for what it brings. */
async function line(pty: Pty, text: string, shows: string): Promise<void> {
  pty.write(`${text}\n`);
  await pty.shows(shows);
}

async function toPromote(pty: Pty): Promise<void> {
  await pty.shows('r runs replica_lag');
  await press(pty, 'r', 'r runs backup');
  await press(pty, 'r', 'r runs fence_primary');
  await press(pty, 'r', '> n No <');
  await press(pty, 'y', 'r runs promote');
  await press(pty, 'r', '> n No <');
  await press(pty, 'y', 'promote is running');
}

test('terminal: what a start compiled is kept for the next in the cache folder of the user, and no such folder is made', async () => {
  const home = await mkdtemp(join(tmpdir(), 'gonogo-cache-'));
  const gonogo = join(root, 'dist/gonogo.cjs');
  const start = async (env: Readonly<Record<string, string>>): Promise<void> => {
    const pty = startPty(gonogo, [], 80, 24, { HOME: home, XDG_CACHE_HOME: '', ...env }, home);
    await pty.shows('See it at work');
    await pty.type('q');
    await pty.exited;
  };
  await start({});
  expect(existsSync(join(home, '.cache'))).toBe(false);
  mkdirSync(join(home, 'caches'));
  await start({ XDG_CACHE_HOME: join(home, 'caches') });
  expect(readdirSync(join(home, 'caches/gonogo'))).toHaveLength(1);
  await rm(home, { recursive: true });
});
