/**
 * Asks for a passphrase on the terminal, without showing it.
 *
 * Invariants: the terminal is as before when the promise settles, whatever ended it; what was typed is nowhere but in the
 * returned string.
 */
import type { ReadStream } from 'node:tty';

/** The question was left with Ctrl-C or Ctrl-D, or the terminal went away. */
export class NotAnswered extends Error {
  override readonly name = 'NotAnswered';
}

const charactersMax = 1024;

/** Prints `question` on standard error and reads one line from the terminal `stdin`. Rejects with `NotAnswered`. */
export async function askHidden(question: string, stdin: ReadStream): Promise<string> {
  // What is typed as soon as the question is there must not be shown, nor Ctrl-C end the process instead of the question.
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  process.stderr.write(question);
  try {
    return await readLine(stdin);
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    // Standard input stops reading one tick after it was paused; whoever reads next must come after that, or reads nothing.
    await new Promise<void>((resolve) => setImmediate(resolve));
    process.stderr.write('\n');
  }
}

function readLine(stdin: ReadStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let typed = '';
    const onEnd = (): void => {
      detach();
      reject(new NotAnswered('the passphrase was not entered'));
    };
    const onData = (chunk: string | Buffer): void => {
      const read = edit(typed, String(chunk));
      typed = read.typed;
      if (read.kind === 'left') onEnd();
      if (read.kind !== 'entered') return;
      detach();
      resolve(typed);
    };
    const detach = (): void => {
      stdin.off('data', onData);
      stdin.off('end', onEnd);
    };
    stdin.on('data', onData);
    stdin.on('end', onEnd);
    // A screen that stepped aside for this question has left the stream paused.
    stdin.resume();
  });
}

interface Read {
  readonly kind: 'typing' | 'entered' | 'left';
  readonly typed: string;
}

/** What the terminal's own line editing would do, had it not been switched off together with the echo. */
function edit(before: string, chunk: string): Read {
  let typed = before;
  for (const character of chunk) {
    if (character === '\r' || character === '\n') return { kind: 'entered', typed };
    if (character === '\u0003' || (character === '\u0004' && typed === '')) return { kind: 'left', typed: '' };
    if (character === '\u007f' || character === '\b') typed = [...typed].slice(0, -1).join('');
    else if (character === '\u0015') typed = '';
    else if (typed.length < charactersMax) typed += character;
  }
  return { kind: 'typing', typed };
}
