import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { tool } from '../signing/workbench.ts';
import { Desk, failures } from './desk.ts';

const desk = new Desk();
const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

test('the demo ends with a report that is signed by a key of its own, and the commands it prints verify it', async () => {
  const ended = tool(process.execPath, [cli, 'demo'], '', { GONOGO_STATE: desk.state, PATH: process.env['PATH'] });
  expect(ended.exit).toBe(0);
  expect(ended.stdout.toString()).toMatch(/report\.md\n.*report\.html\n.*report\.json\n.*statement\.json\.sig\n$/);
  expect(statSync(join(desk.state, 'demo', 'key')).mode & 0o777).toBe(0o600);
  expect(existsSync(desk.path('home', '.config'))).toBe(false);
  const printed = /^ {2}(cd .* && ssh-keygen .*)$/m.exec(ended.stderr)?.[1] ?? '';
  const verified = tool('bash', ['-c', printed]);
  expect(verified.stdout.toString()).toContain('Good "gonogo-report" signature for demo with ED25519 key');
  const [, run = '', allowedSigners = ''] = /gonogo verify (\S+) --allowed-signers (\S+)/.exec(ended.stderr) ?? [];
  expect(failures(await desk.verify(run, { allowedSigners }))).toEqual([]);
  expect(readFileSync(allowedSigners, 'utf8')).toMatch(/^demo namespaces=/);
});
