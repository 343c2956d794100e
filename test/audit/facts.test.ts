/** What a checklist knows of a repository before it judges it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { report as writeReport } from '../../src/commands/report.ts';
import { run } from '../../src/commands/run.ts';
import { assertHonest } from '../journals/honest.ts';
import { auditHeard, auditJson, repository, temporaryFolder, textFile } from './repository.ts';

const text = (items: string): string => `checklist: Stack
facts:
  has_database: { title: A database is used, grep: { pattern: psycopg, of: manifests } }
  has_tests: { file: { of: tests } }
  broken: { data: broken.json }
  large: { check: 'exit 1' }
categories:
  data:
    items:
${items.replaceAll(/^/gm, '      ')}
`;
const items = `- { id: migrations, file: { of: migrations }, expect: exists, na: "!facts.has_database" }
- { id: backups, manual: "When was a backup last restored?", na: "!facts.has_database" }
- { id: tested, ci: { runs: pytest }, expect: count > 0, na: "!facts.has_tests || pipelines == 0" }
- { id: sharded, file: nothing, expect: exists, na: "!facts.large" }
- { id: readme, file: README.md, expect: exists }`;
const checklist = textFile('stack.yaml', text(items));

const small = { 'README.md': '# x\n' };
const database = { ...small, 'requirements.txt': 'psycopg==3\n' };

describe('facts', () => {
  test('an item that they rule out is not applicable, with the fact as its reason, and asks nobody', async () => {
    const options = { repo: repository(small), state: temporaryFolder() };
    const { findings, verdict, score } = await auditJson(checklist, options);
    expect({ findings, verdict, score }).toEqual({ findings: {}, verdict: 'go', score: 10 });
    const { out } = await auditHeard(checklist, { ...options, explain: true });
    expect(out).toContain('migrations (medium) not applicable, left out: not applicable: A database is used: no\n');
    expect(out).not.toContain('fact_has_database');
  });

  test('of several facts only those are the reason that the item rests on', async () => {
    const rules = [
      ['one', '!facts.large || (facts.has_tests && !facts.has_database)', 'Large: no'],
      ['two', '!(facts.has_tests || facts.has_database) || facts.large', 'A database is used: no, Has tests: no'],
      ['three', '!facts.has_database && (!facts.has_tests || facts.large)', 'A database is used: no, Has tests: no'],
    ] as const;
    const file = textFile(
      'rules.yaml',
      text(rules.map(([id, na]) => `- { id: ${id}, file: no, expect: exists, na: "${na}" }`).join('\n')),
    );
    const { items } = await auditJson(file, { repo: repository(small), state: temporaryFolder() });
    expect(items.map(({ id, reason }) => [id, reason])).toEqual(
      rules.map(([id, , reason]) => [id, `not applicable: ${reason}`]),
    );
  });

  test('that one does not hold is no breach of the rules: the audit verifies', async () => {
    const state = temporaryFolder();
    expect(await auditJson(checklist, { repo: repository(small), state })).toMatchObject({ verdict: 'go' });
    assertHonest(state);
  });

  test('an item that they leave in is judged and asked', async () => {
    const { findings } = await auditJson(checklist, { repo: repository(database), state: temporaryFolder() });
    expect(findings).toEqual({ migrations: 'failed', backups: 'unknown' });
  });

  test('an item sees them in what it expects, in what is partial and in its own condition after its look', async () => {
    const one = textFile(
      'one.yaml',
      text(`- { id: met, file: no, expect: exists || facts.has_database }
- { id: unmet, file: no, expect: exists || facts.has_tests }
- { id: half, file: no, expect: exists, partial: facts.has_database }
- { id: beside, check: exit 3, na: exit == 3 && facts.has_database }
- { id: judged, check: exit 3, na: exit == 3 && facts.has_tests }`),
    );
    const { items } = await auditJson(one, { repo: repository(database), state: temporaryFolder() });
    expect(Object.fromEntries(items.map(({ id, result }) => [id, result]))).toEqual({
      met: 'pass',
      unmet: 'fail',
      half: 'partial',
      beside: 'na',
      judged: 'fail',
    });
  });

  test('what cannot be read rules nothing out', async () => {
    const one = textFile('one.yaml', text('- { id: a, file: no, expect: exists, na: "!facts.broken" }'));
    const { findings } = await auditJson(one, {
      repo: repository({ 'broken.json/x': '' }),
      state: temporaryFolder(),
    });
    expect(findings).toEqual({ a: 'failed' });
  });

  test('they are shown in the report, and are steps that hold or do not', async () => {
    const state = temporaryFolder();
    const audited = await auditJson(checklist, { repo: repository(small), state });
    const out = join(temporaryFolder(), 'report');
    const io = { stdout: () => {}, stderr: () => {}, terminal: false, env: {} };
    await writeReport(audited.run, { state, out, format: 'md' }, io);
    const markdown = readFileSync(join(out, 'report.md'), 'utf8');
    expect(markdown).toMatch(/A database is used \| no \| there is no package manifest here/);
  });

  test('a gate in a runbook has its own', async () => {
    const heard: string[] = [];
    const io = {
      stdout: (said: string) => heard.push(said),
      stderr: (said: string) => heard.push(said),
      terminal: false,
      env: {},
    };
    const file = textFile(
      'gate.yaml',
      'runbook: R\nphases:\n  p:\n    - { id: ready, checklist: CHECKLIST }\n    - { id: after, check: "true" }\n'.replace(
        'CHECKLIST',
        checklist,
      ),
    );
    const code = await run(file, { headless: true, repo: repository(small), state: temporaryFolder() }, io);
    expect(code, heard.join('')).toBe(0);
    const seen = textFile(
      'stack.yaml',
      text('- { id: no_database, severity: blocker, file: no, expect: "!facts.has_database" }'),
    );
    const gate = textFile('seen.yaml', `runbook: R\nphases:\n  p:\n    - { id: ready, checklist: ${seen} }\n`);
    const answered = async (repo: string) => run(gate, { headless: true, repo, state: temporaryFolder() }, io);
    expect(await answered(repository(small)), heard.join('')).toBe(0);
    expect(await answered(repository(database)), heard.join('')).not.toBe(0);
  });

  test.each([
    ['an unknown one', '- { id: a, file: x, na: "!facts.has_databse" }', 'there is no fact has_databse'],
    [
      'an unknown one in expect',
      '- { id: a, file: x, expect: exists || facts.has_databse }',
      'there is no fact has_databse',
    ],
    ['one where none is declared', null, 'facts'],
  ])('%s is an error when the document is read', async (_, item, message) => {
    const source =
      item === null ? 'checklist: C\ncategories: { c: { items: [{ id: a, file: x, na: "!facts.b" }] } }\n' : text(item);
    const heard = await auditHeard(textFile('c.yaml', source), { repo: repository(small), state: temporaryFolder() });
    expect(heard.code).toBe(2);
    expect(heard.err).toContain(message);
  });

  test('a person is no fact', async () => {
    const source =
      'checklist: C\nfacts: { a: { manual: Is it so? } }\ncategories: { c: { items: [{ id: a, file: x }] } }\n';
    const heard = await auditHeard(textFile('c.yaml', source), { repo: repository(small), state: temporaryFolder() });
    expect(heard.code).toBe(2);
    expect(heard.err).toContain('a fact is looked up, so it cannot be manual');
  });
});
