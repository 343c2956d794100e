/** A repository in the state that the process review (003) describes, before and after. */
import type { Contents } from './repository.ts';

const workflow = (deploy: string): string =>
  [
    'name: CI/CD',
    'on: [push]',
    'jobs:',
    '  test:',
    '    services:',
    '      db: { image: postgres }',
    '    steps:',
    '      - run: pytest --cov',
    '      - run: flake8 && black --check . && isort --check .',
    '  cache-service:',
    '    services:',
    '      cache:',
    '        image: redis:7',
    '      database:',
    '        image: postgres:16',
    '  scan:',
    '    steps:',
    '      - uses: aquasecurity/trivy-action@v1',
    '  build:',
    '    steps:',
    '      - uses: docker/build-push-action@v6',
    `        with: { tags: "shop:\${{ github.sha }}", cache-from: "type=gha" }`,
    '  deploy-staging:',
    '    environment: staging',
    '    steps:',
    '      - run: ./scripts/deploy-production.sh staging',
    '      - run: k6 run performance.js',
    '  deploy-production:',
    '    environment: production',
    '    steps:',
    `      - run: ${deploy}`,
    '',
  ].join('\n');

/** As the review finds it. */
export const before: Contents = {
  '.github/workflows/ci-cd.yml': workflow('echo "Deploying to production"'),
  'scripts/deploy-production.sh': [
    '#!/bin/bash',
    'set -euo pipefail',
    ': "${VERSION:?}"',
    'pg_dump shop > backup.sql && pg_restore --list backup.sql',
    'docker compose up -d',
    'curl -f http://localhost/health/ || ./scripts/rollback.sh',
    'aws sns publish --message done',
    '',
  ].join('\n'),
  'scripts/rollback.sh': '#!/bin/bash\nset -e\ndocker compose up -d "$previous"\n',
  'ROLLBACK_PROCEDURES.md':
    '# Rollback procedures\n\nRoll back when health checks fail.\n\n## Emergency rollback\n\nRun `bash scripts/rollback.sh`. Stakeholders are told.\n',
  'database_migration_test.py': 'def test_integrity_after_rollback(): check_row_count()\n',
  'shop/migrations/0001_initial.py': 'dependencies = []\n',
  'core/tests/test_system_health.py': 'def test_smoke(client): assert client.get("/health/").status_code == 200\n',
  'core/urls.py': 'urlpatterns = [path("/health/", health)]\n',
  'infra/alarms.tf': 'resource "aws_cloudwatch_metric_alarm" "errors" {}\n',
  'requirements.txt': 'django\n',
};

/** Its two minor issues are mended. */
export const fixes: Contents = {
  '.github/workflows/ci-cd.yml': `${workflow('./scripts/deploy-production.sh production')}  check:\n    steps:\n      - run: python manage.py migrate --check\n`,
  'poetry.lock': '',
};
