/**
 * Drives a session without a person: answers come from a file, `on_fail` decides the rest, and what only a person can
 * decide pauses the run.
 *
 * Invariants: one line per finished step; nothing is ever answered that neither the file nor the document says.
 */

import { visibleLine } from '../diagnostics/sanitise.ts';
import { hostNames } from '../report/fold.ts';
import { duration } from '../report/time.ts';
import { attachedText } from '../run/attached.ts';
import { correctionText } from '../run/correct.ts';
import { clockWords, isClockEvent } from '../run/decision-clock.ts';
import type { Actor, RunEvent } from '../run/event.ts';
import { outlivedReason } from '../run/failure.ts';
import { isFleetEvent, twinsIn } from '../run/fleet.ts';
import { handoverWords, isHandoverEvent } from '../run/handing-over.ts';
import { holdWords } from '../run/hold-words.ts';
import { hookWords } from '../run/hooks.ts';
import { nameOnHost } from '../run/host-of.ts';
import { hostStatus } from '../run/host-results.ts';
import { incidentWords, isIncidentEvent } from '../run/incident-state.ts';
import { outlineOf } from '../run/outline.ts';
import { isSameQuestion, type Question, unattendedAnswer, waitsFor } from '../run/question.ts';
import { spentMs } from '../run/spent.ts';
import type { RunState, VisitState } from '../run/state.ts';
import { titleListed } from '../run/titles.ts';
import type { StepId } from '../runbook/document.ts';
import type { Answers, Offer } from './answers.ts';
import { takeFiles } from './attach.ts';
import { type Foretold, foretoldAnswer } from './foretold.ts';
import { AnswerError, type Session } from './session.ts';

export interface HeadlessOptions {
  readonly answers: Answers | null;
  /** Who stands behind the answers file. */
  readonly operator: string;
  /** What was said to questions before they came. */
  readonly foretold?: Foretold;
  /** One line per step, without line break. */
  readonly say: (line: string) => void;
  /** Called after `say` for a step whose attempt failed: whoever can read its output shows the end of it. */
  readonly failed?: (step: StepId, visit: VisitState) => void;
  /** What an operator should know, without line break. */
  readonly warn: (line: string) => void;
}

/** Drives `session` to its end or to the first thing that only a person can decide. Resolves with the exit code. */
export async function driveHeadless(session: Session, options: HeadlessOptions): Promise<number> {
  const warned = new Set<string>();
  const stop = session.subscribe((events) => {
    for (const event of events) {
      sayStep(session.state(), event, options.say);
      warnOfHosts(session.state(), event, warned, options.warn);
      if (event.type !== 'step.failed') continue;
      const visit = session
        .state()
        .steps.get(event.data.step)
        ?.visits.at(event.data.visit - 1);
      if (visit !== undefined) options.failed?.(event.data.step, visit);
    }
    next();
  });
  let busy = false;
  const next = (): void => {
    const activity = session.activity();
    if (busy || activity.kind !== 'waiting') return;
    const { question } = activity;
    const offer = offerFor(question, options);
    if (offer === null && isUnderWay(session.state())) return;
    busy = true;
    (offer === null ? leaveAt(session, question, options) : give(session, question, offer, options))
      // What breaks the session rejects `done` as well, and that is where it is told.
      .catch(() => {})
      .finally(() => {
        busy = false;
        next();
      });
  };
  next();
  const code = await session.done;
  stop();
  return code;
}

interface Given extends Offer {
  readonly actor: Actor;
}

function offerFor(question: Question, { answers, operator, foretold }: HeadlessOptions): Given | null {
  const said = foretoldAnswer(foretold, question);
  if (said !== null) return { answer: said, take: () => {}, actor: { via: 'command', name: operator } };
  const own = answers?.next(question) ?? null;
  if (own !== null && answers !== null)
    return { ...own, actor: { via: 'answers', name: operator, file: answers.sha256 } };
  const answer = unattendedAnswer(question);
  return answer === null ? null : { answer, take: () => {}, actor: { via: 'engine', name: 'gonogo' } };
}

