/** Gates on the command line: people, roles, independence, refusals and emergencies, with keys of ssh-keygen. */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { tool } from '../signing/workbench.ts';
import { Desk, detailOf, failures, type Verified } from './desk.ts';

const desk = new Desk();
const everybody = desk.put(
  'everybody',
  `alice ${desk.alice.publicLine}bob ${desk.bob.publicLine}carol,root ${desk.carol.publicLine}`,
);
process.env['USER'] = 'root';

const gated = (approve: string, more = ''): string => `runbook: Gated
roles: { release-manager: [alice, bob], helper: [] }
${more}phases:
  deploy:
    - id: go
      approve: ${approve}
    - id: ship
      run: echo shipped
`;

async function start(approve: string): Promise<string> {
  const started = await desk.run(gated(approve));
  expect(started.code, started.stderr).toBe(3);
  return desk.runFolder(started);
}

const sign = (key: { readonly path: string }) => desk.approve('go', { key: key.path, allowedSigners: everybody });
/** What failed, but for the report that nobody wrote here. */
const broken = (verified: Verified) => failures(verified).filter((one) => !one.startsWith('signature:'));
const signedElsewhere = (request: string): string =>
  tool('ssh-keygen', ['-Y', 'sign', '-n', 'gonogo-approval', '-f', desk.bob.path], request).stdout.toString();
const verify = (run: string): Promise<Verified> => desk.verify(basename(run), { allowedSigners: everybody });

test('a role takes the signatures of its members, each person once, and verify counts people again', async () => {
  const run = await start('{ from: [release-manager], count: 2, signed: true }');
  expect(await sign(desk.carol)).toMatchObject({ code: 1, stderr: expect.stringMatching(/not for "alice" or "bob"/) });
  expect(await sign(desk.alice)).toMatchObject({ code: 0 });
  expect(await sign(desk.alice)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/alice has already approved/),
  });
  expect(await sign(desk.bob)).toMatchObject({ code: 0 });
  expect(await desk.resume('latest', everybody)).toMatchObject({ code: 0 });
  expect(await sign(desk.bob)).toMatchObject({
    code: 4,
    stderr: expect.stringMatching(/is answered already by alice and bob/),
  });
  const verified = await verify(run);
  expect(broken(verified)).toEqual([]);
  expect(detailOf(verified, 'gate')).toBe('go, visit 1: approved, 2 of 2; by alice, bob');
  // To a verifier who knows both keys as one person's, one person approved.
  const one = desk.put('one', `alice ${desk.alice.publicLine}alice,bob ${desk.bob.publicLine}`);
  const again = await desk.verify(basename(run), { allowedSigners: one });
  expect(failures(again).join()).toMatch(/gate: go, visit 1: waiting, 1 of 2; by alice; bob has already approved/);
});

test('the operator does not approve, by name or by a key that is the operator to anybody who judges', async () => {
  const run = await start('{ count: 1, signed: true }');
  expect(await sign(desk.carol)).toMatchObject({ code: 1, stderr: expect.stringMatching(/carol started the run/) });
  const unaware = desk.put('unaware', `carol ${desk.carol.publicLine}`);
  expect(await desk.approve('go', { key: desk.carol.path, allowedSigners: unaware })).toMatchObject({ code: 0 });
  expect(await desk.resume('latest', unaware)).toMatchObject({ code: 0 });
  expect(failures(await verify(run)).join()).toMatch(
    /gate: go, visit 1: not-independent, 0 of 1; carol started the run/,
  );
  expect(await desk.report({ sign: desk.carol.path })).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/this key approved go, and would no longer be independent/),
  });
});

test('a typed name is one of those who may; a role without members is claimed, and said so', async () => {
  await start('{ from: [release-manager] }');
  expect(await desk.approve('go', { operator: 'mallory' })).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/mallory is none of those/),
  });
  expect(await desk.approve('go', { operator: 'root' })).toMatchObject({ code: 1 });
  expect(await desk.approve('go', { operator: 'bob' })).toMatchObject({ code: 0 });
  const run = await start('{ from: [helper] }');
  expect(await desk.approve('go', { operator: 'root' })).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/started the run/),
  });
  expect(await desk.approve('go', { operator: 'mallory' })).toMatchObject({ code: 0 });
  expect(await desk.resume()).toMatchObject({ code: 0 });
  expect(detailOf(await verify(run), 'gate')).toMatch(/mallory claimed as helper, membership not checked/);
});

