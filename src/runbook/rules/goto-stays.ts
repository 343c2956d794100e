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
      } else if (target === undefined) {
        // An include in a list is no step of the run: what it holds stands there instead.
        const first = [...steps.keys()].find((id) => id.startsWith(`${block.goto}_`));
        const message = `${block.goto} is an include, and its steps stand in its place`;
        const hint = first === undefined ? 'name a step' : `goto: ${first}`;
        problems.value(at, 'unknown-step', message, hint, problems.newer);
      } else if (target.list !== list) {
        const message = `goto cannot leave its list: ${block.goto} stands in another`;
        problems.value(at, 'goto-out', message, 'name a step of the same phase or block');
      }
    });
  }
};
