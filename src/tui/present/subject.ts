/** What a dialog is about, whole, as rows. */
import { visible } from '../../diagnostics/sanitise.ts';
import { bodyOf } from '../../run/outline.ts';
import type { RunState } from '../../run/state.ts';
import type { StepId } from '../../runbook/document.ts';
import type { Subject } from '../subject.ts';
import { expandTabs, wrap } from './cells.ts';
import { codeRows } from './code.ts';
import { type Look, paint } from './look.ts';
import { markdownRows } from './markdown.ts';
import { planRows } from './plan.ts';
import { type WhatRuns, whatRuns } from './what-runs.ts';

/** The rows of `subject`, none wider than `width`, not padded. */
export function subjectRows(state: RunState, subject: Subject, look: Look, width: number): readonly string[] {
  switch (subject.kind) {
    case 'step':
      return stepRuns(state, subject.step, look, width);
    case 'plan':
      return planRows(state, look, width);
    case 'markdown':
      return markdownRows(subject.text, look, width);
  }
}

/** What step `id` runs. */
export function stepRuns(state: RunState, id: StepId, look: Look, width: number): readonly string[] {
  const body = bodyOf(state.runbook, id);
  if (body === null) return [];
  const undone = state.steps.get(id)?.visits.at(-1)?.undoes ?? null;
  return runsRows(whatRuns(state, id, body, undone), look, width);
}

/** What runs, then what its variables hold. */
export function runsRows(what: WhatRuns, look: Look, width: number): readonly string[] {
  return [...textRows(what, look, width), ...valueRows(what.values, look, width)];
}

function textRows({ kind, text }: WhatRuns, look: Look, width: number): readonly string[] {
  switch (kind) {
    case 'script':
      return codeRows(text, look, width, '$ ');
    case 'code':
      return codeRows(text, look, width);
    case 'markdown':
      return markdownRows(text, look, width);
    case 'text':
      return wrap(expandTabs(visible(text)).trimEnd(), width).map((row) => paint(look, 'accent', row));
  }
}

function valueRows(values: readonly string[], look: Look, width: number): readonly string[] {
  return values.flatMap((value, index) =>
    wrap(expandTabs(visible(value)), Math.max(1, width - 5)).map((row, place) =>
      paint(look, 'dim', `${index === 0 && place === 0 ? 'with ' : '     '}${row}`),
    ),
  );
}
