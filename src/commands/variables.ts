/**
 * The values that a run starts with: literals, `--var`, `--vars FILE`, the environment.
 *
 * Invariants: a value that does not fit its declaration is bad input before anything starts; a secret comes only from the
 * environment or a prompt, and its value is never part of what is recorded.
 */
import { parse } from 'yaml';
import * as z from 'zod';
import type { Runbook, Variable } from '../runbook/document.ts';
import { nearest } from '../runbook/nearest.ts';
import { checkValue } from '../runbook/values.ts';
import { UsageError } from './command.ts';

export interface StartValues {
  /** Source text by name; null: a secret that is set. */
  readonly vars: Readonly<Record<string, string | null>>;
  /** literal, flag, file, env. */
  readonly sources: Readonly<Record<string, string>>;
  /** Values of secrets, for memory only. */
  readonly secrets: ReadonlyMap<string, string>;
}

const fileSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.json())]));

/** `k=v` flags as a map. Throws `UsageError` for one without `=` or given twice. */
export function parseFlags(flags: readonly string[]): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const flag of flags) {
    const at = flag.indexOf('=');
    if (at < 1) throw new UsageError(`--var ${flag}: expected NAME=VALUE`);
    const name = flag.slice(0, at);
    if (values.has(name)) throw new UsageError(`--var ${name} is given twice`);
    values.set(name, flag.slice(at + 1));
  }
  return values;
}

/** The variables of a YAML file `name: value`, as text. */
export function parseVarsFile(path: string, text: string): ReadonlyMap<string, string> {
  let value: unknown;
  try {
    // Text as it is written: a version 1.10 stays 1.10.
    value = parse(text, { schema: 'failsafe', maxAliasCount: 0 });
  } catch (error) {
    throw new UsageError(`${path}: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'not YAML'}`);
  }
  const parsed = fileSchema.safeParse(value ?? {});
  if (!parsed.success) throw new UsageError(`${path}: expected "name: value" lines, one a variable`);
  const texts = Object.entries(parsed.data).map(
    ([name, one]) => [name, typeof one === 'string' ? one : JSON.stringify(one)] as const,
  );
  return new Map(texts);
}

/** The values that `runbook` starts with. Throws `UsageError` with every problem, one a line. */
export function startValues(
  runbook: Runbook,
  flags: ReadonlyMap<string, string>,
  file: ReadonlyMap<string, string>,
  env: Readonly<Record<string, string | undefined>>,
): StartValues {
  const problems = [...new Set([...flags.keys(), ...file.keys()])].flatMap((name) => notSettable(runbook, name));
  const vars: Record<string, string | null> = {};
  const sources: Record<string, string> = {};
  const secrets = new Map<string, string>();
  for (const [name, variable] of Object.entries(runbook.vars)) {
    const found = declaredValue(variable, name, flags, file, env);
    if (found === null) continue;
    const wrong = checkValue(variable, found.text);
    if (wrong !== null) problems.push(`variable ${name} (${found.where}): ${wrong}`);
    vars[name] = variable.secret ? null : found.text;
    sources[name] = found.source;
    if (variable.secret) secrets.set(name, found.text);
  }
  if (problems.length > 0) throw new UsageError(problems.join('\n'));
  return { vars, sources, secrets };
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
  flags: ReadonlyMap<string, string>,
  file: ReadonlyMap<string, string>,
  env: Readonly<Record<string, string | undefined>>,
): { text: string; source: string; where: string } | null {
  if (variable.literal !== undefined) return { text: variable.literal, source: 'literal', where: 'in the document' };
  const flag = flags.get(name);
  if (flag !== undefined) return { text: flag, source: 'flag', where: '--var' };
  const own = file.get(name);
  if (own !== undefined) return { text: own, source: 'file', where: '--vars' };
  const fromEnv = variable.env === undefined ? undefined : env[variable.env];
  if (fromEnv !== undefined) return { text: fromEnv, source: 'env', where: `environment variable ${variable.env}` };
  if (variable.default !== undefined && variable.ask === undefined) {
    return { text: variable.default, source: 'default', where: 'default' };
  }
  return null;
}

function notSettable(runbook: Runbook, name: string): string[] {
  const variable = runbook.vars[name];
  if (variable === undefined) {
    const known = Object.keys(runbook.vars);
    const near = nearest(name, known);
    const hint = near === null ? `variables: ${known.join(', ') || 'none'}` : `did you mean ${near}?`;
    return [`--var ${name}: the document has no such variable; ${hint}`];
  }
  if (variable.secret)
    return [`--var ${name}: a secret is not given on the command line; use its environment variable or the prompt`];
  if (variable.literal !== undefined)
    return [`--var ${name}: the document sets it; remove it there or from the command line`];
  const captured = variable.ask === undefined && variable.env === undefined && variable.default === undefined;
  return captured ? [`--var ${name}: a step of the document captures it`] : [];
}
