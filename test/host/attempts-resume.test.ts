/** What a later process finds out about an attempt, and does to it: attach, void, in doubt, stop. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { spawn as spawnOnTerminal } from '@lydell/node-pty';
import { describe, expect, it } from 'vitest';
import { realClock } from '../../src/host/clock.ts';
import { realFiles } from '../../src/host/files.ts';
import type { Files } from '../../src/host/host.ts';
import type { AttemptSpec } from '../../src/target/local/attempt.ts';
import type { Groups } from '../../src/target/local/attempt-group.ts';
import { createAttempts } from '../../src/target/local/attempts.ts';
import { processTable } from '../../src/target/local/process-identity.ts';
import { supervisorArguments } from '../../src/target/local/supervisor.ts';
import {
  at,
  bootId,
  freshAttempts,
  inFoldersOfTheirOwn,
  kill,
  linesOf,
  machine,
  never,
  prepare,
  run,
  runs,
  session,
  specOf,
  startElsewhere,
  supervisorOf,
  textOf,
  until,
} from './attempt-fixture.ts';

inFoldersOfTheirOwn();

const exited = (exit: number, timedOut = false) => ({ kind: 'exited', exit, timedOut });
const doubt = (reason: RegExp) => ({ kind: 'in-doubt', reason: expect.stringMatching(reason) });

/** A command that appends a line to `mark` and then runs until `go` appears. */
const waiting = (): string => `echo ran >>${at('mark')}; until test -e ${at('go')}; do sleep 0.01; done`;
const letGo = (): void => writeFileSync(at('go'), '');
const hasRun = (): Promise<void> => until('the command', () => linesOf(at('mark')).length === 1);

describe('after kill -9 of the process that started it', () => {
  it('a command goes on, and a later process attaches and gets its real status', async () => {
    const spec = specOf({ text: `${waiting()}; echo done; exit 42` });
    const parent = await startElsewhere(spec);
    await hasRun();
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    const later = freshAttempts();
    expect(await later.inspect(spec.folder, bootId)).toEqual({ kind: 'alive' });
    const known = later.wait(spec.folder, bootId, never);
    letGo();
    expect(await known).toEqual(exited(42));
    expect(textOf(spec)).toBe('done\n');
    expect(linesOf(at('mark'))).toEqual(['ran']);
  });

  it('its timeout holds with nobody attached', async () => {
    const spec = specOf({ text: waiting(), timeoutMs: 300 });
    const parent = await startElsewhere(spec);
    parent.kill('SIGKILL');
    await until('the exit', () => existsSync(join(spec.folder, 'exit')));
    // Its supervisor may need a moment more to end.
    expect(await freshAttempts().wait(spec.folder, bootId, never)).toEqual(exited(143, true));
  });

  it('what ends by TERM is over at once, whenever in the watching that comes', async () => {
    const graceMs = 10_000;
    const attempts = freshAttempts();
    const late: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const specs = Array.from({ length: 12 }, () => specOf({ text: `while :; do sleep 0.01; done`, timeoutMs: 200 }));
      await Promise.all(specs.map((spec) => run(attempts, spec)));
      for (const { folder } of specs) {
        const spentMs = statSync(join(folder, 'exit')).mtimeMs - statSync(join(folder, 'timeout')).mtimeMs;
        if (spentMs >= graceMs) late.push(spentMs);
      }
    }
    expect(late).toEqual([]);
  });

  it('its output goes on being masked', async () => {
    const secret = 'tr0ub4dor&3 and more';
    const spec = specOf({
      text: `${waiting()}; echo "<$TOKEN>"; exit 9`,
      env: { PATH: process.env.PATH ?? '', TOKEN: secret },
      secrets: [secret],
    });
    const parent = await startElsewhere(spec);
    await hasRun();
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    letGo();
    expect(await freshAttempts().wait(spec.folder, bootId, never)).toEqual(exited(9));
    expect(textOf(spec)).toBe('<•••>\n');
  });

  it('at any moment of the start, the command has run once or the attempt is void', async () => {
    for (let round = 0; round < 12; round += 1) {
      const mark = at(`mark-${round}`);
      const spec = specOf({ text: `echo ran >>${mark}` });
      const parent = spawn(process.execPath, [new URL('attempt-starter.ts', import.meta.url).pathname], {
        stdio: 'ignore',
        env: { ...process.env, ATTEMPT_SPEC: JSON.stringify(spec) },
      });
      // Killed as soon as the folder is there, or some looks later: each round at another point of the start.
      let looks = 0;
      await until('the folder', () => existsSync(spec.folder) && ++looks > round % 4);
      parent.kill('SIGKILL');
      await once(parent, 'exit');
      const known = await freshAttempts().wait(spec.folder, bootId, never);
      // A folder that was not filled yet proves as little as one that was emptied.
      if (linesOf(mark).length === 1) expect(known).toEqual(exited(0));
      else expect(['never-ran', 'in-doubt']).toContain(known.kind);
      expect(linesOf(mark).length).toBeLessThanOrEqual(1);
    }
  });
});

