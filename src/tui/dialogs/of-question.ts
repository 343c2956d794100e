/**
 * The registry of dialogs: one line for each kind of question. A kind without a dialog does not compile.
 */
import { lastAnswer } from '../../run/judging.ts';
import type { Question } from '../../run/question.ts';
import { capturedBy } from '../../run/response.ts';
import type { RunState } from '../../run/state.ts';
import type { Dialog } from './dialog.ts';
import { approveDialog } from './questions/approve.ts';
import { askDialog } from './questions/ask.ts';
import { chooseDialog } from './questions/choose.ts';
import { dangerDialog } from './questions/danger.ts';
import { doneWhenDialog } from './questions/done-when.ts';
import { driftDialog } from './questions/drift.ts';
import { earlierDialog } from './questions/earlier.ts';
import { failureDialog } from './questions/failure.ts';
import { handoverDialog } from './questions/handover.ts';
import { heldDialog } from './questions/held.ts';
import { doubtDialog } from './questions/in-doubt.ts';
import { itemDialog } from './questions/item.ts';
import { manualDialog } from './questions/manual.ts';
import { noGoDialog } from './questions/no-go.ts';
import { notifyDialog } from './questions/notify.ts';
import { obligationsDialog } from './questions/obligations.ts';
import { overDialog } from './questions/over.ts';
import { reviewDialog } from './questions/review.ts';
import { variableDialog } from './questions/variable.ts';
import { windowDialog } from './questions/window.ts';

/** The dialog of an open question; null for `ready`, which the run screen's own keys answer. */
export function dialogFor(question: Question, state: RunState): Dialog | null {
  switch (question.kind) {
    case 'ready':
      return null;
    case 'variable':
      return variableDialog(question);
    case 'review':
      return reviewDialog(question);
    case 'danger':
      return dangerDialog(question);
    case 'done-when':
      return doneWhenDialog(question);
    case 'drift':
      return driftDialog(question);
    case 'held':
      return heldDialog(question);
    case 'over':
      return overDialog(question);
    case 'earlier':
      return earlierDialog(question);
    case 'manual':
      return manualDialog(question);
    case 'ask':
      return askDialog(question);
    case 'choose':
      return chooseDialog(question);
    case 'approve':
      return approveDialog(question, state);
    case 'failure':
      return failureDialog(question, capturedBy(state, question.step));
    case 'in-doubt':
      return doubtDialog(question);
    case 'no-go':
      return noGoDialog(question, state);
    case 'item':
      return itemDialog(question, lastAnswer(state));
    case 'notify':
      return notifyDialog(question);
    case 'window':
      return windowDialog(question);
    case 'handover':
      return handoverDialog(question, state);
    case 'obligations':
      return obligationsDialog(question);
  }
}
