/**
 * Answer files: who answered what before the run asked. YAML, one key a step id, `step.item`, or asked variable.
 *
 * Invariants:
 * - A key that names nothing in the document is an error, so a typo never passes for an answer.
 * - A list serves successive visits; an answer is used at most once for the same question of the same visit, so a wrong
 *   one cannot loop.
 */
import { isMap, isNode, isScalar, parseDocument } from 'yaml';
import * as z from 'zod';
import type { DataOf, RunEvent } from '../run/event.ts';
import { bodyOf, outlineOf } from '../run/outline.ts';
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

/** One answer of the file. */
export interface Offer {
  readonly answer: Answer;
  /** To be called once it was given, whatever came of it: it is not offered again for what it answered. */
  take(): void;
}

export interface Answers {
  readonly path: string;
  readonly sha256: string;
  /** Steps that the file may skip on arrival. */
  readonly arrivals: ReadonlySet<StepId>;
  /** The answer to `question`, or null when the file has none left for it. */
  next(question: Question): Offer | null;
}

/**
 * Reads an answers file for `runbook`. `history`: the run so far; what this very file has answered in it is not offered
 * again. Throws `AnswersError` with every problem, one a line.
 */
export function readAnswers(
  path: string,
  text: string,
  sha256: string,
  runbook: Runbook,
  history: readonly RunEvent[] = [],
): Answers {
  // Text as it is written: a version 1.10 stays 1.10.
  const document = parseDocument(text, { uniqueKeys: true, schema: 'failsafe' });
  const broken = document.errors[0];
  if (broken !== undefined) throw new AnswersError(`${path}: ${broken.message.split('\n')[0] ?? 'not YAML'}`);
  const entries = entriesOf(document);
  if (entries === null) {
    throw new AnswersError(`${path}: expected step ids with their answers, like "go: {approve: {by: NAME}}"`);
  }
  const problems = problemsOf(entries, runbook);
  if (problems.length > 0) throw new AnswersError(problems.map((problem) => `${path}: ${problem}`).join('\n'));
  const answers = new FileAnswers(path, sha256, fileSchema.parse(entries));
  answers.replay(history, runbook);
  return answers;
}