describe('waiting', () => {
  it('takes nothing from a folder that was put in the place of its own', async () => {
    const attempts = freshAttempts();
    const spec = specOf();
    const forged = [
      `mv ${spec.folder} ${spec.folder}.old; mkdir -m 700 ${spec.folder}`,
      `cp -p ${spec.folder}.old/script ${spec.folder}.old/claim ${spec.folder}; mkfifo ${spec.folder}/live`,
      `echo forged >${spec.folder}/output.log; echo 0 >${spec.folder}/exit; exit 5`,
    ].join('\n');
    const known = await run(attempts, { ...spec, command: { kind: 'script', text: forged, shell: ['bash', '-eu'] } });
    expect(known).toEqual(doubt(/replaced meanwhile/));
  });

  it('gives up with `alive` when asked to, and the command goes on', async () => {
    const attempts = freshAttempts();
    const spec = specOf({ text: `${waiting()}; exit 3` });
    await attempts.start(spec);
    const leave = new AbortController();
    const known = attempts.wait(spec.folder, bootId, leave.signal);
    await hasRun();
    leave.abort();
    expect(await known).toEqual({ kind: 'alive' });
    letGo();
    expect(await attempts.wait(spec.folder, bootId, never)).toEqual(exited(3));
  });

  it('of the process that started it never takes a supervisor that has not claimed yet for a dead one', async () => {
    const attempts = freshAttempts();
    const specs = Array.from({ length: 20 }, (_, status) => specOf({ text: `exit ${status}` }));
    const all = await Promise.all(specs.map((spec) => run(attempts, spec)));
    expect(all).toEqual(specs.map((_, status) => exited(status)));
  });
});

describe('what is told is on disk, and what is looked at may change meanwhile', () => {
  it('syncs script and every new folder before anything is spawned, and exit, output and folder before it tells', async () => {
    const synced: string[] = [];
    let spawnedAfter = -1;
    const spec = specOf({ text: 'echo out; echo err >&2', splitStderr: true });
    const files: Files = {
      ...realFiles,
      sync: async (path) => {
        await realFiles.sync(path);
        synced.push(path);
      },
    };
    const groups: Groups = {
      // Asked right before the spawn.
      make: () => {
        spawnedAfter = synced.length;
        return null;
      },
    };
    const attempts = createAttempts(files, realClock, machine, { groups });
    expect(await run(attempts, spec)).toEqual(exited(0));
    const names = synced.map((path) => relative(at(), path));
    const attempt = relative(at(), spec.folder);
    expect(names.slice(0, spawnedAfter).sort()).toEqual(
      ['', 'steps', dirname(attempt), attempt, join(attempt, 'script')].sort(),
    );
    expect(names.slice(spawnedAfter).sort()).toEqual(
      [attempt, join(attempt, 'exit'), join(attempt, 'output.log'), join(attempt, 'stderr.log')].sort(),
    );
  });

  it('an exit that appears right after the first look at it is seen', async () => {
    const spec = specOf({ text: 'exit 13' });
    await run(freshAttempts(), spec);
    let looks = 0;
    const files: Files = {
      ...realFiles,
      factsAtOnce: (path) => {
        if (path.endsWith('/exit') && looks++ === 0) return null;
        return realFiles.factsAtOnce?.(path) ?? null;
      },
    };
    expect(await createAttempts(files, realClock, machine).inspect(spec.folder, bootId)).toEqual(exited(13));
  });
});

