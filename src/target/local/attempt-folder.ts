/**
 * What an attempt's folder tells about it, after anybody's death: `script` (what runs), `live` (FIFO, open as long as
 * something of it runs), `claim` (who may run it: the supervisor, or one of us so that nobody does), `output.log`,
 * `stderr.log`, `timeout` (there when the timeout passed), `stopping` (there when it is to be ended), `lost` (there when
 * output was lost), `made` (which files were made for its output), `cgroup` (where its control group is, if it has one), `exit` (its
 * status, or below the claim where the disk was full).
 *
 * Invariants:
 * - The order of looking is `exit`, `live` and what runs, `exit` again, `claim`. A supervisor opens `live` before it
 *   claims and writes `exit` before it dies, so one that is late or just ending is never taken for a dead one.
 * - Only an attempt without a claim is voided, by a link(2) that fails as the O_EXCL of a supervisor does, and only in a folder that
 *   is still as it was made: a folder that was removed, moved, emptied or replaced proves nothing, and is not made again.
 * - Sends no signal and starts no command.
 */

import { randomUUID } from 'node:crypto';
import { closeSync, constants, fstatSync, linkSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { type Files, factsNow, HostError } from '../../host/host.ts';
import type { RunningProcess } from '../../run/event.ts';
import type { Held } from '../target.ts';
import type { AttemptKnown } from './attempt.ts';
import { groupMembers, removeGroup } from './attempt-group.ts';
import { isAsMade, isReplaced, markEnded, readSmall } from './attempt-made.ts';
import { everyOne, namesOf, trailOf } from './attempt-trail.ts';
import type { World } from './attempt-world.ts';
import {
  parseClaim,
  type Remains,
  remainsOf,
  type SupervisorIdentity,
  statusBelowClaim,
  voidClaimText,
} from './process-identity.ts';
import type { Platform } from './supervisor.ts';

/** How often an attempt that another process started is looked at: two system calls, or one `ps`. */
const POLL_MS: Readonly<Record<Platform, number>> = { linux: 50, portable: 500 };

/** How often, and how long apart, what is left of a command is looked at before it counts as left. */
const LEFT_LOOKS = 3;
const LEFT_MS = 10;

/** How long processes may take to die from KILL. */
const KILLED_MS = 5_000;

/** As long as our own child runs there is nothing to see but that its time is up and it cannot be ended. */
const IDLE_MS = 5_000;

/** Resolves when the attempt may have ended, or when `signal` aborts. */
export async function waitForNews(world: World, folder: string, signal: AbortSignal): Promise<void> {
  const ended = world.running.get(folder);
  if (ended === undefined) return world.clock.sleep(POLL_MS[world.platform], signal);
  await world.clock.sleep(IDLE_MS, AbortSignal.any([signal, ended]));
}

/** What is known about the attempt; voids one that nobody claimed in this boot. Throws `HostError` of the disk. */
export async function inspectFolder(world: World, folder: string, startedBootId: string): Promise<AttemptKnown> {
  const known = await lookInto(world, folder, startedBootId);
  if (known.kind === 'alive') return known;
  removeGroup(folder);
  return (await isReplaced(world, folder)) ? { kind: 'in-doubt', reason: replaced } : known;
}

const replaced = 'what was made for it was replaced meanwhile, so what is there now proves nothing';

async function lookInto(world: World, folder: string, startedBootId: string): Promise<AttemptKnown> {
  const { files, machine } = world;
  for (;;) {
    const exit = await readExit(files, folder);
    if (exit !== null) return settle(world, folder, exit);
    const claim = await readClaim(files, folder);
    if (isRunning(world, folder, claim)) return { kind: 'alive' };
    const late = await readExit(files, folder);
    if (late !== null) return settle(world, folder, late);
    if (claim.kind === 'void') return { kind: 'never-ran' };
    if (claim.kind !== 'absent') return { kind: 'in-doubt', reason: reasonOf(claim, world) };
    if (startedBootId !== machine.bootId) {
      return { kind: 'in-doubt', reason: 'the machine was restarted, and the disk does not tell whether it had begun' };
    }
    const voided = await voidUnbegun(world, folder);
    if (voided === 'void') return { kind: 'never-ran' };
    // Somebody was faster, also while the proof was looked at: the next round sees who.
    if (voided === 'claimed' || (await hasBegun(world, folder))) continue;
    return { kind: 'in-doubt', reason: unproven };
  }
}

/** Whether the attempt runs; null where neither an exit nor anything that runs is found. Changes nothing. */
export async function runsNow(world: World, folder: string): Promise<boolean | null> {
  try {
    if ((await readExit(world.files, folder)) !== null) return false;
    const claim = await readClaim(world.files, folder);
    if (isRunning(world, folder, claim)) return true;
    const ended = (await readExit(world.files, folder)) !== null || claim.kind === 'void';
    return ended ? false : null;
  } catch (error) {
    // What cannot be read tells nothing.
    if (error instanceof HostError) return null;
    throw error;
  }
}

/** What `claim` says; `damaged` when it is empty, torn or no file of ours. */
export type ClaimRead =
  | { readonly kind: 'absent' }
  | { readonly kind: 'damaged' }
  | { readonly kind: 'void' }
  | { readonly kind: 'supervisor'; readonly identity: SupervisorIdentity };

/** Reads `claim`. */
export async function readClaim(files: Files, folder: string): Promise<ClaimRead> {
  const text = await readSmall(files, join(folder, 'claim'));
  return text === null ? { kind: 'absent' } : (parseClaim(text) ?? { kind: 'damaged' });
}

const unproven = 'its folder is not there as it was made, so nothing proves that it never began';

/** Whether a supervisor shows in the folder, by what it writes or by running. */
async function hasBegun(world: World, folder: string): Promise<boolean> {
  const claim = await readClaim(world.files, folder);
  return claim.kind !== 'absent' || isRunning(world, folder, claim) || (await readExit(world.files, folder)) !== null;
}

/** Voids an attempt of which it is proven that it has not begun. `claimed`: somebody else claimed it meanwhile. */
async function voidUnbegun(world: World, folder: string): Promise<'void' | 'claimed' | 'unproven'> {
  const { files } = world;
  try {
    if (!(await isAsMade(world, folder))) return 'unproven';
    if (!(await voidAttempt(world, folder))) return 'claimed';
    // Who took the folder away meanwhile took the proof along.
    return (await readClaim(files, folder)).kind === 'void' ? 'void' : 'unproven';
  } catch (error) {
    if (error instanceof HostError && (error.code === 'not-found' || error.code === 'not-directory')) return 'unproven';
    throw error;
  }
}

/**
 * Claims the attempt so that it never runs; false when it is claimed already. Durable. For whoever knows that nothing was begun.
 * Throws `HostError`: `not-found` when the folder is not there.
 */
export async function voidAttempt({ files }: World, folder: string): Promise<boolean> {
  const temporary = join(folder, `claim.${randomUUID()}`);
  await files.create(temporary, Buffer.from(voidClaimText));
  try {
    linkSync(temporary, join(folder, 'claim'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    const gone = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new HostError(
      gone ? 'not-found' : 'io',
      folder,
      `cannot claim the attempt in ${folder}: ${String(error)}`,
      error,
    );
  } finally {
    await files.remove(temporary);
  }
  await files.sync(folder);
  return true;
}

/** What runs of the attempt now. */
async function trailOfFolder(world: World, folder: string): Promise<Remains> {
  const claim = await readClaim(world.files, folder);
  return trailOf(world, folder, claim.kind === 'supervisor' ? claim.identity : null)();
}

/**
 * When the time of the attempt was up, by the steady clock; null: it is not. By the time of the file, so that whoever resumes waits no
 * longer; a file of a clock that was set back since is taken for new.
 */
export async function timedOutSince({ files, clock }: World, folder: string): Promise<number | null> {
  const timeout = await files.facts(join(folder, 'timeout'));
  return timeout === null ? null : clock.steady() - Math.max(0, clock.now() - timeout.modifiedMs);
}

/** Why the attempt, which is alive, goes on though it should not: null when it may. `overdueMs`: for how long it should have ended. */
export async function heldBy(world: World, folder: string, overdueMs: number): Promise<Held | null> {
  if (overdueMs > KILLED_MS) {
    return { cause: 'timeout', processes: await runningOf(world, folder) };
  }
  if (world.running.has(folder)) return null;
  const { supervisor, members } = await trailOfFolder(world, folder);
  if (supervisor !== null || members.length === 0) return null;
  // It may have ended meanwhile, and left something behind.
  const ended = (await readExit(world.files, folder)) !== null;
  return ended ? null : { cause: 'supervisor', processes: namesOf(world, members) };
}

/** The processes of the attempt that run now, by name; without the supervisor and its attendants. */
export async function runningOf(world: World, folder: string): Promise<readonly RunningProcess[]> {
  const { members } = await trailOfFolder(world, folder);
  return namesOf(world, members.length > 0 ? members : trailOf(world, folder, null)().members);
}

/** What a command that ended by itself left behind. What is only about to end is given a moment. */
export async function leftBy(world: World, folder: string): Promise<readonly RunningProcess[]> {
  for (let look = 0; look < LEFT_LOOKS; look += 1) {
    if (!isLive(folder) && groupMembers(folder).size === 0) return [];
    await world.clock.sleep(LEFT_MS);
  }
  return runningOf(world, folder);
}

function isRunning(world: World, folder: string, claim: ClaimRead): boolean {
  if (world.running.has(folder) || isLive(folder) || groupMembers(folder).size > 0) return true;
  if (claim.kind !== 'supervisor') return false;
  // Sudo and daemons close what they inherit. Of a group that has lost its supervisor so, the members still tell.
  const { supervisor, members, filter } = remainsOf(claim.identity, world.table, world.machine.bootId);
  return supervisor !== null || members.length > 0 || filter !== null;
}

/** Nobody has it open; it is not there; something that is no FIFO stands in its place. */
const NOT_LIVE: ReadonlySet<string> = new Set(['ENXIO', 'ENOENT', 'ENOTDIR', 'ELOOP', 'EISDIR']);

/** Whether somebody has `live` open: then, and only then, it opens for writing without waiting. */
function isLive(folder: string): boolean {
  const { O_WRONLY, O_NONBLOCK, O_NOFOLLOW } = constants;
  let fd: number;
  try {
    fd = openSync(join(folder, 'live'), O_WRONLY | O_NONBLOCK | O_NOFOLLOW);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (typeof code === 'string' && NOT_LIVE.has(code)) return false;
    throw new HostError('io', folder, `cannot open ${join(folder, 'live')}: ${String(error)}`, error);
  }
  try {
    // A file in the place of the FIFO opens always and proves nothing.
    return fstatSync(fd).isFIFO();
  } finally {
    closeSync(fd);
  }
}

function reasonOf(claim: Exclude<ClaimRead, { kind: 'absent' | 'void' }>, { machine, table }: World): string {
  if (claim.kind === 'damaged') return 'its claim is damaged, and no exit status was recorded';
  const { pid, bootId, pidNamespace } = claim.identity;
  if (bootId !== machine.bootId) return 'the machine was restarted while it ran, and no exit status was recorded';
  if (pidNamespace !== table.pidNamespace) return 'it ran in another container, and no exit status was recorded';
  return `its supervisor (process ${pid}) ended before it could record an exit status`;
}

/** The exit status of the command, and the file in which it stands. */
interface Status {
  readonly exit: number;
  readonly file: 'exit' | 'claim';
}

/** The status in `exit`, or below the claim; null when there is none or it is damaged. */
async function readExit(files: Files, folder: string): Promise<Status | null> {
  const text = await readSmall(files, join(folder, 'exit'));
  if (text !== null && EXIT.test(text)) return toStatus(text, 'exit');
  const below = statusBelowClaim((await readSmall(files, join(folder, 'claim'))) ?? '');
  return below === null ? null : toStatus(below, 'claim');
}

const EXIT = /^\d{1,3}\n$/;

function toStatus(text: string, file: Status['file']): Status | null {
  const exit = Number.parseInt(text, 10);
  return exit <= 255 ? { exit, file } : null;
}

/**
 * The end of the command. Of one that was to be ended it counts only when nothing of it runs any more. Makes what it left
 * durable before anybody is told of it.
 */
async function settle(world: World, folder: string, { exit, file }: Status): Promise<AttemptKnown> {
  const { files } = world;
  const isThere = async (name: string): Promise<boolean> => (await factsNow(files, join(folder, name))) !== null;
  const timedOut = await isThere('timeout');
  const toEnd = timedOut || world.stopping.has(folder) || (await isThere('stopping'));
  if (toEnd && (world.running.has(folder) || everyOne(await trailOfFolder(world, folder)).length > 0)) {
    return { kind: 'alive' };
  }
  markEnded(folder);
  const written = [folder, join(folder, file)];
  for (const path of [join(folder, 'output.log'), join(folder, 'stderr.log')]) {
    // Of an empty one there is but the name, which is the folder's.
    if (((await factsNow(files, path))?.bytes ?? 0) > 0) written.push(path);
  }
  // Together, because the file system then writes once.
  await Promise.all(written.map((path) => files.sync(path)));
  return { kind: 'exited', exit, timedOut, ...((await isThere('lost')) ? { lost: true } : {}) };
}
