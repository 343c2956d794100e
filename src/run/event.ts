/**
 * The events of a run: the only thing that changes state. Each is named in the past tense and says what is true from now on.
 *
 * Invariants:
 * - Data is plain JSON without fractions; times are epoch milliseconds (integers), durations `…Ms` or `ms`.
 * - No event holds a secret; a secret variable is recorded as set, without its value.
 * - `attempt` counts the tries at a step over all its visits, from 1; `visit` counts arrivals, from 1.
 * - `eventSchema` is the boundary: a record read from disk passes it before `reduce` sees it.
 */
import * as z from 'zod';
import { documentRefSchema, hookStateSchema, runbookSchema } from '../runbook/document.ts';
import { windowEndSchema } from './event-clocks.ts';
import { type actorSchema, event } from './event-form.ts';
import { holderSchema, newerRunSchema, owedSchema } from './event-holds.ts';
import { askedShape, identityShape, outOfReachSchema, spreadSchema } from './event-hosts.ts';
import { incidentEvents, noteShape } from './event-incident.ts';
import { linesMax } from './last-lines.ts';

/** Bytes that back a claim: the first `bytes` bytes of `path` (relative to the run's folder). `incomplete`: some are lost. */
export const evidenceSchema = z.strictObject({
  path: z.string(),
  bytes: z.int().min(0),
  sha256: z.string(),
  incomplete: z.literal(true).optional(),
});
export type Evidence = Readonly<z.infer<typeof evidenceSchema>>;

/** Who caused an event. */
export type Actor = Readonly<z.infer<typeof actorSchema>>;

/** Values that somebody gave for what the step would have captured, by variable. */
const set = { set: z.record(z.string(), z.string()).optional() };

const at = { step: z.string(), visit: z.int().min(1) };
const attemptAt = { ...at, attempt: z.int().min(1) };
const undoes = z.strictObject({ step: z.string(), visit: z.int().min(1) });

/** One planned undo or rollback step. `id` is the step id it runs under: `undo_ID`, or a `rollback.steps` id. */
export const rollbackEntrySchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('undo'), id: z.string(), undoes, body: z.int().min(0) }),
  z.strictObject({ kind: z.literal('step'), id: z.string() }),
]);
export type RollbackEntry = Readonly<z.infer<typeof rollbackEntrySchema>>;

export const findingSchema = z.strictObject({
  id: z.string(),
  title: z.string(),
  category: z.string(),
  severity: z.enum(['blocker', 'high', 'medium', 'low']),
  status: z.enum(['partial', 'failed', 'unknown', 'waived']),
  evidence: z.array(z.string()),
  fix: z.string().optional(),
  why: z.string().optional(),
});
export type Finding = Readonly<z.infer<typeof findingSchema>>;

/** Scores are decimal text with two digits: "7.64". */
export const verdictSchema = z.strictObject({
  checklist: z.string(),
  score: z.string(),
  scale: z.int(),
  verdict: z.enum(['go', 'no-go']),
  blockers: z.int(),
  reasons: z.array(z.string()),
  categories: z.array(z.strictObject({ id: z.string(), title: z.string(), score: z.string().nullable() })),
  findings: z.array(findingSchema),
});
export type Verdict = Readonly<z.infer<typeof verdictSchema>>;

/** `principal`: whose key it is, by whoever recorded it. */
const signatureSchema = z.strictObject({
  key: z.string(),
  principal: z.string(),
  armored: z.string(),
  signed: z.string(),
  /** Every other name that the key belongs to, by whoever recorded it. */
  names: z.array(z.string()).optional(),
});

/** As an operator would look for it: its pid on the target and its command line. */
const processSchema = z.strictObject({ pid: z.int(), command: z.string() });

/** A process of an attempt that runs. */
export type RunningProcess = Readonly<z.infer<typeof processSchema>>;

/** `commit`: 40 or 64 hex digits, null before the first; `branch` null: none is checked out; `dirty` null: nobody could tell. */
const revisionSchema = z.strictObject({
  commit: z.string().nullable(),
  branch: z.string().nullable(),
  dirty: z.boolean().nullable(),
});
export type Revision = Readonly<z.infer<typeof revisionSchema>>;

/**
 * A rehearsal on record. `at`: epoch ms. `sha256`: of its statement. `signed` null: nobody signed it; `principal` null: by nobody who
 * is trusted here.
 */
