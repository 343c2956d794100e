/**
 * The compiled form of a document: what the engine runs and what `run.started` records.
 *
 * Invariants:
 * - It is plain JSON: no fraction (a fraction is text), no undefined member, no class instance. So it goes into the
 *   journal as it is and comes back the same.
 * - Everything that can be decided at load is decided: `each` is expanded, `include` is spliced in, ids are unique
 *   over the whole runbook, durations are milliseconds, shorthand is normalised.
 * - Templates (`${{ }}`) and CEL stay source text; they type-checked when the document was read.
 * - It is also a boundary: a journal read from disk passes `runbookSchema` before anything trusts it.
 */
import * as z from 'zod';
import { severitySchema } from './severity.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A CEL expression. */
export type Expression = string;
export type StepId = string;

/** What doing it again means. `read` changes nothing; `idempotent` may be repeated; `once` never unasked. */
export const effectSchema = z.enum(['read', 'idempotent', 'once', 'person', 'gate']);
export type Effect = z.infer<typeof effectSchema>;

export const variableTypeSchema = z.enum(['string', 'int', 'number', 'bool', 'list']);
export type VariableType = z.infer<typeof variableTypeSchema>;

/** Where a variable's value comes from. None of `literal`, `ask`, `env`, `from`, `default` given: a step captures it. */
export const variableSchema = z.strictObject({
  type: variableTypeSchema,
  secret: z.boolean(),
  /** Source text of the value: what the operator would have typed. Lists are JSON text. */
  literal: z.string().optional(),
  ask: z.string().optional(),
  env: z.string().optional(),
  /** The command that prints it, without a shell: program and arguments. */
  from: z.array(z.string()).min(1).optional(),
  default: z.string().optional(),
  /** A person is asked where it has no value when a step needs one. */
  or: z.literal('ask').optional(),
  /** Regular expression (linear-time engine) that the whole value must match. */
  match: z.string().optional(),
  choices: z.array(z.string()).optional(),
});
export type Variable = Readonly<z.infer<typeof variableSchema>>;

export const retrySchema = z.strictObject({
  /** Attempts at most, the first one included. */
  times: z.int().min(1),
  /** How long it is tried at most, counted in what the tries took and the pauses between them. */
  forMs: z.int().min(1).optional(),
  everyMs: z.int().min(0),
  /** Passes in a row that are needed; a failure resets the count. */
  passes: z.int().min(1),
  giveUp: z.string().optional(),
});
export type Retry = Readonly<z.infer<typeof retrySchema>>;

/** One action with what surrounds it. `undo`, `done_when` and `identity` are bodies; a step is a body and more. */
export const bodySchema = z.strictObject({
  /** Name in the action registry: `run`, `http`, … */
  action: z.string(),
  /** The action's own normalised parameters; its schema reads them again before it acts. */
  params: z.json(),
  /** One line that an operator reads as "what this does": the command, `GET url`, … Still holds templates. */
  summary: z.string(),
  effect: effectSchema,
  /** Nobody has said yet what doing it means: `effect` is what it is taken for until somebody does. */
  unreviewed: z.literal(true).optional(),
  expect: z.array(z.string()),
  /** Variable → CEL over the result. A bare `capture: name` became `{name: <the action's capture field>}`. */
  capture: z.record(z.string(), z.string()),
  timeoutMs: z.int().min(1).optional(),
  retry: retrySchema.optional(),
  env: z.record(z.string(), z.string()),
  cwd: z.string().optional(),
});
export type Body = Readonly<z.infer<typeof bodySchema>>;

export const onFailSchema = z.enum(['ask', 'rollback', 'continue', 'ignore']);
export type OnFail = z.infer<typeof onFailSchema>;

/**
 * `bodies`: run in this order when the step is undone. `covered`: the undo of step `by` covers this one. `none`, `meant`: the
 * document says that nothing takes it back, and the step's `why` says why that is so.
 */
export const undoSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none'), meant: z.literal(true).optional() }),
  z.strictObject({ kind: z.literal('bodies'), bodies: z.array(bodySchema).min(1) }),
  z.strictObject({ kind: z.literal('covered'), by: z.string() }),
]);
export type Undo = Readonly<z.infer<typeof undoSchema>>;

/** How the children of a step run: `leaf` none, `choose` one block, `parallel` its only block all at once, `steps` its only
 * block one after the other, `each` its only block of copies, which the run makes as it comes by, `checklist` its blocks are categories and their steps are items. */
export const flowSchema = z.enum(['leaf', 'choose', 'parallel', 'steps', 'each', 'checklist']);

