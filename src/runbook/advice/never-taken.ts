import { compileScope, mentions } from '../expression.ts';
import { inside } from '../model.ts';
import type { LintRule } from './lint-rule.ts';

/** A `when` that cannot be true. */
export const neverTaken: LintRule = {
  id: 'never-taken',
  explanation:
    'The condition of this step cannot be true: it is false as it stands, or compares a variable with a value that is none of its ' +
    'choices. The step would never be taken.',
  bad: "vars: { env: { ask: Where, choices: [staging, production] } }\nphases: { deploy: [{ run: ./deploy, when: env == 'prod' }] }",
  good: "vars: { env: { ask: Where, choices: [staging, production] } }\nphases: { deploy: [{ run: ./deploy, when: env == 'production' }] }",
  check: ({ steps, variables }, report) => {
    for (const { step, place } of steps.values()) {
      const at = inside(place, 'when');
      if (step.when === undefined || !at.doc.tree.has(at.path)) continue;
      const wrong = impossible(step.when, (name) => variables.get(name)?.variable.choices ?? null);
      if (wrong !== null) report.value(at, wrong, 'correct the condition, or take the step away');
    }
  },
};

function impossible(when: string, choicesOf: (name: string) => readonly string[] | null): string | null {
  if (mentions(when).length === 0) {
    const result = compileScope({ variables: {}, extra: {}, steps: {} }).evaluate(when, {});
    return result.ok && result.value === false ? 'this condition is never true' : null;
  }
  const [, left = '', quoted = ''] = /^\s*([a-z][a-z0-9_]*)\s*==\s*(?:"([^"\\]*)"|'([^'\\]*)')\s*$/.exec(when) ?? [];
  const value = quoted || (/'([^'\\]*)'\s*$/.exec(when)?.[1] ?? '');
  const choices = left === '' ? null : choicesOf(left);
  if (choices === null || choices.includes(value)) return null;
  return `${left} is never ${JSON.stringify(value)}: it is one of ${choices.join(', ')}`;
}
