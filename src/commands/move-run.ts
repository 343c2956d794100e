/** `gonogo export-run RUN --out FILE` and `gonogo import-run FILE`: a run from one store into another. */
import { exportRun, importRun, type Moved } from '../app/move-run.ts';
import { visibleLine } from '../diagnostics/sanitise.ts';
import { exitCodes } from '../engine/exit-code.ts';
import { type Io, openWorld, type StateOptions } from './command.ts';

/** Writes a run to a new file. */
export async function exportOne(
  run: string,
  options: StateOptions & { readonly out: string },
  io: Io,
): Promise<number> {
  const moved = await exportRun(await openWorld(options), run, options.out);
  io.stdout(`${visibleLine(options.out)}\n`);
  return told(moved, `exported to ${options.out}`, io);
}

/** Puts the run of a file into the store. */
export async function importOne(file: string, options: StateOptions, io: Io): Promise<number> {
  const world = await openWorld(options);
  const moved = await importRun(world, file);
  io.stdout(`${visibleLine(moved.run)}\n`);
  return told(moved, `imported into ${world.runsAt}`, io);
}

function told({ run, records, open }: Moved, what: string, io: Io): number {
  io.stderr(`run ${visibleLine(run)}, ${records} records, ${visibleLine(what)}\n`);
  if (open) io.stderr('it has not ended: go on with it in one place only\n');
  return exitCodes.done;
}
