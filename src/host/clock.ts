/**
 * The real clock. Nothing outside `host/` reads the time or waits for it.
 */
import { startAlarm } from './alarm.ts';
import type { Clock } from './host.ts';

/** The system's clock: `now` in integer epoch milliseconds; `sleep` ends early on abort and never rejects. */
export const realClock: Clock = {
  now: () => Math.floor(Date.now()),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const finish = (): void => {
        cancel();
        signal?.removeEventListener('abort', finish);
        resolve();
      };
      const cancel = startAlarm(ms, finish);
      signal?.addEventListener('abort', finish, { once: true });
    }),
};
