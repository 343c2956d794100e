/** `gonogo attach RUN STEP FILE`: 0 when it is in the journal, 2 when it cannot be, 3 when it waits for who drives the run. */
import { attachTo } from '../app/attach.ts';
import { visible } from '../diagnostics/sanitise.ts';
import { exitCodes } from '../engine/exit-code.ts';
import { attachedText } from '../run/attached.ts';
import { type Io, openWorld } from './command.ts';
import { tellRefused } from './decide.ts';
import { type SendOptions, tellWaits } from './send.ts';

export interface AttachOptions extends SendOptions {
  /** What it shows. */
  readonly note?: string | undefined;
}

/** `gonogo attach RUN STEP FILE`. */
export async function attach(run: string, step: string, file: string, options: AttachOptions, io: Io): Promise<number> {
  const decided = await attachTo(await openWorld(options), { run, step, file, ...options });
  if (decided.kind === 'waits') return tellWaits(io);
  if (decided.kind === 'refused') return tellRefused(decided.reason, io);
  io.stdout(`${visible(`attached to ${step}: ${attachedText(decided.data)}`)}\n`);
  return exitCodes.done;
}
