import type { LintRule } from './lint-rule.ts';

/** A release that does not say how it is taken back. */
export const releaseWithoutRollback: LintRule = {
  id: 'release-without-rollback',
  explanation:
    'A runbook with a deploy phase changes production. It should say how that is taken back: undo on its steps or rollback.steps.',
  bad: 'runbook: Release\nphases: { deploy: [{ run: ./deploy }] }',
  good: 'runbook: Release\nphases: { deploy: [{ run: ./deploy, undo: { run: ./deploy --back } }] }\nrollback: { triggers: [Errors above 1 %] }',
  check: ({ main, runbook, open, steps }, report) => {
    if (!isRelease(runbook, open)) return;
    const undoes =
      [...steps.values()].some(({ step }) => step.undo.kind !== 'none') || runbook.rollback.steps.length > 0;
    if (undoes) return;
    const place = { doc: main, path: ['phases', 'deploy'] };
    report.key(
      place,
      'this release does not say how it is taken back',
      'give its steps an undo, or add rollback: {steps: [...]}',
    );
  },
};

/** A release that does not say when it is taken back. */
export const releaseWithoutTriggers: LintRule = {
  id: 'release-without-triggers',
  explanation:
    'Whoever decides on a rollback under pressure needs to have been told before what calls for one: rollback.triggers. They are shown ' +
    'with the plan of the rollback and in the report.',
  bad: 'runbook: Release\nphases: { deploy: [{ run: ./deploy }] }\nrollback: { steps: [{ run: ./tell }] }',
  good: 'runbook: Release\nphases: { deploy: [{ run: ./deploy }] }\nrollback: { triggers: [A smoke test fails twice], steps: [{ run: ./tell }] }',
  check: ({ main, runbook, open, steps }, report) => {
    const undoes =
      [...steps.values()].some(({ step }) => step.undo.kind !== 'none') || runbook.rollback.steps.length > 0;
    if (!isRelease(runbook, open) || !undoes || runbook.rollback.triggers.length > 0) return;
    const path = main.tree.has(['rollback']) ? ['rollback'] : ['phases', 'deploy'];
    report.key(
      { doc: main, path },
      'nothing says what calls for a rollback',
      'rollback: {triggers: [A smoke test fails twice]}',
    );
  },
};

interface Release {
  readonly kind: string;
  readonly title: string;
  readonly phases: readonly {
    readonly id: string;
    readonly steps: readonly { readonly effect: string; readonly action: string }[];
  }[];
}

/** A runbook that calls itself a release, or prepares or verifies what it deploys, and changes something by itself. */
function isRelease({ kind, title, phases }: Release, open: boolean): boolean {
  const deploy = phases.find(({ id }) => id === 'deploy');
  const changes = deploy?.steps.some(({ effect, action }) => effect === 'once' && action !== 'notify') === true;
  const named =
    /\b(?:releas\w*|deploy\w*|roll ?-?out)\b/i.test(title) ||
    phases.some(({ id }) => /^(?:pre-deploy|verify)$/.test(id));
  return kind === 'runbook' && !open && changes && named;
}
