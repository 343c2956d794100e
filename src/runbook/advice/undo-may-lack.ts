import type { Subject, Use } from '../model.ts';
import { variablesRead } from '../rules/script-variables.ts';
import type { LintRule } from './lint-rule.ts';

/** An undo that needs a value which the step's own failure leaves unset. */
export const undoMayLack: LintRule = {
  id: 'undo-may-lack',
  explanation:
    'This undo uses a variable that only its own step, or a later one, captures. When that step fails, the variable is unset, and the ' +
    'undo fails when it is needed most. Capture the value in a step before.',
  bad: 'phases:\n  deploy:\n    - run: ./create\n      capture: id\n      undo: { run: ./remove "$id" }',
  good: 'phases:\n  pre-deploy:\n    - check: ./next-id\n      capture: id\n  deploy:\n    - run: ./create "$id"\n      undo: { run: ./remove "$id" }',
  check: (subject, report) => {
    const order = [...subject.steps.values()];
    for (const use of subject.uses) {
      const owner = order.findIndex(
        ({ place }) => place.doc === use.at.doc && isUnder(use.at.path, [...place.path, 'undo']),
      );
      if (owner === -1) continue;
      for (const { name, start, end } of namesIn(use)) {
        if (use.env.includes(name) || !isLate(subject, order, owner, name)) continue;
        report.at(use, start, end, `${name} is unset when this step fails`, `capture ${name} in a step before`);
      }
    }
  },
};

type Order = readonly { readonly place: { readonly doc: unknown; readonly path: readonly (string | number)[] } }[];

/** True when nothing before step `owner` sets `name`, and something else does. */
function isLate({ captures, variables }: Subject, order: Order, owner: number, name: string): boolean {
  const declared = variables.get(name)?.variable;
  const given = [declared?.literal, declared?.ask, declared?.env, declared?.default].some(
    (source) => source !== undefined,
  );
  const setters = captures.filter((capture) => capture.name === name);
  if (given || setters.length === 0) return false;
  return setters.every(({ place }) => {
    const at = order.findIndex((step) => step.place.doc === place.doc && isUnder(place.path, step.place.path));
    return at >= owner;
  });
}

function isUnder(path: readonly (string | number)[], base: readonly (string | number)[]): boolean {
  return base.every((part, index) => path[index] === part);
}

function namesIn(use: Use): readonly { readonly name: string; readonly start: number; readonly end: number }[] {
  if (use.kind === 'script') return variablesRead(use.text);
  if (use.kind !== 'template' && use.kind !== 'words') return [];
  return [...use.text.matchAll(/\$\{\{\s*([a-z][a-z0-9_]*)\s*\}\}/g)].map(({ 0: whole, 1: name = '', index }) => ({
    name,
    start: index,
    end: index + whole.length,
  }));
}
