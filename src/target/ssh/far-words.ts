/** What the far end's answers come to in the words of a target, and the attempt's folder here. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { supervisorFailures } from '../local/supervisor.ts';
import {
  type Beginning,
  type CommandSpec,
  type Ending,
  type ExpectedHost,
  type HostIdentity,
  thereAlready,
} from '../target.ts';
import { Copies } from './far-copy.ts';
import type { Report } from './far-following.ts';

/** What a begin came to, by the first that was said of it. */
export function beginningOf(name: string, first: 'begun' | Report): Beginning {
  if (first === 'begun') return { kind: 'begun' };
  switch (first.kind) {
    case 'exited':
    case 'alive':
      return { kind: 'begun' };
    case 'doubt':
      return { kind: 'in-doubt', reason: first.reason ?? thereAlready };
    case 'unknown':
      return { kind: 'in-doubt', reason: `${name} does not tell what became of it` };
    case 'never':
      return first.code === null
        ? { kind: 'unreachable', reason: `${name}: the connection was lost before it began`, why: 'down' }
        : { kind: 'not-started', reason: `${name}: ${brokenReason(first.code)}` };
    case 'unfit':
      return { kind: 'unreachable', reason: `${name}: ${first.reason}`, why: 'unfit' };
    case 'refused':
    case 'not-started':
      return { kind: first.kind, reason: `${name}: ${first.reason}` };
  }
}

/** What is known of an attempt that did not exit. */
export function endedWithout(name: string, report: Exclude<Report, { kind: 'exited' }>): Ending {
  switch (report.kind) {
    case 'alive':
      return { kind: 'runs-on' };
    case 'never':
      return { kind: 'never-began', reason: report.code === null ? null : brokenReason(report.code) };
    case 'doubt':
      return { kind: 'in-doubt', reason: report.reason ?? thereAlready };
    case 'unknown':
      return { kind: 'in-doubt', reason: `${name} does not tell what became of it` };
    case 'refused':
    case 'not-started':
    case 'unfit':
      return { kind: 'never-began', reason: report.reason };
  }
}

function brokenReason(code: number): string {
  const why = supervisorFailures[code] ?? `it was ended by exit ${code}`;
  return `its supervisor ended before it began the command: ${why}`;
}

/** In what the machine is another than expected; null: in nothing. A key that was shown to nobody is no other key. */
export function driftOf(
  name: string,
  expects: ExpectedHost | undefined,
  identity: HostIdentity,
): Extract<Beginning, { kind: 'drifted' }> | null {
  if (expects === undefined) return null;
  const { machineId, hostKey } = identity;
  const others: string[] = [];
  if (machineId !== expects.machineId)
    others.push(`its machine id is ${machineId ?? 'none'}, and was ${expects.machineId ?? 'none'}`);
  if (hostKey !== null && expects.hostKey !== null && hostKey !== expects.hostKey)
    others.push(`its host key is ${hostKey}, and was ${expects.hostKey}`);
  if (others.length === 0) return null;
  return { kind: 'drifted', reason: `${name} is another machine: ${others.join('; ')}`, identity };
}

/** Makes the attempt's folder here, with what runs; false: it is there already. */
export function makeFolder(folder: string, { command }: CommandSpec): boolean {
  mkdirSync(dirname(folder), { recursive: true, mode: 0o700 });
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
  const script = command.kind === 'script' ? command.text : `${command.argv.join(' ')}\n`;
  writeFileSync(join(folder, 'script'), script, { flag: 'wx', mode: 0o600 });
  return true;
}

/** What is here of an attempt by now; one of which nothing is here is given a folder. */
export function openFolder(folder: string): Copies {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return new Copies(folder, false);
}

/** Resolves with null when `signal` aborts, unless it is forgotten before. */
export function untilAborted(signal: AbortSignal): { readonly promise: Promise<null>; forget(): void } {
  let forget = (): void => undefined;
  const promise = new Promise<null>((resolve) => {
    const abort = (): void => resolve(null);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    forget = () => signal.removeEventListener('abort', abort);
  });
  return { promise, forget };
}
