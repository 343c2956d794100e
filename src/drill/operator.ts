/**
 * Who answers in a rehearsal: always the same to the same question.
 *
 * Invariant: it never makes a change pass that failed; what it does not know how to answer is where the rehearsal stands still.
 */
import type { Answer } from '../run/answer.ts';
import { outlineOf } from '../run/outline.ts';
import type { Question } from '../run/question.ts';
import type { RunState } from '../run/state.ts';
import type { Variable } from '../runbook/document.ts';
import type { Forced } from './ease.ts';
import { madeUp } from './made-up.ts';
import type { StandIns } from './stand-ins.ts';

export interface Operator {
  readonly standIns: StandIns;
  readonly forced: Forced;
  /** The gate whose approval is denied; null: none. */
  readonly denies: string | null;
  /** What goes wrong is rolled back; else nobody knows what to do about it. */
  readonly rollsBack: boolean;
}

const reason = 'rehearsed';

/** The answer to `question`; null: there is none. */
export function answerOf(operator: Operator, state: RunState, question: Question): Answer | null {
  const back: Answer | null = operator.rollsBack ? { kind: 'rollback', reason } : null;
  switch (question.kind) {
    case 'variable':
      return givenValue(operator, state, question.name, question);
    case 'ask':
      return givenValue(operator, state, question.variable ?? question.step, question);
    case 'choose':
      return chosen(operator, state, question);
    case 'manual':
      return { kind: 'done', note: reason };
    case 'item':
      return { kind: 'item', result: 'pass', detail: reason };
    case 'approve':
      if (operator.denies === question.step) return { kind: 'refuse', by: 'approver', reason };
      return { kind: 'approve', by: 'approver' };
    case 'danger':
      return { kind: 'confirm', target: question.target };
    case 'failure':
      return question.inRollback ? again(state, question) : back;
    case 'in-doubt':
      return { kind: 'settle', as: 'failed', reason };
    case 'drift':
      return question.unread ? back : (back ?? { kind: 'accept', reason });
    case 'no-go':
    case 'done-when':
      return back;
    case 'obligations':
      return { kind: 'hand-over', step: question.open[0]?.step ?? '', to: 'somebody' };
    case 'notify':
      return { kind: 'value', value: question.text };
    case 'review':
      return { kind: 'review', as: 'once' };
    case 'ready':
      return { kind: 'run' };
    case 'window':
      return { kind: 'go-on', reason };
    case 'held':
    case 'over':
    case 'earlier':
    case 'handover':
      return null;
  }
}

/** A failed undo is tried once more. */
function again(state: RunState, { step }: Question<'failure'>): Answer | null {
  const visit = state.steps.get(step)?.visits.at(-1);
  return visit === undefined || visit.retriedSeq > 0 ? null : { kind: 'retry', reason };
}

interface Asked {
  readonly match: string | null;
  readonly choices: readonly string[];
}

function givenValue(
  { standIns }: Operator,
  { runbook }: RunState,
  name: string,
  { match, choices }: Asked,
): Answer | null {
  const declared = runbook.vars[name];
  const told = standIns.of(name)?.answer;
  if (told !== undefined) return { kind: 'value', value: told };
  const asked: Variable = {
    type: declared?.type ?? 'string',
    secret: declared?.secret ?? false,
    ...(match === null ? {} : { match }),
    ...(choices.length === 0 ? {} : { choices: [...choices] }),
  };
  const value = madeUp(name, { ...declared, ...asked });
  return value === null ? null : { kind: 'value', value };
}

/** What is forced or told on the first visit; else the first option that goes on, a suggested one before others. */
function chosen(
  { forced, standIns }: Operator,
  state: RunState,
  { step, visit, options }: Question<'choose'>,
): Answer | null {
  const wanted = visit === 1 ? (forced.chosen.get(step) ?? standIns.of(step)?.answer) : undefined;
  const place = outlineOf(state.runbook).places.get(step);
  const goesOn = (label: string): number => {
    const goto = place?.step.blocks.find((block) => block.label === label)?.goto;
    if (goto === undefined) return 0;
    const to = place?.list.findIndex(({ id }) => id === goto) ?? -1;
    return to > (place?.index ?? 0) ? 1 : 2;
  };
  const ordered = options.toSorted(
    (a, b) => goesOn(a.label) - goesOn(b.label) || Number(b.suggested) - Number(a.suggested),
  );
  const label = options.find((one) => one.label === wanted)?.label ?? ordered[0]?.label;
  return label === undefined ? null : { kind: 'choose', label, reason };
}
