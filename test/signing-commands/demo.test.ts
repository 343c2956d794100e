import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { tool } from '../signing/workbench.ts';
import { Desk, failures } from './desk.ts';

const desk = new Desk();
const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

const demoOf = (verb: string) =>
  tool(process.execPath, [cli, verb], '', { GONOGO_STATE: desk.state, PATH: process.env['PATH'] });

test('the demo ends with a report that is signed by a key of its own, and the commands it prints verify it, after another demo too', async () => {
  const ended = demoOf('demo');
  expect(ended.exit).toBe(0);
  expect(ended.stdout.toString()).toMatch(/report\.md\n.*report\.html\n.*report\.json\n.*statement\.json\.sig\n$/);
  expect(existsSync(desk.path('home', '.config'))).toBe(false);
  expect(demoOf('demo').exit).toBe(0);
  const printed = /^ {2}(cd .* && ssh-keygen .*)$/m.exec(ended.stderr)?.[1] ?? '';
  const verified = tool('bash', ['-c', printed]);
  expect(verified.stdout.toString()).toContain('Good "gonogo-report" signature for demo with ED25519 key');
  const [, run = '', allowedSigners = ''] = /gonogo verify (\S+) --allowed-signers (\S+)/.exec(ended.stderr) ?? [];
  expect(failures(await desk.verify(run, { allowedSigners }))).toEqual([]);
  expect(readFileSync(allowedSigners, 'utf8')).toMatch(/^demo namespaces=/);
  expect(statSync(join(allowedSigners, '..', 'key')).mode & 0o777).toBe(0o600);
});
