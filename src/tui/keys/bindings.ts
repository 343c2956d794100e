/**
 * Every key of the terminal app, as data.
 *
 * Invariants:
 * - A key means one thing in a scope; the innermost scope that knows a key decides.
 * - Enter and Space never run a command.
 * - A binding with `acts` changes something: it is ignored inside a paste.
 */
import type { Binding, CommandName, Facts, Scope } from './binding.ts';
import {
  enabled,
  ended,
  forAnswer,
  forMarks,
  forPhases,
  forRecord,
  forRollback,
  forRunOn,
  forRunOnAgain,
  forSkip,
  noRollback,
  waitsForStep,
} from './why-not.ts';

/** What only the driver of a run can do. */
const drives: ReadonlySet<CommandName> = new Set([
  'run',
  'run-on',
  'run-on-again',
  'answer',
  'record',
  'skip',
  'note',
  'redo',
  'handover',
  'correct',
  'abort',
  'rollback',
]);
const watching = 'you only watch this run; whoever drives it does that';

interface More {
  /** In the footer. */
  readonly hint?: string;
  readonly acts?: boolean;
  readonly keysShown?: number;
  disabled?(facts: Facts): string | null;
}

function bind(scope: Scope, command: CommandName, keys: readonly string[], about: string, more: More = {}): Binding {
  const { hint = '', acts = false, keysShown = 1, disabled = enabled } = more;
  const why = (facts: Facts): string | null => (facts.readOnly && drives.has(command) ? watching : disabled(facts));
  return { scope, command, keys, keysShown, hint, about, acts, disabled: why };
}

