/** `gonogo audit` as an operator calls it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readDocument } from '../../src/app/read-document.ts';
import type { Io } from '../../src/commands/command.ts';
import { report } from '../../src/commands/failure.ts';
import { report as writeReport } from '../../src/commands/report.ts';
import { run } from '../../src/commands/run.ts';
import { auditHeard, auditJson, change, type Heard, repository, temporaryFolder, textFile } from './repository.ts';

const checklist = textFile(
  'ready.yaml',
  `checklist: Ready
categories:
  config:
    title: Configuration
    weight: 2
    items:
      - id: secret
        title: No secret in code
        severity: blocker
        grep: { pattern: 'SECRET = "', in: '**/*.py' }
        expect: count == 0
        fix: Read it from the environment.
      - id: scanner
        check: |
          command -v no-such-scanner >/dev/null || { echo "no-such-scanner is not installed here"; exit 127; }
        na: exit == 127
  people:
    items:
      - id: on_call
        manual: Who is on call?
        severity: low
        owner: operations
`,
);

const leaky = (): string => repository({ 'app/config.py': 'x = 1\nSECRET = "dev"\n' });
const clean = (): string => repository({ 'app/config.py': 'x = 1\n' });
const answers = (text: string): string => textFile('answers.yaml', text);

describe('gonogo audit', () => {
  test('exit 0 and GO when everything is known and nothing blocks', async () => {
    const heard = await auditHeard(checklist, {
      repo: clean(),
      state: temporaryFolder(),
      answers: answers('on_call: { pass: Ada }\n'),
    });
    expect(heard.code).toBe(0);
    expect(heard.out).toMatch(/^GO {2}10\.00 of 10$/m);
    expect(heard.out).toMatch(/^n\/a {8}scanner /m);
  });

  test('exit 1 and the places when something blocks', async () => {
    const { code, verdict, evidence, score, categories } = await auditJson(checklist, {
      repo: leaky(),
      state: temporaryFolder(),
      answers: answers('on_call: { pass: Ada }\n'),
    });
    expect({ code, verdict, score }).toEqual({ code: 1, verdict: 'no-go', score: 3.33 });
    expect(categories).toEqual({ config: { score: 0 }, people: { score: 10 } });
    expect(evidence).toEqual({ secret: ['app/config.py:2'] });
  });

  test('what nobody answered is unknown, and a no-go of any severity', async () => {
    const { code, findings, verdict } = await auditJson(checklist, { repo: clean(), state: temporaryFolder() });
    expect({ code, verdict, findings }).toEqual({ code: 1, verdict: 'no-go', findings: { on_call: 'unknown' } });
  });

  test('a program that is not there has looked at nothing: unknown, unless the item says otherwise', async () => {
    const file = textFile(
      'tools.yaml',
      `checklist: Tools
categories:
  c:
    items:
      - { id: absent, check: no-such-program --version }
      - { id: later, check: 'echo looking; exec /no/such/program' }
      - { id: scanned, scan: { run: [no-such-scanner] } }
      - { id: said, check: no-such-program, na: exit == 127 }
      - { id: wanted, check: no-such-program, expect: exit == 127 }
`,
    );
    const { findings, evidence } = await auditJson(file, { repo: clean(), state: temporaryFolder() });
    expect(findings).toEqual({ absent: 'unknown', later: 'unknown', scanned: 'unknown' });
    expect(evidence['scanned']?.join()).toContain('no-such-scanner is not installed here');
  });

  test('every item is told to scripts, with its result and the reason in a sentence', async () => {
    const file = textFile(
      'all.yaml',
      `checklist: All
categories:
  c:
    items:
      - { id: passes, file: app/config.py, expect: exists }
      - { id: partly, file: 'app/*.py', expect: count > 1, partial: count > 0 }
      - { id: fails, grep: { pattern: 'zz+', of: code }, expect: count > 0 }
      - { id: not_here, check: 'exit 9', na: exit == 9 }
      - { id: asked, manual: Well? }
      - { id: waived, file: no.txt, expect: exists, severity: blocker }
