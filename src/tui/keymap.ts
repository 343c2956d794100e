/**
 * Every key of the terminal app, as data. The one `useInput`, the footer, the `?` overlay and the README's table all read
 * this, so none of them can say anything else.
 *
 * Invariants:
 * - A key means one thing in a scope; the innermost scope that knows a key decides.
 * - Enter and Space never run a command.
 * - A binding with `acts` changes something: it is ignored inside a paste.
 */
import type { Question } from '../run/question.ts';

/** Where a key is pressed, innermost first: a dialog's part, then a pane, then the screen. */
export type Scope =
  | 'form'
  | 'menu'
  | 'confirm'
  | 'reader'
  | 'home'
  | 'steps'
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
  | 'other-pane'
  | 'run'
  | 'record'
  | 'skip'
  | 'note'
  | 'plan'
  | 'rollback'
  | 'abort'
  | 'find'
  | 'answer'
  | 'report'
  | 'show'
  | 'help'
  | 'detach'
  | 'choose-entry'
  | 'interrupt'
  | 'suspend'
  | 'redraw';

/** What a binding may look at to say why it does nothing now. */
export interface Facts {
  /** The open question. */
  readonly question: Question | null;
  /** The step whose command runs. */
  readonly running: string | null;
  readonly ended: boolean;
  readonly rollbackBegan: boolean;
  /** The checklist on screen: the run itself, or a gate of it. */
  readonly audit: 'own' | 'gate' | null;
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

/** The parts of Ink's key that matter here. */
export interface KeyFlags {
  readonly upArrow: boolean;
  readonly downArrow: boolean;
  readonly leftArrow: boolean;
  readonly rightArrow: boolean;
  readonly pageUp: boolean;
  readonly pageDown: boolean;
  readonly home: boolean;
  readonly end: boolean;
  readonly return: boolean;
  readonly escape: boolean;
  readonly tab: boolean;
  readonly shift: boolean;
  readonly backspace: boolean;
  readonly delete: boolean;
  readonly ctrl: boolean;
  readonly meta: boolean;
}

/** One key, or several characters at once, which only a paste makes. */
export type Press =
  | { readonly kind: 'key'; readonly name: string /** A character that a paste could hold. */; readonly typed: boolean }
  | { readonly kind: 'paste'; readonly text: string };

const special: readonly (readonly [keyof KeyFlags, string])[] = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'pgup'],
  ['pageDown', 'pgdn'],
  ['home', 'home'],
  ['end', 'end'],
  ['escape', 'esc'],
  ['backspace', 'backspace'],
  ['delete', 'delete'],
];

/** What Ink's `input` and `key` mean; null: nothing that has a name. */
export function pressOf(input: string, key: KeyFlags): Press | null {
  for (const [flag, name] of special) if (key[flag]) return { kind: 'key', name, typed: false };
  if (key.return || input === '\n') return { kind: 'key', name: 'enter', typed: true };
  if (key.tab) return { kind: 'key', name: key.shift ? 'shift-tab' : 'tab', typed: !key.shift };
  if (key.ctrl && input !== '') return { kind: 'key', name: `ctrl-${input}`, typed: false };
  if (key.meta || input === '') return null;
  if ([...input].length > 1) return { kind: 'paste', text: input };
  return { kind: 'key', name: input === ' ' ? 'space' : input, typed: true };
}

/** The binding of a key in the innermost of `scopes` that has one. */
export function route(scopes: readonly Scope[], name: string): Binding | null {
  for (const scope of scopes) {
    const found = bindings.find((binding) => binding.scope === scope && binding.keys.includes(name));
    if (found !== undefined) return found;
  }
  return null;
}

const enabled = (): null => null;

function waitsForStep(facts: Facts): string | null {
  if (facts.ended) return 'the run has ended';
  if (facts.question !== null) return null;
  return facts.running === null ? 'nothing waits for you now' : `${facts.running} is running`;
}

function forRecord(facts: Facts): string | null {
  const { question } = facts;
  if (question === null || facts.ended) return waitsForStep(facts);
  switch (question.kind) {
    case 'ready':
    case 'failure':
      return null;
    case 'approve':
    case 'no-go':
      return 'a gate cannot be marked done';
    default:
      return 'only a step that is next, or that failed, can be recorded by hand';
  }
}

function forSkip(facts: Facts): string | null {
  const { question } = facts;
  if (question === null || facts.ended) return waitsForStep(facts);
  switch (question.kind) {
    case 'approve':
    case 'no-go':
      return 'a gate cannot be skipped';
    case 'variable':
    case 'obligations':
    case 'choose':
      return 'this cannot be skipped: answer it, or pause with A';
    case 'in-doubt':
      return 'settle what is in doubt first';
    default:
      return null;
  }
}

function noRollback({ audit }: Facts): string | null {
  return audit === 'own' ? 'an audit changes nothing, so there is nothing to roll back' : null;
}

function forRollback(facts: Facts): string | null {
  if (facts.ended) return 'the run has ended';
  if (facts.rollbackBegan) return 'the rollback has begun';
  return facts.changed ? null : 'nothing was changed yet, so there is nothing to roll back';
}

