/** What a dialog is about, whole, as rows. */
import { visible } from '../../diagnostics/sanitise.ts';
import { onFacts } from '../../run/on-words.ts';
import { bodyOf, outlineOf } from '../../run/outline.ts';
import type { RunState } from '../../run/state.ts';
import type { Step, StepId } from '../../runbook/document.ts';
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

/** What step `id` runs; of one that holds others that are begun by one order, what each of them runs. */
export function stepRuns(state: RunState, id: StepId, look: Look, width: number): readonly string[] {
  const body = bodyOf(state.runbook, id);
  if (body === null) return [];
  const step = outlineOf(state.runbook).places.get(id)?.step;
  if (step !== undefined && heldBy(step).length > 0) return heldRows(state, step, look, width);
  const undone = state.steps.get(id)?.visits.at(-1)?.undoes ?? null;
  return runsRows(whatRuns(state, id, body, undone), look, width);
}

/** The steps that begin with `step`, without a further question. A choice, and the items of a checklist, are asked about one by one. */
function heldBy({ flow, blocks, each }: Step): readonly Step[] {
  if (each !== undefined) return [each.pattern];
  return flow === 'parallel' || flow === 'steps' ? blocks.flatMap(({ steps }) => steps) : [];
}

/** Where the steps of `step` happen, then of each its title, what it runs, what is expected and how it is undone. */
function heldRows(state: RunState, step: Step, look: Look, width: number): readonly string[] {
  const places = onFacts(state.runbook.hosts ?? {}, step, true).map(([label, text]) => `${label}: ${text}`);
  const many = step.each !== undefined && step.on === undefined ? [step.summary] : [];
  const said = (text: string): readonly string[] => wrap(visible(text), width).map((row) => paint(look, 'accent', row));
  const inside = heldBy(step);
  return [
    ...[...places, ...many].flatMap(said),
    ...inside.flatMap((one) => {
      const title = inside.length === 1 && one.title === step.title ? [] : wrap(visible(one.title), width);
      const rows = heldBy(one).length > 0 ? heldRows(state, one, look, width) : ownRows(state, step, one, look, width);
      return [...title.map((row) => paint(look, 'bold', row)), ...rows];
    }),
  ];
}

/** `one` as `step`, which holds it, sees the variables: a copy that the run will make is no step of it yet. */
function ownRows(state: RunState, step: Step, one: Step, look: Look, width: number): readonly string[] {
  const id = outlineOf(state.runbook).places.has(one.id) ? one.id : step.id;
  return [
    ...runsRows(whatRuns(state, id, one), look, width),
    ...one.expect.flatMap((source) => wrap(`expect: ${visible(source)}`, width)),
    ...undoRows(state, { ...one, id }, look, width),
  ];
}

/** How a step is undone. */
export function undoRows(state: RunState, step: Step, look: Look, width: number): readonly string[] {
  switch (step.undo.kind) {
    case 'none':
      return step.effect === 'once' ? ['undo: none'] : [];
    case 'covered':
      return wrap(`undo: by the undo of ${visible(step.undo.by)}`, width);
    case 'bodies':
      return step.undo.bodies.flatMap((body) => undoBody(whatRuns(state, step.id, body), look, width));
  }
}

function undoBody({ kind, text }: WhatRuns, look: Look, width: number): readonly string[] {
  if (kind === 'markdown') return ['undo, by hand:', ...markdownRows(text, look, width)];
  return codeRows(text, { ...look, colour: false }, width, 'undo: ');
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
