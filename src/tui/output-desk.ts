/** What is done with the output on screen besides looking at it: the pager, the clipboard. */
import { visibleKeepingColour } from '../diagnostics/sanitise.ts';
import type { ByteSource } from '../feed/byte-source.ts';
import { outputLines } from '../feed/output-lines.ts';
import { withoutColour } from './present/cells.ts';
import { layoutOf } from './present/frame.ts';
import { linesShown } from './present/output.ts';
import { asError } from './run-desk.ts';
import type { ScreenState } from './screen-state.ts';

/** What only the terminal can do with text. */
export interface TextTerminal {
  /** Shows lines by the operator's pager; resolves when the screen is back. */
  page(lines: AsyncIterable<string>): Promise<void>;
  /** Puts text into the terminal's clipboard, where it has one. */
  copy(text: string): void;
}

/** Shows the output by the operator's own pager, sanitised as on screen. */
export async function pageOutput(screen: ScreenState, run: string, terminal: TextTerminal): Promise<void> {
  const { path } = screen.view().output;
  if (path === null) {
    screen.say('this step has left no output', false);
    return;
  }
  try {
    await terminal.page(visibleLines(screen.options.home.evidence(run), path));
  } catch (error) {
    screen.say(asError(error).message, true);
  }
}

/** Copies the lines of output that are on screen. */
export function copyOutput(screen: ScreenState, terminal: TextTerminal): void {
  const view = screen.view();
  const { outputRows: height, rightWidth: width } = layoutOf(view);
  const { lines } = linesShown(view, { width, height });
  if (lines.length === 0) {
    screen.say('there is no output on screen to copy', false);
    return;
  }
  terminal.copy(lines.map((line) => withoutColour(visibleKeepingColour(line))).join('\n'));
  screen.say(`${lines.length} lines are copied, if the terminal lets programs do that (OSC 52).`, false);
}

async function* visibleLines(source: ByteSource, path: string): AsyncGenerator<string> {
  for await (const line of outputLines(source, path, { isOpen: () => false, wait: async () => undefined })) {
    yield `${visibleKeepingColour(line)}\n`;
  }
}
