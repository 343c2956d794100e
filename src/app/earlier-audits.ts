/**
 * Verdicts of earlier runs: what a verdict is compared with, and how it went over time.
 *
 * Invariants:
 * - Only audits of the same folder are compared, save where a run is named.
 * - Only runs that can hold a verdict of the checklist are read, and at most `runsMax` of them.
 */
import { JournalError } from '../journal/journal.ts';
import type { Circumstances, EarlierAnswer, Previous } from '../run/circumstances.ts';
import type { Verdict } from '../run/event.ts';
import { comparedAs, itemOfGate, rulesOf } from '../run/gate.ts';
import { outlineOf } from '../run/outline.ts';
import { HistoryError } from '../run/reduce.ts';
import { isSame } from '../run/same.ts';
import type { RunState } from '../run/state.ts';
import type { ChecklistRules, Runbook, Step, StepId } from '../runbook/document.ts';
import { badInput } from './refusal.ts';
import { readRun, type World } from './world.ts';

const runsMax = 30;

/** A verdict with the run that gave it. `at`: epoch ms. */
export interface Given {
  readonly run: string;
  readonly at: number;
  readonly verdict: Verdict;
}

/** What earlier audits must have in common with this run. */
export interface Comparable {
  readonly runbook: Runbook;
  /** Absolute folder that the items look at. */
  readonly folder: string;
  /** Epoch ms: only runs that were started before. */
  readonly before: number;
  /** Findings of a gate keep the ids of its steps, as in the runs of the first renderer. */
  readonly asSteps?: boolean;
}

/**
 * The newest verdict of earlier runs by checklist title, for every checklist of the document. `against`: the run to compare with
 * instead; throws `Refusal` when it has no verdict of the checklist.
 */
async function previousVerdicts(
  world: World,
  run: Comparable,
  against: string | undefined,
  earlier: AsyncIterable<RunState>,
): Promise<Circumstances['previous']> {
  const found = new Map<string, Previous>();
  const asked = checklistsIn(run.runbook);
  const open = new Map<string, ChecklistRules>();
  for (const [key, rules] of asked) {
    const named = namedRun(rules) ?? against;
    if (named === undefined) open.set(key, rules);
    else await addVerdict(found, key, await readRun(world, named), { rules, run });
  }
  if (against !== undefined && found.size === 0 && asked.size > 0) {
    const { state } = await readRun(world, against);
    throw badInput(
      'against',
      noVerdict(
        state,
        [...asked.values()].map(({ title }) => title),
      ),
      null,
    );
  }
  if (open.size === 0) return found;
  for await (const state of earlier) {
    for (const [key, rules] of open) {
      const given = found.has(key) ? undefined : lastVerdictIn(state, rules, run);
      if (given !== undefined) found.set(key, given);
    }
    if ([...open.keys()].every((key) => found.has(key))) break;
  }
  return found;
}

/** The run that the document itself has a gate compared with. */
function namedRun({ against }: ChecklistRules): string | undefined {
  return against === 'first' || against === 'previous' ? undefined : against;
}

async function addVerdict(
  found: Map<string, Previous>,
  key: string,
  { state }: { readonly state: RunState },
  { rules, run }: { readonly rules: ChecklistRules; readonly run: Comparable },
): Promise<void> {
  const given = lastVerdictIn(state, rules, run);
  if (given !== undefined) found.set(key, given);
  else if (namedRun(rules) !== undefined) throw badInput('against', noVerdict(state, [rules.title]), null);
}

/**
 * The last verdict of a checklist in a run, with its findings as the checklist calls them, whatever gate gave it. Unless a run is
 * named it is of the same part of the checklist.
 */
function lastVerdictIn(state: RunState, rules: ChecklistRules, { asSteps }: Comparable): Previous | undefined {
  const isSamePart = (step: StepId): boolean =>
    namedRun(rules) !== undefined || isSame(rulesOf(state, step)?.only, rules.only);
  const given = state.verdicts.findLast(({ step, data }) => data.verdict.checklist === rules.title && isSamePart(step));
  if (given === undefined) return undefined;
  const { verdict } = given.data;
  const of = { run: state.id, revision: state.started.revision };
  if (state.runbook.kind === 'checklist' || asSteps === true) return { ...of, verdict };
  const findings = verdict.findings.map((finding) => ({ ...finding, id: itemOfGate(given.step, finding.id) }));
  return { ...of, verdict: { ...verdict, findings } };
}

/** The last verdict of `title` in each earlier run, oldest first. */
export async function trendOf(world: World, run: Comparable, title: string): Promise<readonly Given[]> {
  const given: Given[] = [];
  const { only } = run.runbook.checklist ?? {};
  for await (const state of earlierRuns(world, run)) given.push(...verdictsIn(state, title, only).slice(-1));
  return given.reverse();
}

/** What earlier runs tell of the same folder: the verdicts to compare with, and the answers that may still count. */
export async function earlierOf(
  world: World,
  run: Comparable,
  against: string | undefined,
): Promise<Required<Pick<Circumstances, 'previous' | 'earlier'>>> {
  const runs = new EarlierRuns(world, run);
  const previous = await previousVerdicts(world, run, against, runs);
  return { previous, earlier: await earlierAnswers(runs, run.runbook) };
}

