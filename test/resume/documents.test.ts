/** Documents that changed since a run began: shown on resume, and adopted only by a decision that is on record. */
import { existsSync, rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Bench, until, waitsFor } from './gonogo.ts';

const original = `runbook: Release
vars: { colour: blue }
phases:
  deploy:
    - { id: one, run: 'echo one "$colour" >> log', undo: { run: echo undo one >> log } }
    - { id: look, manual: Look at the graphs. }
    - { id: two, run: 'echo two "$colour" >> log' }
    - { id: three, run: echo three >> log }
`;

/** A run of `original` that waits at `look`. */
async function waiting(text = original): Promise<Bench> {
  const bench = new Bench();
  expect((await bench.gonogo('run', bench.write('run.yaml', text))).code).toBe(3);
  bench.write('answers.yaml', 'look: done\n');
  return bench;
}

const change = (text: string, from: string, to: string): string => {
  if (!text.includes(from)) throw new Error(`the document has no "${from}"`);
  return text.replace(from, to);
};

test('documents: a change is shown as a difference, and without a decision the pinned text goes on', async () => {
  const bench = await waiting();
  bench.write('run.yaml', change(original, 'echo three >> log', 'echo THREE >> log'));
  const resumed = await bench.gonogo('resume', '--answers', 'answers.yaml');
  expect(resumed.code).toBe(0);
  expect(resumed.stderr).toContain('run.yaml has changed since the run began');
  expect(resumed.stderr).toMatch(/^-.*echo three >> log/m);
  expect(resumed.stderr).toMatch(/^\+.*echo THREE >> log/m);
  expect(resumed.stderr).toContain('going on with the pinned text');
  expect(resumed.stderr).toContain('--adopt');
  expect(bench.lines('log')).toEqual(['one blue', 'two blue', 'three']);
  expect(bench.types()).not.toContain('documents.adopted');
});

test('documents: --adopt takes the change for steps that have not started, as an event with its reason', async () => {
  const bench = await waiting();
  bench.write(
    'run.yaml',
    change(
      change(original, 'echo three >> log', 'echo THREE >> log'),
      'echo undo one >> log',
      'echo NEW undo of one >> log',
    ),
  );
  const args = ['--adopt', 'the graph has moved', '--operator', 'ada'];
  expect((await bench.gonogo('resume', ...args)).code).toBe(3);
  expect((await bench.gonogo('resume', '--answers', 'answers.yaml')).code).toBe(0);
  expect(bench.lines('log')).toEqual(['one blue', 'two blue', 'THREE']);
  const adopted = bench.events().filter((event) => event.type === 'documents.adopted');
  expect(adopted).toHaveLength(1);
  expect(adopted[0]).toMatchObject({ actor: { name: 'ada' }, data: { reason: 'the graph has moved' } });
  for (const { sha256 } of bench.stateNow().documents) {
    expect(existsSync(`${bench.run()}/documents/${sha256}.yaml`)).toBe(true);
  }
});

test('documents: what has started keeps its undo, and a resume in mid-command keeps the command', async () => {
  const bench = new Bench();
  const text = `runbook: Release
phases:
  deploy:
    - { id: one, run: '${waitsFor('go')}; echo one >> log', undo: { run: echo undo one >> log } }
    - { id: fails, run: exit 1, on_fail: rollback }
`;
  const driver = bench.start(['run', bench.write('run.yaml', text)]);
  await bench.supervisor('one');
  await driver.kill();
  bench.write('run.yaml', text.replace('echo undo one', 'echo NEW undo').replace('echo one', 'echo NEW one'));
  const resumed = bench.start(['resume', '--adopt', 'better']);
  await until('it is adopted', () => bench.types().includes('documents.adopted'));
  bench.release('go');
  expect(await resumed.ended).toMatchObject({ code: 1 });
  expect(bench.lines('log')).toEqual(['one', 'undo one']);
});

test('documents: steps that are put in after what has run are run; nothing that has run is run again', async () => {
  const bench = await waiting();
  bench.write(
    'run.yaml',
    change(
      change(
        original,
        '    - { id: look, manual',
        '    - { id: early, run: echo early >> log }\n    - { id: look, manual',
      ),
      '    - { id: two, run',
      '    - { id: added, run: echo added >> log }\n    - { id: two, run',
    ),
  );
  expect((await bench.gonogo('resume', '--adopt', 'more', '--answers', 'answers.yaml')).code).toBe(0);
  // `look` had been begun, so the step before it came too late, which is on record.
  expect(bench.lines('log')).toEqual(['one blue', 'added', 'two blue', 'three']);
  expect(bench.stateNow().steps.get('early')?.visits.at(-1)).toMatchObject({ status: 'not-taken' });
});

