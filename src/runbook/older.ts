/**
 * Runbooks as older gonogos compiled them, for comparing with what they recorded. What they took and this one refuses is marked
 * where it is found, by `newer` of the problems.
 *
 * Invariant: only what an older one took for a document is worded as it did: whatever uses something newer has no older wording, so
 * nothing is taken away from it by recording it as old.
 */
import type { Runbook, Step } from './document.ts';
import { isMap } from './model.ts';

/**
 * How a document is read that is on record as run: what earlier releases took is then no error. `gates-inherit`: as before gates
 * took over no `on_fail` with which they are passed.
 */
export type Recorded = 'as-now' | 'gates-inherit';

/** The ways to read what is on record, in the order in which they are tried. */
const ofBefore: readonly Recorded[] = ['as-now', 'gates-inherit'];

/** In which ways the documents of a run by `rules` may be meant; null: as they are read now and in no other. Rules 3 and all behind them know no other. */
export function recordingsBy(rules: number): readonly (Recorded | null)[] {
  return rules >= 3 ? [null] : ofBefore;
}

/** `runbook` as it was compiled before gates asked for independence; null when it uses what came with that. */
export function beforeIndependence(runbook: Runbook): Runbook | null {
  let newer = false;
  const older = (step: Step): Step => {
    const params = step.action === 'approve' ? olderGate(step) : step.params;
    if (params === null) newer = true;
    return {
      ...step,
      params: params ?? step.params,
      blocks: step.blocks.map((block) => ({ ...block, steps: block.steps.map(older) })),
    };
  };
  const phases = runbook.phases.map((phase) => ({ ...phase, steps: phase.steps.map(older) }));
  const rollback = { ...runbook.rollback, steps: runbook.rollback.steps.map(older) };
  return newer ? null : { ...runbook, phases, rollback };
}

function olderGate({ params, approvers }: Step): Step['params'] | null {
  if (!isMap(params) || approvers !== undefined) return null;
  const { independent, expires, emergency, ...older } = params;
  return independent === true && expires === null && emergency === null ? older : null;
}
