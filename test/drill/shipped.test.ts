/** Every shipped runbook has a way back from each of its failure points, or says where there is none. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkFiles } from '../../src/app/check.ts';
import { drill } from '../../src/app/drill.ts';
import { countOf } from '../../src/drill/point.ts';
import { isOurs } from '../../src/runbook/document-kind.ts';
import { root } from '../readme/snippets.ts';

const folders = ['runbooks', 'runbooks/examples'].map((folder) => join(root, folder));
const files = folders.flatMap((folder) =>
  readdirSync(folder).flatMap((name) => (name.endsWith('.yaml') ? [join(folder, name)] : [])),
);
const runbooks = files.filter((file) => isOurs(readFileSync(file, 'utf8')));

test('there are some', () => {
  expect(runbooks.length).toBeGreaterThanOrEqual(8);
});

test('they and their drill files check without an error or a warning', () => {
  const documents = files.filter((file) => !file.endsWith('.answers.yaml'));
  const found = checkFiles(documents, null).diagnostics.filter(({ severity }) => severity !== 'note');
  expect(found.map(({ file, line, code, message }) => `${file}:${line} ${code} ${message}`)).toEqual([]);
});

test.each(runbooks)('%s', async (file) => {
  const { coverage } = await drill(file, new Map());
  const open = coverage.outcomes.filter(({ standing }) => standing === 'open');
  expect(open.map(({ point, left }) => [point.step, point.kind, left])).toEqual([]);
  expect(coverage.unreached).toEqual([]);
  expect(countOf(coverage)).toMatchObject({ percent: 100 });
  expect(coverage.outcomes.length).toBeGreaterThan(0);
});