/** The folder as a start leaves it that died before it could spawn. */
/** The supervisor of `spec`, spawned by nobody that `Attempts` knows of. */
function lateSupervisor(spec: AttemptSpec, argv: readonly string[]): Promise<unknown> {
  const args = supervisorArguments({
    folder: spec.folder,
    bootId,
    pidNamespace: processTable('linux').pidNamespace,
    toolPath: '/usr/bin:/bin',
    platform: 'linux',
    timeoutMs: null,
    graceMs: 100,
    scope: 'session',
    splitStderr: false,
    filter: null,
    group: null,
    umask: null,
    argv,
  });
  const log = openSync('/dev/null', 'w');
  const child = spawn('/bin/sh', [...args], { detached: true, stdio: ['ignore', log, 'ignore', log] });
  closeSync(log);
  return once(child, 'exit');
}

describe('an attempt whose folder is not as it was made', () => {
  const harms: Readonly<Record<string, (folder: string) => void>> = {
    'it is gone': (folder) => rmSync(folder, { recursive: true }),
    'it was moved': (folder) => renameSync(folder, `${folder}-moved`),
    'it was emptied': (folder) => {
      for (const name of readdirSync(folder)) rmSync(join(folder, name));
    },
    'it was made anew': (folder) => {
      rmSync(folder, { recursive: true });
      mkdirSync(folder);
    },
    'its claim is gone': (folder) => {
      for (const name of ['claim', 'live', 'exit']) rmSync(join(folder, name), { force: true });
    },
    'it is a file': (folder) => {
      rmSync(folder, { recursive: true });
      writeFileSync(folder, '');
    },
  };

  it.each(Object.entries(harms))('is in doubt, and nothing is made again: %s', async (_, harm) => {
    const spec = specOf({ text: `echo ran >>${at('mark')}` });
    await run(freshAttempts(), spec);
    harm(spec.folder);
    const left = existsSync(spec.folder) ? statSync(spec.folder).ino : null;
    expect(await freshAttempts().inspect(spec.folder, bootId)).toMatchObject({ kind: 'in-doubt' });
    expect(existsSync(spec.folder) ? statSync(spec.folder).ino : null).toBe(left);
    expect(existsSync(join(spec.folder, 'claim'))).toBe(false);
    expect(linesOf(at('mark'))).toEqual(['ran']);
  });

  it('is in doubt, and not voided: it is a copy from before it began', async () => {
    const spec = specOf();
    prepare(spec);
    cpSync(spec.folder, `${spec.folder}-copy`, { recursive: true, preserveTimestamps: true });
    expect(await lateSupervisor(spec, ['sh', '-c', `echo ran >>${at('mark')}`])).toEqual([0, null]);
    renameSync(spec.folder, `${spec.folder}-ran`);
    renameSync(`${spec.folder}-copy`, spec.folder);
    expect(await freshAttempts().inspect(spec.folder, bootId)).toMatchObject({ kind: 'in-doubt' });
    expect(existsSync(join(spec.folder, 'claim'))).toBe(false);
    expect(linesOf(at('mark'))).toEqual(['ran']);
  });

  it('is in doubt for the process that started it, too', async () => {
    const attempts = freshAttempts();
    const spec = specOf();
    const text = `rm -r '${spec.folder}'; echo ran >>${at('mark')}`;
    await attempts.start({ ...spec, command: { kind: 'script', text, shell: ['sh'] } });
    expect(await attempts.wait(spec.folder, bootId, never)).toMatchObject({ kind: 'in-doubt' });
    expect(existsSync(spec.folder)).toBe(false);
    expect(linesOf(at('mark'))).toEqual(['ran']);
  });
});

