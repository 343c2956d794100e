/** The first minutes: a repository is begun, its documents are right, and the shell completes. `npm test` builds the command before. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { checkFiles } from '../../src/app/check.ts';
import { initialise } from '../../src/app/init.ts';
import { kinds } from '../../src/authoring/templates.ts';
import { planAsGraph } from '../../src/commands/plan-graph.ts';
import { Bench } from '../resume/gonogo.ts';
import { parseText } from '../runbook/documents.ts';

describe('gonogo init', () => {
  test.each(kinds)('%s begins with documents that have no problem', (kind) => {
    const bench = new Bench();
    const { example, made } = initialise(bench.root, kind);
    expect(made).toHaveLength(5);
    const files = [bench.path(example), bench.path('checklists/release.yaml')];
    expect(checkFiles(files).diagnostics).toEqual([]);
    expect(readFileSync(bench.path('state/.gitignore'), 'utf8')).toBe('*\n!.gitignore\n');
  });

  test('overwrites nothing, and the example runs', async () => {
    const bench = new Bench();
    const first = await bench.gonogo('init', bench.path('shop'), '--kind', 'empty');
    expect(first).toMatchObject({ code: 0 });
    expect(first.stdout).toContain('gonogo check --format github');
    const again = await bench.gonogo('init', bench.path('shop'), '--kind', 'container');
    expect(again.stderr).toContain('checklists/release.yaml is there already: left as it is');
    const answers = bench.write('answers.yaml', 'say_here_what_is_to_be_done: done\n');
    const run = await bench.gonogo('run', bench.path('shop/runbooks/first.yaml'), '--headless', '--answers', answers);
    expect(run.code).toBe(0);
    expect(await bench.gonogo('init', bench.path('shop'), '--kind', 'web')).toMatchObject({ code: 2 });
  });
});

describe('completion', () => {
  test('of bash completes verbs, options and files', async () => {
    const bench = new Bench();
    const { stdout } = await bench.gonogo('completion', 'bash');
    const complete = (line: string): string =>
      execFileSync(
        'bash',
        [
          '-c',
          `${stdout}\nCOMP_WORDS=(${line}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _gonogo; echo "\${COMPREPLY[*]}"`,
        ],
        { encoding: 'utf8', cwd: bench.root },
      ).trim();
    expect(complete('gonogo ver')).toBe('verify');
    expect(complete('gonogo import --o')).toBe('--out');
    bench.write('page.md', '');
    expect(complete('gonogo import pa')).toBe('page.md');
  });

  test.each(['zsh', 'fish'])('of %s names every verb', async (shell) => {
    const bench = new Bench();
    const { stdout } = await bench.gonogo('completion', shell);
    for (const verb of ['run', 'resume', 'import', 'export', 'fmt', 'init', 'completion'])
      expect(stdout).toContain(verb);
    const there = ['/usr/bin', '/bin'].some((folder) => existsSync(`${folder}/${shell}`));
    if (there) execFileSync(shell, ['-n'], { input: stdout });
  });

  test('another shell is refused', async () => {
    expect(await new Bench().gonogo('completion', 'csh')).toMatchObject({ code: 2 });
  });
});

test('the plan as a diagram has phases, branches and what is dangerous, and forges nothing', () => {
  const { runbook } = parseText(`runbook: R
target: { name: t, identity: { check: hostname } }
phases:
  deploy:
    - { id: a, title: 'A "quoted" ]', run: x, undo: { run: y } }
    - id: b
      choose: { question: Which, options: [{ label: one, steps: [{ id: c, run: z }] }, { label: two }] }
  verify:
    - { id: d, run: w, danger: true }
`);
  if (runbook === null) throw new Error('not right');
  expect(planAsGraph(runbook)).toBe(`flowchart TD
  subgraph phase_0["Deploy"]
    a["A #34;quoted#34; ] ↩"]
    b{"B"}
    a --> b
      c["C"]
    b -- "one" --> c
  end
  subgraph phase_1["Verify"]
    d{{"⚠ D"}}
  end
  b --> d
`);
});
