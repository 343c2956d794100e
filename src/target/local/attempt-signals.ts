/**
 * Ends the processes of an attempt, and only those.
 *
 * Invariants: every signal follows a look at the process table of the same moment that proves the pid or group to be the
 * attempt's. The supervisor and the masking filter are spared as long as anything else runs, because one has still to
 * record the status and the other the output.
 */
import { realpathSync } from 'node:fs';
import type { World } from './attempt-folder.ts';
import { type Remains, remainsOf, type SupervisorIdentity } from './process-identity.ts';

const POLL_MS = 10;

/** How long processes may take to die from KILL, and the supervisor to record it. */
const KILL_MS = 5_000;

/**
 * Whether what runs under the claimed identity is the attempt's: its supervisor is there with its start time, or,
 * where that is dead, a member of its group or session has a file of the attempt open.
 */
export function isProven(world: World, folder: string, identity: SupervisorIdentity): boolean {
  return provenRemains(world, folder, identity) !== null;
}

/** TERM to everything of the attempt, KILL to what is left after `graceMs`. Resolves when nothing is left or nothing helps. */
export async function endProcesses(
  world: World,
  folder: string,
  identity: SupervisorIdentity,
  graceMs: number,
): Promise<void> {
  const look = (): Remains | null => provenRemains(world, folder, identity);
  terminate(look(), identity.pid);
  if (await hasEnded(world, look, graceMs)) return;
  await killOthers(world, look);
  if (await hasEnded(world, look, KILL_MS)) return;
  const left = look();
  // What cannot be killed (another user's) keeps its supervisor. One that is stuck with nothing left to wait for goes.
  if (left === null || left.members.length > 0) return;
  for (const { pid } of everyOne(left)) send(pid, 'SIGKILL');
}

function provenRemains(world: World, folder: string, identity: SupervisorIdentity): Remains | null {
  const remains = remainsOf(identity, world.table, world.machine.bootId);
  if (remains.supervisor !== null) return remains;
  const held = realpathSync(folder);
  return everyOne(remains).some(({ pid }) => world.table.holds(pid, held)) ? remains : null;
}

function everyOne(remains: Remains | null): Remains['members'] {
  if (remains === null) return [];
  return [...remains.members, ...[remains.filter, remains.supervisor].filter((process) => process !== null)];
}

function terminate(remains: Remains | null, leader: number): void {
  if (remains === null) return;
  // Without a supervisor nobody calls it off.
  if (remains.supervisor === null) for (const { pid } of remains.watchdog) send(pid, 'SIGKILL');
  for (const signal of ['SIGTERM', 'SIGCONT'] as const) {
    // The group at once, so that no process forks past the signal; then those that made groups of their own.
    if (remains.leads) send(-leader, signal);
    for (const { pid, group } of remains.members) if (!remains.leads || group !== leader) send(pid, signal);
  }
}

async function killOthers(world: World, look: () => Remains | null): Promise<void> {
  const deadline = world.clock.now() + KILL_MS;
  const known = new Set(childrenOf(look()));
  // Again and again, because a process can fork between the look and the signal.
  while (world.clock.now() < deadline) {
    const remains = look();
    // A child that the supervisor has after the command is a tool with which it records the status.
    const tools = new Set(childrenOf(remains).filter((pid) => !known.has(pid)));
    const left = (remains?.members ?? []).filter(({ pid }) => !tools.has(pid));
    if (left.length === 0) return;
    for (const { pid } of left) send(pid, 'SIGKILL');
    await world.clock.sleep(POLL_MS);
  }
}

function childrenOf(remains: Remains | null): readonly number[] {
  const parent = remains?.supervisor?.pid;
  return (remains?.members ?? []).filter((process) => process.parent === parent).map(({ pid }) => pid);
}

async function hasEnded(world: World, look: () => Remains | null, withinMs: number): Promise<boolean> {
  const deadline = world.clock.now() + withinMs;
  while (everyOne(look()).length > 0) {
    if (world.clock.now() >= deadline) return false;
    await world.clock.sleep(POLL_MS);
  }
  return true;
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It has ended, or it is another user's (sudo). Whoever asked looks afterwards at what still runs.
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}
