/** Runs on one target: who holds it, who waits, who goes on beside, and what is left open there. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { verifyJournal } from '../../src/journal/verify.ts';
import type { RunEvent } from '../../src/run/event.ts';
import { reduceAll } from '../../src/run/reduce.ts';
import type { RunState } from '../../src/run/state.ts';
import { Bench, type Ended, until, waitsFor } from './gonogo.ts';

/** A release onto the target `shop` of this folder: `current` holds what is released. */
function release(bench: Bench, more = ''): string {
  return bench.write(
    'release.yaml',
    `runbook: Release
vars:
  version: { ask: Which version? }
target: { name: shop, identity: { check: cat machine } }
phases:
  deploy:
    - id: look
      check: echo looked
    - id: switch
      run: echo "$version" >> log; cp current previous-$version; echo "$version" > current
      undo: { run: 'cp previous-$version current; echo "undo $version" >> log' }
${more}`,
  );
}

function bench(): Bench {
  const made = new Bench();
  made.write('machine', 'web1\n');
  made.write('current', 'v0\n');
  return made;
}

const holding = `    - id: long
      run: ${waitsFor('go')}
`;

function eventsOf(at: Bench, run: string): readonly RunEvent[] {
  return verifyJournal(readFileSync(join(at.state, 'runs', run, 'journal.jsonl')), run).events;
}

function stateOf(at: Bench, run: string): RunState {
  return reduceAll(eventsOf(at, run), run);
}

function runIn({ stderr }: Ended): string {
  return /^run (\S+)$/m.exec(stderr)?.[1] ?? '';
}

const typesOf = (events: readonly RunEvent[]) => events.map(({ type }) => type);

test('a run holds its target from its first change until it ends, and another is refused by its name', async () => {
  const at = bench();
  const file = release(at, holding);
  const first = at.start(['run', file, '--headless', '--var', 'version=v1']);
  await at.supervisor('long');
  const [holder = ''] = at.runs();
  const second = await at.gonogo('run', file, '--headless', '--var', 'version=v2');
  expect(second.code).toBe(4);
  expect(second.stderr).toMatch(new RegExp(`run ${holder} \\(\\S+\\) holds it since .* UTC, for switch`));
  expect(second.stderr).toMatch(
    new RegExp(
      `^hint: run ${holder} \\(\\S+\\) holds it since .* UTC, for switch: gonogo watch ${holder} .*, gonogo release ${holder} --reason `,
      'm',
    ),
  );
  expect(second.stderr).toMatch(
    new RegExp(
      `^hint: gonogo resume ${runIn(second)} goes on once .*, gonogo resume ${runIn(second)} --alongside REASON `,
      'm',
    ),
  );
  // Reading is nobody's business, and it went as far as it could.
  expect(at.lines('log')).toEqual(['v1']);
  expect(stateOf(at, runIn(second)).steps.get('look')?.visits.at(-1)?.status).toBe('passed');
  at.release('go');
  expect((await first.ended).code).toBe(0);
  const again = await at.gonogo('resume', runIn(second), '--headless');
  expect(again.code, again.stderr).toBe(0);
  expect(at.lines('log')).toEqual(['v1', 'v2']);
  expect((await at.gonogo('verify', holder)).code).toBe(0);
  expect((await at.gonogo('verify', runIn(second))).code).toBe(0);
});

test('a run that was killed holds on, whatever becomes of the index and the claims, until it is let go', async () => {
  const at = bench();
  const file = release(at, holding);
  const first = at.start(['run', file, '--headless', '--var', 'version=v1']);
  await at.supervisor('long');
  const [holder = ''] = at.runs();
  await first.kill();
  rmSync(join(at.state, 'targets'), { recursive: true });
  rmSync(join(at.state, 'index.json'), { force: true });
  const second = await at.gonogo('run', file, '--headless', '--var', 'version=v2');
  expect(second.code).toBe(4);
  expect(second.stderr).toContain(`run ${holder} `);
  // What it began is not over, so nobody lets it go.
  const early = await at.gonogo('release', holder, '--reason', 'dead');
  expect(early.code).toBe(2);
  expect(early.stderr).toMatch(/long was begun and its outcome is not recorded/);
  at.release('go');
  expect((await at.gonogo('resume', holder, '--headless')).code).toBe(0);
  expect((await at.gonogo('resume', runIn(second), '--headless')).code).toBe(0);
  expect(at.lines('log')).toEqual(['v1', 'v2']);
});

