import { refersTo } from '../expression.ts';
import { inside, type Subject } from '../model.ts';
import { expressionsIn } from '../rules/expressions-in.ts';
import { variablesRead } from '../rules/script-variables.ts';
import type { LintRule } from './lint-rule.ts';

/** A `done_when` after which nothing has set what the step would have captured. */
export const doneLeavesUnset: LintRule = {
  id: 'done-leaves-unset',
  explanation:
    'Where its done_when holds the step does not run, so it captures nothing, and the steps that use its variable fail. Let done_when ' +
    'capture it, or say `or: ask` in the variable.',
  bad: 'phases:\n  deploy:\n    - run: ./create\n      capture: id\n      done_when: { check: ./exists }\n    - run: ./start "$id"',
  good: 'phases:\n  deploy:\n    - run: ./create\n      capture: id\n      done_when: { check: ./exists, capture: id }\n    - run: ./start "$id"',
  check: (subject, report) => {
    for (const { step, place } of subject.steps.values()) {
      if (step.doneWhen === undefined || !place.doc.tree.has([...place.path, 'done_when'])) continue;
      const kept = step.doneWhen.capture;
      const left = Object.keys(step.capture).find(
        (name) => !Object.hasOwn(kept, name) && isSetHereOnly(subject, name) && isUsedBeside(subject, name, place.path),
      );
      if (left === undefined) continue;
      const hint = `done_when: { check: …, capture: ${left} }`;
      report.key(inside(place, 'done_when'), `where this holds nothing sets ${left}`, hint);
    }
  },
};

function isSetHereOnly({ captures, variables }: Subject, name: string): boolean {
  const { ask, env, from, or, literal, default: preset } = variables.get(name)?.variable ?? {};
  const given = [ask, env, from, or, literal, preset].some((source) => source !== undefined);
  return !given && captures.filter((one) => one.name === name).length === 1;
}

/** Outside the step itself, whose undo runs only where it ran. */
function isUsedBeside({ uses }: Subject, name: string, own: readonly unknown[]): boolean {
  return uses.some((use) => {
    if (own.every((part, at) => use.at.path[at] === part) || use.env.includes(name)) return false;
    if (use.kind === 'script') return variablesRead(use.text).some((one) => one.name === name);
    return expressionsIn(use).expressions.some(({ source }) => refersTo(source).has(name));
  });
}
