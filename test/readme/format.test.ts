/** The format is shown whole: every key at every place stands in a snippet that is checked. */
import { expect, test } from 'vitest';
import { blocks, keysIn, keysOfSchemas, page } from './snippets.ts';

const shown = ['README.md', 'runbooks/README.md', 'checklists/README.md'].flatMap((path) => blocks(page(path), 'yaml'));

test('every key of a document is shown at work', () => {
  const used = keysIn(shown);
  expect([...keysOfSchemas()].filter((key) => !used.has(key))).toEqual([]);
});
