/** The first minutes: a repository is begun, its documents are right, and the shell completes. `npm test` builds the command before. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { checkFiles } from '../../src/app/check.ts';
import { initialise } from '../../src/app/init.ts';
import { kinds } from '../../src/authoring/templates.ts';
import { words } from '../../src/commands/completion.ts';
import { planAsGraph } from '../../src/commands/plan-graph.ts';
import { exitCodes } from '../../src/engine/exit-code.ts';
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
    expect(first.stdout).toContain('gonogo-linux-x64 check --format github');
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
    expect(complete('gonogo check --format s')).toBe('sarif');
    expect(complete('gonogo import page.md --as c')).toBe('checklist');
    expect(complete('gonogo schema r')).toBe('runbook');
    mkdirSync(bench.path('state/runs/20260101-0900-shop-abcd'), { recursive: true });
    expect(complete('gonogo show 2026')).toBe('20260101-0900-shop-abcd');
    expect(complete('gonogo resume l')).toBe('latest');
  });

  test('gives behind an option only what its help names', async () => {
    const { stdout } = await new Bench().gonogo('completion', 'markdown');
    for (const [place, values] of Object.entries(words)) {
      const [verb = '', flag = ''] = place.split(' ');
      const own = stdout.split(new RegExp(`^## \`gonogo ${verb}(?![\\w-])`, 'm'))[1]?.split('\n## ')[0] ?? '';
      const help = flag.startsWith('--') ? own.split('\n').find((line) => line.includes(`\`${flag}\``)) : own;
      for (const value of values) expect(help, place).toMatch(new RegExp(`\\b${value}\\b`));
    }
  });

  test('gives every kind of schema that there is', async () => {
    const bench = new Bench();
    const { stderr } = await bench.gonogo('schema', 'none');
    const named = stderr
      .split(': use ')[1]
      ?.match(/\w+/g)
      ?.filter((word) => word !== 'or');
    expect(words['schema kind']).toEqual(named);
  });

  test('the manual has the arguments of verbs and every exit code', async () => {
    const { stdout } = await new Bench().gonogo('completion', 'man');
    expect(stdout).toContain('.B approve <run> <step>\n');
    expect(stdout).toContain('.B check [files...]\n');
    const status = stdout.split('.SH EXIT STATUS')[1] ?? '';
    const told = [...(status.split('.SH')[0]?.matchAll(/^\.B (\d+)$/gm) ?? [])].map(([, code]) => Number(code));
    expect(told).toEqual(Object.values(exitCodes));
  });

  test.each(['zsh', 'fish'])('of %s names every verb', async (shell) => {
    const bench = new Bench();
    const { stdout } = await bench.gonogo('completion', shell);
    for (const verb of ['run', 'resume', 'import', 'export', 'fmt', 'init', 'completion'])
      expect(stdout).toContain(verb);
    const there = ['/usr/bin', '/bin'].some((folder) => existsSync(`${folder}/${shell}`));
    if (there) execFileSync(shell, ['-n', bench.write(`gonogo.${shell}`, stdout)]);
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
    step_a["A #34;quoted#34; ] ↩"]
    step_b{"B"}
    step_a --> step_b
      step_c["C"]
    step_b -- "one" --> step_c
  end
  subgraph phase_1["Verify"]
    step_d{{"⚠ D"}}
  end
  step_b --> step_d
`);
});

describe('plan', () => {
  const text = `runbook: Release
vars:
  version: { ask: Version, match: 'v[0-9]+' }
  was: {}
phases:
  main:
    - { id: look, check: echo v0, capture: was }
    - { id: put, run: 'echo "$version" > "$was"', when: 'version != "v9"', undo: { run: rm "$was" } }
    - { id: tell, manual: 'Tell that \${{ version }} follows \${{ was }}' }
`;

  test('tells the values that are given, and where the others come from, and writes nothing', async () => {
    const bench = new Bench();
    const file = bench.write('release.yaml', text);
    const { code, stdout } = await bench.gonogo('plan', file, '--var', 'version=v2');
    expect(code).toBe(0);
    expect(stdout).toContain('  version  v2  (given)\n  was      captured by look\n');
    expect(stdout).toContain('3 steps, of which 1 change something and 1 ask a person\n  changes: put\n  asks: tell\n');
    expect(stdout).toContain('time: not known: no earlier run tells');
    expect(stdout).toContain(
      '        with version = v2, was (captured by look)\n      when: version != "v9" (holds)\n',
    );
    expect(stdout).toContain('manual: Tell that v2 follows ${{ was }} [person]');
    expect(readdirSync(bench.root).sort()).toEqual(['release.yaml']);
  });

  test('takes the time from earlier runs, and the values from a file', async () => {
    const bench = new Bench();
    const file = bench.write('release.yaml', text);
    const answers = bench.write('answers.yaml', 'version: v9\ntell: done\n');
    expect((await bench.gonogo('run', file, '--headless', '--answers', answers)).code).toBe(0);
    const vars = bench.write('values.env', 'version=v9\n');
    const told = await bench.gonogo('plan', file, '--vars', vars, '--json');
    expect(JSON.parse(told.stdout)).toMatchObject({
      variables: [
        { name: 'version', kind: 'known', text: 'v9', source: 'file' },
        { name: 'was', kind: 'captured' },
      ],
      overview: { changes: [], notTaken: ['put'], expected: { unknown: [] } },
      phases: [
        {
          steps: [
            { id: 'look', typicalMs: { p50: expect.any(Number) } },
            { holds: false },
            { filled: expect.any(String) },
          ],
        },
      ],
    });
  });

  test('refuses values with which no run would start', async () => {
    const bench = new Bench();
    const file = bench.write('release.yaml', text);
    const wrong = await bench.gonogo('plan', file, '--var', 'version=2');
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(await bench.gonogo('plan', file, '--var', 'versoin=v2')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('did you mean version?'),
    });
  });
});
