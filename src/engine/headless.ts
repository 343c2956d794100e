/**
 * Drives a session without a person: answers come from a file, `on_fail` decides the rest, and what only a person can
 * decide pauses the run.
 *
 * Invariants: one line per finished step; nothing is ever answered that neither the file nor the document says.
 */
import { visibleLine } from '../diagnostics/sanitise.ts';
import type { Actor, RunEvent } from '../run/event.ts';
import { outlineOf } from '../run/outline.ts';
import type { Answer, Question } from '../run/question.ts';
import { waitsFor } from '../run/respond.ts';
import type { RunState, VisitState } from '../run/state.ts';
import type { Answers } from './answers.ts';
import { AnswerError, type Session } from './session.ts';

export interface HeadlessOptions {
  readonly answers: Answers | null;
  /** Who stands behind the answers file. */
  readonly operator: string;
  /** One line per step, without line break. */
  readonly say: (line: string) => void;
  /** What an operator should know, without line break. */
  readonly warn: (line: string) => void;
}

/** Drives `session` to its end or to the first thing that only a person can decide. Resolves with the exit code. */
export async function driveHeadless(session: Session, options: HeadlessOptions): Promise<number> {
  const stop = session.subscribe((events) => {
    for (const event of events) sayStep(session.state(), event, options.say);
    next();
  });
  let busy = false;
  const next = (): void => {
    const activity = session.activity();
    if (busy || activity.kind !== 'waiting') return;
    busy = true;
    answerOrLeave(session, activity.question, options)
      // What breaks the session rejects `done` as well, and that is where it is told.
      .catch(() => {})
      .finally(() => {
        busy = false;
        next();
      });
  };
  next();
  const code = await session.done;
  stop();
  return code;
}

async function answerOrLeave(session: Session, question: Question, options: HeadlessOptions): Promise<void> {
  const { answers } = options;
  const own = answers?.next(question) ?? null;
  const answer = own ?? byDocument(question);
  if (answer === null) {
    options.warn(`waits for ${visibleLine(waitsFor(question))}`);
    return session.leave('waiting');
  }
  const actor: Actor =
    own === null || answers === null
      ? { via: 'engine', name: 'gonogo' }
      : { via: 'answers', name: options.operator, file: answers.sha256 };
  try {
    await session.answerAs(answer, question, actor);
  } catch (error) {
    if (!(error instanceof AnswerError)) throw error;
    options.warn(visibleLine(error.message));
    await session.leave('waiting');
  }
}

/** What the document itself answers. */
function byDocument(question: Question): Answer | null {
  if (question.kind === 'variable' && question.default !== null) return { kind: 'value', value: question.default };
  if (question.kind === 'item') return { kind: 'skip', reason: 'not answered' };
  if (question.kind === 'no-go' && question.audit === true) return { kind: 'done' };
  return null;
}

/** Says how a step closed or failed. */
export function sayStep(state: RunState, event: RunEvent, say: (line: string) => void): void {
  switch (event.type) {
    case 'step.passed':
    case 'step.failed':
    case 'step.skipped':
    case 'step.not_taken':
    case 'step.overridden':
    case 'attempt.in_doubt': {
      const visit = state.steps.get(event.data.step)?.visits[event.data.visit - 1];
      if (visit !== undefined) say(stepLine(state, event.data.step, visit));
      return;
    }
    case 'rollback.started':
      say(`rolling back: ${visibleLine(event.data.reason)}`);
      return;
    default:
      return;
  }
}

/** `passed     migrate  Migrate the database  exit 0, 41 ms`. */
export function stepLine(state: RunState, id: string, visit: VisitState): string {
  const outline = outlineOf(state.runbook);
  const undo = outline.undos.get(id);
  const title = outline.places.get(id)?.step.title ?? `undo of ${undo?.of ?? id}`;
  const end = visit.attempts.at(-1)?.end ?? null;
  const facts = [
    end?.exit === null || end?.exit === undefined ? null : `exit ${end.exit}`,
    end?.status === null || end?.status === undefined ? null : `status ${end.status}`,
    end === null ? null : `${end.ms} ms`,
    visit.reason,
  ].filter((fact, index, all) => fact !== null && all.indexOf(fact) === index);
  const again = visit.visit > 1 ? ` (visit ${visit.visit})` : '';
  return `${visit.status.padEnd(10)} ${id}${again}  ${visibleLine(title)}  ${visibleLine(facts.join(', '))}`.trimEnd();
}
