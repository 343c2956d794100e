/**
 * Drives a session with the front end that fits: the terminal app, plain prompts, or nobody. Chosen here, before Ink is
 * imported.
 */
import { visible } from '../diagnostics/sanitise.ts';
import type { Answers } from '../engine/answers.ts';
import { exitCodes } from '../engine/exit-code.ts';
import { driveHeadless } from '../engine/headless.ts';
import type { Session } from '../engine/session.ts';
import { outcomeSentence } from '../report/outcome.ts';
import { type Io, onSignals, type World } from './command.ts';
import type { DriveOptions } from './open-run.ts';

export interface Driving extends DriveOptions {
  readonly answers: Answers | null;
  readonly operator: string;
}

/** Drives `session` until it ends or is left. Resolves with the exit code; the outcome is said on stderr. */
export async function drive(world: World, session: Session, options: Driving, io: Io): Promise<number> {
  if (options.headless === true || !io.terminal) return driveAlone(session, options, io);
  if (options.plain === true || prefersLines(io.env)) {
    const { runPlain } = await import('./front-ends.ts');
    return runPlain(world, session, io);
  }
  const { runScreen } = await import('./front-ends.ts');
  return runScreen(world, session, io);
}

/** True where a screen that is drawn over and over serves nobody: a dumb terminal, CI, a screen reader. */
export function prefersLines(env: Io['env']): boolean {
  return env['TERM'] === 'dumb' || env['CI'] !== undefined || env['INK_SCREEN_READER'] === 'true';
}

async function driveAlone(session: Session, options: Driving, io: Io): Promise<number> {
  io.stderr(`run ${session.id}\n`);
  const work = driveHeadless(session, {
    answers: options.answers,
    operator: options.operator,
    say: (line) => io.stdout(`${line}\n`),
    warn: (line) => io.stderr(`${line}\n`),
  });
  const code = await onSignals(() => {
    session.leave('interrupted').catch(() => {});
  }, work);
  tellOutcome(session, code, io);
  return code;
}

/** One line on how the run stands, and how to go on where it is not over. */
export function tellOutcome(session: Session, code: number, io: Io): void {
  const state = session.state();
  io.stderr(`${visible(outcomeSentence(state))}\n`);
  const { seq, sha256 } = state.head;
  io.stderr(`head ${session.id} ${seq} ${sha256}\n`);
  const open = code === exitCodes.waits || code === exitCodes.rollbackUnfinished || code === exitCodes.interrupted;
  if (open) io.stderr(`hint: gonogo resume ${session.id}\n`);
}
