/** What is looked at is trusted to be nothing: a repository that is audited, a state folder that others may write. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
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
