/** What audits of further public repositories got wrong, each kind as a small repository. */
import { describe, expect, test } from 'vitest';
import { type Contents, judged } from './repository.ts';

const express = { 'package.json': '{ "dependencies": { "express": "5" } }\n', 'package-lock.json': '{}\n' };
const image = { Dockerfile: 'FROM node:22\nUSER node\n' };
const rails = { Gemfile: 'gem "rails"\n', 'Gemfile.lock': '' };
const phoenix = {
  'mix.exs': 'defp deps, do: [\n  {:phoenix, "~> 1.8"},\n  {:ecto_sql, "~> 3.13"}\n]\n',
  'mix.lock': '',
};
const spring = {
  'gradle/libs.versions.toml': 'web = { module = "org.springframework.boot:spring-boot-starter-web" }\n',
  'build.gradle.kts': 'implementation(libs.spring.boot.starter.web)\n',
};
const terraform = { 'main.tf': 'resource "azurerm_container_app" "web" {\n}\n', ...express };
const heroku = { ...rails, Procfile: 'web: puma\n', 'app.json': '{}\n' };
const workflow = (name: string, ...lines: string[]): Contents => ({
  [`.github/workflows/${name}.yml`]: `on: push\njobs:\n${lines.map((line) => `  ${line}\n`).join('')}`,
});

type Case = readonly [what: string, checklist: string, item: string, contents: Contents, result: string];

const twoVariables = { 'a.js': 'a(process.env.SHOP_URL, process.env["SHOP_TOKEN"]);\n' };
const variables: readonly Case[] = [
  [
    'a template of all',
    'deployment-preparedness',
    'variables_documented',
    { ...express, ...twoVariables, '.env.example': 'SHOP_URL=\nSHOP_TOKEN=\n' },
    'pass',
  ],
  [
    'a template of some',
    'deployment-preparedness',
    'variables_documented',
    { ...express, ...twoVariables, '.env.example': 'SHOP_URL=\n' },
    'partial',
  ],
  [
    'a template of nothing that is read',
    'web-service-production',
    'config_template',
    { ...express, ...twoVariables, '.env.example': 'OTHER=\n' },
    'fail',
  ],
  ['no template', 'container-release', 'env_template', { ...express, ...image, ...twoVariables }, 'fail'],
  [
    'what has a default need not be named',
    'web-service-production',
    'config_template',
    { ...express, 'a.js': "a(process.env.SHOP_URL || 'http://localhost');\n", '.env.example': 'OTHER=\n' },
    'pass',
  ],
  [
    'variables in a table',
    'deployment-preparedness',
    'variables_explained',
    {
      ...express,
      ...twoVariables,
      'README.md': '# A\n\n| `SHOP_URL` | where the shop is |\n| `SHOP_TOKEN` | a secret of the shop |\n',
    },
    'pass',
  ],
  [
    'comments of a template',
    'deployment-procedures',
    'environments_documented',
    {
      ...express,
      ...image,
      ...twoVariables,
      '.env.example': '# Where the shop is\nSHOP_URL=\n\nSHOP_TOKEN= # from the settings page\n',
    },
    'pass',
  ],
  [
    'a heading for each',
    'deployment-preparedness',
    'variables_explained',
    {
      ...express,
      ...twoVariables,
      'README.md': '# A\n\n### SHOP_URL\n\nWhere the shop is.\n\n### SHOP_TOKEN\n\nFrom the page.\n',
    },
    'pass',
  ],
  [
    'one of two',
    'deployment-preparedness',
    'variables_explained',
    { ...express, ...twoVariables, 'README.md': '# A\n\nSet `SHOP_URL` to where the shop is.\n' },
    'partial',
  ],
  [
    'names without a word',
    'deployment-preparedness',
    'variables_explained',
    { ...express, ...twoVariables, 'README.md': '# A\n\n```sh\nSHOP_URL=\nSHOP_TOKEN=\n```\n' },
    'fail',
  ],
  [
    'variables of Terraform that say what they are',
    'deployment-procedures',
    'environments_documented',
    { 'main.tf': 'resource "a" "b" {}\nvariable "size" {\n  description = "How many instances"\n}\n' },
    'pass',
  ],
  [
    'a secret of a template that looks like none',
    'deployment-procedures',
    'secret_placeholders',
    { ...express, '.env.example': 'JWT_ACCESS_SECRET=shopAccess42\n' },
    'fail',
  ],
  [
    'a template without values',
    'deployment-procedures',
    'secret_placeholders',
    { ...express, '.env.example': `JWT_ACCESS_SECRET=\nDB_PASSWORD=\${PASSWORD}\nTOKEN_MINUTES=30\n` },
    'pass',
  ],
  [
    'a password of the tests',
    'deployment-procedures',
    'secret_placeholders',
    { ...express, '.env.test': 'DB_PASSWORD=test\n', 'config/dev.exs': 'password: "postgres"\n' },
    'na',
  ],
  [
    'code that names an example',
    'deployment-procedures',
    'secret_placeholders',
    { ...express, 'config/settings/jwt.py': '"GET_SECRET_KEY": "shop_example.services.get_key",\n' },
    'pass',
  ],
];

