/** The end of the shell is not the end of the attempt: stopped and timed out are told when nothing of it runs any more. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
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
  shells,
  specOf,
  supervisorOf,
  until,
} from './attempt-fixture.ts';

inFoldersOfTheirOwn();

/** Writes rows for ever, whatever TERM says. */
const rows = (name: string) => `trap "" TERM; while :; do echo ${name} >>${at('rows')}; sleep 0.05; done`;

/** Ways to outlive the shell that is waited for. */
const ways: Readonly<Record<string, () => string>> = {
  'a child that ignores TERM': () => `sh -c '${rows('child')}' & wait`,
  'a subshell in the background': () => `( ${rows('subshell')} ) & wait`,
  'a session of its own': () => `setsid -w sh -c '${rows('session')}'`,
  'a session of its own that has closed live': () => `setsid -w sh -c 'exec 9>&-; ${rows('closed')}'`,
};

/** Pids of what writes rows. */
function writers(): readonly number[] {
  return pids().filter((pid) => {
    try {
      return pid !== process.pid && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(at('rows'));
    } catch {
      return false;
    }
  });
}

const begun = () => until('rows', () => linesOf(at('rows')).length > 0);

/** What left the session and closed `live` is known to nobody but the process that saw it run, which is the one that stops it. */
const seenByOne = 'a session of its own that has closed live';

describe.each(Object.entries(ways))('%s', (name, text) => {
  it('has ended when the attempt is told to be stopped', async () => {
    const attempts = freshAttempts();
    const spec = specOf({ text: text() });
    await attempts.start(spec);
    // Whoever waits must not be told before all has ended either.
    const waited = attempts.wait(spec.folder, bootId, never).then((known) => ({ known, left: writers() }));
    await begun();
    const stopper = name === seenByOne ? attempts : freshAttempts();
    await stopper.stop(spec.folder, bootId, 300);
    expect(await waited).toMatchObject({ known: { kind: 'exited' }, left: [] });
  });

  it('has ended when the attempt is told to have timed out', async () => {
    const attempts = freshAttempts({ timeoutGraceMs: 200 });
    const known = await run(attempts, specOf({ text: text(), timeoutMs: 700 }));
    expect(known).toMatchObject({ kind: 'exited', timedOut: true });
    expect(linesOf(at('rows'))).not.toEqual([]);
    expect(writers()).toEqual([]);
  });
});

it.each(shells.map((shell) => [shell.join(' '), shell] as const))(
  '%s finds at the timeout what has left the session',
  async (_name, shell) => {
    const text = `setsid sh -c '${rows('gone')}' & exit 0`.replace('exit 0', 'wait');
    const known = await run(freshAttempts({ shell, timeoutGraceMs: 200 }), specOf({ text, timeoutMs: 500 }));
    expect(known).toMatchObject({ kind: 'exited', timedOut: true });
    expect(writers()).toEqual([]);
  },
);

it('a command that ends by itself may leave a process behind, which is named', async () => {
  const attempts = freshAttempts();
  const spec = specOf({ text: `setsid sleep 654 & exit 0` });
  expect(await run(attempts, spec)).toEqual({ kind: 'exited', exit: 0, timedOut: false });
  const left = await attempts.left(spec.folder);
  expect(left).toEqual([{ pid: expect.any(Number), command: 'sleep 654' }]);
  kill(left[0]?.pid ?? 0);
  await until('its end', async () => (await attempts.left(spec.folder)).length === 0);
});

it.each(['stopping', 'timeout'])(
  'a command that ended as it was to be ended (%s) is over only when what it left is',
  async (mark) => {
    const spec = specOf({ text: `setsid sleep 654 & exit 0` });
    const attempts = freshAttempts();
    expect(await run(attempts, spec)).toMatchObject({ kind: 'exited' });
    const left = await attempts.left(spec.folder);
    // It came when the supervisor had looked for it already.
    writeFileSync(join(spec.folder, mark), '');
    expect(await freshAttempts().inspect(spec.folder, bootId)).toEqual({ kind: 'alive' });
    for (const { pid } of left) kill(pid);
    expect(await freshAttempts().wait(spec.folder, bootId, never)).toMatchObject({ kind: 'exited', exit: 0 });
  },
);

it('with its supervisor killed, a stopped attempt is over when nothing of it runs', async () => {
  const attempts = freshAttempts();
  const spec = specOf({ text: `setsid -w sh -c '${rows('orphan')}'` });
  await attempts.start(spec);
  const supervisor = await supervisorOf(spec);
  await begun();
  kill(supervisor);
  expect(await freshAttempts().stop(spec.folder, bootId, 300)).toMatchObject({ kind: 'in-doubt' });
  expect(writers()).toEqual([]);
});