/** An audit item's own facts, on a step inside a checklist. Weights are text because the journal has no fractions. */
export const itemSchema = z.strictObject({
  category: z.string(),
  severity: z.enum(['blocker', 'high', 'medium', 'low']),
  weight: z.string().optional(),
  fix: z.string().optional(),
  owner: z.string().optional(),
  ttlMs: z.int().min(1).optional(),
  requires: z.array(z.string()),
  na: z.string().optional(),
  partial: z.string().optional(),
  /** CEL: true, and what was found is for a person to judge. */
  judge: z.string().optional(),
  /** The name under which expressions of the other items see whether it holds; it is no finding and has no part in the score. */
  fact: z.string().optional(),
});
export type Item = Readonly<z.infer<typeof itemSchema>>;

export const checklistRulesSchema = z.strictObject({
  title: z.string(),
  /** Where it came from, as recorded in `documents`. */
  path: z.string(),
  scale: z.int().min(1),
  verdict: z.string().optional(),
  /** The least score of a go, as decimal text. */
  least: z.string().optional(),
  categories: z.array(z.strictObject({ id: z.string(), title: z.string(), weight: z.string() })),
  /** The categories that are asked; absent: all of the checklist. */
  only: z.array(z.string()).min(1).optional(),
  /** What its verdict is compared with: `first` or `previous` of the run, or a run; absent: the newest of an earlier run. */
  against: z.string().optional(),
});
export type ChecklistRules = Readonly<z.infer<typeof checklistRulesSchema>>;

/**
 * Where a step happens: names of groups and hosts, or one `${{ }}` that comes to some. `batches`: how many hosts each has, `2`, `10%`
 * or `rest`; the last size repeats. `stopAfter`: how many hosts may fail before nothing further begins, `2` or `10%`.
 */
export const onSchema = z.strictObject({
  hosts: z.union([z.array(z.string()).min(1), z.string()]),
  batches: z.array(z.string()).min(1),
  stopAfter: z.string(),
  atOnce: z.int().min(1),
  order: z.enum(['given', 'reverse', 'random']),
  /** The step around whose hosts these are, as far as they have not left it. */
  within: z.string().optional(),
});
export type On = Readonly<z.infer<typeof onSchema>>;

const stepHead = {
  ...bodySchema.shape,
  id: z.string(),
  title: z.string(),
  why: z.string().optional(),
  when: z.string().optional(),
  doneWhen: bodySchema.optional(),
  undo: undoSchema,
  onFail: onFailSchema,
  danger: z.boolean(),
  tty: z.boolean(),
  /** Patterns of files that the step makes, which are kept as evidence of it; templates. */
  evidence: z.array(z.string()).min(1).optional(),
  owes: z.string().optional(),
  /** How often what it did is to be done again, from its first pass on. */
  everyMs: z.int().min(1).optional(),
  /** Id of the step whose debt this one settles. */
  settles: z.string().optional(),
  roles: z.array(z.string()),
  /** Names that `each` and `include` bind for this step only; templates over the run's variables. */
  bindings: z.record(z.string(), z.string()),
  flow: flowSchema,
  /** Of a step that has a copy for each host (flow `each`), and of one whose steps happen there (flow `steps`); absent: it happens here. */
  on: onSchema.optional(),
  /** The account that its commands run as on their hosts; absent: the one that logs in. */
  become: z.string().optional(),
  item: itemSchema.optional(),
  /** Of a gate: the members of each role of the document that it takes approvals from; none: anybody may claim that role. */
  approvers: z.record(z.string(), z.array(z.string())).optional(),
  checklist: checklistRulesSchema.optional(),
};

export interface Block {
  readonly label: string;
  readonly when?: Expression | undefined;
  readonly goto?: StepId | undefined;
  readonly steps: readonly Step[];
}
type StepHead = Readonly<z.infer<z.ZodObject<typeof stepHead, z.core.$strict>>>;
export interface Step extends StepHead {
  readonly blocks: readonly Block[];
  readonly each?: Each | undefined;
  /** For a copy that the run made, and for what is inside it: of which steps, outermost first, and which copy, from 1. */
  readonly copies?: readonly CopyOf[] | undefined;
}

/** What copies are made of as the run comes by. */
export interface Each {
  /** Names in their order, each with a list: JSON text, or one `${{ }}`. */
  readonly lists: readonly { readonly name: string; readonly values: string }[];
  /** Each value with each; else they are taken together, first with first. */
  readonly multiply: boolean;
  /** List variable → variable that the copies capture. */
  readonly gather: Readonly<Record<string, string>>;
  /** Stands in the ids of `pattern` where each copy has its number. */
  readonly mark: string;
  readonly pattern: Step;
}

const copySchema = z.strictObject({ each: z.string(), index: z.int().min(1) });
export type CopyOf = Readonly<z.infer<typeof copySchema>>;

