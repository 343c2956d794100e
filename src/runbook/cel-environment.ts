/**
 * The CEL environments: functions, operators and types that expressions of documents have.
 *
 * Invariants:
 * - `matches` is ours and runs in linear time; `int`, `uint` and `double` of a text that is no number are errors, where those of
 *   cel-js take an empty text for 0. cel-js refuses to replace its own, so a call is renamed, in the source, to a function whose name
 *   has the same length (`cel-source.ts`): offsets stay true. Printing a changed syntax tree instead would round doubles.
 * - Integers are bigint; `int` and `double` mix in arithmetic and comparison.
 */
import { Environment, EvaluationError } from '@marcbachmann/cel-js';
import { cut } from '../diagnostics/cut.ts';
import type { FieldType } from './action-spec.ts';
import { payMatch } from './cel-cost.ts';
import type { VariableType } from './document.ts';
import { compileRegex } from './regex.ts';
import { compareVersions, parseVersion, Version } from './version.ts';

/** Names that no variable may have because CEL gives them a meaning. */
export const reservedNames: ReadonlySet<string> = new Set([
  ...['as', 'break', 'const', 'continue', 'else', 'false', 'for', 'function', 'if', 'import', 'in', 'let', 'loop'],
  ...['namespace', 'null', 'package', 'prototype', 'return', 'true', 'var', 'void', 'while'],
  ...['bool', 'bytes', 'cel', 'double', 'dyn', 'google', 'int', 'list', 'map', 'null_type', 'optional', 'steps'],
  ...['string', 'type', 'uint', 'now'],
]);

const environmentsMax = 1000;

/** What calls of functions that are ours are renamed to; exactly as long. */
export const renamed = { matches: 're2find', int: 'i__', uint: 'u___', double: 'd_____' } as const;
const ownNames = Object.entries(renamed);

/** `text` of cel-js with the names that authors know. */
export function asAuthorsWrite(text: string): string {
  return ownNames.reduce((worded, [name, own]) => worded.replaceAll(own, name), text);
}

/** True for a name that only renamed calls have. */
export function isRenamed(name: string): boolean {
  return ownNames.some(([, own]) => own === name);
}

const orders: readonly (readonly [string, (order: number) => boolean])[] = [
  ['<', (order) => order < 0],
  ['<=', (order) => order <= 0],
  ['>', (order) => order > 0],
  ['>=', (order) => order >= 0],
  ['==', (order) => order === 0],
];

/** Reads timestamps for us: only expressions may know a clock's type. */
const instants = once(() => new Environment({ unlistedVariablesAreDyn: true }));

const wholeNumber = /^[+-]?\d+$/;
const anyNumber = /^[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|inf|infinity|nan)$/i;

// Made where the first expression is looked at: most commands, and the first frame of the app, come before any.
const base = once(baseEnvironment);
/** For evaluation: every name is allowed and has the type of its value. */
export const running = once(() => base().clone({ unlistedVariablesAreDyn: true }));
/** Names of functions that are called as `name(value)`. */
export const functionNames = once(() => namesOf((definition) => definition.receiverType === null));
/** Names of functions that are called as `value.name()`. */
export const methodNames = once(() => namesOf((definition) => definition.receiverType !== null));

/** What `make` makes, when it is first asked for. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function baseEnvironment(): Environment {
  const environment = new Environment({ homogeneousAggregateLiterals: false });
  environment.registerFunction(`string.${renamed.matches}(string): bool`, { handler: matches, async: false });
  registerConversions(environment);
  environment.registerType('Version', Version);
  environment.registerFunction('version(string): Version', { handler: versionOf, async: false });
  environment.registerFunction('date(string): google.protobuf.Timestamp', { handler: dateOf, async: false });
  environment.registerVariable('now', 'google.protobuf.Timestamp');
  for (const [operator, holds] of orders) {
    const compare = (left: Version, right: Version) => holds(compareVersions(left, right));
    environment.registerOperator(`Version ${operator} Version: bool`, compare);
  }
  environment.registerType('StepResult', {
    schema: {
      status: 'string',
      exit: 'int',
      ms: 'int',
      visits: 'int',
      captured: 'map<string, dyn>',
      hosts: 'map<string, map<string, dyn>>',
    },
  });
  const arithmetic: readonly (readonly [string, (left: number, right: number) => number])[] = [
    ['+', (left, right) => left + right],
    ['-', (left, right) => left - right],
    ['*', (left, right) => left * right],
    ['/', (left, right) => left / right],
  ];
  for (const [operator, apply] of arithmetic) {
    const mixed = (left: bigint | number, right: bigint | number) => apply(Number(left), Number(right));
    environment.registerOperator(`int ${operator} double: double`, mixed);
    environment.registerOperator(`double ${operator} int: double`, mixed);
  }
  // Strict equality is false across the two types; the order is exact.
  environment.registerOperator('int == double: bool', (left: bigint, right: number) => left <= right && left >= right);
  return environment;
}

/** As those of cel-js, but for texts that are no number in decimal digits. */
function registerConversions(environment: Environment): void {
  const conversions = [
    { name: 'int', from: ['int', 'double'], form: wholeNumber, what: 'whole number such as 42' },
    { name: 'uint', from: ['uint', 'int', 'double'], form: wholeNumber, what: 'whole number such as 42' },
    { name: 'double', from: ['double', 'int', 'uint'], form: anyNumber, what: 'number such as 2.5' },
  ] as const;
  for (const { name, from, form, what } of conversions) {
    const program = instants().parse(`${name}(value)`);
    const native = (value: unknown): unknown => program({ value });
    const ofText = (text: string): unknown => {
      if (form.test(text)) return native(text);
      throw new EvaluationError(`${quoted(text)} is no ${what}`);
    };
    for (const type of from)
      environment.registerFunction(`${renamed[name]}(${type}): ${name}`, { handler: native, async: false });
    environment.registerFunction(`${renamed[name]}(string): ${name}`, { handler: ofText, async: false });
  }
}

