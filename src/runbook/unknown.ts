/**
 * What of a compiled runbook this gonogo does not know: it was recorded by one that knew it.
 *
 * Invariants:
 * - A runbook that any older gonogo compiled has none. So only what is added to a language counts: an action, a parameter or a word of
 *   one, a function, a name, a field. What is missing, or does not fit the others, is not looked at.
 * - Whatever would be acted on or evaluated is looked at, what the run will only make copies of too.
 */
import type { ActionSpecs } from './action-spec.ts';
import type { Body, Expression, Runbook, Step } from './document.ts';
import { foreignIn } from './expression.ts';
import { templateParts } from './interpolate.ts';
import { readWith } from './issues.ts';
import { stringsIn } from './model.ts';

/** In words that follow "not known: ", each once, in document order: `the action kubernetes in step deploy`. Empty: it is known as a whole. */
export function unknownIn(runbook: Runbook, specs: ActionSpecs): readonly string[] {
  const search = new Search(specs, namesIn(runbook, specs));
  const { target, phases, rollback, checklist } = runbook;
  if (target !== undefined) {
    search.templates('target', [target.name]);
    search.body('target', target.identity);
  }
  for (const step of [...phases.flatMap(({ steps }) => steps), ...rollback.steps]) search.step(step);
  search.expressions('checklist', [checklist?.verdict]);
  for (const { title, entries } of runbook.report.sections)
    search.templates(
      `section ${title}`,
      entries.map(({ text }) => text),
    );
  return [...search.found];
}

class Search {
  readonly found = new Set<string>();
  readonly #specs: ActionSpecs;
  readonly #names: ReadonlySet<string>;

  constructor(specs: ActionSpecs, names: ReadonlySet<string>) {
    this.#specs = specs;
    this.#names = names;
  }

  step(step: Step): void {
    const { id, doneWhen, undo, item, each } = step;
    const where = `step ${id}`;
    // What holds copies together is no action.
    if (step.flow !== 'each') this.body(where, step);
    if (doneWhen !== undefined) this.body(where, doneWhen);
    if (undo.kind === 'bodies') for (const body of undo.bodies) this.body(`undo of ${id}`, body);
    this.expressions(where, [step.when, item?.na, item?.partial, item?.judge, step.checklist?.verdict]);
    this.templates(where, Object.values(step.bindings));
    for (const block of step.blocks) {
      this.expressions(where, [block.when]);
      for (const inner of block.steps) this.step(inner);
    }
    if (each === undefined) return;
    this.templates(
      where,
      each.lists.map(({ values }) => values),
    );
    this.step(each.pattern);
  }

  body(where: string, { action, params, expect, capture, retry, env, cwd }: Body): void {
    const spec = this.#specs.get(action);
    if (spec === undefined) {
      this.#add(where, `the action ${action}`);
      return;
    }
    const read = readWith(spec.params, params, []);
    for (const { code, path, message } of read.ok ? [] : read.problems) {
      if (code === 'unknown-key') this.#add(where, `the parameter ${path.join('.')} of ${action}`);
      else if (code === 'unknown-value' || code === 'wrong-type')
        this.#add(where, `${path.length === 0 ? 'the value' : path.join('.')} of ${action}: ${message}`);
    }
    const filled = stringsIn(params).filter(({ path }) => !spec.isScript(params, path));
    this.templates(where, [...filled.map(({ text }) => text), ...Object.values(env), cwd ?? '']);
    this.expressions(where, [...expect, ...Object.values(capture), retry?.giveUp]);
  }

  templates(where: string, texts: readonly string[]): void {
    for (const text of texts) {
      if (!text.includes('${{')) continue;
      const split = templateParts(text);
      if (!split.ok) continue;
      this.expressions(
        where,
        split.parts.flatMap((part) => (part.kind === 'expression' ? [part.source] : [])),
      );
    }
  }

  expressions(where: string, sources: readonly (Expression | undefined)[]): void {
    for (const source of sources) {
      const foreign = source === undefined ? null : foreignIn(source, this.#names);
      if (foreign !== null) this.#add(where, foreign);
    }
  }

  #add(where: string, what: string): void {
    this.found.add(`${what} in ${where}`);
  }
}

/** Every name that an expression may have anywhere in `runbook`: which of them at which place was decided when it was compiled. */
function namesIn(runbook: Runbook, specs: ActionSpecs): ReadonlySet<string> {
  const names = new Set([...Object.keys(runbook.vars), ...surroundings]);
  for (const { fields, captureField } of specs.values()) {
    // What is captured as it stands need be no field that `expect` sees.
    for (const field of [...Object.keys(fields), ...(captureField === null ? [] : [captureField])]) names.add(field);
  }
  const visit = ({ bindings, capture, each, blocks, item }: Step): void => {
    for (const name of [...Object.keys(bindings), ...Object.keys(capture)]) names.add(name);
    if (item?.fact !== undefined) names.add(item.fact);
    for (const { name } of each?.lists ?? []) names.add(name);
    if (each !== undefined) visit(each.pattern);
    for (const { steps } of blocks) for (const step of steps) visit(step);
  };
  for (const step of [...runbook.phases.flatMap(({ steps }) => steps), ...runbook.rollback.steps]) visit(step);
  return names;
}

/** What verdicts and items see beside variables and fields. */
const surroundings: readonly string[] = ['steps', 'now', 'facts', 'score', 'blockers', 'categories'];