const documents: readonly Case[] = [
  [
    'what tells an assistant how to help',
    'deployment-process',
    'rollback_plan',
    { ...express, ...image, '.github/skills/ship/SKILL.md': '# Rollback\n\n```sh\nhelm rollback shop\n```\n' },
    'fail',
  ],
  [
    'a list of things to do',
    'deployment-preparedness',
    'monitoring_guide',
    { ...express, ...image, 'docs/a-todo.md': '# Monitoring\n\n- watch the error rate\n' },
    'fail',
  ],
  [
    'how to start a database is no deployment',
    'container-release',
    'readme',
    { ...express, ...image, 'README.md': '# A\n\n```sh\ndocker compose up -d db\n```\n' },
    'fail',
  ],
  [
    'a badge leads nowhere',
    'container-release',
    'readme',
    { ...express, ...image, 'README.md': '[![Deploy](https://x/actions/workflows/deploy.yml/badge.svg)](https://x)\n' },
    'fail',
  ],
  [
    'a link to the guide',
    'container-release',
    'readme',
    { ...express, ...image, 'README.md': 'See [how to deploy](docs/deploy.md).\n' },
    'pass',
  ],
  [
    'a tool that looks at code attacks nothing',
    'deployment-preparedness',
    'security_tests',
    { ...express, ...workflow('scan', 'a:', '  steps:', '    - uses: github/codeql-action/analyze@v3') },
    'fail',
  ],
  [
    'a tool that attacks',
    'deployment-preparedness',
    'security_tests',
    { ...express, ...workflow('scan', 'a:', '  steps:', '    - uses: zaproxy/action-baseline@v1') },
    'pass',
  ],
  [
    'a trigger of a pipeline is no condition of a rollback',
    'deployment-process',
    'rollback_triggers',
    { ...express, ...image, '.circleci/config.yml': 'workflows:\n  a:\n    triggers:\n      - schedule: daily\n' },
    'fail',
  ],
  [
    'a test of reloading',
    'deployment-preparedness',
    'load_tests',
    { ...express, 'test/static_reload_test.exs': '' },
    'fail',
  ],
];

