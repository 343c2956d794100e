/**
 * What a command ends with when it throws: one message on stderr, and the exit code of its kind.
 *
 * Invariants:
 * - Three kinds are told apart: what was asked for is refused (2), the world fails (its own codes), gonogo itself is at fault (70).
 *   What is not known to be one of the first two is the third.
 * - A fault says that what was recorded is saved and how to go on; it never says that nothing was changed, since nobody can know.
 * - No stack trace is shown unless `GONOGO_DEBUG=1`.
 */
import { Refusal } from '../app/refusal.ts';
import { visible } from '../diagnostics/sanitise.ts';
import { BrokenRun } from '../engine/broken-run.ts';
import { exitCodeOf, exitCodes } from '../engine/exit-code.ts';
import { GonogoFault } from '../engine/fault.ts';
import { AnswerError } from '../engine/session.ts';
import { HostError } from '../host/host.ts';
import { NotAnswered } from '../host/passphrase.ts';
import { JournalError } from '../journal/journal.ts';
import { HistoryError } from '../run/reduce.ts';
import { SigningError } from '../signing/signing-error.ts';
import { Interrupted } from './ask-line.ts';
import { type Io, tellDiagnostics, UsageError } from './command.ts';
import { refusalText } from './words.ts';

/** Tells the error that a command ended with, and returns its exit code. */
export function report(io: Io, error: unknown): number {
  if (io.env['GONOGO_DEBUG'] === '1') for (const stack of stacksOf(error)) io.stderr(`${stack}\n`);
  if (error instanceof Refusal) return reportRefusal(io, error);
  if (error instanceof Interrupted) return exitCodes.interrupted;
  const code = codeOf(error);
  if (code === exitCodes.fault) io.stderr(faultText(error));
  else io.stderr(`gonogo: ${visible(messageOf(error))}\n`);
  return code;
}

function reportRefusal(io: Io, refusal: Refusal): number {
  const { facts } = refusal;
  if (facts.code === 'run-ended') {
    io.stdout(`${visible(refusal.message)}\n`);
    return exitCodeOf(facts.state);
  }
  if (facts.code === 'bad-document') tellDiagnostics(io, facts.diagnostics, facts.texts);
  io.stderr(`gonogo: ${visible(refusalText(refusal))}\n`);
  if (facts.code === 'not-rehearsed') return exitCodes.failed;
  if (facts.code === 'answered') return exitCodes.held;
  return facts.code === 'newer-run' ? exitCodes.waits : exitCodes.badInput;
}

/** True for what is no refusal and no failure of the world: gonogo itself is at fault, and whoever knows the run has not named it. */
export function isUnnamedFault(error: unknown): boolean {
  return !(error instanceof GonogoFault || error instanceof Refusal) && codeOf(error) === exitCodes.fault;
}

function codeOf(error: unknown): number {
  if (error instanceof BrokenRun) return error.exitCode;
  if (error instanceof JournalError) return ofJournal(error);
  if (error instanceof Interrupted) return exitCodes.interrupted;
  return isForeseen(error) ? exitCodes.badInput : exitCodes.fault;
}

function ofJournal({ code }: JournalError): number {
  if (code === 'held' || code === 'taken-over') return exitCodes.held;
  return code === 'broken' ? exitCodes.waits : exitCodes.badInput;
}

const foreseen = [UsageError, HostError, SigningError, HistoryError, NotAnswered, AnswerError];

function isForeseen(error: unknown): boolean {
  return foreseen.some((kind) => error instanceof kind) || isOfSystem(error);
}

/** What the operating system refused to a call that nothing here translated. */
function isOfSystem(error: unknown): boolean {
  return error instanceof Error && 'errno' in error && 'syscall' in error;
}

/** Of a run that is known it names that run. */
function faultText(error: unknown): string {
  const goOn =
    error instanceof GonogoFault
      ? `gonogo resume ${error.run} goes on.`
      : 'gonogo list shows the runs, gonogo resume RUN goes on with one.';
  return `gonogo: a fault of gonogo itself: ${visible(messageOf(error))}
The state is saved: whatever was recorded is in the journal. ${goOn}
hint: GONOGO_DEBUG=1 shows where it happened
`;
}

function messageOf(error: unknown): string {
  return error instanceof Error && error.message !== '' ? error.message : String(error);
}

/** From the error to its first cause. */
function stacksOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [];
  return [visible(error.stack ?? error.message), ...stacksOf(error.cause)];
}
