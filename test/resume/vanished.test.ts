/** What is gone proves nothing: a step whose record was taken away while it ran is not run again. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Bench, until, waitsFor } from './gonogo.ts';

const document = (script: string): string => `runbook: R
phases:
  deploy:
    - id: first
      run: ${script}
    - id: second
      run: echo second >> log
`;

/** The copy of the record that a process which lost its journal tells of. */
function rescuedBy(stderr: string): string {
  return readFileSync(/is in (\S+\.jsonl)/.exec(stderr)?.[1] ?? '', 'utf8');
}

it.each([
  ['the state is removed by the step itself', 'echo ran >> log; rm -rf state'],
  ['the state is moved by the step itself', 'echo ran >> log; mv state state2'],
])('%s: it runs once, and the run stops with its record in safety', async (_, script) => {
  const bench = new Bench();
  bench.write('run.yaml', document(script));
  const env = { XDG_CONFIG_HOME: bench.path('config') };
  const { code, stderr } = await bench.start(['run', 'run.yaml', '--headless'], { env }).ended;
  expect(code).not.toBe(0);
  expect(stderr).toMatch(/was removed or moved while the run was driven/);
  expect(bench.lines('log')).toEqual(['ran']);
  expect(rescuedBy(stderr)).toContain('"step":"first"');
  expect(existsSync(bench.state)).toBe(false);
});

it('the folder of a running attempt is removed: it is in doubt, for the process that started it and for the next', async () => {
  const bench = new Bench();
  bench.write('run.yaml', document(`echo ran >> log; ${waitsFor('go')}; echo end >> log`));
  const driver = bench.start(['run', 'run.yaml', '--headless']);
  await until('it runs', () => bench.lines('log').length === 1);
  rmSync(bench.attempt('first'), { recursive: true });
  await driver.kill();
  const next = bench.start(['resume', 'latest', '--headless']);
  expect((await next.ended).code).toBe(3);
  expect(bench.types()).toContain('attempt.in_doubt');
  bench.release('go');
  await until('it ended', () => bench.lines('log').length === 2);
  expect((await bench.gonogo('resume', 'latest', '--headless')).code).toBe(3);
  expect(bench.lines('log')).toEqual(['ran', 'end']);
  bench.write('answers.yaml', 'first: { settle: passed, reason: I saw it end }\n');
  expect((await bench.gonogo('resume', 'latest', '--headless', '--answers', 'answers.yaml')).code).toBe(0);
  expect(bench.lines('log')).toEqual(['ran', 'end', 'second']);
});

it('the run is moved while it is driven, and put back: what ended meanwhile is in doubt, not run again', async () => {
  const bench = new Bench();
  bench.write('run.yaml', document(`echo ran >> log; ${waitsFor('go')}`));
  const driver = bench.start(['run', 'run.yaml', '--headless'], { env: { XDG_CONFIG_HOME: bench.path('config') } });
  await until('it runs', () => bench.lines('log').length === 1);
  const folder = bench.run();
  renameSync(folder, bench.path('elsewhere'));
  bench.release('go');
  const { code, stderr } = await driver.ended;
  expect(code).toBe(3);
  expect(rescuedBy(stderr)).toContain('"step":"first"');
  expect(globSync(`${bench.state}/runs/*`)).toEqual([]);
  renameSync(bench.path('elsewhere'), folder);
  expect((await bench.gonogo('resume', 'latest', '--headless')).code).toBe(3);
  expect(bench.types().at(-2)).toBe('attempt.in_doubt');
  expect(bench.lines('log')).toEqual(['ran']);
});

/** Copies as `cp -a` does, takes the original away, and moves the copy to its place. */
function replaceByCopy(folder: string): void {
  execFileSync('cp', ['-a', folder, `${folder}.copy`]);
  rmSync(folder, { recursive: true });
  renameSync(`${folder}.copy`, folder);
}

describe.each([
  ['its driver killed', true],
  ['its driver alive', false],
])('a running step, %s', (_, killed) => {
  it.each(['steps', 'steps/attempt', 'output.log'])(
    '%s is replaced by a copy: it is in doubt, and runs once',
    async (what) => {
      const bench = new Bench();
      bench.write('run.yaml', document(`echo ran >> log; echo before; ${waitsFor('go')}; echo after; echo end >> log`));
      const driver = bench.start(['run', 'run.yaml', '--headless']);
      await until('it runs', () => bench.lines('log').length === 1);
      if (killed) await driver.kill();
      const attempt = bench.attempt('first');
      const steps = join(bench.run(), 'steps');
      replaceByCopy(what === 'steps' ? steps : what === 'output.log' ? join(attempt, what) : attempt);
      const settled = killed ? bench.start(['resume', 'latest', '--headless']) : driver;
      bench.release('go');
      expect(await settled.ended).toMatchObject({ code: 3 });
      expect(bench.types()).toContain('attempt.in_doubt');
      expect(bench.lines('log')).toEqual(['ran', 'end']);
    },
  );
});

