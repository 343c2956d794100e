/** What the pipelines of a repository run, followed to the end, with the places that lead there. */
import { describe, expect, test } from 'vitest';
import { perform, workFolder } from '../actions/bench.ts';

/** The commands that match, in the folder of `files`. */
async function commands(files: Readonly<Record<string, string>>, runs: string): Promise<unknown> {
  const read = await perform('ci', { runs }, { cwd: workFolder(files) });
  expect(read.reason).toBe(null);
  return read.fields['commands'];
}

const workflow = (...steps: string[]): string =>
  ['on: push', 'jobs:', '  a:', '    steps:', ...steps.map((step) => `      - ${step}`)].join('\n');

describe('every forge', () => {
  test.each([
    ['.github/workflows/ci.yml', workflow('run: pytest -q'), 5],
    [
      '.github/workflows/ci.yml',
      workflow('run: |\n          # pytest\n          echo pytest\n          uv run pytest'),
      8,
    ],
    ['.gitlab-ci.yml', 'test:\n  script:\n    - pip install .\n    - pytest', 4],
    ['.gitlab/ci/test.yml', 'test: { script: pytest }', 1],
    ['.circleci/config.yml', 'jobs:\n  a:\n    steps:\n      - run: { name: x, command: pytest }', 4],
    ['.circleci/config.yml', 'jobs:\n  a:\n    steps:\n      - run: pytest', 4],
    ['azure-pipelines.yml', 'steps:\n  - script: pytest\n    displayName: t', 2],
    ['bitbucket-pipelines.yml', 'pipelines:\n  default:\n    - step:\n        script:\n          - pytest', 5],
    ['.woodpecker/test.yaml', 'steps:\n  a:\n    image: python\n    commands:\n      - pytest', 5],
    ['.drone.yml', 'kind: pipeline\nsteps:\n  - commands: [pytest]', 3],
    ['.travis.yml', 'script: pytest', 1],
    ['buildspec.yml', 'phases:\n  build:\n    commands:\n      - pytest', 4],
    ['cloudbuild.yaml', 'steps:\n  - name: gcr.io/x/python\n    args: [-m, pytest]', 3],
    [
      'concourse/pipeline.yml',
      'jobs:\n  - name: a\n    plan:\n      - task: t\n        config: { run: { path: pytest, args: [-q] } }',
      5,
    ],
    [
      'concourse/tasks/t.yml',
      'platform: linux\nrun:\n  path: sh\n  args:\n    - -c\n    - |\n      set -e\n      pytest',
      8,
    ],
    ['Jenkinsfile', "pipeline {\n  // sh 'pytest'\n  sh 'pytest'\n}", 3],
    ['Jenkinsfile', "sh '''\n  set -e\n  pytest\n'''", 3],
  ])('%s: %j', async (path, text, line) => {
    const found = await commands({ [path]: text }, 'pytest');
    expect(found).toEqual([expect.stringContaining(`${path}:${line}: `)]);
  });

  test('what is ready-made and what runs beside the commands counts, by what it is', async () => {
    const files = {
      '.github/workflows/ci.yml': [
        'on: push',
        'jobs:',
        '  a:',
        '    services: { db: { image: "postgres:16" } }',
        '    steps:',
        '      - uses: docker/build-push-action@v6',
        '        with: { push: true }',
      ].join('\n'),
      '.circleci/config.yml': 'jobs:\n  a:\n    steps:\n      - node/install-packages',
      'deploy/pipe.tf': 'resource "aws_codepipeline" "p" {\n  category = "Deploy"\n  provider = "ECS"\n}',
    };
    expect(await commands(files, '^image postgres|^uses ')).toEqual([
      '.circleci/config.yml:4: uses node/install-packages',
      '.github/workflows/ci.yml:4: image postgres:16',
      '.github/workflows/ci.yml:6: uses docker/build-push-action@v6',
      'deploy/pipe.tf:3: uses CodePipeline Deploy ECS',
    ]);
  });
});

