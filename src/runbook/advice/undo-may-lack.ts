import type { Step } from '../document.ts';
import type { Subject, Use } from '../model.ts';
import { variablesRead } from '../rules/script-variables.ts';
import type { LintRule } from './lint-rule.ts';

/** An undo that needs a value which the step's own failure leaves unset. */
export const undoMayLack: LintRule = {
  id: 'undo-may-lack',
  explanation:
    'This undo uses a variable that only its own step, or a later one, captures; or a rollback step uses one that is captured after ' +
    'the first change. When a step fails before, the variable is unset, and taking it back fails when it is needed most. Capture ' +
    'the value in a step before.',
  bad: 'phases:\n  deploy:\n    - run: ./create\n      capture: id\n      undo: { run: ./remove "$id" }',
  good: 'phases:\n  pre-deploy:\n    - check: ./next-id\n      capture: id\n  deploy:\n    - run: ./create "$id"\n      undo: { run: ./remove "$id" }',
  check: (subject, report) => {
    const order = orderOf(subject);
    reportRollbackSteps(subject, order, report);
    for (const use of subject.uses) {
      const owner = order.ofUndo(use.at);
      if (owner === null) continue;
      for (const { name, start, end } of namesIn(use)) {
        if (use.env.includes(name) || !isLate(subject, order, owner, name)) continue;
        report.at(use, start, end, `${name} is unset when this step fails`, `capture ${name} in a step before`);
      }
    }
  },
};

type Place = Subject['uses'][number]['at'];

/** Where steps stand in the order of the document. Looked up by place, since a document may have thousands of steps and of uses. */
interface Order {
  /** The number of the first step around `place`; null: it is in none. */
  of(place: Place): number | null;
  /** The same of the first step whose undo is around `place`. */
  ofUndo(place: Place): number | null;
  /** Where the variable `name` is captured. */
  setters(name: string): readonly Place[];
}

/** The order of the steps of a document. */
export function orderOf({ steps, captures }: Subject): Order {
  const numbers = new Map<Place['doc'], Map<string, number>>();
  for (const [number, { place }] of [...steps.values()].entries()) {
    const known = numbers.get(place.doc) ?? new Map<string, number>();
    const key = keyOf(place.path);
    if (!known.has(key)) known.set(key, number);
    numbers.set(place.doc, known);
  }
  const setters = Map.groupBy(captures, ({ name }) => name);
  const first = ({ doc, path }: Place, counts: (next: string | number | undefined) => boolean): number | null => {
    const found = path.flatMap((_, end) =>
      counts(path[end]) ? (numbers.get(doc)?.get(keyOf(path.slice(0, end))) ?? []) : [],
    );
    const whole = counts(undefined) ? numbers.get(doc)?.get(keyOf(path)) : undefined;
    if (whole !== undefined) found.push(whole);
    return found.length === 0 ? null : Math.min(...found);
  };
  return {
    of: (place) => first(place, () => true),
    ofUndo: (place) => first(place, (next) => next === 'undo'),
    setters: (name) => (setters.get(name) ?? []).map(({ place }) => place),
  };
}

function keyOf(path: Place['path']): string {
  return JSON.stringify(path);
}

/** A rollback step runs whatever failed: also before the step that captures what it uses. */
function reportRollbackSteps(subject: Subject, order: Order, report: Report): void {
  const steps = [...subject.steps.values()];
  const firstChange = steps.findIndex(({ step, zone }) => zone !== 'rollback' && changes(step));
  if (firstChange === -1) return;
  for (const use of subject.uses) {
    const owner = steps[order.of(use.at) ?? -1];
    if (owner === undefined || owner.zone !== 'rollback' || owner.step.when !== undefined) continue;
    for (const { name, start, end } of namesIn(use)) {
      if (use.env.includes(name) || !isLate(subject, order, firstChange, name)) continue;
      const hint = `capture ${name} before the first change, or give the step a when`;
      report.at(use, start, end, `${name} is unset when a step fails before it is captured`, hint);
    }
  }
}

/** True for a step that a rollback could matter to. */
export function changes({ effect, undo }: Step): boolean {
  return effect === 'once' || effect === 'idempotent' || undo.kind !== 'none';
}

type Report = Parameters<LintRule['check']>[1];

/** True when nothing before step `owner` sets `name`, and something else does. */
export function isLate({ variables }: Subject, order: Order, owner: number, name: string): boolean {
  const declared = variables.get(name)?.variable;
  const given = [declared?.literal, declared?.ask, declared?.env, declared?.default].some(
    (source) => source !== undefined,
  );
  const setters = order.setters(name);
  if (given || setters.length === 0) return false;
  return setters.every((place) => (order.of(place) ?? -1) >= owner);
}

/** The variables that a text reads, and where. */
export function namesIn(use: Use): readonly { readonly name: string; readonly start: number; readonly end: number }[] {
  if (use.kind === 'script') return variablesRead(use.text);
  if (use.kind !== 'template' && use.kind !== 'words') return [];
  return [...use.text.matchAll(/\$\{\{\s*([a-z][a-z0-9_]*)\s*\}\}/g)].map(({ 0: whole, 1: name = '', index }) => ({
    name,
    start: index,
    end: index + whole.length,
  }));
}
