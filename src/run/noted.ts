import type { RunEvent } from './event.ts';
import type { NoteKind } from './event-incident.ts';
import { utcClock, utcDate } from './instants.ts';
import type { Note } from './state.ts';

/** What a note says. */
export function noted({ seq, at, actor, data }: Extract<RunEvent, { type: 'note.added' }>): Note {
  const { text, step = null, inbox = null, kind = null, happened = null, corrects = null, owner = null } = data;
  return { seq, at, by: actor.name, text, step, inbox, kind, happened, corrects, owner };
}

/** A note of any make: of the state, of an event, of a report. */
interface Words {
  readonly text: string;
  readonly kind?: NoteKind | null | undefined;
  readonly owner?: string | null | undefined;
  readonly corrects?: number | null | undefined;
}

/** `decision: roll back`, `follow-up of Ada: add an alert`, `note: db-2 is slow`; with what record it puts right. */
export function noteWords(note: Words): string {
  return `${noteKindWords(note)}: ${noteBody(note)}`;
}

/** What it says without what it is, where it is a plain note. */
export function noteSaid(note: Words): string {
  return (note.kind ?? null) === null ? noteBody(note) : noteWords(note);
}

/** ` (happened 2026-11-21 03:12:00 UTC, told later)`; empty where it was told at once. */
export function toldLater({ happened }: { readonly happened?: number | null | undefined }): string {
  return happened === undefined || happened === null
    ? ''
    : ` (happened ${utcDate(happened)} ${utcClock(happened)} UTC, told later)`;
}

function noteKindWords({ kind, owner }: Words): string {
  if (kind === undefined || kind === null) return 'note';
  return kind === 'followup' ? `follow-up of ${owner ?? 'nobody yet'}` : kind;
}

function noteBody({ text, corrects }: Words): string {
  return corrects === undefined || corrects === null ? text : `${text} (corrects record ${corrects})`;
}
