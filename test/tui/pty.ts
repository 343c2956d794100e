/** A program on a real pseudo-terminal, seen through a real terminal emulator. */
import { spawnSync } from 'node:child_process';
import { spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';

export interface Pty {
  /** The screen's rows, trailing blanks removed. */
  rows(): readonly string[];
  /** Everything that was written, escapes included. */
  written(): string;
  /** True while the alternate screen is shown. */
  alternate(): boolean;
  /** Resolves when the normal screen is shown again; what a program wrote at its end is read after its exit. */
  leaves(): Promise<void>;
  write(keys: string): void;
  /** Writes at a person's pace: what follows a key sooner than 30 ms counts as pasted. */
  type(keys: string): Promise<void>;
  resize(columns: number, rows: number): void;
  kill(signal: string): void;
  /** Resolves when a row holds `text`; fails with the screen after a bound. */
  shows(text: string): Promise<void>;
  /** Resolves with the first of `texts` that a row holds. */
  showsOne(...texts: readonly string[]): Promise<string>;
  /** Resolves when `text` was written at least `count` times. */
  wrote(text: string, count: number): Promise<void>;
  /** Resolves when `holds`; fails naming `what`, with the screen, after a bound. */
  until(what: string, holds: () => boolean): Promise<void>;
  /** Resolves as soon as `holds`, asked after each time that something was drawn; fails after a bound. */
  drawn(holds: () => boolean): Promise<void>;
  /** Resolves when row `index` holds `text`. */
  showsAt(index: number, text: string): Promise<void>;
  /** Resolves when no row holds `text`. */
  hides(text: string): Promise<void>;
  /** Resolves when the program was stopped, as by Ctrl-Z. */
  stopped(): Promise<void>;
  readonly exited: Promise<number>;
}

const paceMs = 45;
/** Looks at the screen before something is given up, 10 ms apart. */
const roundsMax = 2000;
const drawnMsMax = 20_000;

/** Starts `node file args` at a size, in `cwd`. */
export function startPty(
  file: string,
  args: readonly string[],
  columns: number,
  rows: number,
  env = {},
  cwd = process.cwd(),
): Pty {
  return startProgram([process.execPath, file, ...args], { columns, rows }, env, cwd);
}

/** Starts `command`, its words, at a size, in `cwd`. */
export function startProgram(
  [program = '', ...args]: readonly string[],
  { columns, rows }: { readonly columns: number; readonly rows: number },
  env = {},
  cwd = process.cwd(),
): Pty {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  const child = spawn(program, args, {
    cols: columns,
    rows,
    name: 'xterm-256color',
    cwd,
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', LANG: 'C.UTF-8', ...env },
  });
  let written = '';
  let typedAt = 0;
  /** When something that was waited for was seen: a person looks before the next key. */
  let seenAt = 0;
  const lookers = new Set<() => void>();
  child.onData((data) => {
    written += data;
    terminal.write(data, () => {
      for (const look of lookers) look();
    });
  });
  const { promise: exited, resolve } = Promise.withResolvers<number>();
  child.onExit(({ exitCode }) => resolve(exitCode));
  const readRows = (): readonly string[] => {
    const { active } = terminal.buffer;
    return Array.from({ length: terminal.rows }, (_, row) =>
      (active.getLine(active.baseY + row)?.translateToString(true) ?? '').trimEnd(),
    );
  };
  const until = async (what: string, holds: () => boolean): Promise<void> => {
    for (let round = 0; round < roundsMax; round += 1) {
      if (holds()) {
        seenAt = Date.now();
        return;
      }
      await new Promise((next) => setTimeout(next, 10));
    }
    throw new Error(`${what}; the screen is:\n${readRows().join('\n')}`);
  };
  return {
    rows: readRows,
    written: () => written,
    alternate: () => terminal.buffer.active.type === 'alternate',
    leaves: () => until('the normal screen never came back', () => terminal.buffer.active.type !== 'alternate'),
    write: (keys) => child.write(keys),
    async type(keys) {
      const wait = Math.max(typedAt, seenAt) + paceMs - Date.now();
      if (wait > 0) await new Promise((next) => setTimeout(next, wait));
      typedAt = Date.now();
      child.write(keys);
    },
    resize(nextColumns, nextRows) {
      terminal.resize(nextColumns, nextRows);
      child.resize(nextColumns, nextRows);
    },
    kill: (signal) => child.kill(signal),
    shows: (text) => until(`"${text}" never came`, () => readRows().some((row) => row.includes(text))),
    showsOne: async (...texts) => {
      const found = (): string | undefined => texts.find((text) => readRows().some((row) => row.includes(text)));
      await until(`none of "${texts.join('", "')}" came`, () => found() !== undefined);
      return found() ?? '';
    },
    wrote: (text, count) => until(`"${text}" was not written ${count} times`, () => written.split(text).length > count),
    drawn: (holds) =>
      new Promise((resolve, reject) => {
        const late = setTimeout(
          () => end(() => reject(new Error(`never drawn; the screen is:\n${readRows().join('\n')}`))),
          drawnMsMax,
        );
        const look = (): void => {
          if (holds()) end(resolve);
        };
        const end = (settle: () => void): void => {
          clearTimeout(late);
          lookers.delete(look);
          settle();
        };
        lookers.add(look);
      }),
    until: (what, holds) => until(`${what} never came`, holds),
    showsAt: (index, text) =>
      until(`"${text}" never came to row ${index}`, () => readRows()[index]?.includes(text) === true),
    hides: (text) => until(`"${text}" never went`, () => !readRows().some((row) => row.includes(text))),
    stopped: () => until('it never stopped', () => stateOf(child.pid) === 'T'),
    exited,
  };
}

/** The state of a process as its letter; `ps` instead of /proc, which not every system has. */
function stateOf(pid: number): string {
  return spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout.charAt(0);
}
