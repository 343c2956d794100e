/** What events tell of hosts. */
import * as z from 'zod';

/**
 * How the copies of a step are spread: a row a host, in the order in which they are gone through. `batches`: how many of them each has,
 * in order. `stopAfter`: how many may fail before nothing further begins. `only`: those, from 1, that are left of the step around.
 */
export const spreadSchema = z.strictObject({
  batches: z.array(z.int().min(1)),
  stopAfter: z.int().min(1),
  atOnce: z.int().min(1),
  order: z.enum(['given', 'reverse', 'random']),
  only: z.array(z.int().min(1)).optional(),
});
export type Spread = Readonly<z.infer<typeof spreadSchema>>;

/** Why a host was not there to be asked. */
export const outOfReachSchema = z.enum(['down', 'refused', 'host-key', 'auth', 'unfit']);

/** `step`: the step that waits for it; absent: the run does. */
export const askedShape = {
  hosts: z.array(z.string()).min(1),
  step: z.string().optional(),
  visit: z.int().min(1).optional(),
};

/** Who a machine is, by its own word, and `SHA256:…` of the key that it showed; null: it has none. `offsetMs`: its clock less ours. */
export const identityShape = {
  bootId: z.string(),
  machineId: z.string().nullable(),
  hostname: z.string(),
  hostKey: z.string().nullable(),
  offsetMs: z.int(),
};
const identitySchema = z.strictObject(identityShape);
export type HostIdentity = Readonly<z.infer<typeof identitySchema>>;
