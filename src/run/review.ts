/** What nobody had looked at, after somebody has: the step of the runbook says what it is, and is asked about no more. */
import type { Block, Body, Effect, Runbook, Step, StepId } from '../runbook/document.ts';
import { bodyOf, outlineOf } from './outline.ts';

/** What a command may be reviewed as. */
export type ReviewedAs = Extract<Effect, 'read' | 'idempotent' | 'once'>;

/** `runbook` with the step or the undo `id` reviewed. */
export function reviewed(runbook: Runbook, id: StepId, as: ReviewedAs): Runbook {
  const undo = outlineOf(runbook).undos.get(id);
  const of = undo?.of ?? id;
  const change = (step: Step): Step => {
    const blocks = step.blocks.map((block): Block => ({ ...block, steps: block.steps.map(change) }));
    const here = step.blocks.length === 0 ? step : { ...step, blocks };
    if (here.id !== of) return here;
    return undo === undefined ? settledStep(here, as) : undoReviewed(here, undo.index, as);
  };
  return {
    ...runbook,
    phases: runbook.phases.map((phase) => ({ ...phase, steps: phase.steps.map(change) })),
    rollback: { ...runbook.rollback, steps: runbook.rollback.steps.map(change) },
  };
}

/** `compiled` with everything reviewed that is so in `known`, the runbook of a run. */
export function reviewedAsIn(known: Runbook, compiled: Runbook): Runbook {
  const { places, undos } = outlineOf(compiled);
  let runbook = compiled;
  for (const id of [...places.keys(), ...undos.keys()]) {
    const body = bodyOf(known, id);
    const open = bodyOf(compiled, id)?.unreviewed === true && body !== null && body.unreviewed !== true;
    if (open && isReviewedAs(body.effect)) runbook = reviewed(runbook, id, body.effect);
  }
  return runbook;
}

function isReviewedAs(effect: Effect): effect is ReviewedAs {
  return effect === 'read' || effect === 'idempotent' || effect === 'once';
}

function undoReviewed(step: Step, index: number, as: ReviewedAs): Step {
  if (step.undo.kind !== 'bodies') return step;
  const bodies = step.undo.bodies.map((body, at) => (at === index ? settledBody(body, as) : body));
  return { ...step, undo: { kind: 'bodies', bodies } };
}

function settledBody({ unreviewed: _, ...body }: Body, as: ReviewedAs): Body {
  return { ...body, effect: as };
}

function settledStep({ unreviewed: _, ...step }: Step, as: ReviewedAs): Step {
  return { ...step, effect: as };
}
