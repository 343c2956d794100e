/** The attempt protocol, with the real shells, real processes and real `kill -9`. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HostError } from '../../src/host/host.ts';
import { supervisorText } from '../../src/target/local/supervisor.ts';
import {
  at,
  bootId,
  freshAttempts,
  inFoldersOfTheirOwn,
  linesOf,
  never,
  prepare,
  run,
  session,
  shells,
  specOf,
  supervisorOf,
  textOf,
  until,
} from './attempt-fixture.ts';

inFoldersOfTheirOwn();

const exited = (exit: number, timedOut = false) => ({ kind: 'exited', exit, timedOut });

/** Each shell, with supervisors that are begun for their attempt, and with such as stand by. */
const ways = shells.flatMap((shell) => [
  [shell.join(' '), 'begun for it', shell, 0] as const,
  [shell.join(' '), 'standing by', shell, 60_000] as const,
]);

describe.each(ways)('the supervisor under %s, %s', (name, _, shell, burstMs) => {
  const attempts = freshAttempts({ shell, timeoutGraceMs: 200, burstMs });

  it('records every exit status', async () => {
    const all = Array.from({ length: 256 }, (_, status) => status);
    const statuses =
      name === '/bin/sh' ? all : all.filter((status) => status % 32 === 0 || (status > 125 && status < 130));
    const queue = [...statuses];
    const worker = async (): Promise<void> => {
      for (let status = queue.pop(); status !== undefined; status = queue.pop()) {
        const spec = specOf({ command: { kind: 'argv', argv: ['sh', '-c', `exit ${status}`] } });
        expect(await run(attempts, spec)).toEqual(exited(status));
      }
    };
    await Promise.all([worker(), worker(), worker(), worker()]);
  });

  it('records a death by signal as 128 and its number, and says nothing in the output', async () => {
    for (const [signal, number] of [
      ['HUP', 1],
      ['INT', 2],
      ['QUIT', 3],
      ['KILL', 9],
      ['USR1', 10],
      ['PIPE', 13],
      ['TERM', 15],
    ] as const) {
      const text = `ulimit -c 0; echo before; kill -s ${signal} $$; sleep 5`;
      const spec = specOf({ command: { kind: 'argv', argv: ['sh', '-c', text] } });
      expect(await run(attempts, spec)).toEqual(exited(128 + number));
      expect(textOf(spec)).toBe('before\n');
    }
  });

  it('survives the signals that a command sends to its own group, and still knows the status', async () => {
    for (const signal of ['TERM', 'INT', 'HUP', 'USR1', 'USR2', 'QUIT', 'ALRM']) {
      const spec = specOf({ text: `trap 'exit 7' ${signal}; kill -s ${signal} 0; sleep 5`, timeoutMs: 60_000 });
      expect(await run(attempts, spec)).toEqual(exited(7));
    }
  });

  it('gives the command its environment and nothing of its own', async () => {
    const env = {
      PATH: process.env.PATH ?? '',
      version: '1.10',
      LINES_2: 'a\nb',
      SPACES: '  x  ',
      EMPTY: '',
      HOME: '/nowhere',
    };
    const spec = specOf({ env, command: { kind: 'argv', argv: ['env', '-0'] }, timeoutMs: 9_000 });
    expect(await run(attempts, spec)).toEqual(exited(0));
    const seen = Object.fromEntries(
      textOf(spec)
        .split('\0')
        .filter((item) => item !== '')
        .map((item) => [item.slice(0, item.indexOf('=')), item.slice(item.indexOf('=') + 1)]),
    );
    const { SHLVL: _level, _: _last, OLDPWD: _old, ...rest } = seen;
    expect(rest).toEqual({ ...env, PWD: at() });
    if (name === '/bin/dash') expect(Object.keys(seen).sort()).toEqual([...Object.keys(env), 'PWD'].sort());
  });

  it('gives the command default signals, no stdin, and no descriptor but its output and live', async () => {
    const spec = specOf({
      text: 'grep SigIgn /proc/self/status; readlink /proc/self/fd/{0,1,2,9}; ls /proc/$$/fd; read -r x || echo none',
    });
    await run(attempts, spec);
    const [ignored, stdin, stdout, stderr, live, ...rest] = textOf(spec).trim().split('\n');
    expect(BigInt(`0x${ignored?.split('\t')[1]}`) & 0xffffn & ~(1n << 12n)).toBe(0n);
    expect([stdin, stdout, stderr, live]).toEqual([
      '/dev/null',
      join(spec.folder, 'output.log'),
      join(spec.folder, 'output.log'),
      join(spec.folder, 'live'),
    ]);
    expect(rest.filter((fd) => /^[3-8]$/.test(fd))).toEqual([]);
    expect(rest.at(-1)).toBe('none');
  });

  it('gives the command the umask that it was begun with, and makes its own files for nobody else', async () => {
    const spec = specOf({ text: 'umask' });
    await run(attempts, spec);
    expect(Number.parseInt(textOf(spec), 8)).toBe(process.umask());
    const modes = ['claim', 'exit', 'live'].map((file) => statSync(join(spec.folder, file)).mode & 0o777);
    expect(modes).toEqual([0o600, 0o600, 0o600]);
  });

  it('runs an argv as it is: nothing is expanded, a builtin is a program like any other', async () => {
    const words = ['a  b', '', "it's", '$HOME', '*', 'x\ny', '`id`', '-n', '\\'];
    const spec = specOf({ command: { kind: 'argv', argv: ['printf', '%s|', ...words] } });
    expect(await run(attempts, spec)).toEqual(exited(0));
    expect(textOf(spec)).toBe(words.map((word) => `${word}|`).join(''));
    for (const builtin of ['exit', 'set', 'trap', 'return', 'eval']) {
      expect(await run(attempts, specOf({ command: { kind: 'argv', argv: [builtin, '0'] } }))).toEqual(exited(127));
    }
  });

  it('tells a command that is not there (127) from one that may not run (126)', async () => {
    writeFileSync(at('plain'), 'no program', { mode: 0o600 });
    const missing = specOf({ command: { kind: 'argv', argv: ['no-such-command'] } });
    expect(await run(attempts, missing)).toEqual(exited(127));
    expect(textOf(missing)).toContain('no-such-command');
    expect(await run(attempts, specOf({ command: { kind: 'argv', argv: [at('plain')] } }))).toEqual(exited(126));
  });

  it('works with a PATH that has no tools, and with a command that brings its own ln and mv', async () => {
    mkdirSync(at('bin'));
    for (const tool of ['ln', 'mv', 'mkfifo', 'sleep'])
      writeFileSync(at('bin', tool), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    for (const PATH of ['/nowhere', at('bin')]) {
      const spec = specOf({
        env: { PATH },
        command: { kind: 'argv', argv: ['/bin/sh', '-c', 'exit 5'] },
        timeoutMs: 60_000,
      });
      expect(await run(attempts, spec)).toEqual(exited(5));
    }
  });

  it('ends a command at its timeout, and says so', async () => {
    const spec = specOf({ text: 'echo begun; sleep 60; echo not reached', timeoutMs: 150 });
    expect(await run(attempts, spec)).toEqual(exited(143, true));
    expect(textOf(spec)).toBe('begun\n');
  });

  it('kills at the timeout what ignores TERM, in groups of its own too, and still records the status', async () => {
    const spec = specOf({
      text: "trap '' TERM; set -m; sleep 61 & set +m; while :; do sleep 1 || :; done",
      timeoutMs: 150,
    });
    expect(await run(attempts, spec)).toEqual(exited(137, true));
    const leader = await supervisorOf(spec);
    await until('an empty session', () => session(leader).length === 0);
  });

  it('leaves no watchdog behind a command that ends in time', async () => {
    const spec = specOf({ text: 'exit 0', timeoutMs: 600_000 });
    expect(await run(attempts, spec)).toEqual(exited(0));
    const leader = await supervisorOf(spec);
    await until('an empty session', () => session(leader).length === 0, 1_000);
  });

  it('records the status below the claim where the disk is too full for a file', async () => {
    const spec = specOf({ text: `ln -s /dev/full ${join('$(dirname "$0")', 'exit')}; exit 42` });
    expect(await run(attempts, spec)).toEqual(exited(42));
    expect(textOf(spec, 'claim')).toMatch(/^\d+ \S+ \S+ \S+ - -\n042\n$/);
    expect(await freshAttempts().inspect(spec.folder, bootId)).toEqual(exited(42));
    expect(await freshAttempts().stop(spec.folder, bootId, 100)).toEqual(exited(42));
    writeFileSync(join(spec.folder, 'claim'), textOf(spec, 'claim').replace('042\n', '04'));
    expect(await freshAttempts().inspect(spec.folder, bootId)).toMatchObject({ kind: 'in-doubt' });
  });

  it('does not run when the attempt is void, however late it comes', async () => {
    const spec = specOf({ text: `echo ran >>${at('mark')}` });
    prepare(spec);
    expect(await attempts.inspect(spec.folder, bootId)).toEqual({ kind: 'never-ran' });
    await expect(attempts.start(spec)).rejects.toMatchObject({ name: 'HostError', code: 'exists' });
    expect(await attempts.inspect(spec.folder, bootId)).toEqual({ kind: 'never-ran' });
    expect(existsSync(at('mark'))).toBe(false);
  });
});

describe('a command', () => {
  const attempts = freshAttempts();

  it('leaves output, exit and nothing half-made in a folder that only its user can read', async () => {
    const spec = specOf({ text: 'echo out; echo err >&2; echo again' });
    expect(await run(attempts, spec)).toEqual(exited(0));
    expect(textOf(spec)).toBe('out\nerr\nagain\n');
    expect(textOf(spec, 'exit')).toBe('000\n');
    expect(readdirSync(spec.folder).sort()).toEqual(['claim', 'exit', 'live', 'made', 'output.log', 'script']);
    for (const file of readdirSync(spec.folder)) expect(statSync(join(spec.folder, file)).mode & 0o777).toBe(0o600);
    expect(statSync(spec.folder).mode & 0o777).toBe(0o700);
  });

  it('has stdout and stderr kept apart when asked', async () => {
    const spec = specOf({
      text: 'echo out; echo err >&2; echo more >>/dev/stderr; echo out2 >>/dev/stdout',
      splitStderr: true,
    });
    expect(await run(attempts, spec)).toEqual(exited(0));
    expect([textOf(spec), textOf(spec, 'stderr.log')]).toEqual(['out\nout2\n', 'err\nmore\n']);
  });

  it('is not run through anybody’s shell start-up files', async () => {
    writeFileSync(at('.bashrc'), 'echo from bashrc\n');
    const spec = specOf({ text: 'echo clean', env: { PATH: process.env.PATH ?? '', HOME: at(), ENV: at('.bashrc') } });
    await run(attempts, spec);
    expect(textOf(spec)).toBe('clean\n');
  });

  it('may print 20 MB, of which no byte passes through us or is lost', async () => {
    const spec = specOf({ text: 'seq 1 2700000 | tee >(sha256sum >sum)' });
    const before = process.memoryUsage().arrayBuffers;
    expect(await run(attempts, spec)).toEqual(exited(0));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(5_000_000);
    await until('the sum', () => linesOf(at('sum')).length === 1);
    const bytes = readFileSync(join(spec.folder, 'output.log'));
    expect(bytes.length).toBeGreaterThan(20_000_000);
    expect(readFileSync(at('sum'), 'utf8').split(' ')[0]).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  it('that leaves a background process has exited all the same', async () => {
    const spec = specOf({ text: 'sleep 60 & echo $!; exit 4' });
    expect(await run(attempts, spec)).toEqual(exited(4));
    const left = Number(textOf(spec));
    await until('it sleeps', () => readFileSync(`/proc/${left}/comm`, 'utf8') === 'sleep\n');
    expect(await freshAttempts().inspect(spec.folder, bootId)).toEqual(exited(4));
    expect(await attempts.stop(spec.folder, bootId, 100)).toEqual(exited(4));
    expect(existsSync(`/proc/${left}`)).toBe(true);
  });

  it('gets a script as a file and its arguments from the shell that is asked for', async () => {
    const spec = specOf({ command: { kind: 'script', text: 'echo "$0"; false; echo on', shell: ['sh'] } });
    expect(await run(attempts, spec)).toEqual(exited(0));
    expect(textOf(spec)).toBe(`${join(spec.folder, 'script')}\non\n`);
  });

  it('keeps no descriptor of this process open', async () => {
    const descriptors = (): number => readdirSync('/proc/self/fd').length;
    await run(attempts, specOf({ text: 'exit 0' }));
    for (let round = 0; round < 2; round += 1) await run(attempts, specOf({ text: 'exit 0' }));
    const before = descriptors();
    for (let round = 0; round < 10; round += 1) await run(attempts, specOf({ text: 'exit 0', splitStderr: true }));
    expect(descriptors()).toBeLessThanOrEqual(before + 1);
  });
});

describe('a start that cannot be', () => {
  const attempts = freshAttempts();

  it('is refused before anything is made when the folder to run in is not there', async () => {
    writeFileSync(at('file'), '');
    for (const [cwd, code] of [
      [at('gone'), 'not-found'],
      [at('file'), 'not-directory'],
    ] as const) {
      const spec = specOf({ text: 'echo hi', cwd });
      const error = await attempts.start(spec).catch((failure: unknown) => failure);
      expect(error).toBeInstanceOf(HostError);
      expect(error).toMatchObject({ code, path: cwd });
      expect(existsSync(spec.folder)).toBe(false);
    }
  });

  it('is voided when the system refuses the process, so that it never runs', async () => {
    const big = specOf({ text: 'exit 0', env: { PATH: process.env.PATH ?? '', BIG: 'x'.repeat(3_000_000) } });
    await expect(attempts.start(big)).rejects.toMatchObject({ name: 'HostError', code: 'too-large' });
    expect(await freshAttempts().inspect(big.folder, bootId)).toEqual({ kind: 'never-ran' });
    const nul = specOf({ command: { kind: 'argv', argv: ['echo', 'a\0b'] } });
    await expect(attempts.start(nul)).rejects.toMatchObject({ name: 'HostError' });
    expect(await freshAttempts().inspect(nul.folder, 'another boot')).toEqual({ kind: 'never-ran' });
    const noShell = freshAttempts({ shell: ['/no/such/sh'] });
    const spec = specOf({ text: 'exit 0' });
    await expect(noShell.start(spec)).rejects.toMatchObject({ name: 'HostError', code: 'not-found' });
    expect(await attempts.wait(spec.folder, bootId, never)).toEqual({ kind: 'never-ran' });
  });
});

describe('the text of the supervisor', () => {
  it.skipIf(spawnSync('shellcheck', ['--version']).status !== 0)('is clean to shellcheck as POSIX sh', () => {
    const { stdout } = spawnSync('shellcheck', ['-s', 'sh', '-'], {
      input: `#!/bin/sh\n${supervisorText}`,
      encoding: 'utf8',
    });
    expect(stdout).toBe('');
  });
});
