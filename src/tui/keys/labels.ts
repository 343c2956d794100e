/** What a key is called where it is printed. */
import type { Binding, CommandName } from './binding.ts';

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

/** The first key of a command, as it is printed. */
export function keyOf(keys: readonly Binding[], command: CommandName): string {
  return keyLabel(keys.find((binding) => binding.command === command)?.keys[0] ?? '');
}