test('a paused run holds until it is released for a reason, and asks again before its next change', async () => {
  const at = bench();
  const file = release(
    at,
    '    - id: go_on\n      manual: Go on.\n    - id: late\n      run: echo "late $version" >> log\n',
  );
  const first = await at.gonogo('run', file, '--headless', '--var', 'version=v1');
  expect(first.code).toBe(3);
  const holder = runIn(first);
  const second = await at.gonogo('run', file, '--headless', '--var', 'version=v2');
  expect(second.code).toBe(4);
  expect((await at.gonogo('list')).stdout).toMatch(/paused +2\/4 .* {2}holds shop/);
  expect((await at.gonogo('show', holder)).stdout).toMatch(/holds {6}shop \(web1\) since .* UTC, for switch/);
  expect((await at.gonogo('release', holder, '--reason', ' ')).code).toBe(2);
  const released = await at.gonogo('release', holder, '--reason', 'Ada is on holiday');
  expect(released.code, released.stderr).toBe(0);
  expect((await at.gonogo('release', holder, '--reason', 'again')).stderr).toContain('holds no target');
  expect((await at.gonogo('resume', runIn(second), '--headless')).code).toBe(3);
  const answers = at.write('answers.yaml', 'go_on: done\n');
  const resumed = await at.gonogo('resume', holder, '--headless', '--answers', answers);
  expect(resumed.code).toBe(4);
  expect(resumed.stderr).toContain(runIn(second));
  expect((await at.gonogo('resume', runIn(second), '--headless', '--answers', answers)).code).toBe(0);
  expect((await at.gonogo('resume', holder, '--headless', '--answers', answers)).code).toBe(0);
  expect(at.lines('log')).toEqual(['v1', 'v2', 'late v2', 'late v1']);
  for (const run of at.runs()) expect((await at.gonogo('verify', run)).code).toBe(0);
});

test('going on alongside is recorded by both runs', async () => {
  const at = bench();
  const file = release(at, holding);
  const first = at.start(['run', file, '--headless', '--var', 'version=v1']);
  await at.supervisor('long');
  const [holder = ''] = at.runs();
  at.release('go2');
  const args = ['run', release(at), '--headless', '--var', 'version=v2', '--operator', 'bo'];
  const second = await at.gonogo(...args, '--alongside', 'the shop is down');
  expect(second.code, second.stderr).toBe(0);
  const own = stateOf(at, runIn(second)).holding.beside;
  expect(own).toMatchObject([
    { run: holder, own: true, reason: 'the shop is down', by: { via: 'command', name: 'bo' } },
  ]);
  expect(stateOf(at, holder).holding.beside).toMatchObject([
    { run: runIn(second), own: false, reason: 'the shop is down', by: { name: 'bo' } },
  ]);
  at.release('go');
  expect((await first.ended).code).toBe(0);
  expect(typesOf(eventsOf(at, holder)).filter((type) => type === 'hold.shared')).toHaveLength(1);
  for (const [run, said] of [
    [runIn(second), 'went on beside it'],
    [holder, 'another went on beside this run'],
  ] as const) {
    expect((await at.gonogo('verify', run)).code).toBe(0);
    expect((await at.gonogo('report', run, '--out', at.path(`report-${run}`))).code).toBe(0);
    const report = readFileSync(join(at.path(`report-${run}`), 'report.md'), 'utf8');
    expect(report).toContain('\n## Other runs on the target\n');
    expect(report).toContain(said);
    expect((await at.gonogo('verify', at.path(`report-${run}`))).code).toBe(0);
  }
});

test('waiting goes on by itself when the target is let go', async () => {
  const at = bench();
  const file = release(at, holding);
  const first = at.start(['run', file, '--headless', '--var', 'version=v1']);
  await at.supervisor('long');
  const answers = at.write('answers.yaml', 'switch: wait\n');
  const second = at.start(['run', release(at), '--headless', '--var', 'version=v2', '--answers', answers]);
  const waits = (): boolean => at.runs().some((run) => typesOf(eventsOf(at, run)).includes('hold.awaited'));
  await until('the second run waits', waits);
  expect(at.lines('log')).toEqual(['v1']);
  at.release('go');
  expect((await first.ended).code).toBe(0);
  const ended = await second.ended;
  expect(ended.code, ended.stderr).toBe(0);
  expect(at.lines('log')).toEqual(['v1', 'v2']);
  expect((await at.gonogo('verify', runIn(ended))).code).toBe(0);
});

