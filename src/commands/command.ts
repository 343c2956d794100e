/**
 * What every command shares: where it writes, how it fails, and the world that it works in.
 *
 * Invariants: data goes to stdout, talk to stderr; everything shown passes the sanitiser; a command returns its exit code
 * and never ends the process.
 */
import { stdin } from 'node:process';
import type { World, WorldOptions } from '../app/world.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { renderDiagnostics } from '../diagnostics/render.ts';
import { jsonText, visibleLine } from '../diagnostics/sanitise.ts';
import { askHidden } from '../host/passphrase.ts';

export interface Io {
  /** Text with its line breaks. */
  stdout(text: string): void;
  stderr(text: string): void;
  /** True when a person sits at a terminal: stdin and stdout are one. */
  readonly terminal: boolean;
  /** Columns of the terminal that stdout is; undefined: it is none. */
  readonly width?: number | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Words on the command line that make no sense: one clear message, exit 2. The message may have several lines. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** `--state`, `--store-wait` and `--allowed-signers`. */
export interface StateOptions extends Pick<WorldOptions, 'state' | 'allowedSigners'> {
  readonly storeWait?: string | undefined;
}

/** What opening the runs depends on; `operator`: who drives, where the verb drives one. */
interface Opening extends StateOptions {
  readonly operator?: string | undefined;
}

/**
 * The world of a command: a passphrase is asked for on the terminal, where standard input is one. Loaded here and not before, since
 * every start of gonogo loads this file.
 */
export async function openWorld({ state, allowedSigners, storeWait, operator }: Opening): Promise<World> {
  const passphrase = stdin.isTTY ? (path: string) => askHidden(`Passphrase for ${visibleLine(path)}: `, stdin) : null;
  const world = await import('../app/world.ts');
  const storeWaitMs = storeWait === undefined ? undefined : await durationOf(storeWait);
  return world.openWorld({ state, allowedSigners, passphrase, storeWaitMs, operator });
}

async function durationOf(storeWait: string): Promise<number> {
  const { durationMs } = await import('../runbook/scalar.ts');
  const ms = durationMs(storeWait);
  if (ms === null) throw new UsageError(`--store-wait ${visibleLine(storeWait)}: a duration like 90s or 10m`);
  return ms;
}

/** Problems of a document, on stderr. What nobody has reviewed is one line: each is asked about when it comes to it. */
export function tellDiagnostics(
  io: Pick<Io, 'stderr'>,
  diagnostics: readonly Diagnostic[],
  texts: ReadonlyMap<string, string>,
): void {
  const open = diagnostics.filter(({ code }) => code === 'unreviewed');
  const rest = diagnostics.filter(({ code }) => code !== 'unreviewed');
  if (rest.length > 0) io.stderr(`${renderDiagnostics(rest, texts)}\n`);
  const [first] = open;
  if (first === undefined) return;
  const many = open.length === 1 ? '1 command is not reviewed: it' : `${open.length} commands are not reviewed: each`;
  io.stderr(`note: ${many} is asked about before it first runs; gonogo check ${visibleLine(first.file)} lists them\n`);
}

/** One JSON document on stdout. */
export function printJson(io: Io, value: unknown): void {
  io.stdout(`${jsonText(value)}\n`);
}

/** A list of which nobody holds all items: `each` hands them on one by one. */
export class Items {
  readonly each: (take: (item: unknown) => void) => Promise<void>;

  constructor(each: (take: (item: unknown) => void) => Promise<void>) {
    this.each = each;
  }
}

/** The same text for an object, printed value by value, and `Items` among its values item by item. */
export async function printJsonParts(io: Io, value: Readonly<Record<string, unknown>>): Promise<void> {
  const inside = (depth: number, part: unknown): string => jsonText(part).replaceAll('\n', `\n${'  '.repeat(depth)}`);
  let before = '{';
  for (const [key, part] of Object.entries(value)) {
    if (part === undefined) continue;
    io.stdout(`${before}\n  ${jsonText(key)}: `);
    before = ',';
    if (!(part instanceof Items)) {
      io.stdout(inside(1, part));
      continue;
    }
    let open = '[';
    await part.each((item) => {
      io.stdout(`${open}\n    ${inside(2, item)}`);
      open = ',';
    });
    io.stdout(open === '[' ? '[]' : '\n  ]');
  }
  io.stdout('\n}\n');
}

/** Resolves like `work`, after calling `act` once for the first SIGINT, SIGTERM or SIGHUP. */
export async function onSignals<T>(act: (signal: NodeJS.Signals) => void, work: Promise<T>): Promise<T> {
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of names) process.on(name, act);
  try {
    return await work;
  } finally {
    for (const name of names) process.off(name, act);
  }
}
