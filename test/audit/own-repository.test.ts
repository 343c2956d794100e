/** gonogo looks at itself, with answers that hide nothing. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { auditJson, checklistsFolder, packageFolder, temporaryFolder } from './repository.ts';

const beside = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

describe('the repository of gonogo', () => {
  test('is a go by its own checklist, with what is missing named as missing', async () => {
    const answers = beside('own-answers.yaml');
    const audited = await auditJson(beside('own-repository.yaml'), {
      repo: packageFolder,
      state: temporaryFolder(),
      answers,
    });
    const { readme_commands: _, ...findings } = audited.findings;
    expect(findings).toEqual({ macos: 'failed', publisher: 'partial' });
    expect(audited).toMatchObject({ verdict: 'go', code: 0 });
  });

  test('is a no-go without the answers of a person', async () => {
    const { findings, code } = await auditJson(beside('own-repository.yaml'), {
      repo: packageFolder,
      state: temporaryFolder(),
    });
    expect(findings).toMatchObject({ macos: 'unknown', publisher: 'unknown' });
    expect(code).toBe(1);
  });

  test('is honest about what it is not: it ships no container, and is asked for none', async () => {
    const { items, verdict } = await auditJson(join(checklistsFolder, 'container-release.yaml'), {
      repo: packageFolder,
      state: temporaryFolder(),
    });
    expect(items.find(({ id }) => id === 'dockerfile')).toMatchObject({
      result: 'na',
      reason: expect.stringContaining('Something here runs containers: no'),
    });
    expect(verdict).toBe('no-go');
  });
});
