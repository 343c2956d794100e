/** The real tools that these tests hold us against: ssh-keygen, ssh-agent, openssl, tar; and folders and keys to use them on. */
import { spawn, spawnSync } from 'node:child_process';
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { afterAll } from 'vitest';
import { readPrivateKey, signEd25519 } from '../../src/signing/private-key.ts';
import { type PublicKey, parsePublicKeyBlob, parsePublicKeyLine } from '../../src/signing/public-key.ts';
import type { Signer } from '../../src/signing/signer.ts';
import { join, mpint, string, u32 } from '../../src/signing/wire.ts';

export interface Ran {
  readonly exit: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Runs a tool to its end, with a bound of 20 s. */
export function tool(command: string, args: readonly string[], input: Uint8Array | string = '', env = {}): Ran {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    input,
    env: { ...process.env, ...env },
    timeout: 20_000,
  });
  // A tool that ends before it has read its input has its reason, and an exit status.
  if (error !== undefined && !('code' in error && error.code === 'EPIPE')) throw error;
  return { exit: status, stdout, stderr: stderr.toString() };
}

/** A folder that is removed after the tests of the file. */
export function makeFolder(): string {
  const folder = mkdtempSync(joinPath(tmpdir(), 'gonogo-signing-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface KeyFile {
  readonly path: string;
  readonly publicLine: string;
  readonly publicKey: PublicKey;
}

/** A key made by ssh-keygen; `args` such as `-t rsa -b 2048`. */
export function makeKeyFile(folder: string, name: string, args: readonly string[], passphrase = ''): KeyFile {
  const path = joinPath(folder, name);
  const ran = tool('ssh-keygen', ['-q', ...args, '-N', passphrase, '-C', `${name}@example.com`, '-f', path]);
  if (ran.exit !== 0) throw new Error(ran.stderr);
  const publicLine = readFileSync(`${path}.pub`, 'utf8');
  return { path, publicLine, publicKey: parsePublicKeyLine(publicLine).key };
}

export function fileSigner(key: KeyFile): Signer {
  const read = readPrivateKey(readFileSync(key.path, 'utf8'), null);
  return { publicKey: read.publicKey, sign: async (data) => signEd25519(read, data) };
}

/** Writes a file and returns its path. */
export function put(folder: string, name: string, content: Uint8Array | string): string {
  const path = joinPath(folder, name);
  writeFileSync(path, content);
  return path;
}

/** Starts a real ssh-agent in the foreground and resolves when its socket is there. It ends with the tests of the file. */
export async function startAgent(folder: string): Promise<string> {
  const socket = joinPath(folder, 'agent.sock');
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
  afterAll(() => agent.kill());
  const deadline = Date.now() + 10_000;
  while (!existsSync(socket)) {
    if (Date.now() > deadline) throw new Error('ssh-agent did not start');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return socket;
}

/** A security key in software: it signs as PROTOCOL.u2f says, touched or not. */
export function makeSecurityKey(kind: 'ed25519' | 'ecdsa', touched: boolean): Signer {
  const application = 'ssh:';
  const pair = kind === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = pair.publicKey.export({ format: 'jwk' });
  const [ax, ay] = [Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')];
  const type = kind === 'ed25519' ? 'sk-ssh-ed25519@openssh.com' : 'sk-ecdsa-sha2-nistp256@openssh.com';
  const point = join(Uint8Array.of(4), ax, ay);
  const fields = kind === 'ed25519' ? [string(ax)] : [string('nistp256'), string(point)];
  const publicKey = parsePublicKeyBlob(join(string(type), ...fields, string(application)));
  return {
    publicKey,
    sign: async (data) => {
      const tail = join(Uint8Array.of(touched ? 1 : 0), u32(7));
      const signed = join(sha256(application), tail, sha256(data));
      return join(string(type), string(signRaw(kind, pair.privateKey, signed)), tail);
    },
  };
}

function signRaw(kind: 'ed25519' | 'ecdsa', key: KeyObject, data: Uint8Array): Uint8Array {
  if (kind === 'ed25519') return sign(null, data, key);
  const rs = sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' });
  return join(mpint(rs.subarray(0, 32)), mpint(rs.subarray(32)));
}

function sha256(data: Uint8Array | string): Uint8Array {
  return createHash('sha256').update(data).digest();
}

/** Every copy of `bytes` with one bit of one byte changed; by default the lowest, and the one that makes a letter another case. */
export function* flips(
  bytes: Uint8Array,
  masks: readonly number[] = [0x01, 0x20],
): Generator<{ readonly at: number; readonly bytes: Uint8Array }> {
  for (let at = 0; at < bytes.length; at++) {
    for (const mask of masks) {
      const copy = bytes.slice();
      copy[at] = (copy[at] ?? 0) ^ mask;
      yield { at, bytes: copy };
    }
  }
}

/** The code of the `SigningError` that `act` throws, and its message; fails when it throws nothing. */
export function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return `${String(error.code)}: ${error.message}`;
    throw error;
  }
  throw new Error('expected a refusal');
}

/** `refusal` of something asynchronous. */
export async function refusalOf(act: () => Promise<unknown>): Promise<string> {
  try {
    await act();
  } catch (error) {
    return refusal(() => {
      throw error;
    });
  }
  throw new Error('expected a refusal');
}
