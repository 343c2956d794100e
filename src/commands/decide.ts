/**
 * `gonogo redo RUN STEP` and `gonogo set RUN NAME=VALUE`: a decision about a run from another terminal. 0: it is in the journal, and
 * `resume` (or whoever drives the run) goes on with it. 2: it cannot be. 3: whoever drives the run has not recorded it yet.
 */
import { correct, redo as redoStep, staleBy } from '../app/decisions.ts';
import { readKnownRun } from '../app/world.ts';
import { visible } from '../diagnostics/sanitise.ts';
import { exitCodes } from '../engine/exit-code.ts';
import { correctionText } from '../run/correct.ts';
import { type Io, openWorld, UsageError } from './command.ts';
import { type SendOptions, tellWaits } from './send.ts';

export interface DecideOptions extends SendOptions {
  /** Why. */
  readonly reason: string;
}

/** `gonogo redo RUN STEP --reason TEXT`. */
export async function redo(run: string, step: string, options: DecideOptions, io: Io): Promise<number> {
  const decided = await redoStep(await openWorld(options), { run, step, ...options });
  if (decided.kind === 'waits') return tellWaits(io);
  if (decided.kind === 'refused') return tellRefused(decided.reason, io);
  io.stdout(`${visible(`${step} is done again, as visit ${decided.data.visit}; then the run goes on where it was`)}\n`);
  return tellNext(decided.run, io);
}

/** `gonogo set RUN NAME=VALUE --reason TEXT`. */
export async function set(run: string, assignment: string, options: DecideOptions, io: Io): Promise<number> {
  const at = assignment.indexOf('=');
  if (at <= 0) throw new UsageError(`"${assignment}" is no assignment; write NAME=VALUE`);
  const [name, value] = [assignment.slice(0, at), assignment.slice(at + 1)];
  const world = await openWorld(options);
  const decided = await correct(world, { run, name, value, ...options });
  if (decided.kind === 'waits') return tellWaits(io);
  if (decided.kind === 'refused') return tellRefused(decided.reason, io);
  io.stdout(`${visible(correctionText(decided.data))}\n`);
  const { state } = await readKnownRun(world, decided.run);
  for (const gate of staleBy(state, name)) io.stdout(`${visible(`approvals that do not count any more: ${gate}`)}\n`);
  return tellNext(decided.run, io);
}

/** Says why the run did not take it; the exit code. */
export function tellRefused(reason: string, io: Io): number {
  io.stderr(`gonogo: ${visible(reason)}\n`);
  return exitCodes.badInput;
}

function tellNext(run: string, io: Io): number {
  io.stderr(`hint: gonogo resume ${run}\n`);
  return exitCodes.done;
}
