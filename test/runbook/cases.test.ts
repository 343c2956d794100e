/**
 * Every document in test/cases. Beside each of `err/` stands what `gonogo check` says of it, to the letter; with
 * UPDATE_CASES=1 the files are written anew, to be read before they are kept.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import { renderDiagnostics } from '../../src/diagnostics/render.ts';
import { runbookSchema } from '../../src/runbook/document.ts';
import { type Parsed, parseDocument } from '../../src/runbook/parse.ts';
import { filesIn, sourceOf } from './documents.ts';

const cases = new URL('../cases/', import.meta.url).pathname;

function parseCase(folder: string, name: string): Parsed {
  const root = join(cases, folder);
  const main = sourceOf(readFileSync(join(root, name), 'utf8'), name);
  return parseDocument(main, filesIn(root), actions, { allowFragment: true });
}

function rendered({ diagnostics, sources }: Parsed): string {
  return renderDiagnostics(diagnostics, new Map(sources.map(({ path, text }) => [path, text])));
}

const documentsIn = (folder: string): readonly string[] =>
  readdirSync(join(cases, folder)).filter((name) => name.endsWith('.yaml'));

describe('documents that are right', () => {
  test.each(documentsIn('ok'))('%s has no problem and survives the journal', (name) => {
    const parsed = parseCase('ok', name);
    expect(rendered(parsed)).toBe('');
    const written: unknown = JSON.parse(JSON.stringify(parsed.runbook));
    expect(runbookSchema.parse(written)).toStrictEqual(parsed.runbook);
  });
});

describe('documents that are wrong', () => {
  test.each(documentsIn('err'))('%s is told what is wrong with it', (name) => {
    const parsed = parseCase('err', name);
    const text = rendered(parsed);
    const expected = join(cases, 'err', name.replace(/\.yaml$/, '.expected'));
    if (process.env['UPDATE_CASES'] === '1') writeFileSync(expected, text);
    expect(existsSync(expected), `${expected} is missing`).toBe(true);
    expect(text).toBe(readFileSync(expected, 'utf8'));
    expect(parsed.diagnostics.some(({ severity }) => severity === 'error')).toBe(true);
    expect(parsed.runbook).toBeNull();
  });
});