const rehearsalSchema = z.strictObject({
  at: z.int(),
  sha256: z.string(),
  points: z.int().min(0),
  covered: z.int().min(0),
  marked: z.int().min(0),
  signed: z.strictObject({ key: z.string(), principal: z.string().nullable() }).nullable(),
});
export type Rehearsal = Readonly<z.infer<typeof rehearsalSchema>>;

const itemResult = z.enum(['pass', 'partial', 'fail', 'na']);

const targetAt = { ...at, name: z.string(), identity: z.string() };

const rowSchema = z.record(z.string(), z.union([z.string(), z.record(z.string(), z.string())]));
/** Name → value, of one copy. */
export type Row = Readonly<z.infer<typeof rowSchema>>;

const drafts = [
  event('run.started', {
    runbook: runbookSchema,
    /** sha256 of the RFC 8785 list of documents. */
    sha256: z.string(),
    documents: z.array(documentRefSchema),
    /** Source text of every non-secret variable known at the start; null: a secret that is set. */
    vars: z.record(z.string(), z.string().nullable()),
    /** Where each came from: literal, flag, file, env, default. */
    sources: z.record(z.string(), z.string()),
    cwd: z.string(),
    repo: z.string().optional(),
    /** PATH, HOME, LANG and the variables that the document names, as they were. */
    environment: z.record(z.string(), z.string()),
    operator: z.string(),
    hostname: z.string(),
    bootId: z.string(),
    /** gonogo's own version. */
    version: z.string(),
    /** The rendering of its report; absent: the first one. */
    renderer: z.int().min(1).optional(),
    answers: z.strictObject({ path: z.string(), sha256: z.string() }).optional(),
    /** Audit that this one is compared with. */
    against: z.string().optional(),
    /** The rules by which it is decided; absent: the first ones. */
    rules: z.int().min(1).optional(),
    /** Of what its checklists look at, as it was at the start; absent: nothing was read, or it is in no repository. */
    revision: revisionSchema.optional(),
    /** The rehearsal that it rests on; absent: the document asks for none. */
    rehearsal: rehearsalSchema.optional(),
    /** When the window of the document closes; absent: it has none. */
    window: windowEndSchema.optional(),
    /** It holds its target from its first change on; a run of a gonogo of before holds nothing. */
    holds: z.literal(true).optional(),
  }),
  /** What whoever started the run leaves out of it: skipped as the run comes to it. */
  event('steps.left_out', { steps: z.array(z.strictObject({ step: z.string(), reason: z.string() })) }),
  event('run.resumed', {
    operator: z.string(),
    hostname: z.string(),
    bootId: z.string(),
    version: z.string(),
    /** It was taken over from whoever drove it elsewhere, by somebody's decision. */
    takenOver: z.strictObject({ from: z.string(), hostname: z.string(), reason: z.string() }).optional(),
  }),
  /** `waiting`: for whom or what, in words an operator reads. */
  event('run.paused', {
    reason: z.enum(['waiting', 'asked', 'interrupted', 'undo-failed', 'no-change']),
    waiting: z.string(),
  }),
  event('run.ended', { status: z.enum(['completed', 'rolled-back', 'failed', 'abandoned']), reason: z.string() }),
  /**
   * The machine's clock was set forward or back (`byMs` < 0), or the machine slept for `byMs`. `movedMs`: by how much the times of
   * records are moved forward from here on without any time having passed; times of records never go back.
   */
  event('clock.jumped', { cause: z.enum(['set', 'asleep']), byMs: z.int(), movedMs: z.int().min(0) }),
  /** What the document has done when the run has come to the state `on`. It decides nothing. */
  event('hook.started', { hook: z.string(), on: hookStateSchema, folder: z.string(), bootId: z.string() }),
  event('hook.ended', {
    hook: z.string(),
    on: hookStateSchema,
    ok: z.boolean(),
    /** Why not ok, one line; null when ok. */
    reason: z.string().nullable(),
    exit: z.int().nullable(),
    /** HTTP status. */
    status: z.int().nullable(),
    ms: z.int().min(0),
    evidence: z.array(evidenceSchema),
  }),
  event('journal.recovered', { bytes: z.int(), kept: z.string() }),
  event('documents.adopted', {
    runbook: runbookSchema,
    sha256: z.string(),
    documents: z.array(documentRefSchema),
    reason: z.string(),
    /** `done`: a step that failed takes its new text; absent: everything that had begun keeps its own. */
    keeps: z.literal('done').optional(),
    /** The rehearsal that the adopted text rests on; absent: it asks for none. */
    rehearsal: rehearsalSchema.optional(),
    /** When its window closes; absent: it has none. */
    window: windowEndSchema.optional(),
  }),
  /** What the run changes; before the first step that changes something begins. `commit`: 40 or 64, `sha256`: 64 lower-case hex digits. */
  event('change.recorded', {
    ticket: z.string().optional(),
    requester: z.string().optional(),
    commit: z.string().optional(),
    artefacts: z.array(z.strictObject({ name: z.string(), sha256: z.string() })),
  }),
  event('operator.changed', {
    from: z.string(),
    to: z.string(),
    note: z.string().optional(),
    inbox: z.string().optional(),
  }),
  event('note.added', { text: z.string(), step: z.string().optional(), inbox: z.string().optional(), ...noteShape }),
  /** Somebody gave a file as evidence of a step, whatever became of that and of the run. */
  event('evidence.attached', {
    ...at,
    evidence: z.array(evidenceSchema).min(1),
    note: z.string().optional(),
    inbox: z.string().optional(),
  }),
  /** `value` null: a secret. `step`: the step that captured it. */
  event('variable.set', {
    name: z.string(),
    value: z.string().nullable(),
    source: z.enum(['ask', 'capture', 'command', 'default', 'env', 'literal']),
    step: z.string().optional(),
    visit: z.int().min(1).optional(),
  }),

  /**
   * A variable has another value from now on, by somebody's decision. `from`: the one it had, null: none. `used`: the steps that
   * had used that one.
   */
  event('variable.corrected', {
    name: z.string(),
    from: z.string().nullable(),
    value: z.string(),
    reason: z.string(),
    used: z.array(z.string()),
    inbox: z.string().optional(),
  }),

  /** The intent, durable before the effect. `folder`: attempt folder relative to the run's, e.g. `steps/007-migrate/1`. */
  event('step.started', {
    ...attemptAt,
    folder: z.string(),
    bootId: z.string(),
    undoes: undoes.optional(),
    /** Where it happens; absent: here. `bootId` is that of the host then. */
    host: z.string().optional(),
  }),
  /** The operator called for the step to run; guided runs wait for it before each automatic step. */
  event('step.ordered', at),
  /** A step that is done is visited once more, by somebody's decision: this opens the visit. Then the run goes on where it was. */
  event('step.reopened', { ...at, reason: z.string(), inbox: z.string().optional() }),
  /** Somebody said what a command does that nobody had looked at: from now on that is its effect. */
  event('step.reviewed', { ...at, as: z.enum(['read', 'idempotent', 'once']) }),
  /** A review stands in the document `path` too: the run goes on with that text, which says nothing else. */
  event('review.written', {
    step: z.string(),
    path: z.string(),
    sha256: z.string(),
    documents: z.array(documentRefSchema),
  }),
  /** A read that is no attempt of the step: its `done_when`, or the target's identity. Repeated when it was interrupted. */
  event('probe.started', {
    probe: z.enum(['done-when', 'identity']),
    step: z.string().optional(),
    visit: z.int().min(1).optional(),
    folder: z.string(),
    bootId: z.string(),
  }),
  event('done_when.read', {
    ...at,
    ok: z.boolean(),
    /** Nobody could read it: the step may be done or not. */
    unread: z.literal(true).optional(),
    reason: z.string().nullable(),
    evidence: z.array(evidenceSchema),
  }),
  /** What could not be read is taken as not done, by somebody's decision. */
  event('done_when.accepted', { ...at, reason: z.string() }),
  event('attempt.stopping', { ...attemptAt, reason: z.string() }),
  /**
   * It runs on although it was stopped, its time is up, or what supervises it has ended; `processes`: what can be seen of it.
   * Nothing is undone and nothing goes on as long as it does, unless a person settles it.
   */
  event('attempt.outlived', {
    ...attemptAt,
    cause: z.enum(['stop', 'timeout', 'supervisor']),
    processes: z.array(processSchema),
  }),
  /**
   * It never ran and never will: no attempt was made. `refused`: it cannot be begun as it stands; `not-started`: it could not
   * this time; `unreachable`: the target was not there to be asked; `drifted`: it is another machine than before. Without a cause it
   * was interrupted before it began.
   */
  event('attempt.voided', {
    ...attemptAt,
    cause: z.enum(['refused', 'not-started', 'unreachable', 'drifted']).optional(),
    reason: z.string().optional(),
  }),
  /** The outcome of one try. `ok` false is not yet a failed step: `retry` may go on. */
  event('attempt.ended', {
    ...attemptAt,
    ok: z.boolean(),
    /** Why not ok, one line; null when ok. */
    reason: z.string().nullable(),
    exit: z.int().nullable(),
    /** HTTP status. */
    status: z.int().nullable(),
    ms: z.int().min(0),
    /** Each tested expectation, in order. `detail`: the values it saw or the evaluation error. */
    expectations: z.array(z.strictObject({ source: z.string(), ok: z.boolean(), detail: z.string() })),
    evidence: z.array(evidenceSchema),
    /** Settles the step at once, whatever `retry` has left. */
    gaveUp: z.boolean(),
    /** How long the server asked to be left alone: the next try waits for it. */
    retryAfterMs: z.int().min(0).optional(),
    /** What it left running when it had ended by itself. */
    left: z.array(processSchema).optional(),
    /** What it printed, where an expression reads it of this host later; absent: none does, or it is too long to be kept so. */
    stdout: z.string().optional(),
    /** The end of what it printed, or of what it was answered; only of what is not ok. */
    lastLines: z.array(z.string()).min(1).max(linesMax).optional(),
  }),
  event('attempt.in_doubt', { ...attemptAt, reason: z.string() }),
  event('attempt.settled', { ...attemptAt, as: z.enum(['passed', 'failed', 'rerun']), reason: z.string() }),

  event('step.passed', { ...at, note: z.string().optional(), evidence: z.array(evidenceSchema).optional() }),
  /** `unreachable`: nothing of it began, because its host was not there. */
  event('step.failed', { ...at, reason: z.string(), unreachable: z.literal(true).optional() }),
  event('step.skipped', { ...at, how: z.enum(['done-when', 'operator', 'requirement']), reason: z.string(), ...set }),
  event('step.not_taken', { ...at, reason: z.string() }),
  /** Marked done by hand, over a failure (`overrides: failed`) or instead of running it (`pending`). */
  event('step.overridden', { ...at, overrides: z.enum(['failed', 'pending']), reason: z.string(), ...set }),
  event('step.retried', { ...at, reason: z.string() }),
  /** The failure stands and the run goes on (`on_fail: continue`); `ignored`: and does not decide how it ends (`ignore`). */
  event('step.passed_over', { ...at, reason: z.string(), ignored: z.literal(true).optional() }),
  event('step.answered', { ...at, value: z.string(), reason: z.string().optional() }),
  /** What the copies of a step are bound to on this visit, one row a copy; a value that is a map keeps its parts by name. */
  event('each.expanded', { ...at, rows: z.array(rowSchema).max(1000), spread: spreadSchema.optional() }),
  /** The steps of a step on hosts begin anew, with the hosts of its next batch. */
  event('batch.started', { ...at, batch: z.int().min(2) }),

  /** Who hosts are is asked: those that are known at the start, or that of a step. Repeated when it was interrupted. */
  event('hosts.asked', askedShape),
  event('host.identified', { host: z.string(), ...identityShape }),
  event('host.unreachable', { host: z.string(), cause: outOfReachSchema, reason: z.string() }),
  /** `block`: index of the taken option of a `choose` step. */
  event('option.chosen', { ...at, block: z.int().min(0), label: z.string(), reason: z.string().optional() }),

  event('danger.confirmed', { ...at, target: z.string() }),
  event('target.read', {
    identity: z.string(),
    ok: z.boolean(),
    /** Nobody could read it: it may be the same or another. */
    unread: z.literal(true).optional(),
    step: z.string().optional(),
    visit: z.int().min(1).optional(),
    reason: z.string().optional(),
  }),
  /** `host`: it is another machine than before; absent: the target is another. */
  event('drift.accepted', { ...at, identity: z.string(), reason: z.string(), host: z.string().optional() }),

  /** The target is asked for, of the other runs that could hold it. Repeated when it was interrupted. */
  event('hold.requested', targetAt),
  /** Nobody else held it, or whoever did was passed by: it is this run's until this ends or lets it go. */
  event('hold.taken', { ...targetAt, newer: z.array(newerRunSchema), owed: z.array(owedSchema) }),
  event('hold.refused', { ...targetAt, holders: z.array(holderSchema).min(1) }),
  /** The run waits until those that refused it have let the target go. */
  event('hold.awaited', targetAt),
  /** The run goes on beside those that hold its target. */
  event('hold.overridden', { ...targetAt, runs: z.array(z.string()).min(1), reason: z.string() }),
  /** Another run goes on beside this one, on what this one holds. */
  event('hold.shared', { run: z.string(), reason: z.string(), inbox: z.string() }),
  event('hold.released', { reason: z.string(), inbox: z.string().optional() }),
  /** What an earlier run left open, `RUN.STEP`; `text`: how it was settled, to whom it went, or why it waits. */
  event('owed.decided', {
    item: z.string(),
    as: z.enum(['settled', 'handed-on', 'deferred']),
    text: z.string(),
  }),
  /** It is rolled back although `over`, and what came before that, changed the target since. */
  event('rollback.permitted', { over: z.string(), reason: z.string() }),

  event('approval.requested', { ...at, from: z.array(z.string()), count: z.int().min(1), signed: z.boolean() }),
  event('approval.given', {
    ...at,
    by: z.string(),
    /** The request this consents to: `seq` of `approval.requested` and the sha256 of its line. */
    request: z.strictObject({ seq: z.int(), sha256: z.string() }),
    /** null: claimed, not signed. */
    signature: signatureSchema.nullable(),
    inbox: z.string().optional(),
  }),
  event('approval.refused', { ...at, by: z.string(), reason: z.string(), inbox: z.string().optional() }),
  /** The gate lets the run past without the approvals that it asks for, which are owed from now on. */
  event('emergency.declared', {
    ...at,
    by: z.string(),
    reason: z.string(),
    /** Absent: claimed, not signed. */
    signature: signatureSchema.optional(),
    inbox: z.string().optional(),
  }),

  /** It starts as soon as no attempt runs; `rollback.started` then fixes the plan. */
  event('rollback.requested', { reason: z.string() }),
  event('rollback.started', { reason: z.string(), plan: z.array(rollbackEntrySchema) }),

  event('obligation.opened', { step: z.string(), text: z.string() }),
  event('obligation.settled', { step: z.string(), by: z.string() }),
  event('obligation.cancelled', { step: z.string() }),
  event('obligation.handed_over', { step: z.string(), to: z.string() }),

  /** `since`: when it was found so, epoch ms, where not now. `of`: the answer was given in that earlier run, by whom. */
  event('item.answered', {
    ...at,
    result: itemResult,
    detail: z.string(),
    evidence: z.array(z.string()),
    since: z.int().optional(),
    of: z.strictObject({ run: z.string(), by: z.string() }).optional(),
  }),
  /** A person says what a closed item comes to: another answer than before, or `over` what the machine found. */
  event('item.judged', {
    ...at,
    result: itemResult,
    detail: z.string(),
    over: z.literal('machine').optional(),
    since: z.int().optional(),
  }),
  event('waiver.given', { ...at, by: z.string(), why: z.string(), until: z.string() }),
  event('verdict.given', {
    ...at,
    verdict: verdictSchema,
    previous: verdictSchema.optional(),
    previousRun: z.string().optional(),
    /** What that run had looked at. */
    previousRevision: revisionSchema.optional(),
  }),
  ...incidentEvents,
] as const;

