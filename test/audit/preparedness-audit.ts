/** A repository in the state that the preparedness audit (004) describes, before and after. */
import type { Contents } from './repository.ts';

/** As the audit finds it. */
export const before: Contents = {
  'src/backend/pyproject.toml':
    '[project]\nname = "backend"\ndependencies = ["fastapi", "sqlalchemy", "redis", "boto3"]\n',
  'src/backend/app/core/config.py': [
    'class Settings(BaseSettings):',
    '    SECRET_KEY: str = "dev-secret-key"',
    '    DATABASE_URL: str = "sqlite+aiosqlite:///./app.db"',
    '    ALLOWED_ORIGINS: list[str] = [',
    '        "http://localhost:3000",',
    '        "http://localhost:5173",',
    '    ]',
    '',
  ].join('\n'),
  'src/backend/app/database.py':
    'from sqlalchemy.ext.asyncio import create_async_engine\nengine = create_async_engine(settings.DATABASE_URL)\n',
  'src/backend/app/main.py': [
    'import logging',
    'logger = logging.getLogger(__name__)',
    '@app.get("/health")',
    'async def health(): return {"database": await ask_database()}',
    '@app.post("/login")',
    'async def login(response): response.set_cookie("token", token, secure=True, samesite="lax")',
    '',
  ].join('\n'),
  'src/backend/alembic/versions/0001_initial.py': 'from alembic import op\n',
  'src/backend/tests/test_users.py': 'def test_users(): assert True\n',
  'src/frontend/package.json':
    '{ "scripts": { "build": "tsc && vite build", "lint": "eslint ." }, "dependencies": { "react-dom": "19.0.0" } }\n',
  'src/frontend/src/camera.ts': [
    'const base = import.meta.env.VITE_API_BASE_URL;',
    'const wasm = "https://cdn.jsdelivr.net/npm/vision/wasm";',
    'const stream = await navigator.mediaDevices.getUserMedia({ video: true });',
    '',
  ].join('\n'),
  'src/frontend/public/pip.webm': 'x'.repeat(1024 * 1024),
  'README.md': '# Learning\n\nRun it.\n',
};

/** Its blockers of priority 0 are mended. */
export const p0Fixes: Contents = {
  'src/backend/app/core/config.py': [
    'import os',
    'class Settings(BaseSettings):',
    '    SECRET_KEY: str',
    '    DATABASE_URL: str = os.environ["DATABASE_URL"].replace("postgres://", "postgresql+asyncpg://")',
    '    ALLOWED_ORIGINS: list[str] = ["https://learning.example", "http://localhost:3000"]',
    '',
  ].join('\n'),
};

/** Those of priority 1 too. */
export const p1Fixes: Contents = {
  'src/backend/app/main.py': [
    'import sentry_sdk',
    '@app.get("/health")',
    'async def health(): return {"database": await ask(), "redis": await redis.ping(), "s3": await s3.head()}',
    'response.set_cookie("token", token, secure=True)',
    '',
  ].join('\n'),
  'src/backend/uv.lock': 'version = 1\n',
  'src/frontend/package-lock.json': '{ "lockfileVersion": 3 }\n',
};

/** What it recommends before a first deployment beside its blockers: enough for a go. */
export const recommended: Contents = {
  'src/backend/pyproject.toml':
    '[project]\nname = "backend"\ndependencies = ["fastapi", "sqlalchemy", "greenlet", "asyncpg", "redis", "boto3", "sentry-sdk", "slowapi", "prometheus-client"]\n',
  'src/backend/app/limits.py': 'from slowapi import Limiter\nlimiter = Limiter(key_func=get_remote_address)\n',
  'src/backend/app/metrics.py':
    'import logging\nfrom prometheus_client import Counter\nlogging.basicConfig(level="INFO")\n',
  'src/backend/tests/test_api.py': [
    'client = TestClient(app)',
    'def test_health(): assert client.get("/health").status_code == 200',
    'def test_login(): assert client.post("/login").status_code == 422',
    '',
  ].join('\n'),
  'src/backend/tests/test_progress.py':
    'def test_progress(): assert client.get("/api/v1/progress").status_code == 401\n',
  'src/frontend/e2e/login.spec.ts':
    "import { test } from '@playwright/test';\ntest('a child logs in', async ({ page }) => {\n  await page.goto('/');\n});\n",
  'scripts/smoke-test.sh': '#!/bin/bash\nset -e\ncurl -f https://learning.example/health\n',
  'scripts/backup.sh': '#!/bin/bash\nset -e\npg_dump --format=custom --file learning.dump "$DATABASE_URL"\n',
  '.env.example': 'SECRET_KEY=\nDATABASE_URL=\nREDIS_URL=\nALLOWED_ORIGINS=\nSENTRY_DSN=\nVITE_API_BASE_URL=\n',
  '.github/workflows/ci.yml': [
    'jobs:',
    '  test:',
    '    services:',
    '      db:',
    '        image: postgres:16',
    '    steps:',
    '      - run: uv run pytest',
    '      - run: npm ci && npm run build',
    '      - run: npx playwright test',
    '',
  ].join('\n'),
  'docs/DEPLOYMENT.md': [
    '# Deployment',
    '',
    '## Requirements',
    '',
    'Python 3.12, PostgreSQL 16 and Redis 7.',
    '',
    '## Deploy to production',
    '',
    '1. Set the variables of `.env.example` in `/etc/app/app.env`: `SECRET_KEY` is a random text of 48 characters.',
    '2. Run `gonogo run runbooks/fullstack-release.yaml`.',
    '',
    '## Environment variables',
    '',
    '- `DATABASE_URL`: where PostgreSQL is',
    '- `SECRET_KEY`: what tokens are signed with',
    '',
    '## Troubleshooting',
    '',
    '- Nothing answers: `journalctl --unit app-backend.service`',
    '',
    '## Monitoring',
    '',
    '- Metrics: Prometheus reads `/metrics`; an alert fires above 1 % errors',
    '',
    '## Rollback',
    '',
    '- run `gonogo rollback latest`',
    '',
    '## Disaster recovery',
    '',
    '```sh',
    'pg_restore --clean --dbname learning learning.dump',
    '```',
    '',
  ].join('\n'),
  'README.md': '# Learning\n\nHow to deploy is in docs/DEPLOYMENT.md.\n',
};

/** What only people know. */
export const answers = {
  health_covers_dependencies: { pass: 'Database, redis and s3, seen in main.py' },
  token_expiry: { pass: 'After 30 minutes; renewal tested on 2026-11-20' },
  storage_configured: { pass: 'The bucket learning-uploads' },
  certificates_ready: { pass: 'learning.example, until 2027-02-01' },
  rollback_tested: { pass: '2026-11-20 in staging, 4 minutes' },
  alerts_reach_somebody: { pass: 'The pager; a test alert on 2026-11-20' },
  static_assets_built: { pass: 'That of this release' },
};
