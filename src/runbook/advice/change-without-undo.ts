import { inside, type LocatedStep, type Subject } from '../model.ts';
import type { LintRule } from './lint-rule.ts';

/** A change that a rollback would leave as it is. */
export const changeWithoutUndo: LintRule = {
  id: 'change-without-undo',
  explanation:
    'This runbook can be rolled back, but this step changes something and has no undo, so a rollback leaves its change in place. Give ' +
    'it an undo, name the step whose undo covers it, say undo: none with why it may stay, say effect: idempotent or read if that is true, ' +
    'or say danger: true if it is the point of no return.',
  bad: 'phases:\n  deploy:\n    - run: ./stop\n    - run: ./switch\n      undo: { run: ./switch --back }',
  good: 'phases:\n  deploy:\n    - run: ./stop\n      undo: { run: ./start }\n    - run: ./switch\n      undo: { run: ./switch --back }',
  check: (subject, report) => {
    if (!isUndoable(subject)) return;
    for (const located of subject.steps.values()) {
      if (isPointOfNoReturn(located)) return;
      const { step, place, zone, spec } = located;
      const changes =
        step.effect === 'once' && step.unreviewed !== true && spec.flow === 'leaf' && step.action !== 'notify';
      if (zone === 'rollback' || zone === 'item' || !changes || step.undo.kind !== 'none') continue;
      if (step.undo.meant === true) continue;
      report.key(
        inside(place, spec.name),
        `${step.id} changes something, and a rollback leaves it so`,
        'undo: {run: …}, undo: ID of the step that covers it, or undo: none with why',
      );
    }
  },
};

/** Somebody meant this to be taken back: a step has an undo, or a failure rolls back. */
function isUndoable({ steps, runbook }: Subject): boolean {
  if (runbook.kind === 'checklist') return false;
  return [...steps.values()].some(
    ({ step, zone }) => zone !== 'rollback' && (step.undo.kind !== 'none' || step.onFail === 'rollback'),
  );
}

function isPointOfNoReturn({ step }: LocatedStep): boolean {
  return step.danger && step.undo.kind === 'none';
}
