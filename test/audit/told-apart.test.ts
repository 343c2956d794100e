/** What the shipped checklists make of one item each of small repositories: kinds that were judged wrongly once, by how they are told apart. */
import { describe, expect, test } from 'vitest';
import { type Contents, judged } from './repository.ts';

const express = { 'package.json': '{ "dependencies": { "express": "5" } }\n', 'package-lock.json': '{}\n' };
const image = 'FROM node:22\nUSER node\n';
const product = {
  ...express,
  Dockerfile: image,
  'README.md': '# Shop\n\nA shop that you can self-host.\n',
  '.github/workflows/release.yml':
    'on: push\njobs:\n  a:\n    steps:\n      - uses: docker/build-push-action@v6\n        with: { push: true }\n',
};
const fastapi = { 'pyproject.toml': '[project]\ndependencies = [\n  "fastapi[standard]",\n  "sqlalchemy",\n]\n' };
const django = { 'requirements.txt': 'django==5.2\npsycopg==3.2\n', Procfile: 'web: gunicorn shop.wsgi\n' };
const laravel = { 'composer.json': '{ "require": { "laravel/framework": "^12" } }\n' };

const calling = (workflow: string) => `on: push\njobs:\n  a:\n    uses: shop/flows/.github/workflows/${workflow}@v1\n`;

type Case = readonly [what: string, checklist: string, item: string, contents: Contents, result: string];

const others: readonly Case[] = [
  ['who installs it has its own staging', 'deployment-process', 'pipeline_staging', product, 'na'],
  ['and its own balancer', 'deployment-procedures', 'load_balancing', product, 'na'],
  [
    'a team that also brings it to a server has one of its own',
    'deployment-process',
    'pipeline_staging',
    { ...product, '.gitlab-ci.yml': 'ship:\n  script: kubectl apply -f web.yaml\n' },
    'fail',
  ],
  [
    'packages tell as much',
    'deployment-process',
    'pipeline_staging',
    { ...product, 'README.md': '# Shop\n', 'packaging/debian/control': '' },
    'na',
  ],
  [
    'an image that nobody is told to install is a service',
    'deployment-process',
    'pipeline_staging',
    { ...product, 'README.md': '# Shop\n' },
    'fail',
  ],
  ['a way back concerns everybody', 'deployment-process', 'rollback_plan', product, 'fail'],
];

const demos: readonly Case[] = [
  [
    'a demonstration is no server of the team',
    'deployment-process',
    'pipeline_staging',
    { ...product, '.github/workflows/demo.yml': 'on: push\njobs:\n  a:\n    steps:\n      - run: flyctl deploy\n' },
    'na',
  ],
  [
    'a compose file for whoever installs it',
    'container-release',
    'compose_production',
    { ...product, 'compose.yml': 'services:\n  a:\n    image: shop/shop\n' },
    'na',
  ],
];

const platforms: readonly Case[] = [
  [
    'a platform that builds without an image',
    'container-release',
    'dockerfile',
    { ...django, 'app.json': '{}\n' },
    'na',
  ],
  [
    'an image that nobody wrote down',
    'container-release',
    'dockerfile',
    { ...express, 'web.yaml': 'apiVersion: v1\nkind: Pod\n' },
    'fail',
  ],
  [
    'a balancer in front of what other repositories build',
    'deployment-procedures',
    'https_redirect',
    { 'main.tf': 'resource "aws_lb" "web" {}\n' },
    'fail',
  ],
  [
    'a pipeline of Concourse that pushes to Cloud Foundry',
    'deployment-process',
    'pipeline_deploys',
    {
      ...express,
      'manifest.yml': 'applications:\n- name: shop\n',
      'concourse/tasks/deploy.yml':
        'platform: linux\nrun:\n  path: sh\n  args:\n    - -c\n    - |\n      set -e\n      cf push shop\n',
    },
    'pass',
  ],
  [
    'logs that Cloud Foundry drains',
    'deployment-procedures',
    'logs_central',
    { ...express, 'manifest.yml': 'applications:\n- name: shop\n  services:\n  - logit-ssl-drain\n' },
    'pass',
  ],
  [
    'a platform that balances',
    'deployment-procedures',
    'load_balancing',
    { ...express, 'vercel.json': '{\n  "framework": "express"\n}\n' },
    'pass',
  ],
  [
    'a platform for the website alone',
    'deployment-procedures',
    'load_balancing',
    { ...express, Dockerfile: image, 'website/vercel.json': '{}\n' },
    'fail',
  ],
  [
    'a file of processes for developers',
    'deployment-procedures',
    'reverse_proxy',
    { ...express, Dockerfile: image, 'Procfile.dev': 'web: npm run dev\n' },
    'fail',
  ],
  [
    'a process manager that restarts',
    'web-service-production',
    'restarts',
    { ...express, Dockerfile: image, 'ecosystem.config.json': '{ "apps": [{ "autorestart": true }] }\n' },
    'pass',
  ],
];

