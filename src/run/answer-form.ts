/**
 * How answers are written in an answers file.
 *
 * Invariant: of the forms that are maps, no entry is of two: each has a key of its own, or a reason beside it that the other has not.
 */
import * as z from 'zod';
import type { StepId } from '../runbook/document.ts';
import type { Answer, SetValues } from './answer.ts';

export interface Form {
  /** As a message names it. */
  readonly words: string;
  /** `entry` as an answer, or null when it is of another form. `part`: the step that it answers for, of a question about several. */
  readonly read: (entry: unknown, part?: StepId) => Answer | null;
}

/** The form that `schema` describes. */
export function form<T>(words: string, schema: z.ZodType<T>, answer: (entry: T, part?: StepId) => Answer): Form {
  return {
    words,
    read: (entry, part) => {
      const parsed = schema.safeParse(entry);
      return parsed.success ? answer(parsed.data, part) : null;
    },
  };
}

const name = z.string().trim().min(1);
const reason = z.string().trim().min(1);

/** Values as they are written; a list is its JSON, as a variable has it. */
const set = z
  .record(
    z.string(),
    z
      .union([z.string(), z.number(), z.boolean(), z.array(z.json())])
      .transform((value) => (typeof value === 'object' ? JSON.stringify(value) : String(value))),
  )
  .optional();

function setIn(entry: { readonly set?: SetValues | undefined }): { readonly set?: SetValues } {
  return entry.set === undefined ? {} : { set: entry.set };
}

/** `STEP.HOST` answers for that host alone. */
function hostIn(part: string | undefined): { readonly host?: string } {
  const at = part?.indexOf('.') ?? -1;
  return part === undefined || at < 0 ? {} : { host: part.slice(at + 1) };
}

/** The last is where a machine looked: what it found is judged over. */
function item(result: Extract<Answer, { kind: 'item' }>['result']): Form {
  const more = { at: z.string().optional(), over: z.literal('machine').optional() };
  const own = z.record(z.literal(result), reason);
  return {
    words: `{${result}: EVIDENCE, at: DAY, over: machine}`,
    read: (entry) => {
      if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return null;
      const { at, over, ...found }: Readonly<Record<string, unknown>> = { ...entry };
      const said = z.strictObject(more).safeParse({ at, over });
      const parsed = own.safeParse(found);
      return said.success && parsed.success
        ? { kind: 'item', result, detail: parsed.data[result], ...said.data }
        : null;
    },
  };
}

/** The forms that several kinds of question share. */
export const forms = {
  done: form('done', z.literal('done'), () => ({ kind: 'done' })),
  note: form(
    '{note: TEXT, evidence: FILE}',
    z
      .strictObject({ note: z.string().optional(), evidence: z.union([name, z.array(name).min(1)]).optional() })
      .refine((entry) => Object.keys(entry).length > 0),
    ({ note, evidence }) => ({
      kind: 'done',
      ...(note === undefined ? {} : { note }),
      ...(evidence === undefined ? {} : { attach: typeof evidence === 'string' ? [evidence] : evidence }),
    }),
  ),
  choose: form(
    '{choose: LABEL, reason}',
    z.strictObject({ choose: z.string(), reason: reason.optional() }),
    (entry) => ({ kind: 'choose', label: entry.choose, reason: entry.reason }),
  ),
  approve: form('{approve: {by}}', z.strictObject({ approve: z.strictObject({ by: name }) }), ({ approve }) => ({
    kind: 'approve',
    by: approve.by,
  })),
  refuse: form('{refuse: {by, reason}}', z.strictObject({ refuse: z.strictObject({ by: name, reason }) }), (entry) => ({
    kind: 'refuse',
    ...entry.refuse,
  })),
  emergency: form(
    '{emergency: {by, reason}}',
    z.strictObject({ emergency: z.strictObject({ by: name, reason }) }),
    ({ emergency }) => ({ kind: 'emergency', ...emergency }),
  ),
  confirm: form('{confirm: TARGET}', z.strictObject({ confirm: z.string() }), ({ confirm }) => ({
    kind: 'confirm',
    target: confirm,
  })),
  accept: form('{accept: REASON}', z.strictObject({ accept: reason }), (entry) => ({
    kind: 'accept',
    reason: entry.accept,
  })),
  skip: form('{skip: REASON, set: {NAME: VALUE}}', z.strictObject({ skip: reason, set }), (entry, part) => ({
    kind: 'skip',
    reason: entry.skip,
    ...setIn(entry),
    ...hostIn(part),
  })),
  retry: form('{retry: REASON, set: {NAME: VALUE}}', z.strictObject({ retry: reason, set }), (entry, part) => ({
    kind: 'retry',
    reason: entry.retry,
    ...setIn(entry),
    ...hostIn(part),
  })),
  rollback: form('{rollback: REASON}', z.strictObject({ rollback: reason }), ({ rollback }) => ({
    kind: 'rollback',
    reason: rollback,
  })),
  passed: form('{passed: REASON, set: {NAME: VALUE}}', z.strictObject({ passed: reason, set }), (entry, part) => ({
    kind: 'passed',
    reason: entry.passed,
    ...setIn(entry),
    ...hostIn(part),
  })),
  review: form(
    '{review: read|idempotent|once}',
    z.strictObject({ review: z.enum(['read', 'idempotent', 'once']) }),
    ({ review }) => ({ kind: 'review', as: review }),
  ),
  settle: form(
    '{settle: passed|failed|rerun, reason}',
    z.strictObject({ settle: z.enum(['passed', 'failed', 'rerun']), reason }),
    (entry) => ({ kind: 'settle', as: entry.settle, reason: entry.reason }),
  ),
  waive: form(
    '{waive: {by, why, until}}',
    z.strictObject({ waive: z.strictObject({ by: name, why: reason, until: z.string() }) }),
    ({ waive }, part) => ({ kind: 'waive', ...(part === undefined ? {} : { item: part }), ...waive }),
  ),
  pass: item('pass'),
  partial: item('partial'),
  fail: item('fail'),
  na: item('na'),
  handOver: form('{handover: NAME}', z.strictObject({ handover: name }), ({ handover }, part = '') => ({
    kind: 'hand-over',
    step: part,
    to: handover,
  })),
  settleOwed: form('{settle: HOW}', z.strictObject({ settle: reason }), ({ settle }, part = '') => ({
    kind: 'settle-owed',
    item: part,
    reason: settle,
  })),
  defer: form('{defer: REASON}', z.strictObject({ defer: reason }), ({ defer }, part = '') => ({
    kind: 'defer',
    item: part,
    reason: defer,
  })),
  wait: form('wait', z.literal('wait'), () => ({ kind: 'wait' })),
  alongside: form('{alongside: REASON}', z.strictObject({ alongside: reason }), ({ alongside }) => ({
    kind: 'alongside',
    reason: alongside,
  })),
  over: form('{over: RUN, reason}', z.strictObject({ over: name, reason }), (entry) => ({
    kind: 'over',
    run: entry.over,
    reason: entry.reason,
  })),
  value: form('a value', z.union([z.string(), z.number(), z.boolean()]).transform(String), (value) => ({
    kind: 'value',
    value,
  })),
} as const satisfies Readonly<Record<string, Form>>;
