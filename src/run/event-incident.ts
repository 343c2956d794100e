/** What events tell of an incident: how bad it is, who has which part in it, and what kind of thing a note says. */
import * as z from 'zod';
import { severitySchema } from '../runbook/severity.ts';
import { dueShape, goneOnShape } from './event-clocks.ts';
import { event } from './event-form.ts';

/** The parts that people have in an incident. */
export const parts = ['lead', 'communications', 'scribe'] as const;
export const partSchema = z.enum(parts);
export type Part = z.infer<typeof partSchema>;

/** The moments that the times of a review are reckoned from, in the order in which they come. */
export const moments = ['began', 'detected', 'responded', 'mitigated', 'recovered'] as const;
export type Moment = (typeof moments)[number];

/** What kinds of notes there are beside plain ones. `followup`: what is left to do afterwards; `factor`: what contributed. */
export const noteKinds = ['decision', 'impact', 'found', ...moments, 'factor', 'followup'] as const;
const noteKindSchema = z.enum(noteKinds);
export type NoteKind = z.infer<typeof noteKindSchema>;

/**
 * What a note may say besides its text. `happened`: epoch ms, where it is told later; `corrects`: the number of the record that it puts
 * right; `owner`: whose follow-up it is.
 */
export const noteShape = {
  kind: noteKindSchema.optional(),
  happened: z.int().optional(),
  corrects: z.int().min(1).optional(),
  owner: z.string().optional(),
};

const severityShape = {
  from: severitySchema.nullable(),
  to: severitySchema,
  reason: z.string(),
  inbox: z.string().optional(),
};

/** `from`: who had the run before. `read`: the ids that whoever takes it has read back. */
const handoverShapes = {
  offered: { from: z.string(), to: z.string(), note: z.string().optional(), inbox: z.string().optional() },
  taken: { from: z.string(), to: z.string(), read: z.array(z.string()), inbox: z.string().optional() },
  withdrawn: { to: z.string(), reason: z.string(), inbox: z.string().optional() },
};

/** `id`: by which it is done. */
const reminderShape = {
  id: z.string(),
  text: z.string(),
  everyMs: z.int().min(1),
  inbox: z.string().optional(),
};

const remindedShape = { id: z.string(), note: z.string().optional(), inbox: z.string().optional() };

const assignedShape = {
  part: partSchema,
  from: z.string().nullable(),
  to: z.string(),
  inbox: z.string().optional(),
};

/** Beside what steps do. */
export const incidentEvents = [
  /** The moment has come at which a rollback would just fit before the end. */
  event('decision.due', dueShape),
  /** Somebody goes on although it would not fit any more. */
  event('decision.made', goneOnShape),
  event('handover.offered', handoverShapes.offered),
  event('handover.taken', handoverShapes.taken),
  event('handover.withdrawn', handoverShapes.withdrawn),
  event('severity.changed', severityShape),
  event('part.assigned', assignedShape),
  event('reminder.set', reminderShape),
  /** Somebody did what it reminds of. */
  event('reminder.done', remindedShape),
] as const;