function bind(
  scope: Scope,
  command: CommandName,
  keys: readonly string[],
  hint: string,
  about: string,
  more: { readonly acts?: boolean; readonly keysShown?: number; disabled?(facts: Facts): string | null } = {},
): Binding {
  const { acts = false, keysShown = 1, disabled = enabled } = more;
  return { scope, command, keys, keysShown, hint, about, acts, disabled };
}

const ended = (facts: Facts): string | null => (facts.ended ? 'the run has ended' : null);

/** All bindings, in the order in which they are shown. */
export const bindings: readonly Binding[] = [
  bind(
    'run',
    'run',
    ['r'],
    'run',
    'run the step that is next; reads at once, changes after y/n, danger after the typed name',
    {
      acts: true,
      disabled: waitsForStep,
    },
  ),
  bind('run', 'answer', ['enter'], '', 'open the question that waits; never runs anything', { disabled: waitsForStep }),
  bind('run', 'record', ['e'], 'record', 'record the step as done by hand, with a reason', {
    acts: true,
    disabled: forRecord,
  }),
  bind('run', 'skip', ['s'], 'skip', 'skip the step, with a reason', { acts: true, disabled: forSkip }),
  bind(
    'run',
    'show',
    ['v'],
    'filter',
    'at a checklist: all items, those that fail, those unanswered; at a gate also the steps',
    {
      disabled: ({ audit }) => (audit === null ? 'no checklist is on screen' : null),
    },
  ),
  bind('run', 'note', ['n'], 'note', 'write a note into the journal', { acts: true, disabled: ended }),
  bind('run', 'plan', ['u'], 'rollback plan', 'show what a rollback would undo; R there starts it', {
    disabled: noRollback,
  }),
  bind('run', 'abort', ['A'], 'abort', 'pause the run, or stop the step that runs', { acts: true, disabled: ended }),
  bind('run', 'find', ['/'], 'find', 'find text in the output', { acts: true }),
  bind('run', 'help', ['?'], 'help', 'show all keys'),
  bind('run', 'detach', ['q'], 'detach', 'quit and leave the run as it is; what runs goes on', { acts: true }),
  bind('run', 'other-pane', ['tab', 'shift-tab'], '', 'switch between the steps and the output'),

  bind('steps', 'up', ['up', 'k'], '', 'step before'),
  bind('steps', 'down', ['down', 'j'], '', 'step after'),
  bind('steps', 'page-up', ['pgup'], '', 'a page up'),
  bind('steps', 'page-down', ['pgdn'], '', 'a page down'),
  bind('steps', 'first', ['home'], '', 'first step'),
  bind('steps', 'last', ['end'], '', 'last step'),
  bind('steps', 'follow', ['f', 'esc'], '', 'back to the step that is current'),

  bind('output', 'up', ['up', 'k'], '', 'a line up'),
  bind('output', 'down', ['down', 'j'], '', 'a line down'),
  bind('output', 'page-up', ['pgup'], '', 'a page up'),
  bind('output', 'page-down', ['pgdn'], '', 'a page down'),
  bind('output', 'first', ['home'], '', 'first line'),
  bind('output', 'last', ['end'], '', 'last line'),
  bind('output', 'left', ['left'], '', 'columns to the left'),
  bind('output', 'right', ['right'], '', 'columns to the right'),
  bind('output', 'follow', ['f', 'esc'], '', 'follow the newest output'),
  bind('run', 'stream', ['o'], '', 'the other output: standard error when it was kept apart'),

  bind('home', 'up', ['up', 'k'], '', 'entry before'),
  bind('home', 'down', ['down', 'j'], '', 'entry after'),
  bind('home', 'page-up', ['pgup'], '', 'a page up'),
  bind('home', 'page-down', ['pgdn'], '', 'a page down'),
  bind('home', 'first', ['home'], '', 'first entry'),
  bind('home', 'last', ['end'], '', 'last entry'),
  bind('home', 'choose-entry', ['enter'], 'open', 'open a run or a runbook; no step runs by that'),
  bind('home', 'help', ['?'], 'help', 'show all keys'),
  bind('home', 'detach', ['q'], 'quit', 'quit', { acts: true }),

  bind('finished', 'report', ['w'], 'write the report', 'write the report of the run and show where it is', {
    acts: true,
  }),
  bind('finished', 'detach', ['q', 'esc'], 'quit', 'quit', { acts: true }),

  bind('menu', 'menu-moved', ['up', 'down', 'k', 'j'], 'choose', 'move', { keysShown: 2 }),
  bind('menu', 'accept', ['enter'], 'accept', 'take the marked choice', { acts: true }),
  bind('menu', 'close', ['esc'], 'close', 'close; nothing typed is lost'),
  bind('menu', 'plan', ['u'], 'rollback plan', 'show what a rollback would undo', { disabled: noRollback }),
  bind('menu', 'help', ['?'], 'help', 'show all keys'),

  bind('form', 'accept', ['enter'], 'accept', 'go on, or send', { acts: true }),
  bind('form', 'close', ['esc'], 'back', 'back; nothing typed is lost'),
  bind('form', 'next-field', ['tab', 'down'], '', 'next field'),
  bind('form', 'previous-field', ['shift-tab', 'up'], '', 'field before'),
  bind('form', 'erase', ['backspace', 'delete'], '', 'erase the character before'),
  bind('form', 'erase-all', ['ctrl-u'], 'clear', 'clear the field'),
  bind('form', 'left', ['left'], '', 'character before'),
  bind('form', 'right', ['right'], '', 'character after'),
  bind('form', 'start-of-line', ['home', 'ctrl-a'], '', 'start of the field'),
  bind('form', 'end-of-line', ['end', 'ctrl-e'], '', 'end of the field'),

  bind('confirm', 'yes', ['y'], 'yes', 'yes', { acts: true }),
  bind('confirm', 'no', ['n', 'enter', 'esc', 'space'], 'no', 'no, the choice that is marked'),

  bind('reader', 'up', ['up', 'k'], '', 'a line up'),
  bind('reader', 'down', ['down', 'j'], '', 'a line down'),
  bind('reader', 'page-up', ['pgup'], '', 'a page up'),
  bind('reader', 'page-down', ['pgdn', 'space'], 'scroll', 'a page down'),
  bind('reader', 'first', ['home'], '', 'first line'),
  bind('reader', 'last', ['end'], '', 'last line'),
  bind('reader', 'rollback', ['R'], 'start the rollback', 'in the rollback plan: start it, with a reason and a y/n', {
    acts: true,
    disabled: forRollback,
  }),
  bind('reader', 'close', ['esc', 'q', 'u', '?', 'enter'], 'close', 'close'),

  bind('always', 'interrupt', ['ctrl-c'], '', 'ask: leave it running and quit, stop the step, go back'),
  bind('always', 'suspend', ['ctrl-z'], '', 'to the shell; fg comes back'),
  bind('always', 'redraw', ['ctrl-l'], '', 'draw the screen again'),
];