describe('an attempt that nobody claimed', () => {
  it('is voided, and a supervisor that comes late exits without running', async () => {
    const spec = specOf();
    prepare(spec);
    expect(await freshAttempts().inspect(spec.folder, bootId)).toEqual({ kind: 'never-ran' });
    expect(await lateSupervisor(spec, ['sh', '-c', `echo ran >>${at('mark')}`])).toEqual([93, null]);
    expect(linesOf(at('mark'))).toEqual([]);
    expect(await freshAttempts().inspect(spec.folder, bootId)).toEqual({ kind: 'never-ran' });
    // Void is void, also after a restart of the machine.
    expect(await freshAttempts().inspect(spec.folder, 'another boot')).toEqual({ kind: 'never-ran' });
  });

  it('against a supervisor at the same moment, one of the two wins', async () => {
    for (let round = 0; round < 24; round += 1) {
      const spec = specOf();
      const mark = at(`mark-${round}`);
      prepare(spec);
      // Every second look is under way before the supervisor is; the others come a little later each.
      const early = round % 2 === 0 ? freshAttempts().inspect(spec.folder, bootId) : null;
      const supervisor = lateSupervisor(spec, ['sh', '-c', `echo ran >>${mark}`]);
      for (let pause = 0; pause < round / 2; pause += 1) await new Promise((resolve) => setTimeout(resolve, 0));
      const first = await (early ?? freshAttempts().inspect(spec.folder, bootId));
      const last = await freshAttempts().wait(spec.folder, bootId, never);
      await supervisor;
      expect(last).toEqual(linesOf(mark).length === 1 ? exited(0) : { kind: 'never-ran' });
      if (first.kind !== 'alive') expect(first).toEqual(last);
    }
  });

  it('is in doubt after a restart of the machine', async () => {
    const spec = specOf();
    prepare(spec);
    expect(await freshAttempts().inspect(spec.folder, 'another boot')).toEqual(doubt(/restarted/));
    rmSync(spec.folder, { recursive: true });
    expect(await freshAttempts().inspect(spec.folder, 'another boot')).toEqual(doubt(/restarted/));
  });
});

describe('a supervisor that was killed', () => {
  it('leaves its live command alive; when that ends it is in doubt, with its output', async () => {
    const attempts = freshAttempts();
    // With a timeout, because the watchdog that is left must not count as the command.
    const spec = specOf({ text: `${waiting()}; echo finished`, timeoutMs: 600_000 });
    await attempts.start(spec);
    await hasRun();
    kill(await supervisorOf(spec));
    const known = attempts.wait(spec.folder, bootId, never);
    await until('the end of the supervisor', async () => !runs(await supervisorOf(spec)));
    for (const look of [attempts, freshAttempts()]) {
      expect(await look.inspect(spec.folder, bootId)).toEqual({ kind: 'alive' });
    }
    letGo();
    expect(await known).toEqual(doubt(/supervisor \(process \d+\) ended/));
    expect(textOf(spec)).toBe('finished\n');
    expect(linesOf(at('mark'))).toEqual(['ran']);
    const leftOver = session(await supervisorOf(spec));
    expect(leftOver.length).toBe(2);
    for (const pid of leftOver) kill(pid);
  });

  it('leaves a grandchild alive that holds live after the command was killed too', async () => {
    const attempts = freshAttempts();
    const spec = specOf({ text: `setsid sh -c '${waiting()}' & wait` });
    await attempts.start(spec);
    await hasRun();
    const leader = await supervisorOf(spec);
    for (const pid of session(leader)) kill(pid);
    await until('an empty session', () => session(leader).length === 0);
    expect(await freshAttempts().inspect(spec.folder, bootId)).toEqual({ kind: 'alive' });
    letGo();
    expect(await freshAttempts().wait(spec.folder, bootId, never)).toEqual(doubt(/ended before/));
  });

  it('leaves a command alive that had closed every descriptor, and that can be stopped', async () => {
    const attempts = freshAttempts();
    const closed = `exec </dev/null 9>&- 3>&-; ${waiting()}`;
    const spec = specOf({ text: closed, timeoutMs: 600_000 });
    await attempts.start(spec);
    await hasRun();
    const leader = await supervisorOf(spec);
    kill(leader);
    await until('the end of the supervisor', () => !runs(leader));
    expect(await freshAttempts().inspect(spec.folder, bootId)).toEqual({ kind: 'alive' });
    expect(await freshAttempts().stop(spec.folder, bootId, 1_000)).toEqual(doubt(/ended before/));
    expect(session(leader)).toEqual([]);
  });

  it('leaves a command that nothing ties to the attempt alive and unsignalled', async () => {
    const attempts = freshAttempts();
    const text = `exec </dev/null >/dev/null 2>&1 9>&-; ${waiting()}`;
    const spec = specOf({ command: { kind: 'argv', argv: ['sh', '-c', text] } });
    await attempts.start(spec);
    await hasRun();
    const leader = await supervisorOf(spec);
    kill(leader);
    await until('the end of the supervisor', () => !runs(leader));
    // Its session number could be another's by now, so it counts as running but gets no signal.
    expect(await freshAttempts().stop(spec.folder, bootId, 50)).toEqual({ kind: 'alive' });
    expect(session(leader).length).toBeGreaterThan(0);
    letGo();
    expect(await freshAttempts().wait(spec.folder, bootId, never)).toEqual(doubt(/ended before/));
  });
});

