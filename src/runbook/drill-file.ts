/**
 * A drill file: what the steps of a runbook would come to, for a rehearsal that executes nothing.
 *
 * Invariants:
 * - Pure, and it never throws; a file with an error gives none. What is wrong is told with its place, as of every document.
 * - What it names is there: steps of the runbook, its variables, names that the action's `expect` sees. A key that could have no
 *   effect is an error, so that nothing is believed to be rehearsed that is not.
 */
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { sortDiagnostics } from '../diagnostics/sort.ts';
import type { ActionSpecs } from './action-spec.ts';
import { Compilation } from './compilation.ts';
import type { Runbook, Step } from './document.ts';
import { drillShape, type StandIn, type StandInResult } from './drill-shape.ts';
import { inside, isMap, type Place } from './model.ts';
import { checkName } from './names.ts';
import type { SourceText } from './source.ts';
import { choice, suggestion } from './suggest.ts';
import { checkValue } from './values.ts';

export interface DrillFile {
  /** Values of variables that are asked for or come from elsewhere. */
  readonly vars: Readonly<Record<string, string>>;
  /** What holds before the first step. */
  readonly facts: Readonly<Record<string, string>>;
  readonly identity: StandInResult | null;
  readonly steps: ReadonlyMap<string, StandIn>;
}

export const noStandIns: DrillFile = { vars: {}, facts: {}, identity: null, steps: new Map() };

/** How a drill file is named: `release.yaml` → `release.drill.yaml`. */
export function drillPathOf(path: string): string {
  return path.replace(/\.ya?ml$/, '') + DRILL_ENDING;
}

/** The end of the name of a drill file. */
export const DRILL_ENDING = '.drill.yaml';

/** Names that the text of a stand-in refers to by `${{ NAME }}`. */
export const standInName = /\$\{\{\s*([a-z][a-z0-9_]*)\s*\}\}/g;

/** Reads `source` as the drill file of `runbook`; null where it cannot be one. */
export function parseDrillFile(
  source: SourceText,
  runbook: Runbook,
  specs: ActionSpecs,
): { readonly diagnostics: readonly Diagnostic[]; readonly file: DrillFile | null } {
  const compilation = new Compilation(specs, () => ({ kind: 'problem', message: 'nothing is included', hint: '' }));
  const { problems } = compilation;
  const file = read(compilation, source, runbook);
  const diagnostics = sortDiagnostics(problems.diagnostics, [source.path]);
  return { diagnostics, file: problems.failed ? null : file };
}

function read(compilation: Compilation, source: SourceText, runbook: Runbook): DrillFile | null {
  const doc = compilation.open(source);
  if (doc === null) return null;
  const root: Place = { doc, path: [] };
  const { value } = doc.tree;
  const { problems } = compilation;
  if (!isMap(value) || Object.keys(value)[0] !== 'drill') {
    problems.value(root, 'wrong-kind', 'the first key of a drill file is drill', 'begin with drill: TITLE');
    return null;
  }
  for (const key of Object.keys(value)) {
    if (Object.hasOwn(drillShape, key)) continue;
    const hint = choice(key, Object.keys(drillShape), 'allowed');
    problems.key(inside(root, key), 'unknown-key', `unknown key ${key}`, hint);
  }
  compilation.readKey(value, root, 'drill', drillShape.drill);
  const vars = compilation.readKey(value, root, 'vars', drillShape.vars) ?? {};
  const facts = compilation.readKey(value, root, 'facts', drillShape.facts) ?? {};
  const identity = compilation.readKey(value, root, 'identity', drillShape.identity) ?? null;
  const steps = compilation.readKey(value, root, 'steps', drillShape.steps) ?? {};
  const check = new Check(compilation, runbook, root);
  check.vars(vars);
  check.facts(facts);
  check.identity(identity);
  check.steps(steps);
  return { vars, facts, identity, steps: new Map(Object.entries(steps)) };
}

/** A drill file held against its runbook. */
class Check {
  readonly #compilation: Compilation;
  readonly #runbook: Runbook;
  readonly #root: Place;
  /** What `${{ }}` of an output may name. */
  readonly #names: Set<string>;

  constructor(compilation: Compilation, runbook: Runbook, root: Place) {
    this.#compilation = compilation;
    this.#runbook = runbook;
    this.#root = root;
    this.#names = new Set(Object.keys(runbook.vars));
  }

