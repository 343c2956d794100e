/** Every lint rule, in the order in which they run. What they report is put into reading order afterwards. */
import type { Rule } from '../model.ts';
import { argumentsAreNoOptions } from './arguments-are-no-options.ts';
import { capturedOnce } from './captured-once.ts';
import { copiesIdsDiffer } from './copies-ids-differ.ts';
import { dangerNeedsTarget } from './danger-needs-target.ts';
import { expressionsFit } from './expressions-fit.ts';
import { gatesAreNotPassed } from './gates-are-not-passed.ts';
import { gatesCanOpen } from './gates-can-open.ts';
import { gotoStays } from './goto-stays.ts';
import { namesInScripts } from './names-in-scripts.ts';
import { noPlaceholders } from './no-placeholders.ts';
import { parallelIsAutomatic } from './parallel-is-automatic.ts';
import { requirementsEnd } from './requirements-end.ts';
import { rollbackEnds } from './rollback-ends.ts';
import { scriptsStandAlone } from './scripts-stand-alone.ts';
import { secretsStayInside } from './secrets-stay-inside.ts';
import { settlesDebts } from './settles-debts.ts';
import { terminalShowsSecrets } from './terminal-shows-secrets.ts';
import { undoCovers } from './undo-covers.ts';
import { undoIdsDiffer } from './undo-ids-differ.ts';
import { unreviewed } from './unreviewed.ts';
import { variablesAreSet } from './variables-are-set.ts';
import { versionsCompare } from './versions-compare.ts';

export const rules: readonly Rule[] = [
  expressionsFit,
  scriptsStandAlone,
  variablesAreSet,
  capturedOnce,
  secretsStayInside,
  terminalShowsSecrets,
  gotoStays,
  dangerNeedsTarget,
  settlesDebts,
  undoCovers,
  undoIdsDiffer,
  copiesIdsDiffer,
  rollbackEnds,
  parallelIsAutomatic,
  gatesCanOpen,
  gatesAreNotPassed,
  requirementsEnd,
  noPlaceholders,
  argumentsAreNoOptions,
  namesInScripts,
  versionsCompare,
  unreviewed,
];