test('what the document permits is said: the operator among the approvers', async () => {
  const run = await start('{ independent: false }');
  expect(await desk.approve('go', { operator: 'root' })).toMatchObject({ code: 0 });
  expect(await desk.resume()).toMatchObject({ code: 0 });
  expect(detailOf(await verify(run), 'gate')).toMatch(/not independent, which its document permits: root/);
});

test('it is refused from anywhere, with a reason', async () => {
  const run = await start('release-manager');
  expect(await desk.approve('go', { refuse: ' ' })).toMatchObject({ code: 2 });
  expect(await desk.approve('go', { operator: 'bob', refuse: 'It is Friday' })).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/^recorded: bob refused go: It is Friday/),
  });
  expect(await desk.approve('go', { operator: 'alice' })).toMatchObject({
    code: 4,
    stderr: expect.stringMatching(/is answered already by bob, who refused it: It is Friday/),
  });
  expect(await desk.resume()).toMatchObject({ code: 3 });
  expect(detailOf(await verify(run), 'gate')).toMatch(/^go, visit 1: refused/);
});

test('an emergency lets the run go on; only an independent approval settles what is owed', async () => {
  const run = await start('{ from: [release-manager], signed: true, emergency: { within: 72h, from: [root] } }');
  expect(await desk.approve('go', { operator: 'bob', emergency: 'down' })).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/may call an emergency: root/),
  });
  expect(await desk.approve('go', { emergency: 'The site is down' })).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/root \(claimed, not signed\) let the run past go .* its approval is owed/),
  });
  expect((await desk.show()).stdout).toMatch(/^emergency {2}go: passed by root \(claimed, not signed\): The site/m);
  expect(await desk.resume('latest', everybody)).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(
      /approval of go \(0 of 1, owed since an emergency called by root .claimed, not signed.\)/,
    ),
  });
  const owing = await verify(run);
  expect(broken(owing)).toEqual([]);
  expect(readFileSync(join(run, 'journal.jsonl'), 'utf8')).toContain('"step":"ship"');
  expect(detailOf(owing, 'gate')).toMatch(
    /emergency, 0 of 1; passed in an emergency by root \(claimed, not signed\): The site is down; its approval is owed until/,
  );
  expect(await sign(desk.alice)).toMatchObject({ code: 0 });
  expect(await desk.resume('latest', everybody)).toMatchObject({ code: 0 });
  expect(await desk.report({ sign: desk.bob.path })).toMatchObject({ code: 0 });
  expect(broken(await verify(run))).toEqual([]);
  const headings = readFileSync(join(run, 'report/report.md'), 'utf8').match(/^## .*$/gm);
  expect(headings?.slice(0, 2)).toEqual(['## Passed in an emergency, without approval', '## Deviations']);
  const told = readFileSync(join(run, 'report/report.md'), 'utf8');
  expect(told).toMatch(/The site is down \| root, claimed, not signed/);
  expect(told).toMatch(/The site is down .called by a name that is claimed, not signed/);
  expect(detailOf(await verify(run), 'gate')).toMatch(/approved, 1 of 1; by alice; passed in an emergency/);
});

