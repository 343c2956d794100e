/** What later audits of public repositories got wrong, each kind as a small repository. */
import { describe, expect, test } from 'vitest';
import { type Contents, judged } from './repository.ts';

const express = { 'package.json': '{ "dependencies": { "express": "5" } }\n', 'package-lock.json': '{}\n' };
const image = { Dockerfile: 'FROM node:22\nUSER node\n' };
const fastapi = { 'pyproject.toml': '[project]\ndependencies = ["fastapi", "sqlalchemy"]\n' };
const django = {
  'requirements.txt': 'django==5.2\npsycopg==3.2\n',
  'shop/django/base.py': 'INSTALLED_APPS = ["shop"]\n',
  Procfile: 'web: gunicorn shop.wsgi\n',
};
const workflow = (name: string, ...lines: string[]): Contents => ({
  [`.github/workflows/${name}.yml`]: `on: push\njobs:\n  a:\n${lines.map((line) => `    ${line}\n`).join('')}`,
});
const databaseAlone = 'services:\n  app:\n    build: .\n  db:\n    image: postgres:17\n    restart: always\n';

type Case = readonly [what: string, checklist: string, item: string, contents: Contents, result: string];

const settings: readonly Case[] = [
  [
    'debug mode that decouple leaves on',
    'container-release',
    'debug_off',
    { ...django, 'shop/settings.py': 'DEBUG = config("DEBUG", cast=bool, default=True)\n' },
    'fail',
  ],
  [
    'debug mode that environ leaves on',
    'container-release',
    'debug_off',
    { ...django, 'shop/settings.py': 'env = environ.Env(DEBUG=(bool, True))\n' },
    'fail',
  ],
  [
    'debug mode that typed settings leave on',
    'container-release',
    'debug_off',
    {
      ...fastapi,
      ...image,
      'app/core/config.py': 'class Settings(BaseSettings):\n    debug: bool = Field(default=True)\n',
    },
    'fail',
  ],
  [
    'debug mode that typed settings leave off',
    'container-release',
    'debug_off',
    { ...fastapi, ...image, 'app/core/config.py': 'class Settings(BaseSettings):\n    debug: bool = False\n' },
    'pass',
  ],
  [
    'debug mode of one of several settings in a file',
    'container-release',
    'debug_off',
    { 'requirements.txt': 'flask==3.1\n', ...image, 'app/config.py': 'class Development(Config):\n    DEBUG = True\n' },
    'pass',
  ],
  [
    'hosts from the environment, none by default',
    'container-release',
    'hosts_named',
    { ...django, 'shop/django/production.py': 'ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])\n' },
    'pass',
  ],
  [
    'a secret that settings of production set anew, wherever they stand',
    'web-service-production',
    'secrets_not_defaulted',
    {
      ...django,
      'shop/django/base.py': 'INSTALLED_APPS = []\nSECRET_KEY = "known-to-everybody"\n',
      'shop/django/production.py': 'SECRET_KEY = env("SECRET_KEY")\n',
    },
    'pass',
  ],
  [
    'every origin, but not in production',
    'deployment-preparedness',
    'cors_wildcard',
    {
      ...django,
      'shop/cors.py': 'CORS_ALLOW_ALL_ORIGINS = True\n',
      'shop/django/production.py': 'CORS_ALLOW_ALL_ORIGINS = False\n',
    },
    'pass',
  ],
  [
    'every origin, and another one in production',
    'deployment-preparedness',
    'cors_wildcard',
    {
      ...django,
      'shop/cors.py': 'CORS_ALLOW_ALL_ORIGINS = True\n',
      'shop/django/production.py': 'CORS_ALLOWED_ORIGINS = env.list("ORIGINS")\n',
    },
    'fail',
  ],
  [
    'a template that others make their service of',
    'deployment-procedures',
    'secret_placeholders',
    { ...express, 'cookiecutter.json': '{\n  "secret_key": "super_secret",\n  "admin_password": "password"\n}\n' },
    'fail',
  ],
];

const secrets: readonly Case[] = [
  [
    'the key that the manual of a cloud shows',
    'github-repository',
    'no_secrets',
    workflow('test', 'env:', `  AWS_ACCESS_KEY_ID: AKIA${'IOSFODNN7EXAMPLE'}`),
    'pass',
  ],
  [
    'an address that was signed',
    'deployment-process',
    'package_secrets',
    { ...express, 'a.js': `// x-amz-credential=AKIA${'A1'.repeat(8)}/20220405/eu-central-1/s3\n` },
    'pass',
  ],
  [
    'a key of a cloud',
    'web-service-production',
    'secrets_not_committed',
    { ...express, 'a.js': `const id = "AKIA${'A1'.repeat(8)}";\n` },
    'fail',
  ],
];

