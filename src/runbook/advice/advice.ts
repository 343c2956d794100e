/** Every rule that gives advice, by id. A rule is added by its file and its line here. */
import { changeTooEarly } from './change-too-early.ts';
import { changeWithoutUndo } from './change-without-undo.ts';
import { checklistCannotFail } from './checklist-cannot-fail.ts';
import { doneLeavesUnset } from './done-leaves-unset.ts';
import { gateMayBeMissed } from './gate-may-be-missed.ts';
import type { LintRule } from './lint-rule.ts';
import { neverTaken } from './never-taken.ts';
import { pipeIntoHead } from './pipe-into-head.ts';
import { pipedIntoShell } from './piped-into-shell.ts';
import { releaseWithoutRollback, releaseWithoutTriggers } from './release-without-rollback.ts';
import { unboundedWait } from './unbounded-wait.ts';
import { undoMayLack } from './undo-may-lack.ts';
import { unusedVariable } from './unused-variable.ts';
import { verifyWithoutChecks } from './verify-without-checks.ts';
import { versionAsText } from './version-as-text.ts';

export const advice: readonly LintRule[] = [
  changeTooEarly,
  changeWithoutUndo,
  checklistCannotFail,
  gateMayBeMissed,
  doneLeavesUnset,
  neverTaken,
  pipeIntoHead,
  pipedIntoShell,
  releaseWithoutRollback,
  releaseWithoutTriggers,
  unboundedWait,
  undoMayLack,
  unusedVariable,
  verifyWithoutChecks,
  versionAsText,
];