test('another name, another identity or no target at all is held by nobody else', async () => {
  const at = bench();
  const first = at.start(['run', release(at, holding), '--headless', '--var', 'version=v1']);
  await at.supervisor('long');
  const steps = 'phases: { deploy: [{ id: switch, run: echo x >> log }] }\n';
  const others = [
    `runbook: R\n${steps}`,
    `runbook: R\ntarget: { name: other, identity: { check: cat machine } }\n${steps}`,
    `runbook: R\ntarget: { name: shop, identity: { check: echo web2 } }\n${steps}`,
  ];
  const known: unknown[] = [];
  for (const text of others) {
    const ended = await at.gonogo('run', at.write('other.yaml', text), '--headless');
    expect(ended.code, ended.stderr).toBe(0);
    known.push(stateOf(at, runIn(ended)).holding.known);
  }
  expect(known).toEqual([[], [{ name: 'other', identity: 'web1' }], [{ name: 'shop', identity: 'web2' }]]);
  at.release('go');
  await first.ended;
});

test.each([
  ['gone', (folder: string) => rmSync(folder, { recursive: true }), /there is no run/],
  ['corrupt', (folder: string) => writeFileSync(join(folder, 'journal.jsonl'), '{"no": "journal"}\n'), /in doubt/],
])('a holder whose journal is %s is in doubt: it is said, and passed by only by name', async (_, damage, said) => {
  const at = bench();
  const file = release(at, '    - id: go_on\n      manual: Go on.\n');
  const first = await at.gonogo('run', file, '--headless', '--var', 'version=v1');
  expect(first.code).toBe(3);
  damage(join(at.state, 'runs', runIn(first)));
  const plain = release(at);
  const second = await at.gonogo('run', plain, '--headless', '--var', 'version=v2');
  expect(second.code).toBe(4);
  expect(second.stderr).toContain(`run ${runIn(first)} claimed it, and what it does there is in doubt`);
  expect(second.stderr).toMatch(said);
  // Nothing that is in doubt can be watched or let go.
  const hints = second.stderr.split('\n').filter((line) => line.startsWith('hint: '));
  expect(hints).toEqual([`hint: gonogo resume ${runIn(second)} --alongside REASON goes on beside what is in doubt`]);
  const passed = await at.gonogo('resume', runIn(second), '--headless', '--alongside', 'it was deleted');
  expect(passed.code, passed.stderr).toBe(0);
  // Whom a run on record passed by is not asked about again.
  expect((await at.gonogo('run', plain, '--headless', '--var', 'version=v3')).code).toBe(0);
  rmSync(join(at.state, 'runs', runIn(first)), { recursive: true, force: true });
});

test('an older run is rolled back over a newer one only by its name and for a reason', async () => {
  const at = bench();
  const file = release(at);
  const [first, second] = [
    await at.gonogo('run', file, '--headless', '--var', 'version=v1'),
    await at.gonogo('run', file, '--headless', '--var', 'version=v2'),
  ];
  const [older, newer] = [runIn(first), runIn(second)];
  const shown = await at.gonogo('show', older);
  expect(shown.stdout).toMatch(new RegExp(`since then run ${newer} \\(Release, version=v2\\) changed it at `));
  const refused = await at.gonogo('rollback', older, '--headless', '--reason', 'bad');
  expect(refused.code).toBe(3);
  expect(refused.stderr).toContain(`run ${newer} (Release, version=v2) changed it at`);
  expect(stateOf(at, older).status).toBe('completed');
  expect((await at.gonogo('rollback', older, '--headless', '--over', newer)).code).toBe(2);
  expect((await at.gonogo('rollback', older, '--headless', '--over', older, '--reason', 'x')).code).toBe(2);
  const done = await at.gonogo('rollback', older, '--headless', '--over', newer, '--reason', 'both are bad');
  expect(done.code, done.stderr).toBe(1);
  expect(stateOf(at, older).status).toBe('rolled-back');
  expect(stateOf(at, older).holding.permitted).toBe(newer);
  expect(at.lines('log')).toEqual(['v1', 'v2', 'undo v1']);
  for (const run of at.runs()) expect((await at.gonogo('verify', run)).code).toBe(0);
});

