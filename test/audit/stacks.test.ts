/** Small repositories, one a stack: what does not concern a stack is not applicable, good ones pass, bad ones fail where they are bad. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  auditJson,
  type Contents,
  checklistsFolder,
  packageFolder,
  repository,
  temporaryFolder,
} from './repository.ts';

/** Results of `ids` by the checklist `name`, for a repository with `contents`. */
async function results(
  name: string,
  contents: Contents,
  ids: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const checklist = join(checklistsFolder, `${name}.yaml`);
  const { items } = await auditJson(checklist, { repo: repository(contents), state: temporaryFolder() });
  return Object.fromEntries(items.filter(({ id }) => ids.includes(id)).map(({ id, result }) => [id, result]));
}

interface Stack {
  readonly checklist: string;
  readonly good: Contents;
  /** What is otherwise in the bad state. */
  readonly bad: Contents;
  /** Results in the good and in the bad state. */
  readonly expected: Readonly<Record<string, readonly [good: string, bad: string]>>;
}

const workflow = (...commands: readonly string[]): string =>
  `on: [push]\njobs:\n  all:\n    runs-on: ubuntu-latest\n    steps:\n${commands.map((one) => `      - ${one}\n`).join('')}`;

const stacks: Readonly<Record<string, Stack>> = {
  'Django on Heroku': {
    checklist: 'container-release',
    good: {
      'shop/migrations/0001_initial.py': 'operations = []\n',
      'README.md': '# Shop\n',
      'requirements.txt': 'django==5.2\npsycopg==3.2\ngunicorn==23.0\nsentry-sdk==2.0\n',
      'shop/settings.py':
        'import os\nINSTALLED_APPS = ["shop"]\nDEBUG = False\nALLOWED_HOSTS = os.environ["HOSTS"].split(",")\nSTATIC_ROOT = "/srv/static"\n',
      'shop/urls.py': 'urlpatterns = [\n    path("health/", health),\n]\n',
      'shop/tests.py': 'class ShopTest(TestCase):\n    def test_health(self):\n        self.client.get("/health/")\n',
      Dockerfile: 'FROM python:3.13-slim AS build\nFROM python:3.13-slim\nUSER app\nCMD ["gunicorn", "shop.wsgi"]\n',
      'heroku.yml': 'build:\n  docker:\n    web: Dockerfile\nrelease:\n  command:\n    - python manage.py migrate\n',
      '.env.example': 'HOSTS=\n',
    },
    bad: {
      'shop/settings.py': 'INSTALLED_APPS = ["shop"]\nALLOWED_HOSTS = ["*"]\nCSRF_USE_SESSIONS = True\n',
      'shop/urls.py': 'urlpatterns = [\n    ("shop/", index),\n]\n',
      'shop/tests.py': '# def test_later(): pass\n',
      Dockerfile: 'FROM python\nENV SECRET_KEY=abcdefgh\nUSER root\nCMD python manage.py runserver 0.0.0.0:80\n',
      'heroku.yml': 'build:\n  docker:\n    web: Dockerfile\n',
      '.env': 'SECRET_KEY=abcdefgh\n',
    },
    expected: {
      multi_stage: ['pass', 'fail'],
      base_image_pinned: ['pass', 'fail'],
      non_root: ['pass', 'fail'],
      image_holds_no_secret: ['pass', 'fail'],
      release_phase: ['pass', 'fail'],
      production_server: ['pass', 'fail'],
      tests_exist: ['pass', 'fail'],
      health_endpoint: ['pass', 'fail'],
      hosts_named: ['pass', 'fail'],
      url_patterns: ['pass', 'fail'],
      csrf_sessions: ['pass', 'fail'],
      static_files: ['pass', 'fail'],
      env_not_committed: ['na', 'fail'],
      compose_production: ['na', 'na'],
    },
  },
  'FastAPI and React in one repository, with uv and bun': {
    checklist: 'deployment-preparedness',
    good: {
      'pyproject.toml': '[tool.uv.workspace]\nmembers = ["backend"]\n',
      'uv.lock': 'version = 1\n',
      'backend/pyproject.toml':
        '[project]\nname = "app"\ndependencies = [\n  "fastapi>=0.115",\n  "sqlmodel",\n  "alembic",\n  "psycopg",\n]\n',
      'backend/app/config.py': 'class Settings(BaseSettings):\n    SECRET_KEY: str\n    DATABASE_URL: PostgresDsn\n',
      'backend/app/db.py': 'engine = create_engine(settings.DATABASE_URL)\n',
      'backend/app/main.py': 'import sentry_sdk\n@app.get("/health")\ndef health(): ...\n',
      'backend/app/alembic/versions/1_first.py': 'def upgrade(): ...\ndef downgrade(): ...\n',
      'backend/tests/test_api.py': 'client = TestClient(app)\ndef test_items():\n    client.get("/items")\n',
      'package.json': '{ "workspaces": ["frontend"] }\n',
      'bun.lock': '{}\n',
      'frontend/package.json':
        '{ "scripts": { "build": "tsc && vite build", "lint": "biome check" }, "dependencies": { "react-dom": "19" } }\n',
      '.github/workflows/test.yml': workflow('run: docker compose up -d db', 'run: uv run bash scripts/test.sh'),
    },
    bad: {
      'uv.lock': null,
      'backend/app/config.py': 'SECRET_KEY: str = "insecure-and-known"\nALLOWED_ORIGINS = ["http://localhost:3000"]\n',
      'backend/app/main.py': 'event = item.webkitGetAsEntry()\nresponse.set_cookie("a", b)\n# sentry\n',
      'backend/tests/test_api.py': 'x = 1\n',
      '.github/workflows/test.yml': workflow('run: echo tests'),
      'frontend/package.json': '{ "dependencies": { "react-dom": "19" } }\n',
    },
    expected: {
      health_endpoint: ['pass', 'fail'],
      lock_file: ['pass', 'fail'],
      secret_key_default: ['pass', 'fail'],
      error_tracking: ['pass', 'fail'],
      cors_origins: ['na', 'fail'],
      cookies_secure: ['na', 'fail'],
      integration_tests: ['pass', 'fail'],
      production_database_tested: ['pass', 'fail'],
      frontend_builds: ['pass', 'fail'],
      frontend_lint: ['pass', 'fail'],
      migrations: ['pass', 'pass'],
    },
  },
  'a product for Compose': {
    checklist: 'deployment-procedures',
    good: {
      'compose.yaml':
        'services:\n  app:\n    image: example/app:1.2\n    restart: unless-stopped\n    depends_on: [db]\n    healthcheck:\n      test: curl -f http://localhost/health\n    logging: { options: { max-size: 10m } }\n  db:\n    image: postgres:17\n    volumes:\n      - data:/var/lib/postgresql\nnetworks:\n  inner: {}\nvolumes:\n  data: {}\n',
      'scripts/backup.sh': '#!/bin/sh -e\npg_dump app > app.sql\n',
      'docs/operations.md':
        '# Operations\n\n## Roll back\n\n1. put the old tag into the file\n2. start it again\n\n## Restore\n\n```sh\npsql app < app.sql\n```\n',
    },
    bad: {
      'compose.yaml':
        'services:\n  app:\n    image: example/app:1.2\n    restart: always\n    environment:\n      - DB_PASSWORD=changethis\n  db:\n    image: postgres:17\n    healthcheck:\n      test: pg_isready\n',
      'scripts/backup.sh': null,
      'docs/operations.md': '# Operations\n\n## Roll back\n\nWe roll back quickly.\n\n## Restore\n',
    },
    expected: {
      service_dependencies: ['pass', 'fail'],
      networks_defined: ['pass', 'fail'],
      volumes_persist: ['pass', 'fail'],
      secret_placeholders: ['pass', 'fail'],
      backups_automatic: ['pass', 'fail'],
      disaster_recovery: ['unknown', 'fail'],
      rollback_documented: ['unknown', 'fail'],
      logs_rotate: ['pass', 'fail'],
      migrations: ['na', 'na'],
      logs_written: ['na', 'na'],
      packages_audited: ['na', 'na'],
    },
  },
  'Terraform on ECS': {
    checklist: 'deployment-procedures',
    good: {
      'infra/main.tf':
        'resource "aws_lb" "web" {}\nresource "aws_appautoscaling_target" "web" {}\nresource "aws_dynamodb_table" "t" {\n  point_in_time_recovery { enabled = true }\n}\n',
      'infra/health.tf': 'resource "aws_lb_target_group" "web" {\n  health_check {\n    path = "/status"\n  }\n}\n',
      'infra/CodePipeline/main.tf':
        'resource "aws_codepipeline" "p" {\n  stage {\n    action {\n      category = "Deploy"\n      provider = "CodeDeployToECS"\n    }\n  }\n}\n',
      'infra/deploy.tf':
        'resource "aws_codedeploy_deployment_group" "g" {\n  auto_rollback_configuration { enabled = true }\n}\n',
      'app/server/Dockerfile': 'FROM node:22\nUSER node\nCMD ["node", "app.js"]\n',
      'app/server/package.json': '{ "dependencies": { "express": "5" } }\n',
      'app/server/app.js': "app.use(cors({ origin: 'https://shop.example' }));\napp.get('/status', ok);\n",
    },
    bad: {
      'infra/main.tf': 'resource "aws_dynamodb_table" "t" {}\n',
      'infra/health.tf': null,
      'infra/CodePipeline/main.tf': null,
      'infra/deploy.tf': 'resource "aws_ecs_service" "s" {}\n',
      'app/server/Dockerfile': 'FROM node:22\nCMD ["node", "app.js"]\n',
      'app/server/app.js': 'app.use(cors());\n',
    },
    expected: {
      load_balancing: ['pass', 'fail'],
      auto_scaling: ['pass', 'fail'],
      deploy_workflow: ['pass', 'fail'],
      health_checks_automatic: ['pass', 'fail'],
      scripts_roll_back: ['pass', 'fail'],
      backups_automatic: ['pass', 'fail'],
      cors_configured: ['pass', 'fail'],
      container_user: ['pass', 'fail'],
      health_endpoint: ['pass', 'fail'],
      migrations: ['na', 'na'],
      database_pooling: ['na', 'na'],
      production_overrides: ['na', 'na'],
    },
  },
  'a Node service': {
    checklist: 'web-service-production',
    good: {
      'package.json': '{ "dependencies": { "express": "5", "pg": "8", "pino": "9", "@sentry/node": "9" } }\n',
      'package-lock.json': '{}\n',
      'src/app.js':
        "app.get('/healthz', ok);\nprocess.on('SIGTERM', () => server.close());\nconst url = process.env.DATABASE_URL;\nfetch(url, { timeout: 5000 });\n",
      Dockerfile:
        'FROM node:22\nEXPOSE 3000\nHEALTHCHECK CMD curl -f http://localhost:3000/healthz\nCMD ["node", "src/app.js"]\n',
      '.env.example': 'DATABASE_URL=\n',
    },
    bad: {
      'package-lock.json': null,
      'package.json': '{ "dependencies": { "express": "5", "pg": "8" } }\n',
      'src/app.js':
        "const secret = process.env.JWT_SECRET || 'keyboard cat';\nconst upload = multer({ dest: 'uploads/' });\n",
      Dockerfile: 'FROM node:22\nCMD node src/app.js\n',
      '.env.example': null,
    },
    expected: {
      dependencies_locked: ['pass', 'fail'],
      config_template: ['pass', 'fail'],
      secrets_not_defaulted: ['pass', 'fail'],
      health_endpoint: ['pass', 'fail'],
      health_probed: ['pass', 'fail'],
      graceful_stop: ['pass', 'fail'],
      timeouts_set: ['pass', 'fail'],
      start_is_exec: ['pass', 'fail'],
      stateless: ['pass', 'fail'],
      errors_reported: ['pass', 'fail'],
      restore_tried: ['na', 'na'],
    },
  },
  'a Go service': {
    checklist: 'deployment-process',
    good: {
      'go.mod': 'module shop\nrequire github.com/jackc/pgx/v5 v5.7.0\n',
      'go.sum': 'x\n',
      'main.go': 'http.HandleFunc("/healthz", ok)\nhttp.ListenAndServe(":80", nil)\n',
      'migrations/001_first.up.sql': 'CREATE TABLE a ();\n',
      'migrations/001_first.down.sql': 'DROP TABLE a; -- +migrate Down\n',
      Dockerfile: 'FROM golang:1.25 AS build\nFROM scratch\nEXPOSE 80\nENTRYPOINT ["/shop"]\n',
      Makefile: 'test:\n\tgo test -cover ./...\n\ndeploy:\n\tkubectl apply -f k8s\n',
      '.github/workflows/ci.yml': workflow(
        'run: make test',
        'run: golangci-lint run',
        'uses: aquasecurity/trivy-action@v1',
        'uses: docker/build-push-action@v6',
        'run: make deploy',
        'run: goose up',
      ),
    },
    bad: {
      'go.sum': null,
      'main.go': 'http.ListenAndServe(":80", nil)\n',
      'migrations/001_first.down.sql': null,
      '.github/workflows/ci.yml': workflow('run: echo "Deploying to production"'),
    },
    expected: {
      pipeline_tests: ['pass', 'fail'],
      pipeline_coverage: ['pass', 'fail'],
      pipeline_lint: ['pass', 'fail'],
      pipeline_security_scan: ['pass', 'fail'],
      pipeline_builds_images: ['pass', 'fail'],
      pipeline_deploys: ['pass', 'fail'],
      migration_files: ['pass', 'pass'],
      migration_undo: ['pass', 'fail'],
      health_endpoints: ['pass', 'fail'],
      package_lock_file: ['pass', 'fail'],
      pipeline_cache: ['na', 'na'],
    },
  },
  'a library that deploys nothing': {
    checklist: 'deployment-process',
    good: {
      'package.json': '{ "name": "lib", "scripts": { "test": "ava", "lint": "xo" } }\n',
      'index.js': 'export const next = () => up;\n',
      'test/a.js': "test('adds', (t) => t.is(1, 1));\n",
      '.github/workflows/main.yml': workflow('run: npm test', 'run: npm run lint'),
    },
    bad: { '.github/workflows/main.yml': workflow('run: echo done') },
    expected: {
      pipeline_tests: ['pass', 'fail'],
      pipeline_lint: ['pass', 'fail'],
      pipeline_deploys: ['na', 'na'],
      pipeline_staging: ['na', 'na'],
      migration_files: ['na', 'na'],
      migration_backup: ['na', 'na'],
      smoke_tests: ['na', 'na'],
      health_endpoints: ['na', 'na'],
      alerts_defined: ['na', 'na'],
      rollback_plan: ['na', 'na'],
      package_lock_file: ['na', 'na'],
    },
  },
};