describe('a folder that was tampered with or torn', () => {
  it.each(['', '0', '12', '1234\n', '300\n', 'ok\n', ' 0\n', '0\n0\n', '\0\0\0\0'])(
    'has no status in an exit of %j',
    async (torn) => {
      const spec = specOf({ text: 'exit 0' });
      await run(freshAttempts(), spec);
      writeFileSync(join(spec.folder, 'exit'), torn);
      expect(await freshAttempts().inspect(spec.folder, bootId)).toEqual(doubt(/supervisor/));
    },
  );

  it('is in doubt when its claim is empty, torn or foreign', async () => {
    for (const torn of ['', '12', '1234 5 boot', 'void', '{}\n', '1 2 3 4 - -\n', '77 2 3 4 -\n', '\0\0\0\n']) {
      const spec = specOf();
      prepare(spec);
      writeFileSync(join(spec.folder, 'claim'), torn);
      expect(await freshAttempts().inspect(spec.folder, bootId)).toEqual(doubt(/claim is damaged/));
      expect(await freshAttempts().stop(spec.folder, bootId, 50)).toEqual(doubt(/claim is damaged/));
    }
  });

  it('keeps a recorded status across a restart of the machine, and is in doubt without one', async () => {
    const spec = specOf({ text: 'exit 6' });
    await run(freshAttempts(), spec);
    expect(await freshAttempts().inspect(spec.folder, 'another boot')).toEqual(exited(6));
    rmSync(join(spec.folder, 'exit'));
    editClaim(spec, (fields) => [...fields.slice(0, 2), 'another-boot', ...fields.slice(3)]);
    expect(await freshAttempts().inspect(spec.folder, 'another-boot')).toEqual(doubt(/restarted while it ran/));
  });

  it('is not alive because of a file, a folder or a link in the place of live', async () => {
    const spec = specOf({ text: 'exit 0' });
    await run(freshAttempts(), spec);
    rmSync(join(spec.folder, 'exit'));
    const live = join(spec.folder, 'live');
    for (const make of [
      () => writeFileSync(live, ''),
      () => mkdirSync(live),
      () => symlinkSync('/dev/null', live),
      () => undefined,
    ]) {
      rmSync(live, { recursive: true, force: true });
      make();
      expect(await freshAttempts().inspect(spec.folder, bootId)).toEqual(doubt(/supervisor/));
    }
  });
});

function editClaim(spec: AttemptSpec, edit: (fields: readonly string[]) => readonly string[]): void {
  const claim = join(spec.folder, 'claim');
  writeFileSync(claim, `${edit(readFileSync(claim, 'utf8').trim().split(' ')).join(' ')}\n`);
}