it('nothing runs and the state is replaced by a copy: the run goes on', async () => {
  const bench = new Bench();
  bench.write('run.yaml', document('echo ran >> log; false'));
  expect((await bench.gonogo('run', 'run.yaml', '--headless')).code).toBe(3);
  replaceByCopy(bench.state);
  bench.write('answers.yaml', 'first: { passed: I looked }\n');
  expect((await bench.gonogo('resume', 'latest', '--headless', '--answers', 'answers.yaml')).code).toBe(0);
  expect(bench.lines('log')).toEqual(['ran', 'second']);
});

/** Takes the last records from the journal, from the start of `step` on, as an older copy of it would lack them. */
function forgetFrom(bench: Bench, step: string): void {
  const journal = join(bench.run(), 'journal.jsonl');
  const lines = readFileSync(journal, 'utf8').split('\n');
  const at = lines.findIndex((line) => line.includes('"type":"step.started"') && line.includes(`"step":"${step}"`));
  writeFileSync(
    journal,
    lines
      .slice(0, at)
      .map((line) => `${line}\n`)
      .join(''),
  );
}

describe('the journal has lost what was recorded of an attempt whose folder is there', () => {
  const changes = `runbook: R
phases:
  deploy:
    - { id: first, run: echo first >> log, undo: { run: echo undo first >> log } }
    - { id: second, run: echo second >> log; exit 1, undo: { run: echo undo second >> log }, on_fail: rollback }
`;

  it('it is in doubt, neither run again nor left out of the rollback', async () => {
    const bench = new Bench();
    bench.write('run.yaml', changes);
    expect((await bench.gonogo('run', 'run.yaml', '--headless')).code).toBe(1);
    forgetFrom(bench, 'second');
    const resumed = await bench.gonogo('resume', 'latest', '--headless');
    expect(resumed.code).toBe(3);
    expect(resumed.stdout + resumed.stderr).toMatch(/in doubt +second +its folder was there before it began/);
    expect((await bench.gonogo('resume', 'latest', '--headless')).code).toBe(3);
    expect(bench.lines('log')).toEqual(['first', 'second', 'undo second', 'undo first']);
    bench.write('answers.yaml', 'second: { settle: failed, reason: it had run }\n');
    expect((await bench.gonogo('resume', 'latest', '--headless', '--answers', 'answers.yaml')).code).toBe(5);
    // Of its undo the journal knows nothing either.
    expect(bench.types()).not.toContain('run.ended');
    expect(bench.types()).not.toContain('attempt.voided');
  });

  it('what is sent is not sent again', async () => {
    let sent = 0;
    const service = createServer((_, response) => {
      sent += 1;
      response.end();
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void service.close());
    await once(service, 'listening');
    const address = service.address();
    const port = typeof address === 'object' ? address?.port : null;
    const bench = new Bench();
    bench.write(
      'run.yaml',
      `runbook: R\nphases: { deploy: [{ id: send, http: { url: 'http://127.0.0.1:${port}/', method: POST } }] }\n`,
    );
    expect((await bench.gonogo('run', 'run.yaml', '--headless')).code).toBe(0);
    forgetFrom(bench, 'send');
    expect((await bench.gonogo('resume', 'latest', '--headless')).code).toBe(3);
    expect(bench.types()).toContain('attempt.in_doubt');
    expect(sent).toBe(1);
  });

  it('an undo is in doubt too', async () => {
    const bench = new Bench();
    bench.write('run.yaml', changes);
    await bench.gonogo('run', 'run.yaml', '--headless');
    forgetFrom(bench, 'undo_first');
    expect((await bench.gonogo('resume', 'latest', '--headless')).code).toBe(5);
    expect(bench.types()).toContain('attempt.in_doubt');
    bench.write('answers.yaml', 'undo_first: { settle: passed, reason: it had run }\n');
    expect((await bench.gonogo('resume', 'latest', '--headless', '--answers', 'answers.yaml')).code).toBe(1);
    expect(bench.lines('log')).toEqual(['first', 'second', 'undo second', 'undo first']);
  });
});

it.each(['', 'config'])(
  'XDG_CONFIG_HOME=%j, no absolute path, is not where a record is brought to safety',
  async (named) => {
    const bench = new Bench();
    bench.write('run.yaml', document('echo ran >> log; rm -rf state'));
    const env = { XDG_CONFIG_HOME: named, HOME: bench.path('home') };
    const { stderr } = await bench.start(['run', 'run.yaml', '--headless'], { env }).ended;
    expect(/is in (\S+)/.exec(stderr)?.[1]).toMatch(bench.path('home/.config/gonogo/rescued/'));
  },
);
