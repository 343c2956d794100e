/** `gonogo demo`: releases a version of a small real service with the runbook that ships with gonogo. */
import { prepareDemo, signDemoReport, startRelease, stopService } from '../app/demo.ts';
import type { World } from '../app/world.ts';
import { visible } from '../diagnostics/sanitise.ts';
import { exitCodes } from '../engine/exit-code.ts';
import { type Io, openWorld, type StateOptions } from './command.ts';
import { type DriveOptions, drive, isGuided } from './drive.ts';

export interface DemoOptions extends StateOptions, DriveOptions {
  /** Release the version whose health check fails. */
  readonly break?: boolean | undefined;
  readonly operator?: string | undefined;
  /** Answers instead of the shipped ones, which are used when nobody sits in front. */
  readonly answers?: string | undefined;
}

/** Releases the demo's service. Resolves with the run's exit code, or 3 when an earlier demo is not over. */
export async function demo(options: DemoOptions, io: Io): Promise<number> {
  const world = await openWorld(options);
  const prepared = await prepareDemo(world);
  if (prepared.kind === 'unfinished') return tellUnfinished(prepared.run, io);
  io.stderr(`The orders service serves v1.0.0 at ${prepared.url} from ${visible(prepared.folder)}\n`);
  const { answers, operator } = options;
  const broken = options.break === true;
  const opened = await startRelease(world, prepared, { broken, guided: isGuided(options, io), answers, operator });
  const code = await drive(world, opened, options, io);
  if (code !== exitCodes.done && code !== exitCodes.failed) {
    io.stderr('The service goes on, so that the release can.\n');
    return code;
  }
  await stopService(prepared);
  io.stderr('The service is stopped. The report:\n');
  await tellReport(world, opened.session.id, io);
  return code;
}

/** Has the report signed, and says how anyone can verify that. */
async function tellReport(world: World, id: string, io: Io): Promise<void> {
  const { paths, state, folder, allowedSigners, principal } = await signDemoReport(world, id);
  for (const path of paths) io.stdout(`${visible(path)}\n`);
  const allowed = quote(allowedSigners);
  io.stderr(`It is signed with a key of the demo's own. To verify it:
  gonogo verify ${id} --allowed-signers ${allowed} --state ${quote(state)}
or with ssh-keygen alone:
  cd ${quote(folder)} && ssh-keygen -Y verify -f ${allowed} -I ${principal} -n gonogo-report -s statement.json.sig < statement.json
`);
}

/** A path as one word of a shell. */
function quote(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : visible(`'${path.replaceAll("'", "'\\''")}'`);
}

function tellUnfinished(run: string, io: Io): number {
  io.stderr(`An earlier demo is not over: ${run}\n`);
  io.stderr(`hint: gonogo resume ${run} goes on with it, gonogo rollback ${run} takes it back\n`);
  return exitCodes.waits;
}
