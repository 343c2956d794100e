/** Which files a look at a repository is about: kinds by name and by text, named sets, and what gonogo brought itself. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { type Selecting, selectionOf } from '../../src/actions/selecting.ts';
import { realFiles } from '../../src/host/files.ts';
import { lineSearch } from '../../src/search/line-search.ts';
import { documentDigest } from '../../src/search/own-documents.ts';
import { shippedDigests } from '../../src/search/shipped.ts';
import { createSurvey } from '../../src/search/survey.ts';

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

function folder(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'gonogo-search-'));
  made.push(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

async function selected(root: string, selecting: Selecting): Promise<readonly string[]> {
  const result = await createSurvey(realFiles, { respectIgnore: true }).select(root, selectionOf(selecting));
  if (!result.ok) throw new Error(result.message);
  return result.found.map(({ path }) => path);
}

/** `path:line` of what `pattern` finds. */
async function places(root: string, pattern: string, selecting: Selecting): Promise<readonly string[]> {
  const survey = createSurvey(realFiles, { respectIgnore: true });
  const result = await survey.select(root, selectionOf(selecting));
  const compiled = lineSearch(pattern);
  if (!result.ok || !compiled.ok) throw new Error('not searched');
  const found: string[] = [];
  for (const one of result.found) {
    const file = await survey.read(one);
    if (file.kind !== 'text') continue;
    for (const { number } of compiled.search.lines(file)) found.push(`${one.path}:${number}`);
  }
  return found;
}

describe('kinds', () => {
  test.each([
    ['containers', ['Dockerfile', 'src/cart/Dockerfile', 'docker/api.dockerfile', 'Dockerfile.prod', 'Containerfile']],
    ['compose', ['compose.yml', 'deploy/docker-compose.prod.yaml', 'services/parts.yml']],
    ['orchestration', ['deploy/web.yaml', 'charts/app/templates/web.yaml', 'ecs/task.json']],
    ['infrastructure', ['infra/main.tf', 'stack.yaml', 'cdk.json']],
    ['platforms', ['Procfile', 'Procfile.web', 'heroku.yml', 'apps/web/vercel.json']],
    ['proxies', ['ops/nginx.conf.template', 'Caddyfile', 'deploy/ingress.yaml']],
    [
      'pipelines',
      [
        '.github/workflows/ci.yml',
        '.gitlab-ci.yml',
        'ci/release.gitlab-ci.yml',
        '.gitlab/ci/test.yml',
        '.circleci/config.yml',
        'azure-pipelines.yml',
        'Jenkinsfile',
        'bitbucket-pipelines.yml',
        '.woodpecker.yml',
        '.woodpecker/test.yaml',
        'CodePipeline/main.tf',
        'buildspec.yml',
      ],
    ],
    ['scripts', ['Makefile', 'bin/deploy', 'scripts/release.py', 'tools/go.sh']],
    [
      'migrations',
      [
        'app/migrations/0001_initial.py',
        'backend/alembic/versions/a1_users.py',
        'backend/alembic_migrations/versions/a1_users.py',
        'db/migrate/1_users.rb',
      ],
    ],
    ['manifests', ['packages/a/package.json', 'pyproject.toml', 'requirements/base.txt']],
    ['environments', ['.env', '.env.example', 'backend/.env.production', '.envs/.local/.django']],
    ['settings', ['shop/settings.py', 'config/production.py', 'src/main/resources/application.yml']],
    ['code', ['a.py', 'b/c.tsx', 'd.go']],
    [
      'tests',
      [
        'core/tests.py',
        'a_test.go',
        'src/b.spec.ts',
        'tests/smoke.sh',
        'CartTest.java',
        'scripts/test-stack/up.sh',
        'unit_tests/a.py',
      ],
    ],
    [
      'documents',
      ['README.md', 'docs/operations.rst', 'docs/src/content/docs/install.mdx', 'DEPLOY.txt'.replace('.txt', '.adoc')],
    ],
  ] as const)('%s are found under any name that people give them', async (kind, paths) => {
    const texts: Readonly<Record<string, string>> = {
      'services/parts.yml': 'services:\n  web:\n    image: shop\n',
      'deploy/web.yaml': 'apiVersion: apps/v1\nkind: Deployment\n',
      'deploy/ingress.yaml': 'apiVersion: networking.k8s.io/v1\nkind: Ingress\n',
      'ecs/task.json': '{"containerDefinitions": []}',
      'stack.yaml': 'AWSTemplateFormatVersion: "2010-09-09"\n',
      'CodePipeline/main.tf': 'resource "aws_codepipeline" "p" {}\n',
    };
    const others = {
      'other.yaml': 'a: 1\n',
      LICENSE: '',
      'picture.svg': '',
      '.github/ISSUE_TEMPLATE/bug.md': '',
      'CHANGELOG.md': '',
      'Procfile.dev': '',
    };
    const root = folder({ ...others, ...Object.fromEntries(paths.map((path) => [path, texts[path] ?? ''])) });
    expect(await selected(root, { of: [kind] })).toEqual([...paths].sort());
  });
});

