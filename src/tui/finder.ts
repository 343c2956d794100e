/** Keys of an open find: what is typed, and going from place to place. One search at a time. */

import { findAccepted, findFrom, findRows, findTyped, foundInRows, narrowed, placed } from './finding.ts';
import type { CommandName } from './keys/binding.ts';
import { movedChoice, movedEntry, movedStep } from './moves.ts';
import type { ScreenState } from './screen-state.ts';
import { type Find, topOverlay } from './ui.ts';

export class Finder {
  readonly #screen: ScreenState;
  #last: Promise<void> = Promise.resolve();

  constructor(screen: ScreenState) {
    this.#screen = screen;
  }

  /** What a key asks of `find`, the open one. */
  async command(find: Find, command: CommandName): Promise<void> {
    const screen = this.#screen;
    if (command === 'close') screen.set({ ...screen.ui, find: null });
    else if (command === 'erase') this.type(find, '');
    else if (command === 'erase-all') screen.set({ ...screen.ui, find: { ...find, text: '' } });
    else if (find.place === 'list') this.#inList(find, command);
    else if (command === 'next-match') await this.#inTurn(true);
    else if (command === 'previous-match') await this.#inTurn(false);
    else if (command === 'accept') {
      const next = findAccepted(screen.ui, find);
      if (next === null) screen.set({ ...screen.ui, find: null });
      else await this.go(next, true);
    }
  }

  /** A character is typed; empty: the last one goes. */
  type(find: Find, typed: string): void {
    const screen = this.#screen;
    screen.set(findTyped(screen.ui, find, typed));
    if (find.place === 'list') screen.set(narrowed(screen.view()));
  }

  /** Enter keeps the list as it is narrowed; other keys move in it. */
  #inList(find: Find, command: CommandName): void {
    const screen = this.#screen;
    const view = screen.view();
    const run = screen.run();
    const top = topOverlay(screen.ui);
    if (top?.kind === 'dialog') {
      // What was found is marked; it takes another Enter to take it.
      screen.set(command === 'accept' ? { ...screen.ui, find: null } : movedChoice(screen.ui, top, command));
      return;
    }
    const move = command === 'next-match' ? 'down' : command === 'previous-match' ? 'up' : command;
    if (command === 'accept') screen.set({ ...screen.ui, find: find.text === '' ? null : { ...find, typing: false } });
    else screen.set({ ...(run === null ? movedEntry(view, move) : movedStep(view, run, move)), find });
  }

  /** Keys may come faster than a long output is searched: each goes on from where the one before came to. */
  #inTurn(forward: boolean): Promise<void> {
    this.#last = this.#last.then(async () => {
      const { find } = this.#screen.ui;
      if (find !== null && !find.typing) await this.go(find, forward);
    });
    return this.#last;
  }

  /** Goes to the next place, or the one before. Where there is none the row of the find says so. */
  async go(find: Find, forward: boolean): Promise<void> {
    const screen = this.#screen;
    const view = screen.view();
    const rows = findRows(view, find);
    if (rows !== null) {
      screen.set(foundInRows(view, find, rows, forward) ?? { ...screen.ui, find: { ...find, at: null } });
      return;
    }
    screen.set({ ...screen.ui, find, needle: find.errors ? screen.ui.needle : find.text });
    const at = await screen.output.next(findFrom(view, find, forward), forward);
    const now = screen.ui.find;
    if (now?.place !== find.place || now.text !== find.text || now.typing) return;
    screen.set(at === null ? { ...screen.ui, find: { ...find, at } } : placed(screen.view(), { ...find, at }));
  }
}
