/** The pages show everything there is, and only what is so. With UPDATE_PAGES=1 the table of functions is written anew. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { functionTexts } from '../../src/runbook/function-texts.ts';
import { blocks, keysIn, keysOfSchemas, page, pages, root } from './snippets.ts';

const shown = ['README.md', 'runbooks/README.md', 'checklists/README.md'].flatMap((path) => blocks(page(path), 'yaml'));

test('every key of a document is shown at work', () => {
  const used = keysIn(shown);
  expect([...keysOfSchemas().keys()].filter((key) => !used.has(key))).toEqual([]);
});

test('the table of functions is that of the language', () => {
  const rows = [...functionTexts].map(([name, { about, example, gives }]) => {
    return `| \`${name}\` | ${about} | \`${example}\` | \`${gives}\` |\n`;
  });
  const table = /(?<=^\| function \| gives \| such as \| is \|\n\|---\|---\|---\|---\|\n)(?:\|.*\n)*/m;
  const path = 'runbooks/README.md';
  const wanted = page(path).replace(table, () => rows.join(''));
  if (process.env['UPDATE_PAGES'] === '1') writeFileSync(join(root, path), wanted);
  expect(page(path)).toBe(wanted);
});

/** Verb → its options, as `COMMANDS.md` has them, which another test holds against the program. */
const verbs = new Map(
  page('runbooks/COMMANDS.md')
    .split(/^## /m)
    .slice(1)
    .map((section) => [
      /^`gonogo ([a-z-]+)/.exec(section)?.[1] ?? '',
      [...section.matchAll(/^\| `(--[a-z-]+)/gm)].map(([, flag = '']) => flag),
    ]),
);

test('every command that a page shows exists, with its options', () => {
  const lines = pages.flatMap((path) =>
    blocks(page(path), 'sh(?: tour)?').flatMap((block) => block.split('\n').filter((line) => /^gonogo /.test(line))),
  );
  expect(lines.length).toBeGreaterThan(40);
  const wrong = lines.filter((whole) => {
    // On another machine it is the same verb; --there belongs to that.
    const far = whole.startsWith('gonogo --at ');
    const line = far ? whole.replace(/^gonogo --at \S+ /, 'gonogo ').replace(' --there', '') : whole;
    const options = verbs.get(line.split(/\s+/)[1] ?? '');
    const unquoted = line.replaceAll(/"[^"]*"|#.*$/g, '').split('||')[0] ?? '';
    const flags = [...unquoted.matchAll(/\s(--[a-z-]+)/g)].map(([, flag = '']) => flag);
    return options === undefined || flags.some((flag) => !options.includes(flag));
  });
  expect(wrong).toEqual([]);
});

test('every command is told of in words, not only listed', () => {
  const told = pages.map(page).join('\n');
  expect([...verbs.keys()].filter((verb) => !new RegExp(`gonogo ${verb}\\b`).test(told))).toEqual([]);
});

test('the cookbook has twenty answers, each with something to copy', () => {
  const answers = page('runbooks/COOKBOOK.md').split(/^## /m).slice(1);
  expect(answers.map((answer) => Number.parseInt(answer, 10))).toEqual(
    Array.from({ length: 20 }, (_, index) => index + 1),
  );
  expect(answers.filter((answer) => !answer.includes('```'))).toEqual([]);
});
