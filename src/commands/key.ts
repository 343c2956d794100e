/** `gonogo key create|show`: a signing key of the operator's own, for those who have no SSH key. */
import { createOwnKey, readOwnKey } from '../app/key.ts';
import { openHost } from '../app/world.ts';
import { visible } from '../diagnostics/sanitise.ts';
import { exitCodes } from '../engine/exit-code.ts';
import { type Io, UsageError } from './command.ts';

export interface KeyOptions {
  readonly operator?: string | undefined;
}

/** `create` makes the key, and both print the line by which others trust it. */
export async function key(verb: string, { operator }: KeyOptions, io: Io): Promise<number> {
  switch (verb) {
    case 'create': {
      const { path, line } = await createOwnKey(await openHost(), operator);
      io.stdout(`${line}\n`);
      io.stderr(`${visible(path)} is your key, and the line above is for the allowed signers of those who trust it.\n`);
      io.stderr(`hint: gonogo report RUN --sign ${visible(path)}\n`);
      return exitCodes.done;
    }
    case 'show':
      io.stdout(`${(await readOwnKey(await openHost(), operator)).line}\n`);
      return exitCodes.done;
    default:
      throw new UsageError(`key ${verb}: the verbs are create and show`);
  }
}
