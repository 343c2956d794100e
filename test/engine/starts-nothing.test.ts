/**
 * Looking starts nothing: every verb that only looks, in a folder where whatever could be started is a trap that leaves a mark.
 *
 * Invariant: the traps work. What may start them does, before and after, so no test passes because nothing could have been seen.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Stage } from '../examples/stage.ts';

const stage = new Stage('repository');
const mark = stage.path('started');
let requests = 0;

/** What was started or called since the last time. */
function sprung(): string {
  const marks = existsSync(mark) ? readFileSync(mark, 'utf8') : '';
  rmSync(mark, { force: true });
  const called = requests === 0 ? '' : `${requests} requests\n`;
  requests = 0;
  return `${marks}${called}`;
}

/** Programs that one might start by their names, and variables that name programs. */
const tools = 'bash curl ed gpg less more nano open pager sh ssh ssh-add ssh-keygen tar vault vi vim xdg-open'.split(
  ' ',
);
const variables =
  'BROWSER EDITOR GIT_ASKPASS GIT_EDITOR GIT_EXTERNAL_DIFF GIT_PAGER GIT_SSH MANPAGER PAGER SSH_ASKPASS VISUAL'.split(
    ' ',
  );

const checklist = `checklist: Trap
facts: { had: { check: ./trap fact } }
categories:
  all:
    title: All
    items:
      - { id: item, title: It is so, severity: high, check: ./trap item, fix: ./trap fix }
      - { id: asked, title: It was asked, severity: low, manual: 'Was it? \`./trap asked\` $(./trap asked)' }
`;

const runbook = (server: string): string => `runbook: Trap
vars:
  token: { from: [./trap, from], secret: true }
target: { name: trap, identity: { check: ./trap identity && echo trap } }
phases:
  before:
    - { id: first, run: ./trap first, undo: { run: ./trap undo-first } }
    - { id: wait, manual: 'Go on. $(./trap manual)' }
  after:
    - { id: gate, checklist: trap.checklist.yaml }
    - id: spend
      run: ./trap spend
      env: { TOKEN: "\${{ token }}", LEVEL: "$(./trap env)" }
      done_when: { check: ./trap done }
      undo: { run: ./trap undo }
      evidence: '$(./trap evidence)*'
    - { id: shell, tty: true, run: ./trap tty, undo: none, why: it only shows }
    - { id: look, check: ./trap look }
    - { id: call, http: "${server}/http" }
    - { id: tell, notify: { webhook: "${server}/notify", text: Hello }, undo: none, why: it is only said }
hooks:
  paused: [{ run: ./trap hook }, { notify: { webhook: "${server}/hook", text: Hello } }]
  completed: [{ run: ./trap hook }]
`;

const page = `# Trap

1. Run it:

   \`\`\`sh
   ./trap page
   \`\`\`

2. \`$(./trap inline)\` ![it](${'http://127.0.0.1:1/'}image.png)
`;

let repository: string;
let run: string;
let server: string;

