/** `gonogo demo` as a person starts it, without a terminal: the whole way from the built command to the report. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { gone, Orders } from './orders.ts';

const gonogo = fileURLToPath(new URL('../../dist/gonogo.cjs', import.meta.url));
const dataSchema = z.object({ schema: z.int(), orders: z.array(z.object({ id: z.int() })) });

let state: string;
let orders: Orders;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'gonogo-demo-'));
  orders = new Orders(join(state, 'demo'));
});
afterEach(async () => {
  await orders.dispose();
  rmSync(state, { recursive: true, force: true });
});

test('releases v1.1.0, ends with a report and leaves no service behind', async () => {
  const ended = await start('demo').ended;
  expect(ended).toMatchObject({ code: 0 });
  expect(ended.stdout).toContain('passed     migrate');
  expect(readlinkSync(join(orders.folder, 'current'))).toBe('releases/v1.1.0');
  expect(data()).toMatchObject({ schema: 2 });
  expect(migrations()).toEqual(['v1.1.0']);
  expect(report()).toContain('completed');
  await gone(orders.record().pid);
});

test('--break rolls back: exit 1, the old version serves its data, orders placed meanwhile included', async () => {
  const demo = start('demo', '--break');
  await migrationOutput();
  const url = await orders.url();
  const placed = await orders.place(url);
  const ended = await demo.ended;
  expect(ended).toMatchObject({ code: 1 });
  expect(ended.stdout).toContain('failed     health');
  expect(readlinkSync(join(orders.folder, 'current'))).toBe('releases/v1.0.0');
  expect(data()).toMatchObject({ schema: 1 });
  expect(data().orders.map(({ id }) => id)).toContain(placed);
  expect(migrations()).toEqual(['v1.2.0', 'v1.0.0']);
  expect(report()).toContain('rolled back');
  await gone(orders.record().pid);
});

test('killed in mid-migration, the release is finished by resume and the data is migrated once', async () => {
  const demo = start('demo');
  await migrationOutput();
  demo.child.kill('SIGKILL');
  await demo.ended;

  const again = await start('demo').ended;
  expect(again.code).toBe(3);
  expect(again.stderr).toMatch(/An earlier demo is not over: \S+\nhint: gonogo resume /);

  const resumed = await start('resume', 'latest', '--headless').ended;
  expect(resumed).toMatchObject({ code: 0 });
  expect(migrations()).toEqual(['v1.1.0']);
  expect(await orders.health()).toEqual({ status: 'ok', version: 'v1.1.0', schema: 2 });

  const { pid } = orders.record();
  expect((await start('demo').ended).code).toBe(0);
  await gone(pid);
});

test('interrupted, it leaves the service and the migration running for whoever resumes', async () => {
  const demo = start('demo');
  await migrationOutput();
  demo.child.kill('SIGINT');
  const ended = await demo.ended;
  expect(ended.code).toBe(130);
  expect(ended.stderr).toContain('hint: gonogo resume');
  expect(await orders.health()).toMatchObject({ status: 'ok' });
  expect(await start('resume', '--headless').ended).toMatchObject({ code: 0 });
  expect(migrations()).toEqual(['v1.1.0']);
});

test('bad input starts nothing and leaves no service behind', async () => {
  const ended = await start('demo', '--answers', join(state, 'no-such-answers.yaml')).ended;
  expect(ended.code).toBe(2);
  expect(ended.stderr).toContain('no-such-answers.yaml');
  expect(existsSync(join(state, 'runs'))).toBe(false);
  await gone(orders.record().pid);
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(...words: readonly string[]): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
  const child = spawn(process.execPath, [gonogo, ...words], {
    cwd: state,
    env: { ...process.env, GONOGO_STATE: state },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { child, ended };
}

/** Resolves once the migration has printed its first line. */
async function migrationOutput(): Promise<void> {
  await vi.waitFor(
    () => {
      const [log] = globSync(join(state, 'runs/*/steps/*-migrate/1/output.log'));
      expect(log === undefined ? '' : readFileSync(log, 'utf8')).toMatch(/of \d+ orders/);
    },
    { timeout: 30_000, interval: 10 },
  );
}

function data(): z.infer<typeof dataSchema> {
  return dataSchema.parse(JSON.parse(readFileSync(join(orders.folder, 'data/orders.json'), 'utf8')));
}

function migrations(): readonly string[] {
  return readFileSync(join(orders.folder, 'data/migrations.log'), 'utf8').trim().split('\n');
}

function report(): string {
  const [path] = globSync(join(state, 'runs/*/report/report.md'));
  return path === undefined ? 'no report' : readFileSync(path, 'utf8');
}
