/** A repository in the state that the procedures audit (002) describes, before and after. */
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

const checklist = join(checklistsFolder, 'deployment-procedures.yaml');

const before: Contents = {
  'docker-compose.yml': [
    'services:',
    '  backend:',
    '    build: ./backend',
    '    depends_on: [db, redis]',
    '  db:',
    '    image: postgres:16',
    '    volumes: [data:/var/lib/postgresql/data]',
    '  redis:',
    '    image: redis:7',
    'networks:',
    '  inner: {}',
    'volumes:',
    '  data: {}',
    '',
  ].join('\n'),
  'backend/Dockerfile': 'FROM python:3.12 AS build\nFROM python:3.12-slim\nCMD ["uvicorn", "app.main:app"]\n',
  'frontend/package.json':
    '{ "name": "frontend", "scripts": { "build": "vite build" }, "dependencies": { "react-dom": "19.0.0" } }\n',
  'backend/requirements.txt': 'fastapi==0.115\nuvicorn==0.30\nsqlalchemy==2.0\nalembic==1.14\n',
  'backend/app/main.py': [
    'import logging',
    'from fastapi.middleware.cors import CORSMiddleware',
    'from fastapi.middleware.httpsredirect import HTTPSRedirectMiddleware',
    'logging.getLogger("app").addHandler(logging.FileHandler("app.log"))',
    '@app.get("/health")',
    'def health(): return {"status": "ok"}',
    '# /metrics of prometheus is not served yet',
    '',
  ].join('\n'),
  'backend/app/database.py':
    'url = os.environ["DATABASE_URL"]\nengine = create_engine(url, pool_size=5)\nsessions = redis.Redis()\n',
  'backend/alembic.ini': '[alembic]\n',
  'backend/alembic/versions/0001_initial.py': 'def upgrade():\n    pass\n',
  'start-mvp-docker.sh': '#!/bin/bash\nset -e\ndocker compose up -d\n',
  'deploy.sh': '#!/bin/bash\nset -e\ngit pull\ndocker compose up -d --build\n',
  'README.md': '# Shop\n\n## Deployment\n\nRun ./deploy.sh, or ./deploy-mvp.sh for the MVP. Variables are in .env.\n',
  '.env.development': 'DEBUG=1\n',
  '.env.production': 'SECRET_KEY=changeme-in-production\n',
  '.env.testing': 'DEBUG=1\n',
  '.github/workflows/test.yml': 'jobs:\n  test:\n    steps:\n      - run: pytest\n',
};

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

const fixes: Contents = {
  'deploy.sh': [
    '#!/bin/bash',
    'set -e',
    'pg_dump shop > before.sql  # the backup',
    'docker compose -f docker-compose.yml -f docker-compose.prod.yml up -d --wait',
    'curl -f https://shop.example/health || { echo rollback; docker compose up -d "$previous"; alembic downgrade -1; }',
    '',
  ].join('\n'),
  'start-mvp-docker.sh': null,
  'docker-compose.prod.yml':
    'services:\n  backend:\n    healthcheck: { test: curl -f http://127.0.0.1/health }\n    deploy: { replicas: 2 }\n',
  'backend/Dockerfile': 'FROM python:3.12 AS build\nFROM python:3.12-slim\nUSER app\nCMD ["uvicorn", "app.main:app"]\n',
  'frontend/Dockerfile': 'FROM node:24 AS build\nRUN npm run build\nFROM nginx:1.27\nUSER nginx\n',
  '.github/workflows/deploy.yml':
    'jobs:\n  deploy:\n    steps:\n      - uses: docker/build-push-action@v6\n      - run: trivy image shop\n      - run: ./deploy.sh\n',
  '.env.production': 'SECRET_KEY=\n',
  '.env.example': 'SECRET_KEY=\n',
  'README.md':
    '# Shop\n\n## Deployment\n\nRun ./deploy.sh. `DATABASE_URL=` comes from the vault.\n\n## Rollback\n\n- check out the previous tag\n- run `./deploy.sh again`\n',
};

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
    const path = textFile(
      'answers.yaml',
      [
        'several_regions: { na: "One region was decided" }',
        'secret_rotation: { pass: "Every quarter by the vault, last on 2026-10-01" }',
        'restore_tried: { pass: "2026-10-12, 14 minutes" }',
        '',
      ].join('\n'),
    );
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
