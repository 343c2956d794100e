/**
 * Supervisors that are begun before there is anything to supervise, by a small process of their own: where steps follow one another
 * quickly this process forks once and not for every one of them, which takes the longer the more memory it has, and a shell has
 * started and read the supervisor's text by the time that it is needed.
 *
 * Invariants:
 * - What stands by knows nothing of a step: no folder, no command, no secret. It is told all of it in one line, or ends with its input.
 *   So whatever dies before the line is whole has begun nothing, and the claim decides about the rest as about any supervisor.
 * - It runs with the environment that the command is to have, in a session of its own, and in no folder that somebody may want to unmount.
 * - Only what it can be told as it is: a command with a secret, a terminal, a pipe from this process, or words that are no plain ASCII
 *   is begun as always.
 * - Who keeps it tells how each supervisor ended, and ends with the first that does so otherwise than it should; the end of the keeper
 *   itself is told as the end of what it kept, which its folder knows better.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { type SupervisorSpec, supervisorArguments, supervisorText } from './supervisor.ts';

/** How long it stands by with nothing to do. */
const IDLE_MS = 1000;

/** A pipe takes so much at once, and a shell reads it byte by byte. */
const LINE_BYTES_MAX = 4096;

/** Calls the supervisors one after the other and prints how each ended. */
const keeperText = `
trap : HUP INT QUIT ALRM TERM USR1 USR2 PIPE
while :; do
  "$@" >/dev/null
  _GONOGO_STATUS=$?
  echo "$_GONOGO_STATUS" || exit
  [ "$_GONOGO_STATUS" = 0 ] || exit
done
`;

/** Called once with the exit of the supervisor, or null when nobody knows it. */
type OnEnd = (exit: number | null) => void;

type Environment = Readonly<Record<string, string>>;

/** A keeper with the supervisor that stands by. */
export class StandBy {
  readonly env: Environment;
  readonly #keeper: ChildProcess;
  readonly #lines: Socket | null;
  #onEnd: OnEnd | null = null;
  #isOver = false;

  /** `shell`: with its options, for keeper and supervisors; `setsid`: absolute; `env`: the whole of the command's, but for PWD. */
  constructor(shell: readonly string[], setsid: string, env: Environment) {
    this.env = env;
    const [program = '/bin/sh', ...options] = shell;
    const supervisor = [setsid, ...shell, '-c', supervisorText, 'gonogo-attempt', 'ahead'];
    this.#keeper = spawn(program, [...options, '-c', keeperText, 'gonogo-stand-by', ...supervisor], {
      cwd: '/',
      env: { ...env, PWD: '/' },
      detached: true,
      // Not on 0: bash reads start-up files where that is a socket, as Node's pipes are.
      stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
    });
    this.#keeper.on('error', () => this.#over());
    this.#keeper.unref();
    // Refused by the system, which is told in the next turn.
    this.#isOver = this.#keeper.pid === undefined;
    const [, answers, , lines] = this.#keeper.stdio;
    this.#lines = lines instanceof Socket ? lines : null;
    answers?.on('close', () => this.#over());
    answers?.on('data', (chunk: Buffer) => {
      for (const line of chunk.toString('latin1').split('\n')) if (line !== '') this.#tell(Number(line));
    });
    for (const pipe of [answers, lines]) {
      pipe?.on('error', () => this.#over());
      if (pipe instanceof Socket) pipe.unref();
    }
  }

  /** Nothing can be told it any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Lets what stands by supervise what `line` says. */
  begin(line: string, onEnd: OnEnd): void {
    this.#onEnd = onEnd;
    if (this.#isOver) this.#tell(null);
    else this.#lines?.write(`${line}\n`);
  }

  /** Lets it go: what it has begun goes on. */
  end(): void {
    this.#lines?.end();
  }

  #over(): void {
    this.#isOver = true;
    this.#lines?.destroy();
    this.#tell(null);
  }

  #tell(exit: number | null): void {
    if (exit !== null && exit !== 0) this.#isOver = true;
    const told = this.#onEnd;
    this.#onEnd = null;
    told?.(exit);
  }
}

/** What stands by in this process. */
export class StandBys {
  readonly #shell: readonly string[];
  readonly #setsid: string | null;
  readonly #idle: { readonly standBy: StandBy; readonly timer: NodeJS.Timeout }[] = [];
  readonly #burstMs: number;
  #last: { readonly env: Environment; readonly at: number } | null = null;

  /** `burstMs`: from one start to the next at most, for something to stand by. `searchPath`: where `setsid` may be; without it nothing does. */
  constructor(shell: readonly string[], burstMs: number, searchPath: string) {
    this.#shell = shell;
    this.#burstMs = burstMs;
    this.#setsid = findSetsid(searchPath);
  }

  /** One for a command with this environment at the time `at` (ms), for the caller alone until it is given back; null: there is none. */
  reserve(env: Environment, at: number): StandBy | null {
    const follows = this.#last !== null && at - this.#last.at < this.#burstMs && isSame(this.#last.env, env);
    this.#last = { env, at };
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      clearTimeout(idle.timer);
      if (!idle.standBy.isOver && isSame(idle.standBy.env, env)) return idle.standBy;
      idle.standBy.end();
    }
    if (!follows || this.#setsid === null) return null;
    const standBy = new StandBy(this.#shell, this.#setsid, env);
    return standBy.isOver ? null : standBy;
  }

  /** Lets one that was reserved supervise what `line` says, and takes it back afterwards; `onEnd` as in `StandBy.begin`. */
  begin(standBy: StandBy, line: string, onEnd: OnEnd): void {
    standBy.begin(line, (exit) => {
      onEnd(exit);
      this.giveBack(standBy);
    });
  }

  /** Takes one back, for what comes soon. */
  giveBack(standBy: StandBy): void {
    if (standBy.isOver) return;
    const timer = setTimeout(() => {
      const at = this.#idle.findIndex((idle) => idle.standBy === standBy);
      this.#idle.splice(at, 1);
      standBy.end();
    }, IDLE_MS).unref();
    this.#idle.push({ standBy, timer });
  }
}

/** What a supervisor that stands by is told of `spec`, which runs in `cwd`; null: it cannot be told. */
export function toldLine(spec: SupervisorSpec, cwd: string): string | null {
  const [, , , ...words] = supervisorArguments(spec);
  const line = [cwd, ...words].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  return line.length <= LINE_BYTES_MAX && /^[\x20-\x7e]*$/.test(line) ? line : null;
}

function isSame(one: Environment, other: Environment): boolean {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}

function findSetsid(searchPath: string): string | null {
  const isProgram = (path: string): boolean => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  };
  return (
    searchPath
      .split(':')
      .map((folder) => join(folder, 'setsid'))
      .find(isProgram) ?? null
  );
}