describe('indirection', () => {
  const chain = '.github/workflows/ci.yml:5 > ';

  test.each([
    ['a script', 'run: ./scripts/test.sh', { 'scripts/test.sh': 'set -e\npytest' }, 'scripts/test.sh:2: pytest'],
    ['a script by its shell', 'run: bash ci/all', { 'ci/all': '' }, null],
    [
      'a script that calls one beside it',
      'run: bash scripts/all.sh',
      { 'scripts/all.sh': 'bash unit.sh', 'scripts/unit.sh': 'pytest' },
      'scripts/all.sh:1 > scripts/unit.sh:1: pytest',
    ],
    [
      'a Make target and what it needs',
      'run: make check',
      { Makefile: 'check: lint unit\n\tdone\nunit:\n\t@pytest\nother:\n\tpytest other' },
      'Makefile:4: pytest',
    ],
    ['the first Make target', 'run: make', { Makefile: 'A := 1\nall:\n\tpytest\n' }, 'Makefile:3: pytest'],
    ['Make in a folder', 'run: make -C api test', { 'api/Makefile': 'test:\n\tpytest' }, 'api/Makefile:2: pytest'],
    ['a just recipe', 'run: just test', { justfile: 'test arg="":\n    pytest {{arg}}' }, 'justfile:2: pytest {{arg}}'],
    [
      'a package script',
      'run: npm test',
      { 'package.json': '{\n  "scripts": {\n    "test": "pytest"\n  }\n}' },
      'package.json:3: pytest',
    ],
    [
      'a script of Composer',
      'run: composer run lint',
      { 'composer.json': '{\n  "scripts": {\n    "lint": ["pytest", "other"]\n  }\n}' },
      'composer.json:3: pytest',
    ],
    [
      'a script of every workspace',
      'run: bun run --filter "*" test',
      { 'package.json': '{}', 'packages/a/package.json': '{"scripts": {"test": "pytest"}}' },
      'packages/a/package.json:1: pytest',
    ],
    [
      'a package in the folder of the step',
      'run: npm run unit\n        working-directory: web',
      { 'web/package.json': '{"scripts": {"unit": "pytest"}}', 'package.json': '{"scripts": {"unit": "no"}}' },
      'web/package.json:1: pytest',
    ],
    [
      'a package that the line goes into',
      'run: cd web && npm test',
      {
        'web/package.json': '{"scripts": {"test": "pytest"}}',
        'api/package.json': '{"scripts": {"test": "pytest {"}}',
      },
      'web/package.json:1: pytest',
    ],
    [
      'the package that the command names',
      'run: yarn workspace @shop/web test',
      {
        'package.json': '{}',
        'packages/web/package.json': '{"name": "@shop/web", "scripts": {"test": "pytest"}}',
        'packages/api/package.json': '{"name": "@shop/api", "scripts": {"test": "pytest {"}}',
      },
      'packages/web/package.json:1: pytest',
    ],
    [
      'the package whose folder the command gives',
      'run: pnpm --filter=./packages/web test',
      {
        'package.json': '{}',
        'packages/web/package.json': '{"scripts": {"test": "pytest"}}',
        'packages/api/package.json': '{"scripts": {"test": "pytest {"}}',
      },
      'packages/web/package.json:1: pytest',
    ],
    [
      'hooks',
      'uses: pre-commit/action@v3',
      { '.pre-commit-config.yaml': 'repos:\n  - hooks:\n      - id: t\n        entry: pytest' },
      '.pre-commit-config.yaml:3: t: pytest',
    ],
    [
      'an action of the repository',
      'uses: ./.github/actions/test',
      { '.github/actions/test/action.yml': 'runs:\n  steps:\n    - run: pytest' },
      '.github/actions/test/action.yml:3: pytest',
    ],
    [
      'a reusable workflow',
      'uses: ./.github/workflows/shared.yml',
      { '.github/workflows/shared.yml': 'on: workflow_call\njobs:\n  a:\n    steps:\n      - run: pytest' },
      '.github/workflows/shared.yml:5: pytest',
    ],
    ['tox', 'run: tox -e py', { 'tox.ini': '[testenv]\ncommands =\n  pytest' }, 'tox.ini:3: pytest'],
  ])('%s is followed', async (_, step, files, end) => {
    const found = await commands({ ...files, '.github/workflows/ci.yml': workflow(step) }, '^(t: )?pytest( \\{|$)');
    expect(found).toEqual(end === null ? [] : [chain + end]);
  });

  test('a list of commands is one shell', async () => {
    const files = {
      '.gitlab-ci.yml': 'test:\n  script:\n    - cd web\n    - npm test',
      'package.json': '{"scripts": {"test": "pytest root"}}',
      'web/package.json': '{"scripts": {"test": "pytest web"}}',
    };
    expect(await commands(files, '^pytest')).toEqual(['.gitlab-ci.yml:4 > web/package.json:1: pytest web']);
  });

  test('a package that lacks the script does not lend it from another, and a folder in parentheses is left again', async () => {
    const files = {
      '.github/workflows/ci.yml': workflow(
        'run: (cd web && npm test)',
        'run: npm test',
        'run: cd web; cd ../api; make',
      ),
      'package.json': '{}',
      'web/package.json': '{"scripts": {"test": "pytest web"}}',
      'docs/package.json': '{"scripts": {"test": "pytest docs"}}',
      'api/Makefile': 'all:\n\tpytest api',
    };
    expect(await commands(files, '^pytest')).toEqual([
      '.github/workflows/ci.yml:5 > web/package.json:1: pytest web',
      '.github/workflows/ci.yml:7 > api/Makefile:2: pytest api',
    ]);
  });

  test('circles end, and each way is told once', async () => {
    const files = {
      '.github/workflows/ci.yml': workflow('run: ./scripts/a.sh', 'run: make a'),
      'scripts/a.sh': './scripts/b.sh',
      'scripts/b.sh': './scripts/a.sh\npytest',
      Makefile: 'a: b\nb: a\n\tmake a\n\tpytest',
    };
    expect(await commands(files, '^pytest')).toEqual([
      '.github/workflows/ci.yml:5 > scripts/a.sh:1 > scripts/b.sh:2: pytest',
      '.github/workflows/ci.yml:6 > Makefile:4: pytest',
    ]);
  });

  test('a script that no pipeline runs, and a workflow that nobody calls, run nothing', async () => {
    const files = {
      '.github/workflows/ci.yml': workflow('run: ./scripts/a.sh'),
      '.github/workflows/shared.yml':
        'on:\n  workflow_call:\n    inputs: {}\njobs: { a: { steps: [{ run: pytest }] } }',
      'scripts/a.sh': 'true',
      'scripts/b.sh': 'pytest',
    };
    expect(await commands(files, 'pytest')).toEqual([]);
  });
});

