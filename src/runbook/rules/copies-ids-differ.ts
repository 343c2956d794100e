/** Copies that the run makes are called `ID_1`, `ID_2`, …: no step that is written may have such a name. */
import { inside, type Rule } from '../model.ts';

export const copiesIdsDiffer: Rule = ({ steps }, problems) => {
  const marked = /_N\d+/;
  const ids = [...steps.keys()];
  for (const pattern of ids.filter((id) => marked.test(id))) {
    const copies = new RegExp(`^${pattern.replaceAll(/_N\d+/g, '_[1-9]\\d{0,3}')}$`);
    for (const id of ids) {
      const other = steps.get(id);
      if (other === undefined || marked.test(id) || !copies.test(id)) continue;
      const message = `the id ${id} is what a copy of ${pattern.replaceAll(/_N\d+/g, '')} will be called`;
      problems.value(inside(other.place, 'id'), 'duplicate-id', message, 'give one of the steps another id');
    }
  }
};
