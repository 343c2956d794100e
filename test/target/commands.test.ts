/** What every target promises of commands: this machine is the first that is held to it. */
import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createRealHost } from '../../src/host/real-host.ts';
import { createLocalTargets } from '../../src/target/local/local-target.ts';
import { type AttemptRef, type CommandSpec, type Target, toAttemptId } from '../../src/target/target.ts';

const host = await createRealHost();
const tail = { tailBytesMax: 8 };
const never = new AbortController().signal;
let folder: string;
let target: Target;
let attempt: AttemptRef;

beforeEach(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'gonogo-target-')));
  target = createLocalTargets(host)({ folder: join(folder, 'run'), base: folder, environment: { KEPT: 'recorded' } });
  attempt = { id: toAttemptId('steps/001-one/1'), bootId: await target.bootId() };
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function script(text: string, given: Partial<CommandSpec> = {}): CommandSpec {
  return {
    command: { kind: 'script', text, shell: ['sh'] },
    env: { without: [], set: {} },
    cwd: target.base,
    timeoutMs: null,
    splitStderr: false,
    secrets: [],
    tty: false,
    ...given,
  };
}

test('output arrives while the command runs, from the offset that is asked for', async () => {
  const begun = await target.commands.begin(
    attempt,
    script('printf "one two"; until test -e go; do sleep 0.02; done; printf " three"'),
  );
  expect(begun).toEqual({ kind: 'begun' });
  const ended = new AbortController();
  let seen = '';
  for await (const { bytes } of target.commands.follow(attempt, 'output', 4, ended.signal)) {
    seen += Buffer.from(bytes).toString();
    if (seen === 'two') writeFileSync(join(folder, 'go'), '');
    if (seen === 'two three') ended.abort();
  }
  expect(seen).toBe('two three');
});

test('a window shows a part and how much there is; of an attempt that has printed nothing it is empty', async () => {
  const { commands } = target;
  expect(await commands.window(attempt, 'output', 0, 10)).toEqual({ start: 0, bytes: new Uint8Array(0), total: 0 });
  await commands.begin(attempt, script('printf 0123456789'));
  await commands.wait(attempt, tail, never);
  const window = await commands.window(attempt, 'output', 2, 3);
  expect({ ...window, bytes: Buffer.from(window.bytes).toString() }).toEqual({ start: 2, bytes: '234', total: 10 });
  expect((await commands.window(attempt, 'output', 99, 3)).bytes).toHaveLength(0);
});

test('the ending holds the end of each stream and evidence of all of it, within the run', async () => {
  await target.commands.begin(attempt, script('printf 0123456789; printf oops >&2; exit 3', { splitStderr: true }));
  const ending = await target.commands.wait(attempt, tail, never);
  expect(ending).toMatchObject({
    kind: 'exited',
    exit: 3,
    output: { evidence: { path: 'steps/001-one/1/output.log', bytes: 10 }, tail: { start: 2, total: 10 } },
    errors: { evidence: { path: 'steps/001-one/1/stderr.log', bytes: 4 }, tail: { start: 0, total: 4 } },
  });
  expect(existsSync(join(folder, 'run/steps/001-one/1/output.log'))).toBe(true);
});

test('a child has the environment of the target, then of the run, then its own, without what is kept from it', async () => {
  const env = { without: ['HOME'], set: { OWN: 'step' } };
  await target.commands.begin(attempt, script('printf "$KEPT $OWN ${HOME-none} ${PATH:+path}"', { env }));
  const ending = await target.commands.wait(attempt, { tailBytesMax: 100 }, never);
  expect(ending.kind === 'exited' && Buffer.from(ending.output.tail.bytes).toString()).toBe('recorded step none path');
});

test('what cannot be begun is refused; the refusal is all that tells, since a folder that is not there proves nothing', async () => {
  const beginning = await target.commands.begin(attempt, script('touch ran', { cwd: join(folder, 'nowhere') }));
  expect(beginning).toMatchObject({ kind: 'refused', reason: expect.stringContaining('nowhere') });
  expect(await target.commands.wait(attempt, tail, never)).toMatchObject({ kind: 'in-doubt' });
  expect(existsSync(join(folder, 'ran'))).toBe(false);
});

test('with a signal that has aborted it only looks', async () => {
  await target.commands.begin(attempt, script('sleep 600'));
  expect(await target.commands.wait(attempt, tail, AbortSignal.abort())).toEqual({ kind: 'runs-on' });
  expect(await target.commands.stop(attempt, 1000)).toEqual({ kind: 'ended' });
  expect(await target.commands.wait(attempt, tail, AbortSignal.abort())).toMatchObject({ kind: 'exited', exit: 143 });
});
