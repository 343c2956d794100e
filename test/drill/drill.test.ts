/** `gonogo drill`: the table, its exit codes, `--json`, drill files, and that nothing is touched. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkFiles, checkText } from '../../src/app/check.ts';
import { loader } from '../../src/app/read-document.ts';
import { drillFiles } from '../../src/commands/drill.ts';
import { sourceOf } from '../runbook/documents.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gonogo-drill-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function drill(files: readonly string[], options: { json?: boolean; vars?: string[] } = {}): Promise<Ended> {
  const out = { stdout: '', stderr: '' };
  const io = {
    stdout: (text: string) => {
      out.stdout += text;
    },
    stderr: (text: string) => {
      out.stderr += text;
    },
    terminal: false,
    env: {},
  };
  const code = await drillFiles(files, { state: join(folder, 'state'), ...options }, io);
  return { code, ...out };
}

const covered = `runbook: Release the shop
vars: { version: { ask: Version, match: 'v\\d' } }
phases:
  deploy:
    - { id: switch, run: touch "${'$'}version", undo: { run: touch undone } }
    - { id: go, approve: boss }`;

test('a covered runbook: a table, a percentage, what it proves, and exit 0', async () => {
  const file = write('covered/release.yaml', covered);
  const { code, stdout, stderr } = await drill([file]);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(
    stdout.replaceAll(folder, '').replace(/\d{8}T\d{9}Z-\w{6}/, 'ID'),
  ).toBe(`/covered/release.yaml: Release the shop
  stand-ins: made up, each passes (there is no /covered/release.drill.yaml)
  made up: version = v1

  step    before  middle  after  crash<  crash>  network  denied  rollback  undo
  switch  +       +       +      +       +       +                +         +
  go                                                      +
  + covered  ~ back, but for what the runbook says stays  x open

  100 % of 9 failure points have a way back or say that there is none: 9 covered, 0 marked, 0 open
  recorded: /state/drills/ID
This proves that the plan covers each failure, not that the command of an undo works.
`);
  expect(readdirSync(join(folder, 'covered'))).toEqual(['release.yaml']);
});

test('a change without a way back that the runbook does not speak of: exit 1, the cause once', async () => {
  const file = write(
    'open/release.yaml',
    'runbook: R\nphases: { deploy: [{ id: a, run: ./a }, { id: b, run: ./b, danger: true }] }\ntarget: { name: t, identity: { check: hostname } }',
  );
  const { code, stdout } = await drill([file]);
  expect(code).toBe(1);
  expect(stdout).toContain(
    '  no way back, and the runbook does not say so:\n    a has no undo (give it one, or undo: none with why): 13 points, the first where a is cut off in the middle\n',
  );
  expect(stdout).toContain(
    '  18 % of 16 failure points have a way back or say that there is none: 3 covered, 0 marked, 13 open\n',
  );
});

test('--json: one document with every outcome', async () => {
  const file = write(
    'json/release.yaml',
    'runbook: R\nphases: { deploy: [{ id: a, run: ./a, why: It may stay., undo: none }] }',
  );
  const { code, stdout } = await drill([file], { json: true });
  expect(code).toBe(0);
  const [one, ...more] = JSON.parse(stdout);
  expect(more).toEqual([]);
  expect(one).toMatchObject({
    file,
    title: 'R',
    drill: null,
    ok: true,
    points: 7,
    covered: 2,
    marked: 5,
    open: 0,
    percent: 100,
    stood: [],
    unreached: [],
  });
  expect(one.outcomes[1]).toEqual({
    kind: 'in-doubt',
    step: 'a',
    visit: 1,
    way: 0,
    standing: 'marked',
    end: { kind: 'rolled-back' },
    left: [{ step: 'a', why: 'none' }],
  });
  expect(one.proves).toContain('not that the command of an undo works');
});

test('the drill file beside it is used, stands for its runbook on the command line, and --var goes before it', async () => {
  const file = write('beside/release.yaml', covered);
  const beside = write('beside/release.drill.yaml', 'drill: The shop\nvars: { version: v7 }');
  const told = await drill([file, beside]);
  expect(told.code).toBe(0);
  expect(told.stdout.match(/Release the shop/g)).toHaveLength(1);
  expect(told.stdout).toContain(`stand-ins: ${beside}, else made up\n\n`);
  const given = await drill([beside], { vars: ['version=seven'] });
  expect(given).toMatchObject({ code: 2, stdout: '' });
  expect(given.stderr).toContain('--var');
});

test('a wrong drill file is told at its place, by check too: exit 2', async () => {
  const file = write('wrong/release.yaml', covered);
  const beside = write('wrong/release.drill.yaml', 'drill: The shop\nsteps:\n  swich: { exit: 1 }');
  const { code, stderr } = await drill([file]);
  expect(code).toBe(2);
  expect(stderr.replaceAll(folder, '')).toBe(`/wrong/release.drill.yaml:3:3: error[unknown-step]: there is no step swich
  3 |   swich: { exit: 1 }
    |   ^^^^^
hint: did you mean switch?

gonogo: /wrong/release.drill.yaml: 1 problem; nothing was rehearsed
`);
  const { diagnostics } = checkFiles([file, beside]);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toMatchObject([
    { file: beside, code: 'unknown-step' },
  ]);
  // An editor tells the same of the text that is not saved yet.
  const edited = sourceOf('drill: The shop\nsteps: { swich: {} }', beside);
  expect(checkText(edited, loader(new Map()), false)).toMatchObject([{ line: 2, column: 10, code: 'unknown-step' }]);
  const alone = write('alone/release.drill.yaml', 'drill: Alone');
  expect(checkText(sourceOf('drill: Alone', alone), loader(new Map()), false)).toEqual([]);
  expect(await drill([alone])).toMatchObject({ code: 2, stdout: '' });
  expect(checkFiles([alone]).diagnostics).toMatchObject([{ severity: 'error', code: 'unreadable' }]);
  const broken = write('wrong/broken.yaml', 'runbook: Broken\nphases: { all: [{ id: a, runn: ./a }] }');
  const besideBroken = write('wrong/broken.drill.yaml', 'drill: D\nsteps: { nowhere: {} }');
  const why = `this drill file was not checked: the runbook ${broken} has errors`;
  expect(checkFiles([besideBroken]).diagnostics).toMatchObject([
    { file: besideBroken, severity: 'error', message: why },
  ]);
  mkdirSync(join(folder, 'wrong/folder.yaml'));
  const besideFolder = write('wrong/folder.drill.yaml', 'drill: D');
  expect(checkFiles([besideFolder]).diagnostics).toMatchObject([
    { severity: 'error', message: expect.stringContaining('not checked: ') },
  ]);
});

test('several files: each is rehearsed, and the worst counts', async () => {
  const good = write('several/good.yaml', covered);
  const bad = write('several/bad.yaml', 'runbook: Bad\nphases: { deploy: [{ rum: ./a }] }');
  const list = write('several/list.yaml', 'checklist: L\ncategories: { a: { items: [{ manual: Is it? }] } }');
  const { code, stdout, stderr } = await drill([bad, list, good]);
  expect(code).toBe(2);
  expect(stdout).toContain('9 covered');
  expect(stderr).toContain('unknown-key');
  expect(stderr).toContain('is a checklist');
  await expect(drill([])).rejects.toThrow('name the runbooks');
});

test('a run that does not get through with its stand-ins is told with the step: exit 2', async () => {
  const file = write('stuck/release.yaml', 'runbook: R\nphases: { deploy: [{ id: a, check: ./a }] }');
  write('stuck/release.drill.yaml', 'drill: D\nsteps: { a: { exit: 4 } }');
  const { code, stderr } = await drill([file]);
  expect(code).toBe(2);
  expect(stderr.replaceAll(folder, '')).toBe(`gonogo: /stuck/release.yaml: the rehearsal comes to no end: a: exit 4
hint: give it a stand-in in /stuck/release.drill.yaml with which the run goes on
`);
});

test('stand-ins with which the run rolls itself back rehearse nothing behind that: exit 2', async () => {
  const file = write(
    'back/release.yaml',
    `runbook: R
phases:
  deploy:
    - { id: a, run: ./a, effect: once, undo: { run: ./ua } }
    - { id: b, run: ./b, effect: once, undo: { run: ./ub }, on_fail: rollback }
    - { id: c, run: ./c, effect: once }
`,
  );
  write('back/release.drill.yaml', 'drill: D\nsteps: { b: { exit: 3 } }');
  const { code, stderr } = await drill([file]);
  expect(code).toBe(2);
  expect(
    stderr.replaceAll(folder, ''),
  ).toBe(`gonogo: /back/release.yaml: the rehearsal comes to no end: the run ends rolled-back: b failed: exit 3
hint: give the steps a stand-in in /back/release.drill.yaml with which the run goes on
`);
});

test('why a later way stands still is printed behind it', async () => {
  const file = write(
    'later/release.yaml',
    `runbook: R
phases:
  deploy:
    - id: how
      choose:
        question: How?
        options:
          - { label: First, steps: [{ id: a, run: ./a, undo: { run: ./ua } }] }
          - { label: Second, steps: [{ id: ready, check: ./ready }, { id: b, run: ./b, undo: { run: ./ub } }] }`,
  );
  write('later/release.drill.yaml', 'drill: D\nsteps: { ready: { exit: 4 } }');
  const { code, stdout } = await drill([file]);
  expect(stdout).toContain('  way 2: Second chosen at how; it stands still at ready: exit 4\n');
  expect(code).toBe(1);
});
