/**
 * `gonogo demo`: lays out a small real service in the state folder and releases a version of it with the runbook that
 * ships with gonogo.
 *
 * Invariants:
 * - The service outlives this process, because a release that was cut off must be able to go on. It is stopped once the
 *   run has ended; one that a killed demo left is stopped by the next demo.
 * - A demo that is not over is never laid out anew.
 */
import { join } from 'node:path';
import { execa } from 'execa';
import { visible } from '../diagnostics/sanitise.ts';
import { exitCodes } from '../engine/exit-code.ts';
import { type Io, openWorld, readRun, type StateOptions, UsageError, type World } from './command.ts';
import { drive } from './drive.ts';
import { makeKey } from './key.ts';
import { type DriveOptions, headless, startRun } from './open-run.ts';
import { packageFolder } from './package-folder.ts';
import { readDocument } from './read-document.ts';
import { writeReport } from './report.ts';
import { signerFor } from './signer.ts';

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
  const runbook = join(packageFolder(), 'runbooks/local-release.yaml');
  const unfinished = await unfinishedDemo(world, runbook, io);
  if (unfinished !== null) return tellUnfinished(unfinished, io);
  const folder = join(world.stateFolder, 'demo');
  await control(folder, 'prepare');
  const url = await control(folder, 'start');
  io.stderr(`The orders service serves v1.0.0 at ${url} from ${visible(folder)}\n`);
  return release(world, { runbook, folder, url }, options, io);
}

async function release(
  world: World,
  { runbook, folder, url }: { readonly runbook: string; readonly folder: string; readonly url: string },
  options: DemoOptions,
  io: Io,
): Promise<number> {
  const started = await startRun(
    world,
    runbook,
    {
      ...options,
      repo: folder,
      vars: [`url=${url}`, `version=${options.break === true ? 'v1.2.0' : 'v1.1.0'}`],
      answers: options.answers ?? (headless(options, io) ? shippedAnswers() : undefined),
    },
    io,
  ).catch(async (error: unknown) => {
    await control(folder, 'stop');
    throw error;
  });
  const code = await drive(world, started.session, { ...options, ...started }, io);
  if (code !== exitCodes.done && code !== exitCodes.failed) {
    io.stderr('The service goes on, so that the release can.\n');
    return code;
  }
  await control(folder, 'stop');
  io.stderr('The service is stopped. The report:\n');
  await signReport(world, started.session.id, folder, io);
  return code;
}

/** The name under which the demo's own key is trusted. */
const principal = 'demo';

/** Signs by a key that lies in the demo's folder and is trusted nowhere else, and says how anyone can verify that. */
async function signReport(world: World, id: string, folder: string, io: Io): Promise<void> {
  const { host } = world;
  const key = join(folder, 'key');
  const allowed = join(folder, 'allowed_signers');
  const line = await makeKey(host, key, principal);
  await host.files.replace(allowed, new TextEncoder().encode(`${line}\n`));
  const run = await readRun(world, id);
  const ofRun = world.journals.workspace(run.id);
  const report = join(ofRun, 'report');
  const signer = await signerFor(host, key, '--sign');
  const { paths } = await writeReport(world, run, { folder: report, formats: null, signer });
  for (const path of paths) io.stdout(`${visible(path)}\n`);
  io.stderr(`It is signed with a key of the demo's own. To verify it:
  gonogo verify ${quote(ofRun)} --allowed-signers ${quote(allowed)}
or with ssh-keygen alone:
  cd ${quote(report)} && ssh-keygen -Y verify -f ${quote(allowed)} -I ${principal} -n gonogo-report -s statement.json.sig < statement.json
`);
}

/** A path as one word of a shell. */
function quote(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : visible(`'${path.replaceAll("'", "'\\''")}'`);
}

function shippedAnswers(): string {
  return join(packageFolder(), 'runbooks/local-release/answers.yaml');
}

/** The id of the newest run of the demo's runbook that has not ended, or null. */
async function unfinishedDemo(world: World, runbook: string, io: Io): Promise<string | null> {
  const { title } = (await readDocument(runbook, io)).runbook;
  const runs = await world.journals.list();
  const open = runs.find((run) => run.title === title && (run.status === 'running' || run.status === 'paused'));
  return open?.run ?? null;
}

function tellUnfinished(run: string, io: Io): number {
  io.stderr(`An earlier demo is not over: ${run}\n`);
  io.stderr(`hint: gonogo resume ${run} goes on with it, gonogo rollback ${run} takes it back\n`);
  return exitCodes.waits;
}

/** Calls the service's own control program and returns what it printed. */
async function control(folder: string, verb: 'prepare' | 'start' | 'stop'): Promise<string> {
  const program = join(packageFolder(), 'runbooks/local-release/control.mjs');
  const result = await execa(process.execPath, [program, folder, verb], { reject: false });
  if (result.failed) throw new UsageError(result.stderr === '' ? `${program} ${verb} failed` : result.stderr);
  return result.stdout;
}
