/**
 * The `vars` of a runbook.
 *
 * Invariant: what can be known of a value before the run (its type, its choices, its pattern) is checked here.
 */
import type { Compilation } from './compilation.ts';
import type { Variable } from './document.ts';
import { readWith } from './issues.ts';
import { inside, isMap, type Place } from './model.ts';
import { checkName } from './names.ts';
import { compileRegex } from './regex.ts';
import { isScalar, Plain } from './scalar.ts';
import { variableSchema } from './shape.ts';
import { checkRegex, checkValue } from './values.ts';

/** Reads every declaration under `place` into `compilation.variables`. */
export function compileVariables(compilation: Compilation, raw: Readonly<Record<string, unknown>>, place: Place): void {
  for (const [name, value] of Object.entries(raw)) {
    const at = inside(place, name);
    const wrong = checkName(name, compilation.reserved);
    if (wrong !== null) compilation.problems.key(at, 'wrong-name', wrong.message, wrong.hint);
    const variable = compileVariable(compilation, name, value, at);
    if (variable !== null && wrong === null) compilation.variables.set(name, { variable, declared: at });
  }
}

function compileVariable(compilation: Compilation, name: string, value: unknown, at: Place): Variable | null {
  const { problems } = compilation;
  if (value === null) {
    problems.key(at, 'missing-value', `the variable ${name} is empty`, `write ${name}: {} when a step captures it`);
    return null;
  }
  if (isMap(value)) return compileDeclared(compilation, name, value, at);
  const list = Array.isArray(value) ? listText(value) : null;
  if (Array.isArray(value)) {
    if (list === null) problems.value(at, 'wrong-type', 'a list of a variable holds plain values only', '');
    return list === null ? null : { type: 'list', secret: false, literal: list };
  }
  const literal = value instanceof Plain ? value.source : String(value);
  if (literal.includes('${{')) {
    problems.value(
      at,
      'template-here',
      'the value of a variable takes no ${{ }}',
      'write ${{ }} where the variable is used',
    );
  }
  return literalOf(compilation, { type: 'string', secret: false, literal }, literal, at);
}

function literalOf(compilation: Compilation, variable: Variable, literal: string, at: Place): Variable {
  const wrong = checkValue(variable, literal);
  if (wrong !== null) compilation.problems.value(at, 'wrong-value', wrong);
  return variable;
}

/** JSON text of a list of plain values; null when it holds anything else. */
function listText(value: readonly unknown[]): string | null {
  if (!value.every((item) => isScalar(item) && item !== null)) return null;
  return JSON.stringify(value.map((item) => (item instanceof Plain ? (item.value ?? item.source) : item)));
}

function compileDeclared(compilation: Compilation, name: string, raw: object, at: Place): Variable | null {
  const { problems } = compilation;
  const read = readWith(variableSchema, raw, at.path);
  if (!read.ok) {
    for (const problem of read.problems) problems.schema(at.doc, problem);
    return null;
  }
  const { type = 'string', secret = false, ...given } = read.value;
  const variable: Variable = { ...given, type, secret };
  const regex = given.match === undefined ? null : checkRegex(given.match);
  if (regex !== null)
    problems.value(inside(at, 'match'), 'wrong-pattern', `wrong pattern: ${regex}`, 'patterns have RE2 syntax');
  if (given.default !== undefined && !secret && regex === null) {
    const wrong = checkValue(variable, given.default);
    if (wrong !== null)
      problems.value(
        inside(at, 'default'),
        'wrong-value',
        `the default does not fit: ${wrong}`,
        wholeHint(variable, given.default),
      );
  }
  for (const [index, choice] of (given.choices ?? []).entries()) {
    const wrong = regex === null ? checkValue(variable, choice) : null;
    if (wrong !== null)
      problems.value(inside(at, 'choices', index), 'wrong-value', `this choice does not fit: ${wrong}`);
  }
  if (secret && given.default !== undefined) {
    const hint = 'take it from env, or ask for it';
    problems.key(inside(at, 'default'), 'secret-literal', `the secret ${name} must not stand in a document`, hint);
  } else if (secret && given.ask === undefined && given.env === undefined && given.from === undefined) {
    problems.key(
      at,
      'secret-source',
      `nothing gives the secret ${name} its value`,
      `${name}: {env: NAME, secret: true}, from or ask`,
    );
  }
  reportCommand(compilation, variable, at);
  reportInstead(compilation, variable, at);
  return variable;
}

/** A pattern that fits a part of the value, which is not enough. */
function wholeHint({ match }: Variable, text: string): string {
  const compiled = match === undefined ? null : compileRegex(match);
  const isPart = compiled?.ok === true && compiled.regex.found(text) && !compiled.regex.matchesWhole(text);
  return isPart
    ? `match is for the whole value, from its first to its last character: .*${match}.* allows more around it`
    : '';
}

/** `or: ask` is for what may be left without a value. */
function reportInstead({ problems }: Compilation, { or, ask, default: given, secret }: Variable, at: Place): void {
  if (or === undefined) return;
  const place = inside(at, 'or');
  if (secret) problems.key(place, 'or-never', 'a secret is asked for by ask', 'take or away, or write ask: QUESTION');
  else if (ask !== undefined || given !== undefined) {
    const why =
      ask === undefined ? 'with a default it always has a value' : 'it is asked for before the first step anyway';
    problems.key(place, 'or-never', `nobody is asked instead: ${why}`, 'take or away');
  }
}

function reportCommand({ problems }: Compilation, { from, secret, ask, env, or }: Variable, at: Place): void {
  if (from === undefined) return;
  const place = inside(at, 'from');
  if (!secret && or === undefined) {
    const hint = 'add secret: true, or "or: ask", or capture it in a step';
    problems.key(place, 'from-secret', 'a command gives a secret, and this is none', hint);
  }
  if (ask !== undefined || env !== undefined) {
    const message = 'the value comes from a command and from elsewhere';
    problems.key(place, 'two-sources', message, 'keep one of from, ask and env');
  }
  if (from.some((word) => word.includes('${{'))) {
    problems.value(place, 'template-here', 'the command of a secret takes no ${{ }}', 'write it out');
  }
}