/** An event before the journal gives it `seq` and `at`. */
export const eventDraftSchema = z.discriminatedUnion('type', drafts);
export type EventDraft = Readonly<z.infer<typeof eventDraftSchema>>;
export type EventType = EventDraft['type'];
export type DataOf<T extends EventType> = Extract<EventDraft, { type: T }>['data'];

/** What a newer gonogo recorded and this one cannot read: the name it gave the event, and where in it the first unknown word stands. */
export interface UnknownDraft {
  readonly type: 'unknown';
  readonly actor: Actor;
  readonly data: { readonly named: string; readonly what: string };
}

/**
 * An event with its place in the journal. `at`: epoch ms; `sha256`: sha256 of its line's bytes (what the next `prev` is).
 * `leftOut`: what of it a newer gonogo wrote and this one does not know: keys, and parts of a document.
 */
export type RunEvent = (EventDraft | UnknownDraft) & {
  readonly seq: number;
  readonly at: number;
  readonly sha256: string;
  readonly leftOut?: readonly string[];
};

/** What backs `event`. A person's or an item's evidence may be plain words, which are none. */
export function evidenceOf({ data }: RunEvent): readonly Evidence[] {
  const evidence = 'evidence' in data ? (data.evidence ?? []) : [];
  return evidence.filter((one) => typeof one !== 'string');
}

/** Why an attempt that goes on should not, and what of it can be seen. */
export interface Outlived {
  readonly cause: DataOf<'attempt.outlived'>['cause'];
  readonly processes: readonly RunningProcess[];
}
