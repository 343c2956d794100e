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

/** The last key of a command, as it is printed: the one that people try first to get out of something. */
export function wayOut(keys: readonly Binding[], command: CommandName): string {
  return keyLabel(keys.find((binding) => binding.command === command)?.keys.at(-1) ?? '');
}

/** What a binding does, with the keys that it names as the operator has them: `{run-on}` stands for the key of that command. */
export function aboutText({ about }: Binding, keys: readonly Binding[]): string {
  return about.replaceAll(/\{([a-z-]+)\}/g, (whole, name: string) => {
    const named = keys.find(({ command }) => command === name);
    return named === undefined ? whole : keyLabel(named.keys[0] ?? '');
  });
}
