/**
 * `gonogo handover RUN --to NAME` offers a run to somebody, `gonogo handover RUN --take` takes one that was offered, and `gonogo handover
 * RUN` shows what whoever takes it has to know. 0: it is in the journal; 2: it cannot be; 3: whoever drives the run has not recorded it yet.
 */
import { handOver, offeredTo, takeOffered } from '../app/handover.ts';
import { readKnownRun } from '../app/world.ts';
import { visibleLine } from '../diagnostics/sanitise.ts';
import { exitCodes } from '../engine/exit-code.ts';
import { handoverLines } from '../report/handover.ts';
import { idsIn } from '../run/handing-over.ts';
import { askLine } from './ask-line.ts';
import { type Io, openWorld, UsageError } from './command.ts';
import { tellRefused } from './decide.ts';
import { type SendOptions, tellWaits } from './send.ts';

export interface HandoverOptions extends SendOptions {
  readonly to?: string | undefined;
  readonly note?: string | undefined;
  readonly take?: boolean | undefined;
  /** Ids that are read back. */
  readonly read?: readonly string[] | undefined;
}

/** `gonogo handover RUN [--to NAME | --take]`. */
export async function handover(run: string, options: HandoverOptions, io: Io): Promise<number> {
  const { to, take, read = [] } = options;
  if (to !== undefined && take === true) throw new UsageError('--to offers the run, --take takes it: one of them');
  if (take !== true && read.length > 0) throw new UsageError('--read is for --take: the ids that you read back');
  if (take === true) return takes(run, options, io);
  const world = await openWorld(options);
  if (to === undefined) {
    const { state } = await readKnownRun(world, run);
    for (const line of handoverLines(state)) io.stdout(`${visibleLine(line)}\n`);
    return exitCodes.done;
  }
  const delivery = await handOver(world, { run, to, note: options.note, operator: options.operator });
  if (delivery.kind === 'waits') return tellWaits(io);
  if (delivery.kind === 'refused') return tellRefused(delivery.reason, io);
  io.stderr(`hint: ${visibleLine(to)} takes it with: gonogo handover ${delivery.run} --take\n`);
  return exitCodes.done;
}

async function takes(run: string, options: HandoverOptions, io: Io): Promise<number> {
  const world = await openWorld(options);
  const offered = await offeredTo(world, { run, operator: options.operator });
  let typed = options.read ?? [];
  if (io.terminal && typed.length === 0) {
    for (const line of handoverLines(offered.state)) io.stderr(`${visibleLine(line)}\n`);
    if (offered.read.length > 0)
      typed = idsIn((await askLine('Type the ids of what is in doubt and owed to take the run over: ')) ?? '');
  }
  const taken = await takeOffered(world, { run, read: typed, operator: options.operator });
  if (taken.kind === 'waits') return tellWaits(io);
  if (taken.kind === 'refused') return tellRefused(taken.reason, io);
  io.stderr(`hint: gonogo resume ${taken.run}\n`);
  return exitCodes.done;
}
