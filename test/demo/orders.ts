/** The demo's service in a folder of its own, driven by its real control program. */
import { execFile } from 'node:child_process';
import { readFileSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, vi } from 'vitest';
import * as z from 'zod';

const controlProgram = fileURLToPath(new URL('../../runbooks/local-release/control.mjs', import.meta.url));
const run = promisify(execFile);

const healthSchema = z.object({
  status: z.string(),
  version: z.string(),
  schema: z.int(),
  problem: z.string().optional(),
});
const orderSchema = z.object({ id: z.int(), total: z.int().optional(), currency: z.string().optional() });
const ordersSchema = z.object({ count: z.int(), orders: z.array(orderSchema) });
const recordSchema = z.object({ pid: z.int(), started: z.string(), token: z.string(), port: z.int() });

export class Orders {
  readonly folder: string;

  /** `folder` is made by `prepare`. */
  constructor(folder: string) {
    this.folder = folder;
  }

  /** Calls the control program; rejects with what it wrote to stderr. */
  async control(...words: readonly string[]): Promise<string> {
    const { stdout } = await run(process.execPath, [controlProgram, this.folder, ...words]);
    return stdout.trim();
  }

  async url(): Promise<string> {
    return this.control('status');
  }

  async health(): Promise<z.infer<typeof healthSchema>> {
    return healthSchema.parse(await (await fetch(`${await this.url()}/health`)).json());
  }

  async orders(): Promise<z.infer<typeof ordersSchema>> {
    return ordersSchema.parse(await (await fetch(`${await this.url()}/orders`)).json());
  }

  /** Places one order and returns its id. */
  async place(url: string): Promise<number> {
    const body = JSON.stringify({ item: 'stool', quantity: 2, price: 1500 });
    const response = await fetch(`${url}/orders`, { method: 'POST', body });
    return orderSchema.parse(await response.json()).id;
  }

  /** Points `current` to a release and makes the service serve it. */
  async release(version: string): Promise<void> {
    unlinkSync(join(this.folder, 'current'));
    symlinkSync(`releases/${version}`, join(this.folder, 'current'));
    await this.control('reload');
  }

  record(): z.infer<typeof recordSchema> {
    return recordSchema.parse(JSON.parse(readFileSync(join(this.folder, 'service.json'), 'utf8')));
  }

  /** Stops the service where it runs. */
  async dispose(): Promise<void> {
    await this.control('stop');
  }
}

/** Resolves once there is no such process. A service that has ended is there until the system has collected it. */
export async function gone(pid: number): Promise<void> {
  await vi.waitFor(() => expect(exists(pid)).toBe(false), { timeout: 10_000 });
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
