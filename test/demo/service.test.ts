/** The service that the demo releases: it must be real enough to lose data or fail to come back, and do neither. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { gone, Orders } from './orders.ts';

let parent: string;
let orders: Orders;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'gonogo-orders-'));
  orders = new Orders(join(parent, 'demo'));
});
afterEach(async () => {
  await orders.dispose();
  rmSync(parent, { recursive: true, force: true });
});

describe('service', () => {
  test('serves v1.0.0 from a fresh folder', async () => {
    await orders.control('prepare');
    await orders.control('start');
    expect(await orders.health()).toEqual({ status: 'ok', version: 'v1.0.0', schema: 1 });
    expect((await orders.orders()).count).toBe(30);
  });

  test('reload serves what current points to, without a new process', async () => {
    await orders.control('prepare');
    await orders.control('start');
    const { pid } = orders.record();
    await orders.control('migrate', 'v1.1.0');
    await orders.release('v1.1.0');
    expect(await orders.health()).toEqual({ status: 'ok', version: 'v1.1.0', schema: 2 });
    expect(orders.record().pid).toBe(pid);
  });

  test('a release that does not load leaves the one before it serving', async () => {
    await orders.control('prepare');
    await orders.control('start');
    writeFileSync(join(orders.folder, 'releases/v1.1.0/app.mjs'), 'this is no program');
    process.kill(orders.record().pid, 'SIGHUP');
    await orders.control('migrate', 'v1.0.0');
    expect(await orders.health()).toMatchObject({ version: 'v1.0.0' });
  });

  test('v1.2.0 migrates and then fails its health check', async () => {
    await orders.control('prepare');
    await orders.control('start');
    await orders.control('migrate', 'v1.2.0');
    await orders.release('v1.2.0');
    expect(await orders.health()).toMatchObject({ status: 'failing', version: 'v1.2.0', schema: 3 });
  });

  test('a killed service comes back on its port', async () => {
    await orders.control('prepare');
    const url = await orders.control('start');
    process.kill(orders.record().pid, 'SIGKILL');
    await expect.poll(() => orders.control('status').catch(() => 'down')).toBe('down');
    expect(await orders.control('reload')).toBe(url);
  });

  test('ends by itself when its folder is gone', async () => {
    await orders.control('prepare');
    await orders.control('start');
    const { pid } = orders.record();
    rmSync(orders.folder, { recursive: true });
    await gone(pid);
  });
});

describe('migration', () => {
  test('there and back leaves the data as it was', async () => {
    await orders.control('prepare');
    const before = readFileSync(join(orders.folder, 'data/orders.json'), 'utf8');
    await orders.control('migrate', 'v1.2.0');
    expect(readFileSync(join(orders.folder, 'data/orders.json'), 'utf8')).not.toBe(before);
    await orders.control('migrate', 'v1.0.0');
    expect(readFileSync(join(orders.folder, 'data/orders.json'), 'utf8')).toBe(before);
  });

  test('loses no order that is placed while it goes on, in either direction', async () => {
    await orders.control('prepare');
    const url = await orders.control('start');
    const placed: number[] = [];
    for (const version of ['v1.2.0', 'v1.0.0']) {
      const migration = orders.control('migrate', version);
      let over = false;
      migration.then(
        () => {
          over = true;
        },
        () => {
          over = true;
        },
      );
      while (!over) placed.push(await orders.place(url));
      await migration;
    }
    const { count, orders: all } = await orders.orders();
    expect(placed.length).toBeGreaterThan(10);
    expect(count).toBe(30 + placed.length);
    expect(all.map(({ id }) => id)).toEqual(Array.from({ length: count }, (_, index) => index + 1));
    const stored = readFileSync(join(orders.folder, 'data/orders.json'), 'utf8');
    expect(stored).not.toMatch(/total|currency/);
  });
});

describe('control', () => {
  test('prepare leaves a folder alone that it did not make', async () => {
    mkdirSync(orders.folder, { recursive: true });
    writeFileSync(join(orders.folder, 'thesis.txt'), 'irreplaceable');
    await expect(orders.control('prepare')).rejects.toThrow('is no folder of the demo');
    expect(readFileSync(join(orders.folder, 'thesis.txt'), 'utf8')).toBe('irreplaceable');
  });

  test('prepare stops the service that an earlier demo left', async () => {
    await orders.control('prepare');
    await orders.control('start');
    const { pid } = orders.record();
    await orders.control('prepare');
    await gone(pid);
  });

  test('never signals a process that is not the service, even under its recorded pid', async () => {
    await orders.control('prepare');
    await orders.control('start');
    const record = orders.record();
    await orders.control('stop');
    const stranger = spawn('sleep', ['60'], { stdio: 'ignore' });
    try {
      writeFileSync(join(orders.folder, 'service.json'), JSON.stringify({ ...record, pid: stranger.pid }));
      await orders.control('stop');
      expect(stranger.exitCode).toBeNull();
      expect(stranger.signalCode).toBeNull();
      await expect(orders.control('status')).rejects.toThrow('does not run');
    } finally {
      stranger.kill('SIGKILL');
    }
  });

  test('a wrong verb or version is one clear line', async () => {
    await orders.control('prepare');
    await expect(orders.control('explode')).rejects.toThrow('usage: orders prepare|start');
    await expect(orders.control('migrate', 'v9')).rejects.toThrow('migrate needs one of v1.0.0, v1.1.0, v1.2.0');
  });
});
