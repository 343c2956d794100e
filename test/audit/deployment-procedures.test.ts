/** A repository in the state that the procedures audit (002) describes, before and after. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { answers, before, fixes } from './procedures-audit.ts';
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

const checklist = join(checklistsFolder, 'deployment-procedures.yaml');

/** Every gap that the document lists, by the item that finds it. */
const listed = {
  production_overrides: [],
  frontend_image: [],
  reverse_proxy: [],
  scripts_check_health: ['deploy.sh:1', 'start-mvp-docker.sh:1'],
  scripts_roll_back: [],
  scripts_named_exist: ['README.md:5'],
  env_runtime: [],
  secret_store: [],
  secret_rotation: [],
  secret_placeholders: ['.env.production:1'],
  deploy_workflow: [],
  image_workflow: [],
  deploy_targets: [],
  migrations_go_back: [],
  backups_automatic: [],
  disaster_recovery: [],
  metrics_collected: [],
  tracing: [],
  dashboards: [],
  logs_central: [],
  logs_rotate: [],
  application_firewall: [],
  image_scanning: [],
  container_user: ['backend/Dockerfile:2'],
  runtime_security: [],
  load_balancing: [],
  auto_scaling: [],
  health_checks_automatic: [],
  rollback_documented: [],
  several_regions: [],
  content_delivery: [],
  zero_downtime: [],
} as const;

/** What the document ticks. */
const inPlace = [
  'compose_file',
  'service_dependencies',
  'networks_defined',
  'volumes_persist',
  'backend_image',
  'backend_multi_stage',
  'deploy_script',
  'env_files',
  'test_workflow',
  'migrations',
  'first_migration',
  'health_endpoint',
  'logs_written',
  'cors_configured',
  'https_redirect',
  'stateless_backend',
  'database_pooling',
];

describe('a repository as the procedures audit describes it', () => {
  test('every gap that the document lists is found, at its place', async () => {
    const { findings, evidence } = await auditJson(checklist, { repo: repository(before), state: temporaryFolder() });
    for (const [id, places] of Object.entries(listed)) {
      expect(findings, id).toHaveProperty(id);
      for (const place of places) expect(evidence[id], id).toContain(place);
    }
  });

  test('what the document ticks is no finding', async () => {
    const { findings } = await auditJson(checklist, { repo: repository(before), state: temporaryFolder() });
    for (const id of inPlace) expect(findings, id).not.toHaveProperty(id);
  });

  test('the verdict is as in the document: not ready', async () => {
    const { code, verdict, score } = await auditJson(checklist, { repo: repository(before), state: temporaryFolder() });
    expect({ code, verdict }).toEqual({ code: 1, verdict: 'no-go' });
    expect(score).toBeLessThan(6);
  });

  test('with the high priorities fixed no blocker is left, and every category is at least as good', async () => {
    const repo = repository(before);
    const state = temporaryFolder();
    const first = await auditJson(checklist, { repo, state });
    change(repo, fixes);
    const path = textFile('answers.yaml', JSON.stringify(answers));
    installScanners();
    const second = await auditJson(checklist, { repo, state, answers: path, against: first.run });
    expect(second).toMatchObject({ code: 0, verdict: 'go' });
    expect(second.score ?? 0).toBeGreaterThan(first.score ?? 10);
    for (const [id, { score }] of Object.entries(second.categories)) {
      expect(score ?? 0, id).toBeGreaterThanOrEqual(first.categories[id]?.score ?? 0);
    }
    const heard = await auditHeard(checklist, { repo, state, answers: path });
    expect(heard.out).toContain(`Compared with ${second.run} (go, `);
  });
});
