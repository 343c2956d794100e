/** What every event is made of: its name, who caused it, and its data. */
import * as z from 'zod';

/** Who caused an event. `engine`: a rule did, no person. `answers`: a file did, `file` is its sha256 and `name` whose it is. */
export const actorSchema = z.discriminatedUnion('via', [
  z.strictObject({ via: z.literal('engine'), name: z.string() }),
  z.strictObject({ via: z.literal('terminal'), name: z.string() }),
  z.strictObject({ via: z.literal('answers'), name: z.string(), file: z.string() }),
  z.strictObject({ via: z.literal('command'), name: z.string() }),
]);
/** The schema of an event of the name `type`. */
export function event<const T extends string, S extends z.core.$ZodLooseShape>(type: T, data: S) {
  return z.strictObject({ type: z.literal(type), actor: actorSchema, data: z.strictObject(data) });
}
