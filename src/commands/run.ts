/** `gonogo run FILE`: starts a run and drives it in the terminal app, with plain prompts, or headless. */
import { start } from '../app/start.ts';
import type { Narrowing } from '../run/left-out.ts';
import { type Io, openWorld, type StateOptions, UsageError } from './command.ts';
import { assertSaid, type DriveOptions, drive, isGuided } from './drive.ts';
import { parseVariableFlags } from './variable-flags.ts';

export interface RunOptions extends StateOptions, DriveOptions {
  /** `k=v`. */
  readonly vars?: readonly string[] | undefined;
  readonly varsFile?: string | undefined;
  readonly answers?: string | undefined;
  readonly operator?: string | undefined;
  /** Folder that commands run in instead of the present one. */
  readonly repo?: string | undefined;
  /** Id of the step to begin at; what is before it is skipped. */
  readonly from?: string | undefined;
  /** Id of the only phase that is run. */
  readonly only?: string | undefined;
  /** Why, for `from` and `only`. */
  readonly reason?: string | undefined;
  /** `STEP=REASON`. */
  readonly skip?: readonly string[] | undefined;
}

/** Starts a run of `file`. Resolves with the exit code. */
export async function run(file: string, options: RunOptions, io: Io): Promise<number> {
  const { varsFile, answers, operator, repo } = options;
  const vars = parseVariableFlags(options.vars ?? []);
  assertSaid(options);
  const narrowing = narrowingOf(options);
  const world = await openWorld(options);
  const guided = isGuided(options, io);
  const opened = await start(world, { file, guided, vars, varsFile, answers, operator, repo, narrowing });
  return drive(world, opened, options, io);
}

/** What the flags leave out; undefined: nothing. */
function narrowingOf({ from, only, reason, skip = [] }: RunOptions): Narrowing | undefined {
  const partly = from !== undefined || only !== undefined;
  if (!partly && reason !== undefined) throw new UsageError('--reason goes with --from or --only; --skip has its own');
  if (partly && (reason ?? '').trim() === '')
    throw new UsageError(`--${from === undefined ? 'only' : 'from'}: say why the rest is left out, with --reason TEXT`);
  if (!partly && skip.length === 0) return undefined;
  const reasons = skip.map((text): [string, string] => {
    const at = text.indexOf('=');
    const [step, why] = at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1).trim()];
    if (step === '' || why === '') throw new UsageError(`--skip ${text}: write STEP=REASON`);
    return [step, why];
  });
  return { from, only, reason: (reason ?? '').trim(), skip: new Map(reasons) };
}
