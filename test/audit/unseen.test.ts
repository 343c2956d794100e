/** What audits of repositories that nobody had tuned on got wrong, each kind as a small repository. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { auditJson, type Contents, checklistsFolder, repository, temporaryFolder } from './repository.ts';

/** `[result, evidence]` of an item. */
async function judged(checklist: string, item: string, contents: Contents): Promise<string> {
  const { items } = await auditJson(join(checklistsFolder, `${checklist}.yaml`), {
    repo: repository(contents),
    state: temporaryFolder(),
  });
  return items.find(({ id }) => id === item)?.result ?? 'there is no such item';
}

const django = {
  'requirements.txt': 'django==5.2\npsycopg==3.2\n',
  'shop/settings/base.py': 'INSTALLED_APPS = ["shop"]\nSECRET_KEY = "known-to-everybody"\n',
  'shop/urls.py': 'urlpatterns = []\n',
  Procfile: 'web: gunicorn shop.wsgi\n',
};
const express = { 'package.json': '{ "dependencies": { "express": "5" } }\n', 'package-lock.json': '{}\n' };
const rails = { Gemfile: 'gem "rails"\n', 'Gemfile.lock': '', 'app/views/shop/index.html.erb': '<p></p>\n' };
const workflow = (name: string, ...lines: string[]): Contents => ({
  [`.github/workflows/${name}.yml`]: `on: push\njobs:\n  a:\n    steps:\n${lines.map((line) => `      ${line}\n`).join('')}`,
});
const gitlab = (...lines: string[]): Contents => ({
  '.gitlab-ci.yml': `ship:\n  script:\n${lines.map((line) => `    - ${line}\n`).join('')}`,
});

type Case = readonly [what: string, checklist: string, item: string, contents: Contents, result: string];

