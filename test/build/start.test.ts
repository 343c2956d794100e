/** How the built command begins, wherever its user's folders are. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const bin = new URL('../../dist/gonogo.cjs', import.meta.url).pathname;

test('begins where the cache folder of its user cannot be looked at', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gonogo-start-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const { XDG_CACHE_HOME: _, ...env } = process.env;
  const begun = spawnSync(process.execPath, [bin, 'list'], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...env, HOME: file, GONOGO_STATE: join(folder, 'state') },
  });
  expect([begun.status, begun.stderr]).toEqual([0, expect.not.stringContaining('Error')]);
});
