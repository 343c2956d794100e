/** What can be done where a step is ready, by number or by letter: the prompts' own menu, as data. */

export type PlainCommand =
  | 'run'
  | 'record'
  | 'skip'
  | 'note'
  | 'plan'
  | 'rollback'
  | 'steps'
  | 'timeline'
  | 'variables'
  | 'output'
  | 'find'
  | 'redo'
  | 'correct'
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
  { command: 'abort', letter: 'A', label: 'pause or end' },
  { command: 'quit', letter: 'q', label: 'quit' },
];

/** How many there are. */
export const plainCount = entries.length;

/** `1 run, 2 record by hand, …`. */
export const plainMenuText = entries.map(({ label }, index) => `${index + 1} ${label}`).join(', ');

/** `r, e, s, …`. */
export const plainLetters = entries.map(({ letter }) => letter).join(', ');

/** The command of a number or a letter; null: there is none. */
export function plainCommand(word: string): PlainCommand | null {
  const byNumber = /^\d{1,2}$/.test(word) ? entries[Number(word) - 1] : undefined;
  return (byNumber ?? entries.find(({ letter }) => letter === word))?.command ?? null;
}
