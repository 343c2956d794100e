/**
 * A step that has begun: what an attempt that ended, failed or is in doubt leads to.
 *
 * Invariant: a `once` action whose outcome is unknown is never begun again without `attempt.settled` by a person or its
 * `done_when`.
 */
import { plainHeadOf, startAgain, type Visiting } from './arrival.ts';
import { lostForGood } from './beginnings.ts';
import { asks, type Decision, fails, idle, type Ongoing, only } from './decision.ts';
import { draft } from './draft.ts';
import { passedMs } from './elapsed.ts';
import { probeDoneWhen } from './needs.ts';
import { outlineOf } from './outline.ts';
import { askPerson, isForPerson } from './people.ts';
import { failureQuestion } from './questions/failure.ts';
import { type InDoubtQuestion, inDoubtQuestion, isHeld, outlivedQuestion } from './questions/in-doubt.ts';
import { hasChanged } from './rollback.ts';
import { rulesOf } from './rules.ts';
import type { AttemptState, RunState } from './state.ts';
import { itemCloses, judgeTries, pauseMsAfter } from './tries.ts';
import { openVisit } from './visit.ts';

/** Goes on with a visit that is running or in doubt. */
export function goOn(arrival: Visiting): Decision {
  const { step, visit, at } = arrival;
  const attempt = visit.attempts.at(-1);
  if (attempt === undefined) return idle;
  switch (attempt.status) {
    case 'started':
    case 'stopping':
      if (isForPerson(step)) return askPerson(arrival);
      return {
        ...idle,
        ongoing: [{ step: step.id, visit: visit.visit, attempt }],
        question: isHeld(attempt) ? outlivedQuestion(plainHeadOf(arrival), attempt) : null,
      };
    case 'ended':
      return afterAttempt(arrival, attempt);
    case 'in-doubt':
      return onDoubt(arrival, attempt);
    case 'settled':
      return attempt.settled?.as === 'passed'
        ? only(draft('step.passed', at))
        : fails(at, attempt.settled?.reason ?? 'settled as failed');
    case 'void':
      return idle;
  }
}

/** Passed, failed, or another try after a while. */
function afterAttempt(arrival: Visiting, attempt: AttemptState): Decision {
  const { now, step, visit, at } = arrival;
  const tries = judgeTries(step, visit, attempt);
  const settled = tries.kind !== 'again' || visit.item?.result === 'na';
  if (step.item !== undefined && visit.item !== null && settled) return only(...itemCloses(visit, at, tries));
  switch (tries.kind) {
    case 'passed':
      return only(draft('step.passed', at));
    case 'failed':
      return fails(at, tries.reason);
    case 'again': {
      const pauseMs = pauseMsAfter(attempt.end, step.retry?.everyMs ?? 0);
      const left = pauseMs - passedMs(arrival.state, attempt.endedAt ?? 0, now.now);
      return left > 0 ? { ...idle, wakeAt: now.now + left } : only(startAgain(arrival));
    }
  }
}

function onDoubt(arrival: Visiting, attempt: AttemptState): Decision {
  const { state, now, step, visit, at } = arrival;
  if (step.effect === 'read' || step.effect === 'idempotent') {
    const lost = lostForGood(visit, { ...step, rules: rulesOf(state) });
    return lost === null ? only(startAgain(arrival)) : fails(at, lost);
  }
  if (step.doneWhen !== undefined) {
    const asked = visit.doneWhen !== null && visit.doneWhen.seq > attempt.startedSeq ? visit.doneWhen : null;
    if (asked === null) return probeDoneWhen(state, now, step, at);
    if (asked.ok) {
      const reason = 'its done_when holds';
      return only(draft('attempt.settled', { ...at, attempt: attempt.attempt, as: 'passed', reason }));
    }
  }
  return asks(inDoubtQuestion(plainHeadOf(arrival), attempt));
}

/** What a failed visit leads to: it is gone over, rolled back, or asked about. */
export function afterFailure(arrival: Visiting): Decision {
  const { state, now, step, visit, at, mode } = arrival;
  const reason = visit.reason ?? 'failed';
  // A rollback goes on over it too, and then ends as failed.
  if (step.onFail === 'ignore') return only(draft('step.passed_over', { ...at, reason, ignored: true }));
  if (step.onFail === 'continue' || step.item !== undefined) return only(draft('step.passed_over', { ...at, reason }));
  if (step.onFail === 'rollback' && mode !== 'rollback' && !now.guided && hasChanged(state)) {
    return only(draft('rollback.requested', { reason: `${step.id} failed: ${reason}` }));
  }
  return asks(failureQuestion(arrival, reason));
}

/** Automatic attempts whose outcome is not recorded. */
export function runningAttempts(state: RunState): readonly Ongoing[] {
  const { places, undos } = outlineOf(state.runbook);
  const running: Ongoing[] = [];
  for (const id of state.startedOrder) {
    const visit = openVisit(state.steps.get(id));
    const attempt = visit?.attempts.at(-1);
    const body = places.get(id)?.step ?? undos.get(id)?.body;
    const automatic = body !== undefined && !isForPerson(body);
    const leaf = places.get(id)?.step.flow ?? 'leaf';
    if (visit === null || attempt === undefined || !automatic || leaf !== 'leaf') continue;
    if (attempt.status === 'started' || attempt.status === 'stopping')
      running.push({ step: id, visit: visit.visit, attempt });
  }
  return running;
}

/** What cannot be ended keeps everything else from being undone or done again until a person settles it. */
export function holding(state: RunState, running: readonly Ongoing[]): InDoubtQuestion | null {
  const held = running.find(({ attempt }) => isHeld(attempt));
  if (held === undefined) return null;
  const { step, visit, attempt } = held;
  const title = outlineOf(state.runbook).places.get(step)?.step.title ?? step;
  return outlivedQuestion({ step, visit, title }, attempt);
}
