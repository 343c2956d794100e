/** A gate that asks for more people than its roles hold never opens. */
import { approversMax, namesIn } from '../compile-roles.ts';
import { inside, isMap, type Rule } from '../model.ts';

export const gatesCanOpen: Rule = ({ steps }, problems) => {
  for (const { step, place } of steps.values()) {
    if (step.action !== 'approve') continue;
    const at = inside(place, 'approve');
    if (namesIn(step.params).some((name) => name.includes('${{'))) {
      problems.value(at, 'template-here', 'who may approve is fixed and takes no ${{ }}', 'write the names out');
    }
    // Without roles a name may be meant for one, as it was before documents said who is in them.
    const most = step.approvers === undefined ? null : approversMax({ step });
    const count = isMap(step.params) && typeof step.params['count'] === 'number' ? step.params['count'] : 1;
    if (most === null || most >= count) continue;
    const names = namesIn(step.params).join(', ');
    const people = most === 1 ? 'one person' : `${most} people`;
    const message = `it asks for ${count} different people, and from names ${people}: ${names}`;
    problems.warn(at, 'approvers-too-few', message, 'say who is in a role: roles: {ROLE: [NAME, NAME]} beside phases');
  }
};
