/** `gonogo list`: the runs of the state folder, newest first. */
import { listRuns, type StandingSummary } from '../app/standing.ts';
import { visibleLine } from '../diagnostics/sanitise.ts';
import { isoTime } from '../report/time.ts';
import { standingLines } from '../tui/present/standing.ts';
import { type Io, openWorld, printJson, type StateOptions } from './command.ts';

export interface ListOptions extends StateOptions {
  readonly json?: boolean | undefined;
}

/** Prints the runs; one that cannot be read is listed with its problem. */
export async function list(options: ListOptions, io: Io): Promise<number> {
  const world = await openWorld(options);
  const runs = await listRuns(world);
  if (options.json === true) {
    printJson(io, runs.map(asJson));
    return 0;
  }
  const folder = visibleLine(world.runsAt);
  if (runs.length === 0) io.stderr(`no runs yet in ${folder}; hint: gonogo run FILE, or gonogo demo\n`);
  else io.stderr(`runs in ${folder}\n`);
  const width = Math.max(0, ...runs.map(({ run }) => run.length));
  for (const one of runs) io.stdout(`${visibleLine(one.run).padEnd(width)}  ${lineOf(one, world.host.clock.now())}\n`);
  return 0;
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
