/** `undo: ID` leads to a step that really has an undo. */
import { inside, type Rule } from '../model.ts';

export const undoCovers: Rule = ({ steps }, problems) => {
  for (const { step, place } of steps.values()) {
    if (step.undo.kind !== 'covered') continue;
    const at = inside(place, 'undo');
    const { by } = step.undo;
    const hint = 'name a step with an undo of its own';
    if (by === step.id) problems.value(at, 'undo-covers', 'a step cannot be covered by its own undo', hint);
    else if (steps.get(by)?.step.undo.kind !== 'bodies')
      problems.value(at, 'undo-covers', `step ${by} has no undo`, hint);
  }
};
