/**
 * The keys of documents and what each may hold. The parser reads every key with the schema that stands here, and the JSON
 * Schemas for editors are made of the same.
 *
 * Invariant: nested steps and bodies are `unknown` here; the parser reads those itself.
 */
import * as z from 'zod';
import { boolean, duration, integerBetween, nothing, oneOrMany, someText, strict, text, word } from './scalar.ts';
import { severities } from './severity.ts';

const aDayMs = 86_400_000;

/** A duration that is not nothing. */
const someDuration = duration.refine((ms) => ms >= 1, { error: 'the duration must not be 0' });

const envName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, {
  error: 'the name of an environment variable has letters, digits and _, and does not begin with a digit',
});

/** The key `then`, of maps that nothing awaits. */
function atEnd<T>(schema: T): { readonly then: T } {
  // biome-ignore lint/suspicious/noThenProperty: it is what documents say
  return { then: schema };
}

const timeOfDay = someText.refine((source) => /^(?:[01]\d|2[0-3]):[0-5]\d$/.test(source), {
  error: 'this is a time of day, such as "03:45"',
});

const timeZone = someText.refine((source) => /^(?:UTC|[A-Z][A-Za-z_]+(?:\/[A-Za-z0-9_+-]+)+)$/.test(source), {
  error: 'a time zone is UTC or a name like Europe/Berlin',
});

/** Decimal text above zero, as written: the journal has no fractions. */
export const weight = someText.refine((source) => /^\d{1,9}(\.\d{1,6})?$/.test(source) && Number(source) > 0, {
  error: 'a weight is a number above 0, such as 1 or 2.5',
});

/** Keys of every body. */
export const bodyShape = {
  expect: oneOrMany(someText),
  capture: z.union([someText, z.record(z.string(), someText)]),
  timeout: someDuration,
  retry: strict({
    times: integerBetween(1, 100_000).optional(),
    for: someDuration.optional(),
    every: duration.default(0),
    passes: integerBetween(1, 100_000).default(1),
    give_up: someText.optional(),
  }),
  env: z.record(envName, text),
  cwd: someText,
  effect: word(['read', 'idempotent', 'once', 'unreviewed']),
} as const;

/** Plain values, or maps of plain values; or one `${{ }}` that comes to a list. */
const eachList = z.union([z.array(z.union([text, z.record(z.string(), text)])).min(1), someText]);
const eachLists = z.record(z.string(), eachList);
export type EachValue = z.infer<typeof eachList>;

/** `2`, or `10%`. */
const share = text.refine((source) => /^(?:[1-9]\d{0,3}|(?:100|[1-9]\d?)%)$/.test(source), {
  error: 'this is a number of hosts, such as 2, or a part of them, such as 10%',
});

const batch = text.refine((source) => /^(?:rest|[1-9]\d{0,3}|(?:100|[1-9]\d?)%)$/.test(source), {
  error: 'a batch is a number of hosts, such as 2, a part of them, such as 10%, or rest',
});

const account = someText.refine((source) => /^[A-Za-z_][A-Za-z0-9_.-]*$/.test(source), {
  error: 'an account has letters, digits and _ . -, and does not begin with a dash',
});

/** Keys that say where a step happens. */
export const onShape = {
  on: oneOrMany(someText),
  batches: oneOrMany(batch),
  stop_after: share,
  at_once: integerBetween(1, 1000),
  order: word(['given', 'reverse', 'random']),
  become: account,
} as const;

/** Keys that a step has besides. */
export const stepShape = {
  id: someText,
  title: someText,
  why: someText,
  when: someText,
  done_when: z.unknown(),
  undo: z.unknown(),
  on_fail: word(['ask', 'rollback', 'continue', 'ignore']),
  danger: boolean,
  tty: boolean,
  evidence: oneOrMany(someText),
  owes: someText,
  every: someDuration,
  settles: someText,
  roles: oneOrMany(someText),
  each: eachLists,
  matrix: eachLists,
  /** List variable → variable that the copies capture. */
  gather: z.record(z.string(), someText),
  ...onShape,
} as const;

/** Keys that a checklist item has besides those of a body. */
export const itemShape = {
  id: someText,
  title: someText,
  severity: word(['blocker', 'high', 'medium', 'low']),
  weight,
  why: someText,
  fix: someText,
  owner: someText,
  ttl: someDuration.refine((ms) => ms <= 36_500 * aDayMs),
  requires: oneOrMany(someText),
  na: someText,
  partial: someText,
  judge: someText,
} as const;

