/** Masking end to end: what a step with secrets leaves on disk and shows in the process list. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { processTable } from '../../src/target/local/process-identity.ts';
import { supervisorArguments } from '../../src/target/local/supervisor.ts';
import {
  at,
  bootId,
  freshAttempts,
  inFoldersOfTheirOwn,
  kill,
  linesOf,
  never,
  pids,
  prepare,
  run,
  runs,
  session,
  shells,
  specOf,
  supervisorOf,
  textOf,
  until,
} from './attempt-fixture.ts';

inFoldersOfTheirOwn();

const exited = (exit: number, timedOut = false) => ({ kind: 'exited', exit, timedOut });
const secret = 's3cr3t/with+odd chars=and-more';
const env = { PATH: process.env.PATH ?? '', TOKEN: secret };

describe.each(shells.map((shell) => [shell.join(' '), shell] as const))('a step with secrets under %s', (_, shell) => {
  const attempts = freshAttempts({ shell, timeoutGraceMs: 200 });

  it('has its output masked, in true order, with its real status', async () => {
    const text = `
      echo "plain $TOKEN" >&2
      printf %s "$TOKEN" | base64
      echo "half: \${TOKEN:0:9}"; printf %s "\${TOKEN:0:9}"; sleep 0.05; echo "\${TOKEN:9}"
      echo "to the device $TOKEN" >/dev/stderr
      exit 11`;
    const spec = specOf({ text, env, secrets: [secret] });
    expect(await run(attempts, spec)).toEqual(exited(11));
    expect(textOf(spec)).toBe('plain •••\n•••\nhalf: s3cr3t/wi\n•••\nto the device •••\n');
    expect(readdirSync(spec.folder).sort()).toEqual(['claim', 'exit', 'live', 'made', 'output.log', 'script']);
  });

  it('has both of its streams masked when they are kept apart', async () => {
    const spec = specOf({ text: 'echo "o $TOKEN"; echo "e $TOKEN" >&2', env, secrets: [secret], splitStderr: true });
    expect(await run(attempts, spec)).toEqual(exited(0));
    expect([textOf(spec), textOf(spec, 'stderr.log')]).toEqual(['o •••\n', 'e •••\n']);
  });

  it('loses nothing of a large output before its exit is recorded', async () => {
    const spec = specOf({ text: 'seq 1 300000; echo "$TOKEN"', env, secrets: [secret] });
    expect(await run(attempts, spec)).toEqual(exited(0));
    const text = textOf(spec);
    expect(text.length).toBe(1_988_895 + 4);
    expect(text.endsWith('300000\n•••\n')).toBe(true);
  });

  it('is masked to its last word when it is stopped or times out', async () => {
    const text = `trap 'echo "bye $TOKEN"; exit 6' TERM; echo begun; while :; do sleep 0.01; done`;
    const late = specOf({ text, env, secrets: [secret], timeoutMs: 400 });
    expect(await run(attempts, late)).toEqual(exited(6, true));
    const stopped = specOf({ text, env, secrets: [secret] });
    await attempts.start(stopped);
    await until('the command', () => textOf(stopped).includes('begun'));
    expect(await freshAttempts().stop(stopped.folder, bootId, 2_000)).toEqual(exited(6));
    for (const spec of [late, stopped]) expect(textOf(spec)).toMatch(/^begun\n(Terminated\n)?bye •••\n$/);
  });

  it('is recorded as killed when it ignores TERM, with all of its output', async () => {
    const spec = specOf({
      text: `trap 'echo "no $TOKEN"' TERM; echo begun; while :; do sleep 0.01 || :; done`,
      env,
      secrets: [secret],
    });
    await attempts.start(spec);
    await until('the command', () => textOf(spec).includes('begun'));
    expect(await freshAttempts().stop(spec.folder, bootId, 150)).toEqual(exited(137));
    expect(textOf(spec)).toContain('no •••\n');
    const leader = await supervisorOf(spec);
    await until('an empty session', () => session(leader).length === 0, 2_000);
  });
});

describe('the masking filter', () => {
  const attempts = freshAttempts();

  it('goes on for a background process after the exit is recorded', async () => {
    const text = `(until test -e go; do sleep 0.01; done; echo "later $TOKEN") & echo now; exit 0`;
    const spec = specOf({ text, env, secrets: [secret] });
    expect(await run(attempts, spec)).toEqual(exited(0));
    expect(textOf(spec)).toBe('now\n');
    writeFileSync(at('go'), '');
    await until('the later output', () => textOf(spec).includes('later'));
    expect(textOf(spec)).toBe('now\nlater •••\n');
    const leader = await supervisorOf(spec);
    await until('an empty session', () => session(leader).length === 0);
  });

  it('is never seen with a secret: not in any argument, nor in any file, nor in its environment', async () => {
    const text =
      'for i in $(seq 40); do echo "$i $TOKEN"; printf %s "$TOKEN" | base64; sleep 0.01; done; until test -e looked; do sleep 0.01; done';
    const spec = specOf({ text, env, secrets: [secret] });
    const ended = run(attempts, spec);
    let state = 'running';
    void ended.then(() => {
      state = 'ended';
    });
    const forms = [secret, Buffer.from(secret).toString('base64').slice(0, 12), encodeURIComponent(secret)];
    const clean = (text: string): void => {
      for (const form of forms) expect(text).not.toContain(form);
    };
    let looks = 0;
    let filterLooks = 0;
    while (state === 'running') {
      for (const pid of pids()) clean(readQuietly(`/proc/${pid}/cmdline`));
      const [, , , , filter = ''] = readQuietly(join(spec.folder, 'claim')).trim().split(' ');
      if (readQuietly(`/proc/${filter}/cmdline`).includes('mask-filter')) {
        clean(readQuietly(`/proc/${filter}/environ`));
        filterLooks += 1;
      }
      for (const file of existsSync(spec.folder) ? readdirSync(spec.folder) : []) {
        const path = join(spec.folder, file);
        if (statSync(path, { throwIfNoEntry: false })?.isFile()) clean(readQuietly(path));
      }
      looks += 1;
      if (filterLooks > 10) writeFileSync(join(spec.cwd, 'looked'), '');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(await ended).toEqual(exited(0));
    expect(looks).toBeGreaterThan(10);
    expect(textOf(spec)).toBe(
      Array.from({ length: 40 }, (_, i) => `${i + 1} •••\n•••`)
        .join('\n')
        .concat('\n'),
    );
  });

  it('that dies takes the output with it, never lets it through, and the status is still recorded', async () => {
    const text = `trap '' PIPE; echo begun; until test -e go; do sleep 0.01; done; echo "$TOKEN" || exit 12`;
    const spec = specOf({ text, env, secrets: [secret] });
    await attempts.start(spec);
    await until('the command', () => textOf(spec).includes('begun'));
    const filter = Number(readFileSync(join(spec.folder, 'claim'), 'utf8').trim().split(' ')[4]);
    expect(runs(filter)).toBe(true);
    kill(filter);
    await until('the end of the filter', () => !runs(filter));
    writeFileSync(at('go'), '');
    expect(await attempts.wait(spec.folder, bootId, never)).toEqual({ ...exited(12), lost: true });
    expect(textOf(spec)).toBe('begun\n');
  });

  it('has written everything before the exit is recorded', async () => {
    const spec = specOf({
      text: 'until test -e go; do sleep 0.01; done; echo "$TOKEN"; echo done',
      env,
      secrets: [secret],
    });
    await attempts.start(spec);
    await supervisorOf(spec);
    const filter = Number(readFileSync(join(spec.folder, 'claim'), 'utf8').split(' ')[4]);
    kill(filter, 'SIGSTOP');
    writeFileSync(at('go'), '');
    const leader = await supervisorOf(spec);
    await until('the end of the command', () => session(leader).length === 2);
    expect(await freshAttempts().inspect(spec.folder, bootId)).toEqual({ kind: 'alive' });
    expect([existsSync(join(spec.folder, 'exit')), textOf(spec)]).toEqual([false, '']);
    kill(filter, 'SIGCONT');
    expect(await attempts.wait(spec.folder, bootId, never)).toEqual(exited(0));
    expect(textOf(spec)).toBe('•••\ndone\n');
  });

  it('without its whole instructions starts nothing, so the attempt never ran', async () => {
    const spec = specOf();
    prepare(spec);
    const program = new URL('../../src/target/local/mask-filter.ts', import.meta.url).pathname;
    const args = supervisorArguments({
      folder: spec.folder,
      bootId,
      pidNamespace: processTable('linux').pidNamespace,
      toolPath: '/usr/bin:/bin',
      platform: 'linux',
      group: null,
      umask: null,
      timeoutMs: null,
      graceMs: 100,
      scope: 'session',
      splitStderr: false,
      filter: { node: process.execPath, program, marker: 'end' },
      argv: ['sh', '-c', `echo ran >>${at('mark')}`],
    });
    writeFileSync(at('torn'), '["end","joined","s3cr');
    const log = openSync(at('log'), 'w');
    const torn = openSync(at('torn'), 'r');
    const child = spawn('/bin/sh', [...args], { detached: true, stdio: ['ignore', log, 'ignore', log, torn] });
    expect(await once(child, 'exit')).toEqual([92, null]);
    expect(await freshAttempts().inspect(spec.folder, bootId)).toEqual({ kind: 'never-ran' });
    expect(linesOf(at('mark'))).toEqual([]);
  });
});

function readQuietly(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // Processes and temporary files end while one looks.
    return '';
  }
}
