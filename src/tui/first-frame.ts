/**
 * What stands on the terminal while the app itself is still being loaded: the frame that the app draws first, drawn without it.
 *
 * Invariants:
 * - It is drawn only where the app over the whole screen comes next, and is gone before anything else is written, whoever writes:
 *   the terminal is then as it was, as it is when the process ends.
 * - The app takes it over: the screen is entered once, and the app's own first frame replaces it in one write.
 * - Importing this loads nothing of the app.
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { visibleLine } from '../diagnostics/sanitise.ts';
import { fit } from './present/cells.ts';
import { glyphsOf, lookFor, paint } from './present/look.ts';

/** The terminal of this process, and what ends it. */
export interface FirstTerminal {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  on(event: 'exit' | Signal, listener: () => void): unknown;
  off(event: 'exit' | Signal, listener: () => void): unknown;
  /** Ends this process as `signal` does where nobody listens. */
  end(signal: Signal): void;
}

type Signal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';
const signals: readonly Signal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const enter = '\x1b[?1049h\x1b[2J\x1b[H\x1b[?25l';
const leave = '\x1b[?25h\x1b[?1049l';
/** Below these the app draws only a note. */
const smallest = { columns: 40, rows: 12 };

/** Takes the frame away; null: there is none. `kept`: the screen stays as it is, for the app. */
let takeAway: ((kept: boolean) => void) | null = null;

/** Draws the frame where `words`, the command line without the program, open the app. */
export function showFirstFrame(words: readonly string[], terminal: FirstTerminal): void {
  const { stdout, stderr } = terminal;
  const { columns = 0, rows = 0 } = stdout;
  const text = columns < smallest.columns || rows < smallest.rows ? null : firstText(words);
  if (text === null || takeAway !== null) return;
  const streams = [stdout, stderr].map((stream) => ({ stream, write: stream.write }));
  const gone = (): void => takeAway?.(false);
  const ends = signals.map((signal) => [signal, () => end(signal)] as const);
  const end = (signal: Signal): void => {
    gone();
    terminal.end(signal);
  };
  takeAway = (kept) => {
    takeAway = null;
    for (const { stream, write } of streams) stream.write = write;
    for (const [signal, listener] of ends) terminal.off(signal, listener);
    terminal.off('exit', gone);
    if (!kept) stdout.write(leave);
  };
  for (const [signal, listener] of ends) terminal.on(signal, listener);
  terminal.on('exit', gone);
  stdout.write(`${enter}${rowsOf(text, columns, terminal.env).join('\r\n')}`);
  for (const { stream, write } of streams) {
    stream.write = (...args: unknown[]): boolean => {
      gone();
      return Boolean(Reflect.apply(write, stream, args));
    };
  }
}

/** Leaves the screen to the app. True when the frame stands on it. */
export function takeOverFirstFrame(): boolean {
  const found = takeAway;
  found?.(true);
  return found !== null;
}

function rowsOf(text: string, columns: number, env: FirstTerminal['env']): readonly string[] {
  const look = lookFor(env);
  const { rule, ellipsis } = glyphsOf(look);
  return [
    paint(look, 'bold', fit(' gonogo  runbooks that prove what happened', columns)),
    paint(look, 'dim', rule.repeat(columns)),
    fit(` ${text}`, columns, ellipsis),
  ];
}

/** Options that change nothing of what opens; each takes a value. */
const harmless = /^--(?:state|operator|repo|var|vars|allowed-signers)$/;

/** What the frame says; null: what `words` ask for may open no app, or prints before. */
function firstText(words: readonly string[]): string | null {
  const plain: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (harmless.test(word)) at += 1;
    else if (word.startsWith('-')) return null;
    else plain.push(word);
  }
  const [verb, file, ...more] = plain;
  if (verb === undefined) return 'Looking for runs and runbooks';
  const title = verb === 'run' && file !== undefined && more.length === 0 ? titleIn(file) : null;
  return title === null ? null : `Starting ${visibleLine(title)}`;
}

/** The title of the runbook `file` where its first lines say it in plain words; null where they do not. */
function titleIn(file: string): string | null {
  const bytes = Buffer.alloc(4096);
  let length = 0;
  try {
    // A pipe would be waited for.
    if (!statSync(file).isFile()) return null;
    const opened = openSync(file, 'r');
    length = readSync(opened, bytes, 0, bytes.length, 0);
    closeSync(opened);
  } catch {
    return null; // The command itself says what is wrong.
  }
  const text = bytes.toString('utf8', 0, length);
  return (
    /^(?:[ \t]*(?:#[^\n]*)?\r?\n|---[ \t]*\r?\n)*runbook:[ \t]+([\p{L}\p{N}(][^\r\n#"'{}]*?)[ \t]*\r?\n/u.exec(
      text,
    )?.[1] ?? null
  );
}
