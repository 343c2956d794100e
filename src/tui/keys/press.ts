/** Names for what Ink hears: one key, or several characters at once, which only a paste makes. */

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
