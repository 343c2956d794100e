/** Documents as documentation, from which they come back, and in their usual layout. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import { htmlPage } from '../../src/authoring/export/html.ts';
import { embeddedDocument, markdownPage } from '../../src/authoring/export/markdown.ts';
import { readable } from '../../src/authoring/export/outline.ts';
import { formatDocument } from '../../src/authoring/format.ts';
import { readPage } from '../../src/authoring/import/page.ts';
import { parseDocument } from '../../src/runbook/parse.ts';
import { filesIn, parseText, sourceOf } from '../runbook/documents.ts';

const root = join(import.meta.dirname, '../..');
const shipped = ['runbooks', 'runbooks/examples', 'checklists'].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.yaml') && !/\.(?:answers|drill)\.yaml$/.test(name))
    .map((name) => `${folder}/${name}`),
);

function exported(path: string): { readonly text: string; readonly page: string; readonly html: string } {
  const text = readFileSync(join(root, path), 'utf8');
  const { runbook } = parseDocument(sourceOf(text, path), filesIn(root), actions);
  if (runbook === null) throw new Error(`${path} is not right`);
  return { text, page: markdownPage(readable(runbook), text, path), html: htmlPage(readable(runbook), path) };
}

test.each(shipped)('%s comes back from its page as it was, and formatting it says the same', (path) => {
  const { text, page, html } = exported(path);
  expect(embeddedDocument(page)).toBe(text);
  expect(html).not.toMatch(/<script|javascript:/i);
  const formatted = formatDocument(text);
  expect(formatted.ok).toBe(true);
  if (formatted.ok) expect(formatDocument(formatted.text)).toEqual(formatted);
});

const release = `runbook: Release | <b>it</b>
vars: { version: { ask: Version } }
target: { name: shop, identity: { check: hostname } }
phases:
  deploy:
    - title: Switch *over*
      why: The **server** follows.
      run: |
        echo "\`\`\`"
      undo: { run: ./back }
      danger: true
    - manual: Look at it.
rollback: { triggers: [It fails] }
`;

test('a page has the phases as headings, the commands as blocks, and forges nothing', () => {
  const { runbook } = parseText(release);
  if (runbook === null) throw new Error('not right');
  const page = markdownPage(readable(runbook), release, 'release.yaml');
  const headings = readPage(page).blocks.flatMap((block) => (block.kind === 'heading' ? [block.text] : []));
  expect(headings).toEqual(['Release \\| \\<b\\>it\\</b\\>', 'Variables', 'Deploy', 'Rollback']);
  expect(page).toContain(
    '1. **Switch \\*over\\***\n\n   The **server** follows.\n\n   run:\n\n   ````sh\n   echo "```"\n   ````',
  );
  const html = htmlPage(readable(runbook), 'release.yaml');
  expect(html).toContain('<h1>Release | &lt;b&gt;it&lt;/b&gt;</h1>');
  expect(html.match(/class="box"/g)).toHaveLength(2);
});

test('the printable page draws what authors wrote as Markdown, and neither runs nor fetches anything that it holds', () => {
  const why = [
    'Look *here*, at `df -h`:',
    '',
    '- one <b onclick=x>tag</b>',
    '- [the page](https://example.org/a) and [not](javascript:alert(1))',
    '- ![seen](https://example.org/seen.png)',
    '',
    '| a | b |',
    '| --- | --- |',
    '| 1 | 2 |',
  ];
  const text = `runbook: Page\nphases:\n  deploy:\n    - title: Look\n      why: |\n${why.map((line) => `        ${line}\n`).join('')}      manual: Go on.\n`;
  const { runbook } = parseText(text);
  if (runbook === null) throw new Error('not right');
  const html = htmlPage(readable(runbook), 'page.yaml');
  expect(html).toContain('<p>Look <em>here</em>, at <code>df -h</code>:</p>');
  expect(html).toContain('<li>one &lt;b onclick=x&gt;tag&lt;/b&gt;</li>');
  expect(html).toContain('<a href="https://example.org/a">the page</a>');
  expect(html).toContain('<td>2</td>');
  expect(html).not.toMatch(/<img|<b onclick|javascript:/);
});

test('whatever the text of a document, its page gives it back', () => {
  const { runbook } = parseText(release);
  if (runbook === null) throw new Error('not right');
  const piece = fc.constantFrom('```', '````yaml gonogo\n', '\n', '\r\n', 'a: b', '</details>', '~~~', ' ', '~', '#');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join('');
      expect(embeddedDocument(markdownPage(readable(runbook), text, 'x.yaml'))).toBe(text);
    }),
  );
});

describe('formatting', () => {
  test.each([
    ['a:   1\n', 'a: 1\n'],
    ['# top\na: [ 1,2 ]   # list\n\n\nb: {c: 1.10}\n', '# top\na: [1, 2] # list\n\nb: { c: 1.10 }\n'],
    ['a:\n- x # one\n# two\n- "y"\n', 'a:\n  - x # one\n  # two\n  - "y"\n'],
    ['a: |\n    x\n      y\nb: 0x1F\n', 'a: |\n  x\n    y\nb: 0x1F\n'],
    ['', ''],
  ])('%j becomes %j', (before, after) => {
    expect(formatDocument(before)).toEqual({ ok: true, text: after });
  });

  test('a comment stays at the depth at which it stands, above a key or below the last one', () => {
    const text = `runbook: X
phases:
  a:
    # above one
    - id: one
      title: One
      run: echo hi
      effect: once # imported
      # undo: { run: … }   (how is this taken back?)

    # above two
    - id: two
      run: echo
      effect: once
      # undo: { run: … }   (how is this taken back?)

  # above b
  b:
    - id: three
      run: |
        echo
        # in script
      effect: once
      # undo: { run: … }   (how is this taken back?)
    # at end of list
  # at end of phases
rollback:
  steps:
    - run: x
      undo:
        run: y
        # in undo
      # after undo
    # a

# before report
report: {}

# end
`;
    expect(formatDocument(text)).toEqual({ ok: true, text });
    const flat = 'a:\n- x\n# of the list\n- y:\n    # of z\n    z: 1\n  # of y\n# of b\nb: 2\n';
    const deep = 'a:\n  - x\n  # of the list\n  - y:\n      # of z\n      z: 1\n    # of y\n# of b\nb: 2\n';
    expect(formatDocument(flat)).toEqual({ ok: true, text: deep });
    expect(formatDocument(deep)).toEqual({ ok: true, text: deep });
  });

  test.each([
    ['a: 1\n---\nb: 2\n', 'it is no YAML: line 2: a file holds one document, and here a second one begins'],
    ['a:\n\tb: 1\n', 'it is no YAML: line 2: a tab cannot indent; use spaces'],
    [`a: ${'['.repeat(20_000)}`, 'it cannot be formatted: the document is nested too deep'],
  ])('what is wrong with %j is said as check says it', (text, message) => {
    expect(formatDocument(text)).toMatchObject({ ok: false, message: expect.stringContaining(message) });
  });

  test('what is no YAML is left alone', () => {
    expect(formatDocument('a: [1').ok).toBe(false);
  });
});
