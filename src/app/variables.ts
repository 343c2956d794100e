/**
 * The values that a run starts with: literals, those that are given by name or in a file, the environment.
 *
 * Invariants: a value that does not fit its declaration is bad input before anything starts; a secret comes only from the
 * environment or a prompt, and its value is never part of what is recorded.
 */
import { parse } from 'yaml';
import * as z from 'zod';
import type { Runbook, Variable } from '../runbook/document.ts';
import { isEnvText, parseEnvText } from '../runbook/env-text.ts';
import { nearest } from '../runbook/nearest.ts';
import { checkValue } from '../runbook/values.ts';
import { isTooDeep, tooDeep } from '../runbook/yaml-depth.ts';
import { Refusal, type ValuePlace, type VariableProblem } from './refusal.ts';
import { isProgram } from './secret-command.ts';

export interface StartValues {
  /** Source text by name; null: a secret that is set. */
  readonly vars: Readonly<Record<string, string | null>>;
  /** literal, flag, file, env. */
  readonly sources: Readonly<Record<string, string>>;
  /** Values of secrets, for memory only. */
  readonly secrets: ReadonlyMap<string, string>;
}

const fileSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.json())]));

/**
 * The values in a text: YAML or JSON (`name: value`), or lines `NAME=value` as a shell or `.env` has them, where a quoted value
 * may go over several lines. Throws `Refusal` `unreadable` for another form.
 */
export function parseVarsFile(path: string, text: string): ReadonlyMap<string, string> {
  if (isEnvText(text)) {
    const read = parseEnvText(text);
    if (!read.ok) throw notValues(path, `line ${read.line} is not NAME=value, nor a comment`);
    return new Map(Object.entries(read.values));
  }
  let value: unknown;
  try {
    // Text as it is written: a version 1.10 stays 1.10.
    value = parse(text, { schema: 'failsafe', maxAliasCount: 0, logLevel: 'error' });
  } catch (error) {
    if (isTooDeep(error)) throw notValues(path, tooDeep);
    throw notValues(path, error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'not YAML');
  }
  const parsed = fileSchema.safeParse(value ?? {});
  if (!parsed.success) throw notValues(path, 'expected "name: value" lines, one a variable');
  const texts = Object.entries(parsed.data).map(
    ([name, one]) => [name, typeof one === 'string' ? one : JSON.stringify(one)] as const,
  );
  return new Map(texts);
}

/**
 * The values of a file under the names that `runbook` knows them by, a variable's own name before that of its environment
 * variable; and the names that it has no use for.
 */
export function valuesFor(
  runbook: Runbook,
  file: ReadonlyMap<string, string>,
): { readonly values: ReadonlyMap<string, string>; readonly unused: readonly string[] } {
  const values = new Map<string, string>();
  const used = new Set<string>();
  for (const [name, { env }] of Object.entries(runbook.vars)) {
    const own = file.has(name) ? name : env;
    const value = own === undefined ? undefined : file.get(own);
    if (own === undefined || value === undefined) continue;
    values.set(name, value);
    used.add(own);
    if (env !== undefined) used.add(env);
  }
  return { values, unused: [...file.keys()].filter((name) => !used.has(name)) };
}

function notValues(path: string, why: string): Refusal {
  return new Refusal({ code: 'unreadable', path, why }, `${path}: ${why}`);
}

/** Where values come from beside the document. */
export interface Sources {
  /** By name, from whoever starts the run. */
  readonly given: ReadonlyMap<string, string>;
  readonly file: ReadonlyMap<string, string>;
  /** Variables that a step captures which is left out: they are given instead. */
  readonly instead?: ReadonlySet<string>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where commands that give secrets run. */
  readonly cwd: string;
  /** True: a run begins with them, so what can be known to be missing later is missing now. */
  readonly starting?: true;
}

/** The values that `runbook` starts with. Throws `Refusal` `bad-variables` with every problem. */
export function startValues(runbook: Runbook, from: Sources): StartValues {
  const { problems, ...values } = readValues(runbook, from);
  assertNone(problems);
  return values;
}

/** Throws `Refusal` `bad-variables` where there are `problems`. */
export function assertNone(problems: readonly VariableProblem[]): void {
  if (problems.length === 0) return;
  const message = problems.map(({ name, why }) => `variable ${name}: ${why}`).join('\n');
  throw new Refusal({ code: 'bad-variables', problems }, message);
}

