/** Importing pages for tests, with everything that must hold of any import. */
import { expect } from 'vitest';
import { parse } from 'yaml';
import { actions } from '../../src/actions/registry.ts';
import { linesNotIn } from '../../src/authoring/import/accounted.ts';
import { type Imported, importPage, type Kind } from '../../src/authoring/import/import-page.ts';
import { repairEncoding } from '../../src/authoring/import/repair-encoding.ts';
import { parseText } from '../runbook/documents.ts';

/** Imports `page` and checks what holds of every import. */
export function imported(page: string, kind: Kind | null = null): Imported {
  const result = importPage(page, 'page.md', kind, actions);
  expect(parseText(result.document).diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(linesNotIn(repairEncoding(page.replaceAll(/\r\n?/g, '\n')).text, result.document)).toEqual([]);
  return result;
}

/** The document as plain values. */
export function plain({ document }: Imported): unknown {
  return parse(document);
}

/** Every script of a document, undo and rollback included, in order. */
export function scriptsIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(scriptsIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    (key === 'run' || key === 'check') && typeof item === 'string' ? [item] : scriptsIn(item),
  );
}

/** Titles of the steps of each phase. */
export function outline(value: unknown): Readonly<Record<string, readonly string[]>> {
  const phases = member(value, 'phases');
  if (typeof phases !== 'object' || phases === null) return {};
  return Object.fromEntries(Object.entries(phases).map(([id, steps]) => [id, titles(steps)]));
}

/** Titles of steps; a step without one is called what it asks. */
export function titles(steps: unknown): readonly string[] {
  return Array.isArray(steps) ? steps.map((step) => String(member(step, 'title') ?? member(step, 'manual'))) : [];
}

/** What stands under `keys`; undefined: nothing. */
export function member(value: unknown, ...keys: readonly (string | number)[]): unknown {
  let found = value;
  for (const key of keys) {
    found = typeof found === 'object' && found !== null ? Reflect.get(found, key) : undefined;
  }
  return found;
}
