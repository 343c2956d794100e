/** Why a key does nothing now, in words that say what to do instead; null: it does something. */
import type { Facts } from './binding.ts';
import { keyOf } from './labels.ts';

function endedText({ keys, readOnly }: Facts): string {
  const report = readOnly ? '' : `${keyOf(keys, 'report')} writes its report, `;
  return `the run has ended: ${report}${keyOf(keys, 'detach')} leaves it`;
}

/** It always does something. */
export const enabled = (): null => null;

/** Nothing waits for a person. */
export function waitsForStep(facts: Facts): string | null {
  if (facts.ended) return endedText(facts);
  if (facts.question !== null) return null;
  const { running, keys } = facts;
  return running === null
    ? 'nothing waits for you now; it goes on by itself'
    : `${running}: wait for it, or ${keyOf(keys, 'abort')} stops it`;
}

/** No items are on screen. */
export function forMarks(facts: Facts): string | null {
  if (facts.audit === null) return 'no checklist is on screen: only its items are marked';
  return ended(facts);
}

/** No phases are listed that could be folded. */
export function forPhases({ listsPhases }: Facts): string | null {
  return listsPhases ? null : 'no phases are listed here';
}

/** Nothing waits for a person, and no closed item of a checklist is marked. */
export function forAnswer(facts: Facts): string | null {
  return facts.judges ? null : waitsForStep(facts);
}

/** The step cannot be recorded by hand. */
export function forRecord(facts: Facts): string | null {
  const { question } = facts;
  if (question === null || facts.ended) return waitsForStep(facts);
  switch (question.kind) {
    case 'ready':
    case 'failure':
      return null;
    case 'approve':
    case 'no-go':
      return `a gate cannot be marked done: answer it (${keyOf(facts.keys, 'answer')})`;
    default:
      return 'only a step that is next, or that failed, can be recorded by hand';
  }
}

/** The step cannot be skipped. */
export function forSkip(facts: Facts): string | null {
  const { question } = facts;
  if (question === null || facts.ended) return waitsForStep(facts);
  switch (question.kind) {
    case 'approve':
    case 'no-go':
      return `a gate cannot be skipped: answer it (${keyOf(facts.keys, 'answer')})`;
    case 'variable':
    case 'obligations':
    case 'held':
    case 'over':
    case 'earlier':
    case 'choose':
      return `this cannot be skipped: answer it, or pause with ${keyOf(facts.keys, 'abort')}`;
    case 'in-doubt':
      return `settle what is in doubt first (${keyOf(facts.keys, 'answer')})`;
    default:
      return null;
  }
}

export const nothingToUndo = 'an audit changes nothing, so there is nothing to roll back';

/** An audit has nothing to roll back. */
export function noRollback({ audit }: Facts): string | null {
  return audit === 'own' ? nothingToUndo : null;
}

/** There is nothing to roll back, or it has begun. */
export function forRollback(facts: Facts): string | null {
  if (facts.ended) return endedText(facts);
  if (facts.rollbackBegan) return 'the rollback has begun: its steps are at the end of the list';
  return facts.changed ? null : 'nothing was changed yet, so there is nothing to roll back';
}

/** The run has ended. */
export const ended = (facts: Facts): string | null => (facts.ended ? endedText(facts) : null);

/** Running on begins where a step is ready, and ends by the same key. */
export function forRunOn(facts: Facts): string | null {
  if (facts.runsOn) return null;
  const { question } = facts;
  if (question === null || facts.ended) return waitsForStep(facts);
  return question.kind === 'ready'
    ? null
    : `a question waits: answer it (${keyOf(facts.keys, 'answer')}), then ${keyOf(facts.keys, 'run-on')} runs on`;
}

/** There is something to repeat. */
export function forRunOnAgain(facts: Facts): string | null {
  return facts.ranOn ? forRunOn(facts) : `${keyOf(facts.keys, 'run-on')} was not used in this run yet`;
}
