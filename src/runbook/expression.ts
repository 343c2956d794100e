/**
 * Expressions (CEL) of documents: checked when a document is read, evaluated when a step runs.
 *
 * Invariants:
 * - `check` reports every unknown name, step, field, function and pattern of a source at once, each at its place; types are
 *   looked at when all names are known.
 * - `evaluate` never throws and needs no scope: what may be used was decided by `check`.
 * - Regular expressions run on the linear-time engine only.
 */
import { type ASTNode, type Environment, EvaluationError, TypeError as TypeFault } from '@marcbachmann/cel-js';
import { cut } from '../diagnostics/cut.ts';
import type { FieldType } from './action-spec.ts';
import { meter, withinCost } from './cel-cost.ts';
import {
  asAuthorsWrite,
  environmentOf,
  functionNames,
  isBuiltIn,
  isRenamed,
  methodNames,
  running,
  timestampOf,
} from './cel-environment.ts';
import { type ExpressionProblem, type Facts, isPart, problemOf, readIn, worded } from './cel-source.ts';
import { type CelValue, fitsInt64, isList } from './cel-value.ts';
import type { VariableType } from './document.ts';
import { checkRegex } from './regex.ts';
import { suggestion } from './suggest.ts';

export { reservedNames } from './cel-environment.ts';
export type { ExpressionProblem } from './cel-source.ts';
export { type CelValue, isList, JsonTextError, parseJson, toJson, toText } from './cel-value.ts';

/** What a finished step can be asked for, as `steps.ID.FIELD`. */
export type StepField = 'status' | 'exit' | 'ms' | 'visits' | 'captured' | 'hosts';

/** `steps.ID.FIELD` as it stands at `start`..`end` of the source. */
export interface StepRef {
  readonly step: string;
  readonly field: StepField;
  readonly start: number;
  readonly end: number;
}

/** `type` is a CEL type name, `dyn` when only the run can tell. `refersTo`: names of variables and fields, and `steps`. */
export type Checked =
  | {
      readonly ok: true;
      readonly type: string;
      readonly refersTo: ReadonlySet<string>;
      readonly stepRefs: readonly StepRef[];
    }
  | { readonly ok: false; readonly problems: readonly ExpressionProblem[] };

export type Evaluated =
  | { readonly ok: true; readonly value: CelValue }
  | { readonly ok: false; readonly message: string };

export type Values = Readonly<Record<string, CelValue>>;

/** The names that an expression at one place of a document may use. None of the records may change afterwards. */
export interface ScopeNames {
  readonly variables: Readonly<Record<string, VariableType>>;
  /** Result fields and names bound for this step; they win over variables of the same name. */
  readonly extra: Readonly<Record<string, FieldType>>;
  /** Names that stand for a map whose keys are known, with those keys. */
  readonly parts?: Readonly<Record<string, readonly string[]>>;
  /** Steps whose results may be used, with their fields. */
  readonly steps: Readonly<Record<string, ReadonlySet<StepField>>>;
}

export interface Evaluator {
  /**
   * The value of `source`. `values` holds what is set; a name that is not there makes the result an error whose message
   * is `absent[name]`, or else that the variable is not set. Never throws.
   */
  evaluate(source: string, values: Values, absent?: Readonly<Record<string, string>>): Evaluated;
}

export interface Scope extends Evaluator {
  check(source: string): Checked;
}

/** A scope over `names`. Cheap: scopes with the same names and types share one environment. */
export function compileScope(names: ScopeNames): Scope {
  return { check: (source) => checkIn(names, source), evaluate };
}

/** For callers that evaluate without a scope, e.g. at run time. */
export const evaluator: Evaluator = { evaluate };

const programsMax = 20_000;
const messageMax = 2000;
const stepFields: readonly StepField[] = ['status', 'exit', 'ms', 'visits', 'captured', 'hosts'];

