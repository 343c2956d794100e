/**
 * Everything that a frame is drawn from, as one value. `present/` turns it into rows; nothing else is looked at.
 */
import type { People } from '../app/people.ts';
import type { Activity } from '../engine/session.ts';
import type { OutputView } from '../feed/output-window.ts';
import { judgingObjection } from '../run/judging.ts';
import { outlineOf } from '../run/outline.ts';
import type { Question } from '../run/question.ts';
import { judgeQuestion } from '../run/questions/item.ts';
import { redoObjection } from '../run/redo.ts';
import { hasChanged } from '../run/rollback.ts';
import type { RunState, VisitState } from '../run/state.ts';
import type { Step, StepId } from '../runbook/document.ts';
import { auditAt } from './audit.ts';
import type { HomeRun, RunbookFile } from './home.ts';
import type { Binding, Facts } from './keys/binding.ts';
import type { Look } from './present/look.ts';
import { runningWords, stoppableNow } from './stoppable.ts';
import { lookedAt, type Ui } from './ui.ts';

/** Durations in ms of passed steps of earlier runs, by step id. */
export type History = ReadonlyMap<string, readonly number[]>;

/** The run on screen. */
export interface RunView {
  readonly state: RunState;
  readonly activity: Activity;
  readonly history: History;
  /** Bytes that each step printed when it last passed; absent: not known (yet). */
  readonly outputs?: ReadonlyMap<StepId, number> | undefined;
  /** Who is at it besides whoever drives from here; null or absent: nobody can be seen. */
  readonly people?: People | null | undefined;
  /** Path of its written report; null when there is none (yet). */
  readonly report: string | null;
  /** True: it is only looked at, nobody drives it from here. */
  readonly readOnly: boolean;
}

/** The home screen's lists. */
export interface HomeView {
  readonly loading: boolean;
  /** What is being opened; null: nothing. */
  readonly opening: string | null;
  readonly runs: readonly HomeRun[];
  readonly runbooks: readonly RunbookFile[];
}

export interface View {
  readonly ui: Ui;
  readonly look: Look;
  /** All bindings, as the operator has them. */
  readonly keys: readonly Binding[];
  /** Epoch ms. */
  readonly now: number;
  /** What to add to UTC for local time. */
  readonly offsetMs: number;
  readonly run: RunView | null;
  readonly home: HomeView;
  readonly output: OutputView;
}

/** True when nothing more can happen in this run. */
export function hasEnded(run: RunView | null): boolean {
  return run !== null && (run.state.endedAt !== null || run.activity.kind === 'ended');
}

/** What the keymap may ask about. */
export function factsOf(view: View): Facts {
  const { run } = view;
  const audit = run === null ? null : auditAt(run.state, selectedStep(view), view.now);
  const changed = run !== null && hasChanged(run.state);
  const running = run === null ? null : stoppableNow(run.activity);
  return {
    keys: view.keys,
    question: run?.activity.kind === 'waiting' ? run.activity.question : null,
    readOnly: run?.readOnly ?? false,
    running: running === null ? null : runningWords(running),
    sideBySide: run !== null && sideBySide(run.state, selectedStep(view)).length > 0,
    ended: run === null || hasEnded(run),
    rollbackBegan: run !== null && (run.state.rollback !== null || run.state.rollbackRequested !== null),
    changed,
    noRedo: run === null ? 'no run is on screen' : redoObjection(run.state, selectedStep(view) ?? ''),
    listsPhases: audit === null || (audit.gate !== null && view.ui.show === 'steps'),
    judges: run !== null && askedHere(view.ui, run) !== null,
    ranOn: view.ui.ranOn,
    runsOn: view.ui.runningOn !== null,
    audit: run === null || audit === null ? null : audit.gate === null ? 'own' : 'gate',
  };
}

/** The questions that are open, the one that waits first. */
export function openQuestions({ activity }: Pick<RunView, 'activity'>): readonly Question[] {
  return activity.kind === 'waiting' ? [activity.question, ...activity.others] : [];
}

