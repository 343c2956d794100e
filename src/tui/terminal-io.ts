/**
 * The real `TerminalIo`: this process's streams and signals. It reads neither clock nor environment itself.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { TerminalIo } from './home.ts';

/** The terminal of this process. `now`: epoch ms; `env`: the environment, both from the host. */
export function processTerminalIo(now: () => number, env: Readonly<Record<string, string | undefined>>): TerminalIo {
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env,
    now,
    offsetMs: (atMs) => -new Date(atMs).getTimezoneOffset() * 60_000,
    onSignal(signal, handler) {
      process.on(signal, handler);
      return () => {
        process.off(signal, handler);
      };
    },
    page: (lines) => page(env, lines),
    stopSelf() {
      process.kill(process.pid, 'SIGSTOP');
    },
  };
}

/** `$PAGER`, else less, by a shell, as man and git start it. Leaving it early is no failure. */
async function page(env: Readonly<Record<string, string | undefined>>, lines: AsyncIterable<string>): Promise<void> {
  const chosen = env['PAGER'] ?? '';
  const pager = spawn('/bin/sh', ['-c', chosen === '' ? 'less -R' : chosen], { stdio: ['pipe', 'inherit', 'inherit'] });
  const ended = once(pager, 'close');
  // Whoever leaves the pager early wants no more of it.
  await pipeline(Readable.from(lines), pager.stdin).catch(() => undefined);
  const [code] = await ended;
  if (code === 126 || code === 127) throw new Error(`the pager cannot be started: ${chosen === '' ? 'less' : chosen}`);
}
