/**
 * What is told of the way to a host that is cut while something runs there: who waits sees that nothing can be heard of it.
 *
 * Invariant: one note when it has been cut for a while and one when it is there again, however often it is tried in between.
 */
import { draftBy, engineActor } from '../run/draft.ts';
import type { EventDraft } from '../run/event.ts';
import type { LostLink } from '../target/target.ts';

/** Called with the attempt's folder, the step and its host, and with null when the way is there again. */
export type OnLink = (at: { folder: string; step: string; host: string }, lost: LostLink | null) => void;

/** What is gone on with at once is not worth a note. */
const blinkMs = 3000;

/** Gives `tell` the notes of what it is called with. */
export function linkNotes(tell: (notes: readonly EventDraft[]) => void, now: () => number): OnLink {
  const told = new Set<string>();
  return ({ folder, step, host }, lost) => {
    const note = (text: string): void => tell([draftBy(engineActor, 'note.added', { text, step })]);
    if (lost === null) {
      if (told.delete(folder)) note(`${host} is reached again`);
    } else if (!told.has(folder) && now() - lost.lostSince >= blinkMs) {
      told.add(folder);
      const reason = lost.reason.startsWith(`${host}: `) ? lost.reason.slice(host.length + 2) : lost.reason;
      note(`${host} cannot be reached (${reason}): what runs there may run on, and is waited for`);
    }
  };
}