test('an emergency may be signed: for its own reason, by whom the gate names, and neither is an approval', async () => {
  const run = await start('{ from: [release-manager], signed: true, emergency: { within: 72h, from: [root, bob] } }');
  const called = (more: object) =>
    desk.approve('go', { emergency: 'The site is down', allowedSigners: everybody, ...more });
  expect(await called({ key: desk.alice.path })).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/for "alice"/),
  });
  // What is signed elsewhere is for that reason only.
  const request = await desk.approve('go', { print: true, emergency: 'The site is down' });
  expect(request.stdout).toContain('"emergency":"The site is down"');
  const signature = desk.put('called.sig', signedElsewhere(request.stdout));
  expect(await desk.approve('go', { signature, allowedSigners: everybody })).toMatchObject({ code: 2 });
  expect(await called({ signature, emergency: 'Something else' })).toMatchObject({ code: 2 });
  expect(await called({ signature })).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/bob \(signed with SHA256:\S+\) let the run past go/),
  });
  expect(await desk.resume('latest', everybody)).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/bob .signed/),
  });
  expect(await sign(desk.bob)).toMatchObject({ code: 1, stderr: expect.stringMatching(/bob called the emergency/) });
  expect(await sign(desk.alice)).toMatchObject({ code: 0 });
  expect(await desk.resume('latest', everybody)).toMatchObject({ code: 0 });
  expect(await desk.report({ sign: desk.carol.path })).toMatchObject({ code: 0 });
  const verified = await verify(run);
  expect(broken(verified)).toEqual([]);
  expect(detailOf(verified, 'gate')).toMatch(/passed in an emergency by bob \(signed with SHA256:/);
  expect(verified.checks.map(({ detail }) => detail).join('\n')).toMatch(
    /go: the emergency called by bob is signed by bob \(SHA256:/,
  );
  expect((await desk.show()).stdout).toMatch(/^emergency {2}go: passed by bob \(signed with SHA256:/m);
  expect(readFileSync(join(run, 'report/report.md'), 'utf8')).toMatch(/bob, signed as `bob` by `ssh-ed25519 /);
  // Whoever knows the key as somebody else's, or not at all, does not take it.
  const other = desk.put('others', `alice ${desk.alice.publicLine}carol,root ${desk.carol.publicLine}`);
  expect(failures(await desk.verify(basename(run), { allowedSigners: other })).join()).toMatch(
    /approval: go: the emergency called by bob is not signed by whom it says: .* is not among the allowed signers/,
  );
  // The name that is recorded must be one that the key has, not only one that might have called it.
  const renamed = desk.put('renamed', `alice ${desk.alice.publicLine}root ${desk.bob.publicLine}`);
  expect(failures(await desk.verify(basename(run), { allowedSigners: renamed })).join()).toMatch(
    /the emergency called by bob is not signed by whom it says: bob is not who signed: SHA256:\S+ is root/,
  );
});

test('an emergency whose approval is overdue is said by all, and not verified until it is settled', async () => {
  const gate = '{ from: [release-manager], signed: true, emergency: { within: 1ms, from: [root] } }';
  const run = await start(gate);
  expect(await desk.approve('go', { emergency: 'The site is down' })).toMatchObject({ code: 0 });
  expect(await desk.resume('latest', everybody)).toMatchObject({ code: 3 });
  const overdue =
    /emergency, 0 of 1; passed in an emergency by root \(claimed, not signed\): The site is down; its approval is overdue since/;
  const verified = await verify(run);
  expect(verified.ok).toBe(false);
  expect(failures(verified).join()).toMatch(overdue);
  expect((await desk.show()).stdout).toMatch(/^emergency {2}go: .*; approval overdue since \d{4}-/m);
  expect(await desk.report()).toMatchObject({ code: 0 });
  const text = readFileSync(join(run, 'report/report.md'), 'utf8');
  expect(text.slice(text.indexOf('## Passed in an emergency'))).toContain('overdue');

  expect(await sign(desk.alice)).toMatchObject({ code: 0 });
  expect(await desk.resume('latest', everybody)).toMatchObject({ code: 0 });
  expect(detailOf(await verify(run), 'gate')).toMatch(/approved, 1 of 1; by alice; passed in an emergency/);
});

test('what an emergency owes is not overdue before its time, and is after it', async () => {
  const run = await start('{ from: [release-manager], signed: true, emergency: { within: 72h, from: [root] } }');
  expect(await desk.approve('go', { emergency: 'The site is down' })).toMatchObject({ code: 0 });
  expect(await desk.resume('latest', everybody)).toMatchObject({ code: 3 });
  expect(broken(await verify(run))).toEqual([]);
  const later = new Date(Date.now() + 73 * 3_600_000).toISOString();
  const then = await desk.verify(basename(run), { allowedSigners: everybody, at: later });
  expect(failures(then).join()).toMatch(/its approval is overdue since/);
});
