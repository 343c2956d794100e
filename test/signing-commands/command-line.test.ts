import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parseApprovalText } from '../../src/signing/approval.ts';
import { type Ran, tool } from '../signing/workbench.ts';
import { Desk } from './desk.ts';

const desk = new Desk();
const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
const gonogo = (...words: readonly string[]): Ran => tool(process.execPath, [cli, ...words, '--state', desk.state]);

test('approve, report, verify and key are verbs of the command line, with their flags and exit codes', async () => {
  const document = desk.put(
    'gated.yaml',
    'runbook: Gated\nphases:\n  only:\n    - id: go\n      approve: { from: [alice], count: 1, signed: true }\n',
  );
  const started = gonogo('run', document, '--headless', '--allowed-signers', desk.allowed);
  expect(started.exit).toBe(3);
  const run = /^run (\S+)$/m.exec(started.stderr)?.[1] ?? '';

  const printed = gonogo('approve', run, 'go', '--print');
  expect(printed.exit).toBe(0);
  expect(parseApprovalText(printed.stdout.toString())).toMatchObject({ run, step: 'go' });
  const request = desk.put('request', printed.stdout);
  desk.keygen(['-Y', 'sign', '-q', '-n', 'gonogo-approval', '-f', desk.alice.path, request]);
  const untrusted = gonogo('approve', run, 'go', '--key', desk.bob.path, '--allowed-signers', desk.allowed);
  expect(untrusted).toMatchObject({ exit: 1, stderr: expect.stringContaining('not for "alice"') });
  const approved = gonogo('approve', run, 'go', '--signature', `${request}.sig`, '--allowed-signers', desk.allowed);
  expect(approved).toMatchObject({ exit: 0, stderr: expect.stringMatching(/^recorded: alice approved go/) });
  expect(gonogo('resume', run, '--headless').exit).toBe(0);

  const bundle = desk.path('gated.tgz');
  const reported = gonogo('report', run, '--sign', desk.bob.path, '--bundle', bundle, '--out', desk.path('out'));
  expect(reported).toMatchObject({ exit: 0 });
  expect(reported.stdout.toString().trim().split('\n').at(-1)).toBe(bundle);
  const head = gonogo('head', run).stdout.toString().trim();
  const verified = gonogo('verify', bundle, '--allowed-signers', desk.allowed, '--head', head, '--json');
  expect(verified).toMatchObject({ exit: 0, stderr: '' });
  expect(Object.keys(JSON.parse(verified.stdout.toString()))).toEqual(['ok', 'checks', 'signers', 'signed', 'trusted']);
  expect(gonogo('verify', bundle).exit).toBe(1);
  expect(gonogo('verify', 'nowhere').exit).toBe(2);

  const key = tool(process.execPath, [cli, 'key', 'create', '--operator', 'ada']);
  expect(key).toMatchObject({ exit: 0 });
  expect(readFileSync(desk.path('home', '.config', 'gonogo', 'key.pub'), 'utf8')).toContain(
    key.stdout.toString().trim().split(' ').at(-1) ?? 'no key',
  );
});
