/**
 * Texts of the document with what the run knows filled in.
 *
 * Invariants: what is not known stays as the document has it; a secret reads as dots; one view is made per state and step,
 * however often the screen is drawn.
 */
import { noSecrets, shown, type View, viewOf } from '../../run/scope.ts';
import type { RunState, VisitState } from '../../run/state.ts';
import { emptyVisit } from '../../run/visit.ts';
import type { Body, StepId } from '../../runbook/document.ts';

/** Which visit of which step an undo takes back. */
type Undone = NonNullable<VisitState['undoes']>;

const viewsByState = new WeakMap<RunState, Map<string, View | null>>();

/** `template` as step `id` sees the variables (null: as the run does). `undone`: what it takes back, before its first visit. */
export function filled(state: RunState, id: StepId | null, template: string, undone: Undone | null = null): string {
  if (!template.includes('${{')) return template;
  const view = viewAt(state, id, undone);
  return view === null ? template : shown(template, view);
}

/** The variables that the script of `body` reads and that are set: `version = v1.1.0`. */
export function scriptValues(state: RunState, id: StepId, body: Body, undone: Undone | null = null): readonly string[] {
  if (body.action !== 'run' && body.action !== 'check') return [];
  const text = JSON.stringify(body.params);
  const read = Object.keys(state.runbook.vars).filter((name) =>
    new RegExp(`\\$(?:${name}(?![a-z0-9_])|\\{${name}[^a-z0-9_])`).test(text),
  );
  const view = read.length === 0 ? null : viewAt(state, id, undone);
  return read.flatMap((name) => {
    const value = view?.texts.get(name);
    return value === undefined ? [] : [`${name} = ${value}`];
  });
}

function viewAt(state: RunState, id: StepId | null, undone: Undone | null): View | null {
  const views = viewsByState.get(state) ?? new Map<string, View | null>();
  viewsByState.set(state, views);
  const key = `${id ?? ''} ${undone?.step ?? ''} ${undone?.visit ?? ''}`;
  const known = views.get(key);
  if (known !== undefined) return known;
  const last = (id === null ? undefined : state.steps.get(id)?.visits.at(-1)) ?? null;
  const visit = undone === null ? last : { ...(last ?? emptyVisit(1, state.head.seq, state.head.at)), undoes: undone };
  const result = viewOf({ state, specs: new Map(), secrets: noSecrets }, id, visit, null);
  const view = result.ok ? result.value : null;
  views.set(key, view);
  return view;
}
