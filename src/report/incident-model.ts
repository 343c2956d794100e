/** What a report says of an incident, before it has a form. Times are epoch milliseconds. */
import type { NoteKind } from '../run/event-incident.ts';

/** A plain note has neither of the last. `happened`: when, where it was told later; `corrects`: the record that it puts right. */
export interface NoteRecord {
  readonly at: number;
  readonly by: string;
  readonly text: string;
  readonly step: string | null;
  readonly kind?: NoteKind;
  readonly happened?: number;
  readonly corrects?: number;
  readonly owner?: string;
}
