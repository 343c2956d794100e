/** Files that back what was done: those that a step leaves, those that a person gives, and what a terminal showed. */
import { createHash } from 'node:crypto';
import { appendFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { Stage, statuses } from '../examples/stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

const pieces = z.array(z.looseObject({ path: z.string(), bytes: z.int(), sha256: z.string() }));

async function shown() {
  const found = await stage.shown();
  const evidence = new Map(
    found.steps.map((step) => [step.id, pieces.parse(step['evidence']).filter(({ path }) => !path.endsWith('.log'))]),
  );
  const named = (id: string) =>
    (evidence.get(id) ?? []).map(({ path }) => path.replace(/^steps\/\d+-[^/]+\/\d+\//, ''));
  const reason = (id: string) => found.steps.find((step) => step.id === id)?.reason;
  return { ...found, evidence, named, reason };
}

const runFolder = () => {
  const runs = stage.path('state/runs');
  return join(runs, readdirSync(runs).sort().at(-1) ?? '');
};

describe('files that a step leaves', () => {
  test('are copied, hashed, shown, signed for, and missed by verify', async () => {
    const file = stage.write(
      'runbook.yaml',
      `runbook: Build
vars: { version: v1 }
phases:
  all:
    - id: build
      run: |
        mkdir -p out/deep; echo one > out/a.txt; echo two > out/deep/b.txt; echo pack > "$version.tgz"
      evidence: ["out/**/*.txt", "\${{ version }}.tgz"]
      effect: idempotent
`,
    );
    expect((await stage.headless(file)).code).toBe(0);
    const { named, evidence } = await shown();
    expect(named('build')).toEqual(['evidence/out/a.txt', 'evidence/out/deep/b.txt', 'evidence/v1.tgz']);
    const [first] = evidence.get('build') ?? [];
    expect(first).toMatchObject({ bytes: 4, sha256: createHash('sha256').update('one\n').digest('hex') });
    expect((await stage.gonogo('plan', file)).stdout).toContain('evidence: v1.tgz');
    // The copy is the run's own: what becomes of the file changes nothing.
    stage.write('out/a.txt', 'other');
    expect((await stage.gonogo('verify', 'latest')).code).toBe(0);
    const report = await stage.gonogo(
      'report',
      'latest',
      '--out',
      stage.path('report'),
      '--bundle',
      stage.path('all.tar'),
    );
    expect(report.code).toBe(0);
    expect(stage.read('report/report.md')).toContain('evidence/out/deep/b.txt');
    expect((await stage.gonogo('verify', stage.path('all.tar'))).code).toBe(0);
    const copy = join(runFolder(), first?.path ?? '');
    appendFileSync(copy, 'more');
    expect((await stage.gonogo('verify', 'latest')).code).toBe(0);
    rmSync(copy);
    const missed = await stage.gonogo('verify', 'latest');
    expect([missed.code, missed.stdout]).toEqual([1, expect.stringContaining('evidence/out/a.txt')]);
  });

  test('what cannot be kept fails the step and says why', async () => {
    stage.env['TOKEN'] = 'hunter2-hunter2';
    stage.write('elsewhere/a.txt', 'not yours');
    const file = stage.write(
      'work/runbook.yaml',
      `runbook: Build
vars: { token: { env: TOKEN, secret: true }, where: ../elsewhere }
phases:
  all:
    - { id: none, run: "true", evidence: "*.xml", on_fail: continue }
    - { id: link, run: ln -s ../elsewhere/a.txt link.txt, evidence: link.txt, on_fail: continue }
    - { id: folder, run: ln -s ../elsewhere folder, evidence: folder/a.txt, on_fail: continue }
    - { id: pipe, run: mkfifo pipe, evidence: pipe, on_fail: continue }
    - { id: many, run: "mkdir many; for i in {1..101}; do : > many/$i; done", evidence: many/*, on_fail: continue }
    - { id: large, run: truncate -s 65M large, evidence: large, on_fail: continue }
    - { id: outside, run: "true", evidence: "\${{ where }}/a.txt", on_fail: continue }
    - { id: meant, run: "true", evidence: ../elsewhere/a.txt, on_fail: continue }
    - id: secret
      run: printf %s "$T" | base64 > secret.txt
      env: { T: "\${{ token }}" }
      evidence: secret.txt
      on_fail: continue
    - { id: failed, run: "echo 1 > tests.xml; exit 3", evidence: tests.xml, on_fail: continue }
    - { id: both, run: exit 4, evidence: absent.xml, on_fail: continue }
    - { id: unnamed, run: "echo unnamed >> ran", evidence: "\${{ later }}.xml", on_fail: continue }
    - { id: set, check: echo x, capture: later }
`,
    );
    const folder = stage.path('work');
    const ended = await stage.gonogo('run', file, '--headless', '--repo', folder);
    expect(ended.code).toBe(1);
    const { named, reason, ...rest } = await shown();
    expect(statuses(rest)).toMatchObject({ meant: 'passed', failed: 'failed' });
    const why = (id: string) => reason(id)?.replace('its evidence is not kept: ', '').replaceAll(folder, '.');
    expect(Object.fromEntries(Object.keys(statuses(rest)).map((id) => [id, why(id)]))).toMatchObject({
      none: 'no file matches *.xml',
      link: 'link.txt is no regular file',
      folder: 'folder/a.txt is reached by a link; name where it really is',
      pipe: 'pipe is no regular file',
      many: 'more than 100 files match; name fewer, or pack them into one',
      large: 'large is larger than 64 MiB',
      outside: '../elsewhere/a.txt is outside .',
      secret: 'secret.txt holds a secret',
      failed: 'exit 3',
      both: 'exit 4',
    });
    expect(named('meant')).toEqual(['evidence/__/elsewhere/a.txt']);
    expect(named('failed')).toEqual(['evidence/tests.xml']);
    expect(reason('unnamed')).toContain('evidence: ${{ later }}: variable later is not set');
    expect(stage.has('work/ran')).toBe(false);
    expect((await stage.gonogo('verify', 'latest')).code).toBe(0);
  });
});

describe('files that a person gives', () => {
  const byHand = `runbook: By hand
vars: { token: { env: TOKEN, secret: true } }
phases:
  all:
    - { id: look, manual: Look at the dashboard }
    - { id: wait, manual: Wait, when: steps.look.status == "passed" }
    - { id: end, run: "true", env: { T: "\${{ token }}" } }
`;

  test('come from an answers file', async () => {
    stage.env['TOKEN'] = 'hunter2-hunter2';
    stage.write('shot.png', 'pixels');
    stage.write('log.txt', 'lines');
    stage.write('leak.txt', 'x hunter2-hunter2 x');
    const answers = stage.write(
      'answers.yaml',
      'look: { note: as it should be, evidence: [shot.png, log.txt] }\nwait: { evidence: leak.txt }\n',
    );
    const ended = await stage.headless(stage.write('runbook.yaml', byHand), {}, answers);
    expect([ended.code, ended.stderr]).toEqual([3, expect.stringContaining('leak.txt holds a secret of the run')]);
    const { named, ...rest } = await shown();
    expect(named('look')).toEqual(['1-shot.png', '1-log.txt']);
    expect(rest.steps[0]?.note).toBe('as it should be');
    const missing = await stage.gonogo(
      'resume',
      '--headless',
      '--answers',
      stage.write('b.yaml', 'wait: { evidence: no }'),
    );
    expect([missing.code, missing.stderr]).toEqual([3, expect.stringContaining('cannot be taken as evidence')]);
    const wrong = await stage.gonogo(
      'resume',
      '--headless',
      '--answers',
      stage.write('c.yaml', 'wait: { evidence: [] }'),
    );
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('{note: TEXT, evidence: FILE}')]);
    expect((await stage.gonogo('verify', 'latest')).code).toBe(0);
  });

  test('are attached from another terminal, to what is over too, and missed by verify', async () => {
    stage.env['TOKEN'] = 'hunter2-hunter2';
    stage.write('shot.png', 'pixels');
    stage.write('leak.txt', 'hunter2-hunter2');
    const file = stage.write('runbook.yaml', byHand);
    expect((await stage.headless(file, {}, stage.write('a.yaml', 'look: done\n'))).code).toBe(3);
    const refused = async (...words: readonly string[]) => {
      const { code, stderr } = await stage.gonogo('attach', 'latest', ...words);
      return [code, stderr.trim().split('\n')[0]?.replaceAll(stage.folder, '.')];
    };
    expect(await refused('lok', 'shot.png')).toEqual([2, 'gonogo: the run has no step lok']);
    expect(await refused('end', 'shot.png')).toEqual([2, 'gonogo: the run has not come to end yet']);
    expect(await refused('look', 'none.png')).toEqual([2, 'gonogo: cannot read ./none.png: it does not exist']);
    expect(await refused('look', '.')).toEqual([2, 'gonogo: cannot read .: it is a folder']);
    expect(await refused('look', 'leak.txt')).toEqual([
      2,
      'gonogo: ./leak.txt holds a secret of the run, so it is not kept',
    ]);
    const words = ['attach', 'latest', 'look', 'shot.png', '--note', 'before the switch', '--operator', 'Bob'];
    const given = await stage.gonogo(...words);
    expect([given.code, given.stdout]).toEqual([0, 'attached to look: shot.png: before the switch\n']);
    const resumed = await stage.gonogo('resume', '--headless', '--answers', stage.write('b.yaml', 'wait: done\n'));
    expect(resumed.code).toBe(0);
    expect((await stage.gonogo('attach', 'latest', 'end', 'shot.png')).code).toBe(0);
    const { evidence } = await shown();
    expect([...evidence].map(([id, [first]]) => [id, first?.path.replace(/attached\/[^/]+/, 'attached/ID')])).toEqual([
      ['look', 'attached/ID/shot.png'],
      ['wait', undefined],
      ['end', 'attached/ID/shot.png'],
    ]);
    expect((await stage.gonogo('verify', 'latest')).code).toBe(0);
    await stage.gonogo('report', 'latest', '--out', stage.path('report'), '--bundle', stage.path('all.tar'));
    expect(stage.read('report/report.md')).toContain('attached: shot.png: before the switch');
    expect((await stage.gonogo('verify', stage.path('all.tar'))).code).toBe(0);
    stage.write(`state/runs/${readdirSync(stage.path('state/runs'))[0]}/${evidence.get('look')?.[0]?.path}`, 'other!');
    expect((await stage.gonogo('verify', 'latest')).code).toBe(1);
  });
});
