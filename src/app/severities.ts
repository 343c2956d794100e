/** How much the findings of rules weigh in this repository: `.gonogo.yaml`, in the folder of a document or above it. */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { ignorable } from '../runbook/parse.ts';
import { isTooDeep, tooDeep } from '../runbook/yaml-depth.ts';
import { readText } from './read-document.ts';
import { Refusal } from './refusal.ts';

const fileSchema = z.strictObject({
  rules: z.record(z.string(), z.enum(['off', 'note', 'warning', 'error'])).default({}),
});

/** Rule → what its findings count as. */
export type Severities = ReadonlyMap<string, Diagnostic['severity'] | 'off'>;

/** The severities that hold for `document`: those of the nearest `.gonogo.yaml`. Throws `Refusal` for one that is wrong. */
export function severitiesFor(document: string): Severities {
  for (let folder = dirname(resolve(document)); ; folder = dirname(folder)) {
    const path = join(folder, '.gonogo.yaml');
    if (existsSync(path)) return readSeverities(path);
    if (dirname(folder) === folder) return new Map();
  }
}

function readSeverities(path: string): Severities {
  const refuse = (why: string): Refusal => new Refusal({ code: 'authoring', path }, `${path}: ${why}`);
  let value: unknown;
  try {
    value = parse(readText(path).text, { logLevel: 'error' }) ?? {};
  } catch (error) {
    throw error instanceof Refusal ? error : refuse(isTooDeep(error) ? tooDeep : 'it is no YAML');
  }
  const read = fileSchema.safeParse(value);
  if (!read.success) throw refuse('it holds rules: {RULE: off|note|warning|error} and nothing else');
  const unknown = Object.keys(read.data.rules).find((rule) => !ignorable.has(rule));
  if (unknown !== undefined)
    throw refuse(
      `there is no rule ${unknown} whose severity can be set; they are: ${[...ignorable].sort().join(', ')}`,
    );
  return new Map(Object.entries(read.data.rules));
}

/** `diagnostics` as `severities` say. */
export function weighed(diagnostics: readonly Diagnostic[], severities: Severities): readonly Diagnostic[] {
  return diagnostics.flatMap((diagnostic) => {
    const severity = severities.get(diagnostic.code);
    if (severity === undefined || diagnostic.severity === 'error') return [diagnostic];
    return severity === 'off' ? [] : [{ ...diagnostic, severity }];
  });
}
