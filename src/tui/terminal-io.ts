/**
 * The real `TerminalIo`: this process's streams and signals. It reads neither clock nor environment itself.
 */
import process from 'node:process';
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
    stopSelf() {
      process.kill(process.pid, 'SIGSTOP');
    },
  };
}
