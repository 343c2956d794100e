/** A repository in the state that the preparedness audit (004) describes, before and after. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { before, p0Fixes, p1Fixes } from './preparedness-audit.ts';
import {
  auditJson,
  change,
  checklistsFolder,
  installScanners,
  repository,
  temporaryFolder,
  textFile,
} from './repository.ts';

const checklist = join(checklistsFolder, 'deployment-preparedness.yaml');

/** Every finding that the document lists, by the item that finds it. */
const listed = {
  runtime_dependencies: ['src/backend/pyproject.toml:1'],
  lock_file: ['src/backend/pyproject.toml:1'],
  requirements_documented: [],
  production_database: [],
  production_database_tested: [],
  database_pool: [],
  database_url_from_environment: ['src/backend/app/core/config.py:3'],
  secret_key_default: ['src/backend/app/core/config.py:2'],
  secrets_required: [],
  cors_origins: ['src/backend/app/core/config.py:5', 'src/backend/app/core/config.py:6'],
  unused_services: ['src/backend/pyproject.toml:3'],
  endpoints_tested: [],
  frontend_variables: ['src/frontend/src/camera.ts:1'],
  third_party_scripts: ['src/frontend/src/camera.ts:2'],
  video_formats: ['src/frontend/public/pip.webm:1'],
  permissions_denied: ['src/frontend/src/camera.ts:3'],
  asset_sizes: ['src/frontend/public/pip.webm:1'],
  token_expiry: [],
  health_covers_dependencies: [],
  error_tracking: [],
  unit_tests: ['src/backend/tests/test_users.py'],
  integration_tests: [],
  e2e_tests: [],
  load_tests: [],
  security_tests: [],
  deployment_guide: [],
  variables_documented: [],
  troubleshooting: [],
  monitoring_guide: [],
  rate_limits: [],
  log_collection: [],
  monitoring: [],
  content_delivery: [],
  backups: [],
  recovery_plan: [],
} as const;

/** The document's blockers, P0 first. What the health endpoint asks is no matter of words: that is asked of a person. */
const blockers = ['secret_key_default', 'production_database', 'cors_origins', 'error_tracking'];
const asked = 'health_covers_dependencies: { pass: "database, redis and s3, seen in main.py" }\n';

describe('a repository as the preparedness audit describes it', () => {
  test('every finding that the document lists is found, at its place', async () => {
    const { findings, evidence } = await auditJson(checklist, { repo: repository(before), state: temporaryFolder() });
    for (const [id, places] of Object.entries(listed)) {
      expect(findings, id).toHaveProperty(id);
      for (const place of places) expect(evidence[id], id).toContain(place);
    }
  });

  test('what the document ticks is no finding', async () => {
    const { findings } = await auditJson(checklist, { repo: repository(before), state: temporaryFolder() });
    for (const id of [
      'health_endpoint',
      'migrations',
      'frontend_builds',
      'frontend_types',
      'frontend_lint',
      'cookies_secure',
    ]) {
      expect(findings, id).not.toHaveProperty(id);
    }
  });

  test('the verdict is as in the document: not ready, for its P0 and P1 blockers', async () => {
    const { code, verdict, err } = await auditJson(checklist, { repo: repository(before), state: temporaryFolder() });
    expect({ code, verdict }).toEqual({ code: 1, verdict: 'no-go' });
    expect(err).toContain('open blockers');
    for (const id of blockers) expect(err).toContain(id);
  });

  test('difference: a requirement that fails leaves what rests on it unknown, where the document says nothing', async () => {
    const { findings } = await auditJson(checklist, { repo: repository(before), state: temporaryFolder() });
    expect(findings['secrets_required']).toBe('unknown');
  });

  test('fixing P0, then P1, resolves those and nothing gets worse', async () => {
    const repo = repository(before);
    const state = temporaryFolder();
    const first = await auditJson(checklist, { repo, state });
    change(repo, p0Fixes);
    const second = await auditJson(checklist, { repo, state });
    for (const id of blockers.slice(0, 3)) expect(second.findings, id).not.toHaveProperty(id);
    expect(second.findings).not.toHaveProperty('secrets_required');
    expect(second.findings['error_tracking']).toBe('failed');
    change(repo, p1Fixes);
    const third = await auditJson(checklist, { repo, state, answers: textFile('asked.yaml', asked) });
    for (const id of [...blockers, 'health_covers_dependencies']) expect(third.findings, id).not.toHaveProperty(id);
    const scores = [first, second, third].map(({ score }) => score ?? 0);
    expect(scores).toEqual([...scores].sort((a, b) => a - b));
    expect(new Set(scores).size).toBe(3);
  });

  test('difference: a score below the least is a no-go after every blocker is gone', async () => {
    installScanners();
    const repo = repository({ ...before, ...p0Fixes, ...p1Fixes });
    const unanswered = await auditJson(checklist, { repo, state: temporaryFolder() });
    const open = Object.entries(unanswered.findings).flatMap(([id, status]) => (status === 'unknown' ? [id] : []));
    const left = open.filter((id) => id !== 'health_covers_dependencies');
    const text = `${asked}${left.map((id) => `${id}: { fail: "not yet" }\n`).join('')}`;
    const answered = await auditJson(checklist, { repo, state: temporaryFolder(), answers: textFile('a.yaml', text) });
    expect(answered).toMatchObject({ verdict: 'no-go', code: 1 });
    expect(answered.score).toBeLessThan(5);
    expect(Object.values(answered.findings)).not.toContain('unknown');
    expect(blockers.filter((id) => id in answered.findings)).toEqual([]);
  });
});
