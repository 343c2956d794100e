/** `gonogo logs RUN [STEP]`: what the steps of a run printed. */
import { isOnHosts, type LogLine, logs as linesOf } from '../app/logs.ts';
import { readRun } from '../app/world.ts';
import { visible, visibleKeepingColour, visibleLine } from '../diagnostics/sanitise.ts';
import { type Io, onSignals, openWorld, type StateOptions } from './command.ts';

export interface LogsOptions extends StateOptions {
  readonly follow?: boolean | undefined;
  readonly failed?: boolean | undefined;
  /** The host whose output is wanted. */
  readonly host?: string | undefined;
}

/** Prints the output, each line sanitised; a heading before each step, and each of its hosts, unless one was named. Resolves with 0, also when there is none. */
export async function logs(name: string, step: string | undefined, options: LogsOptions, io: Io): Promise<number> {
  const world = await openWorld(options);
  const run = await readRun(world, name);
  const leaving = new AbortController();
  const { follow = false, failed = false, host = null } = options;
  const headings = step === undefined || (host === null && isOnHosts(run.state, step));
  const colour = io.terminal && (io.env['NO_COLOR'] ?? '') === '';
  const print = async (): Promise<number> => {
    let any = false;
    for await (const line of linesOf(world, run, {
      step: step ?? null,
      host,
      failed,
      follow,
      signal: leaving.signal,
    })) {
      any ||= line.kind === 'line' || line.kind === 'elsewhere';
      const text = textOf(line, headings, colour);
      if (text !== null) io.stdout(`${text}\n`);
    }
    if (!any) io.stderr(`${nothing(run.id, step, failed)}\n`);
    return 0;
  };
  return onSignals(() => leaving.abort(), print());
}

function textOf(line: LogLine, headings: boolean, colour: boolean): string | null {
  switch (line.kind) {
    case 'step': {
      const again = line.attempt > 1 ? `, try ${line.attempt}` : '';
      return headings ? `== ${visibleLine(line.name)}: ${visibleLine(line.title)}${again} ==` : null;
    }
    case 'stream':
      return `-- ${line.name} --`;
    case 'elsewhere':
      return `-- the whole of it is kept on ${visibleLine(line.hostname)}, not here --`;
    case 'line':
      return colour ? visibleKeepingColour(line.text) : visible(line.text.replaceAll(/\x1b\[[0-9;]*m/g, ''));
  }
}

function nothing(run: string, step: string | undefined, failed: boolean): string {
  if (failed) return `no step of run ${run} has failed and left output`;
  return step === undefined ? `no step of run ${run} has left output` : `${visibleLine(step)} has left no output`;
}
