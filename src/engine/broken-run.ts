/**
 * A run that this process cannot go on with, because the world refuses what going on needs: a disk that is full or gone, a
 * permission that was taken away.
 *
 * Invariant: it tells what is true at that moment: up to which record all is certain, and what goes on without us.
 */
import { HostError } from '../host/host.ts';
import { JournalError } from '../journal/journal.ts';
import { runningAttempts } from '../run/attempts.ts';
import type { RunState } from '../run/state.ts';
import { exitCodes } from './exit-code.ts';
import { GonogoFault } from './fault.ts';

/** The message has several lines: the cause with the way out, then what of the run goes on. */
export class BrokenRun extends Error {
  override readonly name = 'BrokenRun';
  /** 3, or 5 once a rollback had begun; 4 when another has taken the run over. */
  readonly exitCode: number;
  constructor(message: string, exitCode: number, cause: unknown) {
    super(message, { cause });
    this.exitCode = exitCode;
  }
}

/** Whether this process still waited for the attempt in a folder; null: it had not looked at any yet. */
export type WaitsFor = ((folder: string) => boolean) | null;

/** True for what the world refuses: it stops a process, and is no fault of the run or of gonogo. */
export function isOfTheWorld(error: unknown): error is JournalError | HostError {
  return (error instanceof JournalError && error.code !== 'unfit') || error instanceof HostError;
}

/**
 * `error` as what it means to the run in `state`, the last that is on record. What is no failure of the world is a
 * `GonogoFault`.
 */
export function brokenRun(error: unknown, state: RunState, waitsFor: WaitsFor): BrokenRun | GonogoFault {
  if (!isOfTheWorld(error)) return error instanceof GonogoFault ? error : new GonogoFault(state.id, error);
  const cause =
    error instanceof JournalError && (error.code === 'broken' || error.code === 'taken-over')
      ? error.message
      : `run ${state.id} cannot go on: ${error.message}. Remove the cause, then: gonogo resume ${state.id}`;
  const isRollback = state.rollback !== null || state.rollbackRequested !== null;
  if (error.code === 'taken-over')
    return new BrokenRun([cause, ...whatIsLeft(state, waitsFor)].join('\n'), exitCodes.held, error);
  const code = isRollback ? exitCodes.rollbackUnfinished : exitCodes.waits;
  return new BrokenRun([cause, ...whatGoesOn(state, waitsFor)].join('\n'), code, error);
}

/** What this machine still does of a run that is another's now. */
function whatIsLeft(state: RunState, waitsFor: WaitsFor): readonly string[] {
  const running = runningAttempts(state).filter(({ attempt }) => waitsFor?.(attempt.folder) === true);
  return running.length === 0
    ? []
    : [`still running here: ${running.map(({ step }) => step).join(', ')}; nobody ends it`];
}

function whatGoesOn(state: RunState, waitsFor: WaitsFor): readonly string[] {
  const begun = runningAttempts(state);
  if (waitsFor === null) {
    const steps = begun.map(({ step }) => step);
    return steps.length > 0
      ? [`begun, and not looked at: ${steps.join(', ')}; resume finds out what became of it`]
      : [];
  }
  const [running, over] = [new Set<string>(), new Set<string>()];
  for (const { step, attempt } of begun) (waitsFor(attempt.folder) ? running : over).add(step);
  return [
    ...(running.size > 0 ? [`still running: ${[...running].join(', ')}; resume finds it and waits for its end`] : []),
    ...(over.size > 0 ? [`ended, and not recorded: ${[...over].join(', ')}; resume reads its outcome again`] : []),
    ...(running.size + over.size === 0 ? ['no command of the run is running'] : []),
  ];
}
