/** What is printed, and what cannot be: a full disk under standard output, and words of the command line that are not harmless. */
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Bench, bin } from './gonogo.ts';

const document = 'runbook: Look\nphases: { deploy: [{ id: look, check: "true" }] }\n';

function onto(device: string, bench: Bench, ...args: readonly string[]) {
  const out = openSync(device, 'w');
  try {
    const { status, stderr } = spawnSync(process.execPath, [bin, ...args], {
      cwd: bench.root,
      env: { ...process.env, GONOGO_STATE: bench.state, NO_COLOR: '1' },
      stdio: ['ignore', out, 'pipe'],
      encoding: 'utf8',
    });
    return { status, stderr };
  } finally {
    closeSync(out);
  }
}

describe.skipIf(!existsSync('/dev/full'))('a disk that is full under standard output', () => {
  test('is an error of every verb that prints, and says so', async () => {
    const bench = new Bench();
    bench.write('run.yaml', document);
    expect((await bench.gonogo('run', 'run.yaml', '--headless')).code).toBe(0);
    for (const args of [['list'], ['list', '--json'], ['show', 'latest', '--json'], ['plan', 'run.yaml'], ['--help']]) {
      const { status, stderr } = onto('/dev/full', bench, ...args);
      expect([args, status]).toEqual([args, 2]);
      expect(stderr).toMatch(/^gonogo: standard output cannot be written: .*no space left on device/m);
    }
  });

  test('hides no other outcome', () => {
    const bench = new Bench();
    bench.write('fails.yaml', 'runbook: No\nphases: { deploy: [{ id: no, check: "false", on_fail: continue }] }\n');
    const { status, stderr } = onto('/dev/full', bench, 'run', 'fails.yaml', '--headless');
    expect(status).toBe(1);
    expect(stderr).toContain('standard output cannot be written');
  });
});

test('a reader that goes away is no error', async () => {
  const bench = new Bench();
  bench.write('run.yaml', document);
  const { status, stderr } = spawnSync('sh', ['-c', `"$1" "$2" --help | true`, 'sh', process.execPath, bin], {
    cwd: bench.root,
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, '']);
});

describe('words of the command line', () => {
  test.each([
    ['a command', ['\u001b]0;owned\u0007\u202erun']],
    ['an option', ['list', '--\u001b[31mjson\u0007']],
    ['an option of none', ['--\u001b[31mjson\u0007']],
    ['a value of an option', ['show', 'latest', '--state\u001b[2J']],
    ['one too many', ['schema', 'runbook', '\u001b[2Jmore']],
    ['a kind', ['schema', '\u001b[2Jmore']],
  ])('are quoted without an escape: %s', async (_, args) => {
    const { code, stdout, stderr } = await new Bench().gonogo(...args);
    expect(code).toBe(2);
    expect(stderr).not.toBe('');
    expect(`${stdout}${stderr}`).not.toMatch(/[\u001b\u0007\u202e]/);
  });

  test('that are no command bring one to mind only when it is near', async () => {
    const { code, stderr } = await new Bench().gonogo('bogus');
    expect([code, stderr]).toEqual([2, expect.stringMatching(/there is no command "bogus"; the commands are: run, /)]);
    expect((await new Bench().gonogo('lsit')).stderr).toContain('did you mean list?');
    expect((await new Bench().gonogo('verfy')).stderr).toContain('did you mean verify?');
  });
});
