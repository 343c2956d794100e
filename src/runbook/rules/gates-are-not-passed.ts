/** A gate that says no is neither ignored nor gone over: what it guards is not changed then. */
import { inside, type Rule } from '../model.ts';

export const gatesAreNotPassed: Rule = ({ steps }, problems) => {
  for (const { step, place } of steps.values()) {
    const own = place.doc.tree.has([...place.path, 'on_fail']);
    if (step.effect !== 'gate' || !own || (step.onFail !== 'ignore' && step.onFail !== 'continue')) continue;
    const message = `${step.action} is a gate, and nobody goes on when it says no`;
    problems.value(
      inside(place, 'on_fail'),
      'gate-passed',
      message,
      'take on_fail away, or roll back: on_fail: rollback',
      problems.newer,
    );
  }
};
