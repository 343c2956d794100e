/**
 * How a report words statuses and people. One place, so that every section and every format says the same.
 */
import type { Actor, DataOf } from '../run/event.ts';
import type { RunState, VisitState } from '../run/state.ts';
import type { Status, Tone } from './model.ts';

/** The status of a visit, with how it came about where that matters to a sceptic. */
export function visitStatus(visit: VisitState): Status {
  switch (visit.status) {
    case 'pending':
      return status('open', 'waiting');
    case 'running':
      return status('open', 'running');
    case 'passed':
      return passedStatus(visit);
    case 'failed':
      return status(visit.ignored ? 'warn' : 'bad', failedWord(visit));
    case 'skipped':
      return skippedStatus(visit);
    case 'not-taken':
      return status('quiet', 'not taken');
    case 'in-doubt':
      return status('warn', 'in doubt');
  }
}

function failedWord({ ignored, passedOver }: VisitState): string {
  if (ignored) return 'failed, ignored';
  return passedOver ? 'failed, passed over' : 'failed';
}

function passedStatus(visit: VisitState): Status {
  if (visit.overrides !== null) return status('warn', 'marked done by hand');
  const settled = visit.attempts.at(-1)?.settled ?? null;
  return settled === null ? status('good', 'passed') : status('warn', 'settled as passed');
}

function skippedStatus(visit: VisitState): Status {
  switch (visit.skippedHow) {
    case 'done-when':
      return status('good', 'already done');
    case 'requirement':
      return status('quiet', 'not asked');
    default:
      return status('warn', 'skipped');
  }
}

/** What the run came to: the verdict of an audit, else the status of the run. */
export function decisionOf(state: RunState): Status {
  const verdict = state.verdicts.at(-1)?.data.verdict.verdict;
  if (state.runbook.kind === 'checklist' && verdict !== undefined) {
    return status(verdict === 'go' ? 'good' : 'bad', verdict);
  }
  switch (state.status) {
    case 'completed':
      return status('good', 'completed');
    case 'rolled-back':
      return status('warn', 'rolled back');
    case 'failed':
      return status('bad', 'failed');
    case 'abandoned':
      return status('bad', 'abandoned');
    case 'paused':
      return status('open', 'paused');
    case 'running':
      return status('open', 'running');
  }
}

/** Why a run stands still, as in `waits for approval of go (0 of 1)`. */
export function pausedText({ reason, waiting }: DataOf<'run.paused'>): string {
  // Without an open question the recorded text of a rollback that had nothing to do is a sentence of its own.
  const waits = waiting.startsWith('nothing was changed') ? waiting : `waits for ${waiting}`;
  return reason === 'interrupted' ? `interrupted, ${waits}` : waits;
}

/** Who did it, and by which way when that was not the screen of the run. */
export function actorText(actor: Actor): string {
  switch (actor.via) {
    case 'engine':
      return 'automatic';
    case 'terminal':
      return actor.name;
    case 'answers':
      return `${actor.name} (answers file)`;
    case 'command':
      return `${actor.name} (command)`;
  }
}

export function status(tone: Tone, word: string): Status {
  return { tone, word };
}

/** `1 step`, `2 steps`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
