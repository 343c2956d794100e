/** `--take-over REASON` of the verbs that go on with a run: what it means is shown, and what is in doubt is read back. */
import { assertReadBack, assertSettled, type TakingOver, takeOverBrief } from '../app/take-over.ts';
import type { World } from '../app/world.ts';
import { askLine } from './ask-line.ts';
import { type Io, UsageError } from './command.ts';
import { takeOverLines } from './take-over-lines.ts';

export interface Asking {
  readonly run: string;
  readonly guided: boolean;
  readonly answers: string | undefined;
  /** Why it is taken over; undefined: nobody asked for it. */
  readonly reason: string | undefined;
}

/** Shows what taking over means and has it read back; null: nobody drives the run elsewhere, or nobody asked for it. */
export async function takingOverOf(world: World, asking: Asking, io: Io): Promise<TakingOver | null> {
  const { run, guided, answers, reason } = asking;
  if (reason === undefined) return null;
  if (reason.trim() === '') throw new UsageError('--take-over: the reason is empty; say why the run is taken over');
  const brief = await takeOverBrief(world, run);
  if (brief === null) {
    io.stderr('nobody drives the run elsewhere, so nothing is taken over\n');
    return null;
  }
  for (const line of takeOverLines(brief, world.host.clock.now())) io.stderr(`${line}\n`);
  if (!guided) await assertSettled(world, brief, answers);
  else if (brief.inDoubt.length > 0) assertReadBack(brief, (await askLine(readBackQuestion)) ?? '');
  const { name: from, hostname, lease } = brief.driver;
  return { lease, told: { from, hostname, reason: reason.trim() } };
}

const readBackQuestion = 'Type the ids of the steps in doubt to take the run over: ';
