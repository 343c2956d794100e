/**
 * The upper right: what the selected step is for, what it does, what is expected, how it is undone, how it went.
 */
import { visible, visibleLine } from '../../diagnostics/sanitise.ts';
import { nameOnHost } from '../../run/host-of.ts';
import { bodyOf, outlineOf } from '../../run/outline.ts';
import { statusOf } from '../../run/progress.ts';
import { spentMs } from '../../run/spent.ts';
import type { RunState, StepStatus, VisitState } from '../../run/state.ts';
import type { Step, StepId } from '../../runbook/document.ts';
import { unmaskedOnTerminal } from '../../runbook/secrets-read.ts';
import { auditAt } from '../audit.ts';
import { newArrival, openQuestions, type RunView, type View } from '../view.ts';
import { gateFacts, itemFacts, itemStyle, itemWord } from './audit.ts';
import { cellWidth, ends, expandTabs, fit, wrap } from './cells.ts';
import { filled } from './filled.ts';
import { elapsed, took } from './format.ts';
import { hostRows } from './hosts.ts';
import { glyphsOf, type Look, paint, type Style, styleOf, wordOf } from './look.ts';
import { markdownRows } from './markdown.ts';
import { wordAt } from './step-list.ts';
import { stepRuns, undoRows } from './subject.ts';
import { unusualText } from './unusual.ts';

/** `─ deploy/promote: Promote replica ──── RUNNING 2:11 ─` in exactly `width` cells. */
export function detailHeading(view: View, run: RunView, id: StepId | null, width: number): string {
  const { look, now } = view;
  const { rule, ellipsis } = glyphsOf(look);
  if (id === null) return paint(look, 'dim', rule.repeat(width));
  const { name, word, style } = headingOf(run, id, now);
  const right = ` ${word} ${rule}`;
  const room = Math.max(0, width - cellWidth(right));
  const left = ends(`${view.ui.pane === 'detail' ? '>' : rule} ${name} `, '', room, rule, ellipsis);
  return paint(look, 'bold', left) + paint(look, style, fit(right, width - room, ellipsis));
}

/** The heading in words: `deploy/promote: Promote replica: RUNNING 2:11`. */
export function stepHeading(run: RunView, id: StepId, now: number): string {
  const { name, word } = headingOf(run, id, now);
  return `${name}: ${word}`;
}

/** `deploy/promote: Promote replica` and `RUNNING 2:11`. */
function headingOf(run: RunView, id: StepId, now: number): { name: string; word: string; style: Style } {
  const { state } = run;
  const item = auditAt(state, id, now)?.items.find(({ step }) => step.id === id);
  const where = item?.step.item?.category ?? outlineOf(state.runbook).places.get(id)?.phase ?? 'rollback';
  const again = newArrival(run) === id;
  const status = again ? 'pending' : statusOf(state, id);
  const visits = state.steps.get(id)?.visits ?? [];
  const time = again ? countedVisit(visits.length + 1) : timeOf(run.state, id, now);
  const known = item === undefined ? '' : itemWord(item).toUpperCase();
  return {
    name: visibleLine(`${where}/${nameOnHost(state, id, visits.at(-1) ?? null)}: ${titleOf(state, id)}`),
    word: `${known === '' ? headingWord(run, id, status) : known}${time === '' ? '' : ` ${time}`}`,
    style: item === undefined || known === '' ? styleOf(status) : itemStyle(item),
  };
}

function titleOf(state: RunState, id: StepId): string {
  return filled(state, id, outlineOf(state.runbook).places.get(id)?.step.title ?? titleOfUndo(state, id));
}

function titleOfUndo(state: RunState, id: StepId): string {
  const undo = outlineOf(state.runbook).undos.get(id);
  const origin = undo === undefined ? undefined : outlineOf(state.runbook).places.get(undo.of)?.step;
  return origin === undefined ? id : `Undo: ${origin.title}`;
}

/** The word of the status; a step that has begun and waits for a person says so. */
function headingWord(run: RunView, id: StepId, status: StepStatus): string {
  const isAsked = openQuestions(run).some((question) => 'step' in question && question.step === id);
  return status === 'running' && isAsked ? 'WAITING' : wordAt(run.state, id, status).toUpperCase();
}

/** Which visit is about to begin, where it is not the first. */
function countedVisit(visit: number): string {
  return visit > 1 ? `visit ${visit}` : '';
}

