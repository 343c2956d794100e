/** What runs at the same time needs nobody, save for a choice between ways on: one person cannot do several steps at once. */
import type { Effect } from '../document.ts';
import { inside, type LocatedStep, type Rule } from '../model.ts';

export const parallelIsAutomatic: Rule = ({ steps }, problems) => {
  for (const located of steps.values()) {
    if (located.zone !== 'parallel') continue;
    const key = wrongKey(located);
    if (key === null) continue;
    const hint = 'put it before or after the parallel step';
    problems.key(inside(located.place, key), 'parallel', `${key} has no place in parallel: it needs a person`, hint);
  }
};

function wrongKey({ step, spec }: LocatedStep): string | null {
  if (spec.flow === 'checklist' || (spec.flow === 'leaf' && isForPerson(step.effect))) return spec.name;
  if (step.danger) return 'danger';
  return step.tty ? 'tty' : null;
}

function isForPerson(effect: Effect): boolean {
  return effect === 'person' || effect === 'gate';
}