const platforms: readonly Case[] = [
  ['what a platform deploys by itself', 'deployment-process', 'pipeline_deploys', heroku, 'na'],
  ['and can take back', 'deployment-procedures', 'scripts_roll_back', heroku, 'na'],
  [
    'an image for developers beside it',
    'container-release',
    'non_root',
    {
      ...heroku,
      Dockerfile: 'FROM ruby:3.4\n',
      'compose.yml': 'services:\n  a:\n    build: .\n    volumes:\n      - .:/app\n',
    },
    'na',
  ],
  [
    'an image for production beside it',
    'container-release',
    'non_root',
    {
      ...heroku,
      'docker/production.Dockerfile': 'FROM ruby:3.4\n',
      'compose.yml': 'services:\n  a:\n    build: .\n    volumes:\n      - .:/app\n',
    },
    'fail',
  ],
  [
    'backups of a database of Azure',
    'container-release',
    'backups',
    {
      ...terraform,
      'database.tf': 'resource "azurerm_postgresql_flexible_server" "a" {\n  backup_retention_days = 7\n}\n',
    },
    'na',
  ],
  [
    'logs of Azure',
    'deployment-procedures',
    'logs_central',
    { ...terraform, 'logs.tf': 'resource "azurerm_log_analytics_workspace" "a" {}\n' },
    'pass',
  ],
  [
    'HTTPS alone on Azure',
    'deployment-procedures',
    'https_redirect',
    { ...terraform, 'web.tf': 'allow_insecure_connections = false\n' },
    'pass',
  ],
  ['revisions of Azure', 'deployment-procedures', 'zero_downtime', terraform, 'na'],
  [
    'at most one instance',
    'deployment-procedures',
    'auto_scaling',
    { ...terraform, 'web.tf': 'max_replicas = 1\n' },
    'fail',
  ],
  [
    'tasks of ECS that a pipeline renews',
    'deployment-procedures',
    'zero_downtime',
    {
      ...express,
      ...image,
      ...workflow('ship', 'a:', '  steps:', '    - uses: aws-actions/amazon-ecs-deploy-task-definition@v2'),
    },
    'na',
  ],
  [
    'no migrations to test',
    'deployment-process',
    'migration_tests',
    { 'go.mod': 'module a\nrequire github.com/lib/pq v1.1.1\n' },
    'na',
  ],
  [
    'an image that is pushed is not deployed',
    'deployment-process',
    'pipeline_deploys',
    { ...express, ...image, ...workflow('base', 'a:', '  steps:', '    - uses: docker/build-push-action@v6') },
    'fail',
  ],
  [
    'unless others install it',
    'deployment-process',
    'pipeline_deploys',
    {
      ...express,
      ...image,
      ...workflow('release', 'a:', '  steps:', '    - uses: docker/build-push-action@v6'),
      'README.md': '# A\n\nA shop that you can self-host.\n',
    },
    'pass',
  ],
  [
    'a compose file for stores alone needs none of production',
    'container-release',
    'compose_production',
    { ...express, ...image, 'compose.yml': 'services:\n  db:\n    image: postgres:17\n' },
    'na',
  ],
  [
    'the image of a database beside the own one',
    'container-release',
    'non_root',
    { ...image, 'database/Dockerfile': 'FROM postgres:17\n', 'tools/signer/Dockerfile': 'FROM debian:13\n' },
    'pass',
  ],
  [
    'a package manager that starts the service',
    'web-service-production',
    'start_is_exec',
    { ...express, Dockerfile: 'FROM node:22\nCMD ["npm", "start"]\n' },
    'fail',
  ],
  [
    'permissions of one job of two',
    'github-repository',
    'token_permissions',
    workflow('ci', 'a:', '  permissions: {}', '  steps: []', 'b:', '  steps: []'),
    'fail',
  ],
  [
    'permissions of each job',
    'github-repository',
    'token_permissions',
    workflow('ci', 'a:', '  permissions: {}', '  steps: []', 'b:', '  permissions: {}', '  steps: []'),
    'pass',
  ],
];

const elsewhere: readonly Case[] = [
  [
    'a store of a cloud',
    'deployment-preparedness',
    'recovery_plan',
    { 'main.tf': 'resource "google_spanner_instance" "a" {}\n' },
    'fail',
  ],
  [
    'an action that deploys',
    'deployment-process',
    'pipeline_deploys',
    { ...express, ...workflow('ship', 'a:', '  steps:', '    - uses: einaregilsson/beanstalk-deploy@v22') },
    'pass',
  ],
  [
    'a health endpoint of Laravel',
    'web-service-production',
    'health_endpoint',
    {
      'composer.json': '{ "require": { "laravel/framework": "^12" } }\n',
      'bootstrap/app.php': "<?php\n->withRouting(health: '/up')\n",
    },
    'pass',
  ],
  [
    'a key that every browser is given',
    'github-repository',
    'no_secrets',
    { ...express, 'a.ts': `const app = { apiKey: "AIza${'a'.repeat(35)}" };\n` },
    'pass',
  ],
  [
    'a service that runs in no container',
    'container-release',
    'dockerfile',
    { ...express, '.gitlab-ci.yml': 'ship:\n  script: scp -r build a@shop.example:/srv\n' },
    'na',
  ],
  [
    'a pipeline that stands elsewhere',
    'deployment-process',
    'pipeline_tests',
    { ...express, ...workflow('main', 'a:', '  uses: shop/flows/.github/workflows/ci.yml@v1') },
    'unknown',
  ],
  [
    'an action of somebody else that builds',
    'github-repository',
    'tests_run',
    { ...express, ...workflow('main', 'a:', '  steps:', '    - uses: shop/flows/actions/build-node@v1') },
    'unknown',
  ],
  [
    'tests of its own beside it',
    'github-repository',
    'tests_run',
    {
      ...express,
      ...workflow(
        'main',
        'a:',
        '  uses: shop/flows/.github/workflows/ci.yml@v1',
        'b:',
        '  steps:',
        '    - run: npm test',
      ),
    },
    'pass',
  ],
  [
    'a way back that the platform takes by itself',
    'deployment-process',
    'rollback_triggers',
    { ...express, 'main.tf': 'resource "aws_ecs_service" "a" {\n  deployment_circuit_breaker {}\n}\n' },
    'pass',
  ],
  [
    'a sentence about going back',
    'deployment-process',
    'rollback_triggers',
    { ...express, ...image, 'a.md': '# Release\n\nRoll back when errors rise.\n' },
    'unknown',
  ],
  ['what a platform starts again', 'web-service-production', 'restarts', terraform, 'na'],
  [
    'a platform that speaks HTTPS alone',
    'deployment-procedures',
    'https_redirect',
    { ...express, 'vercel.json': '{\n  "framework": "express"\n}\n' },
    'na',
  ],
];

