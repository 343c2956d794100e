/** `gonogo list`: the runs of the state folder, newest first. */
import { operatorName } from '../app/operator.ts';
import { apartWords } from '../app/put-back.ts';
import { listRuns, placeInLists, type StandingSummary } from '../app/standing.ts';
import type { World } from '../app/world.ts';
import { visibleLine } from '../diagnostics/sanitise.ts';
import { isoTime } from '../report/time.ts';
import type { Apart, Wanted } from '../store/store.ts';
import { standingLines } from '../tui/present/standing.ts';
import { type Io, openWorld, printJson, type StateOptions, UsageError } from './command.ts';

export interface ListOptions extends StateOptions {
  readonly json?: boolean | undefined;
  /** Only runs that `operator`, else the user of this machine, drives. */
  readonly mine?: boolean | undefined;
  readonly operator?: string | undefined;
  /** Only runs that wait for somebody. */
  readonly waiting?: boolean | undefined;
  /** Only runs on the target of that name. */
  readonly target?: string | undefined;
  /** Only runs that began then or later: a day, a time (ISO 8601, UTC), or how long ago. */
  readonly since?: string | undefined;
  /** So many at most. */
  readonly limit?: string | undefined;
  /** Only what comes after this run, by its id or `latest`: the next page. */
  readonly after?: string | undefined;
}

/** Prints the runs; one that cannot be read is listed with its problem. */
export async function list(options: ListOptions, io: Io): Promise<number> {
  const world = await openWorld(options);
  const { mine, waiting, target, since, after } = options;
  const wanted = await wantedBy(world, options);
  // What runs now waits for nobody, whatever its journal says.
  const runs = (await listRuns(world, wanted)).filter((one) => waiting !== true || waits(one));
  const apart = await world.journals.apart(runs.map(({ run }) => run));
  if (options.json === true) {
    printJson(
      io,
      runs.map((one) => ({ ...asJson(one), ...apart.get(one.run) })),
    );
    return 0;
  }
  const folder = visibleLine(world.runsAt);
  const narrowed = [mine, waiting, target, since, after].some((one) => one !== undefined);
  if (runs.length === 0 && narrowed) io.stderr(`no such runs in ${folder}\n`);
  else if (runs.length === 0) io.stderr(`no runs yet in ${folder}; hint: gonogo run FILE, or gonogo demo\n`);
  else io.stderr(`runs in ${folder}\n`);
  const width = Math.max(0, ...runs.map(({ run }) => run.length));
  for (const one of runs)
    io.stdout(
      `${visibleLine(one.run).padEnd(width)}  ${lineOf(one, world.host.clock.now())}${apartMark(apart.get(one.run))}\n`,
    );
  for (const [run, one] of narrowed ? [] : await world.journals.apart())
    for (const line of apartWords(one, run)) io.stdout(`${visibleLine(run)}  ${visibleLine(line)}\n`);
  const last = runs.at(-1);
  if (last !== undefined && runs.length === wanted.most) io.stderr(`older ones: gonogo list --after ${last.run}\n`);
  return 0;
}

/** As many as anybody reads; scripts get all. */
const listedMax = 500;

async function wantedBy(world: World, options: ListOptions): Promise<Wanted> {
  const { mine, waiting, target, since, after, limit, json } = options;
  return {
    operator: mine === true ? operatorName(world, options.operator) : undefined,
    waiting: waiting === true ? true : undefined,
    target,
    since: since === undefined ? undefined : await instantOf(since, world.host.clock.now()),
    after: after === undefined ? undefined : await placeInLists(world, after),
    most: limit === undefined ? (json === true ? undefined : listedMax) : countOf(limit),
  };
}

function countOf(limit: string): number {
  const count = /^[1-9]\d{0,8}$/.test(limit) ? Number(limit) : Number.NaN;
  if (Number.isNaN(count)) throw new UsageError(`--limit ${visibleLine(limit)}: how many runs, a number from 1`);
  return count;
}

function waits({ waiting, wanted }: StandingSummary): boolean {
  return waiting !== null || wanted.length > 0;
}

/** Beside what a run is: records that are not among its own. */
function apartMark(apart: Apart | undefined): string {
  if (apart === undefined) return '';
  const lacks = apart.lacking === null ? '' : '  lacks records that this machine has';
  return `${lacks}${apart.branches.length === 0 ? '' : '  has another branch'}`;
}

/** Epoch ms. */
async function instantOf(text: string, now: number): Promise<number> {
  const { durationMs } = await import('../runbook/scalar.ts');
  const ago = durationMs(text);
  if (ago !== null) return now - ago;
  const at = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?Z)?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at))
    throw new UsageError(`--since ${visibleLine(text)}: a day like 2026-11-21, a time like 2026-11-21T03:12Z, or 2d`);
  return at;
}

function asJson(summary: StandingSummary): Record<string, unknown> {
  const { run, title, status, startedAt, done, passed, skipped, total, running, waiting, problem, newer } = summary;
  return {
    run,
    title,
    status: problem === null ? status : 'unreadable',
    startedAt: problem === null ? isoTime(startedAt) : null,
    progress: { done, passed, skipped, total },
    running: running.map(({ step, since }) => ({ step, since: isoTime(since) })),
    phase: summary.phase,
    operator: summary.operator,
    waiting,
    failed: summary.failed,
    wanted: summary.wanted.map(({ since, ...one }) => ({ ...one, since: isoTime(since) })),
    owed: summary.owed.map(({ step, text, openedAt }) => ({ step, text, since: isoTime(openedAt) })),
    holds: (summary.trace?.held ?? []).map(({ name, identity, step, since }) => ({
      name,
      identity,
      step,
      since: isoTime(since),
    })),
    leftOpen: summary.trace?.open.map(({ step, text }) => ({ step, text })) ?? [],
    ...(problem === null ? {} : { problem }),
    ...(newer === null ? {} : { newer }),
  };
}

function lineOf(summary: StandingSummary, now: number): string {
  const { title, status, passed, total, problem, newer } = summary;
  if (problem !== null) return `unreadable  ${visibleLine(problem)}`;
  const facts = `${status.padEnd(11)} ${passed}/${total}`;
  const stands = standingLines({ ...summary, reading: [] }, now).map((line) => `  ${line}`);
  const holds = (summary.trace?.held ?? []).map(({ name }) => `  holds ${visibleLine(name)}`);
  // What is owed is told by its text; of the rest, which only a target knows, there is a count.
  const owed = new Set(summary.owed.map(({ step }) => step));
  const open = (summary.trace?.open ?? []).filter(({ step }) => !owed.has(step)).length;
  const left = open === 0 ? '' : `  ${open} left open`;
  return `${facts}  ${visibleLine(newer === null ? title : `${title} (${newer})`)}${stands.join('')}${holds.join('')}${left}`;
}
