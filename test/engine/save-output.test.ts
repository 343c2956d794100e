/** Output that somebody saves is under its name whole, or not at all. */
import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Stage } from '../examples/stage.ts';

test('what could not be written to its end stands under no name, and the same again finishes', async () => {
  const stage = new Stage();
  try {
    const file = stage.write(
      'runbook.yaml',
      'runbook: Test\nphases: { all: [{ id: one, run: head -c 3000000 /dev/zero }] }\n',
    );
    expect((await stage.headless(file)).code).toBe(0);
    const [run = ''] = readdirSync(stage.path('state/runs')).filter((name) => !name.startsWith('.'));
    const script = new URL('save-output.ts', import.meta.url).pathname;
    // Blocks of 512 bytes: the first chunk fits, the last does not.
    const save = (limit: string): string =>
      execFileSync(
        '/bin/sh',
        [
          '-c',
          `ulimit -f ${limit}; exec "$@"`,
          'sh',
          process.execPath,
          script,
          stage.path('state'),
          run,
          'steps/001-one/1/output.log',
          'kept',
        ],
        { cwd: stage.folder, encoding: 'utf8' },
      );
    expect(save('4000')).toContain('cannot be written');
    expect(readdirSync(stage.folder).filter((name) => name.includes('kept'))).toEqual([]);
    expect(save('unlimited').trim()).toBe(stage.path('kept'));
    expect(statSync(stage.path('kept')).size).toBe(3_000_000);
    expect(save('unlimited')).toContain('is there already');
    expect(readdirSync(stage.folder).filter((name) => name.includes('kept'))).toEqual(['kept']);
  } finally {
    await stage.dispose();
  }
});
