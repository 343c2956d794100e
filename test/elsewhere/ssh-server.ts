/** A real sshd on 127.0.0.1 with keys of its own, a gonogo behind it, and an `ssh` that knows it as the host `far`. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const gonogo = fileURLToPath(new URL('../../dist/gonogo.cjs', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class SshServer {
  readonly folder = mkdtempSync(join(tmpdir(), 'gonogo-ssh-'));
  /** The environment of this side: its `ssh` comes first on the path. */
  readonly env: Record<string, string>;
  readonly #sshd: ChildProcess;

  private constructor(port: number) {
    const at = (name: string): string => join(this.folder, name);
    for (const name of ['host', 'own', 'stranger']) {
      const made = spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at(name)]);
      if (made.status !== 0) throw new Error(`ssh-keygen: ${made.stderr}`);
    }
    for (const name of ['near', 'far', 'none']) mkdirSync(at(name));
    this.#program('far/gonogo', `exec '${process.execPath}' '${gonogo}' "$@"`);
    this.#program('near/ssh', `exec /usr/bin/ssh -F '${at('config')}' "$@"`);
    const serverKey = readFileSync(at('host.pub'), 'utf8').split(' ').slice(0, 2).join(' ');
    writeFileSync(at('known'), `[127.0.0.1]:${port} ${serverKey}\n`);
    writeFileSync(at('unknown'), '');
    const host = (name: string, more: string): string =>
      `Host ${name}\n  HostName 127.0.0.1\n  Port ${port}\n  IdentitiesOnly yes\n  GlobalKnownHostsFile /dev/null\n  ${more}\n`;
    const known = `UserKnownHostsFile ${at('known')}`;
    writeFileSync(
      at('config'),
      [
        host('far', `${known}\n  IdentityFile ${at('own')}`),
        host('unknown', `UserKnownHostsFile ${at('unknown')}\n  IdentityFile ${at('own')}`),
        host('refusing', `${known}\n  IdentityFile ${at('stranger')}`),
        host('bare', `${known}\n  IdentityFile ${at('own')}\n  SetEnv WANTED=bare`),
      ].join(''),
    );
    writeFileSync(
      at('sshd.conf'),
      `Port ${port}
ListenAddress 127.0.0.1
HostKey ${at('host')}
AuthorizedKeysFile ${at('own.pub')}
StrictModes no
UsePAM no
PidFile none
SetEnv PATH=${at('far')}:/usr/bin:/bin XDG_STATE_HOME=${at('xdg')} SHELL=/bin/sh
`,
    );
    // Its helper wants this folder where it runs as root.
    if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
    this.#sshd = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', at('sshd.conf')], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.env = { PATH: `${at('near')}:/usr/bin:/bin`, HOME: this.folder };
  }

  static async start(): Promise<SshServer> {
    const server = new SshServer(await freePort());
    await server.#listens();
    return server;
  }

  /** The place of the state folder over there. */
  get place(): string {
    return `ssh://far${this.state}`;
  }

  get state(): string {
    return join(this.folder, 'state');
  }

  write(name: string, text: string): string {
    const path = join(this.folder, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  /** Takes gonogo away over there, or gives it back. */
  takeAway(): void {
    rmSync(join(this.folder, 'far/gonogo'));
  }

  /** `gonogo WORDS` on this side. */
  gonogo(...words: readonly string[]): Promise<Ended> {
    return this.begin(words).ended;
  }

  begin(words: readonly string[]): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
    const child = spawn(process.execPath, [gonogo, ...words], {
      cwd: this.folder,
      env: this.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (text) => (stdout += String(text)));
    child.stderr.on('data', (text) => (stderr += String(text)));
    return { child, ended: once(child, 'close').then(([code]) => ({ code, stdout, stderr })) };
  }

  /** Ends the server's half of every connection, as a machine that restarts its sshd. */
  cut(): void {
    const children = spawnSync('ps', ['-o', 'pid=', '--ppid', String(this.#sshd.pid)], { encoding: 'utf8' }).stdout;
    for (const pid of children.trim().split(/\s+/)) if (pid !== '') process.kill(Number(pid), 'SIGKILL');
  }

  async dispose(): Promise<void> {
    this.#sshd.kill('SIGTERM');
    if (this.#sshd.exitCode === null) await once(this.#sshd, 'exit');
    rmSync(this.folder, { recursive: true, force: true });
  }

  #program(name: string, line: string): void {
    const path = this.write(name, `#!/bin/sh\n${line}\n`);
    chmodSync(path, 0o755);
  }

  #listens(): Promise<void> {
    return new Promise((done, fail) => {
      let said = '';
      this.#sshd.stderr?.on('data', (text) => {
        said += String(text);
        if (said.includes('Server listening')) done();
      });
      this.#sshd.on('exit', () => fail(new Error(`sshd ended: ${said}`)));
    });
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
