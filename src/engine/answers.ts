/**
 * Answer files: who answered what before the run asked. YAML, one key a step id, `step.item`, or asked variable.
 *
 * Invariants:
 * - A key that names nothing in the document is an error, so a typo never passes for an answer.
 * - A list serves successive visits; an answer is used at most once for the same question of the same visit, so a wrong
 *   one cannot loop, and a single one not for a gate that is passed anew because what was consented to does not hold any more,
 *   nor for a choice that fails in a further visit: a loop that came round too often would go on for ever.
 * - `STEP.HOST` answers what is asked of the step on that host; where there is none, STEP answers, once for each of its hosts.
 */

import { isMap, isNode, isScalar, parseDocument, type YAMLError } from 'yaml';
import { isRunId } from '../journal/run-id.ts';
import { type Form, forms } from '../run/answer-form.ts';
import { mayBeCopy } from '../run/copies.ts';
import type { RunEvent } from '../run/event.ts';
import { hostsNamed, makesHosts } from '../run/fleet-asked.ts';
import { answerOf, type ItemAnswer, judgingObjection, unfitAnswer } from '../run/judging.ts';
import { bodyOf, outlineOf } from '../run/outline.ts';
import {
  type Answer,
  entryAnswer,
  entryForms,
  kindsAnsweredBy,
  partsOf,
  type Question,
  unsaidAnswer,
} from '../run/question.ts';
import { unfitValues } from '../run/response.ts';
import { isSame } from '../run/same.ts';
import type { RunState } from '../run/state.ts';
import type { Runbook, StepId } from '../runbook/document.ts';
import { hostProblem } from '../runbook/host-names.ts';
import { checkValue } from '../runbook/values.ts';
import { isTooDeep, tooDeep } from '../runbook/yaml-depth.ts';

/** The file is not an answers file of this document. `problems`: one line each, with its place. */
export class AnswersError extends Error {
  override readonly name = 'AnswersError';
}

/** What the file says of a closed item. */
export interface Judging {
  readonly step: StepId;
  readonly answer: ItemAnswer;
}

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
  /** What the file says otherwise than `state` has it, of items that are closed and can still be judged. */
  corrections(state: RunState): readonly Judging[];
  /** The answer to `question`, or null when the file has none left for it. */
  next(question: Question): Offer | null;
  /** True where the file says what an attempt at `step` that is in doubt came to. */
  settles(step: StepId): boolean;
  /** The key whose answer would fit `question`, had this file not given it before; null: there is none. */
  spent(question: Question): string | null;
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
  if (broken !== undefined) throw new AnswersError(`${path}: ${wordsOf(broken)}`);
  const entries = entriesIn(path, document);
  if (entries === null) {
    throw new AnswersError(`${path}: expected step ids with their answers, like "go: {approve: {by: NAME}}"`);
  }
  const problems = problemsOf(entries, runbook);
  if (problems.length > 0) throw new AnswersError(problems.map((problem) => `${path}: ${problem}`).join('\n'));
  const answers = new FileAnswers(path, sha256, entries);
  answers.replay(history, runbook);
  return answers;
}

/** A fault of the YAML on one line. */
function wordsOf(problem: YAMLError): string {
  const { code, message } = problem;
  if (isTooDeep(problem)) return tooDeep;
  if (code === 'MULTIPLE_DOCS') return 'it holds several documents (---); write all answers into one';
  return (message.split('\n')[0] ?? 'it is no YAML').replace(/:$/, '');
}