describe('nothing that runs', () => {
  test.each([
    ['a printed line', 'run: echo "run pytest here"'],
    ['a comment', 'run: |\n          # pytest\n          true'],
    ['a step that is switched off', 'run: pytest\n        if: false'],
    ['a name', 'name: pytest\n        run: "true"'],
  ])('%s is no command', async (_, step) => {
    expect(await commands({ '.github/workflows/ci.yml': workflow(step) }, 'pytest')).toEqual([]);
  });

  test('a printed line that does something is one', async () => {
    const files = { '.github/workflows/ci.yml': workflow('run: echo "$TOKEN" | docker login --password-stdin') };
    expect(await commands(files, 'docker login')).toHaveLength(1);
  });

  test('a step that only prints what it should do is no command, and makes what asks for placeholders fail', async () => {
    const files = {
      '.github/workflows/ci.yml': workflow(
        'run: ./deploy.sh staging',
        'run: |\n          # later\n          echo "Deploying to production"',
        'run: |\n          echo "Deploying"\n          ./deploy.sh production',
      ),
    };
    const read = await perform('ci', { runs: 'deploy', placeholder: '(?i)deploy' }, { cwd: workFolder(files) });
    expect(read.reason).toBe('a step only prints what it should do');
    expect(read.fields['commands']).toEqual(['.github/workflows/ci.yml:8: prints echo "Deploying to production"']);
    expect(await commands(files, 'deploy')).toHaveLength(2);
  });

  test('without a pipeline the reason says so; a broken one has no commands', async () => {
    expect((await perform('ci', { runs: 'x' }, { cwd: workFolder({ 'a.txt': '' }) })).reason).toBe(
      'there is no pipeline here',
    );
    expect(await commands({ '.github/workflows/ci.yml': '{{{ : [' }, 'x')).toEqual([]);
  });
});