describe.each(Object.entries(stacks))('%s', (_, { checklist, good, bad, expected }) => {
  const ids = Object.keys(expected);

  test('in a good state', async () => {
    const wanted = Object.fromEntries(Object.entries(expected).map(([id, [result]]) => [id, result]));
    expect(await results(checklist, good, ids)).toEqual(wanted);
  });

  test('in a bad state', async () => {
    const merged = Object.fromEntries(Object.entries({ ...good, ...bad }).filter(([, text]) => text !== null));
    const wanted = Object.fromEntries(Object.entries(expected).map(([id, [, result]]) => [id, result]));
    expect(await results(checklist, merged, ids)).toEqual(wanted);
  });
});

/** What changes nothing of how a repository is built or run. */
const irrelevant = {
  'prose without commands, names or steps': {
    'NOTES.md':
      '# Notes\n\nRollbacks, backups, smoke tests, alerts and deployments matter to us. Sentry is a nice word.\n',
  },
  comments: {
    'shop/more.py':
      '# sentry_sdk.init(), pg_dump, /health, kubectl apply\n"""Roll back when it fails: prometheus."""\n',
  },
  'code of others': {
    'node_modules/x/index.js': 'import * as Sentry from "@sentry/node"; // cors()\n',
    'vendor/y/deploy.sh': '#!/bin/sh\nkubectl apply -f . && pg_dump x\n',
    'shop/static/jquery.min.js': 'var sentry="/health";\n',
  },
  'runbooks that we ship': {
    'ops/canary.yaml': readFileSync(join(packageFolder, 'runbooks/examples/canary.yaml'), 'utf8'),
    'ops/release.yaml': readFileSync(join(packageFolder, 'runbooks/local-release.yaml'), 'utf8'),
    'ops/checklist.yaml': readFileSync(join(checklistsFolder, 'container-release.yaml'), 'utf8'),
  },
} satisfies Readonly<Record<string, Contents>>;