/** The map form of a variable. */
export const variableSchema = strict({
  ask: someText.optional(),
  env: envName.optional(),
  /** A command, without a shell, that prints the value. */
  from: z.array(someText).min(1).optional(),
  default: text.optional(),
  /** Who is asked where it has no value when a step needs one. */
  or: word(['ask']).optional(),
  match: someText.optional(),
  choices: z.array(text).min(1).optional(),
  type: word(['string', 'int', 'number', 'bool', 'list']).optional(),
  secret: boolean.optional(),
});

/** Keys of a phase besides those of the steps that it holds. */
export const phaseShape = { budget: someDuration, ...atEnd(word(['rollback', 'pause'])) } as const;

export const targetShape = { name: someText, identity: z.unknown() } as const;

export const rollbackShape = { point: someText, triggers: oneOrMany(someText), steps: z.array(z.unknown()) } as const;

export const reportShape = {
  success: z.record(z.string(), oneOrMany(someText)),
  sections: z.record(z.string(), z.union([z.array(text).min(1), z.record(z.string(), text), text])),
} as const;

/** A name that is looked up on PATH. */
const program = z.string().regex(/^[A-Za-z0-9_][\w.+-]*$/, {
  error: 'a program is a name as it stands on PATH, without a folder and without arguments',
});
const hookList = z.array(z.unknown()).min(1);

/** What is done each time the run comes to a state. */
export const hooksShape = { paused: hookList, failed: hookList, 'rolled-back': hookList, completed: hookList } as const;

/** Keys that a hook has besides those of a body. */
export const hookShape = { id: someText, title: someText } as const;

/** Keys of a body that have no sense in a hook are not among these. */
export const hookBodyKeys: readonly string[] = ['expect', 'timeout', 'env', 'cwd'];

/** Keys of a runbook, the title first. */
export const runbookShape = {
  runbook: someText,
  environment: someText,
  severity: word(severities),
  /** What comes up again until the run ends: by id how often, and what is to be done. */
  remind: z.record(z.string(), strict({ every: someDuration, text: someText })),
  /** Until when a rollback has to be over, by the clocks of a time zone, and what is done where nobody decides. */
  window: strict({ ends: timeOfDay, zone: timeZone, ...atEnd(word(['rollback', 'pause']).optional()) }),
  /** Who is in each role; a role without members may be claimed by anybody. */
  roles: z.record(z.string(), z.union([z.array(someText), someText.transform((name) => [name])])),
  vars: z.record(z.string(), z.unknown()),
  /** Programs that have to be there: a list, or each with how to install it. */
  needs: z.union([z.array(program).min(1), z.record(program, z.union([nothing, someText]))]),
  target: z.unknown(),
  /** What is changed; filled in when the first step that changes something begins. */
  change: strict({
    ticket: someText.optional(),
    requester: someText.optional(),
    commit: someText.optional(),
    artefacts: z
      .array(strict({ name: someText, sha256: someText }))
      .min(1)
      .optional(),
  }),
  /** How old a rehearsal may be at the start, and whether it has to be signed. */
  rehearsed: strict({ within: someDuration, signed: boolean.default(false) }),
  /** Groups of hosts: one, a list, a `${{ }}` that comes to some, or a file; or the file of all of them. */
  hosts: z.record(z.string(), z.union([z.array(text).min(1), text, strict({ file: someText })])),
  phases: z.record(z.string(), z.unknown()),
  rollback: z.unknown(),
  hooks: z.unknown(),
  report: z.unknown(),
} as const;

export const categoryShape = { title: someText, weight, items: z.array(z.unknown()) } as const;

/** Keys of a checklist, the title first. */
const score = someText.refine((source) => /^\d{1,4}(\.\d{1,2})?$/.test(source), {
  error: 'a score is a number such as 5 or 7.5',
});

export const checklistShape = {
  checklist: someText,
  scale: integerBetween(1, 1000),
  verdict: someText,
  least: score,
  facts: z.record(z.string(), z.unknown()),
  categories: z.record(z.string(), z.unknown()),
} as const;

/** Keys of a checklist step that takes a part of a checklist. */
export const gateShape = {
  file: someText,
  only: oneOrMany(someText),
  against: someText,
} as const;

export const fragmentShape = { steps: z.array(z.unknown()) } as const;
