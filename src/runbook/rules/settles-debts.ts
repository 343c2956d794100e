/** `settles` closes a debt that some step opens. */
import { inside, type Rule } from '../model.ts';

export const settlesDebts: Rule = ({ steps }, problems) => {
  const owing = [...steps.values()].filter(({ step }) => step.owes !== undefined).map(({ step }) => step.id);
  for (const { step, place } of steps.values()) {
    if (step.settles === undefined) continue;
    const target = steps.get(step.settles);
    const hint = owing.length === 0 ? 'no step owes anything' : `steps that owe: ${owing.slice(0, 20).join(', ')}`;
    const at = inside(place, 'settles');
    if (step.settles === step.id) problems.value(at, 'settles', 'a step cannot settle its own debt', hint);
    else if (target?.step.owes === undefined) problems.value(at, 'settles', `step ${step.settles} owes nothing`, hint);
  }
};
