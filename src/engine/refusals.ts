/** What of a journal's refusals a run lives with. */
import { JournalError } from '../journal/journal.ts';
import { AnswerError } from './session.ts';

/** Resolves like `work`; null where the disk refuses the inbox: the run does not depend on it, and what is in it stays. */
export async function reachable<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof JournalError && error.code === 'unusable') return null;
    throw error;
  }
}

/** Resolves like `work`; words that cannot be recorded are whoever's who said them. */
export async function fitting<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof JournalError && error.code === 'unfit') throw new AnswerError(error.message);
    throw error;
  }
}
