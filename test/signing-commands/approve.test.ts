import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { resumeRun } from '../../src/app/resume.ts';
import { openWorld } from '../../src/app/world.ts';
import type { Session } from '../../src/engine/session.ts';
import { type ApprovalRequest, parseApprovalText, signApproval } from '../../src/signing/approval.ts';
import { fileSigner, type KeyFile } from '../signing/workbench.ts';
import { Desk, detailOf, failures } from './desk.ts';

const desk = new Desk();
const allowedSigners = desk.put(
  'approvers',
  `alice ${desk.alice.publicLine}bob ${desk.bob.publicLine}carol ${desk.carol.publicLine}`,
);
const signed = `runbook: Gated
phases:
  deploy:
    - id: go
      approve: { from: [alice, bob], count: 2, signed: true }
    - id: ship
      run: echo shipped
`;
const claimed = signed
  .replace('{ from: [alice, bob], count: 2, signed: true }', 'release-manager')
  .replace('phases:', 'roles: { release-manager: [] }\nphases:');

let run: string;

async function start(document: string): Promise<void> {
  const started = await desk.run(document);
  expect(started.code).toBe(3);
  run = desk.runFolder(started);
}

const journal = (): string => readFileSync(join(run, 'journal.jsonl'), 'utf8');
const given = (): number => journal().split('"type":"approval.given"').length - 1;
/** The request that `--print` prints now. */
const requested = async (): Promise<ApprovalRequest> =>
  parseApprovalText((await desk.approve('go', { print: true })).stdout);

/** Puts an approval into the inbox as anybody with a text editor can, without `approve`. */
async function forge(
  key: KeyFile,
  request: ApprovalRequest,
  number: number,
  change: object | null = {},
): Promise<void> {
  const made = await signApproval(request, fileSigner(key));
  const approval = change === null ? null : { ...made, principal: 'alice', ...change };
  const open = (await requested()).request;
  const message = { kind: 'approve', from: 'x', step: 'go', by: 'alice', request: open, signature: approval };
  const name = `000000000000001-00000${number}-aaaaaaaa.json`;
  writeFileSync(join(run, 'inbox', name), `${JSON.stringify(message)}\n`);
}