function versionOf(text: string): Version {
  const version = parseVersion(text);
  if (version !== null) return version;
  throw new EvaluationError(`${quoted(text)} is no version such as v1.2.3 or 2.0.0-rc.1`);
}

/** A day begins at 00:00 UTC. */
function dateOf(text: string): unknown {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text.trim());
  const found = timestampOf(day ? `${text.trim()}T00:00:00Z` : text.trim());
  if (found !== null) return found;
  throw new EvaluationError(`${quoted(text)} is no date such as 2026-11-21 or 2026-11-21T03:12:00Z`);
}

/** The instant that ISO 8601 text with a zone names, as expressions see one; null when it names none. */
export function timestampOf(text: string): unknown {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/.test(text)) return null;
  try {
    return instants().evaluate('timestamp(text)', { text });
  } catch {
    return null;
  }
}

function quoted(text: string): string {
  return JSON.stringify(cut(text, 61));
}

function matches(text: string, source: string): boolean {
  const compiled = compileRegex(source);
  if (!compiled.ok) throw new EvaluationError(`the pattern ${JSON.stringify(source)} is wrong: ${compiled.message}`);
  payMatch(text);
  return compiled.regex.found(text);
}

function namesOf(wanted: (definition: { receiverType: string | null }) => boolean): ReadonlySet<string> {
  const names = base().getDefinitions().functions.filter(wanted);
  return new Set(names.map(({ name }) => asAuthorsWrite(name)));
}

const environments = new Map<string, Environment>();
const keys = new WeakMap<object, string>();

/** Whether `name` is a constant of CEL itself, such as the type `int`. `optional` is one only where optional types are: not here. */
export function isBuiltIn(name: string): boolean {
  return name !== 'optional' && reservedNames.has(name) && base().hasVariable(name);
}

/**
 * An environment for checking; scopes with the same names and types share one. Neither record may change afterwards. A name that no
 * variable can have, empty or reserved, is left out: the diagnostics say so where it is written.
 */
export function environmentOf(names: {
  readonly variables: Readonly<Record<string, VariableType>>;
  readonly extra: Readonly<Record<string, FieldType>>;
}): Environment {
  const key = `${keyOf(names.variables)}\n\n${keyOf(names.extra)}`;
  const known = environments.get(key);
  if (known !== undefined) return known;
  const environment = base().clone().registerVariable('steps', 'map<string, StepResult>');
  for (const [name, type] of Object.entries({ ...typesOf(names.variables), ...names.extra })) {
    if (name !== '' && !reservedNames.has(name)) environment.registerVariable(name, type);
  }
  if (environments.size >= environmentsMax) environments.clear();
  environments.set(key, environment);
  return environment;
}

function keyOf(types: Readonly<Record<string, string>>): string {
  const known = keys.get(types);
  if (known !== undefined) return known;
  const key = Object.entries(types)
    .map(([name, type]) => `${name}:${type}`)
    .join('\n');
  keys.set(types, key);
  return key;
}

const celTypes: Readonly<Record<VariableType, FieldType>> = {
  string: 'string',
  int: 'int',
  number: 'double',
  bool: 'bool',
  list: 'list<dyn>',
};

function typesOf(variables: Readonly<Record<string, VariableType>>): Record<string, FieldType> {
  return Object.fromEntries(Object.entries(variables).map(([name, type]) => [name, celTypes[type]]));
}