/** Gives the answer. One that does not fit is said and not given again; one that came too late is asked for anew. */
async function give(session: Session, question: Question, offer: Given, options: HeadlessOptions): Promise<void> {
  try {
    await session.answerAs(await takeFiles(session, offer.answer, question), question, offer.actor);
    offer.take();
  } catch (error) {
    if (!(error instanceof AnswerError)) throw error;
    const now = session.activity();
    if (now.kind !== 'waiting' || !isSameQuestion(now.question, question)) return;
    options.warn(visibleLine(error.message));
    offer.take();
    if (offer.actor.via !== 'answers') await leaveAt(session, question, options);
  }
}

async function leaveAt(session: Session, question: Question, options: HeadlessOptions): Promise<void> {
  options.warn(`waits for ${visibleLine(waitsFor(question))}`);
  const spent = options.answers?.spent(question) ?? null;
  if (spent !== null && options.answers !== null) {
    const { path } = options.answers;
    options.warn(
      `${path}: the answer to "${spent}" was given before and serves once; name a further one in a new file`,
    );
  }
  await session.leave('waiting');
}

/** True while steps beside the one that asks run or are tried again: they are waited for before the run is left. */
function isUnderWay(state: RunState): boolean {
  const { places } = outlineOf(state.runbook);
  return state.startedOrder.some((id) => {
    const step = places.get(id)?.step;
    const visit = state.steps.get(id)?.visits.at(-1);
    const automatic = step?.flow === 'leaf' && step.effect !== 'person' && step.effect !== 'gate';
    const runs = visit?.attempts.at(-1)?.status === 'started' || visit?.attempts.at(-1)?.status === 'stopping';
    // Once a rollback is asked for nothing is tried again.
    return automatic && visit?.status === 'running' && (runs || state.rollbackRequested === null);
  });
}

/** What people say that is about no step; null: it is none of that. */
function besideSteps(event: RunEvent): string | null {
  if (isClockEvent(event)) return `clock      ${visibleLine(clockWords(event))}`;
  if (isHandoverEvent(event)) return `hand-over  ${visibleLine(handoverWords(event))}`;
  return isIncidentEvent(event) ? `incident   ${visibleLine(incidentWords(event))}` : null;
}

/** Says how a step closed or failed. */
export function sayStep(state: RunState, event: RunEvent, say: (line: string) => void): void {
  const beside = besideSteps(event);
  if (beside !== null) say(beside);
  switch (event.type) {
    case 'step.passed':
    case 'step.failed':
    case 'step.skipped':
    case 'step.not_taken':
    case 'step.overridden': {
      const visit = state.steps.get(event.data.step)?.visits.at(event.data.visit - 1);
      if (visit !== undefined) say(stepLine(state, event.data.step, visit));
      return;
    }
    case 'attempt.in_doubt':
      say(`in doubt   ${nameIn(state, event.data)}  ${visibleLine(event.data.reason)}`);
      return;
    case 'attempt.outlived':
      say(`still runs ${nameIn(state, event.data)}  ${visibleLine(outlivedReason(event.data))}`);
      return;
    case 'attempt.voided':
      if (event.data.reason !== undefined)
        say(`not begun  ${nameIn(state, event.data)}  ${visibleLine(event.data.reason)}`);
      return;
    case 'step.reopened':
      say(`again      ${event.data.step}  ${visibleLine(event.data.reason)}`);
      return;
    case 'item.judged': {
      const how = event.data.over === undefined ? 'corrected' : 'over the machine';
      say(`judged     ${event.data.step}  ${visibleLine(`${event.data.result}, ${how}: ${event.data.detail}`)}`);
      return;
    }
    case 'evidence.attached':
      say(`attached   ${event.data.step}  ${visibleLine(attachedText(event.data))}`);
      return;
    case 'variable.corrected':
      say(`corrected  ${visibleLine(`${correctionText(event.data)}: ${event.data.reason}`)}`);
      return;
    case 'hold.overridden':
    case 'hold.shared':
    case 'hold.awaited':
    case 'hold.released':
    case 'owed.decided':
    case 'rollback.permitted':
      say(`target     ${visibleLine(holdWords(event) ?? '')}`);
      return;
    case 'hook.ended':
      say(`hook       ${visibleLine(hookWords(event.data))}`);
      return;
    case 'note.added':
      if (event.actor.via === 'engine') say(`note       ${visibleLine(event.data.text)}`);
      return;
    case 'rollback.started':
      say(`rolling back: ${visibleLine(event.data.reason)}`);
      return;
    default:
      return;
  }
}