describe('a gate that asks for signatures', () => {
  beforeEach(() => start(signed));

  test('opens for two distinct keys that it names; the approvals prove themselves again from the journal', async () => {
    expect(await desk.approve('go', { key: desk.alice.path, allowedSigners })).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(`recorded: alice approved go, signed with ${desk.alice.publicKey.fingerprint}`),
    });
    expect(await desk.resume()).toMatchObject({ code: 3, stderr: expect.stringMatching(/approval of go \(1 of 2\)/) });
    const second = await desk.approve('go', { key: desk.bob.path, allowedSigners });
    expect(second.code).toBe(0);
    const line = /^head .*$/m.exec(second.stderr)?.[0] ?? '';
    expect(await desk.verify(basename(run), { allowedSigners: undefined, head: line })).toMatchObject({
      checks: expect.arrayContaining([
        { name: 'head', ok: true, detail: expect.stringMatching(/the one that the line names/) },
      ]),
    });
    expect(await desk.resume()).toMatchObject({ code: 0 });
    const verified = await desk.verify(basename(run), { allowedSigners });
    expect(detailOf(verified, 'approval')).toMatch(/^go, request 3: 2 of 2 keys; by alice \(SHA256:.*, bob \(SHA256:/);
    const strangers = await desk.verify(basename(run), { allowedSigners: desk.put('nobody', '') });
    expect(failures(strangers).join()).toMatch(/the gate passed without enough approvals/);
  });

  test('what --print prints, ssh-keygen signs elsewhere, and --signature brings it back', async () => {
    const printed = await desk.approve('go', { print: true });
    expect(printed).toMatchObject({ code: 0, stderr: expect.stringMatching(/ssh-keygen -Y sign -n gonogo-approval/) });
    expect(printed.stdout).toBe(
      JSON.stringify(await requested(), ['documents', 'request', 'run', 'seq', 'sha256', 'step']),
    );
    const request = desk.put('request', printed.stdout);
    desk.keygen(['-Y', 'sign', '-q', '-n', 'gonogo-approval', '-f', desk.bob.path, request]);
    expect(await desk.approve('go', { signature: `${request}.sig`, allowedSigners })).toMatchObject({ code: 0 });
    expect(given()).toBe(1);
    const ended = desk.put('ended', `${printed.stdout}\n`);
    desk.keygen(['-Y', 'sign', '-q', '-n', 'gonogo-approval', '-f', desk.alice.path, ended]);
    expect(await desk.approve('go', { signature: `${ended}.sig`, allowedSigners })).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/is not by .* over these bytes\nhint: it must be over exactly what/),
    });
  });

  test('refuses, each with its reason, and records nothing', async () => {
    const before = journal();
    const onlyBob = desk.put('only-bob', `bob ${desk.bob.publicLine}`);
    const expired = desk.put('expired', `alice valid-before="20200101Z" ${desk.alice.publicLine}`);
    const reports = desk.put('reports', `alice namespaces="gonogo-report" ${desk.alice.publicLine}`);
    const cases: readonly (readonly [KeyFile, string, RegExp])[] = [
      [desk.carol, allowedSigners, /the key is for "carol", not for "alice" or "bob"/],
      [desk.alice, onlyBob, /is not among the allowed signers/],
      [desk.alice, expired, /the key expired at 2020-01-01/],
      [desk.alice, reports, /may sign for "gonogo-report", not for "gonogo-approval"/],
    ];
    for (const [key, policy, reason] of cases) {
      expect(await desk.approve('go', { key: key.path, allowedSigners: policy })).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(reason),
      });
    }
    expect(await desk.approve('go')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/go asks for signed approvals/),
    });
    expect(await desk.approve('ship', { key: desk.alice.path })).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/does not ask for an approval of ship; it asks for: go/),
    });
    expect(await desk.approve('go', { key: 'a', print: true })).toMatchObject({ code: 2 });
    expect(journal()).toBe(before);
  });

  test('counts a key once, however often it signs', async () => {
    const options = { key: desk.alice.path, allowedSigners };
    expect((await desk.approve('go', options)).code).toBe(0);
    expect(await desk.approve('go', options)).toMatchObject({ code: 1, stderr: expect.stringMatching(/counts once/) });
    expect(await desk.resume('latest', allowedSigners)).toMatchObject({ code: 3 });
  });

  test('is not opened by files that somebody put into the inbox', async () => {
    const request = await requested();
    const { armored } = await signApproval(request, fileSigner(desk.carol));
    await forge(desk.carol, request, 1);
    await forge(desk.alice, { ...request, run: '20200101-0000-other-aaaa' }, 2);
    await forge(desk.alice, request, 3, { armored });
    await forge(desk.alice, request, 4, { armored: 'nonsense' });
    await forge(desk.bob, { ...request, request: { ...request.request, seq: 2 } }, 5);
    await forge(desk.alice, request, 6);
    await forge(desk.alice, request, 7);
    await forge(desk.bob, request, 8, null);
    expect(await desk.resume('latest', allowedSigners)).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/approval of go \(1 of 2\)/),
    });
    expect(given()).toBe(1);
    const refused = [...journal().matchAll(/"text":"An approval of go by alice does not count: ([^"\\]*)/g)].map(
      ([, why]) => why,
    );
    expect(refused).toEqual([
      expect.stringMatching(/the key is for /),
      expect.stringMatching(/^the approval is for another run: 20200101-0000-other-aaaa/),
      expect.stringMatching(/^the approval names another key than the one that signed/),
      expect.stringMatching(/^not an SSH signature/),
      expect.stringMatching(/^the approval is for another request \(record 2; this one is record 3\)/),
      expect.stringMatching(/has already approved, and a person counts once\.$/),
      'it is not signed, and this gate asks for signatures.',
    ]);
  });

  test('without allowed signers on the machine that records it, no signature counts, and it says how to name them', async () => {
    const said = await desk.approve('go', { key: desk.alice.path });
    expect(said).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/no allowed signers are configured \(--allowed-signers/),
    });
    expect(given()).toBe(0);
  });

  test('an approval of one run does not serve another', async () => {
    const request = desk.put('first-request', (await desk.approve('go', { print: true })).stdout);
    desk.keygen(['-Y', 'sign', '-q', '-n', 'gonogo-approval', '-f', desk.alice.path, request]);
    await start(signed);
    expect(await desk.approve('go', { signature: `${request}.sig`, allowedSigners })).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/is not by .* over these bytes/),
    });
  });

  test('is judged by whoever drives the run, by allowed signers of their own', async () => {
    const world = await openWorld({
      state: desk.state,
      allowedSigners: desk.put('drives', `alice ${desk.alice.publicLine}`),
    });
    const session = await resumeRun(world, basename(run), {
      operator: 'ada',
      guided: true,
      arrivals: new Set(),
      rollback: null,
      adoption: null,
    });
    expect(await desk.approve('go', { key: desk.bob.path, allowedSigners })).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/is not among the allowed signers/),
    });
    expect(await desk.approve('go', { key: desk.alice.path, allowedSigners })).toMatchObject({ code: 0 });
    await left(session);
    expect(given()).toBe(1);
    expect(journal()).toContain(`"principal":"alice"`);
  });
});

describe('a gate that takes names', () => {
  beforeEach(() => start(claimed));

  test('is opened by a claim, and by a signature that holds', async () => {
    expect(await desk.approve('go', { operator: 'Ada' })).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/Ada approved go, claimed, not signed/),
    });
    expect(await desk.resume()).toMatchObject({ code: 0 });
    await start(claimed);
    expect(await desk.approve('go', { key: desk.carol.path, allowedSigners })).toMatchObject({ code: 0 });
    expect(await desk.resume()).toMatchObject({ code: 0 });
    const verified = await desk.verify(basename(run), {
      allowedSigners: desk.put('all', readFileSync(allowedSigners)),
    });
    expect(detailOf(verified, 'approval')).toMatch(/1 signed unasked; by carol/);
  });

  test('is not opened by a signature that does not', async () => {
    expect(await desk.approve('go', { key: desk.carol.path, allowedSigners: desk.allowed })).toMatchObject({ code: 1 });
    expect(await desk.resume()).toMatchObject({ code: 3 });
  });
});

async function left(session: Session): Promise<void> {
  await session.leave('asked');
  await session.done;
}
