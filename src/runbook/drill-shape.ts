/** The keys of a drill file and what each may hold; its JSON Schema is made of the same. */
import * as z from 'zod';
import { duration, integerBetween, Plain, someText, strict, text } from './scalar.ts';

/** Any value, as YAML reads it. */
const anyValue = z.unknown().transform((value) => json.parse(unplain(value)));

const json = z.json();

function unplain(value: unknown): unknown {
  if (value instanceof Plain) return value.value;
  if (Array.isArray(value)) return value.map(unplain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, unplain(one)]));
}

const facts = z.record(z.string(), text);

/** What a body would come to. */
const result = {
  output: text
    .meta({ description: 'What it prints; of http the body of the answer. ${{ NAME }} is a fact or a variable.' })
    .exactOptional(),
  exit: integerBetween(0, 255).meta({ description: 'The exit status of a command.' }).exactOptional(),
  status: integerBetween(100, 599).meta({ description: 'The status of an answer.' }).exactOptional(),
  delay: duration.meta({ description: 'How long it takes: 250ms, 3s, 10m.' }).exactOptional(),
  sees: z
    .record(z.string(), anyValue)
    .meta({ description: 'Other names that expect sees. Example: { count: 3 }' })
    .exactOptional(),
  facts: facts
    .meta({ description: 'What holds once it ran; its undo takes that back. Example: { serving: "${{ version }}" }' })
    .exactOptional(),
} as const;

/** The stand-in of one body. */
const resultSchema = strict(result);

/** The stand-in of a step. */
const standInSchema = strict({
  ...result,
  answer: text.meta({ description: 'What a person answers: the value, or the label that is chosen.' }).exactOptional(),
  undo: z
    .union([z.array(resultSchema).min(1), resultSchema.transform((one) => [one])])
    .meta({ description: 'The same of its undo, or of each of them.' })
    .exactOptional(),
  done_when: resultSchema.meta({ description: 'The same of its done_when.' }).exactOptional(),
});

/** Keys of a drill file, the title first. */
export const drillShape = {
  drill: someText.meta({ description: 'What is rehearsed. The file stands beside its runbook, as NAME.drill.yaml.' }),
  vars: z
    .record(z.string(), text)
    .meta({ description: 'Values of variables that are asked for or come from the environment.' }),
  facts: facts.meta({ description: 'What holds before the first step. Example: { serving: v1.0.0 }' }),
  identity: resultSchema.meta({ description: 'What the identity of the target reads.' }),
  steps: z.record(z.string(), standInSchema).meta({ description: 'Stand-ins by the id of their step.' }),
} as const;

/** What a body would come to; times in ms. */
export type StandInResult = Readonly<z.infer<typeof resultSchema>>;
export type StandIn = Readonly<z.infer<typeof standInSchema>>;