function checkIn(names: ScopeNames, source: string): Checked {
  const environment = environmentOf(names);
  const read = readIn(environment, source);
  if (!read.ok) return { ok: false, problems: [read.problem] };
  const { facts, parsed } = read;
  const problems = [
    ...unknownNames(names, facts),
    ...unknownSteps(names, facts),
    ...unknownParts(names, facts),
    ...unknownCalls(facts),
    ...wrongPatterns(facts),
    ...wrongIntegers(facts),
  ].sort((a, b) => a.start - b.start);
  if (problems.length > 0) return { ok: false, problems };
  const checked = parsed.check();
  if (!checked.valid) return { ok: false, problems: typeProblems(environment, parsed.ast, source, checked.error) };
  return {
    ok: true,
    type: checked.type ?? 'dyn',
    refersTo: new Set(facts.identifiers.map((identifier) => identifier.name)),
    stepRefs: stepRefsOf(facts),
  };
}

function unknownNames(names: ScopeNames, facts: Facts): ExpressionProblem[] {
  const unknown = facts.identifiers.filter(
    ({ name }) =>
      name !== 'steps' &&
      !Object.hasOwn(names.variables, name) &&
      !Object.hasOwn(names.extra, name) &&
      !isBuiltIn(name),
  );
  if (unknown.length === 0) return [];
  const known = [...Object.keys(names.extra), ...Object.keys(names.variables)];
  return unknown.map(({ name, start, end }) => ({
    start,
    end,
    message: `there is no variable ${name}`,
    hint: suggestion(name, known, 'available here'),
  }));
}

/** Parts that no map of a list has. One that `has` asks for anywhere in the expression may be away. */
function unknownParts({ parts = {} }: ScopeNames, facts: Facts): ExpressionProblem[] {
  const guarded = new Set(facts.parts.flatMap(({ of, part, asked }) => (asked ? [`${of}.${part}`] : [])));
  return facts.parts.flatMap(({ of, part, start, end }) => {
    const known = Object.hasOwn(parts, of) ? parts[of] : undefined;
    if (known === undefined || known.includes(part) || !isPart.test(part) || guarded.has(`${of}.${part}`)) return [];
    return [{ start, end, message: `${of} has no ${part}`, hint: suggestion(part, known, 'it has'), newer: true }];
  });
}

function unknownSteps(names: ScopeNames, facts: Facts): ExpressionProblem[] {
  return facts.steps.flatMap(({ step, field, start, end }) => {
    const problem = unknownStep(names, step, field);
    return problem === null ? [] : [{ start, end, ...problem }];
  });
}

function unknownStep(
  names: ScopeNames,
  step: string | null,
  field: string | null,
): { message: string; hint: string } | null {
  const form = `write steps.ID.FIELD, with one of the fields ${stepFields.join(', ')}`;
  if (step === null) return { message: 'steps needs the id of a step', hint: form };
  const fields = Object.hasOwn(names.steps, step) ? names.steps[step] : undefined;
  if (fields === undefined) {
    return { message: `there is no step ${step}`, hint: suggestion(step, Object.keys(names.steps), 'steps') };
  }
  if (field === null) return { message: `steps.${step} needs a field`, hint: form };
  if (fields.has(asStepField(field) ?? 'status') && asStepField(field) !== null) return null;
  return { message: `step ${step} has no ${field}`, hint: suggestion(field, [...fields], 'its fields') };
}

function asStepField(name: string | null): StepField | null {
  return stepFields.find((field) => field === name) ?? null;
}

function stepRefsOf(facts: Facts): StepRef[] {
  return facts.steps.flatMap(({ step, field, start, end }) => {
    const known = asStepField(field);
    return step === null || known === null ? [] : [{ step, field: known, start, end }];
  });
}

function unknownCalls(facts: Facts): ExpressionProblem[] {
  return facts.calls.flatMap(({ name, method, start, end }) => {
    if (!isRenamed(name) && (method ? methodNames() : functionNames()).has(name)) return [];
    if (!method && methodNames().has(name)) {
      return [{ start, end, message: `${name}() is called on a value`, hint: `write value.${name}(…)` }];
    }
    if (method && functionNames().has(name)) {
      return [{ start, end, message: `${name}() is not called on a value`, hint: `write ${name}(value)` }];
    }
    const known = [...(method ? methodNames() : functionNames())].sort();
    return [{ start, end, message: `there is no function ${name}()`, hint: suggestion(name, known, 'functions') }];
  });
}

