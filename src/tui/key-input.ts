/**
 * From key presses to commands: routes them by the keymap, and keeps pasted text from acting.
 *
 * Invariants: everything goes through the keymap; a key that acts is not believed inside a paste, and that is said; what a terminal
 * marks as pasted is only ever text for a field; after `dispose` no command comes any more.
 */
import type { Binding, Scope } from './keys/binding.ts';
import { route } from './keys/keymap.ts';
import { type KeyFlags, pressOf } from './keys/press.ts';
import { afterCharacter, afterPaste, burstMs, mayAct, noPaste, type PasteGuard } from './paste-guard.ts';

export interface KeyTarget {
  now(): number;
  /** All bindings. */
  readonly keys: readonly Binding[];
  /** Who hears keys now, innermost first. */
  scopes(): readonly Scope[];
  /** Equal as long as a key that was pressed means the same thing. */
  meaning(): readonly unknown[];
  /** `name`: of the key, as `pressOf` gives it. */
  command(binding: Binding, name: string): void;
  /** A key that acts came so close to others that it may have been pasted: it did nothing, and the operator is to know. */
  ignored(): void;
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
    if (this.#writes()) this.paste(press.text);
    else this.#together(press.text);
  }

  #writes(): boolean {
    const [scope] = this.#target.scopes();
    return scope === 'form' || scope === 'find';
  }

  /** Keys that came in one piece, as over a slow line, or text of a terminal that does not mark pastes: each that only looks is handled. */
  #together(text: string): void {
    for (const character of text) {
      const name = character === ' ' ? 'space' : character === '\r' ? 'enter' : character;
      const binding = route(this.#target.scopes(), name, this.#target.keys);
      if (binding === null) continue;
      if (binding.acts) this.#target.ignored();
      else this.#target.command(binding, name);
    }
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
    const binding = route(scopes, name, this.#target.keys);
    if (this.#writes() && typed && (binding === null || name === 'tab')) {
      if (name === 'tab' && binding !== null && !burst) this.#target.command(binding, name);
      else this.#target.type(name === 'space' || name === 'tab' ? ' ' : [...name].length === 1 ? name : '');
      return;
    }
    if (binding === null) return;
    if (binding.acts && burst) this.#target.ignored();
    else if (binding.acts && typed && name !== 'enter') this.#hold(binding, name, guard);
    else this.#target.command(binding, name);
  }

  /**
   * A key that acts waits until it is clear that it does not begin a paste. It means what was on screen when it was pressed:
   * when something else is asked or open by then, it does nothing.
   */
  #hold(binding: Binding, name: string, guard: PasteGuard): void {
    const meant = this.#target.meaning();
    if (this.#holdTimer !== null) clearTimeout(this.#holdTimer);
    this.#holdTimer = setTimeout(() => {
      this.#holdTimer = null;
      const means = this.#target.meaning();
      const isSame = meant.every((one, index) => one === means[index]);
      if (!mayAct(this.#guard, guard.count)) this.#target.ignored();
      else if (isSame) this.#target.command(binding, name);
    }, burstMs + 1);
  }
}
