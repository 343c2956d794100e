/** Keys of an open find: what is typed, and going from place to place. One search at a time. */

import { findAccepted, findFrom, findRows, findTyped, foundInRows, placed } from './finding.ts';
import type { CommandName } from './keys/binding.ts';
import type { ScreenState } from './screen-state.ts';
import type { Find } from './ui.ts';

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
    else if (command === 'erase') screen.set(findTyped(screen.ui, find, ''));
    else if (command === 'erase-all') screen.set({ ...screen.ui, find: { ...find, text: '' } });
    else if (command === 'next-match') await this.#inTurn(true);
    else if (command === 'previous-match') await this.#inTurn(false);
    else if (command === 'accept') {
      const next = findAccepted(screen.ui, find);
      if (next === null) screen.set({ ...screen.ui, find: null });
      else await this.go(next, true);
    }
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
