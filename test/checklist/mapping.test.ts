/** The tables of checklists/README.md against the checklists themselves. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readDocument } from '../../src/app/read-document.ts';

const folder = fileURLToPath(new URL('../../checklists', import.meta.url));
const text = readFileSync(join(folder, 'README.md'), 'utf8');

interface Row {
  readonly document: string;
  readonly file: string;
  readonly finding: string;
  readonly items: readonly string[];
  readonly words: string;
}

function rows(): readonly Row[] {
  return text
    .split('\n## ')
    .slice(1)
    .flatMap((section) => {
      const document = section.split('\n')[0] ?? '';
      const file = /Items are in `([\w-]+\.yaml)`/.exec(section)?.[1] ?? '';
      // What was measured stands in tables too.
      if (file === '') return [];
      const cells = [...section.matchAll(/^\| (.*?) \| (.*?) \| ?(.*?) ?\|$/gm)].slice(1);
      return cells.map(([, finding = '', items = '', words = '']) => ({
        document,
        file,
        finding,
        items: [...items.matchAll(/`(\w+)`/g)].map(([, id]) => id ?? ''),
        words,
      }));
    });
}

async function itemsOf(file: string): Promise<readonly string[]> {
  const { runbook } = await readDocument(join(folder, file));
  return runbook.phases.flatMap(({ steps }) => steps.filter(({ id }) => !id.startsWith('fact_')).map(({ id }) => id));
}

const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

describe('checklists/README.md', () => {
  test('has a table for each of the five documents', () => {
    const documents = [...new Set(rows().map(({ document }) => document))];
    const numbers = documents.flatMap((title) => /\((\d{3})\)$/.exec(title)?.[1] ?? []);
    expect(numbers).toEqual(['000', '001', '002', '003', '004']);
    expect(new Set(rows().map(({ file }) => file))).toEqual(new Set(files));
  });

  test('maps every section and finding to an item, or says in words why not', () => {
    const open = rows().filter(({ items, words }) => items.length === 0 && words === '');
    expect(open).toEqual([]);
    expect(rows().length).toBeGreaterThan(150);
  });

  test.each(files)('names only items that %s has, and all of them', async (file) => {
    const named = new Set(rows().flatMap((row) => (row.file === file ? row.items : [])));
    expect([...named].sort()).toEqual([...(await itemsOf(file))].sort());
  });
});

describe('shipped checklists', () => {
  test.each(files)(
    '%s: every item has a severity and a title of its own, an item for the machine says how to fix it',
    async (file) => {
      const { runbook } = await readDocument(join(folder, file));
      const items = runbook.phases.flatMap(({ steps }) => steps.filter(({ id }) => !id.startsWith('fact_')));
      expect(new Set(items.map(({ title }) => title)).size).toBe(items.length);
      for (const { id, item, effect, params, title } of items) {
        const scanner = JSON.stringify(params).includes('is not installed here');
        if (effect !== 'person' && !scanner) expect(item?.fix, id).toBeDefined();
        if (effect === 'person')
          expect({ id, owner: item?.owner, ttl: item?.ttlMs }).toMatchObject({
            owner: expect.any(String),
            ttl: expect.any(Number),
          });
        expect(title.endsWith('?'), id).toBe(false);
      }
    },
  );

  test.each(files)('%s: a scanner is evidence, and one that is absent makes nothing not applicable', async (file) => {
    const { runbook } = await readDocument(join(folder, file));
    const scanners = /\b(trivy|gitleaks|hadolint|shellcheck|checkov|pip-audit|uv audit|npm audit)\b/;
    for (const { id, action, item, params } of runbook.phases.flatMap(({ steps }) => steps)) {
      const runs = JSON.stringify(params);
      if (action === 'check') expect(runs, id).not.toMatch(scanners);
      if (action === 'scan') expect(item?.na ?? '', id).not.toContain('exit');
    }
  });

  test.each(files)('%s: asks for a least score, and says what concerns only some stacks', async (file) => {
    const text = readFileSync(join(folder, file), 'utf8');
    expect(text).toMatch(/^least: 5\.0$/m);
    expect(text).toMatch(/^facts:$/m);
  });
});
