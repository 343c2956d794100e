/** A real sshd on 127.0.0.1 with keys of its own, and this side of it: an `ssh` that knows it under many names. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Host } from '../../src/host/host.ts';
import { createRealHost } from '../../src/host/real-host.ts';
import { createSshHosts } from '../../src/target/ssh/ssh-hosts.ts';
import type { Hosts } from '../../src/target/targets.ts';

/** `sshd`: more lines of its configuration. `under`: words before sshd, which lead into a namespace or the like. `ssh`: more lines for each host. */
export interface FarOptions {
  readonly sshd?: string;
  readonly ssh?: string;
  /** Where it listens, instead of 127.0.0.1. */
  readonly address?: string;
  readonly under?: (folder: string) => readonly string[];
}

export class FarServer {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'gonogo-far-')));
  readonly port: number;
  readonly #options: FarOptions;
  #sshd: ChildProcess | null = null;
  #runs = 0;
  readonly #opened: Hosts[] = [];

  private constructor(port: number, options: FarOptions) {
    this.port = port;
    this.#options = options;
    for (const name of ['host', 'other', 'own', 'stranger']) {
      const made = spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', this.at(name)]);
      if (made.status !== 0) throw new Error(`ssh-keygen: ${made.stderr}`);
    }
    mkdirSync(this.at('near'));
    mkdirSync(this.at('home'));
    this.program('near/ssh', `exec /usr/bin/ssh -F '${this.at('config')}' "$@"`);
    this.knowKey('host');
    writeFileSync(this.at('unknown'), '');
    const host = (names: string, key: string, known: string): string =>
      `Host ${names}
  HostName ${this.#address}
  Port ${port}
  IdentitiesOnly yes
  IdentityFile ${this.at(key)}
  GlobalKnownHostsFile /dev/null
  UserKnownHostsFile ${this.at(known)}
  ${options.ssh ?? ''}
`;
    const nobody = 'Host down\n  HostName 127.0.0.1\n  Port 1\n';
    writeFileSync(
      this.at('config'),
      [
        host('far*', 'own', 'known'),
        host('refusing', 'stranger', 'known'),
        host('unknown', 'own', 'unknown'),
        nobody,
      ].join(''),
    );
  }

  static async start(options: FarOptions = {}): Promise<FarServer> {
    const server = new FarServer(await freePort(), options);
    await server.listen();
    return server;
  }

  get #address(): string {
    return this.#options.address ?? '127.0.0.1';
  }

  at(...names: readonly string[]): string {
    return join(this.folder, ...names);
  }

  program(name: string, line: string): string {
    const path = this.at(name);
    writeFileSync(path, `#!/bin/sh\n${line}\n`);
    chmodSync(path, 0o755);
    return path;
  }

  /** What this side takes for the server's key. */
  knowKey(name: 'host' | 'other'): void {
    const key = readFileSync(this.at(`${name}.pub`), 'utf8')
      .split(' ')
      .slice(0, 2)
      .join(' ');
    writeFileSync(this.at('known'), `[${this.#address}]:${this.port} ${key}\n`);
  }

  /** Begins to listen, with this key. */
  async listen(key: 'host' | 'other' = 'host'): Promise<void> {
    const { sshd = '', under = () => [] } = this.#options;
    const env = sshd.includes('SetEnv') ? '' : `SetEnv XDG_STATE_HOME=${this.at('xdg')}`;
    writeFileSync(
      this.at('sshd.conf'),
      `Port ${this.port}
ListenAddress ${this.#address}
HostKey ${this.at(key)}
AuthorizedKeysFile ${this.at('own.pub')}
StrictModes no
UsePAM no
PidFile none
${env}
${sshd}
`,
    );
    if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
    const [program = '', ...words] = [...under(this.folder), '/usr/sbin/sshd', '-D', '-e', '-f', this.at('sshd.conf')];
    const child = spawn(program, words, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#sshd = child;
    await new Promise<void>((done, fail) => {
      let said = '';
      child.stderr?.on('data', (text) => {
        said += String(text);
        if (said.includes('Server listening')) done();
      });
      child.on('exit', () => fail(new Error(`sshd ended: ${said}`)));
    });
  }

  get pid(): number {
    return this.#sshd?.pid ?? 0;
  }

  /** Ends the server itself, not its sessions. */
  async end(): Promise<void> {
    const child = this.#sshd;
    if (child === null) return;
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    this.#sshd = null;
  }

  /** Pids of the server's own half of every connection. */
  halves(): readonly number[] {
    const found = spawnSync('ps', ['-A', '-o', 'pid=,args='], { encoding: 'utf8' }).stdout;
    return found
      .split('\n')
      .filter((line) => /sshd(-session)?: /.test(line))
      .map((line) => Number.parseInt(line, 10))
      .filter((pid) => pid !== this.pid && this.#descends(pid));
  }

  #descends(pid: number): boolean {
    for (let at = pid; at > 1; ) {
      if (at === this.pid) return true;
      at = Number(spawnSync('ps', ['-o', 'ppid=', '-p', String(at)], { encoding: 'utf8' }).stdout);
    }
    return false;
  }

  /** Ends the server's half of every connection. */
  cut(): void {
    for (const pid of this.halves()) tolerating(() => process.kill(pid, 'SIGKILL'));
  }

  /** The environment of this side. */
  get env(): Record<string, string> {
    return { PATH: `${this.at('near')}:${process.env.PATH ?? ''}`, HOME: this.at('home'), TMPDIR: this.folder };
  }

  async host(): Promise<Host> {
    const host = await createRealHost();
    return { ...host, machine: { ...host.machine, env: this.env } };
  }

  /** The hosts of a run, each time of another one unless `run` names one. */
  async hosts(
    run?: string,
    state: string | null = null,
    folderName?: string,
  ): Promise<{ readonly hosts: Hosts; readonly run: string; readonly folder: string }> {
    this.#runs += 1;
    const name = run ?? `run-${this.#runs}`;
    const folder = this.at('runs', folderName ?? name);
    const hosts = createSshHosts(await this.host(), { folder, run: name, state });
    this.#opened.push(hosts);
    return { hosts, run: name, folder };
  }

  /** The folder of an attempt over there. */
  there(run: string, id: string): string {
    return this.at('xdg', 'gonogo', run, id);
  }

  lines(path: string): number {
    return existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 1 : 0;
  }

  async dispose(): Promise<void> {
    for (const hosts of this.#opened) await hosts.close();
    this.cut();
    await this.end();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function tolerating(work: () => void): void {
  try {
    work();
  } catch {
    // It has ended.
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