const stacks: readonly Case[] = [
  [
    'a secret on the line after its name',
    'deployment-preparedness',
    'secret_key_default',
    { ...express, 'config/auth.js': `module.exports = {\n  SECRET:\n    '${'0123456789abcdef'.repeat(8)}',\n};\n` },
    'fail',
  ],
  [
    'a digest in a list',
    'deployment-preparedness',
    'secret_key_default',
    { ...express, 'lib/blobs.js': `module.exports = [\n  '${'0123456789abcdef'.repeat(4)}',\n];\n` },
    'pass',
  ],
  [
    'a health endpoint of Plug',
    'web-service-production',
    'health_endpoint',
    { ...phoenix, 'lib/status.ex': 'def call(%Conn{path_info: ["status"]} = conn, _), do: send_resp(conn, 200, "")\n' },
    'pass',
  ],
  [
    'cookies of Plug',
    'deployment-preparedness',
    'cookies_secure',
    { ...phoenix, 'lib/endpoint.ex': 'plug Plug.Session, key: "_shop"\n' },
    'fail',
  ],
  [
    'a cookie that goes over plain HTTP',
    'deployment-preparedness',
    'cookies_secure',
    {
      'requirements.txt': 'flask==3.1\n',
      'app/__init__.py': 'from flask import Flask, session\n',
      'app/config.py': 'SESSION_COOKIE_SECURE = False\n',
    },
    'fail',
  ],
  [
    'secrets of developers',
    'deployment-preparedness',
    'secret_key_default',
    {
      ...phoenix,
      'config/dev.exs': 'secret: "known-to-everybody"\n',
      'config/runtime.exs': 'System.fetch_env!("A")\n',
    },
    'pass',
  ],
  [
    'the key of credentials',
    'github-repository',
    'no_secrets',
    { ...rails, 'config/credentials/production.key': `${'0a'.repeat(16)}\n` },
    'fail',
  ],
  [
    'the key of credentials of tests',
    'github-repository',
    'no_secrets',
    { ...rails, 'config/credentials/test.key': `${'0a'.repeat(16)}\n` },
    'pass',
  ],
  [
    'every origin of Rack',
    'deployment-preparedness',
    'cors_wildcard',
    { ...rails, 'config/initializers/cors.rb': 'allow do\n  origins "*"\nend\n' },
    'fail',
  ],
  [
    'a page that loads from elsewhere, made by the server',
    'deployment-preparedness',
    'third_party_scripts',
    { ...rails, 'app/views/a.html.erb': '<script src="https://cdn.jsdelivr.net/a.js"></script>\n' },
    'fail',
  ],
  ['Spring by a catalogue', 'web-service-production', 'health_endpoint', spring, 'fail'],
  [
    'a log of each request',
    'deployment-procedures',
    'logs_written',
    { ...express, 'a.js': "app.use(morgan('combined'));\n" },
    'pass',
  ],
  [
    'a service that asks for its variables at the start',
    'deployment-preparedness',
    'secrets_required',
    { ...express, 'a.js': "require('assert-env')(['API_KEY']);\n" },
    'pass',
  ],
];

describe.each([
  ['variables', variables],
  ['documents', documents],
  ['platforms', platforms],
  ['elsewhere', elsewhere],
  ['stacks', stacks],
])('%s', (_, cases) => {
  test.each(cases)('%s: %s %s', async (__, checklist, item, contents, result) => {
    expect(await judged(checklist, item, contents)).toBe(result);
  });
});