/** The newest answer to each question of `runbook` that has a `ttl`: to the very same question of the same checklist. */
async function earlierAnswers(
  runs: AsyncIterable<RunState>,
  runbook: Runbook,
): Promise<NonNullable<Circumstances['earlier']>> {
  const open = new Map(
    askedItems(runbook).flatMap(({ key, step }) => (step.item?.ttlMs === undefined ? [] : [[key, step.id]])),
  );
  const found = new Map<StepId, EarlierAnswer>();
  if (open.size === 0) return found;
  for await (const state of runs) {
    for (const { key, step } of askedItems(state.runbook)) {
      const id = open.get(key);
      const answer = id === undefined ? null : answerIn(state, step.id);
      if (id === undefined || answer === null) continue;
      found.set(id, answer);
      open.delete(key);
    }
    if (open.size === 0) break;
  }
  return found;
}

/** The questions of all checklists in a document. `key`: the same for the same question of the same checklist. */
function askedItems(runbook: Runbook): readonly { readonly key: string; readonly step: Step }[] {
  return [...outlineOf(runbook).places.values()].flatMap(({ step, parent }) => {
    if (step.item === undefined || step.effect !== 'person') return [];
    const title = parent?.step.checklist?.title ?? runbook.checklist?.title ?? '';
    const id = parent === null ? step.id : itemOfGate(parent.step.id, step.id);
    return [{ key: JSON.stringify([title, id, step.params]), step }];
  });
}

/** What was answered last in a run, by whom and when; an answer that came from an earlier run keeps its own. */
function answerIn(state: RunState, id: StepId): EarlierAnswer | null {
  const visit = state.steps.get(id)?.visits.findLast(({ item, judged }) => item !== null || judged !== null);
  if (visit === undefined) return null;
  const { item, itemBy, judged } = visit;
  if (judged !== null) {
    const { result, detail, since } = judged.data;
    return { run: state.id, by: judged.by, at: since ?? judged.at, result, detail };
  }
  if (item === null || itemBy === null) return null;
  const { result, detail, since, of } = item;
  const at = since ?? visit.closedAt ?? state.head.at;
  return { run: of?.run ?? state.id, by: of?.by ?? itemBy.name, at, result, detail };
}

/** Earlier runs of the same folder, newest first; each is read once, however often they are gone through. */
class EarlierRuns implements AsyncIterable<RunState> {
  readonly #read: RunState[] = [];
  readonly #more: AsyncGenerator<RunState>;

  constructor(world: World, run: Comparable) {
    this.#more = earlierRuns(world, run);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<RunState> {
    for (let index = 0; ; index += 1) {
      const known = this.#read[index];
      if (known !== undefined) {
        yield known;
        continue;
      }
      const next = await this.#more.next();
      if (next.done === true) return;
      this.#read.push(next.value);
      yield next.value;
    }
  }
}

/** Newest first. */
async function* earlierRuns(world: World, { runbook, folder, before }: Comparable): AsyncGenerator<RunState> {
  const titles = [...new Set([runbook.title, ...checklistTitles(runbook)])];
  const summaries = await world.journals.list({ titles });
  const candidates = summaries.filter(({ startedAt, problem }) => problem === null && startedAt < before);
  for (const { run } of candidates.slice(0, runsMax)) {
    const state = await readable(world, run);
    if (state !== null && folderOf(state) === folder) yield state;
  }
}

/** A run that broke since it was listed is no reason not to audit. */
async function readable(world: World, run: string): Promise<RunState | null> {
  try {
    return (await readRun(world, run)).state;
  } catch (error) {
    if (error instanceof JournalError || error instanceof HistoryError) return null;
    throw error;
  }
}

/** The folder that a run's items look at. */
export function folderOf({ started }: RunState): string {
  return started.repo ?? started.cwd;
}

/** The verdicts of checklist `title` in a run, of the same part of it, oldest first. */
function verdictsIn(state: RunState, title: string, only: ChecklistRules['only']): readonly Given[] {
  return state.verdicts.flatMap(({ step, at, data }) =>
    data.verdict.checklist === title && isSame(rulesOf(state, step)?.only, only)
      ? [{ run: state.id, at, verdict: data.verdict }]
      : [],
  );
}

/** The checklists of a document, each part of one by what it is compared as. */
function checklistsIn(runbook: Runbook): ReadonlyMap<string, ChecklistRules> {
  const gates = [...outlineOf(runbook).places.values()].flatMap(({ step }) => step.checklist ?? []);
  const all = [...gates, ...(runbook.checklist === undefined ? [] : [runbook.checklist])];
  return new Map(all.map((rules) => [comparedAs(rules), rules]));
}

function checklistTitles(runbook: Runbook): ReadonlySet<string> {
  return new Set([...checklistsIn(runbook).values()].map(({ title }) => title));
}

function noVerdict(state: RunState, titles: readonly string[]): string {
  const has = [...new Set(state.verdicts.map(({ data }) => `"${data.verdict.checklist}"`))];
  const what = has.length === 0 ? 'it gave no verdict at all' : `its verdicts are of ${has.join(', ')}`;
  return `run ${state.id} cannot be compared with "${titles.join('", "')}": ${what}`;
}
