/** The tour of the README, as it is printed, in an empty folder. `npm run test:slow` builds the command before. */
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { blocks, page, root } from './snippets.ts';

test('five minutes: every command works as printed, and ends where the page says', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gonogo-tour-'));
  try {
    mkdirSync(join(folder, 'bin'));
    const shim = join(folder, 'bin/gonogo');
    writeFileSync(shim, `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'dist/gonogo.cjs')}' "$@"\n`);
    chmodSync(shim, 0o755);
    const [tour = ''] = blocks(page('README.md'), 'sh tour');
    expect(tour.match(/^gonogo /gm)?.length).toBeGreaterThan(6);
    const env = { ...process.env, PATH: `${join(folder, 'bin')}:${process.env['PATH']}`, GONOGO_STATE: '' };
    const { stdout } = await promisify(execFile)('bash', ['-euc', tour], { cwd: folder, env });
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('v1');
    expect(readFileSync(join(folder, 'tour/report/report.md'), 'utf8')).toContain('Switch the file');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
