/**
 * The system's `ssh`, as the operator has configured it.
 *
 * Invariants:
 * - A host is never an option: `--` stands before it. Nothing is asked in the middle: a host key that is not known, or another one
 *   than was known, ends the connection.
 * - What is said to a shell over there is one word to `/bin/sh`, whatever shell the user has there.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** `port` null: as configured. */
export interface Address {
  readonly user: string | null;
  readonly host: string;
  readonly port: number | null;
}

/** The exit code with which ssh tells of itself; a command over there may have it too. */
export const sshFailed = 255;

const outputBytesMax = 1024 * 1024;

function wordsFor({ user, host, port }: Address, options: readonly string[]): readonly string[] {
  return [
    ...['-o', 'StrictHostKeyChecking=yes', '-o', 'ServerAliveInterval=15', '-o', 'ServerAliveCountMax=4'],
    ...options,
    ...(port === null ? [] : ['-p', String(port)]),
    ...(user === null ? [] : ['-l', user]),
    '--',
    host,
  ];
}

/** A word for a POSIX shell. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

export interface Said {
  readonly exit: number;
  readonly output: string;
  readonly errors: string;
}

/** Runs `script` over there with `input`, and waits for its end. `asks`: a person is there to be asked for a passphrase. */
export async function runThere(
  address: Address,
  script: string,
  input: Readable,
  { asks }: { readonly asks: boolean },
): Promise<Said> {
  const options = ['-T', ...(asks ? [] : ['-o', 'BatchMode=yes'])];
  const child = spawn('ssh', [...wordsFor(address, options), `exec /bin/sh -c ${shellWord(script)}`], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const output: Buffer[] = [];
  const errors: Buffer[] = [];
  collect(child.stdout, output);
  collect(child.stderr, errors);
  // It may end before it has read everything; its exit says why.
  const sent = pipeline(input, child.stdin).catch(() => undefined);
  const [exit] = await Promise.race([once(child, 'close'), once(child, 'error').then(failed)]);
  await sent;
  const text = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString('utf8');
  return { exit: typeof exit === 'number' ? exit : sshFailed, output: text(output), errors: text(errors) };
}

function failed([error]: readonly unknown[]): never {
  throw error;
}

function collect(stream: Readable, chunks: Buffer[]): void {
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= outputBytesMax) chunks.push(chunk);
  });
}

/** Runs `script` over there on our own standard streams, on a terminal there when `terminal`. Resolves with its exit code. */
export async function goThere(
  address: Address,
  script: string,
  { terminal }: { readonly terminal: boolean },
): Promise<number> {
  const words = wordsFor(address, [terminal ? '-t' : '-T']);
  const child = spawn('ssh', [...words, `exec /bin/sh -c ${shellWord(script)}`], { stdio: 'inherit' });
  // A terminal sends Ctrl-C over there by itself. Whoever ends us ends ssh, which has our streams, and with it the connection; what
  // runs over there goes on.
  const passOn = (signal: NodeJS.Signals): void => {
    child.kill(signal);
  };
  const ignore = (): void => undefined;
  const signals = ['SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, passOn);
  if (terminal) process.on('SIGINT', ignore);
  try {
    const [exit] = await Promise.race([once(child, 'close'), once(child, 'error').then(failed)]);
    return typeof exit === 'number' ? exit : sshFailed;
  } finally {
    for (const signal of signals) process.off(signal, passOn);
    process.off('SIGINT', ignore);
  }
}
