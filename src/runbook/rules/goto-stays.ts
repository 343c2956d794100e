/** `goto` names a step of its own list, and rollback goes one way. */
import { inside, type Rule } from '../model.ts';

export const gotoStays: Rule = ({ steps }, problems) => {
  for (const { step, place, spec, zone, list } of steps.values()) {
    step.blocks.forEach((block, index) => {
      if (block.goto === undefined) return;
      const at = inside(place, spec.name, 'options', index, 'goto');
      const target = steps.get(block.goto);
      if (zone === 'rollback') {
        problems.value(at, 'goto-rollback', 'rollback knows no goto', 'give the option steps, or let it go on');
      } else if (target !== undefined && target.list !== list) {
        const message = `goto cannot leave its list: ${block.goto} stands in another`;
        problems.value(at, 'goto-out', message, 'name a step of the same phase or block');
      }
    });
  }
};
