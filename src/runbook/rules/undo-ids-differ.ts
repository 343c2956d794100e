/** Undo steps are called `undo_ID`, those of a list `undo_ID_1`, `undo_ID_2`, …: no two may end up with one name. */
import { inside, type LocatedStep, type Rule } from '../model.ts';

export const undoIdsDiffer: Rule = ({ steps }, problems) => {
  const first = new Map<string, string>();
  for (const located of steps.values()) {
    for (const id of undoIds(located)) {
      const other = first.get(id);
      if (other === undefined) first.set(id, located.step.id);
      else {
        const message = `an undo of ${other} and one of ${located.step.id} would both be called ${id}`;
        problems.key(inside(located.place, 'undo'), 'undo-ids', message, 'give one of the steps another id');
      }
    }
  }
};

function undoIds({ step }: LocatedStep): readonly string[] {
  if (step.undo.kind !== 'bodies') return [];
  const one = `undo_${step.id}`;
  return step.undo.bodies.length === 1 ? [one] : step.undo.bodies.map((_, index) => `${one}_${index + 1}`);
}
