/** What every target promises of commands: this machine is held to it, and to what only it promises. */
import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createRealHost } from '../../src/host/real-host.ts';
import { createLocalTargets } from '../../src/target/local/local-target.ts';
import { toAttemptId } from '../../src/target/target.ts';
import { everyTargetPromises, type HeldTarget, script } from './promises.ts';

const host = await createRealHost();
const never = new AbortController().signal;

everyTargetPromises(open);

async function open(): Promise<HeldTarget> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'gonogo-target-')));
  const run = join(folder, 'run');
  return {
    target: createLocalTargets(host)({ folder: run, base: folder, environment: { KEPT: 'recorded' } }),
    folder,
    exists: existsSync,
    touch: (path) => writeFileSync(path, ''),
    isKept: (path) => existsSync(join(run, path)),
    close: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

test('a child has what was recorded of the environment at the start', async () => {
  const held = await open();
  const { target } = held;
  const attempt = { id: toAttemptId('steps/001-one/1'), bootId: await target.bootId() };
  await target.commands.begin(attempt, script(held, 'printf "$KEPT"'));
  const ending = await target.commands.wait(attempt, { tailBytesMax: 100 }, never);
  expect(ending.kind === 'exited' && Buffer.from(ending.output.tail.bytes).toString()).toBe('recorded');
  await held.close();
});

test('a refusal is all that tells of what was refused, since a folder that is not there proves nothing', async () => {
  const held = await open();
  const { target } = held;
  const attempt = { id: toAttemptId('steps/001-one/1'), bootId: await target.bootId() };
  await target.commands.begin(attempt, script(held, 'true', { cwd: join(held.folder, 'nowhere') }));
  expect(await target.commands.wait(attempt, { tailBytesMax: 8 }, never)).toMatchObject({ kind: 'in-doubt' });
  await held.close();
});
