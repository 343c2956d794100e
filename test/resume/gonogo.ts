/**
 * What the resume tests share: the built command as processes of their own, on a state folder and a working folder of one test.
 *
 * Invariants: nothing here sleeps for a guessed time; every wait is for a condition and has a bound.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createRealHost } from '../../src/host/real-host.ts';
import { verifyJournal } from '../../src/journal/verify.ts';
import type { RunEvent } from '../../src/run/event.ts';
import { reduceAll } from '../../src/run/reduce.ts';
import type { RunState } from '../../src/run/state.ts';
import { assertHonest } from '../journals/honest.ts';

export const bin = join(import.meta.dirname, '../../dist/gonogo.cjs');
const boundMs = 40_000;
const lookEveryMs = 15;

export interface Ended {
  /** The exit code, or the signal that ended it. */
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  stdout(): string;
  stderr(): string;
  /** `kill -9`, resolved when the process is gone. */
  kill(): Promise<void>;
}

export interface As {
  readonly uid?: number;
  readonly gid?: number;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Resolves when `holds`; fails naming `what` after a bound. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  const { clock } = await createRealHost();
  const end = clock.now() + boundMs;
  while (!holds()) {
    if (clock.now() > end) throw new Error(`never: ${what}`);
    await clock.sleep(lookEveryMs);
  }
}

/** A folder to work in, with a state folder in it, removed when the test ends; commands that still run are ended before. */
export class Bench {
  readonly root: string;
  readonly state: string;
  readonly #running: ChildProcess[] = [];

  constructor() {
    this.root = mkdtempSync(join(tmpdir(), 'gonogo-resume-'));
    this.state = join(this.root, 'state');
    onTestFinished(() => {
      for (const child of this.#running) child.kill('SIGKILL');
      for (const { claim } of this.attempts()) endSession(claim.split(' ')[0] ?? '');
      try {
        assertHonest(this.state);
      } finally {
        rmSync(this.root, { recursive: true, force: true });
      }
    });
  }

  path(name: string): string {
    return join(this.root, name);
  }

  write(name: string, text: string): string {
    writeFileSync(this.path(name), text);
    return this.path(name);
  }

  /** Lines of a file that commands append to; none before it exists. */
  lines(name: string): readonly string[] {
    if (!existsSync(this.path(name))) return [];
    return readFileSync(this.path(name), 'utf8').split('\n').slice(0, -1);
  }

  /** Starts the command in this folder, with nobody at a terminal. */
  start(args: readonly string[], { env = {}, ...as }: As = {}): Running {
    const child = spawn(process.execPath, [bin, ...args], {
      cwd: this.root,
      env: { ...process.env, GONOGO_STATE: this.state, NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...as,
    });
    this.#running.push(child);
    let [stdout, stderr] = ['', ''];
    child.stdout?.on('data', (text) => {
      stdout += String(text);
    });
    child.stderr?.on('data', (text) => {
      stderr += String(text);
    });
    const ended = new Promise<Ended>((done) => {
      child.on('close', (code, signal) => done({ code: signal ?? code ?? -1, stdout, stderr }));
    });
    return {
      child,
      ended,
      stdout: () => stdout,
      stderr: () => stderr,
      kill: async () => {
        child.kill('SIGKILL');
        await ended;
      },
    };
  }

  gonogo(...args: readonly string[]): Promise<Ended> {
    return this.start(args).ended;
  }

  /** The ids of the runs, oldest first. */
  runs(): readonly string[] {
    const folder = join(this.state, 'runs');
    return existsSync(folder) ? readdirSync(folder).filter((name) => !name.startsWith('.')) : [];
  }

  /** The folder of the only run. */
  run(): string {
    const [id, ...more] = this.runs();
    if (id === undefined || more.length > 0) throw new Error(`expected one run, not ${this.runs().length}`);
    return join(this.state, 'runs', id);
  }

  /** The events of the only run, verified; none before there is one. */
  events(): readonly RunEvent[] {
    const [id] = this.runs();
    if (id === undefined) return [];
    return verifyJournal(readFileSync(join(this.run(), 'journal.jsonl')), id).events;
  }

  types(): readonly string[] {
    return this.events().map(({ type }) => type);
  }

  stateNow(): RunState {
    return reduceAll(this.events(), this.runs()[0] ?? '');
  }

  /** How often `step.started` was journaled for `step`. */
  starts(step: string): number {
    return this.events().filter((event) => event.type === 'step.started' && event.data.step === step).length;
  }

  /** Every attempt that has a claim. */
  attempts(): readonly { readonly folder: string; readonly claim: string }[] {
    return this.runs().flatMap((id) => {
      const steps = join(this.state, 'runs', id, 'steps');
      if (!existsSync(steps)) return [];
      return readdirSync(steps, { recursive: true, withFileTypes: true })
        .filter(({ name }) => name === 'claim')
        .map(({ parentPath }) => ({ folder: parentPath, claim: readFileSync(join(parentPath, 'claim'), 'utf8') }));
    });
  }

  /** The folder of attempt `number` at `step` in the only run. */
  attempt(step: string, number = 1): string {
    const steps = join(this.run(), 'steps');
    const name = existsSync(steps) ? readdirSync(steps).find((one) => one.replace(/^\d+-/, '') === step) : undefined;
    return join(steps, name ?? `none-${step}`, String(number));
  }

  /** The pid of the supervisor of an attempt, once it has claimed it. */
  async supervisor(step: string, number = 1): Promise<number> {
    const claim = (): string => join(this.attempt(step, number), 'claim');
    await until(`${step} is claimed`, () => this.runs().length > 0 && existsSync(claim()));
    return Number(readFileSync(claim(), 'utf8').split(' ')[0]);
  }

  /** Lets a command go on that waits with `until [ -e NAME ]`. */
  release(name: string): void {
    this.write(name, '');
    chmodSync(this.path(name), 0o644);
  }
}

/** Shell that waits for a file, to be let go by `release`. */
export function waitsFor(name: string): string {
  return `until [ -e ${name} ]; do sleep 0.02; done`;
}

/** True while a process of this number runs. */
export function isRunning(pid: number): boolean {
  try {
    return !/^[ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1] ?? 'Z');
  } catch {
    return false;
  }
}

/** Ends what is left of an attempt: everything in the session that its supervisor led. */
function endSession(leader: string): void {
  if (!/^\d+$/.test(leader)) return;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const fields = readFileSync(`/proc/${name}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
      if (fields[3] === leader) process.kill(Number(name), 'SIGKILL');
    } catch {
      // It ended meanwhile.
    }
  }
}
