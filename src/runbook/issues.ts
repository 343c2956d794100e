/**
 * What zod finds, as problems with a path. The only place that words zod's own complaints, for every schema alike.
 *
 * Invariant: it knows no action and no key; what it says comes from the schema and the value.
 */

import * as z from 'zod';
import { cut } from '../diagnostics/cut.ts';
import { Plain } from './scalar.ts';
import { choice } from './suggest.ts';
import type { Path } from './yaml.ts';

export interface Problem {
  readonly path: Path;
  /** Which part of the entry at `path` is wrong. */
  readonly at: 'key' | 'value';
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

export type ReadResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** `value` read by `schema`, or everything that is wrong with it; `base` leads from the document's root to it. */
export function readWith<T>(schema: z.ZodType<T>, value: unknown, base: Path): ReadResult<T> {
  const result = schema.safeParse(value, { error: wording, reportInput: true });
  if (result.success) return { ok: true, value: result.data };
  return { ok: false, problems: allProblems(result.error.issues, [...base]) };
}

type Issue = z.core.$ZodIssue;
type RawIssue = z.core.$ZodRawIssue;

/** To zod any object is a map, a `Plain` too: what it then says of the keys is about a scalar, and of no use. */
function allProblems(issues: readonly Issue[], base: Path): readonly Problem[] {
  const scalars = issues.filter(isScalarForMap);
  const within = (issue: Issue) =>
    scalars.some((scalar) => scalar !== issue && scalar.path.every((part, index) => issue.path[index] === part));
  return issues.filter((issue) => !within(issue)).flatMap((issue) => problemsOf(issue, base));
}

function isScalarForMap(issue: Issue): boolean {
  return issue.code === 'unrecognized_keys' && issue.input instanceof Plain;
}

function problemsOf(issue: Issue, base: Path): readonly Problem[] {
  const path = [...base, ...issue.path.filter((part) => typeof part !== 'symbol')];
  if (issue.code === 'invalid_union') return unionProblems(issue.errors, issue, path);
  const [message = '', hint = ''] = issue.message.split('\n');
  if (isScalarForMap(issue)) {
    const message = `expected a map (key: value), but this is ${described(issue.input)}`;
    return [{ path, at: 'value', code: 'wrong-type', message, hint: '' }];
  }
  if (issue.code === 'unrecognized_keys') {
    const hints = hint.split('\t');
    return issue.keys.map((key, index) => ({
      path: [...path, key],
      at: 'key',
      code: 'unknown-key',
      message: `unknown key ${key}`,
      hint: hints[index] ?? '',
    }));
  }
  if (issue.code === 'invalid_key' || issue.code === 'invalid_element') {
    const inner = issue.issues[0]?.message.split('\n') ?? [];
    return [{ path, at: 'key', code: 'wrong-name', message: inner[0] ?? message, hint: inner[1] ?? '' }];
  }
  const code = codeOf(issue);
  if (code === 'missing-key') return [{ path, at: 'value', code, message: `the key ${path.at(-1)} is missing`, hint }];
  return [{ path, at: 'value', code, message, hint }];
}

/** Of several forms the one that was meant is the one that fits at the top; when none does, all are named. */
function unionProblems(branches: readonly (readonly Issue[])[], issue: Issue, path: Path): readonly Problem[] {
  const meant = branches.filter(
    (branch) =>
      !branch.some((inner) => inner.path.length === 0 && (inner.code === 'invalid_type' || isScalarForMap(inner))),
  );
  const best = meant.toSorted((a, b) => a.length - b.length)[0];
  if (best !== undefined) return allProblems(best, path);
  const expected = branches.flatMap((branch) =>
    branch.flatMap((inner) => ('expected' in inner ? [inner.expected] : isScalarForMap(inner) ? ['object'] : [])),
  );
  const words = [...new Set(expected.map((name) => typeWords[name] ?? name))];
  const message = `expected ${words.join(' or ')}, but this is ${described(issue.input)}`;
  return [{ path, at: 'value', code: issue.input === null ? 'missing-value' : 'wrong-type', message, hint: '' }];
}

function codeOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'missing-key' : issue.input === null ? 'missing-value' : 'wrong-type';
    case 'invalid_value':
      return 'unknown-value';
    default:
      return 'wrong-value';
  }
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'text',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  object: 'a map (key: value)',
  record: 'a map (key: value)',
  array: 'a list',
};

/** What a value is, for "but this is …". */
export function described(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (value instanceof Plain) return value.source;
  if (typeof value === 'string') return `the text ${quoted(value)}`;
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a map' : `${typeof value} ${String(value)}`;
}

function quoted(text: string): string {
  return JSON.stringify(cut(text, 61));
}

/** zod's error map: `message`, or `message\nhint`. Messages that a schema brings itself win over it. */
function wording(issue: RawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return typeWording(issue.input, typeWords[issue.expected] ?? issue.expected);
    case 'unrecognized_keys': {
      const known = keysOf(issue.inst);
      return `unknown key\n${issue.keys.map((key) => choice(key, known, 'allowed')).join('\t')}`;
    }
    case 'invalid_value': {
      const values = issue.values.map(String);
      const given = typeof issue.input === 'string' ? issue.input : '';
      return `${described(issue.input)} is not one of the allowed values\n${choice(given, values, 'allowed')}`;
    }
    case 'too_small':
      return `${sizeOf(issue.origin, issue.input)}\nat least ${issue.minimum}`;
    case 'too_big':
      return `${sizeOf(issue.origin, issue.input)}\nat most ${issue.maximum}`;
    default:
      return 'this value does not fit';
  }
}

function typeWording(input: unknown, expected: string): string {
  if (input === undefined) return `a key is missing here\nexpected ${expected}`;
  if (input === null) return `the value is empty\nexpected ${expected}`;
  const quotes = typeof input === 'string' && expected !== 'text' && /^[\d.+-]+$|^true$|^false$/.test(input);
  return `expected ${expected}, but this is ${described(input)}${quotes ? '\ntake the quotes away' : ''}`;
}

function sizeOf(origin: string, input: unknown): string {
  if (origin === 'array') {
    const length = Array.isArray(input) ? input.length : 0;
    return length === 0 ? 'the list is empty' : `the list has ${length} entries`;
  }
  if (origin === 'string') return 'the text is too short or too long';
  return `${String(input)} is out of range`;
}

function keysOf(schema: unknown): readonly string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}
