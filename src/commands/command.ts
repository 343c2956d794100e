/**
 * What every command shares: where it writes, how it fails, and the world that it works in.
 *
 * Invariants: data goes to stdout, talk to stderr; everything shown passes the sanitiser; a command returns its exit code
 * and never ends the process.
 */
import { stdin } from 'node:process';
import { Refusal } from '../app/refusal.ts';
import { openWorld as openWorldOf, type World, type WorldOptions } from '../app/world.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { renderDiagnostics } from '../diagnostics/render.ts';
import { jsonText, visible, visibleLine } from '../diagnostics/sanitise.ts';
import { BrokenRun } from '../engine/broken-run.ts';
import { exitCodeOf, exitCodes } from '../engine/exit-code.ts';
import { askHidden } from '../host/passphrase.ts';
import { JournalError } from '../journal/journal.ts';
import { refusalText } from './words.ts';

export interface Io {
  /** Text with its line breaks. */
  stdout(text: string): void;
  stderr(text: string): void;
  /** True when a person sits at a terminal: stdin and stdout are one. */
  readonly terminal: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Words on the command line that make no sense: one clear message, exit 2. The message may have several lines. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** `--state` and `--allowed-signers`. */
export type StateOptions = Pick<WorldOptions, 'state' | 'allowedSigners'>;

/** The world of a command: a passphrase is asked for on the terminal, where standard input is one. */
export function openWorld({ state, allowedSigners }: StateOptions): Promise<World> {
  const passphrase = stdin.isTTY ? (path: string) => askHidden(`Passphrase for ${visibleLine(path)}: `, stdin) : null;
  return openWorldOf({ state, allowedSigners, passphrase });
}

/** The exit code of an error that a command ended with, after telling it. */
export function report(io: Io, error: unknown): number {
  if (io.env['GONOGO_DEBUG'] === '1' && error instanceof Error) io.stderr(`${error.stack ?? error.message}\n`);
  if (error instanceof Refusal) return reportRefusal(io, error);
  if (error instanceof BrokenRun) {
    io.stderr(`gonogo: ${visible(error.message)}\n`);
    return error.exitCode;
  }
  if (error instanceof JournalError) {
    io.stderr(`gonogo: ${visible(error.message)}\n`);
    return error.code === 'held' ? exitCodes.held : error.code === 'broken' ? exitCodes.waits : exitCodes.badInput;
  }
  const message = error instanceof Error ? error.message : String(error);
  io.stderr(`gonogo: ${visible(message)}\n`);
  return exitCodes.badInput;
}

function reportRefusal(io: Io, refusal: Refusal): number {
  const { facts } = refusal;
  if (facts.code === 'run-ended') {
    io.stdout(`${visible(refusal.message)}\n`);
    return exitCodeOf(facts.state);
  }
  if (facts.code === 'bad-document') tellDiagnostics(io, facts.diagnostics, facts.texts);
  io.stderr(`gonogo: ${visible(refusalText(refusal))}\n`);
  return exitCodes.badInput;
}

/** Problems of a document, on stderr. */
export function tellDiagnostics(
  io: Pick<Io, 'stderr'>,
  diagnostics: readonly Diagnostic[],
  texts: ReadonlyMap<string, string>,
): void {
  if (diagnostics.length > 0) io.stderr(`${renderDiagnostics(diagnostics, texts)}\n`);
}

/** One JSON document on stdout. */
export function printJson(io: Io, value: unknown): void {
  io.stdout(`${jsonText(value)}\n`);
}

/** Resolves like `work`, after calling `act` once for the first SIGINT, SIGTERM or SIGHUP. */
export async function onSignals<T>(act: () => void, work: Promise<T>): Promise<T> {
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of names) process.on(name, act);
  try {
    return await work;
  } finally {
    for (const name of names) process.off(name, act);
  }
}