test('documents: a step that is put in right before the next one is run, also where that one is gone', async () => {
  const text = `runbook: Release
phases:
  deploy:
    - { id: one, run: echo one >> log }
    - { id: fails, run: 'test -e fixed', on_fail: ask }
    - { id: two, run: echo two >> log }
    - { id: three, run: echo three >> log }
`;
  for (const next of ['    - { id: two, run: echo two >> log }\n', '']) {
    const bench = await waiting(text);
    const skip = bench.write('skip.yaml', 'fails: { skip: not needed }\n');
    bench.write(
      'run.yaml',
      change(text, '    - { id: two, run: echo two >> log }\n', `    - { id: added, run: echo added >> log }\n${next}`),
    );
    expect((await bench.gonogo('resume', '--adopt', 'more', '--answers', skip)).code).toBe(0);
    expect(bench.lines('log')).toEqual(['one', 'added', ...(next === '' ? [] : ['two']), 'three']);
  }
});

test('documents: what has started stays where it was though the change lacks or moves it; the rest is adopted', async () => {
  const [first = ''] = original.match(/ {4}- { id: one.*\n/) ?? [];
  const without = change(original.replace(first, ''), 'echo three', 'echo THREE');
  for (const [text, said] of [
    [without, 'step one stays: it has begun, and the changed document lacks it'],
    [`${without}${first}`, 'step one stays where it was: the run is past it'],
    [
      without.replace('  deploy:\n', '  deploy:\n    - { id: early, run: echo early >> log }\n'),
      'step one stays: it has begun, and the changed document lacks it',
    ],
    [change(without, '  deploy:', '  ship:'), 'step one stays: it has begun, and the changed document lacks it'],
  ] as const) {
    const bench = await waiting();
    bench.write('run.yaml', text);
    const resumed = await bench.gonogo('resume', '--adopt', 'try', '--answers', 'answers.yaml');
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(resumed.stderr).toContain(said);
    // Before the run goes on.
    expect(resumed.stderr.indexOf(said)).toBeLessThan(resumed.stderr.search(/^run /m));
    expect(bench.lines('log')).toEqual(['one blue', 'two blue', 'THREE']);
    expect((await bench.gonogo('verify', 'latest')).code).toBe(0);
  }
});

test('documents: a change that cannot be read is refused, and nothing is adopted', async () => {
  const bench = await waiting();
  bench.write('run.yaml', `${original}    - { id: broken, runs: nothing }\n`);
  const before = bench.events().length;
  const refused = await bench.gonogo('resume', '--adopt', 'try');
  expect(refused.code, refused.stderr).toBe(2);
  expect(refused.stderr).toContain('broken');
  expect(bench.events()).toHaveLength(before);
  expect(bench.lines('log')).toEqual(['one blue']);
});

test('documents: variables that the change brings have their values', async () => {
  const bench = await waiting();
  bench.write(
    'run.yaml',
    change(
      change(original, 'vars: { colour: blue }', 'vars: { colour: red, size: large }'),
      'echo three',
      'echo three "$size" "$colour"',
    ),
  );
  expect((await bench.gonogo('resume', '--adopt', 'sizes', '--answers', 'answers.yaml')).code).toBe(0);
  // A variable is set once: what has run stands on the value of the start.
  expect(bench.lines('log')).toEqual(['one blue', 'two blue', 'three large blue']);
});

test('documents: --adopt with nothing changed is bad input; a file that is gone is no change', async () => {
  const bench = await waiting();
  const refused = await bench.gonogo('resume', '--adopt', 'why not');
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('no document has changed');
  rmSync(bench.path('run.yaml'));
  const resumed = await bench.gonogo('resume', '--answers', 'answers.yaml');
  expect(resumed.code).toBe(0);
  expect(resumed.stderr).toContain('cannot be read any more');
  expect(bench.lines('log')).toEqual(['one blue', 'two blue', 'three']);
});

test('documents: adopting voids the approvals before it, so the gate is asked for again before anything changes', async () => {
  const bench = new Bench();
  const text = `runbook: Gate
roles: { lead: [] }
phases:
  deploy:
    - { id: go, approve: { from: [lead], count: 2 } }
    - { id: look, manual: Look. }
    - { id: change, run: echo change >> log }
`;
  bench.write('run.yaml', text);
  const both = bench.write('both.yaml', 'go: [{ approve: { by: ada } }, { approve: { by: bo } }]\n');
  expect((await bench.gonogo('run', 'run.yaml', '--answers', both)).code).toBe(3);
  expect(bench.stateNow().steps.get('go')?.visits.at(-1)?.status).toBe('passed');
  bench.write('run.yaml', text.replace('echo change', 'echo more'));
  const adopted = await bench.gonogo('resume', '--adopt', 'more', '--answers', bench.write('a.yaml', 'look: done\n'));
  expect(adopted.code).toBe(3);
  expect(adopted.stderr).toContain('approval of go (0 of 2)');
  expect(bench.stateNow().approvals.map(({ valid }) => valid)).toEqual([false, false]);
  expect(bench.lines('log')).toEqual([]);
  const again = bench.write(
    'again.yaml',
    'go: [{ approve: { by: ada } }, { approve: { by: bo } }, { approve: { by: cy } }]\n',
  );
  expect((await bench.gonogo('resume', '--answers', again)).code).toBe(0);
  expect(bench.lines('log')).toEqual(['more']);
  expect(
    bench
      .stateNow()
      .steps.get('go')
      ?.visits.map(({ status }) => status),
  ).toEqual(['passed', 'passed']);
  expect(bench.stateNow().approvals.map(({ data, valid }) => [data.by, valid])).toEqual([
    ['ada', false],
    ['bo', false],
    ['bo', true],
    ['cy', true],
  ]);
});

test('documents: a change that drops a variable leaves it to the steps that have started with it', async () => {
  const bench = new Bench();
  const text = `runbook: Release
vars: { colour: blue }
phases:
  deploy:
    - { id: one, run: '${waitsFor('go')}; echo "$colour" >> log', expect: 'colour == "blue"', undo: { run: 'echo "$colour" undone >> log' } }
    - { id: fails, run: exit 1, on_fail: rollback }
`;
  const driver = bench.start(['run', bench.write('run.yaml', text)]);
  await bench.supervisor('one');
  await driver.kill();
  bench.write(
    'run.yaml',
    text
      .replace('vars: { colour: blue }\n', '')
      .replaceAll('"$colour"', 'no colour')
      .replace('expect: \'colour == "blue"\', ', ''),
  );
  const resumed = bench.start(['resume', '--adopt', 'no colour']);
  await until('it is adopted', () => bench.types().includes('documents.adopted'));
  bench.release('go');
  expect(await resumed.ended).toMatchObject({ code: 1 });
  expect(bench.lines('log')).toEqual(['blue', 'blue undone']);
});

test('documents: --adopt of one that is gone is refused, and says one thing', async () => {
  const bench = await waiting();
  rmSync(bench.path('run.yaml'));
  const before = bench.types();
  const { code, stdout, stderr } = await bench.gonogo('resume', '--adopt', 'x', '--answers', 'answers.yaml');
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(
    /^gonogo: .*run\.yaml cannot be read any more, so there is nothing to adopt; a resume that adopts nothing goes on/,
  );
  expect(stderr).not.toMatch(/the run goes on|has changed|no document/);
  expect(bench.types()).toEqual(before);
  expect((await bench.gonogo('resume', '--answers', 'answers.yaml')).code).toBe(0);
});

test('documents: the step that failed takes its new text for its next try, also one of a block and a copy; what passed does not', async () => {
  const bench = new Bench();
  const text = `runbook: Release
phases:
  deploy:
    - { id: one, run: echo one >> log }
    - id: block
      steps:
        - { id: inner, check: exit 1 }
        - { id: after, run: echo after >> log }
    - { id: copies, each: { host: "\${{ ['a', 'b'] }}" }, check: 'test "$host" = a' }
`;
  expect((await bench.gonogo('run', bench.write('run.yaml', text))).code).toBe(3);
  const mended = text.replace('echo one', 'echo ONE').replace('check: exit 1', 'check: echo inner >> log');
  bench.write('run.yaml', mended);
  bench.write('answers.yaml', 'inner: { retry: It is mended }\n');
  const resumed = await bench.gonogo('resume', '--adopt', 'mended', '--answers', 'answers.yaml');
  expect(resumed.code).toBe(3);
  expect(resumed.stderr).toContain('step one keeps the text that it had');
  expect(resumed.stderr).toContain('copies_2 failed');
  bench.write('run.yaml', mended.replace('test "$host" = a', 'echo "$host" >> log'));
  bench.write('answers.yaml', 'copies_2: { retry: It is mended }\n');
  expect((await bench.gonogo('resume', '--adopt', 'mended', '--answers', 'answers.yaml')).code).toBe(0);
  expect(bench.lines('log')).toEqual(['one', 'inner', 'after', 'b']);
});
