/** What cannot be looked at has not ended: a process that may open no more files does not tell that nothing runs. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import {
  at,
  freshAttempts,
  inFoldersOfTheirOwn,
  kill,
  session,
  specOf,
  supervisorOf,
} from '../host/attempt-fixture.ts';
import { buildPreload, faultEnvironment } from './preload.ts';

inFoldersOfTheirOwn();

const built = buildPreload();
afterAll(() => {
  if (built.ok) built.remove();
});

test('the process table that cannot be read is no empty one', async ({ skip }) => {
  if (!built.ok) return skip(built.reason);
  const spec = specOf({ text: 'sleep 600' });
  await freshAttempts().start(spec);
  const supervisor = await supervisorOf(spec);
  const script = new URL('unseen.ts', import.meta.url).pathname;
  const look = async (env: Readonly<Record<string, string>>): Promise<string> =>
    (await promisify(execFile)(process.execPath, [script, spec.folder], { env: { ...process.env, ...env } })).stdout;
  const fault = { at: 1, kind: 'EMFILE', count: 1_000_000 } as const;
  expect(await look({})).toMatch(/^[1-9]\d* processes/);
  expect(await look(faultEnvironment(built.path, at(), { fault, on: '/proc/' }))).toMatch(
    /^refused: cannot see which processes run: .*EMFILE/,
  );
  for (const pid of session(supervisor)) kill(pid);
});