const images: readonly Case[] = [
  ['a version', 'container-release', 'base_image_pinned', { Dockerfile: 'FROM node:22-alpine\n' }, 'pass'],
  [
    'a kind of image is no version',
    'container-release',
    'base_image_pinned',
    { Dockerfile: 'FROM node:alpine\n' },
    'fail',
  ],
  ['the newest of a line', 'container-release', 'base_image_pinned', { Dockerfile: 'FROM nginx:stable\n' }, 'fail'],
  ['a release of a system', 'container-release', 'base_image_pinned', { Dockerfile: 'FROM debian:bookworm\n' }, 'pass'],
  ['a registry with a port', 'container-release', 'base_image_pinned', { Dockerfile: 'FROM reg:5000/a\n' }, 'fail'],
  [
    'an image of a service for developers',
    'container-release',
    'base_image_pinned',
    { Dockerfile: 'FROM node:22\n', '.gitpod.dockerfile': 'FROM gitpod/workspace-full\n', 'ci/Dockerfile': 'FROM a\n' },
    'pass',
  ],
  ['a user by number', 'container-release', 'non_root', { Dockerfile: 'FROM node:22\nUSER 1000:1000\n' }, 'pass'],
  ['the user 0', 'container-release', 'non_root', { Dockerfile: 'FROM node:22\nUSER 0:0\n' }, 'fail'],
  [
    'a script that starts a server for development',
    'container-release',
    'production_server',
    {
      'api/Dockerfile': 'FROM python:3.13\nCMD ["./start.sh"]\n',
      'api/start.sh': '#!/bin/bash\nfastapi dev app/main.py\n',
      'start.sh': '#!/bin/bash\nexec gunicorn\n',
    },
    'fail',
  ],
  [
    'a stage for developers before the last',
    'container-release',
    'production_server',
    { Dockerfile: 'FROM node:22 AS dev\nCMD npm run dev\nFROM node:22\nCMD ["node", "a.js"]\n' },
    'pass',
  ],
  [
    'a shell that stays around the service',
    'web-service-production',
    'start_is_exec',
    { Dockerfile: 'FROM node:22\nCMD ["./start.sh"]\n', 'start.sh': '#!/bin/sh\nnode a.js\n' },
    'fail',
  ],
  [
    'a shell that makes way',
    'web-service-production',
    'start_is_exec',
    { Dockerfile: 'FROM node:22\nCMD ["./start.sh"]\n', 'start.sh': '#!/bin/sh\nexec node a.js\n' },
    'pass',
  ],
  [
    'the start of an earlier stage',
    'web-service-production',
    'start_is_exec',
    { Dockerfile: 'FROM node:22 AS base\nCMD node a.js\nFROM base\nRUN true\n' },
    'fail',
  ],
  [
    'a health check at the beginning of its line',
    'web-service-production',
    'start_is_exec',
    { Dockerfile: 'FROM node:22\nHEALTHCHECK --retries=3 \\\nCMD curl -f localhost\nCMD ["node", "a.js"]\n' },
    'pass',
  ],
  [
    'a migration by the script that the image starts',
    'web-service-production',
    'migrations_apart',
    {
      'shop/migrations/0001_a.py': '',
      ...django,
      Dockerfile: image,
      'bootstrap.sh': 'python manage.py migrate\n',
      Makefile: 'init:\n\tmanage.py migrate\n',
    },
    'fail',
  ],
];

