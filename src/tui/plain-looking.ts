/**
 * A run that nobody drives from here, by prompts: whatever is known of it is printed when it is asked for, by the numbers and letters
 * that the prompts of a run have.
 *
 * Invariants: nothing of the run is changed; an empty line does nothing.
 */
import { createInterface, type Interface } from 'node:readline/promises';
import { visibleLine } from '../diagnostics/sanitise.ts';
import type { PlainIo } from './home.ts';
import { variableLines } from './plain-lines.ts';
import { type PlainCommand, plainMenu } from './plain-menu.ts';
import { Interrupted, PlainPrompt } from './plain-prompt.ts';
import { PlainReading, type PlainReadingParts } from './plain-reading.ts';

/** What is asked for by `command`; false: it is nothing that only looks. `signal`: nobody waits for it any more. */
export async function look(
  command: PlainCommand,
  run: PlainReadingParts['run'],
  reading: PlainReading,
  prompt: PlainPrompt,
  signal: AbortSignal,
): Promise<boolean> {
  const step = async (): Promise<string> => (await prompt.read('Which step (empty: back): ')).trim();
  switch (command) {
    case 'plan':
      reading.plan();
      break;
    case 'steps':
      await reading.steps();
      break;
    case 'step':
      await reading.step(await step());
      break;
    case 'preview':
      await reading.preview(signal);
      break;
    case 'timeline':
      await reading.timeline();
      break;
    case 'variables':
      reading.list(variableLines(run.state()));
      break;
    case 'output':
      await reading.output(await step());
      break;
    case 'find':
      await reading.find(await prompt.read('Find what (empty: back): '), signal);
      break;
    default:
      return false;
  }
  return true;
}

export interface PlainLookingParts extends PlainReadingParts {
  readonly lines: Interface;
  /** What `q` does. */
  readonly leaves: string;
  /** Lines come by themselves meanwhile, so none is left open with something that is asked. */
  readonly goesOn: boolean;
  /** Aborted when there is nothing to be looked at any more, or the input has ended. */
  readonly signal: AbortSignal;
}

/** Prints what is asked for until that is enough. */
export async function lookAround(io: PlainIo, parts: PlainLookingParts): Promise<void> {
  const { run, signal, goesOn, leaves } = parts;
  const menu = plainMenu('watched');
  const reading = new PlainReading(parts);
  let asking = new AbortController();
  const stop = (): void => asking.abort();
  signal.addEventListener('abort', stop);
  const off = io.onSignal('SIGINT', stop);
  const prompt = new PlainPrompt(io, parts.lines, () => asking);
  const asks = `a number, or ${menu.letters} (q: ${leaves})`;
  reading.banner();
  reading.text(menu.text);
  if (goesOn) reading.text(`Type ${asks}.`);
  try {
    while (!signal.aborted) {
      asking = new AbortController();
      const word = (await prompt.read(goesOn ? '' : `${asks}: `)).trim();
      const command = menu.command(word);
      if (command === 'quit') return;
      if (command !== null) await look(command, run, reading, prompt, asking.signal);
      else if (word !== '') reading.text(`"${visibleLine(word)}" is none of these: ${menu.text}`);
    }
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
  } finally {
    off();
    signal.removeEventListener('abort', stop);
  }
}

/** The lines that are typed on `io`, and a signal that is aborted with the last of them. */
export function typedLines(io: PlainIo): { readonly lines: Interface; readonly ended: AbortSignal } {
  const lines = createInterface({ input: io.stdin, output: io.stdout, terminal: false });
  const ended = new AbortController();
  lines.once('close', () => ended.abort());
  return { lines, ended: ended.signal };
}
