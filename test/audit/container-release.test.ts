/** A repository in the state that the release audit (000) and the release report (001) describe, before and after. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { answers, before, fixes, listed } from './release-audit.ts';
import {
  auditHeard,
  auditJson,
  change,
  checklistsFolder,
  installScanners,
  repository,
  temporaryFolder,
  textFile,
} from './repository.ts';

const checklist = join(checklistsFolder, 'container-release.yaml');

describe('a repository as the release audit describes it', () => {
  test('every finding that the document lists is found, at its place', async () => {
    const audited = await auditJson(checklist, { repo: repository(before), state: temporaryFolder() });
    for (const [id, places] of Object.entries(listed)) {
      expect(audited.findings, id).toHaveProperty(id);
      for (const place of places) expect(audited.evidence[id], id).toContain(place);
    }
    // Whether two scripts or guides are two ways to one place is for a person to say.
    expect(audited.findings['one_deploy_script']).toBe('unknown');
    expect(audited.findings['one_deploy_guide']).toBe('unknown');
    expect(audited.findings['helper_scripts']).toBe('partial');
  });

  test('difference: the document calls it ready beside three critical issues; here each of them is a no-go', async () => {
    const { out, code } = await auditHeard(checklist, { repo: repository(before), state: temporaryFolder() });
    expect(code).toBe(1);
    for (const id of ['one_deploy_script', 'one_deploy_guide', 'rollback_documented']) {
      expect(out).toContain(`no-go: ${id} blocks\n`);
    }
    expect(out).toMatch(/^NO-GO {2}\d\.\d\d of 10$/m);
  });

  test('what is in place is no finding', async () => {
    const { findings } = await auditJson(checklist, { repo: repository(before), state: temporaryFolder() });
    for (const id of [
      'dockerfile',
      'multi_stage',
      'start_command',
      'release_phase',
      'tests_exist',
      'env_template',
      'compose_production',
      'debug_off',
    ]) {
      expect(findings).not.toHaveProperty(id);
    }
  });

  test('with the causes fixed it is a go, and the comparison says what was resolved', async () => {
    const repo = repository(before);
    const state = temporaryFolder();
    const first = await auditJson(checklist, { repo, state });
    change(repo, fixes);
    installScanners();
    const path = textFile('answers.yaml', answers);
    const second = await auditHeard(checklist, { repo, state, answers: path, against: first.run, explain: true });
    expect(second.out).toMatch(/^GO {2}/m);
    expect(second.code).toBe(0);
    expect(second.out).toContain(`Compared with ${first.run} (no-go, ${first.score?.toFixed(2)} of 10)`);
    for (const id of Object.keys(listed)) expect(second.out).toMatch(new RegExp(`^resolved  ${id}: `, 'm'));
    expect(second.out).toMatch(/^remains {3}security_review: .* \(unknown -> partial\)$/m);
    expect(second.out).toMatch(/^Deployment scripts +\d\.\d\d +10\.00 +\+\d\.\d\d$/m);
    expect(second.out).toContain('Trend\n');
  });
});