const keyLabels: Readonly<Record<string, string>> = {
  up: 'Up',
  down: 'Down',
  left: 'Left',
  right: 'Right',
  pgup: 'PgUp',
  pgdn: 'PgDn',
  home: 'Home',
  end: 'End',
  esc: 'Esc',
  enter: 'Enter',
  tab: 'Tab',
  'shift-tab': 'Shift-Tab',
  space: 'Space',
  backspace: 'Backspace',
  delete: 'Delete',
};

/** A key as it is printed: `r`, `PgUp`, `Ctrl-C`. */
export function keyLabel(name: string): string {
  if (name.startsWith('ctrl-')) return `Ctrl-${name.slice(5).toUpperCase()}`;
  return keyLabels[name] ?? name;
}

const scopeTitles: readonly (readonly [Scope, string])[] = [
  ['run', 'Run'],
  ['steps', 'Steps pane'],
  ['output', 'Output pane'],
  ['home', 'Home'],
  ['menu', 'Choices'],
  ['form', 'Text fields'],
  ['confirm', 'Yes or no'],
  ['reader', 'Plan and help'],
  ['finished', 'Finished run'],
  ['always', 'Everywhere'],
];

/** All bindings by scope, in the order in which help shows them. */
export function bindingsByScope(): readonly { readonly title: string; readonly bindings: readonly Binding[] }[] {
  return scopeTitles.map(([scope, title]) => ({ title, bindings: bindings.filter((one) => one.scope === scope) }));
}

/** One entry of the footer. */
export interface Hint {
  readonly key: string;
  readonly hint: string;
  readonly command: CommandName;
  readonly enabled: boolean;
}

/**
 * What the footer offers in `scopes`: key and hint, each key once, innermost scope first. What does nothing now is there too,
 * because it will; in a run that has ended and in an audit it is left out.
 */
export function footerHints(scopes: readonly Scope[], facts: Facts): readonly Hint[] {
  const seen = new Set<string>();
  return scopes.flatMap((scope) =>
    bindings.flatMap((binding) => {
      const [key] = binding.keys;
      const why = binding.disabled(facts);
      if (binding.scope !== scope || binding.hint === '' || key === undefined || seen.has(key)) return [];
      if (why !== null && (facts.ended || facts.audit === 'own' || binding.command === 'show')) return [];
      seen.add(key);
      const { command, hint, keys, keysShown } = binding;
      const label = keys.slice(0, keysShown).map(keyLabel).join('/');
      return [{ key: label, hint, command, enabled: why === null }];
    }),
  );
}

/** Commands whose hints give way when the footer has no room, the first one first. */
export const expendable: readonly CommandName[] = ['find', 'note', 'record', 'skip', 'abort'];

/** The README's table of keys, as Markdown. */
export function keyTable(): string {
  const rows = bindingsByScope().flatMap(({ title, bindings: own }) =>
    own.map(({ keys, about }) => `| ${title} | ${keys.map((key) => `\`${keyLabel(key)}\``).join(' ')} | ${about} |`),
  );
  return ['| where | key | does |', '|---|---|---|', ...rows, ''].join('\n');
}
