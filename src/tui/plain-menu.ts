/** What can be done beside answering what is asked, by number or by letter: the prompts' own menu, as data. A number is the same everywhere. */

export type PlainCommand =
  | 'run'
  | 'record'
  | 'skip'
  | 'note'
  | 'plan'
  | 'rollback'
  | 'steps'
  | 'step'
  | 'timeline'
  | 'variables'
  | 'output'
  | 'find'
  | 'redo'
  | 'correct'
  | 'preview'
  | 'handover'
  | 'abort'
  | 'quit';

interface PlainEntry {
  readonly command: PlainCommand;
  readonly letter: string;
  readonly label: string;
}

const entries: readonly PlainEntry[] = [
  { command: 'run', letter: 'r', label: 'run' },
  { command: 'record', letter: 'e', label: 'record by hand' },
  { command: 'skip', letter: 's', label: 'skip' },
  { command: 'note', letter: 'n', label: 'note' },
  { command: 'plan', letter: 'u', label: 'rollback plan' },
  { command: 'rollback', letter: 'R', label: 'roll back' },
  { command: 'steps', letter: 'l', label: 'all steps' },
  { command: 'timeline', letter: 't', label: 'timeline' },
  { command: 'variables', letter: 'v', label: 'variables' },
  { command: 'output', letter: 'o', label: 'output of a step' },
  { command: 'find', letter: '/', label: 'find in output' },
  { command: 'redo', letter: 'd', label: 'do a step again' },
  { command: 'correct', letter: 'V', label: 'correct a variable' },
  { command: 'step', letter: 'z', label: 'all about a step' },
  { command: 'preview', letter: 'p', label: 'the report as it stands' },
  { command: 'abort', letter: 'A', label: 'pause or end' },
  { command: 'quit', letter: 'q', label: 'quit' },
  { command: 'handover', letter: 'h', label: 'hand over' },
];

/** What only a step that is ready can be given. */
const forReady: ReadonlySet<PlainCommand> = new Set(['run', 'record', 'skip']);
/** What changes nothing. */
const looks: ReadonlySet<PlainCommand> = new Set([
  'plan',
  'steps',
  'step',
  'timeline',
  'variables',
  'output',
  'find',
  'preview',
  'quit',
]);

/** The menu, as it is printed and asked for. */
export interface PlainMenu {
  /** `1 run, 2 record by hand, …`. */
  readonly text: string;
  /** `r, e, s, …`. */
  readonly letters: string;
  /** The command of a number or a letter; null: there is none. */
  command(word: string): PlainCommand | null;
}

/** The menu where a step is `ready`, where something else is `asked`, and where a run is only `watched`. */
export function plainMenu(where: 'ready' | 'asked' | 'watched'): PlainMenu {
  const has = {
    ready: () => true,
    asked: (command: PlainCommand) => !forReady.has(command),
    watched: (command: PlainCommand) => looks.has(command),
  }[where];
  const listed = entries.flatMap((entry, index) => (has(entry.command) ? [{ ...entry, number: index + 1 }] : []));
  return {
    text: listed.map(({ number, label }) => `${number} ${label}`).join(', '),
    letters: listed.map(({ letter }) => letter).join(', '),
    command: (word) => listed.find(({ number, letter }) => letter === word || String(number) === word)?.command ?? null,
  };
}