`,
    );
    const { items } = await auditJson(file, {
      repo: clean(),
      state: temporaryFolder(),
      answers: answers('waived: { waive: { by: Ada, why: later, until: 2099-01-01 } }\n'),
    });
    expect(items).toMatchObject([
      { id: 'passes', result: 'pass' },
      { id: 'partly', result: 'partial', evidence: ['app/config.py'] },
      { id: 'fails', result: 'fail', reason: 'nothing of the kind stands in the one file that was looked at' },
      { id: 'not_here', result: 'na' },
      { id: 'asked', result: 'unknown' },
      { id: 'waived', result: 'waived', reason: 'there is no such file' },
    ]);
  });

  test('a score below the least is a no-go, and says so', async () => {
    const file = (least: string) =>
      textFile(
        'least.yaml',
        `checklist: Least
least: ${least}
categories:
  c:
    items:
      - { id: a, file: app/config.py, expect: exists }
      - { id: b, file: none, expect: exists, severity: low }
`,
      );
    const options = { repo: clean(), state: temporaryFolder() };
    const below = await auditHeard(file('9.5'), options);
    expect(below.code).toBe(1);
    expect(below.out).toContain('no-go: the score 6.67 is below the least, 9.5');
    expect((await auditHeard(file('6.67'), options)).code).toBe(0);
    expect((await auditHeard(file('11'), options)).err).toContain('no score of 10 reaches 11');
    expect((await auditHeard(file('much'), options)).code).toBe(2);
  });

  test('not applicable shows its reason in the arithmetic', async () => {
    const { out } = await auditHeard(checklist, { repo: clean(), state: temporaryFolder(), explain: true });
    expect(out).toContain(
      'scanner (medium) not applicable, left out: not applicable: no-such-scanner is not installed here\n',
    );
  });

  test('--json prints one document and nothing else on stdout', async () => {
    const { out } = await auditHeard(checklist, { repo: clean(), state: temporaryFolder(), json: true });
    expect(Object.keys(JSON.parse(out))).toEqual([
      'run',
      'revision',
      'score',
      'verdict',
      'categories',
      'findings',
      'items',
    ]);
  });
});

describe('waivers in an audit', () => {
  const waive = (until: string): string =>
    `secret: { waive: { by: Ada, why: "demo key", until: ${until} } }\non_call: { pass: Bob }\n`;

  test('a waiver lifts the block and not the score', async () => {
    const audited = await auditJson(checklist, {
      repo: leaky(),
      state: temporaryFolder(),
      answers: answers(waive('2999-01-01')),
    });
    expect(audited).toMatchObject({ code: 0, verdict: 'go', score: 3.33, findings: { secret: 'waived' } });
  });

  test('an expired one is recorded and without effect, and the report of the findings says so', async () => {
    const heard = await auditHeard(checklist, {
      repo: leaky(),
      state: temporaryFolder(),
      answers: answers(waive('2020-01-01')),
    });
    expect(heard.code).toBe(1);
    expect(heard.out).toContain('waived by Ada until 2020-01-01, which is over: without effect: demo key\n');
  });

  test('an item can have an answer and a waiver', async () => {
    const text = 'on_call: [{ fail: "nobody" }, { waive: { by: Ada, why: "quiet night", until: 2999-01-01 } }]\n';
    const audited = await auditJson(checklist, { repo: clean(), state: temporaryFolder(), answers: answers(text) });
    expect(audited).toMatchObject({ code: 0, findings: { on_call: 'failed' } });
  });

  test('what is unknown can be waived', async () => {
    const text = 'on_call: { waive: { by: Ada, why: "quiet night", until: 2999-01-01 } }\n';
    const audited = await auditJson(checklist, { repo: clean(), state: temporaryFolder(), answers: answers(text) });
    expect(audited).toMatchObject({ code: 0, findings: { on_call: 'waived' } });
  });
});

describe('before and after', () => {
  test('an audit compares itself with the newest earlier one of the same folder, or with the one that is named', async () => {
    const repo = leaky();
    const state = temporaryFolder();
    const first = await auditJson(checklist, { repo, state });
    change(repo, { 'app/config.py': 'x = 1\n' });
    const second = await auditJson(checklist, { repo, state });
    const third = await auditHeard(checklist, { repo, state });
    expect(third.out).toContain(`Compared with ${second.run} (no-go, 6.67 of 10)\n`);
    const fourth = await auditHeard(checklist, {
      repo,
      state,
      against: first.run.slice(-4),
      answers: answers('on_call: { pass: Ada }\n'),
    });
    expect(fourth.out).toContain(`Compared with ${first.run} (no-go, 0.00 of 10)\n`);
    expect(fourth.out).toContain('resolved  secret: No secret in code (failed -> passed)\n');
    expect(fourth.out).toContain('resolved  on_call: Who is on call? (unknown -> passed)\n');
    expect(fourth.out).toMatch(/^Overall +0\.00 +10\.00 +\+10\.00$/m);
  });

  test('audits of other folders and of other checklists are not compared', async () => {
    const state = temporaryFolder();
    await auditJson(checklist, { repo: leaky(), state });
    const { out } = await auditHeard(checklist, { repo: clean(), state, explain: true });
    expect(out).not.toContain('Compared with');
    expect(out.slice(out.indexOf('Trend\n')).trimEnd().split('\n')).toHaveLength(2);
  });

  test('the trend has one line an audit, oldest first', async () => {
    const repo = leaky();
    const state = temporaryFolder();
    const first = await auditJson(checklist, { repo, state });
    change(repo, { 'app/config.py': 'x = 1\n' });
    const second = await auditHeard(checklist, { repo, state, explain: true });
    const trend = second.out.slice(second.out.indexOf('Trend\n')).trimEnd().split('\n').slice(1);
    expect(trend).toHaveLength(2);
    expect(trend[0]).toMatch(new RegExp(`\\[\\.{20}\\]  0\\.00 of 10  no-go  ${first.run}$`));
    expect(trend[1]).toMatch(/\[#{13}\.{7}\] {2}6\.67 of 10 {2}no-go/);
  });

  test('the report has scores before and after, and what was resolved', async () => {
    const repo = leaky();
    const state = temporaryFolder();
    await auditJson(checklist, { repo, state });
    change(repo, { 'app/config.py': 'x = 1\n' });
    const { run: id } = await auditJson(checklist, { repo, state, answers: answers('on_call: { pass: Ada }\n') });
    const out = temporaryFolder();
    const io: Io = { stdout: () => {}, stderr: () => {}, terminal: false, env: {} };
    await writeReport(id, { state, out }, io);
    const text = readFileSync(join(out, 'report.md'), 'utf8');
    expect(text).toMatch(/Configuration *\|[^\n]*0\.00[^\n]*10\.00/);
    expect(text).toContain('No secret in code');
  });
});

describe('bad input: exit 2, one message, nothing recorded', () => {
  const cases: readonly (readonly [string, () => Promise<{ state: string; heard: Heard }>, RegExp])[] = [
    [
      'a folder that is not there',
      () => refused({ repo: '/no/such/folder' }),
      /--repo \/no\/such\/folder: .*it does not exist/,
    ],
    ['a file for a folder', () => refused({ repo: checklist }), /--repo .*it is not a folder/],
    ['a run that is not there', () => refused({ against: 'zzzz' }), /no runs|no run fits/],
    [
      'an answer that names nothing',
      () => refused({ answers: answers('nobody: { pass: x }\n') }),
      /"nobody" is no step id/,
    ],
    [
      'an answer without evidence',
      () => refused({ answers: answers('on_call: { pass: "" }\n') }),
      /"on_call": not an answer/,
    ],
    [
      'a runbook',
      () => refused({}, textFile('r.yaml', 'runbook: R\nphases: { go: [{ run: "true" }] }\n')),
      /is no checklist but a runbook\nhint: gonogo run/,
    ],
    [
      'a checklist with a cycle',
      () => refused({}, items('{ id: a, requires: b, manual: A? }', '{ id: b, requires: a, manual: B? }')),
      /1 problem/,
    ],
    ['a weight of zero', () => refused({}, items('{ id: a, weight: 0, manual: A? }')), /1 problem/],
    ['an empty category', () => refused({}, items()), /1 problem/],
    ['no category at all', () => refused({}, textFile('c.yaml', 'checklist: C\ncategories: {}\n')), /1 problem/],
  ];

  function items(...lines: readonly string[]): string {
    const list = lines.length === 0 ? ' []' : lines.map((line) => `\n      - ${line}`).join('');
    return textFile('c.yaml', `checklist: C\ncategories:\n  all:\n    items:${list}\n`);
  }

  async function refused(
    options: Parameters<typeof auditHeard>[1],
    file = checklist,
  ): Promise<{ state: string; heard: Heard }> {
    const state = temporaryFolder();
    return { state, heard: await auditHeard(file, { repo: clean(), state, ...options }) };
  }

  test.each(cases)('%s', async (_name, work, message) => {
    const { state, heard } = await work();
    expect({ code: heard.code, out: heard.out }).toEqual({ code: 2, out: '' });
    expect(heard.err).toMatch(message);
    expect(heard.err).not.toContain('    at ');
    expect(readdirSync(state)).toEqual([]);
  });

  test('--against a run without a verdict of this checklist says what it has', async () => {
    const state = temporaryFolder();
    const other = textFile('o.yaml', 'checklist: Other\ncategories: { all: { items: [{ id: a, manual: A? }] } }\n');
    const { run: id } = await auditJson(other, { repo: clean(), state });
    const heard = await auditHeard(checklist, { repo: clean(), state, against: id });
    expect(heard.code).toBe(2);
    expect(heard.err).toContain(`run ${id} cannot be compared with "Ready": its verdicts are of "Other"`);
  });

  test('what is wrong with a checklist is told at its place', async () => {
    const refused = await readDocument(items('{ id: a, requires: a, weight: -1, manual: A? }')).catch((error) => error);
    expect(refused).toMatchObject({
      facts: {
        code: 'bad-document',
        diagnostics: expect.arrayContaining([
          expect.objectContaining({ file: expect.stringMatching(/c\.yaml$/), line: 5, severity: 'error' }),
        ]),
      },
    });
  });
});

describe('as a gate of a runbook', () => {
  const runbook = (repo: string): string =>
    textFile(
      'release.yaml',
      `runbook: Release
