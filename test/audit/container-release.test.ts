/** A repository in the state that the release audit (000) and the release report (001) describe, before and after. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  auditHeard,
  auditJson,
  type Contents,
  change,
  checklistsFolder,
  installScanners,
  repository,
  temporaryFolder,
  textFile,
} from './repository.ts';

const checklist = join(checklistsFolder, 'container-release.yaml');

const troubleshooting = '\n## Troubleshooting\n\nRead the log.\nLook at the release.\nAsk the one who released it.\n';

const before: Contents = {
  Dockerfile: 'FROM python:3.12\nRUN pip install django\nCMD ["python", "manage.py", "runserver"]\n',
  'Dockerfile.prod': [
    'FROM python:3.12-slim AS build',
    'RUN pip install --prefix=/install gunicorn',
    'FROM python:3.12-slim',
    'COPY --from=build /install /usr/local',
    'CMD ["gunicorn", "site.wsgi"]',
    '',
  ].join('\n'),
  'heroku.yml': 'build:\n  docker:\n    web: Dockerfile.prod\nrelease:\n  command:\n    - python manage.py migrate\n',
  Procfile: 'web: gunicorn site.wsgi\n',
  'gunicorn.conf.py': 'accesslog = "-"\naccess_log_format = \'%(h)s %(r)s %(L)s\'\n',
  'deploy-heroku-container.sh': '#!/bin/bash\nset -e\nheroku container:push web\n',
  'deploy-heroku.sh': '#!/bin/bash\n# Legacy way\ngit push heroku main\n',
  'docker-helper.sh': '#!/bin/bash\nset -e\ndocker compose "$@"\n',
  'quick_test.sh': '#!/bin/bash\nset -e\npytest -q\n',
  'docker-compose.yml': 'services:\n  web:\n    build: .\n',
  'docker-compose.prod.yml': 'services:\n  web:\n    build: { dockerfile: Dockerfile.prod }\n',
  'docker.env.template': 'DJANGO_SETTINGS_MODULE=\n',
  'requirements.txt': 'django==5.2\npsycopg==3.2\ngunicorn==23.0\n',
  'site/base.py': 'import os\nINSTALLED_APPS = ["site"]\nSECRET_KEY = os.environ["SECRET_KEY"]\n',
  'README.md': `# Shop\n\n## Deployment\n\nRun \`./deploy-heroku-container.sh now\`.\n${troubleshooting}`,
  'SMOKE_TEST.md': '# Smoke test\n\nOpen the page.\n',
  'DOCKER.md': `# Docker\n\n## Deployment to the platform\n\n\`\`\`sh\nheroku container:push web\n\`\`\`\n${troubleshooting}\n## Setup\n\nInstall.\n`,
  'DOCKER_VIDEO.md': '# Video\n\n## Setup\n\nInstall.\n',
  'docs/AUDIT.md': '# Audit\n\nDate: $(date)\n',
  'tests/test_core.py': 'def test_adds():\n    assert 1 + 1 == 2\n',
  'test_middleware.py': 'def test_passes():\n    pass\n',
  'verify_mobile.py': 'print("mobile")\n',
  'site/production.py': [
    'DEBUG = False',
    'ALLOWED_HOSTS = []',
    'CSRF_USE_SESSIONS = True',
    'DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "OPTIONS": {"sslmode": "require"}}}',
    '',
  ].join('\n'),
  'site/urls.py': 'urlpatterns = [\n    ("health/", views.answer),\n]\n',
};

/** Every finding that the documents list, by the item that finds it. */
const listed = {
  one_deploy_script: [],
  one_deploy_guide: [],
  rollback_documented: [],
  helper_scripts: [],
  duplicate_sections: ['README.md:7'],
  deployment_tested: [],
  legacy_assets: ['deploy-heroku.sh:2'],
  stray_tests: ['quick_test.sh', 'test_middleware.py', 'verify_mobile.py'],
  script_names: [],
  operations_guide: [],
  delivery_pipeline: [],
  tests_run_by_machine: [],
  monitoring: [],
  backups: [],
  reports_are_filled_in: ['docs/AUDIT.md:3'],
  database_options: ['site/production.py:4'],
  url_patterns: ['site/urls.py:2'],
  csrf_sessions: ['site/production.py:3'],
  access_log_format: ['gunicorn.conf.py:2'],
  hosts_named: ['site/production.py:2'],
  static_files: [],
  rollback_triggers: [],
} as const;

const fixes: Contents = {
  Dockerfile: null,
  'Dockerfile.prod': [
    'FROM python:3.12-slim AS build',
    'RUN pip install --prefix=/install gunicorn',
    'FROM python:3.12-slim',
    'COPY --from=build /install /usr/local',
    'USER app',
    'HEALTHCHECK CMD curl -f http://127.0.0.1:8000/health/',
    'CMD ["gunicorn", "site.wsgi"]',
    '',
  ].join('\n'),
  '.dockerignore': '.git\ntests\n',
  'deploy-heroku.sh': null,
  'docker-helper.sh': null,
  'quick_test.sh': null,
  'test_middleware.py': null,
  'verify_mobile.py': null,
  'DOCKER.md': null,
  'DOCKER_VIDEO.md': null,
  'docs/AUDIT.md': '# Audit\n\nDate: 2026-11-21\n',
  'README.md': '# Shop\n\nHow to deploy is in docs/OPERATIONS.md.\n',
  'docs/OPERATIONS.md': [
    '# Operations',
    '',
    '## Deployment',
    '',
    'Run `./deploy-heroku-container.sh web`; a backup comes first.',
    '',
    '## Smoke test',
    '',
    '`curl -f https://shop.example/health/`',
    '',
    '## Rollback',
    '',
    'Roll back when the smoke test fails:',
    '',
    '- run `heroku rollback v12 --app shop`',
    '',
  ].join('\n'),
  'docs/RELEASE_1.md': '# Release 1\n',
  'tests/test_smoke.py': 'def test_health_answers(client):\n    assert client.get("/health/").status_code == 200\n',
  '.github/workflows/ci.yml':
    'jobs:\n  test:\n    steps:\n      - run: pytest\n      - run: docker build -f Dockerfile.prod .\n      - run: curl -f http://localhost:8000/health/\n      - run: pg_dump shop > shop.sql\n',
  'requirements.txt': 'django==5.2\npsycopg==3.2\nsentry-sdk==2.0.0\n',
  'gunicorn.conf.py': 'accesslog = "-"\naccess_log_format = \'%(h)s %(r)s\'\n',
  'site/production.py': [
    'import os',
    'DEBUG = False',
    'ALLOWED_HOSTS = os.environ["HOSTS"].split(",")',
    'STATIC_ROOT = "/srv/static"',
    'ENGINE = os.environ["ENGINE"]',
    'OPTIONS = {}',
    'if "postgres" in ENGINE:',
    '    OPTIONS = {"sslmode": "require"}  # sqlite knows none',
    '',
  ].join('\n'),
  'site/urls.py': 'urlpatterns = [\n    path("health/", views.answer),\n]\n',
};

const answers = [
  'scaling_plan: { pass: "Two dynos, docs/OPERATIONS.md" }',
  'media_delivery: { na: "The service takes no uploads" }',
  'security_review: { partial: "2026-09-01, one finding is open" }',
  '',
].join('\n');

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
