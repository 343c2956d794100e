/** The step is next: asked of a guided run, and of steps that an answers file may skip. Answers: run, skip, passed, pause, rollback. */

import { forms } from '../answer-form.ts';
import { type Arrival, changesSomething, headOf, plainHeadOf } from '../arrival.ts';
import { draftBy } from '../draft.ts';
import { accepts, leavesOut, refuses } from '../response.ts';
import { shown, type View } from '../scope.ts';
import { type AtStep, answeredByAny, byVisit, type QuestionKind } from './kind.ts';

export interface ReadyQuestion extends AtStep {
  readonly kind: 'ready';
  readonly summary: string;
  readonly changes: boolean;
}

/** Asks for the order to run an automatic step. */
export function readyQuestion(arrival: Arrival, view: View): ReadyQuestion {
  const summary = shown(arrival.step.summary, view);
  return { kind: 'ready', ...headOf(arrival, view), summary, changes: changesSomething(arrival) };
}

/** Asks for the order to run the steps that `arrival.step` holds. */
export function readyTogether(arrival: Arrival): ReadyQuestion {
  const { summary, blocks, each } = arrival.step;
  const inside = each === undefined ? blocks.flatMap(({ steps }) => steps) : [each.pattern];
  const changes = inside.some(({ effect }) => effect !== 'read');
  return { kind: 'ready', ...plainHeadOf(arrival), summary, changes };
}

export const ready: QuestionKind<ReadyQuestion> = {
  identity: byVisit,
  waitsFor: ({ step }) => `the order to run ${step}`,
  respond: ({ state, question: { step, visit }, answer, actor }) => {
    switch (answer.kind) {
      case 'run':
        return accepts(draftBy(actor, 'step.ordered', { step, visit }));
      case 'skip':
      case 'passed':
        return leavesOut(state, { step, visit }, answer, 'pending', actor);
      default:
        return refuses(`${step} waits for: run, skip, mark done by hand, roll back or pause`);
    }
  },
  forms: [forms.skip],
  // An entry that is not "skip" says nothing against running the step.
  unsaid: () => ({ kind: 'run' }),
  answeredBy: answeredByAny('step.skipped'),
};
