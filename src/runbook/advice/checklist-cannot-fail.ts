import { compileScope, mentions } from '../expression.ts';
import { inside } from '../model.ts';
import type { LintRule } from './lint-rule.ts';
import { isTrivial } from './verify-without-checks.ts';

/** A checklist, or an item of one, that is passed whatever is found. */
export const checklistCannotFail: LintRule = {
  id: 'checklist-cannot-fail',
  explanation:
    'This is passed whatever is found: a verdict that is always true, an item whose command always succeeds, or one that looks at ' +
    'files and expects nothing of them.',
  bad: 'checklist: Ready\nverdict: "true"\ncategories: { all: { items: [{ title: Tests, check: "true" }] } }',
  good: 'checklist: Ready\nverdict: blockers == 0\ncategories: { all: { items: [{ title: Tests, check: make test }] } }',
  check: ({ main, steps, runbook }, report) => {
    const verdict = runbook.checklist?.verdict;
    if (verdict !== undefined && mentions(verdict).length === 0) {
      const result = compileScope({ variables: {}, extra: {}, steps: {} }).evaluate(verdict, {});
      if (result.ok && result.value === true) {
        report.value(
          { doc: main, path: ['verdict'] },
          'this verdict is always go',
          'say what a go needs: blockers == 0 && score >= 8.0',
        );
      }
    }
    for (const { step, place, spec, zone } of steps.values()) {
      if (zone !== 'item' || step.item?.fact !== undefined || step.expect.some((text) => text.trim() !== 'true'))
        continue;
      if (spec.foundWhen !== undefined)
        report.value(
          inside(place, spec.name),
          `${step.id} passes whatever ${spec.name} finds`,
          `say what is expected, as in expect: ${spec.foundWhen}`,
        );
      if (!isTrivial(step)) continue;
      report.value(
        inside(place, spec.name),
        `${step.id} always passes`,
        'look at something that can be wrong, or ask a person: manual',
      );
    }
  },
};
