/** A control group of its own: what nothing else ties to the attempt is found in it, and ended. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it, onTestFinished, type TestContext } from 'vitest';
import { ownGroups, removeGroup } from '../../src/target/local/attempt-group.ts';
import {
  at,
  bootId,
  freshAttempts,
  inFoldersOfTheirOwn,
  kill,
  linesOf,
  never,
  run,
  runs,
  session,
  shells,
  specOf,
  supervisorOf,
  until,
} from './attempt-fixture.ts';

inFoldersOfTheirOwn();

/** Leaves the session, closes every file and loses its parent, and goes on writing. */
const daemon = (): string => {
  const rows = `echo $$ >${at('pid')}; exec 9>&- >/dev/null 2>&1 </dev/null; while :; do echo row >>${at('rows')}; sleep 0.05; done`;
  return `setsid sh -c '(${rows.replace('$$', '$PPID')}) &'`;
};

/** Says why a test cannot tell anything here. */
function needsGroups({ skip }: TestContext): void {
  const probe = at('probe');
  mkdirSync(probe);
  const made = ownGroups().make(probe) !== null;
  removeGroup(probe);
  if (!made) skip('this process may make no control group here');
}

const groupPath = (folder: string): string => readFileSync(join(folder, 'cgroup'), 'utf8').trimEnd();
const members = (folder: string): readonly number[] =>
  readFileSync(join(groupPath(folder), 'cgroup.procs'), 'utf8')
    .split('\n')
    .slice(0, -1)
    .map(Number);
const begun = () => until('rows', () => linesOf(at('rows')).length > 0);
const grouped = (settings = {}) => freshAttempts({ groups: ownGroups(), ...settings });

describe('a daemon that nothing but its control group ties to the attempt', () => {
  it('has ended when the attempt is told to be stopped, by a process that never saw it begin', async (context) => {
    needsGroups(context);
    const spec = specOf({ text: `${daemon()}; sleep 600` });
    const attempts = grouped();
    await attempts.start(spec);
    await begun();
    const inside = members(spec.folder);
    const waited = attempts.wait(spec.folder, bootId, never).then((known) => ({ known, left: inside.filter(runs) }));
    await grouped().stop(spec.folder, bootId, 300);
    expect(await waited).toMatchObject({ known: { kind: 'exited' }, left: [] });
    expect(existsSync(groupPath(spec.folder))).toBe(false);
  });

  it.each(shells.map((shell) => [shell.join(' '), shell] as const))(
    'has ended when the attempt is told to have timed out: %s',
    async (_, shell) => {
      const spec = specOf({ text: `${daemon()}; sleep 600`, timeoutMs: 500 });
      const attempts = grouped({ shell, timeoutGraceMs: 200 });
      await attempts.start(spec);
      await begun();
      if (!existsSync(join(spec.folder, 'cgroup'))) return kill(Number(readFileSync(at('pid'), 'utf8')));
      const inside = members(spec.folder);
      expect(await attempts.wait(spec.folder, bootId, never)).toMatchObject({ kind: 'exited', timedOut: true });
      expect(inside.filter(runs)).toEqual([]);
    },
  );

  it('keeps the attempt alive when its supervisor was killed, and can be stopped', async (context) => {
    needsGroups(context);
    const spec = specOf({ text: `${daemon()}; sleep 600` });
    await grouped().start(spec);
    const supervisor = await supervisorOf(spec);
    await begun();
    const inside = members(spec.folder);
    kill(supervisor);
    // Again, for what was being made meanwhile.
    await until('the end of its group', () => {
      for (const pid of session(supervisor)) kill(pid);
      return session(supervisor).length === 0;
    });
    expect(await grouped().inspect(spec.folder, bootId)).toEqual({ kind: 'alive' });
    expect(await grouped().stop(spec.folder, bootId, 100)).toMatchObject({ kind: 'in-doubt' });
    expect(inside.filter(runs)).toEqual([]);
  });

  it('is named when the command ended by itself, and is left alone', async (context) => {
    needsGroups(context);
    const spec = specOf({ text: `${daemon()}; until [ -e ${at('rows')} ]; do sleep 0.02; done` });
    const attempts = grouped();
    expect(await run(attempts, spec)).toEqual({ kind: 'exited', exit: 0, timedOut: false });
    const left = await attempts.left(spec.folder);
    expect(left.length).toBeGreaterThan(0);
    onTestFinished(() => {
      for (const { pid } of left) kill(pid);
    });
    // The daemon itself; the sleep that it began may be over by now.
    expect(left.map(({ pid }) => runs(pid))).toContain(true);
  });
});

it('a file in the folder that names other processes is not believed', async (context) => {
  needsGroups(context);
  const victim = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
  onTestFinished(() => void victim.kill('SIGKILL'));
  const spec = specOf({ text: 'sleep 600' });
  await grouped().start(spec);
  await supervisorOf(spec);
  const own = groupPath(spec.folder);
  // A folder of anybody's with the right name, and a group of the kernel's with another one.
  const forged = at(basename(own));
  mkdirSync(forged);
  writeFileSync(join(forged, 'cgroup.procs'), `${victim.pid}\n`);
  for (const path of [forged, join(own, '..')]) {
    rmSync(join(spec.folder, 'cgroup'));
    writeFileSync(join(spec.folder, 'cgroup'), `${path}\n`);
    expect((await grouped().running(spec.folder)).map(({ command }) => command)).not.toContain('sleep 600 ');
    expect((await grouped().running(spec.folder)).map(({ pid }) => pid)).not.toContain(victim.pid);
  }
  await grouped().stop(spec.folder, bootId, 100);
  expect(runs(victim.pid ?? 0)).toBe(true);
});

it('empty groups that nobody looked after are taken away, and none that was just made or is in use', async (context) => {
  needsGroups(context);
  const own = at('own');
  mkdirSync(own);
  const base = join(ownGroups().make(own) ?? '', '..');
  const [old, young, used] = ['0', '1', '2'].map((digit) => join(base, `gonogo-${digit.repeat(32)}`));
  if (old === undefined || young === undefined || used === undefined) throw new Error('three paths');
  const runner = spawn('sleep', ['600'], { stdio: 'ignore' });
  onTestFinished(async () => {
    runner.kill('SIGKILL');
    await until('its end', () => !runs(runner.pid ?? 0));
    for (const path of [old, young, used]) if (existsSync(path)) rmdirSync(path);
    removeGroup(own);
  });
  for (const path of [old, young, used]) mkdirSync(path);
  writeFileSync(join(used, 'cgroup.procs'), String(runner.pid));
  for (const path of [old, used]) utimesSync(path, 1_000_000_000, 1_000_000_000);
  const another = at('another');
  mkdirSync(another);
  ownGroups().make(another);
  removeGroup(another);
  expect([old, young, used].map((path) => existsSync(path))).toEqual([false, true, true]);
});
