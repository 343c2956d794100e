/**
 * The last two rows: what happens now and what is owed; and the keys.
 */
import { visibleLine } from '../../diagnostics/sanitise.ts';
import { clockName } from '../../run/decision-clock.ts';
import { nameOnHost } from '../../run/host-of.ts';
import { outlineOf } from '../../run/outline.ts';
import { waitsFor } from '../../run/question.ts';
import type { RunState } from '../../run/state.ts';
import { probeText } from '../../run/titles.ts';
import { longerThanEver } from '../../run/typical.ts';
import type { StepId } from '../../runbook/document.ts';
import type { Facts, Scope } from '../keys/binding.ts';
import { expendable, footerHints, type Hint } from '../keys/keymap.ts';
import { keyOf, wayOut } from '../keys/labels.ts';
import { topOverlay } from '../ui.ts';
import { askedHere, hasEnded, openQuestions, type RunView, type View } from '../view.ts';
import { cellWidth, ends, fit } from './cells.ts';
import { isWithoutHistory } from './eta.ts';
import { counted, elapsed, rough, shortId } from './format.ts';
import { glyphsOf, type Look, paint } from './look.ts';
import { peopleText } from './people.ts';

/** A message of the app, else what the run does; who else is at the run and open obligations at the right. Exactly `width` cells. */
export function statusRow(view: View): string {
  const { ui, run, look, now, keys } = view;
  const width = ui.columns;
  const { ellipsis } = glyphsOf(look);
  const owed = run === null ? '' : owedText(run.state, now);
  const going = ui.runningOn === null ? '' : `${keyOf(keys, 'run-on')} stops it; it runs ${ui.runningOn}. `;
  const text = ui.message?.text ?? (run === null ? '' : `${going}${hereText(view, run) ?? activityText(view, run)}`);
  const people = run === null ? '' : peopleText(run.people ?? null, !run.readOnly);
  const right = people === '' ? owed : ` ${people} ${owed}`;
  const row = ends(` ${visibleLine(text)} `, fitOwed(right, width), width, ' ', ellipsis);
  if (ui.message !== null) return paint(look, ui.message.bad ? 'bad' : 'accent', row);
  return paint(look, run?.activity.kind === 'waiting' ? 'warn' : owed === '' ? 'dim' : 'plain', row);
}

function fitOwed(owed: string, width: number): string {
  const room = Math.floor(width / 2);
  return cellWidth(owed) <= room ? owed : fit(owed, room);
}

/** Open debts with the age of the oldest; empty when there is none. */
function owedText(state: RunState, now: number): string {
  const open = state.obligations.filter(({ status }) => status === 'open');
  const [first] = open;
  if (first === undefined) return '';
  const more = open.length === 1 ? '' : ` (+${open.length - 1})`;
  return ` owed ${rough(now - first.openedAt)}: ${visibleLine(first.text)}${more} `;
}

function calledIn({ state }: RunView, step: StepId): string {
  return nameOnHost(state, step, state.steps.get(step)?.visits.at(-1) ?? null);
}

/** What Enter does where it is not about what waits; null: it is. */
function hereText({ ui, keys }: View, run: RunView): string | null {
  if (topOverlay(ui) !== null || hasEnded(run)) return null;
  const [waits] = openQuestions(run);
  const enter = keyOf(keys, 'answer');
  const back = wayOut(keys, 'follow');
  if (ui.marked.size > 0) return `${counted(ui.marked.size, 'item')} marked; ${enter} answers, ${back} marks none`;
  const here = askedHere(ui, run);
  if (here === null) return null;
  const own = here.again === undefined ? `${enter} answers ${here.step}` : `${enter} judges ${here.step} again`;
  return waits !== undefined && 'step' in waits
    ? `${own}; ${back} goes back to ${waits.step}, which waits for you`
    : own;
}

