import type { RunEvent } from './event.ts';
import type { Note } from './state.ts';

/** What a note says. */
export function noted({ seq, at, actor, data }: Extract<RunEvent, { type: 'note.added' }>): Note {
  return { seq, at, by: actor.name, text: data.text, step: data.step ?? null, inbox: data.inbox ?? null };
}
