/** What a report says of an incident, before it has a form. Times are epoch milliseconds. */
import type { Moment, NoteKind } from '../run/event-incident.ts';

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

/** Between two moments that somebody marked. `ms` null: one of them is not on record, and nothing is guessed. */
export interface TimeTo {
  readonly what: 'detect' | 'respond' | 'mitigate' | 'recover';
  readonly from: { readonly moment: Moment; readonly at: number } | null;
  readonly to: { readonly moment: Moment; readonly at: number } | null;
  readonly ms: number | null;
}

/** What somebody said, when. */
export interface SaidRecord {
  readonly at: number;
  readonly by: string;
  readonly text: string;
}

/** `known`: what was found and who was hit, as it stood then. */
export interface DecisionRecord extends SaidRecord {
  readonly known: readonly string[];
}

/** What is left to do. `owner` null: nobody yet. `of`: the step that owes it; null: somebody noted it. */
export interface FollowUp {
  readonly text: string;
  readonly owner: string | null;
  readonly of: string | null;
}

/** The look back at an incident. */
export interface ReviewRecord {
  readonly severity: readonly SaidRecord[];
  /** How bad it was in the end; null: nobody said. */
  readonly ended: string | null;
  readonly people: readonly { readonly part: string; readonly name: string }[];
  readonly impact: readonly SaidRecord[];
  readonly times: readonly TimeTo[];
  readonly decisions: readonly DecisionRecord[];
  readonly factors: readonly SaidRecord[];
  readonly followUps: readonly FollowUp[];
}
