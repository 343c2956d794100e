/** Every expression is well formed, names only what is there, and has the type that its place needs. */
import type { FieldType } from '../action-spec.ts';
import { compileScope, type ExpressionProblem, reservedNames, type Scope, type StepField } from '../expression.ts';
import type { Frame, LocatedStep, Problems, Rule, Sight, Subject, Use } from '../model.ts';
import { expressionsIn } from './expressions-in.ts';

/** More steps than this are offered to expressions only where something names them. */
const offeredMax = 400;

export const expressionsFit: Rule = (subject, problems) => {
  const scopes = new Scopes(subject);
  for (const use of subject.uses) {
    if (use.kind === 'script') continue;
    const found = expressionsIn(use);
    if (found.problem !== null) {
      say(problems, use, 'template', found.problem);
    }
    for (const { source, start } of found.expressions) checkOne(scopes, use, { source, offset: start }, problems);
  }
};

function checkOne(
  scopes: Scopes,
  use: Use,
  { source, offset }: { readonly source: string; readonly offset: number },
  problems: Problems,
): void {
  const isExpression = use.kind === 'condition' || use.kind === 'value';
  if (isExpression && source.includes('${{')) {
    const start = source.indexOf('${{');
    const hint = 'this is an expression already: write the name alone';
    say(problems, use, 'expression', { start, end: start + 3, message: 'an expression takes no ${{ }}', hint });
    return;
  }
  const checked = scopes.of(use.sight).check(source);
  if (!checked.ok) {
    for (const problem of checked.problems) {
      say(problems, use, 'expression', { ...problem, start: offset + problem.start, end: offset + problem.end });
    }
    return;
  }
  if (use.isList && scopes.isNoList(checked.type, source)) {
    const message = `a list is needed here, but this is ${checked.type}`;
    const hint = `declare the variable with type: list: ${source}: { type: list }`;
    say(problems, use, 'wrong-type', { start: offset, end: offset + source.length, message, hint, newer: true });
    return;
  }
  if (use.kind !== 'condition' || checked.type === 'bool' || checked.type === 'dyn') return;
  const message = `a condition is true or false, but this is ${checked.type}`;
  const hint = 'compare it with something: ==, !=, <, in';
  say(problems, use, 'not-a-condition', { start: offset, end: offset + source.length, message, hint });
}

function say(problems: Problems, use: Use, code: string, problem: ExpressionProblem): void {
  const { start, end, message, hint, newer = false } = problem;
  const { doc, span } = use.place(start, end);
  problems.at(doc, span, { severity: newer ? problems.newer : 'error', code, message, hint });
}

/** Scopes are compiled once for each set of names that a place sees. */
class Scopes {
  readonly #subject: Subject;
  readonly #variables: Readonly<Record<string, 'string' | 'int' | 'number' | 'bool' | 'list'>>;
  readonly #mentioned: ReadonlySet<string>;
  readonly #guessed: Readonly<Record<string, FieldType>>;
  readonly #steps = new Map<Frame, Readonly<Record<string, ReadonlySet<StepField>>>>();
  readonly #scopes = new Map<Frame, Map<string, Scope>>();
  readonly #fieldKeys = new Map<object, string>();

  constructor(subject: Subject) {
    this.#subject = subject;
    const { variables, uses } = subject;
    this.#variables = Object.fromEntries([...variables].map(([name, { variable }]) => [name, variable.type]));
    this.#mentioned = new Set(uses.flatMap(stepNames));
    this.#guessed = subject.open ? guessedNames(subject) : {};
  }

  /** A captured text may hold JSON; one that the document gives is known. */
  isNoList(type: string, source: string): boolean {
    const literal = this.#subject.variables.get(source.trim())?.variable.literal;
    if (type !== 'string') return type !== 'dyn' && !type.startsWith('list');
    return literal !== undefined && !literal.trimStart().startsWith('[');
  }

  of({ fields, bindings, loose = [], parts = {}, frame }: Sight): Scope {
    const ofFrame = this.#scopes.get(frame) ?? new Map<string, Scope>();
    this.#scopes.set(frame, ofFrame);
    const key = `${this.#fieldKey(fields)} ${bindings.join(' ')} ${loose.join(' ')} ${JSON.stringify(parts)}`;
    const known = ofFrame.get(key);
    if (known !== undefined) return known;
    const bound = Object.fromEntries(
      bindings.map((name) => [name, loose.includes(name) ? ('dyn' as const) : ('string' as const)]),
    );
    const extra = { ...this.#guessed, ...bound, ...fields };
    const scope = compileScope({ variables: this.#variables, extra, parts, steps: this.#stepsOf(frame) });
    ofFrame.set(key, scope);
    return scope;
  }

  #fieldKey(fields: object): string {
    const known = this.#fieldKeys.get(fields);
    if (known !== undefined) return known;
    const key = Object.entries(fields).flat().join(',');
    this.#fieldKeys.set(fields, key);
    return key;
  }

  #stepsOf(frame: Frame): Readonly<Record<string, ReadonlySet<StepField>>> {
    const known = this.#steps.get(frame);
    if (known !== undefined) return known;
    const { steps } = this.#subject;
    const copies = [...this.#mentioned].filter((name) => frame.patternOf(name) !== null);
    const names = steps.size <= offeredMax ? [...frame.names(), ...copies] : [...this.#mentioned];
    const entries = names.flatMap((name) => {
      const step = steps.get(frame.resolve(name) ?? '') ?? steps.get(frame.patternOf(name) ?? '');
      return step === undefined ? [] : [[name, resultFields(step)] as const];
    });
    const result = Object.fromEntries(entries);
    this.#steps.set(frame, result);
    return result;
  }
}

function stepNames(use: Use): readonly string[] {
  if (use.kind === 'script' || !use.text.includes('steps')) return [];
  return [...use.text.matchAll(/\bsteps\s*\.\s*([A-Za-z_]\w*)/g)].map(([, name]) => name ?? '');
}

/** What `steps.ID` has besides `status` and `visits` depends on what its action reads. */
function resultFields({ step, spec }: LocatedStep): ReadonlySet<StepField> {
  if (step.flow === 'each' && step.on !== undefined) return new Set<StepField>(['status', 'visits', 'hosts']);
  const fields = Object.keys(spec.fields);
  const result = new Set<StepField>(['status', 'visits']);
  if (fields.includes('exit')) result.add('exit');
  if (fields.includes('ms')) result.add('ms');
  if (Object.keys(step.capture).length > 0) result.add('captured');
  return result;
}

/** Every word of a fragment's expressions: the runbook that includes it may declare any of them. */
function guessedNames({ uses, variables }: Subject): Readonly<Record<string, FieldType>> {
  const words = uses.flatMap((use) =>
    expressionsIn(use).expressions.flatMap(({ source }) => source.match(/[a-z][a-z0-9_]*/g) ?? []),
  );
  const guessed = [...new Set(words)].filter((name) => !variables.has(name) && !reservedNames.has(name));
  return Object.fromEntries(guessed.map((name) => [name, 'dyn' as const]));
}
