/** What events tell of clocks: when a window closes, and that the moment to decide has come. */
import * as z from 'zod';

/** When the window of the document closes, epoch ms, and by how much its zone is ahead of UTC then. */
export const windowEndSchema = z.strictObject({ endsAt: z.int(), offsetMs: z.int() });
export type WindowEnd = Readonly<z.infer<typeof windowEndSchema>>;

/** What a rollback is taken to need: what earlier runs took (p90), else what its timeouts permit. */
export const basisSchema = z.enum(['earlier', 'timeouts']);
export type Basis = z.infer<typeof basisSchema>;

/** `of`: `window`, or the phase whose budget it is. Times: epoch ms. */
export const dueShape = {
  of: z.string(),
  endsAt: z.int(),
  decideBy: z.int(),
  rollbackMs: z.int().min(0),
  basis: basisSchema,
};

export const goneOnShape = { of: z.string(), reason: z.string() };
