/**
 * What a report signature says: an in-toto Statement v1 about the report's files
 * (https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md), with the run's result as its predicate.
 *
 * Invariants:
 * - The bytes are RFC 8785; there is one statement for a value and no byte of it is free.
 * - Subjects are in code-unit order of their names, each name once, each a safe relative path.
 * - The predicate holds results, not new claims: everything in it can be derived from the journal that is a subject, but
 *   `signedAt`, which is what the signer's clock said, and `signer`, which its first signature proves.
 */
import * as z from 'zod';
import { emergencyDebts } from '../run/approvals.ts';
import type { DataOf } from '../run/event.ts';
import { rendererOf } from '../run/renderer.ts';
import type { RunState, StepState } from '../run/state.ts';
import { isSafePath } from './archive-path.ts';
import { canonicalBytes, parseCanonical } from './canonical.ts';
import { parsePublicKeyLine } from './public-key.ts';

/** Our predicate type. A `urn:` because in-toto asks for an RFC 3986 URI that need not resolve, and no host is ours to name. */
const predicateType = 'urn:gonogo:report:v1';
const statementType = 'https://in-toto.io/Statement/v1';

const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hex digits');
const timeSchema = z.int().min(0);

/** A file of the report, or what the run changed: an artefact by its sha256, the commit by its id. */
const subjectSchema = z.strictObject({
  name: z.string().max(1024),
  digest: z.union([z.strictObject({ sha256: sha256Schema }), z.strictObject({ gitCommit: z.string() })]),
});

const changeSchema = z.strictObject({
  ticket: z.string().nullable(),
  requester: z.string().nullable(),
  commit: z
    .string()
    .regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/)
    .nullable(),
  artefacts: z.array(z.strictObject({ name: z.string(), sha256: sha256Schema })),
});

const predicateSchema = z.strictObject({
  run: z.string(),
  title: z.string(),
  /** How it ended; `running` or `paused`: it had not. */
  decision: z.enum(['running', 'paused', 'completed', 'rolled-back', 'failed', 'abandoned']),
  operator: z.string(),
  startedAt: timeSchema,
  endedAt: timeSchema.nullable(),
  /** What the signer's clock said, epoch ms; not before the last record. */
  signedAt: timeSchema,
  /** Fingerprint of the key that signs first: without its signature, countersignatures are none. Absent: not signed, or before 0.2. */
  signer: z.string().optional(),
  /** The evidence that goes with the report: how many files, and their bytes in all. Absent: none is announced. */
  evidence: z.strictObject({ files: z.int().min(0), bytes: z.int().min(0) }).optional(),
  /** sha256 of the canonical list of the documents. */
  documents: sha256Schema,
  /** The last journal record that the report speaks of. */
  head: z.strictObject({ seq: z.int().min(0), sha256: sha256Schema }),
  /** Version of the rendering: the same events and renderer give the same report, byte by byte. */
  renderer: z.int().min(1),
  /** In the order of their first start, then those that never started in code-unit order of their ids. */
  steps: z.array(
    z.strictObject({
      id: z.string(),
      status: z.enum(['pending', 'running', 'passed', 'failed', 'skipped', 'not-taken', 'in-doubt']),
      visits: z.int().min(0),
      reason: z.string().nullable(),
    }),
  ),
  verdicts: z.array(z.strictObject({ step: z.string(), verdict: z.enum(['go', 'no-go']), score: z.string() })),
  waivers: z.array(z.strictObject({ step: z.string(), by: z.string(), why: z.string(), until: z.string() })),
  /** `key`: fingerprint of the signing key; null: claimed, not signed. `valid` false: voided by an adopted document. */
  approvals: z.array(
    z.strictObject({
      step: z.string(),
      by: z.string(),
      at: timeSchema,
      key: z.string().nullable(),
      valid: z.boolean(),
    }),
  ),
  /** What the run changed; its artefacts and its commit are subjects too. Absent: none is declared, or nothing was changed. */
  change: changeSchema.optional(),
  /** Gates that were passed without the approvals they ask for; `settledAt` null: they are owed. Absent: there is none. */
  emergencies: z
    .array(
      z.strictObject({
        step: z.string(),
        by: z.string(),
        at: timeSchema,
        /** Fingerprint of the key that signed it; null: claimed, not signed. Absent before renderer 3. */
        key: z.string().nullable().optional(),
        reason: z.string(),
        settledAt: timeSchema.nullable(),
      }),
    )
    .min(1)
    .optional(),
});

const statementSchema = z
  .strictObject({
    _type: z.literal(statementType),
    subject: z.array(subjectSchema).min(1).max(10_000),
    predicateType: z.literal(predicateType),
    predicate: predicateSchema,
  })
  .refine(
    (statement) => filesOf(statement).every(({ name }) => isSafePath(name)),
    'expected a relative path without ".."',
  )
  .refine(({ subject }) => isSorted(subject), 'expected subjects in code-unit order of their names, each once')
  .refine(namesChange, 'expected the artefacts and the commit of the change among the subjects');

export type Predicate = Readonly<z.infer<typeof predicateSchema>>;
export type Statement = Readonly<z.infer<typeof statementSchema>>;

/** Largest statement that is read or written. */
const statementBytesMax = 16 * 1024 * 1024;

/** Path of a file in the report folder, with `/`, and the lower-case hex sha256 of its bytes. */
export interface Subject {
  readonly name: string;
  readonly sha256: string;
}

/** The name of the subject that is the commit. */
const commitName = 'commit';

type Named = { readonly name: string; readonly digest: { readonly sha256: string } | { readonly gitCommit: string } };
interface Told {
  readonly subject: readonly Named[];
  readonly predicate: { readonly change?: z.infer<typeof changeSchema> | undefined };
}

