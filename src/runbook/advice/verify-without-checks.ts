import type { Step } from '../document.ts';
import type { LintRule } from './lint-rule.ts';

/** A phase that is called verify and verifies nothing. */
export const verifyWithoutChecks: LintRule = {
  id: 'verify-without-checks',
  explanation:
    'Nothing in this phase can fail: no step reads anything of the system that was changed. A release would be called good whatever ' +
    'came of it.',
  bad: 'phases:\n  verify:\n    - manual: Look at the dashboard.',
  good: 'phases:\n  verify:\n    - http: http://127.0.0.1:8080/health\n      expect: json.status == "ok"',
  check: ({ main, runbook }, report) => {
    for (const phase of runbook.phases) {
      if (!/^(?:verify|verification|post-deploy|smoke(?:-tests?)?)$/.test(phase.id) || runbook.kind === 'checklist')
        continue;
      if (phase.steps.some(canFail)) continue;
      report.key(
        { doc: main, path: ['phases', phase.id] },
        `the phase ${phase.id} verifies nothing`,
        'let a step check or probe what was changed',
      );
    }
  },
};

function canFail(step: Step): boolean {
  if (step.blocks.some(({ steps }) => steps.some(canFail))) return true;
  if (step.flow === 'checklist' || step.expect.length > 0) return true;
  if (step.effect === 'person' || step.effect === 'gate' || step.action === 'notify') return false;
  return !isTrivial(step);
}

/** A script that only says something. */
export function isTrivial({ params }: Pick<Step, 'params'>): boolean {
  const script = typeof params === 'object' && params !== null && 'script' in params ? params.script : null;
  return typeof script === 'string' && /^\s*(?:true|:|exit 0|(?:echo|printf)\b[^\n;&|]*)\s*$/.test(script);
}
