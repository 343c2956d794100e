/**
 * From key presses to commands: routes them by the keymap, and keeps pasted text from acting.
 *
 * Invariants: everything goes through the keymap; a key that acts is not believed inside a paste; after `dispose` no command
 * comes any more.
 */
import type { Binding, Scope } from './keys/binding.ts';
import { route } from './keys/keymap.ts';
import { type KeyFlags, pressOf } from './keys/press.ts';
import { afterCharacter, afterPaste, burstMs, mayAct, noPaste, type PasteGuard } from './paste-guard.ts';

export interface KeyTarget {
  now(): number;
  /** Who hears keys now, innermost first. */
  scopes(): readonly Scope[];
  /** Equal as long as a key that was pressed means the same thing. */
  meaning(): readonly unknown[];
  command(binding: Binding): void;
  /** Text for a field. */
  type(text: string): void;
}

export class KeyInput {
  readonly #target: KeyTarget;
  #guard: PasteGuard = noPaste;
  #holdTimer: ReturnType<typeof setTimeout> | null = null;

  constructor(target: KeyTarget) {
    this.#target = target;
  }

  dispose(): void {
    if (this.#holdTimer !== null) clearTimeout(this.#holdTimer);
  }

  /** One event of Ink's `useInput`. */
  input(input: string, key: KeyFlags): void {
    const press = pressOf(input, key);
    if (press === null) return;
    if (press.kind === 'key') {
      this.#key(press.name, press.typed);
      return;
    }
    this.#guard = afterPaste(this.#guard, this.#target.now());
    this.paste(press.text);
  }

  /**
   * Several characters at once: text for a field, nothing anywhere else. Where the terminal says itself that this is a paste,
   * the keys after it are typed, whatever their time.
   */
  paste(text: string): void {
    this.#target.type(text.replaceAll(/[\r\n\t]+/g, ' '));
  }

  #key(name: string, typed: boolean): void {
    const now = this.#target.now();
    const before = this.#guard;
    const { guard, burst } = typed ? afterCharacter(before, now) : { guard: before, burst: false };
    this.#guard = guard;
    const scopes = this.#target.scopes();
    const binding = route(scopes, name);
    const writes = scopes[0] === 'form' || scopes[0] === 'find';
    if (writes && typed && (binding === null || name === 'tab')) {
      if (name === 'tab' && binding !== null && !burst) this.#target.command(binding);
      else this.#target.type(name === 'space' || name === 'tab' ? ' ' : [...name].length === 1 ? name : '');
      return;
    }
    if (binding === null || (binding.acts && burst)) return;
    if (binding.acts && typed && name !== 'enter') this.#hold(binding, guard);
    else this.#target.command(binding);
  }

  /**
   * A key that acts waits until it is clear that it does not begin a paste. It means what was on screen when it was pressed:
   * when something else is asked or open by then, it does nothing.
   */
  #hold(binding: Binding, guard: PasteGuard): void {
    const meant = this.#target.meaning();
    if (this.#holdTimer !== null) clearTimeout(this.#holdTimer);
    this.#holdTimer = setTimeout(() => {
      this.#holdTimer = null;
      const means = this.#target.meaning();
      const isSame = meant.every((one, index) => one === means[index]);
      if (mayAct(this.#guard, guard.count) && isSame) this.#target.command(binding);
    }, burstMs + 1);
  }
}
