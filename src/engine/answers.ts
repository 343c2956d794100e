/**
 * Answer files: who answered what before the run asked. YAML, one key a step id, `step.item`, or asked variable.
 *
 * Invariants:
 * - A key that names nothing in the document is an error, so a typo never passes for an answer.
 * - A list serves successive visits; an answer is used at most once for the same question of the same visit, so a wrong
 *   one cannot loop.
 */
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { outlineOf } from '../run/outline.ts';
import type { Answer, Question } from '../run/question.ts';
import type { Runbook, StepId } from '../runbook/document.ts';

/** The file is not an answers file of this document. `problems`: one line each, with its place. */
export class AnswersError extends Error {
  override readonly name = 'AnswersError';
}

const reason = z.string().trim().min(1);
const valueSchema = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const entrySchema = z.union([
  z.literal('done'),
  z.strictObject({ note: z.string() }),
  z.strictObject({ choose: z.string(), reason: reason.optional() }),
  z.strictObject({ approve: z.strictObject({ by: z.string().trim().min(1) }) }),
  z.strictObject({ refuse: z.strictObject({ by: z.string().trim().min(1), reason }) }),
  z.strictObject({ confirm: z.string() }),
  z.strictObject({ accept: reason }),
  z.strictObject({ skip: reason }),
  z.strictObject({ retry: reason }),
  z.strictObject({ rollback: reason }),
  z.strictObject({ passed: reason }),
  z.strictObject({ waive: z.strictObject({ by: z.string().trim().min(1), why: reason, until: z.string() }) }),
  z.strictObject({ pass: reason }),
  z.strictObject({ partial: reason }),
  z.strictObject({ fail: reason }),
  z.strictObject({ na: reason }),
  z.strictObject({ settle: z.enum(['passed', 'failed', 'rerun']), reason }),
  z.strictObject({ handover: z.string().trim().min(1) }),
  valueSchema,
]);
type Entry = z.infer<typeof entrySchema>;
const fileSchema = z.record(z.string(), z.union([entrySchema, z.array(entrySchema)]));

const forms =
  'done, {note}, {choose: LABEL}, {approve: {by}}, {confirm: TARGET}, {skip|retry|rollback|passed|accept: REASON}, {settle: passed|failed|rerun, reason}, {waive: {by, why, until}}, {pass|partial|fail|na: EVIDENCE}, {handover: NAME} or a value';

export interface Answers {
  readonly path: string;
  readonly sha256: string;
  /** Steps that the file may skip on arrival. */
  readonly arrivals: ReadonlySet<StepId>;
  /** The answer to `question`, or null when the file has none left for it. */
  next(question: Question): Answer | null;
}

/** Reads an answers file for `runbook`. Throws `AnswersError` with every problem, one a line. */
export function readAnswers(path: string, text: string, sha256: string, runbook: Runbook): Answers {
  const document = parseDocument(text, { uniqueKeys: true });
  const broken = document.errors[0];
  if (broken !== undefined) throw new AnswersError(`${path}: ${broken.message.split('\n')[0] ?? 'not YAML'}`);
  const value: unknown = document.toJS({ maxAliasCount: 20 });
  const entries = value === null || value === undefined ? {} : value;
  if (typeof entries !== 'object' || Array.isArray(entries)) {
    throw new AnswersError(`${path}: expected step ids with their answers, like "go: {approve: {by: NAME}}"`);
  }
  const problems = problemsOf(entries, runbook);
  if (problems.length > 0) throw new AnswersError(problems.map((problem) => `${path}: ${problem}`).join('\n'));
  return new FileAnswers(path, sha256, fileSchema.parse(entries));
}

function problemsOf(entries: object, runbook: Runbook): readonly string[] {
  const outline = outlineOf(runbook);
  const problems: string[] = [];
  for (const [key, value] of Object.entries(entries)) {
    const named =
      outline.places.has(key) ||
      outline.undos.has(key) ||
      outline.places.has(key.replace('.', '_')) ||
      runbook.vars[key]?.ask !== undefined;
    if (!named) problems.push(`"${key}" is no step id and no asked variable of "${runbook.title}"`);
    const parsed = z.union([entrySchema, z.array(entrySchema)]).safeParse(value);
    if (!parsed.success) problems.push(`"${key}": not an answer; the forms are: ${forms}`);
  }
  return problems;
}

class FileAnswers implements Answers {
  readonly path: string;
  readonly sha256: string;
  readonly arrivals: ReadonlySet<StepId>;
  readonly #entries: ReadonlyMap<string, Entry | readonly Entry[]>;
  /** Next entry of a list, by key. */
  readonly #next = new Map<string, number>();
  /** Questions that a single entry has answered. */
  readonly #used = new Set<string>();