/** What a step is called where `at` happened. */
function nameIn(state: RunState, at: { readonly step: StepId; readonly visit: number }): string {
  return visibleLine(nameOnHost(state, at.step, state.steps.get(at.step)?.visits.at(at.visit - 1) ?? null));
}

/** Hosts that are one machine, once all that were asked have answered: in whichever order they did. `warned`: what was said of it. */
function warnOfHosts({ fleet }: RunState, event: RunEvent, warned: Set<string>, warn: (line: string) => void): void {
  if (!isFleetEvent(event) || [...fleet.known.values()].some(({ open }) => open !== null)) return;
  for (const names of twinsIn(fleet)) {
    const newest = fleet.known.get(names[0] ?? '')?.newest ?? null;
    const named = names.length === 2 ? names.join(' and ') : hostNames(names);
    const machine = newest?.machineId ?? newest?.hostKey ?? '';
    const text = `${named} are one machine (${machine}), so a step on all of them happens there more than once`;
    if (!warned.has(text)) warn(visibleLine(text));
    warned.add(text);
  }
}

/** `passed     migrate  Migrate the database  exit 0, 41 ms`. */
export function stepLine(state: RunState, id: string, visit: VisitState): string {
  const outline = outlineOf(state.runbook);
  const undo = outline.undos.get(id);
  const step = outline.places.get(id)?.step;
  const fact = step?.item?.fact;
  if (fact !== undefined) return factLine(step?.title ?? fact, visit);
  const name = visibleLine(nameOnHost(state, id, visit));
  const title = titleListed(state, id) ?? `undo of ${undo?.of ?? id}`;
  const end = visit.attempts.at(-1)?.end ?? null;
  const facts = [
    end?.exit === null || end?.exit === undefined ? null : `exit ${end.exit}`,
    end?.status === null || end?.status === undefined ? null : `status ${end.status}`,
    end === null ? null : duration(spentMs(state, { step: id, visit }, visit.closedAt ?? visit.openedAt)),
    visit.reason,
  ].filter((fact, index, all) => fact !== null && all.indexOf(fact) === index);
  const again = visit.visit > 1 ? ` (visit ${visit.visit})` : '';
  const word = step?.item === undefined ? hostStatus(visit) : itemWord(visit);
  return `${word.padEnd(10)} ${name}${again}  ${visibleLine(title)}  ${visibleLine(facts.join(', '))}`.trimEnd();
}

/** `fact       A database is used: no`. */
function factLine(title: string, { item }: VisitState): string {
  const told = item === null ? 'could not be told' : item.result === 'pass' ? 'yes' : 'no';
  return `fact       ${visibleLine(title)}: ${told}`;
}

/** An item of a checklist has words of its own for what it came to. */
function itemWord({ status, item, reason }: VisitState): string {
  if (status === 'not-taken' && reason?.startsWith('not applicable: ') === true) return 'n/a';
  switch (item?.result) {
    case 'na':
      return 'n/a';
    case 'partial':
      return 'partial';
    case undefined:
      return status === 'failed' || status === 'skipped' ? 'unknown' : status;
    default:
      return status;
  }
}