function timeOf(state: RunState, step: StepId, now: number): string {
  const visit = state.steps.get(step)?.visits.at(-1);
  if (visit === undefined || visit.status === 'pending') return '';
  const ms = spentMs(state, { step, visit }, now);
  return visit.status === 'running' ? elapsed(ms) : took(ms);
}

/** Rows about the step, most important first, none wider than `width`, not padded; nothing of them is cut. */
export function detailRows(run: RunView, id: StepId | null, look: Look, now: number, width: number): readonly string[] {
  if (id === null) return [];
  const { state } = run;
  const step = outlineOf(state.runbook).places.get(id)?.step;
  const body = bodyOf(state.runbook, id);
  const visit = state.steps.get(id)?.visits.at(-1);
  const row = (text: string, style: Style = 'plain'): readonly string[] => block(text, width, look, style);
  const judged = checklistFacts(state, id, now);
  const { name, word } = headingOf(run, id, now);
  // The heading is one row: a title that does not fit there stands here whole.
  const cut = cellWidth(`  ${name}  ${word}  `) > width;
  return [
    ...(judged === null ? outcome(visit, row) : judged.flatMap(({ text, style }) => row(text, style))),
    ...(cut ? row(titleOf(state, id), 'bold') : []),
    ...hostRows(state, id).flatMap(({ text, style }) => row(text, style)),
    ...(step?.why === undefined ? [] : markdownRows(filled(state, id, step.why), look, width)),
    ...stepRuns(state, id, look, width),
    ...(body?.expect ?? []).flatMap((source) => row(`expect: ${source}`)),
    ...(step === undefined ? [] : undoRows(state, step, look, width)),
    ...(step?.danger === true ? row('danger: it asks for the name of the target', 'warn') : []),
    ...terminalNote(state, step).flatMap((text) => row(text, 'warn')),
    ...unusualText(run, id, now).flatMap((text) => row(text, 'warn')),
    ...attemptText(visit).flatMap((text) => row(text, 'dim')),
  ];
}

/** What having the terminal means for a step. */
function terminalNote({ runbook }: RunState, step: Step | undefined): readonly string[] {
  if (step?.tty !== true) return [];
  const unmasked = unmaskedOnTerminal(runbook.vars, step);
  return [
    'tty: it gets the terminal; the screen comes back when it has ended',
    ...(unmasked === null ? [] : [`tty: ${unmasked}`]),
  ];
}

/** What is known about an item or a gate; null for any other step. */
function checklistFacts(state: RunState, id: StepId, now: number): ReturnType<typeof gateFacts> | null {
  const audit = auditAt(state, id, now);
  if (audit === null) return null;
  const item = audit.items.find(({ step }) => step.id === id);
  return item === undefined ? gateFacts(audit) : itemFacts(item, state);
}

function outcome(
  visit: VisitState | undefined,
  row: (text: string, style?: Style) => readonly string[],
): readonly string[] {
  if (visit === undefined) return [];
  const style = visit.status === 'failed' || visit.status === 'in-doubt' ? 'bad' : 'warn';
  const reason = visit.reason === null ? [] : row(`${wordOf(visit.status)}: ${visit.reason}`, style);
  const failedExpectations = (visit.attempts.at(-1)?.end?.expectations ?? []).filter((one) => !one.ok);
  return [
    ...reason,
    ...failedExpectations.flatMap((one) => row(`not so: ${one.source} (${one.detail})`, 'bad')),
    ...(visit.note === null ? [] : row(`note: ${visit.note}`)),
    ...(visit.answer === null ? [] : row(`answer: ${visit.answer}`)),
  ];
}

function attemptText(visit: VisitState | undefined): readonly string[] {
  const end = visit?.attempts.at(-1)?.end;
  if (visit === undefined || end === undefined || end === null) return [];
  const facts = [
    end.exit === null ? '' : `exit ${end.exit}`,
    end.status === null ? '' : `status ${end.status}`,
    `${end.ms} ms`,
    visit.attempts.length > 1 ? `attempt ${end.attempt}` : '',
  ];
  return [facts.filter((fact) => fact !== '').join(', ')];
}

/** Text of several lines as rows. */
function block(text: string, width: number, look: Look, style: Style): readonly string[] {
  return wrap(expandTabs(visible(text)).trimEnd(), width).map((line) => paint(look, style, line));
}
