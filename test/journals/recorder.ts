/**
 * Where golden journals are recorded: the built command as processes of their own on a neutral machine, so that nothing of the
 * machine at hand is in what they write. The machine is called `desk`, the work lies in /srv/shop, and the boot is one that is
 * made up and can be changed.
 *
 * Invariant: nothing is read from the person who records; every wait is for a condition and has a bound.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { spawn as spawnPty } from '@lydell/node-pty';

const bin = join(import.meta.dirname, '../../dist/gonogo.cjs');
const shop = '/srv/shop';
const state = '/srv/state';
const bootFile = '/srv/boot_id';
/** Once bound over by a file of ours, the boot id is what that file says. */
const bootIdPath = '/proc/sys/kernel/random/boot_id';
const boundMs = 30_000;

/** Turns this process's own mount and host namespace into the neutral machine. Needs root, inside `unshare --mount --uts`. */
export function setUpMachine(): void {
  execFileSync('hostname', ['desk']);
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', '/srv']);
  writeFileSync(bootFile, bootId(1));
  execFileSync('mount', ['--bind', bootFile, bootIdPath]);
}

function bootId(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}\n`;
}

export interface Ended {
  readonly code: number | null;
  readonly stderr: string;
}

/** A terminal with a person at it, who reads what is asked and types. */
export interface Person {
  /** Waits until `prompt` was printed after what was typed last, then types `line` and Enter. */
  says(prompt: string, line: string): Promise<void>;
  signal(name: NodeJS.Signals): void;
  readonly ended: Promise<number>;
}

/** The desk of one recording: an empty shop and an empty state folder. */
export class Desk {
  /** What the commands see besides the neutral environment. */
  readonly env: Record<string, string> = {};
  #boots = 1;

  constructor() {
    for (const folder of [shop, state]) {
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true });
    }
    this.#boot();
  }

  #boot(): void {
    writeFileSync(bootFile, bootId(this.#boots));
  }

  /** What was running is gone, and the machine was started anew. */
  reboot(): void {
    this.#boots += 1;
    this.#boot();
  }

  path(name: string): string {
    return join(shop, name);
  }

  write(name: string, text: string, mode = 0o644): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), text);
    chmodSync(this.path(name), mode);
  }

  remove(name: string): void {
    rmSync(this.path(name), { recursive: true, force: true });
  }

  has(name: string): boolean {
    return existsSync(this.path(name));
  }

  #environment(): Record<string, string> {
    return {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      HOME: '/home/ada',
      LANG: 'C.UTF-8',
      GONOGO_STATE: state,
      ...this.env,
    };
  }

  /** Starts the command with nobody at a terminal. */
  start(...words: readonly string[]): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
    const child = spawn(process.execPath, [bin, ...words], {
      cwd: shop,
      env: this.#environment(),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr?.on('data', (text) => {
      stderr += String(text);
    });
    const ended = once(child, 'close').then(() => ({ code: child.exitCode, stderr }));
    return { child, ended };
  }

  /** Runs the command to its end; fails unless it exits with `code`. */
  async expects(code: number, ...words: readonly string[]): Promise<Ended> {
    const ended = await this.start(...words).ended;
    if (ended.code !== code)
      throw new Error(`gonogo ${words.join(' ')}: exit ${ended.code}, not ${code}\n${ended.stderr}`);
    return ended;
  }

  /** The command at a terminal, with ordinary prompts. */
  sits(...words: readonly string[]): Person {
    const child = spawnPty(process.execPath, [bin, ...words, '--plain'], {
      cols: 200,
      rows: 40,
      cwd: shop,
      env: { ...this.#environment(), NO_COLOR: '1' },
    });
    let written = '';
    let read = 0;
    child.onData((text) => {
      written += text;
    });
    const { promise: ended, resolve } = Promise.withResolvers<number>();
    child.onExit(({ exitCode }) => resolve(exitCode));
    return {
      async says(prompt, line) {
        await until(
          `"${prompt}" in: ${written.slice(read)}`,
          () => written.indexOf(prompt, read) >= 0,
          () => written.slice(read),
        );
        read = written.indexOf(prompt, read) + prompt.length;
        child.write(`${line}\r`);
      },
      signal: (name) => child.kill(name),
      ended,
    };
  }

  /** The folder of the newest run. */
  run(): string {
    const newest = readdirSync(join(state, 'runs'))
      .filter((name) => !name.startsWith('.'))
      .map((name) => join(state, 'runs', name))
      .toSorted((a, b) => startedAt(a).localeCompare(startedAt(b)))
      .at(-1);
    if (newest === undefined) throw new Error('there is no run');
    return newest;
  }

  /** True once the journal of the newest run holds `text`. */
  recorded(text: string): boolean {
    if (!existsSync(join(state, 'runs'))) return false;
    if (readdirSync(join(state, 'runs')).filter((name) => !name.startsWith('.')).length === 0) return false;
    return readFileSync(join(this.run(), 'journal.jsonl'), 'utf8').includes(text);
  }

  /** Drives `words` until `holds`, then ends the driver and every command as a lost machine would. */
  async cutOff(holds: () => boolean, ...words: readonly string[]): Promise<void> {
    const { child, ended } = this.start(...words);
    await until(`a state to cut off in: ${words.join(' ')}`, holds);
    child.kill('SIGKILL');
    await ended;
    for (const pid of supervisors(this.run())) endSession(pid);
  }

  /** Cuts the newest journal back to the first record that holds `text`, and takes away what came of it since. */
  cutBackTo(text: string, ...folders: readonly string[]): void {
    const path = join(this.run(), 'journal.jsonl');
    const lines = readFileSync(path, 'utf8').split('\n');
    const at = lines.findIndex((line) => line.includes(text));
    if (at < 0) throw new Error(`no record holds ${text}`);
    writeFileSync(path, `${lines.slice(0, at + 1).join('\n')}\n`);
    for (const folder of folders) rmSync(join(this.run(), folder), { recursive: true, force: true });
  }

  /** Adds what a torn write leaves. */
  tear(text: string): void {
    writeFileSync(join(this.run(), 'journal.jsonl'), text, { flag: 'a' });
  }

  /** A service on 127.0.0.1 that answers `replies` one after the other, the last one again and again. */
  async serve(...replies: readonly { readonly status: number; readonly body: string }[]): Promise<string> {
    let asked = 0;
    const server = createServer((_request, response) => {
      const reply = replies[Math.min(asked, replies.length - 1)] ?? { status: 500, body: '' };
      asked += 1;
      response.writeHead(reply.status, { 'content-type': 'application/json', connection: 'close' }).end(reply.body);
    });
    server.listen(0, '127.0.0.1');
    server.unref();
    await once(server, 'listening');
    const address = server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`;
  }

  /** Takes the newest run as the golden journal `name`, with what it pins and the reports that this version makes of it. */
  async keep(into: string, name: string): Promise<void> {
    const out = '/srv/out';
    rmSync(out, { recursive: true, force: true });
    const run = this.run();
    await this.expects(0, 'report', run.slice(run.lastIndexOf('/') + 1), '--out', out);
    cpSync(join(run, 'journal.jsonl'), join(into, `${name}.jsonl`));
    for (const format of ['md', 'html', 'json']) cpSync(join(out, `report.${format}`), join(into, `${name}.${format}`));
    cpSync(join(run, 'documents'), join(into, 'documents'), { recursive: true });
  }
}

function startedAt(run: string): string {
  return /"at":"([^"]+)"/.exec(readFileSync(join(run, 'journal.jsonl'), 'utf8'))?.[1] ?? '';
}

/** The leaders of the sessions that attempts of `run` are. */
function supervisors(run: string): readonly string[] {
  return readdirSync(run, { recursive: true, withFileTypes: true })
    .filter(({ name }) => name === 'claim')
    .map(({ parentPath }) => readFileSync(join(parentPath, 'claim'), 'utf8').split(' ')[0] ?? '');
}

function endSession(leader: string): void {
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

/** Waits until `holds`. */
export async function until(what: string, holds: () => boolean, seen: () => string = () => ''): Promise<void> {
  for (const from = Date.now(); !holds(); ) {
    if (Date.now() - from > boundMs) throw new Error(`never came to: ${what}\n${seen()}`);
    await new Promise((next) => setTimeout(next, 10));
  }
}