const composed: readonly Case[] = [
  [
    'a database that restarts makes no service of a compose file',
    'container-release',
    'compose_production',
    { ...express, ...image, 'compose.yml': databaseAlone },
    'fail',
  ],
  [
    'nor does it restart the service',
    'web-service-production',
    'restarts',
    { ...express, 'compose.yml': databaseAlone },
    'fail',
  ],
  [
    'a service that restarts',
    'container-release',
    'compose_production',
    { ...express, ...image, 'compose.yml': databaseAlone.replace('build: .', 'build: .\n    restart: always') },
    'na',
  ],
  [
    'a service for developers that restarts',
    'deployment-procedures',
    'production_overrides',
    {
      ...express,
      ...image,
      'compose.yml': databaseAlone.replace('build: .', 'build: .\n    restart: always\n    volumes:\n      - .:/app'),
    },
    'fail',
  ],
  [
    'what restarts in production',
    'web-service-production',
    'restarts',
    { ...express, 'compose.prod.yml': databaseAlone.replace('build: .', 'build: .\n    restart: always') },
    'pass',
  ],
  [
    'a compose file for a database is no place of production',
    'deployment-procedures',
    'deploy_targets',
    { ...express, ...image, 'docker-compose.db.yml': databaseAlone },
    'fail',
  ],
  [
    'how to start that database is no deployment',
    'deployment-preparedness',
    'deployment_guide',
    {
      ...express,
      'compose.yml': databaseAlone.replace('build: .', 'build: .\n    restart: always'),
      'README.md': '# A\n\n```sh\ndocker compose -f docker-compose.db.yml up -d\n```\n',
    },
    'fail',
  ],
  [
    'a platform that keeps the logs',
    'deployment-procedures',
    'logs_rotate',
    { ...express, ...image, Procfile: 'web: node a.js\n', 'compose.yml': databaseAlone },
    'na',
  ],
];

const pipelines: readonly Case[] = [
  [
    'an input of an action is no environment that is protected',
    'deployment-process',
    'pipeline_approval',
    {
      ...express,
      ...image,
      ...workflow(
        'ship',
        'steps:',
        '  - uses: getsentry/action-release@v3',
        '    with:',
        '      environment: production',
      ),
    },
    'fail',
  ],
  [
    'an environment of a job',
    'deployment-process',
    'pipeline_approval',
    { ...express, ...image, ...workflow('ship', 'environment: production', 'steps:', '  - run: make') },
    'pass',
  ],
  [
    'an environment with its address',
    'deployment-process',
    'pipeline_approval',
    { ...express, ...image, ...workflow('ship', 'environment:', '  name: production', 'steps:', '  - run: make') },
    'pass',
  ],
  [
    'migrations of a test script',
    'web-service-production',
    'migrations_apart',
    { 'alembic/versions/1_a.py': '', ...fastapi, ...image, 'scripts/test.sh': 'alembic upgrade head\npytest\n' },
    'fail',
  ],
];

const code: readonly Case[] = [
  [
    'a bundle named by its content',
    'deployment-preparedness',
    'third_party_scripts',
    {
      'package.json': '{ "dependencies": { "vue": "3" } }\n',
      'shop/static/assets/main-CA4_OjGq.js': 'load("https://cdn.jsdelivr.net/a.js");\n',
    },
    'na',
  ],
  [
    'a script of the team in the same folder',
    'deployment-preparedness',
    'third_party_scripts',
    {
      'package.json': '{ "dependencies": { "vue": "3" } }\n',
      'shop/static/assets/main-screen.js': 'load("https://cdn.jsdelivr.net/a.js");\n',
    },
    'fail',
  ],
  [
    'migrations of plug-ins do not pool',
    'deployment-procedures',
    'database_pooling',
    {
      ...fastapi,
      'db.py': 'engine = create_engine(url)\n',
      'plugins/migrations.py': 'engine = create_engine(url, poolclass=NullPool)\n',
    },
    'pass',
  ],
  [
    'a sound that is there twice',
    'deployment-preparedness',
    'video_formats',
    { 'a/ring.webm': '', 'a/ring.mp3': '' },
    'pass',
  ],
  [
    'an image of a document',
    'deployment-preparedness',
    'asset_sizes',
    { ...express, 'assets/login.png': 'x'.repeat(1_000_000), 'README.md': '![](assets/login.png)\n' },
    'pass',
  ],
  [
    'an image of the product',
    'deployment-preparedness',
    'asset_sizes',
    { ...express, 'assets/login.png': 'x'.repeat(1_000_000) },
    'fail',
  ],
];

describe.each([
  ['settings', settings],
  ['secrets', secrets],
  ['compose files', composed],
  ['pipelines', pipelines],
  ['code and assets', code],
])('%s', (_, cases) => {
  test.each(cases)('%s: %s %s', async (__, checklist, item, contents, result) => {
    expect(await judged(checklist, item, contents)).toBe(result);
  });
});