  vars(vars: DrillFile['vars']): void {
    const { problems } = this.#compilation;
    for (const [name, text] of Object.entries(vars)) {
      const at = inside(this.#root, 'vars', name);
      const variable = this.#runbook.vars[name];
      if (variable === undefined) {
        const hint = suggestion(name, Object.keys(this.#runbook.vars), 'variables');
        problems.key(at, 'unknown-variable', `there is no variable ${name}`, hint);
      } else if (variable.secret) {
        problems.key(at, 'drill-secret', 'a secret is never rehearsed with a value', 'take it away: one is made up');
      } else if (variable.literal !== undefined) {
        problems.key(at, 'drill-value', `the runbook sets ${name}`, 'take it away here, or change it there');
      } else {
        const wrong = checkValue(variable, text);
        if (wrong !== null)
          problems.value(at, 'drill-value', `${name}: ${wrong}`, 'give a value that the runbook takes');
      }
    }
  }

  /** The names of facts, those that a step brings among them. */
  facts(facts: Readonly<Record<string, string>>, at: Place = inside(this.#root, 'facts')): void {
    const { problems, reserved } = this.#compilation;
    for (const name of Object.keys(facts)) {
      const wrong = checkName(name, reserved);
      if (wrong !== null) problems.key(inside(at, name), 'wrong-name', wrong.message, wrong.hint);
      else if (Object.hasOwn(this.#runbook.vars, name))
        problems.key(
          inside(at, name),
          'drill-fact',
          `${name} is a variable of the runbook`,
          'give the fact another name',
        );
      else this.#names.add(name);
    }
  }

  identity(identity: StandInResult | null): void {
    const { target } = this.#runbook;
    if (identity === null) return;
    const at = inside(this.#root, 'identity');
    if (target === undefined)
      this.#compilation.problems.key(at, 'drill-step', 'the runbook has no target', 'take the identity away');
    else this.#result(identity, target.identity.action, at);
  }

  steps(steps: Readonly<Record<string, StandIn>>): void {
    const known = stepsOf(this.#runbook);
    const at = inside(this.#root, 'steps');
    for (const [id, standIn] of Object.entries(steps)) {
      const step = known.get(id);
      const place = inside(at, id);
      if (step === undefined) {
        const hint = suggestion(id, [...known.keys()], 'steps');
        this.#compilation.problems.key(place, 'unknown-step', `there is no step ${id}`, hint);
      } else this.#brings(standIn, place);
    }
    for (const [id, standIn] of Object.entries(steps)) {
      const step = known.get(id);
      if (step !== undefined) this.#step(standIn, step, inside(at, id));
    }
  }

  /** Facts may be told before the step that brings them. */
  #brings(standIn: StandIn, at: Place): void {
    this.facts(standIn.facts ?? {}, inside(at, 'facts'));
    for (const one of standIn.undo ?? []) this.facts(one.facts ?? {}, inside(at, 'undo', 'facts'));
  }

  #step(standIn: StandIn, step: Step, at: Place): void {
    const { problems } = this.#compilation;
    const { undo, done_when: doneWhen, answer, ...own } = standIn;
    const isAsked = step.action === 'ask' || step.action === 'choose';
    if (answer !== undefined && !isAsked)
      problems.key(inside(at, 'answer'), 'drill-key', `${step.action} is not answered`, 'answer is for ask and choose');
    if (isAsked || step.effect === 'gate' || step.flow !== 'leaf') this.#nothing(own, step, at);
    else this.#result(own, step.action, at);
    if (doneWhen !== undefined) {
      if (step.doneWhen === undefined)
        problems.key(inside(at, 'done_when'), 'drill-key', `${step.id} has no done_when`, 'take it away');
      else this.#result(doneWhen, step.doneWhen.action, inside(at, 'done_when'));
    }
    if (undo !== undefined) this.#undo(undo, step, inside(at, 'undo'));
  }

  #undo(undo: readonly StandInResult[], step: Step, at: Place): void {
    const { problems } = this.#compilation;
    const bodies = step.undo.kind === 'bodies' ? step.undo.bodies : [];
    if (undo.length > bodies.length) {
      const has = bodies.length === 0 ? 'no undo of its own' : `${bodies.length} to undo it`;
      problems.key(at, 'drill-key', `${step.id} has ${has}`, 'take it away');
      return;
    }
    for (const [index, one] of undo.entries()) {
      const list = inside(at, index);
      this.#result(one, bodies[index]?.action ?? 'run', list.doc.tree.has(list.path) ? list : at);
    }
  }

  /** Of what holds other steps, or asks a person, nothing is read. */
  #nothing(own: StandInResult, step: Step, at: Place): void {
    for (const key of Object.keys(own)) {
      if (key === 'facts' && step.flow === 'leaf') continue;
      this.#compilation.problems.key(inside(at, key), 'drill-key', `${step.action} has no ${key}`, 'take it away');
    }
  }

  #result(result: StandInResult, action: string, at: Place): void {
    const { problems, specs } = this.#compilation;
    const fields = Object.keys(specs.get(action)?.fields ?? {});
    for (const [key, needs] of [
      ['exit', 'exit'],
      ['status', 'status'],
    ] as const) {
      if (result[key] !== undefined && !fields.includes(needs))
        problems.key(
          inside(at, key),
          'drill-key',
          `${action} has no ${key}`,
          choice(key, fields, `expect sees of ${action}`),
        );
    }
    for (const name of Object.keys(result.sees ?? {})) {
      if (fields.includes(name)) continue;
      const hint = choice(name, fields, `expect sees of ${action}`);
      problems.key(inside(at, 'sees', name), 'drill-key', `${action} has no ${name}`, hint);
    }
    this.#texts(result, at);
  }

  #texts({ output, facts = {} }: StandInResult, at: Place): void {
    const texts = [
      ...(output === undefined ? [] : [[inside(at, 'output'), output] as const]),
      ...Object.entries(facts).map(([name, text]) => [inside(at, 'facts', name), text] as const),
    ];
    for (const [place, text] of texts) {
      for (const [, name = ''] of text.matchAll(standInName)) {
        if (this.#names.has(name)) continue;
        const hint = suggestion(name, [...this.#names], 'facts and variables');
        this.#compilation.problems.value(place, 'unknown-variable', `there is no fact or variable ${name}`, hint);
      }
    }
  }
}

/** Every step by its id, those that copies are made of by `ID_N`. */
function stepsOf(runbook: Runbook): ReadonlyMap<string, Step> {
  const found = new Map<string, Step>();
  const take = (step: Step): void => {
    found.set(standInId(step.id), step);
    for (const { steps } of step.blocks) steps.forEach(take);
    if (step.each !== undefined) take(step.each.pattern);
  };
  for (const { steps } of runbook.phases) steps.forEach(take);
  runbook.rollback.steps.forEach(take);
  return found;
}

/** The name of a step in a drill file: of what copies are made of, the one that a plan shows. */
export function standInId(id: string): string {
  return id.replaceAll(/_N\d+/g, '_N');
}
