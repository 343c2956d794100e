/** What ssh says when it does not get there, and whether to try again says more. */
import type { OutOfReach } from '../target.ts';

/** `patienceMs`: for how long it is worth trying again. */
export interface Failure {
  readonly kind: OutOfReach;
  readonly patienceMs: number;
}

/** A server that is busy takes nobody in, and does so again when the others are done. */
const busyMs = 60_000;
/** A server that is started anew is there again soon. */
const awayMs = 4_000;

const failures: readonly (readonly [RegExp, Failure])[] = [
  [
    /host key verification failed|host identification has changed|host key is known/i,
    { kind: 'host-key', patienceMs: 0 },
  ],
  [/permission denied|too many authentication failures|no supported authentication/i, { kind: 'auth', patienceMs: 0 }],
  [/hostname contains invalid characters|bad owner or permissions/i, { kind: 'unfit', patienceMs: 0 }],
  [/could not resolve hostname|bad port|bad configuration|is not installed/i, { kind: 'down', patienceMs: 0 }],
  [
    /kex_exchange_identification|ssh_exchange_identification|connection (closed|reset)|closed by remote host|disconnected|maxstartups|session request failed|session open refused|broken pipe|mux_client/i,
    { kind: 'refused', patienceMs: busyMs },
  ],
  [
    /connection refused|no route to host|timed out|timeout|unreachable|not responding/i,
    { kind: 'down', patienceMs: awayMs },
  ],
  // It says nothing of why.
  [/ssh (?:ended with 255|was ended by)/, { kind: 'refused', patienceMs: busyMs }],
];

/** What `said`, all that ssh told of its end, comes to. */
export function failureOf(said: string): Failure {
  return failures.find(([pattern]) => pattern.test(said))?.[1] ?? { kind: 'unfit', patienceMs: 0 };
}

/** How long to wait before try number `tries` (from 1): longer each time, and never all at the same moment. `chance`: 0 to 1. */
export function backOffMs(tries: number, chance: number, mostMs: number): number {
  return Math.min(mostMs, 100 * 2 ** tries) * (0.5 + chance / 2);
}
