/** What the prompts list of a run: its steps, its variables, the items that can be judged again. */
import { visibleLine } from '../diagnostics/sanitise.ts';
import type { Activity } from '../engine/session.ts';
import { outlineOf } from '../run/outline.ts';
import { statusOf } from '../run/progress.ts';
import type { RunState } from '../run/state.ts';
import type { StepId } from '../runbook/document.ts';
import { wordOf } from './present/look.ts';
import { entriesOf } from './present/step-list.ts';
import { itemQuestionAt } from './view.ts';

/** Items of checklists that can be answered now, or judged again. */
export function itemsToAnswer(state: RunState, activity: Activity): readonly StepId[] {
  const items = [...outlineOf(state.runbook).places.values()].filter(({ step }) => step.item !== undefined);
  return items.flatMap(({ step }) => (itemQuestionAt({ state, activity }, step.id) === null ? [] : [step.id]));
}

/** Every step with its status. */
export function stepLines(state: RunState): readonly string[] {
  return entriesOf(state).map(({ id, depth }) => {
    const title = outlineOf(state.runbook).places.get(id)?.step.title ?? '';
    return `${'  '.repeat(depth)}${wordOf(statusOf(state, id))} ${visibleLine(id)}  ${visibleLine(title)}`.trimEnd();
  });
}

/** Every variable with what it holds; a secret reads as dots. */
export function variableLines(state: RunState): readonly string[] {
  const lines = [...state.variables].map(([name, values]) => `${name} = ${visibleLine(values.at(-1)?.value ?? '•••')}`);
  return lines.length === 0 ? ['No variable is set.'] : lines;
}
