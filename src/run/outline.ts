/**
 * Where each step of a runbook stands: its phase, its list and its parent, computed once per document.
 *
 * Invariants: every step of the document has exactly one place; ids of undo steps are derived here and nowhere else.
 */
import type { Body, Runbook, Step, StepId } from '../runbook/document.ts';

/** `parent` null: directly in a phase, or in `rollback.steps` when `phase` is null. */
export interface Place {
  readonly step: Step;
  /** Id of the phase; null in `rollback.steps`. */
  readonly phase: string | null;
  readonly list: readonly Step[];
  readonly index: number;
  readonly parent: Place | null;
  /** Index of the parent's block. */
  readonly block: number;
}

/** One undo body under the step id that it runs as. */
export interface UndoStep {
  readonly id: StepId;
  readonly of: StepId;
  readonly index: number;
  readonly body: Body;
}

export interface Outline {
  /** In document order, phases first, then `rollback.steps`. */
  readonly places: ReadonlyMap<StepId, Place>;
  readonly undos: ReadonlyMap<StepId, UndoStep>;
}

const outlines = new WeakMap<Runbook, Outline>();

/** The outline of `runbook`; the same object for the same document. */
export function outlineOf(runbook: Runbook): Outline {
  const known = outlines.get(runbook);
  if (known !== undefined) return known;
  const places = new Map<StepId, Place>();
  const place = (list: readonly Step[], phase: string | null, parent: Place | null, block: number): void => {
    list.forEach((step, index) => {
      const here: Place = { step, phase, list, index, parent, block };
      places.set(step.id, here);
      step.blocks.forEach((inner, at) => {
        place(inner.steps, phase, here, at);
      });
    });
  };
  for (const phase of runbook.phases) place(phase.steps, phase.id, null, 0);
  place(runbook.rollback.steps, null, null, 0);
  const undos = new Map<StepId, UndoStep>();
  for (const { step } of places.values()) for (const undo of undoSteps(step)) undos.set(undo.id, undo);
  const outline: Outline = { places, undos };
  outlines.set(runbook, outline);
  return outline;
}

/** The undo of `step` as steps: `undo_ID`, or `undo_ID_1`, `undo_ID_2`, … when it is a list. */
export function undoSteps(step: Step): readonly UndoStep[] {
  if (step.undo.kind !== 'bodies') return [];
  const { bodies } = step.undo;
  return bodies.map((body, index) => ({
    id: bodies.length === 1 ? `undo_${step.id}` : `undo_${step.id}_${index + 1}`,
    of: step.id,
    index,
    body,
  }));
}

/** The body that runs under a step id, of the document or of an undo; null when the id names nothing. */
export function bodyOf(runbook: Runbook, id: StepId): Body | null {
  const outline = outlineOf(runbook);
  return outline.places.get(id)?.step ?? outline.undos.get(id)?.body ?? null;
}
