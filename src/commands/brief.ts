/** `gonogo brief RUN`: a status text to paste, with what was recorded filled in. */
import { readKnownRun } from '../app/world.ts';
import { visible } from '../diagnostics/sanitise.ts';
import { audiences, briefOf, briefText } from '../report/brief.ts';
import { isoTime } from '../run/instants.ts';
import { type Io, openWorld, printJson, type StateOptions, UsageError } from './command.ts';

export interface BriefOptions extends StateOptions {
  /** `internal` when not given. */
  readonly for?: string | undefined;
  readonly json?: boolean | undefined;
}

/** Prints the text, or what it says as JSON. */
export async function brief(run: string, options: BriefOptions, io: Io): Promise<number> {
  const wanted = options.for ?? 'internal';
  const audience = audiences.find((one) => one === wanted);
  if (audience === undefined) throw new UsageError(`--for ${wanted}: it is one of ${audiences.join(', ')}`);
  const world = await openWorld(options);
  const { state } = await readKnownRun(world, run);
  const said = briefOf(state, world.host.clock.now());
  if (options.json === true) {
    const { since, nextUpdateAt, ...rest } = said;
    printJson(io, {
      ...rest,
      since: isoTime(since),
      nextUpdateAt: nextUpdateAt === null ? null : isoTime(nextUpdateAt),
    });
  } else io.stdout(visible(briefText(said, audience)));
  return 0;
}
