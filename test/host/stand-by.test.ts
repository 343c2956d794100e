/** Supervisors that stand by: what becomes of an attempt when they, their keeper or the process that told them is killed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Attempts } from '../../src/target/local/attempt.ts';
import {
  at,
  bootId,
  freshAttempts,
  inFoldersOfTheirOwn,
  kill,
  linesOf,
  never,
  pids,
  run,
  runs,
  specOf,
  supervisorOf,
  textOf,
  until,
} from './attempt-fixture.ts';

inFoldersOfTheirOwn();

const exited = (exit: number) => ({ kind: 'exited', exit, timedOut: false });

/** Attempts whose next start is told to a supervisor that stands by. */
async function withOneStandingBy(): Promise<Attempts> {
  const attempts = freshAttempts({ burstMs: 60_000 });
  for (let round = 0; round < 2; round += 1) await run(attempts, specOf());
  return attempts;
}

const parentOf = (pid: number): number =>
  Number(
    readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ')[1],
  );

function wordsOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

const isKeeper = (pid: number): boolean => runs(pid) && wordsOf(pid).includes('gonogo-stand-by');
const childrenOf = (parent: number): readonly number[] =>
  pids().filter((pid) => {
    try {
      return parentOf(pid) === parent;
    } catch {
      return false;
    }
  });

const waiting = (): string => `echo $$ >${at('pid')}; until [ -e ${at('go')} ]; do sleep 0.02; done`;

it('serves attempts of the same environment that follow one another, each in a session of its own', async () => {
  const attempts = freshAttempts({ burstMs: 60_000 });
  const parents: number[] = [];
  for (let round = 0; round < 4; round += 1) {
    const spec = specOf({ text: 'read -r _ _ _ parent _ session _ </proc/$PPID/stat; echo $PPID $parent $session' });
    expect(await run(attempts, spec)).toEqual(exited(0));
    const [supervisor, parent, session] = textOf(spec).trim().split(' ').map(Number);
    expect(session).toBe(supervisor);
    parents.push(parent ?? 0);
  }
  expect(parents[0]).toBe(process.pid);
  expect(parents.slice(1).every((parent) => parent !== process.pid && parent === parents[1])).toBe(true);
});

it('is told nothing of a command with another environment, a secret, a line break or letters that are not ASCII', async () => {
  const attempts = await withOneStandingBy();
  const print = { kind: 'argv' as const, argv: ['sh', '-c', 'read -r _ _ _ parent _ </proc/$PPID/stat; echo $parent'] };
  const [program = '', flag = '', text = ''] = print.argv;
  for (const given of [
    { env: { PATH: process.env.PATH ?? '', MORE: 'x' } },
    { secrets: ['hunter2'] },
    { command: { ...print, argv: [program, flag, text, 'a\nb'] } },
    { command: { ...print, argv: [program, flag, text, 'é'] } },
    { command: { ...print, argv: [program, flag, text, 'x'.repeat(5000)] } },
  ]) {
    const spec = specOf({ command: print, ...given });
    expect(await run(attempts, spec)).toEqual(exited(0));
    expect(Number(textOf(spec))).toBe(process.pid);
  }
});

it('a command goes on when the keeper is killed, and its status is known', async () => {
  const attempts = await withOneStandingBy();
  const spec = specOf({ text: `${waiting()}; exit 3` });
  await attempts.start(spec);
  const keeper = parentOf(await supervisorOf(spec));
  expect(isKeeper(keeper)).toBe(true);
  kill(keeper);
  const known = attempts.wait(spec.folder, bootId, never);
  await until('it runs', () => existsSync(at('pid')));
  await run(attempts, { ...specOf(), command: { kind: 'argv', argv: ['touch', at('go')] } });
  expect(await known).toEqual(exited(3));
});

it('killed while it stands by, nothing runs twice, and the next attempt runs', async () => {
  const attempts = await withOneStandingBy();
  const spec = specOf({ text: `echo ran >>${at('mark')}` });
  const keeper = childrenOf(process.pid).find(isKeeper) ?? 0;
  await until('it stands by', () => childrenOf(keeper).length === 1);
  for (const pid of childrenOf(keeper)) kill(pid);
  const known = await run(attempts, spec);
  if (linesOf(at('mark')).length === 1) expect(known).toEqual(exited(0));
  else expect(known).toMatchObject({ kind: 'never-ran', reason: expect.stringContaining('before it began') });
  expect(await run(attempts, specOf({ text: 'exit 7' }))).toEqual(exited(7));
});

it('ends with the process that it stands by for, and after a while with nothing to do', async () => {
  const spec = specOf({ text: waiting() });
  const parent = spawn(process.execPath, [new URL('attempt-starter.ts', import.meta.url).pathname], {
    stdio: 'ignore',
    env: { ...process.env, ATTEMPT_BEFORE: '2', ATTEMPT_SPEC: JSON.stringify(spec) },
  });
  const supervisor = await supervisorOf(spec);
  const keeper = parentOf(supervisor);
  expect(isKeeper(keeper)).toBe(true);
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  await run(freshAttempts(), { ...specOf(), command: { kind: 'argv', argv: ['touch', at('go')] } });
  expect(await freshAttempts().wait(spec.folder, bootId, never)).toEqual(exited(0));
  await until('the keeper has ended', () => !runs(keeper));

  await withOneStandingBy();
  const idle = childrenOf(process.pid).filter(isKeeper);
  expect(idle.length).toBeGreaterThan(0);
  await until('those with nothing to do have ended', () => !idle.some(isKeeper));
});

it('of a process that is killed at any moment of telling, the command has run once or the attempt is void', async () => {
  for (let round = 0; round < 12; round += 1) {
    const mark = at(`mark-${round}`);
    const spec = specOf({ text: `echo ran >>${mark}` });
    const parent = spawn(process.execPath, [new URL('attempt-starter.ts', import.meta.url).pathname], {
      stdio: 'ignore',
      env: { ...process.env, ATTEMPT_BEFORE: '2', ATTEMPT_SPEC: JSON.stringify(spec) },
    });
    let looks = 0;
    await until('the folder', () => existsSync(spec.folder) && ++looks > round % 4);
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    const known = await freshAttempts().wait(spec.folder, bootId, never);
    if (linesOf(mark).length === 1) expect(known).toEqual(exited(0));
    else expect(['never-ran', 'in-doubt']).toContain(known.kind);
    expect(linesOf(mark).length).toBeLessThanOrEqual(1);
  }
});
