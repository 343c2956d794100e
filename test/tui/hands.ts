/** A person at the keys of a controller on a real decision core, without a terminal. */
import { onTestFinished } from 'vitest';
import type { Watched } from '../../src/app/watched.ts';
import { Controller } from '../../src/tui/controller.ts';
import type { KeyFlags } from '../../src/tui/keys/press.ts';
import { frame } from '../../src/tui/present/frame.ts';
import { MemoryHome, type Rehearsal } from './rehearsal.ts';

export const flags: KeyFlags = {
  upArrow: false,
  downArrow: false,
  leftArrow: false,
  rightArrow: false,
  pageUp: false,
  pageDown: false,
  home: false,
  end: false,
  return: false,
  escape: false,
  tab: false,
  shift: false,
  backspace: false,
  delete: false,
  ctrl: false,
  meta: false,
};

/** A person at the keys: a key a second. */
export class Hands {
  readonly controller: Controller;
  readonly home: MemoryHome;
  now = 1_000_000;

  constructor(
    session: Rehearsal | null,
    home = new MemoryHome(),
    columns = 100,
    rows = 30,
    watched: Watched | null = null,
    inline = false,
  ) {
    this.home = home;
    this.controller = new Controller({
      home,
      session,
      watched,
      inline,
      look: { colour: false, unicode: true },
      columns,
      rows,
      now: () => this.now,
      offsetMs: () => 0,
    });
    onTestFinished(() => this.controller.dispose());
    this.controller.start();
  }

  press(name: string): void {
    this.now += 1000;
    const special: Record<string, Partial<KeyFlags>> = {
      enter: { return: true },
      esc: { escape: true },
      up: { upArrow: true },
      down: { downArrow: true },
      left: { leftArrow: true },
      right: { rightArrow: true },
      tab: { tab: true },
      pgup: { pageUp: true },
      pgdn: { pageDown: true },
      home: { home: true },
      end: { end: true },
      backspace: { backspace: true },
    };
    const found = special[name];
    if (name.startsWith('ctrl-')) this.controller.input(name.slice(5), { ...flags, ctrl: true });
    else if (found === undefined) this.controller.input(name, flags);
    else this.controller.input('', { ...flags, ...found });
  }

  type(text: string): void {
    for (const character of text) this.press(character);
  }

  screen(): string {
    const { above, menu, below } = frame(this.controller.view());
    return [...above, ...(menu?.labels ?? []), ...below].join('\n');
  }

  /** Polls until the screen holds `text`. */
  async sees(text: string): Promise<void> {
    await until(
      `"${text}" never came`,
      () => this.screen().includes(text),
      () => this.screen(),
    );
  }
}

/** Polls until `holds`; fails naming `what` and what is shown after a bound. */
export async function until(what: string, holds: () => boolean, shown: () => string): Promise<void> {
  for (let round = 0; round < 500; round += 1) {
    if (holds()) return;
    await new Promise((next) => setTimeout(next, 5));
  }
  throw new Error(`${what}:\n${shown()}`);
}
