/** The time line of an incident from other terminals: kinds of notes, severity, parts, what is told later, and where all of it is read. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Bench, until, waitsFor } from './gonogo.ts';

const page = `runbook: Checkout fails
severity: sev3
phases:
  triage:
    - { id: look, check: '${waitsFor('go')}' }
    - { id: said, manual: Look at the dashboard. }
`;

test('notes of every kind come in while a step runs, and are read in show, watch, JSON and the report', async () => {
  const bench = new Bench();
  bench.write('incident.yaml', page);
  const driving = bench.start(['run', 'incident.yaml', '--headless', '--operator', 'Ada']);
  await until('the step runs', () => bench.types().includes('step.started'));
  const watching = bench.start(['watch', 'latest']);
  const note = (...words: readonly string[]) => bench.gonogo('note', 'latest', ...words, '--operator', 'Bo');
  for (const words of [
    ['!severity sev1 all of checkout'],
    ['!lead Ada'],
    ['!impact one in five checkouts fails'],
    ['!detected the pager rang', '--at', '2020-01-02T03:04:05Z'],
    ['!decision roll back', '--step', 'look'],
    ['!followup Cy: add an alert'],
  ])
    expect(await note(...words)).toMatchObject({ code: 0, stderr: '' });
  const decision = bench.stateNow().notes.find(({ kind }) => kind === 'decision')?.seq ?? 0;
  expect((await note('!decision go on', '--corrects', String(decision))).code).toBe(0);
  await until('the watcher has seen it', () => watching.stdout().includes('(corrects record'));
  bench.release('go');
  expect((await driving.ended).code).toBe(3);
  expect((await driving.ended).stdout).toContain('incident   severity sev1, was sev3: all of checkout');
  await watching.kill();
  expect(watching.stdout()).toContain('note       Bo: impact: one in five checkouts fails');

  const shown = (await bench.gonogo('show', 'latest')).stdout;
  expect(shown).toContain('severity   sev1, was sev3: all of checkout');
  expect(shown).toMatch(/^lead +Ada$/m);
  expect(shown).toContain('Bo: detected: the pager rang (happened 2020-01-02 03:04:05 UTC, told later)');
  expect(shown).toMatch(new RegExp(`^note ${decision} +Bo: decision: roll back$`, 'm'));
  const json = JSON.parse((await bench.gonogo('show', 'latest', '--json')).stdout);
  expect([json.severity, json.people]).toEqual(['sev1', { lead: 'Ada' }]);
  expect(json.notes.map(({ kind }: { kind: string }) => kind)).toEqual([
    'impact',
    'detected',
    'decision',
    'followup',
    'decision',
  ]);
  expect(json.notes[1].happened).toBe('2020-01-02T03:04:05.000Z');
  expect(json.notes[3].owner).toBe('Cy');

  // What is said of a run that waits, by nobody who drives it, is recorded at once and follows the rules.
  expect((await note('!recovered all checkouts pass')).code).toBe(0);
  expect((await bench.gonogo('verify', 'latest')).code).toBe(0);
  expect((await bench.gonogo('report', 'latest', '--out', 'report')).code).toBe(0);
  const markdown = readFileSync(join(bench.root, 'report/report.md'), 'utf8');
  expect(markdown).toContain('severity sev1, was sev3: all of checkout');
  expect(markdown).toMatch(/2020-01-02 03:04:05.*detected: the pager rang \\?\(told later/);
  expect(markdown).toContain('follow-up of Cy: add an alert');
});

test('what a note cannot say is refused with one message, and nothing is recorded', async () => {
  const bench = new Bench();
  bench.write('incident.yaml', page.replace(waitsFor('go'), 'true'));
  expect((await bench.gonogo('run', 'incident.yaml', '--headless')).code).toBe(3);
  const before = bench.events().length;
  for (const [words, message] of [
    [['!decison roll back'], 'did you mean !decision?'],
    [['!severity sev9 bad'], '"sev9" is no severity'],
    [['seen', '--at', '99:00'], '--at: "99:00" is no time of a day'],
    [['seen', '--corrects', 'two'], '--corrects: "two" is no number of a record'],
    [['seen', '--corrects', '999'], 'there is no record 999'],
    [['seen', '--step', 'nowhere'], 'the run has no step nowhere'],
  ] as const) {
    const ended = await bench.gonogo('note', 'latest', ...words);
    expect([ended.code, ended.stderr.split('\n').length]).toEqual([2, 2]);
    expect(ended.stderr).toContain(message);
  }
  expect(bench.events().length).toBe(before);
});
