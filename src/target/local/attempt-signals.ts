/**
 * Ends the processes of an attempt, and only those.
 *
 * Invariants:
 * - Every signal follows a look at the process table of the same moment that proves the process to be the attempt's: it is of
 *   the supervisor's group or session, or holds `live`, or was begun by one that is, or was seen to be and has not ended since.
 * - The supervisor and the masking filter are spared as long as anything else runs, because one has still to record the status
 *   and the other the output.
 */
import { everyOne, type Trail } from './attempt-trail.ts';
import type { World } from './attempt-world.ts';
import type { Remains } from './process-identity.ts';

const POLL_MS = 10;

/** How long processes may take to die from KILL, and the supervisor to record it. */
const KILL_MS = 5_000;

/** TERM to everything of the attempt, KILL to what is left after `graceMs`. Resolves when nothing is left or nothing helps. */
export async function endProcesses(world: World, look: Trail, leader: number | null, graceMs: number): Promise<void> {
  terminate(look(), leader);
  if (await hasEnded(world, look, graceMs)) return;
  // What cannot be killed (another user's) keeps its supervisor. One that is stuck with nothing left to wait for goes.
  if (!(await killOthers(world, look)) || (await hasEnded(world, look, KILL_MS))) return;
  for (const { pid } of everyOne(look())) send(pid, 'SIGKILL');
}

function terminate(remains: Remains, leader: number | null): void {
  // Without a supervisor nobody calls it off.
  if (remains.supervisor === null) for (const { pid } of remains.watchdog) send(pid, 'SIGKILL');
  const group = remains.leads ? leader : null;
  for (const signal of ['SIGTERM', 'SIGCONT'] as const) {
    // The group at once, so that no process forks past the signal; then those that made groups of their own.
    if (group !== null && everyOne(remains).some((process) => process.group === group)) send(-group, signal);
    for (const process of remains.members) if (process.group !== group) send(process.pid, signal);
  }
}

/** True when nothing is left but what attends to the command. */
async function killOthers(world: World, look: Trail): Promise<boolean> {
  const deadline = world.clock.steady() + KILL_MS;
  const known = new Set(childrenOf(look()));
  // Again and again, because a process can fork between the look and the signal.
  while (world.clock.steady() < deadline) {
    const remains = look();
    // A child that the supervisor has after the command is a tool with which it records the status.
    const tools = new Set(childrenOf(remains).filter((pid) => !known.has(pid)));
    const left = remains.members.filter(({ pid }) => !tools.has(pid));
    if (left.length === 0) return true;
    for (const { pid } of left) send(pid, 'SIGKILL');
    await world.clock.sleep(POLL_MS);
  }
  return false;
}

function childrenOf(remains: Remains): readonly number[] {
  const parent = remains.supervisor?.pid;
  return remains.members.filter((process) => process.parent === parent).map(({ pid }) => pid);
}

async function hasEnded(world: World, look: Trail, withinMs: number): Promise<boolean> {
  const deadline = world.clock.steady() + withinMs;
  while (everyOne(look()).length > 0) {
    if (world.clock.steady() >= deadline) return false;
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
