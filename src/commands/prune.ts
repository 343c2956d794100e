/** `gonogo prune --older 2y`: old runs go, once they are archived; what they come to is shown before, and asked about. */
import { join } from 'node:path';
import { type PrunePlan, planPrune, prune as pruneRuns } from '../app/prune.ts';
import { visibleLine } from '../diagnostics/sanitise.ts';
import { exitCodes } from '../engine/exit-code.ts';
import { counted } from '../report/words.ts';
import { durationMs } from '../runbook/scalar.ts';
import { askLine } from './ask-line.ts';
import { type Io, openWorld, type StateOptions, UsageError } from './command.ts';

export interface PruneOptions extends StateOptions {
  readonly older: string;
  readonly keepSigned?: boolean | undefined;
  /** Folder for the archives. */
  readonly archive?: string | undefined;
  /** Nobody is asked. */
  readonly yes?: boolean | undefined;
}

/** Shows which runs would go and which stay, and removes the former where somebody says so. */
export async function prune(options: PruneOptions, io: Io): Promise<number> {
  const olderMs = ageOf(options.older);
  const world = await openWorld(options);
  await world.journals.assertRemovable();
  const { archive } = options;
  const folder =
    archive === undefined
      ? join(world.stateFolder, 'pruned')
      : archive.startsWith('/')
        ? archive
        : join(world.host.machine.cwd, archive);
  const request = { olderMs, keepSigned: options.keepSigned === true, archive: folder };
  const plan = await planPrune(world, request);
  tellPlan(plan, io);
  if (plan.going.length === 0) {
    io.stderr(`no run in ${visibleLine(world.runsAt)} that is older than ${options.older} can go\n`);
    return exitCodes.done;
  }
  const what = `${counted(plan.going.length, 'run')} of ${visibleLine(world.runsAt)}`;
  const where = visibleLine(folder);
  if (options.yes !== true && !io.terminal) {
    io.stderr(`nothing was removed; with --yes ${what} would go, archived in ${where}\n`);
    return exitCodes.done;
  }
  if (options.yes !== true) {
    const answer = (await askLine(`Archive ${what} in ${where} and remove them? y/N `)) ?? '';
    if (!/^y(es)?$/i.test(answer.trim())) {
      io.stderr('nothing was removed\n');
      return exitCodes.done;
    }
  }
  let stayed = 0;
  await pruneRuns(world, request, plan, (one) => {
    if (one.kind === 'gone')
      io.stdout(`removed ${one.run}, archived in ${one.archives.map(visibleLine).join(' and ')}\n`);
    else {
      stayed += 1;
      io.stderr(`${one.run} stays: ${visibleLine(one.why)}\n`);
    }
  });
  return stayed === 0 ? exitCodes.done : exitCodes.failed;
}

function tellPlan({ going, staying }: PrunePlan, io: Io): void {
  for (const { run, status, title } of going) io.stdout(`goes   ${run}  ${status.padEnd(11)} ${visibleLine(title)}\n`);
  for (const { run, why } of staying) io.stdout(`stays  ${run}  ${visibleLine(why)}\n`);
}

const dayMs = 86_400_000;
const longerMs: Readonly<Record<string, number>> = { w: 7 * dayMs, y: 365 * dayMs };

function ageOf(text: string): number {
  const [, count, unit = ''] = /^(\d{1,5})([wy])$/.exec(text) ?? [];
  const ms = count === undefined ? durationMs(text) : Number(count) * (longerMs[unit] ?? 0);
  if (ms !== null) return ms;
  throw new UsageError(`--older ${visibleLine(text)}: an age like 90d, 26w or 2y`);
}
