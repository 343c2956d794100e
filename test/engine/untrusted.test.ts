/** What is looked at is trusted to be nothing: a repository that is audited, a state folder that others may write. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Stage } from '../examples/stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

test("an audit starts nothing that the audited repository's own git configuration names", async () => {
  const repository = stage.path('repository');
  const ran = stage.path('it-ran');
  mkdirSync(repository);
  const git = (...words: string[]) =>
    execFileSync('git', ['-C', repository, ...words], { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
  git('init', '-q');
  stage.write('repository/file.txt', 'text\n');
  git('add', '.');
  const program = stage.write('program', `#!/bin/sh\necho "$@" >> '${ran}'\n`, 0o755);
  for (const key of ['core.fsmonitor', 'core.pager', 'core.sshCommand', 'gpg.program']) git('config', key, program);
  stage.write('repository/.git/hooks/post-index-change', `#!/bin/sh\necho hook >> '${ran}'\n`, 0o755);
  const checklist = stage.write(
    'look.yaml',
    `checklist: Look
categories:
  tidy:
    title: Tidy
    items:
      - { id: untracked, title: Nothing is left over, severity: high, check: git ls-files --others --error-unmatch file.txt }
      - { id: refresh, title: The index is fresh, severity: high, check: git update-index --refresh && git ls-files -m }
`,
  );
  const { code, stdout, stderr } = await stage.gonogo('audit', checklist, '--repo', repository, '--json');
  expect(code, `${stdout}${stderr}`).toBe(0);
  expect(stage.has('it-ran')).toBe(false);
  // The repository would have started it: without the care of an audit it does.
  git('ls-files', '--others');
  expect(stage.has('it-ran')).toBe(true);
});

test('a state folder that others may write is refused with the command that mends it', async () => {
  const file = stage.write('run.yaml', 'runbook: R\nphases: { deploy: [{ check: "true" }] }\n');
  const state = stage.path('state');
  mkdirSync(state);
  for (const mode of [0o777, 0o775, 0o1777]) {
    chmodSync(state, mode);
    const refused = await stage.gonogo('run', file, '--headless');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(`run: chmod go-w '${state}'`);
    expect(stage.has(join('state', 'runs'))).toBe(false);
  }
  execFileSync('chmod', ['go-w', state]);
  expect((await stage.gonogo('run', file, '--headless')).code).toBe(0);
});

test('whatever a run leaves in the state folder is for its owner alone', async () => {
  const file = stage.write('run.yaml', 'runbook: R\nphases: { deploy: [{ run: "echo done" }, { check: "true" }] }\n');
  const state = stage.path('private');
  expect((await stage.gonogo('run', file, '--headless', '--state', state)).code).toBe(0);
  expect((await stage.gonogo('note', 'latest', 'fine', '--state', state)).code).toBe(0);
  expect((await stage.gonogo('report', 'latest', '--state', state)).code).toBe(0);
  const all = readdirSync(state, { recursive: true, encoding: 'utf8' });
  expect(all.length).toBeGreaterThan(10);
  const open = ['.', ...all].filter((path) => (statSync(join(state, path)).mode & 0o077) !== 0);
  expect(open).toEqual([]);
});

test('a state folder in a folder where everybody may put another in its place is refused, there or not, also behind a link', async () => {
  const file = stage.write('run.yaml', 'runbook: R\nphases: { deploy: [{ check: "true" }] }\n');
  const open = stage.path('open');
  mkdirSync(join(open, 'mine', 'made'), { recursive: true, mode: 0o700 });
  symlinkSync(join(open, 'mine'), stage.path('way'));
  const states = [
    join(open, 'new'),
    join(open, 'mine', 'made'),
    join(open, 'mine', 'new'),
    join(stage.path('way'), 'made'),
  ];
  chmodSync(open, 0o777);
  for (const state of states) {
    const refused = await stage.gonogo('run', file, '--headless', '--state', state);
    expect(refused.code, refused.stderr).toBe(2);
    expect(refused.stderr).toContain(`everybody may write in ${open} (mode 0777)`);
    expect(refused.stderr).toContain(`run: chmod +t '${open}'`);
    expect((await stage.gonogo('list', '--state', state)).code).toBe(2);
  }
  expect(readdirSync(open)).toEqual(['mine']);
  expect(readdirSync(join(open, 'mine'))).toEqual(['made']);
  // As for /tmp, where nobody renames what is another's. A group may be one's own.
  for (const mode of [0o1777, 0o775]) {
    chmodSync(open, mode);
    expect((await stage.gonogo('run', file, '--headless', '--state', join(open, 'mine', 'made'))).code).toBe(0);
  }
});
