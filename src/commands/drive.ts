/**
 * Drives a session with the front end that fits: the terminal app, plain prompts, or nobody. Chosen here, before Ink is
 * imported.
 */
import type { Opened } from '../app/start.ts';
import { troubleText } from '../app/trouble.ts';
import type { World } from '../app/world.ts';
import { visible } from '../diagnostics/sanitise.ts';
import { exitCodes } from '../engine/exit-code.ts';
import { GonogoFault } from '../engine/fault.ts';
import { type Foretold, foretoldAnswer } from '../engine/foretold.ts';
import { driveHeadless } from '../engine/headless.ts';
import type { Session } from '../engine/session.ts';
import { tellSlowProbes } from '../engine/slow-probes.ts';
import { heldHints } from '../run/questions/held.ts';
import { standingOf } from '../run/standing.ts';
import { standingHeadline, standingLines } from '../tui/present/standing.ts';
import { type Io, onSignals, tellDiagnostics, UsageError } from './command.ts';
import { isUnnamedFault } from './failure.ts';
import { prefersLines } from './prefers-lines.ts';
import { Teller } from './teller.ts';

export interface DriveOptions {
  readonly headless?: boolean | undefined;
  /** Append-only lines and ordinary prompts instead of a screen. */
  readonly plain?: boolean | undefined;
  /** A region of a few rows below the transcript instead of the whole screen. */
  readonly inline?: boolean | undefined;
  /** Why the run goes on beside another that holds its target. */
  readonly alongside?: string | undefined;
}

/** Throws `UsageError` where the flags say nothing of what they ask for. */
export function assertSaid({ alongside }: DriveOptions): void {
  if (alongside?.trim() === '')
    throw new UsageError('--alongside: the reason is empty; say why the run goes on beside the other');
}

/** True when a person sits in front and orders each step: there is a terminal, and nobody asked for none. */
export function isGuided({ headless }: DriveOptions, io: Io): boolean {
  return headless !== true && io.terminal;
}

/**
 * Drives a session until it ends or is left. Resolves with the exit code; the outcome is said on stderr. A front end that breaks is
 * a fault that names the run.
 */
export async function drive(world: World, opened: Opened, options: DriveOptions, io: Io): Promise<number> {
  const { session, document, notices = [] } = opened;
  for (const notice of notices) io.stderr(`notice: ${visible(notice)}\n`);
  if (document !== null) tellDiagnostics(io, document.warnings, document.texts);
  try {
    return await driveBy(world, opened, options, io);
  } catch (error) {
    throw isUnnamedFault(error) ? new GonogoFault(session.id, error) : error;
  }
}

async function driveBy(world: World, opened: Opened, options: DriveOptions, io: Io): Promise<number> {
  const { session, operator } = opened;
  const foretold = { alongside: options.alongside };
  const lines = !isGuided(options, io) || options.plain === true || prefersLines(io.env);
  if (lines) tellTrouble(world, io);
  if (!isGuided(options, io)) return driveAlone(world, { ...opened, foretold }, io);
  session.subscribe(() => answerForetold(session, foretold, operator));
  answerForetold(session, foretold, operator);
  if (lines) {
    const { runPlain } = await import('./front-ends.ts');
    return runPlain(world, session, io);
  }
  const { runScreen } = await import('./front-ends.ts');
  return runScreen(world, session, io, options.inline === true);
}

/** Says when nothing can be recorded, and when it can be again: each once. */
function tellTrouble({ trouble }: World, io: Io): void {
  let before: string | null = null;
  trouble.subscribe((words) => {
    const changed = (words === null) !== (before === null);
    before = words;
    if (changed) io.stderr(`${visible(troubleText(words))}\n`);
  });
}

/** Answers by flags what a person would be asked. What does not fit is left to that person. */
function answerForetold(session: Session, foretold: Foretold, operator: string): void {
  const activity = session.activity();
  const answer = activity.kind === 'waiting' ? foretoldAnswer(foretold, activity.question) : null;
  if (activity.kind !== 'waiting' || answer === null) return;
  // What breaks the session rejects `done` as well, and that is where it is told.
  session.answerAs(answer, activity.question, { via: 'terminal', name: operator }).catch(() => {});
}

async function driveAlone(
  world: World,
  { session, answers, operator, foretold }: Opened & { readonly foretold: Foretold },
  io: Io,
): Promise<number> {
  io.stderr(`run ${session.id}\n`);
  const teller = new Teller(io, world.journals.evidence(session.id));
  const work = driveHeadless(session, {
    answers,
    operator,
    foretold,
    say: teller.line,
    failed: (_, visit) => teller.output(visit),
    warn: (line) => io.stderr(`${line}\n`),
  });
  const quiet = tellSlowProbes(session, world.host.clock, (line) => io.stderr(`${visible(line)}\n`));
  const driven = onSignals(() => {
    session.leave('interrupted').catch(() => {});
  }, work).finally(quiet);
  const code = await Promise.race([driven, teller.broken]);
  await teller.done();
  tellOutcome(session, code, io, session.now());
  return code;
}

/** One line on how the run stands, and how to go on where it is not over. */
export function tellOutcome(session: Session, code: number, io: Io, now: number): void {
  const state = session.state();
  const standing = standingOf(state);
  io.stderr(`${visible(standingHeadline(state, standing, now))}\n`);
  for (const line of standingLines({ ...standing, waiting: null }, now)) io.stderr(`  ${visible(line)}\n`);
  const { seq, sha256 } = state.head;
  io.stderr(`head ${session.id} ${seq} ${sha256}\n`);
  const open = code === exitCodes.waits || code === exitCodes.rollbackUnfinished || code === exitCodes.interrupted;
  if (open) io.stderr(`hint: gonogo resume ${session.id}\n`);
  if (code === exitCodes.held) for (const hint of heldHints(state)) io.stderr(`hint: ${visible(hint)}\n`);
}
