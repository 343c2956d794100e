/** `gonogo list`: the runs of the state folder, newest first. */
import { listRuns } from '../app/world.ts';
import { visibleLine } from '../diagnostics/sanitise.ts';
import { isoTime } from '../report/time.ts';
import { type Io, openWorld, printJson, type StateOptions } from './command.ts';

export interface ListOptions extends StateOptions {
  readonly json?: boolean | undefined;
}

/** Prints the runs; one that cannot be read is listed with its problem. */
export async function list(options: ListOptions, io: Io): Promise<number> {
  const runs = await listRuns(await openWorld(options));
  if (options.json === true) {
    printJson(
      io,
      runs.map(({ run, title, status, startedAt, done, total, problem, newer }) => ({
        run,
        title,
        status: problem === null ? status : 'unreadable',
        startedAt: problem === null ? isoTime(startedAt) : null,
        progress: { done, total },
        ...(problem === null ? {} : { problem }),
        ...(newer === null ? {} : { newer }),
      })),
    );
    return 0;
  }
  if (runs.length === 0) io.stderr('no runs yet; hint: gonogo run FILE, or gonogo demo\n');
  const width = Math.max(0, ...runs.map(({ run }) => run.length));
  for (const { run, title, status, done, total, problem, newer } of runs) {
    const facts = problem === null ? `${status.padEnd(11)} ${done}/${total}` : `unreadable  ${visibleLine(problem)}`;
    io.stdout(
      `${visibleLine(run).padEnd(width)}  ${facts}  ${visibleLine(newer === null ? title : `${title} (${newer})`)}\n`,
    );
  }
  return 0;
}