test('what was rolled back over is on record at once, so a resume after the newer run let go does not ask again', async () => {
  const at = bench();
  const older = runIn(await at.gonogo('run', release(at), '--headless', '--var', 'version=v1'));
  const paused = await at.gonogo(
    'run',
    release(at, '    - id: go_on\n      manual: Go on.\n'),
    ...['--headless', '--var', 'version=v2'],
  );
  const newer = runIn(paused);
  const over = ['rollback', older, '--headless', '--over', newer, '--reason', 'both are bad', '--operator', 'bo'];
  const held = await at.gonogo(...over);
  expect(held.code, held.stderr).toBe(4);
  expect(held.stderr).toContain(`hint: run ${newer} (`);
  // Said once more, it is recorded once.
  expect((await at.gonogo(...over)).code).toBe(4);
  expect((await at.gonogo('release', newer, '--reason', 'it is rolled back over')).code).toBe(0);
  const resumed = await at.gonogo('resume', older, '--headless');
  expect(resumed.code, resumed.stderr).toBe(1);
  expect(stateOf(at, older).status).toBe('rolled-back');
  expect(at.lines('log')).toEqual(['v1', 'v2', 'undo v1']);
  const permitted = eventsOf(at, older).filter(({ type }) => type === 'rollback.permitted');
  expect(permitted).toMatchObject([
    { actor: { via: 'command', name: 'bo' }, data: { over: newer, reason: 'both are bad' } },
  ]);
  for (const run of at.runs()) expect((await at.gonogo('verify', run)).code).toBe(0);
});

test('a newer run that was rolled back itself is no reason to ask', async () => {
  const at = bench();
  const file = release(at);
  const older = runIn(await at.gonogo('run', file, '--headless', '--var', 'version=v1'));
  const newer = runIn(await at.gonogo('run', file, '--headless', '--var', 'version=v2'));
  expect((await at.gonogo('rollback', newer, '--headless', '--reason', 'bad')).code).toBe(1);
  expect((await at.gonogo('rollback', older, '--headless', '--reason', 'bad')).code).toBe(1);
  expect(at.lines('log')).toEqual(['v1', 'v2', 'undo v2', 'undo v1']);
});

test('what earlier runs left open is decided by name before the first change of the next', async () => {
  const at = bench();
  const owing = release(
    at,
    '    - id: gates\n      run: echo gates >> log\n      owes: Close the gates of ${{ version }}\n',
  );
  const answered = at.write('handed.yaml', 'gates: { handover: bo }\n');
  const first = await at.gonogo('run', owing, '--headless', '--var', 'version=v1', '--answers', answered);
  expect(first.code, first.stderr).toBe(0);
  const item = `${runIn(first)}.gates`;
  expect((await at.gonogo('show', runIn(first))).stdout).toContain('Close the gates of v1 (handed-over)');

  const plain = release(at);
  const second = await at.gonogo('run', plain, '--headless', '--var', 'version=v2');
  expect(second.code).toBe(3);
  expect(second.stderr).toContain(`${item}: Close the gates of v1 (handed over to bo)`);
  expect(at.lines('log')).toEqual(['v1', 'gates']);
  const deferred = at.write('answers.yaml', `${item}: { defer: bo is away }\n`);
  const done = await at.gonogo('resume', runIn(second), '--headless', '--answers', deferred);
  expect(done.code, done.stderr).toBe(0);
  expect(done.stderr).toContain(`complete except deferred items: ${item}`);

  // It still counts, and the next is told what became of it.
  const third = await at.gonogo('run', plain, '--headless', '--var', 'version=v3');
  expect(third.code).toBe(3);
  expect(third.stderr).toContain(`deferred by run ${runIn(second)}: bo is away`);
  const settled = at.write('answers.yaml', `${item}: { settle: bo closed them by hand }\n`);
  expect((await at.gonogo('resume', runIn(third), '--headless', '--answers', settled)).code).toBe(0);
  expect((await at.gonogo('run', plain, '--headless', '--var', 'version=v4')).code).toBe(0);
  for (const run of at.runs()) expect((await at.gonogo('verify', run)).code).toBe(0);
});

test('an answers file that names no run, or answers in no form, is bad input', async () => {
  const at = bench();
  const file = release(at);
  for (const [text, said] of [
    ['nonsense.gates: { defer: later }\n', /names|is no step id/],
    ['20261121-0312-release-k7q2.gates: { defer: }\n', /not an answer; the forms are: .*\{defer: REASON\}/],
  ] as const) {
    const answers = at.write('answers.yaml', text);
    const ended = await at.gonogo('run', file, '--headless', '--var', 'version=v1', '--answers', answers);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(said);
  }
  const blank = await at.gonogo('run', file, '--headless', '--var', 'version=v1', '--alongside', ' ');
  expect(blank.code).toBe(2);
  expect(blank.stderr).toContain('--alongside: the reason is empty');
  expect(at.runs()).toEqual([]);
});
