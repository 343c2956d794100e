/** What stands in the pages: snippets by language, the keys that they use, the commands that they show. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { actions } from '../../src/actions/registry.ts';
import { checklistJsonSchema, runbookJsonSchema } from '../../src/runbook/json-schema.ts';

export const root = join(import.meta.dirname, '../..');
export const pages = ['README.md', 'runbooks/README.md', 'runbooks/COOKBOOK.md', 'checklists/README.md'] as const;

export function page(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** The code blocks of `text` in `language`, in order. */
export function blocks(text: string, language: string): readonly string[] {
  return [...text.matchAll(new RegExp(`^ *\`\`\`${language}\\n([\\s\\S]*?)^ *\`\`\``, 'gm'))].map(
    ([, block = '']) => block,
  );
}

/** Every key that the schemas know, as `KEY.INNER`, with its schemas; at the places where steps and items stand, `.KEY`. */
export function keysOfSchemas(): ReadonlyMap<string, readonly unknown[]> {
  const named = new Map<string, unknown[]>();
  const walk = (value: unknown, around: string): void => {
    if (Array.isArray(value)) for (const item of value) walk(item, around);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
    for (const [name, item] of Object.entries(value)) {
      if (name !== 'properties') walk(item, name === '$defs' ? '' : around);
      else
        for (const [key, schema] of Object.entries(Object(item))) {
          const path = `${around}.${key}`;
          named.set(path, [...(named.get(path) ?? []), schema]);
          walk(schema, key);
        }
    }
  };
  walk(runbookJsonSchema(actions), '');
  walk(checklistJsonSchema(actions), '');
  return named;
}

/** The same of documents: each key alone, after the key whose value holds it, and after the one around that, which may hold names. */
export function keysIn(snippets: readonly string[]): ReadonlySet<string> {
  const used = new Set<string>();
  const walk = (value: unknown, around: string, outer: string): void => {
    if (Array.isArray(value)) for (const item of value) walk(item, around, outer);
    else if (typeof value === 'object' && value !== null) {
      for (const [key, item] of Object.entries(value)) {
        for (const name of ['', around, outer]) used.add(`${name}.${key}`);
        walk(item, key, around);
      }
    }
  };
  for (const snippet of snippets) walk(parse(snippet, { schema: 'failsafe' }), '', '');
  return used;
}