function wrongPatterns(facts: Facts): ExpressionProblem[] {
  return facts.patterns.flatMap(({ literal }) => {
    if (literal === null || literal.op !== 'value' || typeof literal.args !== 'string') return [];
    const wrong = checkRegex(literal.args);
    const hint = 'patterns have RE2 syntax; in CEL text a backslash is written twice, or the text begins with r"';
    return wrong === null ? [] : [{ start: literal.start, end: literal.end, message: `wrong pattern: ${wrong}`, hint }];
  });
}

function wrongIntegers(facts: Facts): ExpressionProblem[] {
  return facts.integers
    .filter(({ value }) => !fitsInt64(-value))
    .map(({ value, start, end }) => ({
      start,
      end,
      message: `${value} does not fit 64 bits`,
      hint: 'write it with a fraction: 1.0e20',
    }));
}

/**
 * The checker stops at its first fault, so the operands of the outer `&&` and `||` are checked one by one, each with the
 * rest of the source blanked out to keep the offsets.
 */
function typeProblems(
  environment: Environment,
  ast: ASTNode,
  source: string,
  whole: unknown,
): readonly ExpressionProblem[] {
  const found: ExpressionProblem[] = [];
  for (const operand of operandsOf(ast)) {
    const checked = environment.check(' '.repeat(operand.start) + ast.input.slice(operand.start, operand.end));
    if (!checked.valid && checked.error instanceof TypeFault) found.push(problemOf(checked.error, source));
  }
  return found.length > 0 ? found : [problemOf(whole, source)];
}

function operandsOf(ast: ASTNode): ASTNode[] {
  return ast.op === '&&' || ast.op === '||' ? ast.args.flatMap(operandsOf) : [ast];
}

interface Program {
  readonly run: (values: ReadonlyMap<string, unknown>) => unknown;
  readonly refersTo: ReadonlySet<string>;
  readonly chains: readonly string[];
  /** The first function, and the first field of a step, that there is not; null: none. */
  readonly foreign: string | null;
}
type Compiled = { readonly ok: true; readonly program: Program } | { readonly ok: false; readonly message: string };

const programs = new Map<string, Compiled>();

function compiled(source: string): Compiled {
  const known = programs.get(source);
  if (known !== undefined) return known;
  const program = compileProgram(source);
  if (programs.size >= programsMax) programs.clear();
  programs.set(source, program);
  return program;
}

function compileProgram(source: string): Compiled {
  const read = readIn(running(), source);
  if (!read.ok) return { ok: false, message: read.problem.message };
  const { parsed, facts } = read;
  meter(parsed.ast);
  return {
    ok: true,
    program: {
      // A context may be a Map, which keeps every key, also `constructor`, from having a second meaning.
      run: (values) => withinCost(() => parsed(values)),
      refersTo: new Set(facts.identifiers.map((identifier) => identifier.name)),
      chains: [...new Set(facts.chains.map(({ start, end }) => source.slice(start, end)))],
      foreign: foreignCall(facts) ?? foreignField(facts),
    },
  };
}

/** Free names of `source`; empty when it does not parse. */
export function refersTo(source: string): ReadonlySet<string> {
  const program = compiled(source);
  return program.ok ? program.program.refersTo : new Set();
}

/** The variables and field accesses of `source`, as written, each once: what to show beside its result. */
export function mentions(source: string): readonly string[] {
  const program = compiled(source);
  return program.ok ? program.program.chains : [];
}

/**
 * What in `source` is not there at all, in words: a function, a field of steps, a name that is not among `names`, or that it cannot be
 * read. Null: nothing. Types are not looked at.
 */
export function foreignIn(source: string, names: ReadonlySet<string>): string | null {
  const program = compiled(source);
  if (!program.ok) return `the expression ${JSON.stringify(cut(source, 61))} (${program.message})`;
  if (program.program.foreign !== null) return program.program.foreign;
  const name = [...program.program.refersTo].find((one) => !names.has(one) && !isBuiltIn(one));
  return name === undefined ? null : `the variable ${name}`;
}

