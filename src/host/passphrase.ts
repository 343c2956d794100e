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
  process.stderr.write(question);
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  try {
    return await readLine(stdin);
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    process.stderr.write('\n');
  }
}

function readLine(stdin: ReadStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let typed = '';
    const end = (act: () => void): void => {
      stdin.off('data', onData);
      stdin.off('end', onEnd);
      act();
    };
    const onEnd = (): void => end(() => reject(new NotAnswered('the passphrase was not entered')));
    const onData = (chunk: string | Buffer): void => {
      for (const character of String(chunk)) {
        if (character === '\r' || character === '\n') return end(() => resolve(typed));
        if (character === '\u0003' || (character === '\u0004' && typed === '')) return onEnd();
        if (character === '\u007f' || character === '\b') typed = [...typed].slice(0, -1).join('');
        else if (character === '\u0015') typed = '';
        else if (typed.length < charactersMax) typed += character;
      }
    };
    stdin.on('data', onData);
    stdin.on('end', onEnd);
  });
}
