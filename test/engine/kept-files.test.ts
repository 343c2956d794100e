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
    expect((await stage.gonogo('plan', file)).stdout).toContain('evidence: ${{ version }}.tgz');
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