describe('a verdict is not changed', () => {
  const base: Contents = stacks['Django on Heroku']?.bad ?? {};
  const django = { ...stacks['Django on Heroku']?.good, ...base };
  const renamed = Object.fromEntries(
    Object.entries(django).map(([path, text]) => [path.replace(/^shop\//, 'store/'), text]),
  );
  const all = async (name: string, contents: Contents) => {
    const { items } = await auditJson(join(checklistsFolder, `${name}.yaml`), {
      repo: repository(contents),
      state: temporaryFolder(),
    });
    return items.map(({ id, result }) => `${id} ${result}`);
  };

  test.each(['container-release', 'deployment-procedures', 'deployment-preparedness', 'deployment-process'])(
    'of %s: by other folders, comments, prose, code of others, our own documents',
    async (name) => {
      const before = await all(name, django);
      expect(await all(name, renamed), 'other folders').toEqual(before);
      for (const [what, added] of Object.entries(irrelevant)) {
        expect(await all(name, { ...django, ...added }), what).toEqual(before);
      }
    },
  );
});

describe('scanners', () => {
  test('an absent one makes its item unknown, which blocks', async () => {
    const contents = { ...stacks['Django on Heroku']?.good };
    expect(await results('container-release', contents, ['image_linted', 'image_scanned'])).toEqual({
      image_linted: 'unknown',
      image_scanned: 'unknown',
    });
  });
});
