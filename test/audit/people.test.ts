/** What people say in an audit: how old it may be, and how it is corrected. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Io } from '../../src/commands/command.ts';
import { report } from '../../src/commands/failure.ts';
import { resume } from '../../src/commands/resume.ts';
import { verify } from '../../src/commands/verify.ts';
import { auditHeard, auditJson, type Heard, repository, temporaryFolder, textFile } from './repository.ts';

const checklist = textFile(
  'people.yaml',
  `checklist: People
categories:
  all:
    items:
      - { id: tidy, title: No rest is left, severity: blocker, grep: { pattern: REST, in: '*.txt' }, expect: count == 0 }
      - { id: scanned, scan: { run: [no-such-scanner] } }
      - { id: on_call, manual: Who is on call?, ttl: 30d }
`,
);
const repo = (): string => repository({ 'a.txt': 'REST\n' });
const answers = (text: string): string => textFile('answers.yaml', text);
const today = new Date().toISOString().slice(0, 10);

async function heard(work: (io: Io) => Promise<number>): Promise<Heard> {
  let out = '';
  let err = '';
  const io: Io = { stdout: (text) => (out += text), stderr: (text) => (err += text), terminal: false, env: {} };
  const code = await work(io).catch((error: unknown) => report(io, error));
  return { code, out, err };
}

describe('what a person judges of what was found', () => {
  const file = textFile(
    'asks.yaml',
    `checklist: Asks
categories:
  all:
    items:
      - { id: plan, severity: blocker, grep: { under: Rollback, holds: steps, of: documents }, expect: count > 0, judge: count > 0, na: searched == 0 }
`,
  );
  const step = '# Rollback\n\n- set the old version again\n';

  test.each([
    ['nothing', { 'a.md': '# Release\n' }, 'fail', [], { plan: 'failed' }],
    ['something', { 'a.md': step, 'b.md': step }, 'unknown', ['a.md:3', 'b.md:3'], { plan: 'unknown' }],
    ['no document', { 'a.txt': '' }, 'na', [], {}],
  ])('%s', async (_, contents, result, evidence, findings) => {
    const audited = await auditJson(file, { repo: repository(contents), state: temporaryFolder() });
    expect(audited.items).toMatchObject([{ id: 'plan', result, evidence }]);
    expect(audited.findings).toEqual(findings);
  });

  test('is said with the places, and counts once somebody has judged it', async () => {
    const state = temporaryFolder();
    const asked = await auditJson(file, { repo: repository({ 'a.md': step }), state });
    expect(asked.items[0]?.reason).toBe('somebody has to judge what was found: a.md:3');
    const text = 'plan: { pass: tried on Monday, over: machine }\n';
    const judged = await auditJson(file, { repo: repository({ 'a.md': step }), state, answers: answers(text) });
    expect(judged).toMatchObject({ verdict: 'go', items: [{ result: 'pass' }] });
    expect(judged.items[0]?.reason).toContain('over the machine, which found nothing: somebody has to judge');
    expect(await heard((io) => verify(judged.run, { state }, io))).toMatchObject({ code: 0 });
  });
});

describe('the reason', () => {
  test('is a sentence, and what was looked for and expected stands in the arithmetic', async () => {
    const file = textFile(
      'reasons.yaml',
      `checklist: Reasons
categories:
  all:
    items:
      - { id: left, grep: { pattern: RE.T, in: '*.txt' }, expect: count == 0 }
      - { id: many, file: '*.txt', expect: count > 1, partial: count == 1 }
      - { id: none, file: '*.md', expect: exists }
      - { id: beyond, file: '*.md', na: count == 0 }
`,
    );
    const audited = await auditJson(file, { repo: repo(), state: temporaryFolder() });
    expect(audited.items.map(({ result, reason }) => [result, reason])).toEqual([
      ['fail', 'it stands at one place'],
      ['partial', 'one file was found'],
      ['fail', 'there is no such file'],
      ['na', 'not applicable: there is no such file'],
    ]);
    const { out } = await auditHeard(file, { repo: repo(), state: temporaryFolder(), explain: true });
    expect(out).toContain('looked: grep "RE.T" in *.txt; expected count == 0\n');
  });

  test('of an expectation over each place are those that do not fit, and they alone are the evidence', async () => {
    const file = textFile(
      'each.yaml',
      `checklist: Each
categories:
  all:
    items:
      - { id: every, grep: { pattern: uses, in: ci.yml }, expect: 'matches.all(line, line.contains("@"))' }
      - { id: none, grep: { pattern: uses, in: ci.yml }, expect: ['count > 0', '!matches.exists(line, line.contains("b"))'] }
      - { id: some, grep: { pattern: uses, in: ci.yml }, expect: 'matches.exists(line, line.contains("#"))' }
      - { id: said, check: 'echo "a.sh:1: has no end"; exit 3' }
      - { id: listed, check: 'echo "a.sh:1: has no end"; echo "b.sh:2: neither"; exit 3' }
`,
    );
    const folder = repository({ 'ci.yml': 'uses a@1\nuses b\nuses c@2\n' });
    const audited = await auditJson(file, { repo: folder, state: temporaryFolder() });
    expect(audited.items.map(({ reason }) => reason)).toEqual([
      '1 of 3 places is not as it should be',
      '1 of 3 places is not as it should be',
      'what stands at 3 places is not enough',
      'a.sh:1: has no end',
      'a.sh:1: has no end, and 1 more',
    ]);
    expect(audited.evidence).toEqual({
      every: ['ci.yml:2'],
      none: ['ci.yml:2'],
      some: ['ci.yml:1', 'ci.yml:2', 'ci.yml:3'],
      said: ['a.sh:1'],
      listed: ['a.sh:1', 'b.sh:2'],
    });
  });

  test('of a command, of data and of a scanner is what they said', async () => {
    const file = textFile(
      'said.yaml',
      `checklist: Said
categories:
  all:
    items:
      - { id: said, check: 'echo the disk is full; exit 1' }
      - { id: silent, check: exit 3 }
      - { id: number, check: echo 5, expect: int(stdout) > 10 }
      - { id: version, data: { file: package.json }, expect: doc.version == "2" }
      - { id: text, file: package.json, expect: text.size() > 100 }
      - { id: beyond, data: { file: package.json }, expect: has(doc.workspaces), na: '!has(doc.workspaces)' }
      - { id: ended, check: exit 1, na: exit == 1 }
      - { id: empty, grep: { pattern: x, in: '*.rb' }, expect: count > 0, na: searched == 0 }
      - { id: django, scan: { run: 'printf "ERRORS:\\n?: (urls.E006) Bad.\\nSystem check identified 1 issue (0 silenced).\\n"', format: django } }
      - { id: absent, scan: { run: [no-such-scanner] }, severity: blocker }
      - { id: gone, scan: { run: no-such-scanner --json } }
`,
    );
    const folder = repository({ 'package.json': '{"version": "1"}' });
    const audited = await auditJson(file, { repo: folder, state: temporaryFolder() });
    expect(audited.items.map(({ result, reason }) => [result, reason])).toEqual([
      ['fail', 'the disk is full (exit 1)'],
      ['fail', 'its command ended with exit 3 and said nothing'],
      ['fail', 'stdout is "5", which is not what is wanted'],
      ['fail', 'doc.version is "1", which is not what is wanted'],
      ['fail', 'what the file says is not what is wanted'],
      ['na', 'not applicable: what was found leaves it out'],
      ['na', 'not applicable: its command ended with exit 1'],
      ['na', 'not applicable: there is no file of the kind that is looked at here'],
      ['fail', 'the scanner has 1 finding that counts'],
      ['unknown', 'no-such-scanner is not installed here'],
      ['unknown', 'no-such-scanner is not installed here'],
    ]);
    const { out } = await auditHeard(file, { repo: folder, state: temporaryFolder() });
    expect(out).toMatch(/^unknown {4}absent/m);
    expect(out).toContain('no-go: absent blocks\n');
    expect(out).not.toContain('no-go: absent is unknown');
  });
});

describe('an answers file', () => {
  test('judges over the machine, what it found and what it could not look at, and both are told', async () => {
    const text = `tidy: { pass: it is a fixture, over: machine }
scanned: { na: nothing to scan, over: machine }
on_call: { pass: Ada }
`;
    const state = temporaryFolder();
    const audited = await auditJson(checklist, { repo: repo(), state, answers: answers(text) });
    expect(audited).toMatchObject({ code: 0, verdict: 'go', findings: {} });
    const [tidy, scanned] = audited.items;
    expect(tidy).toMatchObject({
      result: 'pass',
      reason: expect.stringContaining('over the machine, which found fail'),
    });
    expect(scanned).toMatchObject({ result: 'na', reason: expect.stringContaining('which found nothing: ') });
    expect(await heard((io) => verify(audited.run, { state }, io))).toMatchObject({ code: 0 });
  });

  test('dates an answer, and the ttl counts from that day', async () => {
    const at = (day: string): string => answers(`on_call: { pass: Ada, at: ${day} }\n`);
    const fresh = await auditJson(checklist, { repo: repo(), state: temporaryFolder(), answers: at(today) });
    expect(fresh.items[2]).toMatchObject({ result: 'pass', reason: `Ada (as of ${today})` });
    const stale = await auditJson(checklist, { repo: repo(), state: temporaryFolder(), answers: at('2020-01-31') });
    expect(stale.items[2]).toMatchObject({ result: 'unknown', reason: 'the answer is older than its ttl' });
  });

  test.each([
    ['on_call: { pass: Ada, at: 2026-02-30 }', '"on_call": at: "2026-02-30" is not a date like 2026-11-01'],
    ['on_call: { pass: Ada, over: machine }', '"on_call": is answered by a person: there is no machine to judge over'],
    ['tidy: { pass: Ada, over: me }', '"tidy": not an answer'],
  ])('that says %s is refused', async (text, message) => {
    const said = await auditHeard(checklist, { repo: repo(), state: temporaryFolder(), answers: answers(`${text}\n`) });
    expect(said.code).toBe(2);
    expect(said.err).toContain(message);
  });
});

describe('an answer of an earlier audit', () => {
  const said = 'tidy: { pass: it is a fixture, over: machine }\nscanned: { na: none, over: machine }\n';

  test('counts while it is fresh, with its date and whose it is, and is told', async () => {
    const [state, folder] = [temporaryFolder(), repo()];
    const given = answers(`${said}on_call: { pass: Ada, at: ${today} }\n`);
    const first = await auditJson(checklist, { repo: folder, state, answers: given, operator: 'bob' });
    const second = await auditJson(checklist, { repo: folder, state, answers: answers(said) });
    const reason = `Ada (answered by bob on ${today} in run ${first.run})`;
    expect(second).toMatchObject({ code: 0, items: [{}, {}, { id: 'on_call', result: 'pass', reason }] });
    const third = await auditHeard(checklist, { repo: folder, state, answers: answers(said) });
    expect(third.out).toContain(`passed  on_call: ${reason}\n`);
    expect(await heard((io) => verify('latest', { state }, io))).toMatchObject({ code: 0 });
  });

  test('does not count once it is stale, of another folder, or for another question', async () => {
    const [state, folder] = [temporaryFolder(), repo()];
    const old = answers(`${said}on_call: { pass: Ada, at: 2020-01-31 }\n`);
    await auditJson(checklist, { repo: folder, state, answers: old });
    const stale = await auditJson(checklist, { repo: folder, state, answers: answers(said) });
    expect(stale.items[2]).toMatchObject({ result: 'unknown' });
    await auditJson(checklist, { repo: folder, state, answers: answers(`${said}on_call: { pass: Ada }\n`) });
    const elsewhere = await auditJson(checklist, { repo: repo(), state, answers: answers(said) });
    expect(elsewhere.items[2]).toMatchObject({ result: 'unknown' });
    const asked = textFile('other.yaml', readFileSync(checklist, 'utf8').replace('Who is on call?', 'Who is it?'));
    const other = await auditJson(asked, { repo: folder, state, answers: answers(said) });
    expect(other.items[2]).toMatchObject({ result: 'unknown' });
  });
});

test('until the verdict stands a resume with other answers replaces those that were given', async () => {
  const file = textFile(
    'gate.yaml',
    `runbook: Gate
phases:
  before: [{ id: ready, checklist: ${checklist} }]
  after: [{ id: done, check: 'true' }]
`,
  );
  const { run } = await import('../../src/commands/run.ts');
  const state = temporaryFolder();
  const first = answers('ready.on_call: { fail: nobody }\nready.scanned: { na: none, over: machine }\n');
  const began = await heard((io) => run(file, { headless: true, state, repo: repo(), answers: first }, io));
  expect(began.code).toBe(3);
  const other = answers('ready.on_call: { pass: Ada }\nready.tidy: { pass: a fixture, over: machine }\n');
  const went = await heard((io) => resume('latest', { headless: true, state, answers: other }, io));
  expect(went.code).toBe(0);
  expect(went.err).toContain('ready_tidy is judged over the machine: pass\n');
  expect(went.err).toContain('ready_on_call is judged anew: pass\n');
  expect(await heard((io) => verify('latest', { state }, io))).toMatchObject({ code: 0 });
});
