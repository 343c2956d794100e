/** A repository in the state that the process review (003) describes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { before, fixes } from './process-review.ts';
import {
  auditJson,
  change,
  checklistsFolder,
  installScanners,
  repository,
  temporaryFolder,
  textFile,
} from './repository.ts';

const checklist = join(checklistsFolder, 'deployment-process.yaml');

/** What the document calls ready. */
const ready = [
  'pipeline_tests',
  'pipeline_coverage',
  'pipeline_lint',
  'pipeline_database',
  'pipeline_cache',
  'pipeline_security_scan',
  'pipeline_builds_images',
  'pipeline_image_tags',
  'pipeline_build_cache',
  'pipeline_scripts',
  'pipeline_scripts_environment',
  'pipeline_staging',
  'pipeline_approval',
  'pipeline_notifies',
  'pipeline_load_test',
  'migration_files',
  'migration_tests',
  'migration_backup',
  'migration_backup_verified',
  'migration_undo',
  'migration_order',
  'migration_integrity',
  'smoke_tests',
  'health_endpoints',
  'alerts_defined',
  'rollback_scripts',
  'rollback_emergency',
];

/** What it also calls ready, by words that only a person can judge. */
const judged = ['rollback_plan', 'communication_plan', 'rollback_triggers'];

describe('a repository as the process review describes it', () => {
  test('its two minor issues are found, and what it calls ready is no finding', async () => {
    const { findings, evidence } = await auditJson(checklist, { repo: repository(before), state: temporaryFolder() });
    expect(findings).toMatchObject({ pipeline_deploys: 'failed', migration_tests_in_pipeline: 'failed' });
    expect(evidence['pipeline_deploys']).toEqual(['.github/workflows/ci-cd.yml:31']);
    for (const id of ready) expect(findings, id).not.toHaveProperty(id);
    for (const id of judged) {
      expect(findings[id], id).toBe('unknown');
      expect(evidence[id], id).toContainEqual(expect.stringMatching(/^ROLLBACK_PROCEDURES\.md:\d+$/));
    }
  });

  test('difference: the document says ready at 95 per cent above 85 boxes that nobody ticked; here each unanswered one blocks', async () => {
    const { verdict, code, findings, score } = await auditJson(checklist, {
      repo: repository(before),
      state: temporaryFolder(),
    });
    const questions = readFileSync(checklist, 'utf8').match(/^ {8}manual: /gm)?.length ?? 0;
    const unknown = Object.values(findings).filter((status) => status === 'unknown');
    // The scanner is not there, so nobody knows what it would have found.
    expect(unknown).toHaveLength(questions + judged.length + 1);
    expect({ verdict, code }).toEqual({ verdict: 'no-go', code: 1 });
    expect(score).toBeLessThan(6);
  });

  test('difference: placeholder commands are of low impact in the document and a blocker here', async () => {
    const repo = repository(before);
    const state = temporaryFolder();
    const first = await auditJson(checklist, { repo, state });
    expect(first.err).toMatch(/open blocker/);
    change(repo, fixes);
    installScanners();
    const open = Object.entries(first.findings).flatMap(([id, status]) => (status === 'unknown' ? [id] : []));
    const asked = open.filter((id) => id !== 'validate_security');
    const answers = textFile(
      'answers.yaml',
      asked.map((id) => `${id}: { pass: "seen today"${judged.includes(id) ? ', over: machine' : ''} }\n`).join(''),
    );
    const second = await auditJson(checklist, { repo, state, answers, against: first.run });
    expect(second).toMatchObject({ verdict: 'go', code: 0, findings: {} });
    expect(second.score).toBe(10);
  });
});
