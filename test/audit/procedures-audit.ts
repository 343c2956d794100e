/** A repository in the state that the procedures audit (002) describes, before and after. */
import type { Contents } from './repository.ts';

/** As the audit finds it. */
export const before: Contents = {
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

/** What it calls high priority is mended. */
export const fixes: Contents = {
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

/** What only people know. */
export const answers = {
  several_regions: { na: 'One region was decided' },
  secret_rotation: { pass: 'Every quarter by the vault, last on 2026-10-01' },
  restore_tried: { pass: '2026-10-12, 14 minutes' },
  deploy_documented: { pass: 'A newcomer deployed by it', over: 'machine' },
  rollback_documented: { pass: 'Followed on 2026-10-12', over: 'machine' },
};