/** The subjects that the change brings: each artefact, and the commit. */
function changed({ change }: Told['predicate']): readonly Named[] {
  if (change === undefined) return [];
  const artefacts = change.artefacts.map(({ name, sha256 }) => ({ name, digest: { sha256 } }));
  return change.commit === null
    ? artefacts
    : [...artefacts, { name: commitName, digest: { gitCommit: change.commit } }];
}

/** The subjects of `statement` that are files of the report. */
export function filesOf({ subject, predicate }: Told): readonly Subject[] {
  const others = new Set(changed(predicate).map(({ name }) => name));
  return subject.flatMap(({ name, digest }) =>
    others.has(name) || !('sha256' in digest) ? [] : [{ name, sha256: digest.sha256 }],
  );
}

/** Every part of the change is a subject by its own digest, and nothing else is one without being a file. */
function namesChange({ subject, predicate }: Told): boolean {
  const due = changed(predicate).map(keyOf);
  const found = new Set(subject.map(keyOf));
  const commits = subject.filter(({ digest }) => 'gitCommit' in digest);
  return due.every((one) => found.has(one)) && commits.every((one) => due.includes(keyOf(one)));
}

function keyOf({ name, digest }: Named): string {
  return JSON.stringify('sha256' in digest ? [name, 'sha256', digest.sha256] : [name, 'gitCommit', digest.gitCommit]);
}

/** The statement about these files, and about what the run changed. Throws when a name or a digest is not one (a bug of the caller's). */
export function toStatement(subjects: readonly Subject[], predicate: Predicate): Statement {
  const files = subjects.map(({ name, sha256 }) => ({ name, digest: { sha256 } }));
  const subject = [...files, ...changed(predicate)].sort((a, b) => compareText(a.name, b.name));
  return statementSchema.parse({ _type: statementType, subject, predicateType, predicate });
}

/** The bytes that are signed: the content of `statement.json`. */
export function statementBytes(statement: Statement): Uint8Array {
  return canonicalBytes(statement);
}

/** Reads exactly what `statementBytes` writes. Throws `malformed` or `too-large`. */
export function parseStatement(bytes: Uint8Array): Statement {
  return parseCanonical(bytes, statementSchema, 'the statement', statementBytesMax);
}

/** What whoever makes a statement says beside the run's result: when, by which key, and whether the evidence goes with it. */
export type Making = Pick<Predicate, 'renderer' | 'signedAt' | 'signer' | 'evidence'>;

/** The predicate for a run as its journal has it. */
export function toPredicate(state: RunState, { renderer, signedAt, signer, evidence }: Making): Predicate {
  return {
    run: state.id,
    title: state.runbook.title,
    decision: state.status,
    operator: state.operator,
    startedAt: state.startedAt,
    endedAt: state.endedAt,
    signedAt,
    ...(signer === undefined ? {} : { signer }),
    ...(evidence === undefined ? {} : { evidence }),
    documents: state.sha256,
    head: { seq: state.head.seq, sha256: state.head.sha256 },
    renderer,
    steps: toSteps(state),
    verdicts: state.verdicts.map(({ step, data }) => ({
      step,
      verdict: data.verdict.verdict,
      score: data.verdict.score,
    })),
    waivers: toWaivers(state),
    approvals: toApprovals(state),
    ...(state.change === null ? {} : { change: toChange(state.change.data) }),
    ...(state.emergencies.length === 0 ? {} : { emergencies: toEmergencies(state) }),
  };
}

function toChange({ ticket, requester, commit, artefacts }: DataOf<'change.recorded'>): Predicate['change'] {
  return {
    ticket: ticket ?? null,
    requester: requester ?? null,
    commit: commit ?? null,
    artefacts: artefacts.map(({ name, sha256 }) => ({ name, sha256 })),
  };
}

function toSteps(state: RunState): Predicate['steps'] {
  const started = new Set(state.startedOrder);
  const rest = [...state.steps.keys()].filter((id) => !started.has(id)).sort(compareText);
  return [...state.startedOrder, ...rest].flatMap((id) => {
    const step = state.steps.get(id);
    return step === undefined ? [] : [toStep(step)];
  });
}

function toStep({ id, visits }: StepState): Predicate['steps'][number] {
  const last = visits.at(-1);
  return { id, status: last?.status ?? 'pending', visits: visits.length, reason: last?.reason ?? null };
}

function toWaivers(state: RunState): Predicate['waivers'] {
  const visits = [...state.steps.values()].flatMap((step) => [...step.visits]);
  return visits
    .flatMap(({ waiver }) => (waiver === null ? [] : [waiver]))
    .map(({ step, by, why, until }) => ({ step, by, why, until }))
    .sort((a, b) => compareText(a.step, b.step));
}

function toApprovals(state: RunState): Predicate['approvals'] {
  return state.approvals.map(({ step, at, data, valid }) => {
    const { by, signature } = data;
    return { step, by, at, key: fingerprintOf(signature), valid };
  });
}

function fingerprintOf(signature: { readonly key: string } | null): string | null {
  return signature === null ? null : parsePublicKeyLine(signature.key).key.fingerprint;
}

function toEmergencies(state: RunState): Predicate['emergencies'] {
  return emergencyDebts(state).map(({ step, by, at, signature, reason, settled }) => ({
    step,
    by,
    at,
    ...(rendererOf(state) < 3 ? {} : { key: fingerprintOf(signature) }),
    reason,
    settledAt: settled?.at ?? null,
  }));
}

function isSorted(subjects: readonly { readonly name: string }[]): boolean {
  return subjects.every(({ name }, i) => i === 0 || compareText(subjects[i - 1]?.name ?? '', name) < 0);
}

/** By UTF-16 code unit. */
function compareText(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