describe('stopping', () => {
  it('ends a command with TERM, whose status is recorded', async () => {
    const spec = specOf({ text: `trap 'echo bye; exit 5' TERM; ${waiting()}` });
    await freshAttempts().start(spec);
    await hasRun();
    expect(await freshAttempts().stop(spec.folder, bootId, 5_000)).toEqual(exited(5));
    expect(textOf(spec)).toContain('bye\n');
  });

  it('kills what ignores TERM, in groups of its own and stopped too, and still records the status', async () => {
    const spec = specOf({
      text: `trap '' TERM; set -m; sleep 62 & kill -s STOP $!; sleep 63 & set +m; ${waiting()}`,
      timeoutMs: 600_000,
    });
    await freshAttempts().start(spec);
    await hasRun();
    expect(await freshAttempts().stop(spec.folder, bootId, 100)).toEqual(exited(137));
    const leader = await supervisorOf(spec);
    await until('an empty session', () => session(leader).length === 0, 1_000);
  });

  it('works at once after the start, in the process that started it', async () => {
    const attempts = freshAttempts();
    const spec = specOf({ text: 'sleep 64' });
    await attempts.start(spec);
    expect(await attempts.stop(spec.folder, bootId, 5_000)).toEqual(exited(143));
  });

  it('at the very end of a command never costs its status', async () => {
    const attempts = freshAttempts();
    for (let round = 0; round < 20; round += 1) {
      const go = at(`go-${round}`);
      const spec = specOf({ text: `trap '' TERM; echo begun; until test -e ${go}; do sleep 0.01; done; exit 21` });
      await attempts.start(spec);
      await until('the command', () => textOf(spec) === 'begun\n');
      const leader = await supervisorOf(spec);
      writeFileSync(go, '');
      // A group signal from outside, at some moment around the end of the command.
      for (let pause = 0; pause < round; pause += 1) {
        if (runs(leader)) kill(-leader, 'SIGTERM');
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
      expect(await attempts.stop(spec.folder, bootId, 8)).toMatchObject({
        kind: 'exited',
        exit: expect.toBeOneOf([21, 137]),
      });
    }
  });

  it('wakes a supervisor that was stopped', async () => {
    const spec = specOf({ text: waiting() });
    await freshAttempts().start(spec);
    await hasRun();
    kill(await supervisorOf(spec), 'SIGSTOP');
    expect(await freshAttempts().stop(spec.folder, bootId, 5_000)).toEqual(exited(143));
  });

  it.each([
    ['whose pid has another start time', (f: readonly string[]) => [f[0] ?? '', `${Number(f[1]) + 1}`, ...f.slice(2)]],
    ['of another boot', (f: readonly string[]) => [...f.slice(0, 2), 'another-boot', ...f.slice(3)]],
    ['of another pid namespace', (f: readonly string[]) => [...f.slice(0, 3), 'pid:[1]', ...f.slice(4)]],
  ])('sends no signal to a supervisor %s', async (_, edit) => {
    const spec = specOf({ text: `trap 'exit 99' TERM; ${waiting()}; exit 1` });
    await freshAttempts().start(spec);
    await hasRun();
    editClaim(spec, edit);
    expect(await freshAttempts().stop(spec.folder, bootId, 50)).toEqual({ kind: 'alive' });
    letGo();
    expect(await freshAttempts().wait(spec.folder, bootId, never)).toEqual(exited(1));
  });

  it('has nothing to do for what has exited or never ran', async () => {
    const spec = specOf({ text: 'exit 2' });
    await run(freshAttempts(), spec);
    expect(await freshAttempts().stop(spec.folder, bootId, 50)).toEqual(exited(2));
    const unbegun = specOf();
    prepare(unbegun);
    expect(await freshAttempts().stop(unbegun.folder, bootId, 50)).toEqual({ kind: 'never-ran' });
  });
});

describe('where there is neither FIFO nor /proc', () => {
  const portable = () => freshAttempts({ platform: 'portable', timeoutGraceMs: 200 });

  it('a command is started, waited for and timed out all the same', async () => {
    const spec = specOf({ text: 'echo hi; exit 8' });
    expect(await run(portable(), spec)).toEqual(exited(8));
    expect(existsSync(join(spec.folder, 'live'))).toBe(false);
    expect(await run(portable(), specOf({ text: 'sleep 65', timeoutMs: 100 }))).toEqual(exited(143, true));
    const stubborn = specOf({ text: "trap '' TERM; while :; do sleep 1 || :; done", timeoutMs: 100 });
    expect(await run(portable(), stubborn)).toEqual(exited(137, true));
  });

  it('a later process attaches by pid and start time, and stops it', async () => {
    const spec = specOf({ text: waiting() });
    await portable().start(spec);
    await hasRun();
    expect(await portable().inspect(spec.folder, bootId)).toEqual({ kind: 'alive' });
    expect(await portable().stop(spec.folder, bootId, 2_000)).toEqual(exited(143));
  });

  it('a killed supervisor leaves its group alive, and then is in doubt', async () => {
    const spec = specOf({ text: waiting() });
    const attempts = portable();
    await attempts.start(spec);
    await hasRun();
    const leader = await supervisorOf(spec);
    kill(leader);
    await until('the end of the supervisor', () => !runs(leader));
    expect(await portable().inspect(spec.folder, bootId)).toEqual({ kind: 'alive' });
    letGo();
    expect(await portable().wait(spec.folder, bootId, never)).toEqual(doubt(/ended before/));
  });

  it('a pid that was used again is not taken for the supervisor', async () => {
    const spec = specOf({ text: waiting() });
    await portable().start(spec);
    await hasRun();
    editClaim(spec, (fields) => [fields[0] ?? '', 'Mon_Jan_1_00:00:00_2001', ...fields.slice(2)]);
    expect(await portable().stop(spec.folder, bootId, 50)).toEqual(doubt(/ended before/));
    expect(runs(await supervisorOf(spec))).toBe(true);
    letGo();
  });
});

describe('a command on the terminal', () => {
  function onTerminal(spec: AttemptSpec) {
    const starter = new URL('attempt-starter.ts', import.meta.url).pathname;
    const env = { ...process.env, ATTEMPT_SPEC: JSON.stringify(spec) };
    const terminal = spawnOnTerminal(process.execPath, [starter], { cols: 80, rows: 24, env });
    const seen = { text: '' };
    terminal.onData((data) => {
      seen.text += data;
    });
    return { terminal, seen };
  }

  it('reads and writes it, /dev/tty too, and its status is recorded', async () => {
    const spec = specOf({
      text: 'tty; echo "name?" >/dev/tty; read -r name; echo "hello $name" >&2; exit 4',
      tty: true,
    });
    const { terminal, seen } = onTerminal(spec);
    await until('the question', () => seen.text.includes('name?'));
    terminal.write('Ada\r');
    await until('the end', () => seen.text.includes('ended'));
    expect(seen.text).toMatch(/\/dev\/pts\/\d+/);
    expect(seen.text).toContain('hello Ada');
    expect(await freshAttempts().inspect(spec.folder, bootId)).toEqual(exited(4));
    terminal.kill('SIGKILL');
  });

  it('gets Ctrl-C, is stopped without touching the process that started it, and times out', async () => {
    const cases: readonly (readonly [
      Partial<AttemptSpec>,
      (spec: AttemptSpec, write: (keys: string) => void) => unknown,
      object,
    ])[] = [
      [{}, (_, write) => write('\x03'), exited(130)],
      [{}, (spec) => freshAttempts().stop(spec.folder, bootId, 2_000), exited(143)],
      [{ timeoutMs: 300 }, () => undefined, exited(143, true)],
    ];
    for (const [given, act, known] of cases) {
      const spec = specOf({ text: 'echo begun; exec sleep 66', tty: true, ...given });
      const { terminal, seen } = onTerminal(spec);
      await until('the command', () => seen.text.includes('begun'));
      await act(spec, (keys) => terminal.write(keys));
      await until('the end', () => seen.text.includes('ended'));
      expect(await freshAttempts().inspect(spec.folder, bootId)).toEqual(known);
      terminal.kill('SIGKILL');
    }
  });

  it('dies with its terminal, which is recorded', async () => {
    const spec = specOf({ text: 'echo begun; exec sleep 67', tty: true });
    const { terminal, seen } = onTerminal(spec);
    await until('the command', () => seen.text.includes('begun'));
    terminal.kill('SIGHUP');
    terminal.kill('SIGKILL');
    expect(await freshAttempts().wait(spec.folder, bootId, never)).toEqual(exited(129));
  });
});
