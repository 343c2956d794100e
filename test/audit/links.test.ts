/** Symbolic links that leave the audited folder: no item rests on one, and each that would says which. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { auditJson, repository, temporaryFolder, textFile } from './repository.ts';

const outside = temporaryFolder();
let repo: string;

beforeAll(() => {
  writeFileSync(join(outside, 'secret.yaml'), 'passed: true\n');
  writeFileSync(join(outside, 'scan.json'), '[]');
  mkdirSync(join(outside, 'docs'));
  writeFileSync(join(outside, 'docs', 'README.md'), 'passed\n');
  repo = repository({ 'own.yaml': 'passed: true\n', 'deep/own.md': 'passed\n' });
  symlinkSync(join(outside, 'secret.yaml'), join(repo, 'out.yaml'));
  symlinkSync(join(outside, 'scan.json'), join(repo, 'scan.json'));
  symlinkSync(join(outside, 'secret.yaml'), join(repo, 'Dockerfile'));
  symlinkSync(join(outside, 'docs'), join(repo, 'docs'));
  symlinkSync('own.yaml', join(repo, 'in.yaml'));
  symlinkSync('deep', join(repo, 'inner'));
  symlinkSync('nowhere', join(repo, 'dangling'));
});

async function audited(body: string): Promise<{ readonly finding: string | undefined; readonly evidence: string }> {
  const item = body.replaceAll(/^/gm, '        ');
  const checklist = `checklist: One\ncategories:\n  all:\n    items:\n      - id: one\n        severity: blocker\n${item}\n`;
  const { findings, evidence } = await auditJson(textFile('c.yaml', checklist), { repo, state: temporaryFolder() });
  return { finding: findings['one'], evidence: evidence['one']?.join() ?? '' };
}

describe('an item that would rest on a link out of the folder is unknown, and names it', () => {
  test.each([
    ['file', 'file: out.yaml', 'out.yaml'],
    ['file of a kind', 'file: { of: containers }', 'Dockerfile'],
    ['file among others', 'file: "*.yaml"', 'out.yaml'],
    ['file through a folder', 'file: docs/README.md', 'docs'],
    ['file by a wildcard in a folder', 'file: docs/*', 'docs'],
    ['file that is a folder', 'file: docs', 'docs'],
    ['grep', 'grep: { pattern: passed, in: out.yaml }', 'out.yaml'],
    ['grep that expects nothing', 'grep: { pattern: nothing, in: "*.yaml" }\nexpect: count == 0', 'out.yaml'],
    ['grep of a kind', 'grep: { pattern: passed, of: containers }', 'Dockerfile'],
    ['data', 'data: out.yaml\nexpect: doc.passed', 'out.yaml'],
    ['data through a folder', 'data: { file: docs/README.md, format: yaml }', 'docs'],
    ['scan', 'scan: { sarif: scan.json, format: json }', 'scan.json'],
  ])('%s', async (_, body, link) => {
    const { finding, evidence } = await audited(body);
    expect(finding).toBe('unknown');
    expect(evidence).toContain(join(repo, link).slice(repo.length + 1));
    expect(evidence).toMatch(/symbolic link/);
    expect(evidence).toContain(outside);
  });
});

describe('what stays inside is evidence', () => {
  test.each([
    ['a link to a file', 'file: in.yaml'],
    ['a link to a folder', 'file: inner/own.md'],
    ['what a link holds', 'data: in.yaml\nexpect: doc.passed'],
    ['lines of a link', 'grep: { pattern: passed, in: in.yaml }\nexpect: count == 1'],
    [
      'files beside a link that is left out',
      'grep: { pattern: passed, in: "*.yaml", not_in: out.yaml }\nexpect: count == 2',
    ],
    ['folders beside a link to a folder', 'grep: { pattern: passed, in: "**/*.md" }\nexpect: count == 1'],
  ])('%s', async (_, body) => {
    expect(await audited(body)).toMatchObject({ finding: undefined });
  });

  test('also where the folder that is audited is named by a link itself', async () => {
    const named = join(temporaryFolder(), 'named');
    symlinkSync(repo, named);
    const checklist = textFile(
      'c.yaml',
      'checklist: One\ncategories: { all: { items: [{ id: one, severity: blocker, file: in.yaml }] } }\n',
    );
    const { findings } = await auditJson(checklist, { repo: named, state: temporaryFolder() });
    expect(findings['one']).toBeUndefined();
  });
});
