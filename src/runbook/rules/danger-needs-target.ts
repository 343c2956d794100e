/** `danger` is confirmed by typing the target's name, so there must be one. */
import { inside, type Rule } from '../model.ts';

export const dangerNeedsTarget: Rule = ({ steps, hasTarget }, problems) => {
  if (hasTarget) return;
  for (const { step, place } of steps.values()) {
    if (!step.danger) continue;
    const hint = 'add target: {name: …, identity: {check: …}} to the runbook';
    problems.key(inside(place, 'danger'), 'danger-target', 'danger needs a target, whose name confirms it', hint);
  }
};