/** What the run does or waits for, in words. */
function activityText(view: View, run: RunView): string {
  const { now, keys } = view;
  const { activity, state } = run;
  if (hasEnded(run)) return state.endReason ?? state.paused?.waiting ?? '';
  switch (activity.kind) {
    case 'ended':
      return '';
    case 'retrying':
      return `${activity.step} failed and is tried again in ${rough(Math.max(0, activity.until - now))}${run.readOnly ? '' : `; ${keyOf(keys, 'abort')} stops it`}`;
    case 'busy':
      return activity.step === null
        ? 'works out what comes next'
        : `${calledIn(run, activity.step)} is running, ${elapsed(now - activity.since)}${unusual(run, activity.step, now - activity.since)}`;
    case 'probing':
      return `${probeText(activity.probe)}, ${elapsed(now - activity.probe.startedAt)}`;
    case 'waiting':
      if (run.readOnly) return watchedText(state, activity.question);
      return waitingText(run, activity.question, view);
  }
}

function unusual({ history }: RunView, step: StepId, ms: number): string {
  const longer = longerThanEver(history, step, ms);
  return longer === null ? '' : `; it never took more than ${elapsed(longer.p99)}`;
}

/** For whoever only watches. */
function watchedText(state: RunState, question: Waiting): string {
  const what = waitsFor(question);
  return state.status === 'paused'
    ? `paused; gonogo resume ${shortId(state.id)} goes on with ${what}`
    : `you watch; it waits for ${what}`;
}

type Waiting = Extract<RunView['activity'], { kind: 'waiting' }>['question'];

function asksFirst(state: RunState, { step, changes }: Extract<Waiting, { kind: 'ready' }>): string {
  if (!changes) return '';
  return isDangerous(state, step) ? ', after the name of the target' : ', after a y/n';
}

function isDangerous(state: RunState, id: StepId): boolean {
  return outlineOf(state.runbook).places.get(id)?.step.danger ?? false;
}

/** What it waits for; where no dialog is open, first of all the key that opens it, because the end of the row may be cut. */
function waitingText({ state, history }: RunView, question: Waiting, { ui, keys }: View): string {
  if (question.kind === 'ready')
    return `${keyOf(keys, 'run')} runs ${question.step}${asksFirst(state, question)}${isWithoutHistory(state, history) ? '; no earlier run, so no ETA yet' : ''}`;
  const text = askedText(question);
  return topOverlay(ui) === null ? `${keyOf(keys, 'answer')} answers; ${text}` : text;
}

function askedText(question: Exclude<Waiting, { kind: 'ready' }>): string {
  switch (question.kind) {
    case 'variable':
      return `it waits for a value: ${question.name}`;
    case 'window':
      return `it waits for your decision: roll back or go on, ${clockName(question.of)} is about to end`;
    case 'handover':
      return `it waits for ${question.to} to take the run over`;
    case 'obligations':
      return 'it waits for what is still owed';
    case 'held':
      return question.waits ? `it waits until ${question.target} is let go` : `another run holds ${question.target}`;
    case 'over':
      return 'it waits for your decision: another run has changed the target since';
    case 'earlier':
      return 'it waits for your decision: earlier runs left something open here';
    case 'no-go':
      return `it waits for your decision: ${question.audit === true ? question.title : question.step} is no-go`;
    default:
      return `it waits for you: ${question.step}, ${question.title}`;
  }
}

/** The keys that work here, as many as fit whole, in exactly `width` cells. Help and the way out give way last. */
export function footerRow(scopes: readonly Scope[], facts: Facts, look: Look, width: number): string {
  let hints = footerHints(scopes, facts);
  for (const command of expendable) {
    if (footerWidth(hints) <= width) break;
    hints = hints.filter((hint) => hint.command !== command);
  }
  const texts = hints.map(({ key, hint, enabled }, index) =>
    paint(look, enabled ? 'plain' : 'dim', `${index === 0 ? ' ' : '  '}${key} ${hint}`),
  );
  return fit(texts.join(''), width, glyphsOf(look).ellipsis);
}

function footerWidth(hints: readonly Hint[]): number {
  return hints.reduce((sum, { key, hint }) => sum + cellWidth(key) + cellWidth(hint) + 3, -1);
}
