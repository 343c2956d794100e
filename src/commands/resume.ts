/** `gonogo resume [RUN]`: goes on with a run where it stands, also in the middle of a rollback. */
import { visible } from '../diagnostics/sanitise.ts';
import { exitCodeOf } from '../engine/exit-code.ts';
import { outcomeSentence } from '../report/outcome.ts';
import { type AdoptOptions, adoption } from './changed-documents.ts';
import { type Io, openWorld, readRun, type StateOptions } from './command.ts';
import { drive } from './drive.ts';
import { type DriveOptions, headless, operatorName, resumeAnswers, resumeRun } from './open-run.ts';

export interface ResumeOptions extends StateOptions, DriveOptions, AdoptOptions {
  readonly answers?: string | undefined;
  readonly operator?: string | undefined;
}

/** Goes on with `name` (an id, a unique part of one, or `latest`). An ended run: says its result and exits with its code. */
export async function resume(name: string, options: ResumeOptions, io: Io): Promise<number> {
  const world = await openWorld(options);
  const read = await readRun(world, name);
  if (read.state.endedAt !== null) {
    io.stdout(`${visible(outcomeSentence(read.state))}\n`);
    return exitCodeOf(read.state);
  }
  const operator = operatorName(options.operator, world.host.machine.user);
  const guided = !headless(options, io);
  const answers = await resumeAnswers(read, options.answers, guided);
  const session = await resumeRun(world, read.id, {
    operator,
    guided,
    arrivals: answers?.arrivals ?? new Set(),
    rollback: null,
    adoption: await adoption(world, read, options, guided, io),
  });
  return drive(world, session, { ...options, answers, operator }, io);
}
