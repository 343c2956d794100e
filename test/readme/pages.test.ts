/** The pages name all there is, and what they show is right. `npm test` builds the command before. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import { kinds } from '../../src/authoring/templates.ts';
import { exitCodes } from '../../src/engine/exit-code.ts';
import { runbookJsonSchema } from '../../src/runbook/json-schema.ts';
import { keyTexts } from '../../src/runbook/key-texts.ts';
import { nestedKeyTexts } from '../../src/runbook/nested-key-texts.ts';
import {
  bodyShape,
  categoryShape,
  checklistShape,
  hookShape,
  hooksShape,
  itemShape,
  reportShape,
  rollbackShape,
  runbookShape,
  stepShape,
  targetShape,
  variableSchema,
} from '../../src/runbook/shape.ts';
import { parseText } from '../runbook/documents.ts';
import { blocks, keysOfSchemas, page, root } from './snippets.ts';

const format = page('runbooks/README.md');
const commands = 'runbooks/COMMANDS.md';

const snippets = [format, page('runbooks/COOKBOOK.md'), page('checklists/README.md')].flatMap((text) =>
  blocks(text, 'yaml'),
);

test.each(snippets)('this snippet is right:\n%s', (text) => {
  const { diagnostics } = parseText(text, {
    'names.txt': 'web1\nweb2\n',
    'ready.yaml': 'checklist: Ready\ncategories: { a: { items: [{ manual: Is it? }] } }',
    'parts/host.yaml': 'steps: [{ id: probe, check: \'ping "$host"\' }]',
  });
  expect(diagnostics).toEqual([]);
});

test('every key of a document is named', () => {
  const shapes = [
    runbookShape,
    bodyShape,
    stepShape,
    itemShape,
    checklistShape,
    categoryShape,
    rollbackShape,
    hooksShape,
    hookShape,
    reportShape,
    targetShape,
  ];
  const keys = [...shapes.flatMap((shape) => Object.keys(shape)), ...Object.keys(variableSchema.shape)];
  expect([...new Set(keys)].filter((key) => !isNamed(format, key))).toEqual([]);
});

test('every key has a hover text in the schema of editors', () => {
  const shapes = [
    runbookShape,
    bodyShape,
    stepShape,
    itemShape,
    checklistShape,
    categoryShape,
    rollbackShape,
    hooksShape,
    hookShape,
    reportShape,
    targetShape,
    variableSchema.shape,
  ];
  expect(shapes.flatMap((shape) => Object.keys(shape)).filter((key) => !Object.hasOwn(keyTexts, key))).toEqual([]);
  const { properties } = runbookJsonSchema(actions);
  for (const [key, { about }] of Object.entries(keyTexts)) {
    if (Object.hasOwn(runbookShape, key))
      expect(properties).toHaveProperty([key, 'description'], expect.stringContaining(about));
  }
});

test('every key inside another has one too, and no text is of a key that is not there', () => {
  const named = keysOfSchemas();
  const isTold = (schema: unknown): boolean => Object.hasOwn(Object(schema), 'description');
  const without = [...named].flatMap(([key, schemas]) => (schemas.every(isTold) ? [] : [key]));
  expect(without).toEqual([]);
  expect([...nestedKeyTexts.keys()].filter((key) => !named.has(key))).toEqual([]);
});

test('every action is named, and what it gives', () => {
  const fields = [...actions.values()].flatMap((action) => Object.keys(action.fields));
  expect(fields.filter((name) => !format.includes(`\`${name}\``))).toEqual([]);
  expect([...actions.keys()].filter((name) => !isNamed(format, name))).toEqual([]);
});

/** With UPDATE_PAGES=1 the page is written anew. */
test('the page of commands names every command and option as the program has them', () => {
  const printed = execFileSync(process.execPath, [join(root, 'dist/gonogo.cjs'), 'completion', 'markdown'], {
    encoding: 'utf8',
  });
  if (process.env['UPDATE_PAGES'] === '1') writeFileSync(join(root, commands), printed);
  expect(page(commands)).toBe(printed);
});

test('every exit code and every kind of beginning is named', () => {
  expect(Object.values(exitCodes).filter((code) => !page('README.md').includes(`| ${code} |`))).toEqual([]);
  expect(kinds.filter((kind) => !format.includes(`\`${kind}\``))).toEqual([]);
});

test('a newcomer: a page becomes a folder that is released', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gonogo-newcomer-'));
  const gonogo = (...words: readonly string[]): string =>
    execFileSync(process.execPath, [join(root, 'dist/gonogo.cjs'), ...words], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  try {
    gonogo('init', '.', '--kind', 'empty');
    writeFileSync(
      join(folder, 'page.md'),
      '# Release the folder\n\n## Deploy\n\n1. Copy it\n   ```bash\n   mkdir -p live && cp new.txt live/\n   ```\n',
    );
    writeFileSync(join(folder, 'new.txt'), 'v2\n');
    gonogo('import', 'page.md', '--out', 'runbooks/release.yaml');
    gonogo('check', 'runbooks/release.yaml', 'runbooks/first.yaml');
    writeFileSync(join(folder, 'answers.yaml'), 'copy_it: {review: idempotent}\n');
    gonogo('run', 'runbooks/release.yaml', '--headless', '--answers', 'answers.yaml');
    expect(readFileSync(join(folder, 'live/new.txt'), 'utf8')).toBe('v2\n');
    expect(readFileSync(join(folder, 'runbooks/release.yaml'), 'utf8')).toContain('effect: idempotent');
    gonogo('report', 'latest');
    gonogo('verify', 'latest');
    expect(gonogo('export', 'runbooks/release.yaml')).toContain('# Release the folder');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** As code, or as a key of a snippet. */
function isNamed(text: string, name: string): boolean {
  return new RegExp(`\`[^\`\\n]*\\b${name}\\b[^\`\\n]*\`|^[\\s-]*${name}:|[{,] ?${name}:`, 'm').test(text);
}