const documents: readonly Case[] = [
  [
    'a compose file for developers',
    'deployment-preparedness',
    'deployment_guide',
    {
      ...express,
      'compose.yml': 'services:\n  a:\n    build: .\n',
      'README.md': '# A\n\n```sh\ndocker compose up\n```\n',
    },
    'fail',
  ],
  [
    'a compose file that runs unattended',
    'deployment-preparedness',
    'deployment_guide',
    {
      ...express,
      'compose.yml': 'services:\n  a:\n    build: .\n    restart: always\n',
      'README.md': '# A\n\n```sh\ndocker compose up -d\n```\n',
    },
    'unknown',
  ],
  [
    'the same commands for developers',
    'deployment-preparedness',
    'deployment_guide',
    {
      ...express,
      'compose.yml': 'services:\n  a:\n    build: .\n    restart: always\n',
      'README.md': '# A\n\n## Local development\n\n```sh\ndocker compose up -d\n```\n',
    },
    'fail',
  ],
  [
    'steps under a heading',
    'deployment-preparedness',
    'deployment_guide',
    { ...express, 'docs/a.md': '# Deployment\n\n1. Open the settings of the project\n2. Set every variable\n' },
    'unknown',
  ],
  [
    'what is set after a deployment is no check',
    'container-release',
    'smoke_tests_documented',
    { ...express, Dockerfile: image, 'a.md': '# Post-Deployment Configuration\n\n- Open the settings page\n' },
    'fail',
  ],
  [
    'what is checked after a deployment',
    'container-release',
    'smoke_tests_documented',
    { ...express, Dockerfile: image, 'a.md': '# Post-deployment checks\n\n- Open the start page\n' },
    'unknown',
  ],
];