/** The same, with what is wrong beside what can be had. */
export function readValues(
  runbook: Runbook,
  from: Sources,
): StartValues & { readonly problems: readonly VariableProblem[] } {
  const { given, file } = from;
  const problems: VariableProblem[] = [...new Set([...given.keys(), ...file.keys()])].flatMap((name) =>
    notSettable(runbook, name, from.instead).map((why) => ({
      kind: 'unsettable',
      name,
      place: { kind: given.has(name) ? 'given' : 'file' },
      why,
    })),
  );
  const vars: Record<string, string | null> = {};
  const sources: Record<string, string> = {};
  const secrets = new Map<string, string>();
  problems.push(...missingPrograms(runbook, from));
  if (from.starting === true) problems.push(...neededPrograms(runbook, from));
  for (const [name, variable] of Object.entries(runbook.vars)) {
    const found = declaredValue(variable, name, from);
    if (found === null && variable.from !== undefined && variable.secret) {
      // Run when it is first needed.
      vars[name] = null;
      sources[name] = 'command';
    }
    if (found === null && from.starting === true) problems.push(...unsetInEnvironment(name, variable));
    if (found === null) continue;
    const wrong = checkValue(variable, found.text);
    if (wrong !== null) problems.push({ kind: 'unfit', name, place: found.place, why: wrong });
    if (wrong !== null) continue;
    vars[name] = variable.secret ? null : found.text;
    sources[name] = found.source;
    if (variable.secret) secrets.set(name, found.text);
  }
  return { vars, sources, secrets, problems };
}

/** Programs that give secrets and cannot be run: that much is known before they are needed. */
function missingPrograms(runbook: Runbook, { cwd, env }: Sources): readonly VariableProblem[] {
  return Object.entries(runbook.vars).flatMap(([name, variable]): VariableProblem[] => {
    const program = variable.from?.[0];
    return program === undefined || isProgram(program, cwd, env)
      ? []
      : [{ kind: 'unfit', name, place: { kind: 'document' }, why: `there is no program ${program} to get it from` }];
  });
}

/** Programs that the document says it needs and that PATH does not lead to. */
function neededPrograms({ needs = [] }: Runbook, { cwd, env }: Sources): readonly VariableProblem[] {
  return needs.flatMap(({ program, hint }): VariableProblem[] => {
    const way = hint === undefined ? '' : `; to install it: ${hint}`;
    const why = `the document needs it, and it is not on PATH${way}`;
    return isProgram(program, cwd, env) ? [] : [{ kind: 'program', name: program, place: { kind: 'document' }, why }];
  });
}

/** A variable that only the environment gives and that it does not: nobody will be asked for it either. */
function unsetInEnvironment(name: string, { env, ask, secret }: Variable): readonly VariableProblem[] {
  if (env === undefined || ask !== undefined) return [];
  const why = secret
    ? 'it is not set, and nothing else gives the secret'
    : 'it is not set, and nothing else gives the value';
  return [{ kind: 'unfit', name, place: { kind: 'environment', name: env }, why }];
}

/** Secrets that the environment gives, for a resume. */
export function secretsFromEnvironment(
  runbook: Runbook,
  env: Readonly<Record<string, string | undefined>>,
): ReadonlyMap<string, string> {
  const found = Object.entries(runbook.vars).flatMap(([name, { secret, env: from }]): [string, string][] => {
    const value = secret && from !== undefined ? env[from] : undefined;
    return value === undefined ? [] : [[name, value]];
  });
  return new Map(found);
}

function declaredValue(
  variable: Variable,
  name: string,
  { given, file, env }: Sources,
): { readonly text: string; readonly source: string; readonly place: ValuePlace } | null {
  if (variable.literal !== undefined) return { text: variable.literal, source: 'literal', place: { kind: 'document' } };
  const flag = given.get(name);
  if (flag !== undefined) return { text: flag, source: 'flag', place: { kind: 'given' } };
  const own = file.get(name);
  if (own !== undefined) return { text: own, source: 'file', place: { kind: 'file' } };
  const fromEnv = variable.env === undefined ? undefined : env[variable.env];
  if (variable.env !== undefined && fromEnv !== undefined) {
    return { text: fromEnv, source: 'env', place: { kind: 'environment', name: variable.env } };
  }
  if (variable.default !== undefined && variable.ask === undefined) {
    return { text: variable.default, source: 'default', place: { kind: 'default' } };
  }
  return null;
}

/** Why `name` cannot be given a value; empty: it can. */
function notSettable(runbook: Runbook, name: string, instead: ReadonlySet<string> = new Set()): string[] {
  const variable = runbook.vars[name];
  if (variable === undefined) {
    const known = Object.keys(runbook.vars);
    const near = nearest(name, known);
    const hint = near === null ? `variables: ${known.join(', ') || 'none'}` : `did you mean ${near}?`;
    return [`the document has no such variable; ${hint}`];
  }
  if (variable.secret) return ['a secret is not given on the command line; use its environment variable or the prompt'];
  if (variable.literal !== undefined) return ['the document sets it; remove it there or from the command line'];
  const captured =
    variable.ask === undefined &&
    variable.env === undefined &&
    variable.from === undefined &&
    variable.or === undefined &&
    variable.default === undefined;
  return captured && !instead.has(name) ? ['a step of the document captures it'] : [];
}