const blockSchema: z.ZodType<Block> = z.strictObject({
  label: z.string(),
  when: z.string().optional(),
  goto: z.string().optional(),
  steps: z.array(z.lazy(() => stepSchema)),
});
const eachSchema: z.ZodType<Each> = z.strictObject({
  lists: z.array(z.strictObject({ name: z.string(), values: z.string() })),
  multiply: z.boolean(),
  gather: z.record(z.string(), z.string()),
  mark: z.string(),
  pattern: z.lazy(() => stepSchema),
});
export const stepSchema: z.ZodType<Step> = z.strictObject({
  ...stepHead,
  blocks: z.array(blockSchema),
  each: eachSchema.optional(),
  copies: z.array(copySchema).optional(),
});

const atEndSchema = z.enum(['rollback', 'pause']);

/** `budgetMs`: how long it may take, with a rollback of it all; `atEnd`: what is done where nobody decides. */
export const phaseSchema = z.strictObject({
  id: z.string(),
  title: z.string(),
  steps: z.array(stepSchema),
  budgetMs: z.int().min(1).optional(),
  atEnd: atEndSchema.optional(),
});
export type Phase = Readonly<z.infer<typeof phaseSchema>>;

/** The states that a run comes to and that a document may have something done at. */
export const hookStates = ['paused', 'failed', 'rolled-back', 'completed'] as const;
export const hookStateSchema = z.enum(hookStates);

/** What is done each time the run comes to the state `on`. Its id is unique among the hooks. */
export const hookSchema = z.strictObject({ id: z.string(), title: z.string(), on: hookStateSchema, body: bodySchema });
export type Hook = Readonly<z.infer<typeof hookSchema>>;

/** A titled part of the report, from the document: lines of text, or label → value. All templates. */
export const sectionSchema = z.strictObject({
  title: z.string(),
  entries: z.array(z.strictObject({ label: z.string().optional(), text: z.string() })),
});
export type Section = Readonly<z.infer<typeof sectionSchema>>;

/** A document that a run depends on: `path` as the operator would name it, `sha256` of its bytes, lower-case hex. */
export const documentRefSchema = z.strictObject({ path: z.string(), sha256: z.string() });
export type DocumentRef = Readonly<z.infer<typeof documentRefSchema>>;

/** A runbook, or a checklist audited on its own (`kind: checklist`: its categories are the phases). */
export const runbookSchema = z.strictObject({
  kind: z.enum(['runbook', 'checklist']),
  title: z.string(),
  environment: z.string().optional(),
  /** How bad the incident is that it is for; absent: it says nothing of that. */
  severity: severitySchema.optional(),
  /** What comes up again until the run ends. */
  remind: z
    .array(z.strictObject({ id: z.string(), everyMs: z.int().min(1), text: z.string() }))
    .min(1)
    .optional(),
  /** Until when a rollback has to be over: `HH:MM` by the clocks of `zone`. `atEnd`: what is done where nobody decides. */
  window: z.strictObject({ ends: z.string(), zone: z.string(), atEnd: atEndSchema.optional() }).optional(),
  vars: z.record(z.string(), variableSchema),
  /** Programs that have to be on PATH before anything runs, with how to install each; absent: none are named. */
  needs: z
    .array(z.strictObject({ program: z.string(), hint: z.string().optional() }))
    .min(1)
    .optional(),
  target: z.strictObject({ name: z.string(), identity: bodySchema }).optional(),
  /** Templates: what the run changes, for which ticket, at whose request, by which artefacts. */
  change: z
    .strictObject({
      ticket: z.string().optional(),
      requester: z.string().optional(),
      commit: z.string().optional(),
      artefacts: z.array(z.strictObject({ name: z.string(), sha256: z.string() })),
    })
    .optional(),
  /** It starts only where a rehearsal of this very text is on record, so old at most, and signed by somebody who is trusted. */
  rehearsed: z.strictObject({ withinMs: z.int().min(1), signed: z.boolean() }).optional(),
  /** Groups of hosts: their names, or one `${{ }}` that comes to them. Absent: there are none. */
  hosts: z.record(z.string(), z.union([z.array(z.string()).min(1), z.string()])).optional(),
  phases: z.array(phaseSchema),
  rollback: z.strictObject({
    point: z.string().optional(),
    triggers: z.array(z.string()),
    steps: z.array(stepSchema),
  }),
  /** Absent: there are none. */
  hooks: z.array(hookSchema).min(1).optional(),
  report: z.strictObject({
    success: z.array(z.strictObject({ criterion: z.string(), steps: z.array(z.string()) })),
    sections: z.array(sectionSchema),
  }),
  checklist: checklistRulesSchema.optional(),
  /** The main document first, then every included one, each once. */
  documents: z.array(documentRefSchema).min(1),
});
export type Runbook = Readonly<z.infer<typeof runbookSchema>>;
