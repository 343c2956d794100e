/**
 * The pieces that schemas of documents are built from. A document's values reach zod as plain JSON, save that a plain
 * (unquoted) scalar that YAML would read as a number, a boolean or null arrives as `Plain`: so `version: 1.10` is still
 * "1.10" where text is expected and 1.1 where a number is.
 *
 * Invariants:
 * - Every piece also accepts what it returned: normalised parameters can be read again from the journal.
 * - The message of an issue added here or in an action is `what is wrong`, or `what is wrong\nthe way out`. What zod says
 *   itself is worded in one place (`issues.ts`), for all actions alike.
 */
import * as z from 'zod';

/** An unquoted scalar that is not text to YAML: its source text and what YAML makes of it. */
export class Plain {
  readonly source: string;
  readonly value: number | boolean | null;
  constructor(source: string, value: number | boolean | null) {
    this.source = source;
    this.value = value;
  }
}

/** True for what is written as one word or text, not as a list or a map. */
export function isScalar(value: unknown): boolean {
  return value === null || typeof value !== 'object' || value instanceof Plain;
}

const sourceOf = (value: unknown): unknown => (value instanceof Plain ? value.source : value);
const yamlValueOf = (value: unknown): unknown => (value instanceof Plain ? value.value : value);

/** What an editor is told about a place where text is expected: any plain scalar is welcome. */
const scalarTypes: ['string', 'number', 'boolean'] = ['string', 'number', 'boolean'];

/** A string, or any plain scalar as its source text. */
export const text = z.preprocess(sourceOf, z.string().meta({ type: scalarTypes }));

/** Like `text`, and not blank. */
export const someText = z.preprocess(
  sourceOf,
  z
    .string()
    .refine((value) => value.trim() !== '', { error: 'the text is empty' })
    .meta({ type: scalarTypes }),
);

/** A value that is left away, or written as null. */
export const nothing = z.preprocess(yamlValueOf, z.null());

/** A whole number from `min` to `max`. */
export const integerBetween = (min: number, max: number) => z.preprocess(yamlValueOf, z.int().min(min).max(max));

/** `true` or `false`, written without quotes. */
export const boolean = z.preprocess(yamlValueOf, z.boolean());

/** One of `words`, quoted or not. */
export const word = <const W extends readonly [string, ...string[]]>(words: W) => z.preprocess(sourceOf, z.enum(words));

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `250ms 3s 10m 2h 1d` as milliseconds; null when it is none of these or longer than a hundred years. */
export function durationMs(source: string): number | null {
  const parts = /^(\d{1,12})(ms|s|m|h|d)$/.exec(source);
  const ms = Number(parts?.[1]) * (unitsMs[parts?.[2] ?? ''] ?? Number.NaN);
  return ms <= 36_525 * 86_400_000 ? ms : null;
}

/** Milliseconds as a document writes them, in the largest unit that divides them: `250ms`, `90s`, `10m`. */
export function durationText(ms: number): string {
  const units = Object.entries(unitsMs).toReversed();
  const [unit, size] = units.find(([, one]) => ms >= one && ms % one === 0) ?? ['ms', 1];
  return `${ms / size}${unit}`;
}

/** A duration with its unit, as whole milliseconds. */
export const duration = z.preprocess(
  (value) => (typeof value === 'number' ? `${value}ms` : sourceOf(value)),
  z
    .string()
    .meta({ pattern: '^\\d{1,12}(ms|s|m|h|d)$', description: 'A duration: 250ms, 3s, 10m, 2h, 1d' })
    .transform((source, context) => {
      const ms = durationMs(source);
      if (ms !== null) return ms;
      context.addIssue({
        code: 'custom',
        message: `${JSON.stringify(source)} is not a duration\nwrite a whole number and its unit: 250ms, 3s, 10m, 2h, 1d`,
        input: source,
      });
      return z.NEVER;
    }),
);

/** An object with exactly these keys. */
export const strict = <S extends z.core.$ZodLooseShape>(shape: S) => z.strictObject(shape);

/** One value or a list of them, as a list of at least one. */
export const oneOrMany = <S extends z.ZodType>(schema: S) =>
  z.union([z.array(schema).min(1), schema.transform((value) => [value])]);