function git(...words: readonly string[]): string {
  const author = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org'];
  return execFileSync('git', ['-C', repository, ...author, ...words], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

/** Every setting by which a repository names a program that looking at it could start. */
function settings(): readonly (readonly [string, string])[] {
  const trap = (how: string): string => `${join(repository, 'trap')} ${how}`;
  const keys = [
    'core.fsmonitor',
    'core.pager',
    'core.editor',
    'core.sshCommand',
    'core.askPass',
    'core.gitProxy',
    'core.alternateRefsCommand',
  ];
  const drivers = [
    'diff.external',
    'diff.trap.command',
    'diff.trap.textconv',
    'merge.trap.driver',
    'filter.trap.clean',
    'filter.trap.smudge',
  ];
  const signing = [
    'gpg.program',
    'gpg.ssh.program',
    'gpg.x509.program',
    'gpg.ssh.defaultKeyCommand',
    'credential.helper',
    'filter.trap.process',
  ];
  return [
    ...[...keys, ...drivers, ...signing, 'pager.status', 'pager.config', 'pager.log'].map(
      (key) => [key, trap(key)] as const,
    ),
    ['core.hooksPath', join(repository, 'hooks')],
    ['filter.trap.required', 'true'],
    ['core.repositoryFormatVersion', '1'],
    ['extensions.partialClone', 'origin'],
    ['remote.origin.promisor', 'true'],
    ['remote.origin.url', join(repository, 'elsewhere')],
    ['remote.origin.uploadpack', trap('uploadpack')],
    ['gpg.ssh.allowedSignersFile', join(repository, 'signers')],
    ['user.signingKey', join(repository, 'key')],
  ];
}

beforeAll(async () => {
  server = await stage.serve(() => {
    requests += 1;
    return { status: 200, body: '' };
  });
  repository = stage.path('repository');
  mkdirSync(join(repository, 'hooks'), { recursive: true });
  const body = `#!/bin/sh\necho "$0 $*" >> '${mark}'\n`;
  stage.write('repository/trap', body, 0o755);
  stage.write('repository/trap.yaml', runbook(server));
  stage.write('repository/trap.checklist.yaml', checklist);
  stage.write(
    'repository/harmless.yaml',
    'checklist: Look\ncategories: { c: { items: [{ id: tidy, grep: { pattern: REST, in: "*.txt" }, expect: count == 0 }] } }\n',
  );
  stage.write('repository/page.md', page);
  stage.write('repository/text.txt', 'text\n');
  stage.write('repository/.gitattributes', '* filter=trap diff=trap merge=trap\n');
  stage.write('repository/.lesskey', '#env\nLESSOPEN=|./trap lesskey %s\n');
  for (const hook of ['post-index-change', 'pre-auto-gc', 'reference-transaction', 'post-checkout'])
    stage.write(`repository/hooks/${hook}`, body, 0o755);
  for (const tool of tools) stage.write(`tools/${tool}`, body, 0o755);
  // Its start, as far as the first question, is what makes the run to look at.
  git('init', '-q');
  git('add', '.');
  git('commit', '-qm', 'x');
  const started = await stage.gonogo('run', 'trap.yaml', '--headless', '--operator', 'Ada');
  expect(started.code, started.stderr).toBe(3);
  run = /^run (\S+)$/m.exec(started.stderr)?.[1] ?? '';
  expect(sprung()).toMatch(/identity.*first.*hook.*requests/s);
  expect((await stage.gonogo('report', 'latest', '--out', 'report', '--bundle', 'bundle.tgz')).code).toBe(0);
  const trap = join(repository, 'trap');
  const paths = [stage.path('tools'), process.env['PATH']];
  Object.assign(stage.env, Object.fromEntries(variables.map((name) => [name, `${trap} ${name}`])), {
    PATH: paths.join(':'),
  });
  Object.assign(stage.env, { LESSOPEN: `|${trap} LESSOPEN %s`, LESSCLOSE: `${trap} LESSCLOSE %s %s` });
  expect(sprung()).toBe('');
});
afterAll(() => stage.dispose());

/** The words of each verb that only looks. */
const looks: readonly (readonly string[])[] = [
  ['check', 'trap.yaml', 'trap.checklist.yaml', '--format', 'sarif'],
  ['plan', 'trap.yaml'],
  ['plan', 'trap.yaml', '--json'],
  ['plan', 'trap.yaml', '--graph'],
  ['list'],
  ['show', 'latest'],
  ['show', 'latest', '--json'],
  ['logs', 'latest'],
  ['head', 'latest'],
  ['report', 'latest', '--out', 'again', '--format', 'md,html,json', '--bundle', 'again.tgz'],
  ['report', 'latest', '--format', 'comment'],
  ['verify', 'latest'],
  ['verify', './report'],
  ['verify', './bundle.tgz'],
  ['note', 'latest', '$(./trap note)'],
  ['drill', 'trap.yaml'],
  ['drill', 'trap.yaml', '--json'],
  ['import', 'page.md'],
  ['import', 'page.md', '--as', 'checklist'],
  ['export', 'trap.yaml'],
  ['export', 'trap.yaml', '--html'],
  ['fmt', '--check', 'trap.yaml', 'trap.checklist.yaml'],
  ['completion', 'bash'],
  ['completion', 'zsh'],
  ['completion', 'fish'],
  ['schema', 'runbook'],
  ['audit', 'harmless.yaml', '--json'],
];
describe.each([
  ['as it was committed', () => {}],
  [
    'that names its programs wherever git lets it',
    () => {
      stage.write('repository/text.txt', 'another text\n');
      const tree = git('rev-parse', 'HEAD^{tree}').trim();
      for (const [key, value] of settings()) git('config', key, value);
      rmSync(join(repository, '.git/objects', tree.slice(0, 2), tree.slice(2)));
      sprung();
    },
  ],
])('in a repository %s', (_what, hostile) => {
  beforeAll(hostile);
  test.each(looks.map((words) => [words.join(' '), words] as const))('%s starts nothing', async (_name, words) => {
    for (const name of ['again', 'again.tgz']) rmSync(join(repository, name), { recursive: true, force: true });
    const { code, stderr } = await stage.gonogo(...words);
    expect([0, 1], stderr).toContain(code);
    expect(sprung()).toBe('');
  });
});

describe('completing, on the press of a key', () => {
  const press: Readonly<Record<string, (script: string, words: readonly string[]) => readonly string[]>> = {
    bash: (script, words) => {
      const typed = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}`;
      return ['bash', '-c', `source '${script}'; ${typed}; _gonogo; printf '%s\\n' "\${COMPREPLY[@]}"`];
    },
    zsh: (script) => [
      'zsh',
      '-fc',
      `compdef() { :; }; compadd() { shift; print -rl -- "$@"; }; source '${script}'; _gonogo_runs`,
    ],
    fish: (script, words) => ['fish', '--no-config', '-c', `source '${script}'; complete -C '${words.join(' ')}'`],
  };
  const hostile = ['$(.${IFS}trap)', '`./trap run`', '$(${PWD}/trap)', 'a;.${IFS}trap', '~$(.${IFS}trap).yaml'];

  test.each(Object.keys(press))('%s starts nothing that a folder or a file is called', async (shell) => {
    const script = stage.write(`completion.${shell}`, (await stage.gonogo('completion', shell)).stdout);
    const state = stage.path('other/state');
    for (const name of [...hostile, '20260101-000000-abcd']) {
      mkdirSync(join(state, 'runs', name.replaceAll('/', '\u2215')), { recursive: true });
      stage.write(`repository/${name.replaceAll('/', '')}`, '');
    }
    // Its name may hold no slash, and an expansion may.
    mkdirSync(join(state, 'runs', '$(${HOME}trap)'), { recursive: true });
    for (const words of [
      ['gonogo', 'show', ''],
      ['gonogo', 'check', ''],
      ['gonogo', 'report', 'latest', '--sign', ''],
    ]) {
      const [program = '', ...rest] = press[shell]?.(script, words) ?? [];
      const env = { PATH: process.env['PATH'], HOME: `${repository}/`, GONOGO_STATE: state };
      const said = execFileSync(program, rest, { cwd: repository, env, encoding: 'utf8' });
      if (words[1] === 'show') expect(said.split('\n')).toContain('20260101-000000-abcd');
      expect(sprung()).toBe('');
    }
  });
});

test('the traps were set all the time', async () => {
  expect(() => git('diff', 'HEAD')).toThrow();
  expect(sprung()).toMatch(/trap (?:fsmonitor|uploadpack|clean|process)/);
  const answers = stage.write('answers.yaml', 'wait: done\n');
  const { stdout, stderr } = await stage.gonogo('resume', run, '--headless', '--answers', answers);
  expect(sprung(), `${stdout}${stderr}`).toMatch(/ (?:item|fact|hook)\n/);
});
