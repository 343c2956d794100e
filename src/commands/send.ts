/** `gonogo note RUN TEXT` and `gonogo release RUN --reason TEXT`: 0 when it is in the journal, 3 when it waits for who drives the run. */
import { releaseTarget } from '../app/holds.ts';
import { addNote } from '../app/messages.ts';
import { exitCodes } from '../engine/exit-code.ts';
import { type Io, openWorld, type StateOptions } from './command.ts';

export interface SendOptions extends StateOptions {
  readonly operator?: string | undefined;
}

export interface NoteOptions extends SendOptions {
  readonly step?: string | undefined;
  /** When it happened, where it is told later. */
  readonly at?: string | undefined;
  /** The record that it puts right. */
  readonly corrects?: string | undefined;
}

/** `gonogo note RUN TEXT`. */
export async function note(run: string, text: string, options: NoteOptions, io: Io): Promise<number> {
  const { kind } = await addNote(await openWorld(options), { run, text, ...options });
  return kind === 'recorded' ? exitCodes.done : tellWaits(io);
}

/** `gonogo release RUN --reason TEXT`. */
export async function release(
  run: string,
  options: SendOptions & { readonly reason: string },
  io: Io,
): Promise<number> {
  const { kind } = await releaseTarget(await openWorld(options), { run, ...options });
  return kind === 'recorded' ? exitCodes.done : tellWaits(io);
}

/** Says that a message waits in the inbox; its exit code. */
export function tellWaits(io: Io): number {
  io.stderr('the run is driven by another process that has not recorded it yet; it is in the inbox and not lost\n');
  return exitCodes.waits;
}
