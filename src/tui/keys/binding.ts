/** What a key binding is: where it is heard, what it asks for, what is said about it, and why it does nothing now. */
import type { Question } from '../../run/question.ts';

/** Where a key is pressed, innermost first: a dialog's part, then a pane, then the screen. */
export type Scope =
  | 'form'
  | 'menu'
  | 'confirm'
  | 'reader'
  | 'plan'
  | 'find'
  | 'found'
  | 'home'
  | 'steps'
  | 'detail'
  | 'output'
  | 'run'
  | 'finished'
  | 'always';

export type CommandName =
  | 'accept'
  | 'close'
  | 'next-field'
  | 'previous-field'
  | 'erase'
  | 'erase-all'
  | 'left'
  | 'right'
  | 'start-of-line'
  | 'end-of-line'
  | 'menu-moved'
  | 'yes'
  | 'no'
  | 'up'
  | 'down'
  | 'page-up'
  | 'page-down'
  | 'first'
  | 'last'
  | 'follow'
  | 'stream'
  | 'wrap'
  | 'save'
  | 'page'
  | 'copy'
  | 'errors'
  | 'side-by-side'
  | 'other-pane'
  | 'narrower'
  | 'wider'
  | 'run'
  | 'run-on'
  | 'run-on-again'
  | 'record'
  | 'skip'
  | 'note'
  | 'redo'
  | 'handover'
  | 'correct'
  | 'plan'
  | 'timeline'
  | 'preview'
  | 'rollback'
  | 'abort'
  | 'find'
  | 'next-match'
  | 'previous-match'
  | 'read-all'
  | 'answer'
  | 'report'
  | 'show'
  | 'help'
  | 'detach'
  | 'choose-entry'
  | 'mark'
  | 'mark-all'
  | 'fold'
  | 'unfold'
  | 'fold-all'
  | 'interrupt'
  | 'suspend'
  | 'redraw';

/** What a binding may look at to say why it does nothing now. */
export interface Facts {
  /** All bindings, as the operator has them. */
  readonly keys: readonly Binding[];
  /** The open question. */
  readonly question: Question | null;
  /** The run is only looked at: nothing can be answered or ordered. */
  readonly readOnly: boolean;
  /** The step whose command runs. */
  readonly running: string | null;
  /** Steps run, or ran, side by side with the one that is looked at. */
  readonly sideBySide: boolean;
  readonly ended: boolean;
  readonly rollbackBegan: boolean;
  /** The checklist on screen: the run itself, or a gate of it. */
  readonly audit: 'own' | 'gate' | null;
  /** The item under the cursor is not the one that waits, and can be answered or judged again. */
  readonly judges: boolean;
  /** Phases with their steps are listed, not the items of a checklist. */
  readonly listsPhases: boolean;
  /** `R` was pressed in this run before. */
  readonly ranOn: boolean;
  /** `R` goes on now. */
  readonly runsOn: boolean;
  /** Why the step that is looked at cannot be done again now; null: it can. */
  readonly noRedo: string | null;
  /** False: there is nothing to undo, so rolling back would mean pause. */
  readonly changed: boolean;
}

export interface Binding {
  readonly scope: Scope;
  readonly command: CommandName;
  /** Names as `pressOf` gives them. */
  readonly keys: readonly string[];
  /** How many of them the footer names. */
  readonly keysShown: number;
  /** In the footer; empty: not there. */
  readonly hint: string;
  readonly about: string;
  readonly acts: boolean;
  /** Why it does nothing now; null when it does. */
  disabled(facts: Facts): string | null;
}
