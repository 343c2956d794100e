import type { Step } from '../document.ts';
import { inside, type LocatedStep } from '../model.ts';
import type { LintRule } from './lint-rule.ts';

/** A gate that a run may come past without anybody being asked. */
export const gateMayBeMissed: LintRule = {
  id: 'gate-may-be-missed',
  explanation:
    'Nobody is asked at a gate that stands in copies over a list which may be empty, and nobody at one that a choice jumps over which ' +
    'no person makes. Put the gate before or behind the copies, and let the jump end before the gate.',
  bad:
    'vars: { hosts: { type: list, ask: Hosts? } }\nphases:\n  deploy:\n    - each: { host: "${{ hosts }}" }\n      approve: release-manager\n' +
    '    - run: ./deploy',
  good: 'vars: { hosts: { type: list, ask: Hosts? } }\nphases:\n  deploy:\n    - approve: release-manager\n    - each: { host: "${{ hosts }}" }\n      run: ./deploy',
  check: ({ steps }, report) => {
    const all = [...steps.values()];
    for (const located of all) {
      const { step, place, spec } = located;
      const gate = step.each?.lists.some(isLater) === true ? gateIn([step.each.pattern]) : null;
      if (gate !== null)
        report.key(
          inside(place, spec.name),
          'where the list is empty there is no copy, and nobody is asked at this gate',
          'put the gate before the copies, where it is asked once',
        );
      if (step.flow !== 'choose' || step.effect === 'person') continue;
      step.blocks.forEach((block, index) => {
        const over = block.goto === undefined ? null : gateIn(jumpedOver(all, located, block.goto));
        if (over !== null)
          report.value(
            inside(place, spec.name, 'options', index, 'goto'),
            `this jumps over the gate ${over.id}, and no person chooses it`,
            'jump to the gate, or to a step before it',
          );
      });
    }
  },
};

/** Known only when the run comes by; a list that is written out has values. */
function isLater({ values }: { readonly values: string }): boolean {
  return values.startsWith('${{');
}

function gateIn(steps: readonly Step[]): Step | null {
  for (const step of steps) {
    if (step.effect === 'gate' || step.flow === 'checklist') return step;
    const inner = [
      ...step.blocks.flatMap((block) => block.steps),
      ...(step.each === undefined ? [] : [step.each.pattern]),
    ];
    const gate = gateIn(inner);
    if (gate !== null) return gate;
  }
  return null;
}

/** The steps of its list between `from` and `to`; none where the jump goes back. */
function jumpedOver(all: readonly LocatedStep[], from: LocatedStep, to: string): readonly Step[] {
  const list = all.filter((one) => one.list === from.list).map(({ step }) => step);
  return list.slice(
    list.indexOf(from.step) + 1,
    Math.max(
      0,
      list.findIndex(({ id }) => id === to),
    ),
  );
}
