/** `gonogo run FILE`: starts a run and drives it in the terminal app, with plain prompts, or headless. */
import { Refusal } from '../app/refusal.ts';
import { type Opened, start } from '../app/start.ts';
import { visible } from '../diagnostics/sanitise.ts';
import { exitCodes } from '../engine/exit-code.ts';
import { askLine } from './ask-line.ts';
import { type Io, openWorld, type StateOptions } from './command.ts';
import { assertSaid, type DriveOptions, drive, isGuided } from './drive.ts';
import { type NarrowingFlags, narrowingOf } from './narrowing-flags.ts';
import { parseVariableFlags } from './variable-flags.ts';

export interface RunOptions extends StateOptions, DriveOptions, NarrowingFlags {
  /** `k=v`. */
  readonly vars?: readonly string[] | undefined;
  readonly varsFile?: string | undefined;
  readonly answers?: string | undefined;
  readonly operator?: string | undefined;
  /** Folder that commands run in instead of the present one. */
  readonly repo?: string | undefined;
}

/** Starts a run of `file`. Resolves with the exit code. */
export async function run(file: string, options: RunOptions, io: Io): Promise<number> {
  const { varsFile, answers, operator, repo } = options;
  const vars = parseVariableFlags(options.vars ?? []);
  assertSaid(options);
  const narrowing = narrowingOf(options);
  const world = await openWorld(options);
  const guided = isGuided(options, io);
  const begin = (): Promise<Opened> =>
    start(world, { file, guided, vars, varsFile, answers, operator, repo, narrowing });
  const opened = await begin().catch((error: unknown) => rehearsedNow(error, begin, { guided, options }, io));
  return typeof opened === 'number' ? opened : drive(world, opened, options, io);
}

interface Offering {
  readonly guided: boolean;
  readonly options: RunOptions;
}

/**
 * Where only the rehearsal is missing and a person sits in front, it is offered: then the run begins. A number: the exit code, of a
 * rehearsal that told itself why the run does not begin. Else rejects with `error`.
 */
async function rehearsedNow(
  error: unknown,
  begin: () => Promise<Opened>,
  { guided, options }: Offering,
  io: Io,
): Promise<Opened | number> {
  const facts = error instanceof Refusal ? error.facts : null;
  // A key for the signature is whose owner's to give, on the command line of the rehearsal.
  if (!(error instanceof Refusal) || facts?.code !== 'not-rehearsed' || !guided || facts.signed) throw error;
  io.stderr(`${visible(error.message)}\n`);
  const answer = await askLine('Rehearse it now? Nothing is executed. [y/N] ');
  if (!/^y(?:es)?$/i.test(answer?.trim() ?? '')) throw error;
  const { drillFiles } = await import('./drill.ts');
  const code = await drillFiles([facts.file], { state: options.state, vars: options.vars }, io);
  return code === exitCodes.done ? begin() : code;
}
