/** A page of a team, from the command line to the end of its first walk. `npm test` builds the command before. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Bench } from '../resume/gonogo.ts';

const page = `# Restart the shop

## Before you start

- [ ] Tell the channel

## Deploy

1. Write it down
   \`\`\`bash
   echo "$WHO restarts it" >> log.txt
   \`\`\`
`;

test('a page is imported, checked and walked to its end', async () => {
  const bench = new Bench();
  bench.write('page.md', page);
  const imported = await bench.gonogo('import', bench.path('page.md'), '--out', bench.path('made/shop.yaml'));
  expect(imported).toMatchObject({ code: 0, stdout: '' });
  expect(imported.stderr).toContain('a runbook of 2 steps, 1 command to review, 1 variable');

  const checked = await bench.gonogo('check', bench.path('made/shop.yaml'));
  expect(checked.code).toBe(0);
  expect(checked.stdout).toContain('note[unreviewed]');

  const answers = bench.write('answers.yaml', 'tell_the_channel: done\nwrite_it_down: {skip: not today}\n');
  const walked = await bench.gonogo(
    'run',
    bench.path('made/shop.yaml'),
    '--headless',
    '--var',
    'who=Ann',
    '--answers',
    answers,
  );
  expect(walked.code).toBe(0);
});

test('nothing that exists is overwritten, and wrong input is one line', async () => {
  const bench = new Bench();
  bench.write('page.md', page);
  bench.write('there.yaml', 'mine');
  const refused = await bench.gonogo('import', bench.path('page.md'), '--out', bench.path('there.yaml'));
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toMatch(/^gonogo: .*there\.yaml is there already; name another, or move it away\n$/);
  expect(readFileSync(bench.path('there.yaml'), 'utf8')).toBe('mine');

  const wrong = [
    await bench.gonogo('import', bench.path('none.md')),
    await bench.gonogo('import', bench.path('page.md'), '--as', 'story'),
    await bench.gonogo('import', bench.path('page.md'), bench.path('page.md')),
  ];
  for (const { code, stderr } of wrong) {
    expect(code).toBe(2);
    expect(stderr).toMatch(/^gonogo: [^\n]+\n$/);
  }
});

test('several pages go into a folder, each in its own file', async () => {
  const bench = new Bench();
  const pages = [bench.write('a.md', page), bench.write('b.md', '# B\n\n| Item | Status |\n|---|---|\n| x | ok |\n')];
  const { code } = await bench.gonogo('import', ...pages, '--out', bench.path('made'));
  expect(code).toBe(0);
  expect(['made/a.yaml', 'made/b.yaml'].map((name) => existsSync(bench.path(name)))).toEqual([true, true]);
});

test('a page that export made gives its document back, and says so', async () => {
  const bench = new Bench();
  const text = 'runbook: Mine # as it is\nphases: { deploy: [{ include: { steps: parts.yaml } }] }\n';
  bench.write('parts.yaml', 'steps:\n  - manual: Look.\n');
  const file = bench.write('mine.yaml', text);
  const page = await bench.gonogo('export', file);
  const back = await bench.gonogo('import', bench.write('page.md', page.stdout), '--out', bench.path('back.yaml'));
  expect(back).toMatchObject({ code: 0, stdout: '' });
  expect(back.stderr).toContain('the very runbook that this page was exported from, byte for byte in ');
  expect(back.stderr).not.toContain('step');
  expect(readFileSync(bench.path('back.yaml'), 'utf8')).toBe(text);
});

const hidden = '```yaml gonogo\nrunbook: Other\nphases: { deploy: [{ run: rm -rf build, effect: read }] }\n```\n';
test.each([
  ['in a comment that nobody sees', `${page}\n<!--\n${hidden}-->\n`],
  [
    'below another page',
    `${page}\n<details><summary>The document itself (mine.yaml)</summary>\n\n${hidden}\n</details>\n`,
  ],
  ['that is no YAML', `${page}\n\`\`\`yaml gonogo\nrunbook: [\n\`\`\`\n`],
])('a document %s is not taken for the one that the page was exported from', async (_, forged) => {
  const bench = new Bench();
  const { code, stdout, stderr } = await bench.gonogo('import', bench.write('page.md', forged));
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.not.stringContaining('byte for byte') });
  expect(stderr).toMatch(/page\.md:\d+: this is not the document that the rest of the page tells of/);
  expect(stdout).toContain('\nrunbook: Restart the shop\n');
  expect(stdout).not.toContain('effect: read\n');
  expect((await bench.gonogo('check', bench.write('made.yaml', stdout))).code).toBe(0);
});

test('an exported page gives its document back also where what it includes is not, and says what was not compared', async () => {
  const bench = new Bench();
  const text = 'runbook: Mine\nphases: { deploy: [{ include: { steps: ../parts.yaml } }] }\n';
  bench.write('parts.yaml', 'steps:\n  - manual: Look.\n');
  for (const made of ['runbooks', 'far/away']) mkdirSync(bench.path(made), { recursive: true });
  const exported = await bench.gonogo('export', bench.write('runbooks/mine.yaml', text));
  expect(exported.stdout).toContain('- `../parts.yaml`\n');
  const beside = await bench.gonogo(
    'import',
    bench.write('page.md', exported.stdout),
    '--out',
    bench.path('other/mine.yaml'),
  );
  expect(beside.stderr).not.toContain('compared');
  const alone = await bench.gonogo('import', bench.write('far/away/page.md', exported.stdout));
  expect(alone).toMatchObject({ code: 0, stdout: text });
  expect(alone.stderr).toContain('was not compared');
});

test('what a settings or values file says that YAML does not know is told in one line', async () => {
  const bench = new Bench();
  const file = bench.write(
    'mine.yaml',
    'runbook: Mine\nvars: { a: { ask: A } }\nphases: { deploy: [{ manual: "${{ a }}" }] }\n',
  );
  const planned = await bench.gonogo('plan', file, '--vars', bench.write('vars.yaml', 'a: !odd x\n'));
  expect(planned).toMatchObject({ code: 0, stderr: '' });
  bench.write('.gonogo.yaml', '!odd x\n');
  const checked = await bench.gonogo('check', file);
  expect(checked.code).toBe(2);
  expect(checked.stderr).toMatch(/^gonogo: [^\n]+\n$/);
});