/** All bindings, in the order in which they are shown. */
export const bindings: readonly Binding[] = [
  bind(
    'run',
    'run',
    ['r'],
    'run the step that is next; reads at once, changes after y/n, danger after the typed name',
    { hint: 'run', acts: true, disabled: waitsForStep },
  ),
  bind(
    'run',
    'run-on',
    ['R'],
    'run on through steps that change nothing; stops at a change, question, failure or danger',
    {
      acts: true,
      disabled: forRunOn,
    },
  ),
  bind('run', 'run-on-again', ['.'], 'run on again as {run-on} did', { acts: true, disabled: forRunOnAgain }),
  bind(
    'run',
    'answer',
    ['enter'],
    'open the question that waits; at an item of a checklist: answer it, or all that are marked, also again; never runs anything',
    {
      disabled: forAnswer,
    },
  ),
  bind('run', 'record', ['e'], 'record the step as done by hand, with a reason', {
    hint: 'record',
    acts: true,
    disabled: forRecord,
  }),
  bind('run', 'skip', ['s'], 'skip the step, with a reason', { hint: 'skip', acts: true, disabled: forSkip }),
  bind('run', 'show', ['v'], 'at a checklist: all items, those that fail, those unanswered; at a gate also the steps', {
    hint: 'filter',
    disabled: ({ audit }) => (audit === null ? 'no checklist is on screen' : null),
  }),
  bind('run', 'note', ['n'], 'write a note into the journal', { hint: 'note', acts: true, disabled: ended }),
  bind('run', 'redo', ['d'], 'do the step that is marked again, with a reason; then the run goes on where it was', {
    acts: true,
    disabled: ({ noRedo }) => noRedo,
  }),
  bind('run', 'correct', ['V'], 'correct the value of a variable, with a reason', { acts: true, disabled: ended }),
  bind('run', 'handover', ['h'], 'hand the run over to somebody, who reads back what is in doubt and owed', {
    acts: true,
    disabled: ended,
  }),
  bind('run', 'plan', ['u'], 'show what a rollback would undo; {rollback} there starts it', {
    hint: 'rollback plan',
    disabled: noRollback,
  }),
  bind('run', 'timeline', ['t'], 'what happened so far, in the order of time'),
  bind('run', 'preview', ['p'], 'the report as it would be written now; nothing is written'),
  bind('run', 'abort', ['A'], 'pause the run, or stop the step that runs', {
    hint: 'abort',
    acts: true,
    disabled: ended,
  }),
  bind('run', 'find', ['/'], 'narrow the steps to what holds a text; in the other panes: find text', {
    hint: 'find',
  }),
  bind(
    'run',
    'read-all',
    ['z'],
    'the whole screen for the output, or for all that is known of the step; {read-all} or Esc goes back',
  ),
  bind('run', 'help', ['?'], 'show all keys', { hint: 'help' }),
  bind('run', 'detach', ['q'], 'quit and leave the run as it is; what runs goes on', { hint: 'detach', acts: true }),
  bind(
    'run',
    'other-pane',
    ['tab', 'shift-tab'],
    'from the steps to the output of the step, to what is known of it, and back',
  ),
  bind(
    'run',
    'side-by-side',
    ['1', '2', '3', '4', '5', '6', '7', '8', '9'],
    'of steps side by side, and of hosts: look at the one with that number, and at its output; {find} finds those past the ninth',
    { disabled: ({ sideBySide }) => (sideBySide ? null : 'no steps are side by side here') },
  ),
  bind('run', 'narrower', ['<'], 'the steps take less room'),
  bind('run', 'wider', ['>'], 'the steps take more room'),

  bind('steps', 'up', ['up', 'k'], 'step before'),
  bind('steps', 'down', ['down', 'j'], 'step after'),
  bind('steps', 'page-up', ['pgup'], 'a page up'),
  bind('steps', 'page-down', ['pgdn'], 'a page down'),
  bind('steps', 'first', ['home'], 'first step'),
  bind('steps', 'last', ['end'], 'last step'),
  bind('steps', 'fold', ['left'], 'fold the phase', { disabled: forPhases }),
  bind('steps', 'unfold', ['right'], 'open the phase, and leave it open', { disabled: forPhases }),
  bind('steps', 'fold-all', ['-'], 'fold all phases; again: open all; once more: each opens by itself', {
    disabled: forPhases,
  }),
  bind('steps', 'follow', ['f', 'esc'], 'back to the step that is current; at a checklist nothing is marked any more'),
  bind(
    'steps',
    'mark',
    ['space'],
    'at a checklist: mark the item, or not; {answer} then answers all that are marked at once',
    {
      disabled: forMarks,
    },
  ),
  bind('steps', 'mark-all', ['*'], 'at a checklist: mark all items that are listed, or none', { disabled: forMarks }),

  bind('detail', 'up', ['up', 'k'], 'a line up'),
  bind('detail', 'down', ['down', 'j'], 'a line down'),
  bind('detail', 'page-up', ['pgup'], 'a page up'),
  bind('detail', 'page-down', ['pgdn'], 'a page down'),
  bind('detail', 'first', ['home'], 'first line'),
  bind('detail', 'last', ['end'], 'last line'),
  bind('detail', 'follow', ['f', 'esc'], 'back to the steps'),

  bind('output', 'up', ['up', 'k'], 'a line up'),
  bind('output', 'down', ['down', 'j'], 'a line down'),
  bind('output', 'page-up', ['pgup'], 'a page up'),
  bind('output', 'page-down', ['pgdn'], 'a page down'),
  bind('output', 'first', ['home'], 'first line'),
  bind('output', 'last', ['end'], 'last line'),
  bind('output', 'left', ['left'], 'columns to the left'),
  bind('output', 'right', ['right'], 'columns to the right'),
  bind('output', 'follow', ['f', 'esc'], 'follow the newest output'),
  bind('run', 'wrap', ['W'], 'wrap lines of output, or cut them'),
  bind('run', 'errors', ['E'], 'go to the first line of output that reads like an error; n and N go on'),
  bind('run', 'save', ['S'], 'save the output as a file'),
  bind('run', 'page', ['P'], 'show the output by $PAGER, else less; leaving it comes back'),
  bind('run', 'copy', ['Y'], 'copy the lines of output that are on screen to the clipboard (OSC 52, through tmux too)'),
  bind('run', 'stream', ['o'], 'the other output: standard error when it was kept apart'),

  bind('home', 'up', ['up', 'k'], 'entry before'),
  bind('home', 'down', ['down', 'j'], 'entry after'),
  bind('home', 'page-up', ['pgup'], 'a page up'),
  bind('home', 'page-down', ['pgdn'], 'a page down'),
  bind('home', 'first', ['home'], 'first entry'),
  bind('home', 'last', ['end'], 'last entry'),
  bind('home', 'choose-entry', ['enter'], 'open a run or a runbook; no step runs by that', { hint: 'open' }),
  bind('home', 'find', ['/'], 'narrow the list to what holds the text that you type', { hint: 'filter' }),
  bind('home', 'help', ['?'], 'show all keys', { hint: 'help' }),
  bind('home', 'detach', ['q'], 'quit', { hint: 'quit', acts: true }),

  bind('finished', 'report', ['w'], 'write the report of the run and show where it is', {
    hint: 'write the report',
    acts: true,
  }),
  bind('finished', 'detach', ['q', 'esc'], 'quit', { hint: 'quit', acts: true }),

  bind('menu', 'menu-moved', ['up', 'down', 'k', 'j'], 'move', { hint: 'choose', keysShown: 2 }),
  bind('menu', 'accept', ['enter'], 'take the marked choice', { hint: 'accept', acts: true }),
  bind('menu', 'close', ['esc'], 'close; nothing typed is lost', { hint: 'close' }),
  bind('menu', 'find', ['/'], 'narrow the choices to what holds a text; Enter then marks what was found'),
  bind('menu', 'plan', ['u'], 'show what a rollback would undo', { hint: 'rollback plan', disabled: noRollback }),
  bind('menu', 'page-up', ['pgup'], 'the text above: a page up'),
  bind('menu', 'page-down', ['pgdn'], 'the text above: a page down'),
  bind('menu', 'read-all', ['z', 'ctrl-r'], 'read all of the text over the whole screen'),
  bind('menu', 'help', ['?'], 'show all keys', { hint: 'help' }),

  bind('form', 'accept', ['enter'], 'go on, or send', { hint: 'accept', acts: true }),
  bind('form', 'close', ['esc'], 'back; nothing typed is lost', { hint: 'back' }),
  bind('form', 'next-field', ['tab', 'down'], 'next field'),
  bind('form', 'previous-field', ['shift-tab', 'up'], 'field before'),
  bind('form', 'erase', ['backspace', 'delete'], 'erase the character before'),
  bind('form', 'erase-all', ['ctrl-u'], 'clear the field', { hint: 'clear' }),
  bind('form', 'left', ['left'], 'character before'),
  bind('form', 'right', ['right'], 'character after'),
  bind('form', 'start-of-line', ['home', 'ctrl-a'], 'start of the field'),
  bind('form', 'end-of-line', ['end', 'ctrl-e'], 'end of the field'),

  bind('form', 'page-up', ['pgup'], 'the text above: a page up'),
  bind('form', 'page-down', ['pgdn'], 'the text above: a page down'),
  bind('form', 'read-all', ['ctrl-r'], 'read all of the text over the whole screen'),

  bind('confirm', 'yes', ['y'], 'yes', { hint: 'yes', acts: true }),
  bind('confirm', 'no', ['n', 'enter', 'esc', 'space'], 'no, the choice that is marked', { hint: 'no' }),
  bind('confirm', 'up', ['up', 'k'], 'a line up'),
  bind('confirm', 'down', ['down', 'j'], 'a line down'),
  bind('confirm', 'page-up', ['pgup'], 'a page up'),
  bind('confirm', 'page-down', ['pgdn'], 'a page down', { hint: 'scroll' }),
  bind('confirm', 'read-all', ['z', '/', 'ctrl-r'], 'read all of it over the whole screen, where {find} finds text', {
    hint: 'read all',
  }),

  bind('plan', 'rollback', ['R'], 'start the rollback, with a reason and a y/n', {
    hint: 'start the rollback',
    acts: true,
    disabled: forRollback,
  }),
  bind('plan', 'close', ['u'], 'close'),
  bind('reader', 'up', ['up', 'k'], 'a line up'),
  bind('reader', 'down', ['down', 'j'], 'a line down'),
  bind('reader', 'page-up', ['pgup', 'b'], 'a page up'),
  bind('reader', 'page-down', ['pgdn', 'space'], 'a page down', { hint: 'scroll' }),
  bind('reader', 'first', ['home', 'g'], 'first line'),
  bind('reader', 'last', ['end', 'G'], 'last line'),
  bind('reader', 'find', ['/'], 'find text', { hint: 'find' }),
  bind('reader', 'close', ['esc', 'q', '?', 'z', 'enter'], 'close', { hint: 'close' }),

  bind('find', 'accept', ['enter'], 'go to the first place', { hint: 'find' }),
  bind('find', 'close', ['esc'], 'stop looking', { hint: 'stop' }),
  bind('find', 'up', ['up'], 'in a list: entry before'),
  bind('find', 'down', ['down'], 'in a list: entry after'),
  bind('find', 'erase', ['backspace', 'delete'], 'erase the character before'),
  bind('find', 'erase-all', ['ctrl-u'], 'clear the text'),

  bind('found', 'next-match', ['n'], 'next place', { hint: 'next' }),
  bind('found', 'previous-match', ['N'], 'place before', { hint: 'before' }),
  bind('found', 'close', ['esc'], 'stop looking; the other keys mean again what they did before', { hint: 'stop' }),

  bind('always', 'interrupt', ['ctrl-c'], 'ask: leave it running and quit, stop the step, go back'),
  bind('always', 'suspend', ['ctrl-z'], 'to the shell; fg comes back'),
  bind('always', 'redraw', ['ctrl-l'], 'draw the screen again'),
];
