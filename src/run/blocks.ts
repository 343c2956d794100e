/**
 * Steps that hold steps. A container says which of them are next, or what is due of itself; it never walks them.
 *
 * Invariant: which children are done is derived from the records since the container's visit opened, so that a torn write or
 * a resume goes on in the middle.
 */
import type { Step, StepId } from '../runbook/document.ts';
import { type Arrival, isVisiting, start, type Visiting, viewAt } from './arrival.ts';
import { waitsForOrder } from './arriving.ts';
import { walkGate } from './checklists.ts';
import { asks, type Decision, fails, goesOnWith, only, type Turn } from './decision.ts';
import { draft } from './draft.ts';
import type { EventDraft } from './event.ts';
import { openCopies, walkEach } from './expanding.ts';
import { record } from './json-value.ts';
import { keepsAnswer } from './kept-answer.ts';
import { outlineOf } from './outline.ts';
import { startPerson } from './people.ts';
import { chooseQuestion, isDecided, unfitLabel } from './questions/choose.ts';
import { readyTogether } from './questions/ready.ts';
import { walkBatches, walkHosts } from './rolling.ts';
import type { RunState } from './state.ts';
import { closedSince, openVisit } from './visit.ts';

/** What a step of each flow that holds others comes to. */
export const containers: Readonly<Record<Exclude<Step['flow'], 'leaf'>, (arrival: Arrival) => Turn>> = {
  choose: walkChoose,
  parallel: walkParallel,
  steps: (arrival) => (arrival.step.on === undefined ? walkSequence : walkBatches)(arrival),
  each: (arrival) => (arrival.step.on === undefined ? walkEach : walkHosts)(arrival),
  checklist: walkGate,
};

const visitsMax = 100;

function walkChoose(arrival: Arrival): Turn {
  const { step, visit, at, mode } = arrival;
  const tooOften = visit === null ? turnsAround(step, at.visit) : null;
  if (tooOften !== null) return fails(at, tooOften);
  if (!isVisiting(arrival) || visit === null || visit.attempts.length === 0) return startPerson(arrival);
  if (visit.chosen === null) return isDecided(step) ? decideChoice(arrival) : askChoice(arrival);
  const kept = keepsAnswer(arrival);
  if (kept !== null) return only(kept);
  const block = step.blocks[visit.chosen];
  if (block === undefined && step.blocks.length > 0) return fails(at, 'the chosen option is not there');
  const inner = block?.steps[visit.position];
  if (inner !== undefined) return goesOnWith(inner, mode);
  return only(...jumpedOver(arrival, block?.goto ?? null), draft('step.passed', at));
}

/** Why visit `number` of a choice is one too many; null: it is not. A person may order it nevertheless. */
function turnsAround(step: Step, number: number): string | null {
  const atMost = record(step.params)['at_most'];
  const max = typeof atMost === 'number' ? atMost : visitsMax;
  return number <= max ? null : `it was come to ${max} times, and at_most allows no more`;
}

/** The first option whose condition holds, without a person. */
function decideChoice(arrival: Visiting): Decision {
  const { at } = arrival;
  const view = viewAt(arrival, arrival.step);
  if (!view.ok) return fails(at, view.message);
  const question = chooseQuestion(arrival, view.value);
  if (!question.ok) return fails(at, question.message);
  const taken = question.value.options.find(({ suggested }) => suggested);
  if (taken === undefined) return fails(at, 'no option holds');
  const wrong = unfitLabel(arrival.state, question.value.variable, taken.label);
  if (wrong !== null) return fails(at, wrong);
  return only(draft('option.chosen', { ...at, block: taken.block, label: taken.label }));
}

function askChoice(arrival: Visiting): Decision {
  const view = viewAt(arrival, arrival.step);
  if (!view.ok) return fails(arrival.at, view.message);
  const question = chooseQuestion(arrival, view.value);
  return question.ok ? asks(question.value) : fails(arrival.at, question.message);
}

/** Steps of the same list between a choice and the target of its forward `goto`. */
function jumpedOver({ state, step, visit }: Visiting, goto: StepId | null): readonly EventDraft[] {
  const place = outlineOf(state.runbook).places.get(step.id);
  if (place === undefined || goto === null) return [];
  const target = place.list.findIndex(({ id }) => id === goto);
  const between = place.list.slice(place.index + 1, Math.max(place.index + 1, target));
  // Some of them may be on record already, from a write that was torn.
  return between
    .filter(({ id }) => !closedSince(state, id, visit.openedSeq))
    .map(({ id }) =>
      draft('step.not_taken', {
        step: id,
        visit: (state.steps.get(id)?.visits.length ?? 0) + 1,
        reason: `jumped over: ${step.id} went on at ${goto}`,
      }),
    );
}

function walkSequence(arrival: Arrival): Turn {
  const { step, visit, at, mode } = arrival;
  if (visit === null || visit.attempts.length === 0) return only(start(arrival));
  const inner = step.blocks[0]?.steps[visit.position];
  return inner === undefined ? only(draft('step.passed', at)) : goesOnWith(inner, mode);
}

function walkParallel(arrival: Arrival): Turn {
  const { state, now, step, visit, at, mode } = arrival;
  if (visit === null || visit.attempts.length === 0) {
    const awaited = waitsForOrder(now, arrival) && visit?.ordered !== true;
    return awaited ? asks(readyTogether(arrival)) : only(start(arrival));
  }
  const open = openChildren(state, step, visit.openedSeq).flatMap((part) => sideBySide(state, part));
  if (open.length === 0) return only(draft('step.passed', at));
  const inside = mode === 'rollback' ? mode : 'parallel';
  return {
    // What the whole is to do about a failure holds for each part that says nothing itself.
    children: branches(state, step, open).map((part) => ({
      kind: 'step',
      step: part.onFail === 'ask' ? { ...part, onFail: step.onFail } : part,
      mode: inside,
    })),
    mayStop: true,
  };
}

/** The copies of a branch that stands for them are branches themselves, once it is expanded. */
function sideBySide(state: RunState, part: Step): readonly Step[] {
  const visit = part.flow === 'each' && part.on === undefined ? openVisit(state.steps.get(part.id)) : null;
  const copies = visit === null ? [] : openCopies(state, part, visit);
  return copies.length === 0 ? [part] : copies;
}

/** Those of `open` that go on: every one that has begun, and as many more as may run at once. */
function branches(state: RunState, step: Step, open: readonly Step[]): readonly Step[] {
  const atMost = record(step.params)['at_most'];
  if (typeof atMost !== 'number') return open;
  const begun = new Set(open.filter(({ id }) => openVisit(state.steps.get(id)) !== null));
  const next = open.filter((part) => !begun.has(part)).slice(0, Math.max(0, atMost - begun.size));
  return open.filter((part) => begun.has(part) || next.includes(part));
}

function openChildren(state: RunState, step: Step, since: number): readonly Step[] {
  return step.blocks.flatMap(({ steps }) => steps).filter(({ id }) => !closedSince(state, id, since));
}
