/**
 * Who claims which target, beside the runs: `targets/NAME.json` names the runs, `targets/NAME.db` is locked while one of them looks
 * at the others and takes it or not.
 *
 * Invariants:
 * - The lock lasts as long as a look, and ends with its process. That a run holds its target is in its journal alone; no lock says it.
 * - A run is named here, durable, before it may take anything: whoever looks later finds it, also when its folder is gone.
 * - A file that cannot be read names nobody: who holds the target is found by the journals too.
 */
import { join } from 'node:path';
import * as z from 'zod';
import { type Host, HostError } from '../../host/host.ts';
import { JournalError } from '../../journal/journal.ts';
import { makeDurableFolders } from './guard.ts';
import type { Lock, Locks } from './lock.ts';

const FOLDER = 'targets';
const TARGET = /^[0-9a-f]{64}$/;
const BYTES_MAX = 1024 * 1024;
/** Longer than any look at journals; a process that is stopped within one keeps the others waiting this long. */
const waitMaxMs = 60_000;
const lookEveryMs = 20;

const fileSchema = z.strictObject({ v: z.literal(1), runs: z.array(z.string()) });

export interface ClaimsParts {
  readonly host: Host;
  /** Absolute state folder. */
  readonly state: string;
  readonly locks: Locks;
}

/** As `Store.claim`. */
export async function claimTarget(
  parts: ClaimsParts,
  target: string,
  run: string | null,
  work: (claimants: readonly string[]) => Promise<readonly string[]>,
): Promise<void> {
  if (!TARGET.test(target)) throw new Error(`not a target: ${target}`);
  const { host, state } = parts;
  await makeDurableFolders(host.files, join(state, FOLDER));
  const path = join(state, FOLDER, `${target}.json`);
  const lock = await lockOf(parts, join(state, FOLDER, `${target}.db`));
  try {
    const known = await readClaims(host, path);
    const others = known.filter((one) => one !== run);
    if (run !== null && others.length === known.length) await writeClaims(host, path, [...known, run]);
    const kept = new Set(await work(others));
    const left = [...others.filter((one) => kept.has(one)), ...(run === null ? [] : [run])];
    if (others.some((one) => !kept.has(one))) await writeClaims(host, path, left);
  } finally {
    lock.release();
  }
}

async function lockOf({ host, locks }: ClaimsParts, path: string): Promise<Lock> {
  const { files, clock } = host;
  if ((await files.facts(path)) === null) {
    await files.create(path, new Uint8Array()).catch((error: unknown) => {
      if (!(error instanceof HostError && error.code === 'exists')) throw error;
    });
  }
  for (let waitedMs = 0; ; waitedMs += lookEveryMs) {
    const lock = locks.acquire(path);
    if (lock !== null) return lock;
    if (waitedMs >= waitMaxMs)
      throw new JournalError(
        'held',
        `another process has been looking at ${path} for ${waitMaxMs / 1000} s; end it, then resume`,
      );
    await clock.sleep(lookEveryMs);
  }
}

async function readClaims(host: Host, path: string): Promise<readonly string[]> {
  try {
    const bytes = await host.files.read(path, { bytesMax: BYTES_MAX, noFollow: true });
    return fileSchema.parse(JSON.parse(new TextDecoder().decode(bytes))).runs;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return [];
    if (error instanceof HostError && error.code === 'not-found') return [];
    throw error;
  }
}

function writeClaims(host: Host, path: string, runs: readonly string[]): Promise<void> {
  return host.files.replace(path, new TextEncoder().encode(`${JSON.stringify({ v: 1, runs })}\n`));
}
