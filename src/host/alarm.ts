/**
 * A timer for any number of milliseconds. Node's own fires at once for more than 2^31 − 1 of them, which is under 25 days.
 *
 * It counts the machine's running time, not its clock: setting the clock changes nothing of it.
 */

const onceMs = 2_147_483_647;

/** Calls `ring` once after `ms`, unless what it returns is called before. */
export function startAlarm(ms: number, ring: () => void): () => void {
  let left = ms;
  let timer: ReturnType<typeof setTimeout>;
  const wait = (): void => {
    const part = Math.min(left, onceMs);
    left -= part;
    timer = setTimeout(left > 0 ? wait : ring, part);
  };
  wait();
  return () => clearTimeout(timer);
}
