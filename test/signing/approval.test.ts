import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseAllowedSigners } from '../../src/signing/allowed-signers.ts';
import {
  type ApprovalPolicy,
  type ApprovalRequest,
  approvalText,
  countApprovals,
  parseApprovalText,
  signApproval,
  toSignedApproval,
  verifyApproval,
} from '../../src/signing/approval.ts';
import { formatPublicKey } from '../../src/signing/public-key.ts';
import { signSshsig } from '../../src/signing/sshsig.ts';
import { fileSigner, flips, makeFolder, makeKeyFile, put, refusal, tool } from './workbench.ts';

const folder = makeFolder();
const alice = makeKeyFile(folder, 'alice', ['-t', 'ed25519']);
const bob = makeKeyFile(folder, 'bob', ['-t', 'ed25519']);
const eve = makeKeyFile(folder, 'eve', ['-t', 'ed25519']);
const request: ApprovalRequest = {
  run: '20261121-0312-release-k7q2',
  step: 'go',
  documents: 'a'.repeat(64),
  request: { seq: 17, sha256: 'b'.repeat(64) },
};
const atMs = Date.UTC(2026, 10, 21, 3, 12);
const policy: ApprovalPolicy = {
  from: ['release-manager'],
  count: 2,
  allowedSigners: parseAllowedSigners(
    `release-manager,alice ${alice.publicLine}release-manager ${bob.publicLine}operator ${eve.publicLine}`,
  ),
};
const given = async (key: typeof alice, what = request) => ({
  approval: await signApproval(what, fileSigner(key)),
  atMs,
});

test('two managers approve: each key counts once, by the principal that the policy asks for', async () => {
  const both = countApprovals([await given(alice), await given(bob)], request, policy);
  expect(both).toEqual({
    met: true,
    counted: [
      { key: alice.publicKey.fingerprint, principal: 'release-manager' },
      { key: bob.publicKey.fingerprint, principal: 'release-manager' },
    ],
    refused: [],
  });
});

test('the same key twice, also under another name, is one approval', async () => {
  const twice = countApprovals([await given(alice), await given(alice)], request, policy);
  expect(twice).toMatchObject({ met: false, counted: [{ key: alice.publicKey.fingerprint }] });
  expect(twice.refused[0]?.reason).toMatch(/has approved already; a key counts once/);
  const anyone = { ...policy, from: ['alice', 'release-manager'] };
  expect(countApprovals([await given(alice), await given(alice)], request, anyone).met).toBe(false);
});

test('a key that the policy does not name does not count; without names every allowed signer does', async () => {
  const stranger = verifyApproval(await given(eve), request, policy);
  expect(stranger).toMatchObject({ ok: false, key: eve.publicKey.fingerprint });
  expect(stranger).toMatchObject({ reason: expect.stringMatching(/is for "operator", not for "release-manager"/) });
  expect(verifyApproval(await given(eve), request, { ...policy, from: [] })).toMatchObject({
    ok: true,
    principal: 'operator',
  });
});

test.each([
  ['run', { ...request, run: 'another' }, /another run: 2026.*, not another/],
  ['step', { ...request, step: 'other' }, /another step/],
  ['documents', { ...request, documents: 'c'.repeat(64) }, /another version of the documents/],
  ['request number', { ...request, request: { ...request.request, seq: 18 } }, /another request/],
  ['request sum', { ...request, request: { ...request.request, sha256: 'c'.repeat(64) } }, /another request/],
])('an approval replayed on another %s is refused', async (_name, other, reason) => {
  const answer = verifyApproval(await given(alice), other, policy);
  expect(answer).toMatchObject({ ok: false, reason: expect.stringMatching(reason) });
});

test('a replay with the text exchanged, another key claimed or another namespace is refused', async () => {
  const { approval } = await given(alice);
  const other = { ...request, run: 'another' };
  const exchanged = { approval: { ...approval, signed: approvalText(other) }, atMs };
  expect(verifyApproval(exchanged, other, policy)).toMatchObject({ reason: expect.stringMatching(/not by SHA256/) });
  const claimed = { approval: { ...approval, key: formatPublicKey(bob.publicKey) }, atMs };
  expect(verifyApproval(claimed, request, policy)).toMatchObject({
    reason: expect.stringMatching(/names another key/),
  });
  const text = new TextEncoder().encode(approval.signed);
  const report = { ...approval, armored: await signSshsig(text, 'gonogo-report', fileSigner(alice)) };
  expect(verifyApproval({ approval: report, atMs }, request, policy)).toMatchObject({
    reason: expect.stringMatching(/made for "gonogo-report"/),
  });
});

test('every changed byte of the signed text and of the signature is refused', async () => {
  const { approval } = await given(alice);
  for (const field of ['signed', 'armored'] as const) {
    for (const { at, bytes } of flips(new TextEncoder().encode(approval[field]))) {
      const changed = { approval: { ...approval, [field]: Buffer.from(bytes).toString('latin1') }, atMs };
      expect(verifyApproval(changed, request, policy).ok, `${field} byte ${at}`).toBe(false);
    }
  }
});

test('an approval counts by its key’s validity when it was given', async () => {
  const expired = parseAllowedSigners(`release-manager valid-before="20261121Z" ${alice.publicLine}`);
  const answer = verifyApproval(await given(alice), request, { ...policy, allowedSigners: expired });
  expect(answer).toMatchObject({ ok: false, reason: expect.stringMatching(/expired at 2026-11-21T00:00:00Z/) });
});

test('approve --print and --signature: signed by ssh-keygen on another machine', () => {
  const path = put(folder, 'request.json', approvalText(request));
  tool('ssh-keygen', ['-Y', 'sign', '-f', alice.path, '-n', 'gonogo-approval', path]);
  const approval = toSignedApproval(request, readFileSync(`${path}.sig`, 'utf8'));
  expect(verifyApproval({ approval, atMs }, request, policy)).toMatchObject({ ok: true, principal: 'release-manager' });
  const other = { ...request, step: 'other' };
  expect(refusal(() => toSignedApproval(other, readFileSync(`${path}.sig`, 'utf8')))).toMatch(/^bad-signature/);
});

test('what is signed is RFC 8785, and only that is read', () => {
  expect(approvalText(request)).toBe(
    `{"documents":"${'a'.repeat(64)}","request":{"seq":17,"sha256":"${'b'.repeat(64)}"},"run":"20261121-0312-release-k7q2","step":"go"}`,
  );
  expect(parseApprovalText(approvalText(request))).toEqual(request);
  expect(refusal(() => parseApprovalText(JSON.stringify(request)))).toMatch(/not canonical JSON/);
  expect(refusal(() => parseApprovalText(approvalText(request).replace('17', '17.0')))).toMatch(/not canonical JSON/);
  expect(refusal(() => parseApprovalText(' '.repeat(100_000)))).toMatch(/^too-large/);
});