/** Throws `AnswersError` for an alias that names nothing, or too much. */
function entriesIn(path: string, document: ReturnType<typeof parseDocument>): ReturnType<typeof entriesOf> {
  try {
    return entriesOf(document);
  } catch (error) {
    if (!(error instanceof ReferenceError || error instanceof RangeError || error instanceof TypeError)) throw error;
    throw new AnswersError(`${path}: ${error.message}; write the value out instead of an alias`);
  }
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

const formWords = [...entryForms].map(({ words }) => words).join(', ');

const forEarlier = [forms.settleOwed, forms.handOver, forms.defer];
const forOwn = [...entryForms].filter((form) => form !== forms.settleOwed && form !== forms.defer);

/**
 * A plain text, as in `ready.item: pass` or `switch: retry` of hosts, would be read and serve nothing. Elsewhere it may stand in a list
 * for a visit that is over.
 */
const forItems = forOwn.filter((form) => form !== forms.value);

function takesText(runbook: Runbook, key: string): boolean {
  const { places } = outlineOf(runbook);
  const step = (places.get(key) ?? places.get(key.replace('.', '_')))?.step;
  return step === undefined ? !isOnHost(runbook, key) : step.item === undefined && step.on === undefined;
}

function isOfForms(of: readonly Form[]): (entry: unknown) => boolean {
  return (entry) => of.some((form) => form.read(entry) !== null);
}

function problemsOf(entries: object, runbook: Runbook): readonly string[] {
  const outline = outlineOf(runbook);
  const problems: string[] = [];
  for (const [key, value] of Object.entries(entries)) {
    const named =
      outline.places.has(key) ||
      outline.undos.has(key) ||
      mayBeCopy(runbook, key) ||
      outline.places.has(key.replace('.', '_')) ||
      isOfEarlierRun(key) ||
      isOnHost(runbook, key) ||
      runbook.vars[key]?.ask !== undefined ||
      runbook.vars[key]?.or !== undefined;
    if (!named) problems.push(`"${key}" is no step id and no asked variable of "${runbook.title}"`);
    problems.push(...listOf(value).flatMap((entry) => unfitItem(runbook, key.replace('.', '_'), entry)));
    problems.push(...listOf(value).flatMap((entry) => unfitSet(runbook, key.replace('.', '_'), entry)));
    const fits = isOfEarlierRun(key) ? isOfForms(forEarlier) : isOfForms(takesText(runbook, key) ? forOwn : forItems);
    if (!listOf(value).every(fits)) problems.push(`"${key}": not an answer; the forms are: ${formWords}`);
  }
  return problems;
}

/** STEP.HOST, or undo_STEP.HOST: what happens on one of its hosts. */
function isOnHost(runbook: Runbook, key: string): boolean {
  const at = key.indexOf('.');
  const [step, host] = [key.slice(0, at).replace(/^undo_/, ''), key.slice(at + 1)];
  if (at < 0 || outlineOf(runbook).places.get(step)?.step.on === undefined) return false;
  return makesHosts(runbook) ? hostProblem(host) === null : hostsNamed(runbook).includes(host);
}

/** RUN.STEP: what an earlier run left open at a step of it. */
function isOfEarlierRun(key: string): boolean {
  const [run = '', step, ...more] = key.split('.');
  return isRunId(run) && step !== undefined && /^[a-z][a-z0-9_]*$/.test(step) && more.length === 0;
}

/** An entry for an item that it cannot answer, as far as the document tells. */
function unfitItem(runbook: Runbook, key: StepId, entry: unknown): readonly string[] {
  const step = outlineOf(runbook).places.get(key)?.step;
  const answer = itemAnswer(entry);
  if (step?.item === undefined || answer === null) return [];
  // It is asked nowhere, so it says nothing: a checklist may have learnt to look where it asked before.
  if (step.effect !== 'person' && answer.over === undefined) return [];
  const wrong = unfitAnswer(key, answer, step.effect !== 'person', null);
  return wrong === null ? [] : [`"${key}": ${wrong.slice(key.length + 1).trim()}`];
}

function itemAnswer(entry: unknown): ItemAnswer | null {
  for (const one of [forms.pass, forms.partial, forms.fail, forms.na]) {
    const answer = one.read(entry);
    if (answer?.kind === 'item') return answer;
  }
  return null;
}

/** Values that an entry gives and that no answer could take: known before anything runs, so that nothing runs for want of them. */
function unfitSet(runbook: Runbook, step: StepId, entry: unknown): readonly string[] {
  const leftOut = forms.skip.read(entry) ?? forms.passed.read(entry);
  if (leftOut !== null && 'set' in leftOut && outlineOf(runbook).places.has(step)) {
    const wrong = unfitValues({ runbook }, step, leftOut.set);
    return wrong === null ? [] : [`"${step}": ${wrong}`];
  }
  const retry = forms.retry.read(entry);
  if (retry === null || !('set' in retry)) return [];
  return Object.entries(retry.set ?? {}).flatMap(([name, value]) => {
    const variable = runbook.vars[name];
    if (variable === undefined) return [`"${step}": there is no variable ${name}`];
    const wrong = variable.secret ? 'a secret is not given in an answers file' : checkValue(variable, value);
    return wrong === null ? [] : [`"${step}": ${name}: ${wrong}`];
  });
}

class FileAnswers implements Answers {
  readonly path: string;
  readonly sha256: string;
  readonly arrivals: ReadonlySet<StepId>;
  /** Under each key an entry of one of the forms, or a list of them for successive visits. */
  readonly #entries: ReadonlyMap<string, unknown>;
  /** Next entry of a list, by key. */
  readonly #next = new Map<string, number>();
  /** What a single entry has answered, and the entries for parts of a question that were given. */
  readonly #used = new Set<string>();
  /** Visits of items that this file has answered. */
  readonly #judged = new Set<string>();

  constructor(path: string, sha256: string, entries: Readonly<Record<string, unknown>>) {
    this.path = path;
    this.sha256 = sha256;
    this.#entries = new Map(Object.entries(entries).map(([key, value]) => [key.replace('.', '_'), value]));
    const skipping = [...this.#entries].filter(([, value]) => listOf(value).some(isSkip));
    const judging = [...this.#entries].filter(([, value]) =>
      listOf(value).some((entry) => itemAnswer(entry)?.over !== undefined),
    );
    this.arrivals = new Set([...skipping, ...judging].map(([key]) => key));
  }

  corrections(state: RunState): readonly Judging[] {
    return [...this.#entries.keys()].flatMap((step) => {
      const visit = state.steps.get(step)?.visits.at(-1);
      if (visit === undefined || this.#judged.has(`${step} ${visit.visit}`)) return [];
      if (judgingObjection(state, step) !== null) return [];
      const answer = itemAnswer(this.#itemEntry(step, visit.visit));
      const before = visit.judged?.data ?? visit.item;
      if (answer === null || (before !== null && isSame(answerOf(before), { ...answer, over: undefined }))) return [];
      return [{ step, answer }];
    });
  }

  settles(step: StepId): boolean {
    return listOf(this.#entries.get(step)).some((entry) => forms.settle.read(entry) !== null);
  }

  next(question: Question): Offer | null {
    const part = this.#part(question);
    if (part !== null) return part;
    const found = this.#own(question);
    if (found !== null) return found;
    const unsaid = unsaidAnswer(question);
    return unsaid === null ? null : { answer: unsaid, take: () => {} };
  }

  spent(question: Question): string | null {
    const found = this.#keyOf(question);
    const entry = found === null ? undefined : this.#entries.get(found.key);
    if (found === null || !listOf(entry).some((one) => entryAnswer(question, one) !== null)) return null;
    const isAtEnd = isList(entry) && this.#indexOf(found.as, visitOf(question)) >= entry.length;
    return isAtEnd || this.#isTaken(found.as, question) ? found.key : null;
  }

  /** Takes what this file has answered in `history`, so that a resumed run is not answered the same twice. */
  replay(history: readonly RunEvent[], runbook: Runbook): void {
    const copies = copiesOnHosts(history, runbook);
    for (const event of history) {
      if (event.type === 'unknown' || event.actor.via !== 'answers' || event.actor.file !== this.sha256) continue;
      if (event.type === 'waiver.given') this.#replayPart(event.data.step, [forms.waive]);
      else if (event.type === 'obligation.handed_over') this.#replayPart(event.data.step, [forms.handOver]);
      else if (event.type === 'item.judged') this.#judged.add(`${event.data.step} ${event.data.visit}`);
      else if (event.type === 'owed.decided') this.#replayPart(event.data.item, forEarlier);
      else this.#replayOwn(event, runbook, copies);
    }
  }

  #replayOwn(event: Exclude<RunEvent, { type: 'unknown' }>, runbook: Runbook, copies: OnHosts): void {
    const step = 'step' in event.data ? event.data.step : undefined;
    const copy = step === undefined ? undefined : copies.get(step);
    if (copy !== undefined && this.#replayOnHost(copy, event)) return;
    const kinds = kindsAnsweredBy(event, step === undefined ? '' : (bodyOf(runbook, step)?.action ?? ''));
    if (kinds.length === 0) return;
    if (event.type === 'item.answered') this.#judged.add(`${event.data.step} ${event.data.visit}`);
    if (event.type === 'variable.set') this.#take({ key: event.data.name, as: event.data.name }, 1, kinds);
    else if (step !== undefined && 'visit' in event.data) {
      const turns = bodyOf(runbook, step)?.action === 'choose';
      this.#take({ key: step, as: step }, event.data.visit ?? 1, kinds, turns);
    }
  }

  /** Where the file says something of the one host, that answers; else what it says of the step, as of each host by itself. */
  #keyOf(question: Question): Keyed | null {
    const named = 'alias' in question ? question.alias : undefined;
    const alias = named?.replace('.', '_');
    if (alias !== undefined && this.#entries.has(alias)) return { key: alias, as: alias };
    const own = keyOf(question);
    if (own === null) return null;
    const step = named?.slice(0, named.indexOf('.'));
    return { key: step !== undefined && !this.#entries.has(own) && this.#entries.has(step) ? step : own, as: own };
  }

  /** What answered for one host, or for all that a step failed on. True when there is such an entry. */
  #replayOnHost({ of, visit, host }: OnHost, event: Exclude<RunEvent, { type: 'unknown' }>): boolean {
    const kinds = kindsAnsweredBy(event, '');
    const own = `${of}.${host}`;
    if (this.#entries.has(own.replace('.', '_'))) {
      this.#replayPart(own, [forms.retry, forms.passed, forms.skip]);
      const key = own.replace('.', '_');
      this.#take({ key, as: key }, visit, kinds);
      return true;
    }
    if (!this.#entries.has(of) || kinds.length === 0) return false;
    if (kinds.includes('failure')) this.#used.add(markOf(of, visit, 'failure', false));
    if ('step' in event.data && event.data.step !== undefined && 'visit' in event.data)
      this.#take({ key: of, as: event.data.step }, event.data.visit ?? 1, kinds);
    return true;
  }

  /** The answer under the question's own key. */
  #own(question: Question): Offer | null {
    const keyed = this.#keyOf(question);
    if (keyed === null) return null;
    const { key, as } = keyed;
    const visit = visitOf(question);
    const { kind } = question;
    const entry = kind === 'item' ? this.#itemEntry(key, visit) : this.#entries.get(key);
    if (entry === undefined || (!isList(entry) && this.#isTaken(as, question))) return null;
    const found = isList(entry) ? entry[this.#indexOf(as, visit)] : entry;
    const answer = found === undefined ? null : entryAnswer(question, found);
    return answer === null ? null : { answer, take: () => this.#take(keyed, visit, [kind], turnsIn(question)) };
  }

  /** True when a single entry has answered `question`. */
  #isTaken(as: string, question: Question): boolean {
    const visit = visitOf(question);
    // What a gate was told before it was voided is not told again: it answered something else.
    const visits = question.kind === 'approve' ? [visit, ...question.renews] : [visit];
    return visits.some((one) => this.#used.has(markOf(as, one, question.kind, turnsIn(question))));
  }

  #indexOf(as: string, visit: number): number {
    return Math.max(this.#next.get(as) ?? 0, visit - 1);
  }

  #take({ key, as }: Keyed, visit: number, kinds: readonly Question['kind'][], turns = false): void {
    const entry = kinds.includes('item') ? this.#itemEntry(key, visit) : this.#entries.get(key);
    if (entry === undefined) return;
    if (isList(entry)) this.#next.set(as, this.#indexOf(as, visit) + 1);
    else for (const kind of kinds) this.#used.add(markOf(as, visit, kind, turns));
  }

  /**
   * The answers to an item, the first for its first visit, without its waivers: those answer the verdict. An item is asked again
   * because its answer did not hold or went stale, so the same words do not serve twice.
   */
  #itemEntry(key: string, visit: number): unknown {
    const answers = listOf(this.#entries.get(key) ?? []).filter((one) => forms.waive.read(one) === null);
    // The machine finds the same again, so the same words judge it again.
    return answers[visit - 1] ?? answers.findLast((one) => itemAnswer(one)?.over !== undefined);
  }

  /** An answer for one of the steps that the question is about; each entry is given once, whatever comes of it. */
  #part(question: Question): Offer | null {
    const parts = partsOf(question);
    for (const step of parts?.steps ?? []) {
      const found = parts === null ? undefined : this.#partsLeft(step, parts.forms)[0];
      if (found !== undefined) return { answer: found.answer, take: () => this.#used.add(found.use) };
    }
    return null;
  }

  #replayPart(step: StepId, of: readonly Form[]): void {
    const found = this.#partsLeft(step, of)[0];
    if (found !== undefined) this.#used.add(found.use);
  }

  /** `step`: an id, or RUN.STEP. */
  #partsLeft(step: StepId, of: readonly Form[]): readonly { readonly answer: Answer; readonly use: string }[] {
    return listOf(this.#entries.get(step.replace('.', '_')) ?? []).flatMap((entry, index) => {
      const use = `${step} part ${index}`;
      const answer = of.map((form) => form.read(entry, step)).find((one) => one !== null) ?? null;
      return answer === null || this.#used.has(use) ? [] : [{ answer, use }];
    });
  }
}

/** Under which key an answer stands, and as whose it is used: the same key may answer for each host of a step. */
interface Keyed {
  readonly key: string;
  readonly as: string;
}

/** A copy of a step: of which, on which visit of it, and on which host. */
interface OnHost {
  readonly of: StepId;
  readonly visit: number;
  readonly host: string;
}
type OnHosts = ReadonlyMap<StepId, OnHost>;

/** The copies that the run made of steps on hosts, by their ids. */
function copiesOnHosts(history: readonly RunEvent[], runbook: Runbook): OnHosts {
  const { places } = outlineOf(runbook);
  const found = new Map<StepId, OnHost>();
  for (const event of history) {
    if (event.type !== 'each.expanded' || event.data.spread === undefined) continue;
    const { step: of, visit, rows } = event.data;
    const each = places.get(of)?.step.each;
    if (each === undefined) continue;
    const mark = new RegExp(`${each.mark}(?![0-9])`, 'g');
    rows.forEach(({ host }, index) => {
      if (typeof host === 'string') found.set(each.pattern.id.replaceAll(mark, `_${index + 1}`), { of, visit, host });
    });
  }
  return found;
}

/** The key of the file that answers `question`; null: only its parts are answered. */
function keyOf(question: Question): string | null {
  return question.kind === 'variable' ? question.name : 'step' in question ? question.step : null;
}

function visitOf(question: Question): number {
  return 'visit' in question ? question.visit : 1;
}

function turnsIn(question: Question): boolean {
  return question.kind === 'failure' && question.turns === true;
}

function markOf(key: string, visit: number, kind: Question['kind'], turns: boolean): string {
  return turns && kind === 'failure' ? `${key} ${kind}` : `${key} ${visit} ${kind}`;
}

function isList(entry: unknown): entry is readonly unknown[] {
  return Array.isArray(entry);
}

function listOf(entry: unknown): readonly unknown[] {
  return isList(entry) ? entry : [entry];
}

function isSkip(entry: unknown): boolean {
  return forms.skip.read(entry) !== null;
}