  constructor(path: string, sha256: string, entries: Readonly<Record<string, Entry | Entry[]>>) {
    this.path = path;
    this.sha256 = sha256;
    this.#entries = new Map(Object.entries(entries).map(([key, value]) => [key.replace('.', '_'), value]));
    const skipping = [...this.#entries].filter(([, value]) => listOf(value).some(isSkip));
    this.arrivals = new Set(skipping.map(([key]) => key));
  }

  next(question: Question): Answer | null {
    if (question.kind === 'obligations') return this.#handover(question);
    const waiver = question.kind === 'no-go' ? this.#waiver(question) : null;
    if (waiver !== null) return waiver;
    const key = question.kind === 'variable' ? question.name : question.step;
    const visit = question.kind === 'variable' ? 1 : question.visit;
    const entry = question.kind === 'item' ? this.#itemEntry(key) : this.#entries.get(key);
    const answer = entry === undefined ? null : this.#from(entry, key, visit, question);
    // An entry that is not "skip" says nothing against running the step.
    return answer === null && question.kind === 'ready' ? { kind: 'run' } : answer;
  }

  #from(entry: Entry | readonly Entry[], key: string, visit: number, question: Question): Answer | null {
    if (!isList(entry)) {
      const use = `${key} ${visit} ${question.kind}`;
      const answer = this.#used.has(use) ? null : fits(question, entry);
      if (answer !== null) this.#used.add(use);
      return answer;
    }
    const index = Math.max(this.#next.get(key) ?? 0, visit - 1);
    const found = entry[index];
    const answer = found === undefined ? null : fits(question, found);
    if (answer !== null) this.#next.set(key, index + 1);
    return answer;
  }

  /** The entry of an item without its waivers: those answer the verdict. */
  #itemEntry(key: string): Entry | readonly Entry[] | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || !isList(entry)) return entry;
    const own = entry.filter((one) => !isWaiver(one));
    return own.length === 1 ? own[0] : own;
  }

  /** A waiver of one of the items that make the verdict a no-go; each is given once, whatever comes of it. */
  #waiver({ blockers }: Extract<Question, { kind: 'no-go' }>): Answer | null {
    for (const item of blockers) {
      for (const [index, entry] of listOf(this.#entries.get(item) ?? []).entries()) {
        const use = `${item} waiver ${index}`;
        if (!isWaiver(entry) || this.#used.has(use)) continue;
        this.#used.add(use);
        return { kind: 'waive', item, ...entry.waive };
      }
    }
    return null;
  }

  #handover(question: Extract<Question, { kind: 'obligations' }>): Answer | null {
    for (const { step } of question.open) {
      for (const candidate of listOf(this.#entries.get(step) ?? [])) {
        if (typeof candidate === 'object' && 'handover' in candidate) {
          return { kind: 'hand-over', step, to: candidate.handover };
        }
      }
    }
    return null;
  }
}

function isList(entry: Entry | readonly Entry[]): entry is readonly Entry[] {
  return Array.isArray(entry);
}

function listOf(entry: Entry | readonly Entry[]): readonly Entry[] {
  return isList(entry) ? entry : [entry];
}

function isWaiver(entry: Entry): entry is Extract<Entry, { waive: unknown }> {
  return typeof entry === 'object' && 'waive' in entry;
}

function isSkip(entry: Entry): boolean {
  return typeof entry === 'object' && 'skip' in entry;
}

/** `entry` as an answer to `question`, or null when it is one to another kind of question. */
function fits(question: Question, entry: Entry): Answer | null {
  const answer = typeof entry === 'string' ? textAnswer(question, entry) : objectAnswer(entry);
  return answer !== null && accepted[question.kind].has(answer.kind) ? answer : null;
}

const accepted: Readonly<Record<Question['kind'], ReadonlySet<Answer['kind']>>> = {
  variable: new Set(['value']),
  ready: new Set(['skip']),
  danger: new Set(['confirm', 'skip']),
  drift: new Set(['accept', 'retry', 'skip', 'rollback']),
  manual: new Set(['done', 'skip', 'rollback']),
  ask: new Set(['value', 'skip']),
  choose: new Set(['choose']),
  approve: new Set(['approve', 'refuse']),
  failure: new Set(['retry', 'rollback', 'passed', 'skip']),
  'in-doubt': new Set(['settle']),
  'no-go': new Set(['retry', 'waive', 'rollback']),
  item: new Set(['item', 'skip']),
  notify: new Set(['value', 'done', 'skip']),
  obligations: new Set(['hand-over']),
};

function textAnswer(question: Question, text: string): Answer | null {
  const wantsValue = question.kind === 'variable' || question.kind === 'ask' || question.kind === 'notify';
  if (wantsValue) return { kind: 'value', value: text };
  return text === 'done' ? { kind: 'done' } : null;
}

function objectAnswer(entry: Exclude<Entry, string>): Answer {
  if ('note' in entry) return { kind: 'done', note: entry.note };
  if ('choose' in entry) return { kind: 'choose', label: entry.choose, reason: entry.reason };
  if ('approve' in entry) return { kind: 'approve', by: entry.approve.by };
  if ('refuse' in entry) return { kind: 'refuse', ...entry.refuse };
  if ('confirm' in entry) return { kind: 'confirm', target: entry.confirm };
  if ('accept' in entry) return { kind: 'accept', reason: entry.accept };
  if ('skip' in entry) return { kind: 'skip', reason: entry.skip };
  if ('retry' in entry) return { kind: 'retry', reason: entry.retry };
  if ('rollback' in entry) return { kind: 'rollback', reason: entry.rollback };
  if ('passed' in entry) return { kind: 'passed', reason: entry.passed };
  if ('waive' in entry) return { kind: 'waive', ...entry.waive };
  if ('pass' in entry) return { kind: 'item', result: 'pass', detail: entry.pass };
  if ('partial' in entry) return { kind: 'item', result: 'partial', detail: entry.partial };
  if ('fail' in entry) return { kind: 'item', result: 'fail', detail: entry.fail };
  if ('na' in entry) return { kind: 'item', result: 'na', detail: entry.na };
  if ('settle' in entry) return { kind: 'settle', as: entry.settle, reason: entry.reason };
  return { kind: 'hand-over', step: '', to: entry.handover };
}