const cases: readonly Case[] = [
  [
    'a pipeline that copies to a server deploys',
    'deployment-process',
    'pipeline_deploys',
    { ...express, ...gitlab('scp -r build deploy@192.0.2.1:/srv') },
    'pass',
  ],
  [
    'what such a pipeline lacks is found',
    'deployment-process',
    'rollback_plan',
    { ...express, ...gitlab('scp -r build deploy@192.0.2.1:/srv') },
    'fail',
  ],
  [
    'a pipeline that publishes a library deploys nothing',
    'deployment-process',
    'rollback_plan',
    { 'package.json': '{}', ...gitlab('npm publish') },
    'na',
  ],
  [
    'a hook of the platform is a way to deploy',
    'container-release',
    'deploy_path',
    {
      Dockerfile: 'FROM node:22\n',
      ...workflow('ship', '- run: |', '    curl -X POST \\', `      \${{ secrets.DEPLOY_WEBHOOK_URL }}`),
    },
    'pass',
  ],
  [
    'a base that production sets anew',
    'deployment-preparedness',
    'secret_key_default',
    { ...django, 'shop/settings/live.py': 'SECRET_KEY = config("SECRET_KEY")\n' },
    'pass',
  ],
  [
    'a base that a developer alone sets anew',
    'deployment-preparedness',
    'secret_key_default',
    { ...django, 'shop/settings/local.py': 'SECRET_KEY = config("SECRET_KEY")\n' },
    'fail',
  ],
  [
    'another secret beside the base',
    'web-service-production',
    'secrets_not_defaulted',
    {
      ...django,
      'shop/settings/live.py': 'SECRET_KEY = config("SECRET_KEY")\n',
      'shop/jwt.py': 'JWT_SECRET = "known-to-all"\n',
    },
    'fail',
  ],
  [
    'a password with a default in typed settings',
    'web-service-production',
    'secrets_not_defaulted',
    {
      'pyproject.toml': '[project]\ndependencies = ["fastapi"]\n',
      'app/settings.py': 'class Settings(BaseSettings):\n    db_pass: str = "platform"\n',
    },
    'fail',
  ],
  [
    'hosts in a base that production sets',
    'container-release',
    'hosts_named',
    { ...django, 'shop/settings/live.py': 'ALLOWED_HOSTS = config("HOSTS", cast=Csv())\n' },
    'pass',
  ],
  [
    'hosts that are open everywhere',
    'container-release',
    'hosts_named',
    { ...django, 'shop/settings/live.py': 'ALLOWED_HOSTS = ["*"]\n' },
    'fail',
  ],
  [
    'a script in shell without an ending',
    'container-release',
    'scripts_stop_on_error',
    { ...django, 'bin/start': '#!/usr/bin/env bash\nmkdir /tmp/x\nexec gunicorn\n' },
    'fail',
  ],
  [
    'one chain of commands',
    'container-release',
    'scripts_stop_on_error',
    { 'deploy.sh': '#!/bin/sh\nnpm ci \\\n  && npm run build &&\n  scp -r a b@c:\n' },
    'pass',
  ],
  [
    'one chain in a deploy script',
    'deployment-process',
    'pipeline_scripts',
    { 'deploy.sh': 'npm ci &&\n  npm run build\n' },
    'pass',
  ],
  [
    'two commands in a deploy script',
    'deployment-process',
    'pipeline_scripts',
    { 'deploy.sh': 'npm ci\nnpm run build\n' },
    'fail',
  ],
  [
    'a development server in the list form',
    'container-release',
    'production_server',
    { Dockerfile: 'FROM node:22\nCMD ["npm", "run", "dev"]\n' },
    'fail',
  ],
  [
    'an image for debugging runs as root',
    'container-release',
    'non_root',
    { Dockerfile: 'FROM node:22\nUSER node\n', 'Dockerfile.debug': 'FROM node:22\n' },
    'pass',
  ],
  [
    'a link to somebody else',
    'container-release',
    'readme',
    {
      Dockerfile: 'FROM node:22\n',
      'README.md': '- [Docker](https://docs.example/docker-desktop)\n- Docker and docker-compose\n',
    },
    'fail',
  ],
  [
    'a word for a service of Docker',
    'deployment-procedures',
    'deploy_documented',
    { Dockerfile: 'FROM node:22\n', 'README.md': '# Docker services\n' },
    'fail',
  ],
  [
    'a section that a program keeps',
    'container-release',
    'duplicate_sections',
    {
      'a/README.md': '<!-- BEGIN_TF_DOCS -->\n## Inputs\n\nNo\ninputs\nhere.\n<!-- END_TF_DOCS -->\n',
      'b/README.md': '<!-- BEGIN_TF_DOCS -->\n## Inputs\n\nNo\ninputs\nhere.\n<!-- END_TF_DOCS -->\n',
    },
    'pass',
  ],
  [
    'a document about changes',
    'container-release',
    'release_reported',
    { 'docs/changes_to_templates.md': '# Changing templates\n' },
    'fail',
  ],
  [
    'data for tests',
    'container-release',
    'deployment_tested',
    { Dockerfile: 'FROM node:22\n', 'fixtures/boxes.json': '{ "text": "a smoke test" }\n' },
    'fail',
  ],
  [
    'migrations of a test',
    'container-release',
    'release_phase',
    { ...rails, ...workflow('check', '- run: bin/rails db:schema:load db:migrate'), Dockerfile: 'FROM ruby:3.4\n' },
    'fail',
  ],
  [
    'a backup that the service makes itself',
    'container-release',
    'backups',
    { ...rails, Dockerfile: 'FROM ruby:3.4\n', 'app/jobs/backup_job.rb': 'system("restic backup --no-scan /srv")\n' },
    'pass',
  ],
  [
    'a table of backups',
    'container-release',
    'backups',
    { ...rails, Dockerfile: 'FROM ruby:3.4\n', 'app/models/database_backup.rb': 'class DatabaseBackup\nend\n' },
    'fail',
  ],
  [
    'an ORM without migrations',
    'deployment-preparedness',
    'migrations',
    { 'go.mod': 'module a\nrequire github.com/jinzhu/gorm v1.9.16\n' },
    'fail',
  ],
  [
    'a driver that only others need',
    'deployment-preparedness',
    'production_database',
    { 'go.mod': 'module a\nrequire github.com/jinzhu/gorm v1.9.16\nrequire github.com/lib/pq v1.1.1 // indirect\n' },
    'fail',
  ],
  [
    'SQLite in production and in tests',
    'deployment-process',
    'pipeline_database',
    { ...rails, 'spec/rails_helper.rb': 'ENV["DATABASE_URL"] = "sqlite3:test.db"\n' },
    'pass',
  ],
  [
    'SQLite in tests only',
    'deployment-process',
    'pipeline_database',
    {
      ...rails,
      'config/database.yml': 'production:\n  adapter: postgresql\n',
      'spec/rails_helper.rb': 'ENV["DATABASE_URL"] = "sqlite3:test.db"\n',
    },
    'fail',
  ],
  [
    'a migration that has no way back',
    'deployment-process',
    'migration_undo',
    {
      ...django,
      'shop/migrations/0001_a.py': 'operations = [\n    migrations.CreateModel(name="A"),\n]\n',
      'shop/migrations/0002_b.py': 'operations = [\n    migrations.RunPython(fill),\n]\n',
    },
    'fail',
  ],
  [
    'a migration with its way back',
    'deployment-process',
    'migration_undo',
    {
      ...django,
      'shop/migrations/0002_b.py': 'operations = [\n    migrations.RunPython(fill, migrations.RunPython.noop),\n]\n',
    },
    'pass',
  ],
  [
    'a checksum of a download',
    'deployment-process',
    'migration_integrity',
    { ...django, 'bin/install-helm': '#!/bin/sh\nsha256sum "$archive" # checksum\n' },
    'fail',
  ],
  [
    'the extra of a package in the form of Poetry',
    'deployment-preparedness',
    'runtime_dependencies',
    {
      'pyproject.toml': '[tool.poetry.dependencies]\nsqlalchemy = { version = "^2", extras = ["mypy", "asyncio"] }\n',
      'a.py': 'create_async_engine()\n',
    },
    'pass',
  ],
  [
    'source code is no template',
    'deployment-preparedness',
    'frontend_variables',
    {
      'package.json': '{ "dependencies": { "vue": "3" } }\n',
      'src/api/env.js': 'export const a = import.meta.env.VITE_API;\n',
    },
    'fail',
  ],
  [
    'pages of the server are tested in a browser',
    'deployment-preparedness',
    'e2e_tests',
    { ...rails, 'spec/features/a_spec.rb': 'x = 1\n' },
    'fail',
  ],
  [
    'a service without pages',
    'deployment-preparedness',
    'e2e_tests',
    { ...express, 'src/app.js': 'app.listen(80);\n' },
    'na',
  ],
  [
    'a field called status',
    'web-service-production',
    'health_endpoint',
    { ...django, 'shop/tags.py': 'status = info.get("status", "")\n' },
    'fail',
  ],
  [
    'a path called status',
    'web-service-production',
    'health_endpoint',
    { ...django, 'shop/urls.py': 'urlpatterns = [\n    path("status/", status),\n]\n' },
    'pass',
  ],
  [
    'the first page is no health endpoint',
    'web-service-production',
    'health_endpoint',
    { ...express, 'src/app.js': "app.get('/', ok);\n" },
    'fail',
  ],
  [
    'a log of the mail server',
    'deployment-procedures',
    'logs_central',
    { ...rails, Procfile: 'web: puma\n', 'ops/opendkim.conf': 'Syslog yes\n' },
    'fail',
  ],
  [
    'a file for logrotate',
    'deployment-procedures',
    'logs_rotate',
    {
      ...rails,
      Procfile: 'web: puma\n',
      'config/environments/production.rb': 'logger = Logger.new("log/a.log") # RotatingFile\n',
      'compose.yaml': 'services:\n  a:\n    image: a\n',
      'ops/logrotate.conf': 'weekly\n',
    },
    'pass',
  ],
  [
    'one service in a compose file',
    'deployment-procedures',
    'service_dependencies',
    { 'compose.yaml': 'services:\n  app:\n    image: a\n    build: .\nvolumes:\n  data:\n' },
    'na',
  ],
  [
    'a firewall of the delivery network',
    'deployment-procedures',
    'application_firewall',
    { ...django, 'infra/edge.tf': 'resource "sigsci_edge_deployment" "ngwaf" {}\n' },
    'pass',
  ],
  [
    'an upstream of one socket',
    'deployment-procedures',
    'load_balancing',
    { ...django, 'config/nginx.conf': 'upstream app {\n  server unix:/tmp/app.sock;\n}\n' },
    'fail',
  ],
  [
    'every origin is no configuration of origins',
    'deployment-procedures',
    'cors_configured',
    { ...express, 'src/app.js': "app.use(cors({ origin: '*' }));\n" },
    'fail',
  ],
  [
    'a rollback of the test cluster',
    'deployment-process',
    'rollback_scripts',
    { Dockerfile: 'FROM node:22\n', '.test/e2e.sh': '#!/bin/sh\nhelm rollback app 1\n' },
    'fail',
  ],
  [
    'how to roll back under another heading',
    'deployment-process',
    'rollback_plan',
    {
      Dockerfile: 'FROM node:22\n',
      'docs/release.md': '# Release\n\n## Diagnostics and failure recovery\n\n```sh\nhelm rollback app 3\n```\n',
    },
    'pass',
  ],
  [
    'a test of a rollback is no condition for one',
    'deployment-process',
    'rollback_triggers',
    {
      Dockerfile: 'FROM node:22\n',
      'docs/release.md':
        '# Release\n\nCI packages the chart when it starts, and then runs the upgrade and rollback shards.\n',
    },
    'fail',
  ],
  [
    'notifications that the product sends',
    'deployment-process',
    'communication_plan',
    {
      Dockerfile: 'FROM node:22\n',
      'docs/a.md': '# Notifications\n\nThe product can notify a channel or a team by @name.\n',
    },
    'fail',
  ],
  [
    'mail that the product sends',
    'deployment-process',
    'pipeline_notifies',
    { ...rails, Procfile: 'web: puma\n', 'script/mail_digest.rb': 'IO.popen("sendmail")\n' },
    'fail',
  ],
  [
    'a request of a unit test',
    'deployment-process',
    'smoke_tests',
    { ...rails, Procfile: 'web: puma\n', 'spec/a_spec.rb': 'expect(fetch("http://localhost/status")).to be_nil\n' },
    'fail',
  ],
  [
    'a request of a smoke test',
    'deployment-process',
    'smoke_tests',
    { ...rails, Procfile: 'web: puma\n', 'bin/verify.sh': 'curl -f https://shop.example/health\n' },
    'pass',
  ],
  [
    'a condition on what a stranger wrote',
    'github-repository',
    'script_injection',
    workflow('a', `- run: if \${{ contains(fromJSON('["x"]'), github.head_ref) }}; then echo; fi`),
    'pass',
  ],
  [
    'a token for the cloud is no signature',
    'github-repository',
    'releases_signed',
    workflow(
      'a',
      '- permissions: { id-token: write }',
      '- uses: docker/build-push-action@v6',
      '  with:',
      '    sbom: false',
    ),
    'fail',
  ],
  [
    'a set-up that keeps what it fetched',
    'deployment-process',
    'pipeline_build_cache',
    workflow('a', '- uses: hynek/setup-cached-uv@v2'),
    'pass',
  ],
  [
    'infrastructure in Python of the CDK',
    'deployment-procedures',
    'load_balancing',
    { ...django, 'cdk/stack.py': 'from aws_cdk import aws_ec2\ngroup = AutoScalingGroup(desired_capacity=2)\n' },
    'pass',
  ],
  ['no compose file has several services', 'deployment-procedures', 'service_dependencies', django, 'na'],
  [
    'an image for developers',
    'container-release',
    'non_root',
    { ...express, 'dev/docker/Dockerfile': 'FROM node:22\n', Procfile: 'web: node app.js\n' },
    'na',
  ],
  [
    'a variable that holds a password',
    'deployment-procedures',
    'secret_placeholders',
    {
      ...django,
      'shop/settings/base.py': 'INSTALLED_APPS = []\n',
      'shop/config.py': 'url = build(\n    password=password,\n)\n',
    },
    'pass',
  ],
  [
    'a key that an application for phones carries',
    'github-repository',
    'no_secrets',
    { 'package.json': '{}', 'app/google-services.json': `{ "current_key": "AIza${'a'.repeat(35)}" }\n` },
    'pass',
  ],
  [
    'the same key elsewhere',
    'github-repository',
    'no_secrets',
    { 'app/keys.json': `{ "current_key": "AIza${'a'.repeat(35)}" }\n` },
    'fail',
  ],
  [
    'a customer who downgrades',
    'deployment-process',
    'rollback_plan',
    {
      Dockerfile: 'FROM node:22\n',
      'docs/plans.md': '# Plans\n\n## Downgrade\n\n1. credit the old plan\n2. charge the new one\n',
    },
    'fail',
  ],
  [
    'a transaction that is undone',
    'deployment-process',
    'rollback_scripts',
    { Dockerfile: 'FROM node:22\n', 'scripts/fix.py': 'session.rollback()\n' },
    'fail',
  ],
  [
    'the health of a service beside the tests',
    'deployment-process',
    'smoke_tests',
    {
      ...django,
      ...workflow(
        'test',
        '- run: |',
        '    docker run --health-cmd "curl -I http://127.0.0.1:9000/minio/health/live" minio',
      ),
    },
    'fail',
  ],
  [
    'words of another language',
    'deployment-procedures',
    'tracing',
    { ...rails, Procfile: 'web: puma\n', 'lang/it/settings.php': "'a' => 'tempo',\n" },
    'fail',
  ],
  [
    'a test for load in a workflow',
    'deployment-preparedness',
    'load_tests',
    { ...express, ...workflow('load-test', '- run: npx load-test') },
    'pass',
  ],
  [
    'the command of a health check',
    'web-service-production',
    'start_is_exec',
    {
      ...express,
      Dockerfile: 'FROM node:22\nHEALTHCHECK --interval=5s \\\n  CMD curl -f http://localhost\nCMD ["node", "a.js"]\n',
    },
    'pass',
  ],
  [
    'tests of Laravel',
    'deployment-preparedness',
    'endpoints_tested',
    {
      'composer.json': '{ "require": { "laravel/framework": "^12" } }\n',
      'tests/LoginTest.php': "<?php\n$this->get('/login');\n",
    },
    'pass',
  ],
  [
    'every origin of Django',
    'deployment-procedures',
    'cors_configured',
    { ...django, 'shop/settings/live.py': 'CORS_ORIGIN_ALLOW_ALL = True\n' },
    'fail',
  ],
  [
    'an example of local settings',
    'web-service-production',
    'config_template',
    {
      ...django,
      'shop/settings/live.py': 'HOSTS = os.environ["HOSTS"]\n',
      'shop/settings/local.example.py': 'HOSTS = ""\n',
    },
    'pass',
  ],
  [
    'the agent that ships logs',
    'deployment-procedures',
    'logs_central',
    { ...django, 'deploy/conf/cloudwatch.json': '{ "logs": { "logs_collected": {} } }\n' },
    'pass',
  ],
  [
    'counting what is no migration',
    'deployment-process',
    'migration_integrity',
    { ...django, 'deploy/scripts/metrics.sh': 'psql -c "select count(*) from slots"\n' },
    'fail',
  ],
];

describe('seen on repositories that nobody had tuned on', () => {
  test.each(cases)('%s: %s %s', async (_, checklist, item, contents, result) => {
    expect(await judged(checklist, item, contents)).toBe(result);
  });
});