function foreignCall(facts: Facts): string | null {
  const call = facts.calls.find(({ name, method }) => !(method ? methodNames() : functionNames()).has(name));
  return call === undefined ? null : `the function ${call.name}()`;
}

function foreignField(facts: Facts): string | null {
  const access = facts.steps.find(({ field }) => field !== null && asStepField(field) === null);
  return access === undefined ? null : `the field ${access.field} of steps`;
}

/** See `Evaluator`. Programs are compiled once for each source. */
export function evaluate(source: string, values: Values, absent: Readonly<Record<string, string>> = {}): Evaluated {
  const program = compiled(source);
  if (!program.ok) return { ok: false, message: program.message };
  const context = new Map<string, unknown>();
  for (const name of program.program.refersTo) {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value !== undefined) context.set(name, name === 'now' ? timestampOf(String(value)) : toEngine(value));
  }
  try {
    return fromEngine(program.program.run(context));
  } catch (error) {
    return { ok: false, message: evaluationMessage(error, source, absent) };
  }
}

function evaluationMessage(error: unknown, source: string, absent: Readonly<Record<string, string>>): string {
  if (!(error instanceof EvaluationError)) return 'the expression is nested too deeply';
  const node = error.node;
  const written = node === undefined ? '' : source.slice(node.start, node.end);
  if (error.code === 'unknown_variable' && node?.op === 'id') {
    const name = node.args;
    return (Object.hasOwn(absent, name) ? absent[name] : undefined) ?? `variable ${name} is not set`;
  }
  if ((error.code === 'no_such_key' || error.code === 'index_out_of_bounds') && written !== '') {
    const step = /^steps\.(\w+)\.(\w+)$/.exec(written);
    return step === null ? `${written} does not exist` : `step ${step[1]} has no ${step[2]} yet`;
  }
  return worded(asAuthorsWrite(cut(error.summary, messageMax)).replaceAll(/dyn<(\w+)>/g, '$1')).message;
}

const converted = new WeakMap<object, unknown>();

/** Maps go in as `Map`: with a plain object a JSON key such as `constructor` would confuse the engine. */
function toEngine(value: CelValue): unknown {
  if (value === null || typeof value !== 'object') return value;
  const known = converted.get(value);
  if (known !== undefined) return known;
  const result = isList(value)
    ? value.map(toEngine)
    : new Map(Object.entries(value).map(([key, item]) => [key, toEngine(item)]));
  converted.set(value, result);
  return result;
}

function fromEngine(value: unknown): Evaluated {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'bigint':
    case 'number':
      return { ok: true, value };
    case 'object':
      if (value === null) return { ok: true, value };
      if (Array.isArray(value) || value instanceof Set) return fromEngineList([...value]);
      if (value instanceof Map) return fromEngineMap([...value]);
      // A timestamp of CEL: the only result that has this.
      if ('toISOString' in value) return { ok: true, value: JSON.stringify(value).slice(1, -1) };
      if ('value' in value && typeof value.value === 'bigint') return { ok: true, value: value.value };
      if (Object.getPrototypeOf(value) === Object.prototype) return fromEngineMap(Object.entries(value));
      return { ok: false, message: 'the result is neither text, number, truth value, list nor map' };
    default:
      return { ok: false, message: 'the expression has no result' };
  }
}

function fromEngineList(items: readonly unknown[]): Evaluated {
  const list: CelValue[] = [];
  for (const item of items) {
    const value = fromEngine(item);
    if (!value.ok) return value;
    list.push(value.value);
  }
  return { ok: true, value: list };
}

function fromEngineMap(entries: readonly (readonly [unknown, unknown])[]): Evaluated {
  const map: [string, CelValue][] = [];
  for (const [key, item] of entries) {
    const value = fromEngine(item);
    if (!value.ok) return value;
    map.push([String(key), value.value]);
  }
  return { ok: true, value: Object.fromEntries(map) };
}
