/** `gonogo head RUN`: one line that commits to the journal, to be posted where it cannot be changed. */
import { readRun } from '../app/world.ts';
import { type Io, openWorld, printJson, type StateOptions } from './command.ts';

export interface HeadOptions extends StateOptions {
  readonly json?: boolean | undefined;
}

/** Prints `RUN SEQ SHA256`. */
export async function head(name: string, options: HeadOptions, io: Io): Promise<number> {
  const { id, head: at } = await readRun(await openWorld(options), name);
  if (options.json === true) printJson(io, { run: id, seq: at.seq, sha256: at.sha256 });
  else io.stdout(`${headLine(id, at)}\n`);
  return 0;
}

/** The line itself: run id, number of the last record, sha256 of its bytes. */
export function headLine(id: string, at: { readonly seq: number; readonly sha256: string }): string {
  return `${id} ${at.seq} ${at.sha256}`;
}
