/**
 * The real clock. Nothing outside `host/` reads the time or waits for it.
 */
import type { Clock } from './host.ts';

/** The system's clock: `now` in integer epoch milliseconds; `sleep` ends early on abort and never rejects. */
export const realClock: Clock = {
  now: () => Math.floor(Date.now()),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const finish = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', finish);
        resolve();
      };
      const timer = setTimeout(finish, ms);
      signal?.addEventListener('abort', finish, { once: true });
    }),
};