/** The map at the top, with null for a key that has no value; null when it is none. */
function entriesOf(document: ReturnType<typeof parseDocument>): Readonly<Record<string, unknown>> | null {
  const { contents } = document;
  if (contents === null || (isScalar(contents) && contents.source === '')) return {};
  if (!isMap(contents)) return null;
  const entries = contents.items.map(({ key, value }): [string, unknown] => {
    const name = isScalar(key) ? String(key.value) : String(key);
    const missing = value === null || (isScalar(value) && value.type === 'PLAIN' && value.source === '');
    return [name, missing ? null : isNode(value) ? value.toJS(document, { maxAliasCount: 20 }) : value];
  });
  return Object.fromEntries(entries);
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

  next(question: Question): Offer | null {
    if (question.kind === 'obligations') return this.#handover(question);
    const waiver = question.kind === 'no-go' ? this.#waiver(question) : null;
    if (waiver !== null) return waiver;
    const key = question.kind === 'variable' ? question.name : question.step;
    const visit = question.kind === 'variable' ? 1 : question.visit;
    const entry = question.kind === 'item' ? this.#itemEntry(key, visit) : this.#entries.get(key);
    const offer = entry === undefined ? null : this.#from(entry, key, visit, question);
    if (offer !== null) return offer;
    // An entry that is not "skip" says nothing against running the step, or sending what the document says.
    if (question.kind === 'ready') return { answer: { kind: 'run' }, take: () => {} };
    if (question.kind === 'notify') return { answer: { kind: 'value', value: question.text }, take: () => {} };
    return null;
  }

  /** Takes what this file has answered in `history`, so that a resumed run is not answered the same twice. */
  replay(history: readonly RunEvent[], runbook: Runbook): void {
    for (const event of history) {
      if (event.actor.via !== 'answers' || event.actor.file !== this.sha256) continue;
      if (event.type === 'variable.set') this.#replayValue(event.data);
      else if (event.type === 'waiver.given') this.#replayWaiver(event.data.step);
      else if ('step' in event.data && 'visit' in event.data && event.data.step !== undefined) {
        const { step, visit } = event.data;
        const kinds = questionsOf(event, bodyOf(runbook, step)?.action ?? '');
        if (kinds.length > 0) this.#take(step, visit ?? 1, kinds);
      }
    }
  }

  /** A secret is asked for again by each process that needs it. */
  #replayValue({ name, value, source }: DataOf<'variable.set'>): void {
    if (source === 'ask' && value !== null) this.#take(name, 1, ['variable']);
  }

  #from(entry: Entry | readonly Entry[], key: string, visit: number, question: Question): Offer | null {
    const { kind } = question;
    if (!isList(entry) && this.#used.has(markOf(key, visit, kind))) return null;
    const found = isList(entry) ? entry[this.#indexOf(key, visit)] : entry;
    const answer = found === undefined ? null : fits(question, found);
    return answer === null ? null : { answer, take: () => this.#take(key, visit, [kind]) };
  }

  #indexOf(key: string, visit: number): number {
    return Math.max(this.#next.get(key) ?? 0, visit - 1);
  }

  #take(key: string, visit: number, kinds: readonly Question['kind'][]): void {
    const entry = kinds.includes('item') ? this.#itemEntry(key, visit) : this.#entries.get(key);
    if (entry === undefined) return;
    if (isList(entry)) this.#next.set(key, this.#indexOf(key, visit) + 1);
    else for (const kind of kinds) this.#used.add(markOf(key, visit, kind));
  }

  /**
   * The answers to an item, the first for its first visit, without its waivers: those answer the verdict. An item is asked again
   * because its answer did not hold or went stale, so the same words do not serve twice.
   */
  #itemEntry(key: string, visit: number): Entry | undefined {
    return listOf(this.#entries.get(key) ?? []).filter((one) => !isWaiver(one))[visit - 1];
  }

  /** A waiver of one of the items that make the verdict a no-go; each is given once, whatever comes of it. */
  #waiver({ blockers }: Extract<Question, { kind: 'no-go' }>): Offer | null {
    for (const item of blockers) {
      const found = this.#waiversLeft(item)[0];
      if (found === undefined) continue;
      return { answer: { kind: 'waive', item, ...found.entry.waive }, take: () => this.#used.add(found.use) };
    }
    return null;
  }

  #replayWaiver(item: StepId): void {
    const found = this.#waiversLeft(item)[0];
    if (found !== undefined) this.#used.add(found.use);
  }

  #waiversLeft(item: StepId): readonly { readonly entry: Waiver; readonly use: string }[] {
    return listOf(this.#entries.get(item) ?? []).flatMap((entry, index) => {
      const use = `${item} waiver ${index}`;
      return isWaiver(entry) && !this.#used.has(use) ? [{ entry, use }] : [];
    });
  }

  #handover(question: Extract<Question, { kind: 'obligations' }>): Offer | null {
    for (const { step } of question.open) {
      const use = `${step} handover`;
      const entry = listOf(this.#entries.get(step) ?? []).find(isHandover);
      if (entry === undefined || this.#used.has(use)) continue;
      return { answer: { kind: 'hand-over', step, to: entry.handover }, take: () => this.#used.add(use) };
    }
    return null;
  }
}

function markOf(key: string, visit: number, kind: Question['kind']): string {
  return `${key} ${visit} ${kind}`;
}

/** The questions that `event`, the first of what an answer made true, may have answered; none: it is not the first. */
function questionsOf(event: RunEvent, action: string): readonly Question['kind'][] {
  switch (event.type) {
    case 'danger.confirmed':
      return ['danger'];
    case 'drift.accepted':
      return ['drift'];
    case 'option.chosen':
      return ['choose'];
    case 'approval.given':
    case 'approval.refused':
      return ['approve'];
    case 'step.retried':
      return ['failure', 'drift', 'no-go'];
    case 'attempt.settled':
      return ['in-doubt'];
    case 'item.answered':
      return ['item'];
    case 'step.answered':
      return ['ask', 'notify'];
    case 'step.passed':
    case 'step.failed':
      return action === 'manual' ? ['manual'] : [];
    case 'step.skipped':
      return ['ready', 'danger', 'manual', 'failure'];
    case 'step.overridden':
      return ['failure'];
    default:
      return [];
  }
}

type Waiver = Extract<Entry, { waive: unknown }>;

function isHandover(entry: Entry): entry is Extract<Entry, { handover: string }> {
  return typeof entry === 'object' && 'handover' in entry;
}

function isList(entry: Entry | readonly Entry[]): entry is readonly Entry[] {
  return Array.isArray(entry);
}

function listOf(entry: Entry | readonly Entry[]): readonly Entry[] {
  return isList(entry) ? entry : [entry];
}

function isWaiver(entry: Entry): entry is Waiver {
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