describe('named sets', () => {
  const files = {
    'src/a.py': '',
    'src/client.py': '# Code generated by openapi. DO NOT EDIT.\n',
    'src/a_pb2.py': '',
    'src/requirements.txt': '# This file was autogenerated by uv\n',
    'tests/test_a.py': '',
    'docs/a.py': '',
    'CHANGELOG.md': '',
    'README.md': '',
    'vendor/b.py': '',
    'web/node_modules/c.js': '',
    'uv.lock': '',
    'legacy/d.py': '',
    'dist/e.js': '',
    'web/dev-dist/f.js': '',
    '.test/e2e.sh': '',
  };

  test('each leaves out what it names', async () => {
    const root = folder(files);
    const left = await selected(root, {
      in: ['**'],
      exclude: ['tests', 'docs', 'changelogs', 'vendored', 'generated', 'lock files'],
    });
    expect(left).toEqual(['legacy/d.py', 'src/a.py', 'src/requirements.txt']);
    expect(await selected(root, { in: ['**/*.md'], exclude: ['changelogs'] })).toEqual(['README.md']);
  });

  test('.gitattributes adds to a set and takes out of it; a deeper file counts more', async () => {
    const root = folder({
      ...files,
      '.gitattributes': 'legacy/** linguist-vendored\nvendor/** -linguist-vendored\n*.sql linguist-generated=true\n',
      'src/.gitattributes': 'a.py linguist-documentation\n',
      'legacy/.gitattributes': 'd.py linguist-vendored=false\n',
      'legacy/x.py': '',
      'schema.sql': '',
    });
    const left = await selected(root, { in: ['**/*.{py,sql}'], exclude: ['vendored', 'generated', 'docs'] });
    expect(left).toEqual(['legacy/d.py', 'tests/test_a.py', 'vendor/b.py']);
  });
});

test('what is told to readers of a site or to assistants is no document', async () => {
  const paths = ['web/posts/launch.mdx', 'blog/2026.md', '.agents/skills/dev/SKILL.md', '.claude/agents/a.md'];
  const root = folder({ ...Object.fromEntries(paths.map((path) => [path, ''])), 'docs/post-mortem.md': '' });
  expect(await selected(root, { of: ['documents'] })).toEqual(['docs/post-mortem.md']);
});

describe('what gonogo brought', () => {
  const repository = fileURLToPath(new URL('../..', import.meta.url));

  test('documents that it ships never count, changed in comments or not, wherever they lie', async () => {
    const root = folder({});
    cpSync(join(repository, 'runbooks'), join(root, 'runbooks'), { recursive: true });
    cpSync(join(repository, 'checklists'), join(root, 'ops/checks'), { recursive: true });
    const demo = readFileSync(join(repository, 'runbooks/local-release.yaml'), 'utf8');
    writeFileSync(join(root, 'release.yaml'), `# ours now\n\n${demo}`);
    expect(await selected(root, { in: ['**/*.y*ml'] })).toEqual([]);
    expect(await selected(root, { of: ['runbooks'] })).toEqual([]);
    expect(await selected(root, { in: ['release.yaml'] })).toEqual(['release.yaml']);
  });

  test('every runbook that is shipped is known again; add its digest to src/search/shipped.ts', () => {
    const root = folder({});
    cpSync(join(repository, 'runbooks'), root, { recursive: true });
    const texts = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.yaml'));
    expect(texts).toContain('examples/parts/host.yaml');
    for (const path of texts) {
      const digest = documentDigest(readFileSync(join(root, path), 'utf8'));
      expect(shippedDigests.has(digest), `${path} has the digest ${digest}`).toBe(true);
    }
  });

  test('reports and journals that it wrote never count', async () => {
    const golden = join(repository, 'test/journals/v1');
    const root = folder({ 'README.md': 'rollback' });
    for (const ending of ['md', 'html', 'json', 'jsonl']) {
      cpSync(join(golden, `rollback.${ending}`), join(root, `docs/last-release.${ending}`));
    }
    expect(await selected(root, { in: ['**'] })).toEqual(['README.md']);
  });

  test("a team's own runbook counts by the commands that its steps run, not by its words", async () => {
    const root = folder({
      'ops/release.yaml': [
        'runbook: Release, with a smoke test and a rollback',
        'phases:',
        '  deploy:',
        '    - id: smoke',
        '      why: smoke',
        '      run: |',
        '        ./deploy.sh',
        '        ./smoke.sh',
        '      undo: { run: [heroku, rollback] }',
        '    - manual: Look at the smoke test.',
      ].join('\n'),
      'ops/checks.yaml': 'checklist: Smoke\ncategories: {}\n',
    });
    expect(await places(root, 'smoke|rollback', { in: ['**'] })).toEqual(['ops/release.yaml:8', 'ops/release.yaml:9']);
    expect(await selected(root, { of: ['runbooks'] })).toEqual(['ops/release.yaml']);
  });
});

describe('words', () => {
  test.each([
    ['webkitGetAsEntry()', false],
    ['import sentry_sdk', true],
    ['SENTRY_DSN=1', true],
    ['"@sentry/node": "8"', true],
    ['consentry', false],
    ['sentry', true],
    ['x.Sentry.init()', true],
    ['sentry2', false],
  ])('(?i)sentry in %j: %s', (line, found) => {
    const compiled = lineSearch('(?i)sentry', { words: true });
    if (!compiled.ok) throw new Error(compiled.message);
    expect(compiled.search.matches(line)).toBe(found);
    expect([...compiled.search.lines({ text: `a\n${line}\nb`, folded: `a\n${line}\nb`.toLowerCase() })]).toHaveLength(
      found ? 1 : 0,
    );
  });
});