/** The question about item `id`: the open one, or what it comes to after all; null: it cannot be answered now. */
export function itemQuestionAt(run: Pick<RunView, 'state' | 'activity'>, id: StepId): Question<'item'> | null {
  for (const open of openQuestions(run)) if (open.kind === 'item' && open.step === id) return open;
  const { state } = run;
  const step = outlineOf(state.runbook).places.get(id)?.step;
  const visit = state.steps.get(id)?.visits.at(-1);
  if (step === undefined || visit === undefined || judgingObjection(state, step.id) !== null) return null;
  return judgeQuestion(step, visit);
}

/** What Enter asks about the item that somebody has moved to, where that is not what waits; null: Enter asks what waits. */
export function askedHere(ui: Ui, run: RunView): Question<'item'> | null {
  const id = lookedAt(ui);
  const found = id === null || run.readOnly ? null : itemQuestionAt(run, id);
  const [first] = openQuestions(run);
  return found === first ? null : found;
}

/** The step that the right side is about. */
export function selectedStep(view: View): StepId | null {
  return lookedAt(view.ui) ?? (view.run === null ? null : currentStep(view.run));
}

/** The step whose output is shown: of one that holds others what failed first in it, else what runs; in it as well. */
export function outputStep(view: View): StepId | null {
  const step = selectedStep(view);
  return step === null || view.run === null ? step : tellingStep(view.run.state, step);
}

function tellingStep(state: RunState, id: StepId): StepId {
  const { flow, blocks } = outlineOf(state.runbook).places.get(id)?.step ?? { flow: 'leaf', blocks: [] };
  if (flow === 'leaf' || flow === 'checklist') return id;
  const inside = blocks.flatMap(({ steps }) => steps.map((step) => step.id));
  const stands = (status: VisitState['status']): StepId | undefined =>
    inside.find((one) => state.steps.get(one)?.visits.at(-1)?.status === status);
  const telling = stands('failed') ?? stands('running');
  return telling === undefined ? id : tellingStep(state, telling);
}

/** The step that is asked about on an arrival that has not begun; null where the last visit of the asked step is open. */
export function newArrival({ state, activity }: RunView): StepId | null {
  const question = activity.kind === 'waiting' ? activity.question : null;
  if (question === null || !('step' in question)) return null;
  return question.visit > (state.steps.get(question.step)?.visits.length ?? 0) ? question.step : null;
}

/** The steps that go side by side with `id`, that one included, in their order: those of one on hosts too; none where nothing does. */
export function sideBySide(state: RunState, id: StepId | null): readonly StepId[] {
  let place = id === null ? undefined : outlineOf(state.runbook).places.get(id);
  while (place !== undefined && !isSideBySide(place.step)) place = place.parent ?? undefined;
  return (place?.step.blocks ?? []).flatMap(({ steps }) => steps.map((step) => step.id));
}

function isSideBySide({ flow, each, on }: Step): boolean {
  return flow === 'parallel' || (each !== undefined && on !== undefined);
}

/** The step whose command runs now, or that something is read for; null: none. */
export function runningStep(run: Pick<RunView, 'activity'>): StepId | null {
  const { activity } = run;
  const step = activity.kind === 'busy' || activity.kind === 'retrying' ? activity.step : null;
  if (activity.kind === 'probing') return activity.probe.step;
  return step === '' ? null : step;
}

/** The step that the run is at: the one that runs or is asked about, else the next one; null when all are done. */
export function currentStep(run: Pick<RunView, 'state' | 'activity'>): StepId | null {
  const { activity, state } = run;
  const running = runningStep(run);
  if (running !== null) return running;
  if (activity.kind === 'waiting') {
    const { question } = activity;
    const audits = question.kind === 'no-go' && question.audit === true;
    if ('step' in question && !audits) return question.step;
  }
  if (state.runbook.kind === 'checklist') return firstFinding(state);
  if (state.rollback !== null)
    return (state.rollback.plan[state.rollback.position] ?? state.rollback.plan.at(-1))?.id ?? null;
  const { phase, index } = state.position;
  return state.runbook.phases[phase]?.steps[index]?.id ?? state.startedOrder.at(-1) ?? null;
}

/** In an audit where nothing runs and no item is asked about: what weighs most against a go. */
function firstFinding(state: RunState): StepId | null {
  const findings = state.verdicts.at(-1)?.data.verdict.findings ?? [];
  const found = findings.find(({ status }) => status !== 'waived') ?? findings[0];
  return found?.id ?? state.runbook.phases[0]?.steps[0]?.id ?? null;
}
