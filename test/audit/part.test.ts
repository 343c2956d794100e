/** A part of a checklist: `--only`, gates by phase, what they are compared with, and items that steps of the run prove. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Io } from '../../src/commands/command.ts';
import { report } from '../../src/commands/failure.ts';
import { report as writeReport } from '../../src/commands/report.ts';
import { run } from '../../src/commands/run.ts';
import { show } from '../../src/commands/show.ts';
import { verify } from '../../src/commands/verify.ts';
import { auditHeard, auditJson, type Heard, repository, temporaryFolder, textFile } from './repository.ts';

const checklist = textFile(
  'parts.yaml',
  `checklist: Parts
categories:
  before:
    items:
      - { id: tidy, severity: blocker, grep: { pattern: REST, in: '*.txt' }, expect: count == 0 }
  after:
    items:
      - { id: smoke, manual: Did the smoke tests pass?, requires: [tidy] }
`,
);
const repo = (): string => repository({ 'a.txt': 'clean\n' });
const answers = (text: string): string => textFile('answers.yaml', text);

async function heard(work: (io: Io) => Promise<number>): Promise<Heard> {
  let out = '';
  let err = '';
  const stdout = (text: string): void => {
    out += text;
  };
  const stderr = (text: string): void => {
    err += text;
  };
  const io: Io = { stdout, stderr, terminal: false, env: {} };
  const code = await work(io).catch((error: unknown) => report(io, error));
  return { code, out, err };
}

describe('audit --only', () => {
  test('asks the named categories alone, and the verdict is of these', async () => {
    const state = temporaryFolder();
    const audited = await auditJson(checklist, { repo: repo(), state, only: ['before'] });
    expect(audited).toMatchObject({ code: 0, verdict: 'go', categories: { before: { score: 10 } } });
    expect(audited.items.map(({ id }) => id)).toEqual(['tidy']);
    expect(await heard((io) => verify(audited.run, { state }, io))).toMatchObject({ code: 0 });
  });

  test('is not compared with an audit of the whole, and a named run is', async () => {
    const [state, folder] = [temporaryFolder(), repo()];
    const whole = await auditJson(checklist, { repo: folder, state });
    const part = await auditHeard(checklist, { repo: folder, state, only: ['before'] });
    expect(part.out).not.toContain('Compared with');
    const again = await auditHeard(checklist, { repo: folder, state, only: ['before'] });
    expect(again.out).toContain('Compared with');
    expect(again.out).not.toContain(whole.run);
  });

  test('of a category that is not there is refused, with those that are', async () => {
    const said = await auditHeard(checklist, { repo: repo(), state: temporaryFolder(), only: ['before', 'aftr'] });
    expect(said.code).toBe(2);
    expect(said.err).toContain('--only aftr: there is no such category; did you mean after?');
  });
});

describe('a gate of each phase', () => {
  const runbook = (more = ''): string =>
    textFile(
      'release.yaml',
      `runbook: Release
phases:
  before: [{ id: ready, checklist: { file: ${checklist}, only: before } }]
  deploy: [{ id: health, check: 'true' }]
  after:
    - id: done
      checklist: { file: ${checklist}, only: [after], against: first }
    - id: proven
      checklist:
        categories:
          run:
            items:
              - { id: healthy, severity: blocker, check: 'true', expect: 'steps.health.status == "passed"' }
              - { id: undone, severity: low, check: 'true', expect: 'steps.health.status == "failed"' }
${more}`,
    );

  test('asks its own categories, names what it is compared with, and is proven by steps of the run', async () => {
    const state = temporaryFolder();
    const given = answers('done.smoke: { pass: all green }\n');
    const went = await heard((io) => run(runbook(), { headless: true, state, repo: repo(), answers: given }, io));
    expect(went).toMatchObject({ code: 0 });
    const shown = JSON.parse((await heard((io) => show('latest', { state, json: true }, io))).out);
    const out = temporaryFolder();
    await writeReport('latest', { state, out }, { stdout: () => {}, stderr: () => {}, terminal: false, env: {} });
    const model = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'));
    const of = (gate: string) => model.readiness.find((one: { gate: string }) => one.gate === gate);
    expect(of('ready')).toMatchObject({ verdict: 'go', before: null, categories: [{ id: 'before', score: '10.00' }] });
    expect(of('done')).toMatchObject({ verdict: 'go', before: { run: shown.run, score: '10.00' } });
    expect(of('proven')).toMatchObject({ verdict: 'go', score: '8.00' });
    expect(await heard((io) => verify('latest', { state }, io))).toMatchObject({ code: 0 });
  });

  test('that names a run without such a verdict is refused before anything happens', async () => {
    const text = readFileSync(runbook(), 'utf8').replace('against: first', 'against: latest');
    const [state, folder] = [temporaryFolder(), repo()];
    const other = textFile('o.yaml', 'checklist: Other\ncategories: { all: { items: [{ id: a, manual: A? }] } }\n');
    await auditJson(other, { repo: folder, state });
    const said = await heard((io) => run(textFile('r.yaml', text), { headless: true, state, repo: folder }, io));
    expect(said.code).toBe(2);
    expect(said.err).toContain('cannot be compared with "Parts"');
  });
});
