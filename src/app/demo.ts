/**
 * The demo: a small real service in the state folder, and the release of a version of it by the runbook that ships with gonogo.
 *
 * Invariants:
 * - The service outlives this process, because a release that was cut off must be able to go on. It is stopped once the
 *   run has ended; one that a killed demo left is stopped by the next demo.
 * - A demo that is not over is never laid out anew.
 */
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { programWord } from '../host/own-programs.ts';
import { makeKey } from './key.ts';
import { demoRunbook, packageFolder } from './package-folder.ts';
import { readDocument } from './read-document.ts';
import { Refusal } from './refusal.ts';
import { makeReport } from './report.ts';
import { listRuns } from './standing.ts';
import { type Opened, type StartRequest, start } from './start.ts';
import type { World } from './world.ts';

/** The service as it was laid out and started. */
export interface Demo {
  /** Absolute folder of the service. */
  readonly folder: string;
  readonly url: string;
}

/** Lays the service out and starts it. `unfinished`: an earlier demo is not over; nothing was done. */
export async function prepareDemo(
  world: World,
): Promise<({ readonly kind: 'ready' } & Demo) | { readonly kind: 'unfinished'; readonly run: string }> {
  const run = await unfinishedDemo(world);
  if (run !== null) return { kind: 'unfinished', run };
  const folder = join(world.stateFolder, 'demo');
  await control(folder, 'prepare');
  return { kind: 'ready', folder, url: await control(folder, 'start') };
}

export interface ReleaseRequest extends Omit<StartRequest, 'file' | 'kind' | 'repo' | 'vars' | 'varsFile' | 'against'> {
  /** Release the version whose health check fails. */
  readonly broken: boolean;
}

/** Starts the release. Without answers of its own the shipped ones serve when nobody sits in front. */
export async function startRelease(world: World, demo: Demo, request: ReleaseRequest): Promise<Opened> {
  const { broken, guided, answers = guided ? undefined : shippedAnswers() } = request;
  try {
    return await start(world, {
      ...request,
      file: demoRunbook(),
      repo: demo.folder,
      vars: new Map([
        ['url', demo.url],
        ['version', broken ? 'v1.2.0' : 'v1.1.0'],
      ]),
      answers,
    });
  } catch (error) {
    await stopService(demo);
    throw error;
  }
}

/** The demo as the home screen starts it: its service is stopped when the run has ended. Throws `Refusal` while an earlier one is open. */
export async function startDemo(world: World): Promise<Opened> {
  const demo = await prepareDemo(world);
  if (demo.kind === 'unfinished') {
    const message = `an earlier demo is not over: open run ${demo.run}, or take it back with: gonogo rollback ${demo.run}`;
    throw new Refusal({ code: 'demo', what: 'prepare' }, message);
  }
  const opened = await startRelease(world, demo, { broken: false, guided: true });
  const stopWhenOver = async (): Promise<void> => {
    await opened.session.done;
    if (opened.session.state().endedAt !== null) await stopService(demo);
  };
  // Whatever breaks the run is told where the run is driven; the next demo stops what this one left.
  stopWhenOver().catch(() => undefined);
  return opened;
}

/** Stops the service. */
export async function stopService({ folder }: Demo): Promise<void> {
  await control(folder, 'stop');
}

/** A signed report, and what it takes to verify it; all paths are absolute. `state`: of the state folder. */
export interface DemoReport {
  readonly paths: readonly string[];
  readonly state: string;
  readonly folder: string;
  readonly allowedSigners: string;
  readonly principal: string;
}

/**
 * Writes the report of run `id` and signs it by a key of that run, which is trusted nowhere else. It lies outside the service's
 * folder, which the next demo makes anew.
 */
export async function signDemoReport(world: World, id: string): Promise<DemoReport> {
  const { host } = world;
  const principal = 'demo';
  const keys = join(world.stateFolder, 'demo-keys', id);
  const key = join(keys, 'key');
  const allowedSigners = join(keys, 'allowed_signers');
  const line = await makeKey(host, key, principal);
  await host.files.replace(allowedSigners, new TextEncoder().encode(`${line}\n`));
  const { paths } = await makeReport(world, { run: id, formats: null, key, bundle: null });
  const runFolder = world.journals.workspace(id);
  return { paths, state: dirname(dirname(runFolder)), folder: join(runFolder, 'report'), allowedSigners, principal };
}

function shippedAnswers(): string {
  return join(packageFolder(), 'runbooks/local-release/answers.yaml');
}

/** The id of the newest run of the demo's runbook that has not ended, or null. */
async function unfinishedDemo(world: World): Promise<string | null> {
  const { title } = (await readDocument(demoRunbook())).runbook;
  const runs = await listRuns(world);
  const open = runs.find((run) => run.title === title && (run.status === 'running' || run.status === 'paused'));
  return open?.run ?? null;
}

/** Calls the service's own control program and returns what it printed. */
async function control(folder: string, verb: 'prepare' | 'start' | 'stop'): Promise<string> {
  const program = join(packageFolder(), 'runbooks/local-release/control.mjs');
  const result = await execa(process.execPath, [programWord(program), folder, verb], { reject: false });
  if (!result.failed) return result.stdout;
  const message = result.stderr === '' ? `${program} ${verb} failed` : result.stderr;
  throw new Refusal({ code: 'demo', what: verb }, message);
}
