/** How soon a program has drawn something on a terminal. */
import { spawn } from '@lydell/node-pty';

/** Longer than any first frame takes; what has not come by then does not come. */
const giveUpMs = 20_000;

/**
 * Starts a program on a terminal of 80x24 and returns the ms until it has written `shows`; then ends it. Rejects with what it wrote
 * when it ends before that, or writes something else.
 */
export function firstFrame(argv: readonly [string, ...string[]], shows: string, cwd: string): Promise<number> {
  const [file, ...words] = argv;
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const before = performance.now();
  const child = spawn(file, words, { cols: 80, rows: 24, name: 'xterm-256color', cwd, env: environment() });
  let written = '';
  let took: number | null = null;
  const late = setTimeout(() => child.kill('SIGKILL'), giveUpMs);
  child.onData((data) => {
    if (took !== null) return;
    written += data;
    if (!written.includes(shows)) return;
    took = performance.now() - before;
    // Not killed outright: what it keeps for its next start is written when it ends.
    child.kill('SIGTERM');
  });
  child.onExit(() => {
    clearTimeout(late);
    if (took === null) reject(new Error(`"${shows}" was never drawn by ${argv.join(' ')}\n${written.slice(-2000)}`));
    else resolve(took);
  });
  return promise;
}

/** A terminal at which a person sits, whatever this runs in. */
function environment(): Readonly<Record<string, string>> {
  return { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', LANG: 'C.UTF-8' };
}