phases:
  pre-deploy:
    - id: ready
      checklist: ${checklist}
  deploy:
    - id: deploy
      run: touch deployed
      cwd: ${repo}
`,
    );

  async function headless(repo: string, state: string, text: string): Promise<Heard> {
    let out = '';
    let err = '';
    const io: Io = {
      stdout: (said) => {
        out += said;
      },
      stderr: (said) => {
        err += said;
      },
      terminal: false,
      env: {},
    };
    const file = answers(text);
    const code = await run(runbook(repo), { headless: true, state, repo, answers: file }, io).catch((error: unknown) =>
      report(io, error),
    );
    return { code, out, err };
  }

  test('a go lets it deploy; items are answered as step.item', async () => {
    const repo = clean();
    const heard = await headless(repo, temporaryFolder(), 'ready.on_call: { pass: Ada }\n');
    expect(heard).toMatchObject({ code: 0 });
    expect(readdirSync(repo)).toContain('deployed');
  });

  test('a no-go waits for a person and deploys nothing', async () => {
    const repo = leaky();
    const heard = await headless(repo, temporaryFolder(), 'ready.on_call: { pass: Ada }\n');
    expect(heard.code).toBe(3);
    expect(heard.err).toContain('ready is no-go');
    expect(readdirSync(repo)).not.toContain('deployed');
  });

  test('a waiver from the answers lets it deploy', async () => {
    const repo = leaky();
    const heard = await headless(
      repo,
      temporaryFolder(),
      'ready.on_call: { pass: Ada }\nready.secret: { waive: { by: Ada, why: demo, until: 2999-01-01 } }\n',
    );
    expect(heard.code).toBe(0);
    expect(readdirSync(repo)).toContain('deployed');
  });

  test('nothing skips it', async () => {
    const repo = leaky();
    const heard = await headless(repo, temporaryFolder(), 'ready: { skip: hurry }\nready.on_call: { pass: Ada }\n');
    expect(heard.code).toBe(3);
    expect(readdirSync(repo)).not.toContain('deployed');
  });
});
