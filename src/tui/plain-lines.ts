/** What the prompts list of a run: its steps, its variables, the items that can be judged again. */
import { visibleLine } from '../diagnostics/sanitise.ts';
import type { Activity } from '../engine/session.ts';
import { outlineOf } from '../run/outline.ts';
import { statusOf } from '../run/progress.ts';
import type { RunState } from '../run/state.ts';
import type { StepId } from '../runbook/document.ts';
import type { Audit } from './audit.ts';
import { itemWord } from './present/audit.ts';
import { entriesOf, phaseText, remark, wordAt } from './present/step-list.ts';
import { itemQuestionAt, type RunView } from './view.ts';

/** Items of checklists that can be answered now, or judged again. */
export function itemsToAnswer(state: RunState, activity: Activity): readonly StepId[] {
  const items = [...outlineOf(state.runbook).places.values()].filter(({ step }) => step.item !== undefined);
  return items.flatMap(({ step }) => (itemQuestionAt({ state, activity }, step.id) === null ? [] : [step.id]));
}

/** Every phase and every step with its status, and how long it took or usually takes. `now`: epoch ms. */
export function stepLines(
  { state, history, outputs }: Pick<RunView, 'state' | 'history' | 'outputs'>,
  now: number,
): readonly string[] {
  let group = -1;
  return entriesOf(state).flatMap(({ id, depth, group: own }) => {
    const title = outlineOf(state.runbook).places.get(id)?.step.title ?? '';
    const status = statusOf(state, id);
    const word = wordAt(state, id, status);
    const more = remark({ state, history, outputs, now }, id, status);
    const time = more === '' || more === word ? '' : ` (${more})`;
    const line = `${'  '.repeat(depth + 1)}${word} ${visibleLine(id)}  ${visibleLine(title)}`.trimEnd() + time;
    const head = own === group ? [] : [phaseText(state, own)];
    group = own;
    return [...head, line];
  });
}

/** Every category with its score, every item with what it came to. */
export function itemLines(audit: Audit): readonly string[] {
  return audit.rules.categories.flatMap(({ id }) => {
    const score = audit.verdict.categories.find((category) => category.id === id);
    const items = audit.items.filter(({ step }) => step.item?.category === id);
    return [
      `${visibleLine(score?.title ?? id)}: ${score?.score ?? 'n/a'}`,
      ...items.map((item) => {
        const word = itemWord(item);
        const { severity } = item.result;
        return `  ${word === '' ? 'open' : word} ${visibleLine(item.step.id)}  ${visibleLine(item.step.title)} (${severity})`;
      }),
    ];
  });
}

/** Every variable with what it holds; a secret reads as dots. */
export function variableLines(state: RunState): readonly string[] {
  const lines = [...state.variables].map(([name, values]) => `${name} = ${visibleLine(values.at(-1)?.value ?? '•••')}`);
  return lines.length === 0 ? ['No variable is set.'] : lines;
}
