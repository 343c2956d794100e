/** A rollback does not start another. */
import { inside, type Rule } from '../model.ts';

export const rollbackEnds: Rule = ({ steps }, problems) => {
  for (const { step, place, zone } of steps.values()) {
    const own = place.doc.tree.has([...place.path, 'on_fail']);
    if (zone !== 'rollback' || step.onFail !== 'rollback' || !own) continue;
    const hint = 'a failed step of the rollback pauses; on_fail: continue goes on';
    problems.value(inside(place, 'on_fail'), 'rollback-in-rollback', 'a rollback cannot be rolled back', hint);
  }
};
