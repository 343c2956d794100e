/** What events tell of other runs on the same target. */
import * as z from 'zod';

/** A run that stands in the way on the same target. `problem`: what it does there cannot be known, and why. Times: epoch ms. */
export const holderSchema = z.strictObject({
  run: z.string(),
  title: z.string(),
  operator: z.string(),
  step: z.string().nullable(),
  since: z.int().nullable(),
  problem: z.string().nullable(),
});
export type Holder = Readonly<z.infer<typeof holderSchema>>;

/** A run that changed the same target later. `at`: epoch ms. `values`: what it was started with, `version=v3`. */
export const newerRunSchema = z.strictObject({ run: z.string(), title: z.string(), at: z.int(), values: z.string() });
export type NewerRun = Readonly<z.infer<typeof newerRunSchema>>;

/** What an earlier run left open at its step on the same target. `since`: epoch ms. `remark`: what a later run made of it. */
export const owedSchema = z.strictObject({
  run: z.string(),
  step: z.string(),
  text: z.string(),
  since: z.int(),
  remark: z.string().nullable(),
});
export type Owed = Readonly<z.infer<typeof owedSchema>>;
