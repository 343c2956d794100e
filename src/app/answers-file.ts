/** The answers file that a run goes by: read, checked against the document, and told from one that changed. */
import { resolve } from 'node:path';
import { type Answers, AnswersError, readAnswers } from '../engine/answers.ts';
import type { RunEvent } from '../run/event.ts';
import type { Runbook } from '../runbook/document.ts';
import type { SourceText } from '../runbook/source.ts';
import { readText } from './read-document.ts';
import { readInput } from './read-input.ts';
import { Refusal } from './refusal.ts';
import type { ReadRun } from './world.ts';

/**
 * Reads the answers file at `path` for `runbook`. `history`: the run so far, which it may have answered in. Throws `Refusal`
 * `unreadable` or `bad-answers`.
 */
export function loadAnswers(path: string, runbook: Runbook, history: readonly RunEvent[] = []): Answers {
  return answersIn(readInput(path), path, runbook, history);
}

/**
 * The answers for a resume: the file that is named now, else, with nobody in front, the one that the run was started
 * with, as long as it is unchanged. What it has answered before is not answered again.
 */
export function resumeAnswers(
  { state, answered }: ReadRun,
  named: string | undefined,
  guided: boolean,
): Answers | null {
  if (named !== undefined) return loadAnswers(named, state.runbook, answered);
  const { answers, cwd } = state.started;
  if (guided || answers === undefined) return null;
  const text = textIfReadable(resolve(cwd, answers.path));
  return text?.sha256 === answers.sha256 ? answersIn(text, answers.path, state.runbook, answered) : null;
}

function textIfReadable(path: string): SourceText | null {
  try {
    return readText(path);
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}

function answersIn(
  { text, sha256 }: SourceText,
  path: string,
  runbook: Runbook,
  history: readonly RunEvent[],
): Answers {
  try {
    return readAnswers(path, text, sha256, runbook, history);
  } catch (error) {
    if (error instanceof AnswersError) throw new Refusal({ code: 'bad-answers', path }, error.message, error);
    throw error;
  }
}
