/** One line from whoever sits at the terminal, before anything has begun. */
import { createInterface } from 'node:readline/promises';

/** Ctrl-C at a question: nothing was done, and nothing is said. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** Asks on stderr. Null: the input has ended. Throws `Interrupted`. */
export async function askLine(question: string): Promise<string | null> {
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const { promise: ended, resolve } = Promise.withResolvers<Interrupted | null>();
  prompt.once('SIGINT', () => resolve(new Interrupted(question)));
  prompt.once('close', () => resolve(null));
  try {
    const answer = await Promise.race([prompt.question(question).catch(() => ended), ended]);
    if (typeof answer === 'string') return answer;
    // The cursor still stands behind the question.
    process.stderr.write('\n');
    if (answer !== null) throw answer;
    return null;
  } finally {
    prompt.close();
  }
}
