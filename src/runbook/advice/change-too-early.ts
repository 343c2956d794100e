import type { LintRule } from './lint-rule.ts';
import { changes, isLate, namesIn, orderOf } from './undo-may-lack.ts';

/** A `change` that needs a value which nothing has captured yet when it is recorded. */
export const changeTooEarly: LintRule = {
  id: 'change-too-early',
  explanation:
    'What a runbook changes is recorded before its first step that changes something, so all of it is known by then. A variable ' +
    'that this step or a later one captures is not, and the step fails before it begins. Let a step before capture it: one that ' +
    'builds or reads and changes nothing that matters says `effect: read`.',
  bad: 'change: { artefacts: [{ name: app.tar, sha256: "${{ digest }}" }] }\nphases: { build: [{ run: ./build, capture: digest }] }',
  good: 'change: { artefacts: [{ name: app.tar, sha256: "${{ digest }}" }] }\nphases: { build: [{ run: ./build, effect: read, capture: digest }] }',
  check: (subject, report) => {
    const order = orderOf(subject);
    const steps = [...subject.steps.values()];
    const first = steps.findIndex(({ step, zone }) => zone !== 'rollback' && changes(step));
    if (first === -1) return;
    for (const use of subject.uses) {
      if (use.at.path[0] !== 'change') continue;
      for (const { name, start, end } of namesIn(use)) {
        if (!isLate(subject, order, first, name)) continue;
        const by = steps[first]?.step.id ?? '';
        const message = `${name} is not captured yet when the change is recorded, right before ${by}`;
        report.at(use, start, end, message, `capture ${name} before it, in a step with effect: read`);
      }
    }
  },
};
