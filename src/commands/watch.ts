/** `gonogo watch RUN`: follows a run without driving it, one line an event that a person cares about. */
import { visibleLine } from '../diagnostics/sanitise.ts';
import { sayStep } from '../engine/headless.ts';
import { outcomeSentence } from '../report/outcome.ts';
import { reduce } from '../run/reduce.ts';
import { type Io, onSignals, openWorld, printJson, readRun, type StateOptions } from './command.ts';
import { runAsJson, runAsLines } from './show.ts';

const LOOK_EVERY_MS = 200;

export interface WatchOptions extends StateOptions {
  readonly json?: boolean | undefined;
}

/** Prints the run as it stands, then what happens, until it ends or is interrupted. `--json`: as it stands, once. */
export async function watch(name: string, options: WatchOptions, io: Io): Promise<number> {
  const world = await openWorld(options);
  const read = await readRun(world, name);
  let { state } = read;
  if (options.json === true) {
    printJson(io, runAsJson(state));
    return 0;
  }
  for (const line of runAsLines(state)) io.stdout(`${line}\n`);
  const leaving = new AbortController();
  const follow = async (): Promise<number> => {
    while (state.endedAt === null && !leaving.signal.aborted) {
      for (const event of await world.journals.readAfter(read.id, state.head.seq)) {
        state = reduce(state, event, read.id);
        sayStep(state, event, (line) => io.stdout(`${line}\n`));
        if (event.type === 'run.paused') io.stdout(`paused     waits for ${visibleLine(event.data.waiting)}\n`);
        if (event.type === 'note.added')
          io.stdout(`note       ${visibleLine(event.actor.name)}: ${visibleLine(event.data.text)}\n`);
      }
      await world.host.clock.sleep(LOOK_EVERY_MS, leaving.signal);
    }
    if (state.endedAt !== null) io.stdout(`${visibleLine(outcomeSentence(state))}\n`);
    return 0;
  };
  return onSignals(() => leaving.abort(), follow());
}