const code: readonly Case[] = [
  [
    'connections that are not kept',
    'deployment-preparedness',
    'database_pool',
    { ...fastapi, 'compose.yml': 'image: postgres:17\n', 'db.py': 'engine = create_engine(url, poolclass=NullPool)\n' },
    'fail',
  ],
  [
    'migrations of themselves do not pool',
    'deployment-preparedness',
    'database_pool',
    {
      ...fastapi,
      'compose.yml': 'image: postgres:17\n',
      'db.py': 'engine = create_engine(url)\n',
      'alembic/env.py': 'engine = create_engine(url, poolclass=pool.NullPool)\n',
    },
    'pass',
  ],
  [
    'an address beside the origins',
    'deployment-preparedness',
    'cors_origins',
    { ...fastapi, 'config.py': 'FRONTEND: str = "http://localhost:3000"\nCORS_ORIGINS: set[str]\n' },
    'pass',
  ],
  [
    'origins over several lines',
    'deployment-preparedness',
    'cors_origins',
    { ...fastapi, 'config.py': 'CORS_ORIGINS: list[str] = [\n    "http://localhost:3000",\n]\n' },
    'fail',
  ],
  [
    'a field of a request is no secret of the service',
    'deployment-preparedness',
    'secrets_required',
    {
      ...fastapi,
      'env.py': 'key = os.environ.get("API_KEY")\n',
      'models.py': 'class Rule:\n    keyword: str\n    access_token: str\n    password: str\n',
    },
    'fail',
  ],
  [
    'a secret without a default',
    'deployment-preparedness',
    'secrets_required',
    { ...fastapi, 'settings.py': 'class Settings(BaseSettings):\n    SECRET_KEY: str\n' },
    'pass',
  ],
  [
    'a message that speaks of limits',
    'deployment-preparedness',
    'rate_limits',
    { ...fastapi, 'a.py': 'log.error("failed due to rate limiting")\n' },
    'fail',
  ],
  [
    'a step that is only called a smoke test',
    'deployment-process',
    'smoke_tests',
    {
      ...express,
      Dockerfile: image,
      '.github/workflows/ci.yml':
        'on: push\njobs:\n  a:\n    steps:\n      - name: Database set-up and smoke test\n        run: rails db:create\n',
    },
    'fail',
  ],
  [
    'secrets of the tests come from no store of the service',
    'deployment-procedures',
    'secret_store',
    {
      ...express,
      Dockerfile: image,
      '.github/workflows/ci.yml': `on: push\njobs:\n  a:\n    env: { KEY: "\${{ secrets.KEY }}" }\n    steps:\n      - run: npm test\n`,
    },
    'fail',
  ],
  [
    'tests of Django migrate',
    'deployment-process',
    'migration_tests_in_pipeline',
    {
      'shop/migrations/0001_a.py': '',
      ...django,
      'shop/settings.py': 'INSTALLED_APPS = []\n',
      '.gitlab-ci.yml': 'test:\n  script: pytest\n',
    },
    'pass',
  ],
  [
    'other tests do not',
    'deployment-process',
    'migration_tests_in_pipeline',
    { 'alembic/versions/1_a.py': '', ...fastapi, '.gitlab-ci.yml': 'test:\n  script: pytest\n' },
    'fail',
  ],
  [
    'debug mode that nobody turns off',
    'container-release',
    'debug_off',
    { ...django, 'shop/settings.py': 'INSTALLED_APPS = []\nDEBUG = True\n' },
    'fail',
  ],
  [
    'debug mode that production turns off',
    'container-release',
    'debug_off',
    { ...django, 'shop/settings/base.py': 'DEBUG = True\n', 'shop/settings/production.py': 'DEBUG = False\n' },
    'pass',
  ],
  [
    'debug mode unless somebody says otherwise',
    'container-release',
    'debug_off',
    { ...django, 'shop/settings.py': 'DEBUG = os.environ.get("DEBUG", "True") == "True"\n' },
    'fail',
  ],
  [
    'debug mode that the platform turns off',
    'container-release',
    'debug_off',
    { ...django, 'shop/settings.py': 'DEBUG = env.bool("DEBUG", True)\n', 'fly.toml': 'app = "a"\nDEBUG = "False"\n' },
    'pass',
  ],
  [
    'a log in a file by default',
    'web-service-production',
    'logs_to_stdout',
    { ...laravel, 'config/logging.php': "<?php\n'default' => env('LOG_CHANNEL', 'stack'),\n" },
    'fail',
  ],
  [
    'a log that the image sends to its output',
    'web-service-production',
    'logs_to_stdout',
    {
      ...laravel,
      'config/logging.php': "<?php\n'default' => env('LOG_CHANNEL', 'stack'),\n",
      Dockerfile: 'FROM php:8.4\nENV LOG_CHANNEL=stderr\n',
    },
    'pass',
  ],
  [
    'a database of Laravel',
    'deployment-preparedness',
    'production_database',
    { ...laravel, 'config/database.php': "<?php\n'driver' => 'pgsql',\n" },
    'pass',
  ],
  [
    'a handler that is only a variable',
    'web-service-production',
    'logs_to_stdout',
    { 'go.mod': 'require github.com/labstack/echo/v4 v4.1\n', 'a.go': 'open(logFileHandler, os.Stderr)\n' },
    'pass',
  ],
  [
    'an upload is no smoke test',
    'deployment-process',
    'smoke_tests',
    { ...express, Dockerfile: image, 'publish.sh': '#!/bin/sh\ncurl -F a=@b https://$TOKEN@packages.example\n' },
    'fail',
  ],
  [
    'a key that packages are fetched with is no signature',
    'github-repository',
    'releases_signed',
    { ...product, '.github/workflows/test.yml': 'on: push\njobs:\n  a:\n    steps:\n      - run: gpg --dearmor\n' },
    'fail',
  ],
  [
    'migrations in one file',
    'deployment-preparedness',
    'migrations',
    { 'go.mod': 'require github.com/lib/pq v1\n', 'internal/database/migrations.go': 'package database\n' },
    'pass',
  ],
  [
    'a workflow for a platform is no description of it',
    'container-release',
    'start_command',
    {
      ...express,
      Dockerfile: 'FROM node:22\n',
      '.github/workflows/heroku.yml': 'on: push\njobs:\n  a:\n    steps:\n      - run: npm test\n',
    },
    'fail',
  ],
  [
    'a password that settings fall back to',
    'web-service-production',
    'secrets_not_defaulted',
    { ...fastapi, 'config.py': 'ADMIN_PASSWORD: str = config("ADMIN_PASSWORD", default="known-to-all")\n' },
    'fail',
  ],
  [
    'a secret that settings ask for',
    'web-service-production',
    'secrets_not_defaulted',
    { ...fastapi, 'config.py': 'SECRET_KEY: str = config("SECRET_KEY", cast=SecretStr)\n' },
    'pass',
  ],
  [
    'a reload in the list form',
    'container-release',
    'production_server',
    { Dockerfile: 'FROM python:3.13\nCMD ["uvicorn", "app:app", "--reload"]\n' },
    'fail',
  ],
  [
    'a start that is a server for development',
    'container-release',
    'production_server',
    {
      Dockerfile: 'FROM node:22\nCMD ["npm", "start"]\n',
      'package.json': '{ "scripts": { "start": "nodemon a.js" } }\n',
    },
    'fail',
  ],
  [
    'a start that is none',
    'container-release',
    'production_server',
    { Dockerfile: 'FROM node:22\nCMD ["npm", "start"]\n', 'package.json': '{ "scripts": { "start": "node a.js" } }\n' },
    'pass',
  ],
  [
    'tests by a workflow of another repository',
    'deployment-process',
    'pipeline_tests',
    {
      ...express,
      '.github/workflows/tests.yml': 'on: push\njobs:\n  a:\n    uses: shop/flows/.github/workflows/node.yml@v1\n',
    },
    'pass',
  ],
  [
    'something else by a workflow of another repository',
    'deployment-process',
    'pipeline_tests',
    {
      ...express,
      '.github/workflows/stale.yml': 'on: push\njobs:\n  a:\n    uses: shop/flows/.github/workflows/stale.yml@v1\n',
    },
    'fail',
  ],
  [
    'tests by a workflow that is called so',
    'deployment-process',
    'pipeline_tests',
    { ...express, '.github/workflows/main.yml': calling('node_unit_tests.yml') },
    'pass',
  ],
  [
    'a workflow that checks a chart is no test of the program',
    'deployment-process',
    'pipeline_tests',
    { ...express, '.github/workflows/main.yml': calling('test_helm_lint.yml') },
    'fail',
  ],
  [
    'a deployment by a workflow of another repository',
    'deployment-process',
    'pipeline_deploys',
    { ...express, Dockerfile: image, '.github/workflows/main.yml': calling('deploy_env.yml') },
    'pass',
  ],
  [
    'replicas of a chart that stands elsewhere',
    'deployment-procedures',
    'load_balancing',
    { ...express, Dockerfile: image, 'helm_deploy/values-prod.yaml': 'service:\n  replicaCount: 4\n' },
    'pass',
  ],
  [
    'one replica',
    'deployment-procedures',
    'load_balancing',
    { ...express, Dockerfile: image, 'helm_deploy/values-prod.yaml': 'service:\n  replicaCount: 1\n' },
    'fail',
  ],
  [
    'pages in Nunjucks',
    'deployment-preparedness',
    'e2e_tests',
    { ...express, 'server/app.js': "app.get('/', show)\n", 'server/views/index.njk': '<p>Shop</p>\n' },
    'fail',
  ],
  [
    'a proxy under a name of its own',
    'deployment-procedures',
    'reverse_proxy',
    { ...express, Dockerfile: image, 'default.conf': 'server {\n  proxy_pass http://app;\n}\n' },
    'pass',
  ],
  [
    'going back of a migration alone',
    'deployment-process',
    'rollback_plan',
    { ...express, Dockerfile: image, 'a.md': '# Migrations\n\n## Rollbacks\n\n```sh\nalembic downgrade -1\n```\n' },
    'fail',
  ],
  [
    'a heading in bold',
    'deployment-process',
    'rollback_plan',
    { ...express, Dockerfile: image, 'a.md': '# Helm\n\n__Rollback:__\n\n```sh\nhelm rollback shop\n```\n' },
    'unknown',
  ],
  [
    'what stands under another heading in bold',
    'deployment-process',
    'rollback_plan',
    {
      ...express,
      Dockerfile: image,
      'a.md': '# Helm\n\n**Rollback**\n\nAsk us.\n\n**Deploy**\n\n```sh\nhelm upgrade shop\n```\n',
    },
    'fail',
  ],
  [
    'tests by the default task of Rake',
    'deployment-process',
    'pipeline_tests',
    { Gemfile: 'gem "rails"\n', '.gitlab-ci.yml': 'test:\n  script: bundle exec rake\n' },
    'pass',
  ],
  [
    'an image with a word in its name',
    'deployment-process',
    'pipeline_lint',
    { Gemfile: 'gem "rails"\n', '.gitlab-ci.yml': 'test:\n  image: aws/codebuild/standard:5.0\n  script: make\n' },
    'fail',
  ],
  [
    'tests of migrations that the pipeline runs',
    'deployment-process',
    'migration_tests_in_pipeline',
    {
      'alembic/versions/1_a.py': '',
      ...fastapi,
      'tests/test_migrations.py': '',
      '.gitlab-ci.yml': 'test:\n  script: pytest\n',
    },
    'pass',
  ],
  [
    'a process that migrates before it serves',
    'web-service-production',
    'migrations_apart',
    { 'shop/migrations/0001_a.py': '', ...django, Procfile: 'web: python manage.py migrate && gunicorn shop.wsgi\n' },
    'fail',
  ],
  [
    'secrets of development in a file of sections',
    'deployment-procedures',
    'secret_placeholders',
    { Gemfile: 'gem "rails"\n', 'config/secrets.yml': 'development:\n  secret_key_base: secret\n', '.env.example': '' },
    'pass',
  ],
  [
    'a constant that is called like a variable',
    'deployment-preparedness',
    'frontend_variables',
    { 'package.json': '{ "dependencies": { "react-dom": "19" } }\n', 'a.ts': 'const PUBLIC_ROUTES = [];\n' },
    'na',
  ],
  [
    'a variable that no template names',
    'deployment-preparedness',
    'frontend_variables',
    { 'package.json': '{ "dependencies": { "react-dom": "19" } }\n', 'a.ts': 'const a = import.meta.env.VITE_API;\n' },
    'fail',
  ],
  [
    'an attribute of a cookie by its name',
    'deployment-preparedness',
    'cookies_secure',
    { 'go.mod': 'require github.com/labstack/echo/v4 v4.1\n', 'a.go': 'w.Set("Set-Cookie", join("a", "Secure"))\n' },
    'pass',
  ],
  [
    'help for developers is no guide for operating',
    'container-release',
    'operations_guide',
    { ...express, Dockerfile: image, 'CONTRIBUTING.md': '# Troubleshooting\n\n```sh\nnpm run fix\n```\n' },
    'fail',
  ],
  [
    'scripts for pages by a bundler',
    'deployment-preparedness',
    'frontend_lint',
    { ...django, 'package.json': '{ "scripts": { "build": "esbuild a.ts" } }\n', 'shop/templates/a.html': '<p></p>\n' },
    'fail',
  ],
  [
    'a bundler of a library',
    'deployment-preparedness',
    'frontend_lint',
    { 'package.json': '{ "scripts": { "build": "rollup -c" } }\n' },
    'na',
  ],
  [
    'storage of the company that also delivers',
    'deployment-procedures',
    'content_delivery',
    { ...express, Dockerfile: image, 'views/a.html': '', 'config/storage.yml': 'cloudflare:\n  service: S3\n' },
    'fail',
  ],
  [
    'signed cookies of Rails',
    'deployment-preparedness',
    'cookies_secure',
    { Gemfile: 'gem "rails"\n', 'app/a.rb': 'cookies.signed.permanent[:token] = 1\n' },
    'fail',
  ],
];

describe('a product that others install', () => {
  test.each(others)('%s: %s %s', async (_, ...rest) => holds(...rest));
});
describe('a product that is also shown', () => {
  test.each(demos)('%s: %s %s', async (_, ...rest) => holds(...rest));
});
describe('platforms', () => {
  test.each(platforms)('%s: %s %s', async (_, ...rest) => holds(...rest));
});
describe('images', () => {
  test.each(images)('%s: %s %s', async (_, ...rest) => holds(...rest));
});
describe('documents', () => {
  test.each(documents)('%s: %s %s', async (_, ...rest) => holds(...rest));
});
describe('code and settings', () => {
  test.each(code)('%s: %s %s', async (_, ...rest) => holds(...rest));
});

async function holds(checklist: string, item: string, contents: Contents, result: string): Promise<void> {
  expect(await judged(checklist, item, contents)).toBe(result);
}
