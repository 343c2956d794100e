import { expect, test } from 'vitest';
import type { EventDraft, RunEvent } from '../../src/run/event.ts';
import { parseAllowedSigners } from '../../src/signing/allowed-signers.ts';
import { type ApprovalRequest, type SignedApproval, signApproval } from '../../src/signing/approval.ts';
import { parseStatement, statementBytes, toPredicate, toStatement } from '../../src/signing/statement.ts';
import { verifyApprovals } from '../../src/verify/approvals.ts';
import { Play, runbook, step } from '../run/play.ts';
import { fileSigner, type KeyFile, makeFolder, makeKeyFile } from './workbench.ts';

const folder = makeFolder();
const alice = makeKeyFile(folder, 'alice', ['-t', 'ed25519']);
const bob = makeKeyFile(folder, 'bob', ['-t', 'ed25519']);
const allowed = parseAllowedSigners(`lead ${alice.publicLine}lead ${bob.publicLine}`);
const actor = { via: 'command', name: 'ada' } as const;
const [first, adopted] = ['1'.repeat(64), '2'.repeat(64)];

const started: EventDraft = {
  type: 'run.started',
  actor,
  data: {
    runbook: runbook([step('go', { params: { from: ['lead'], count: 2, signed: true } }, 'approve')]),
    sha256: first,
    documents: [],
    vars: {},
    sources: {},
    cwd: '/',
    environment: {},
    operator: 'ada',
    hostname: 'here',
    bootId: 'boot',
    version: '0',
  },
};
const asked: EventDraft = {
  type: 'approval.requested',
  actor,
  data: { step: 'go', visit: 1, from: ['lead'], count: 2, signed: true },
};
const passed: EventDraft = { type: 'step.passed', actor, data: { step: 'go', visit: 1 } };
const adoption: EventDraft = {
  type: 'documents.adopted',
  actor,
  data: { runbook: runbook([]), sha256: adopted, documents: [], reason: 'a fix' },
};

const nowMs = 2_000_000;
const digest = (seq: number): string => seq.toString(16).padStart(64, '0');
const place = (drafts: readonly EventDraft[]): readonly RunEvent[] =>
  drafts.map((draft, i) => ({ ...draft, seq: i + 1, at: 1_000_000 + i, sha256: digest(i + 1) }));

const request: ApprovalRequest = { run: 'r1', step: 'go', documents: first, request: { seq: 2, sha256: digest(2) } };
const sign = (key: KeyFile, what = request): Promise<SignedApproval> => signApproval(what, fileSigner(key));
const given = (approval: SignedApproval, answers = request.request): EventDraft => ({
  type: 'approval.given',
  actor,
  data: { step: 'go', visit: 1, by: 'x', request: answers, signature: { ...approval, principal: 'claimed' } },
});

test('a gate that two keys approved is proven again from the journal alone', async () => {
  const events = place([started, asked, given(await sign(alice)), given(await sign(bob)), passed]);
  expect(verifyApprovals('r1', events, allowed, nowMs)).toEqual([
    {
      name: 'approval',
      ok: true,
      detail: `go, request 2: 2 of 2 keys; by lead (${alice.publicKey.fingerprint}), lead (${bob.publicKey.fingerprint})`,
    },
  ]);
});

test('a gate that waits for its second key is no failure; one that passed with one key twice is', async () => {
  const waiting = place([started, asked, given(await sign(alice))]);
  expect(verifyApprovals('r1', waiting, allowed, nowMs)).toMatchObject([
    { ok: true, detail: expect.stringMatching(/1 of 2/) },
  ]);
  const twice = place([started, asked, given(await sign(alice)), given(await sign(alice)), passed]);
  const [check] = verifyApprovals('r1', twice, allowed, nowMs);
  expect(check).toMatchObject({ ok: false });
  expect(check?.detail).toMatch(/1 of 2 keys; .*a key counts once; the gate passed without enough approvals/);
});

test('a gate that passed without any signature, or by claimed approvals only, is refused', () => {
  const claimed: EventDraft = {
    type: 'approval.given',
    actor,
    data: { step: 'go', visit: 1, by: 'lead', request: request.request, signature: null },
  };
  for (const drafts of [
    [started, asked, passed],
    [started, asked, claimed, claimed, passed],
  ]) {
    expect(verifyApprovals('r1', place(drafts), allowed, nowMs)).toMatchObject([
      { ok: false, detail: 'go, request 2: 0 of 2 keys; the gate passed without enough approvals' },
    ]);
  }
});

test('an approval of another run, of another request or by a key that nobody knows is refused', async () => {
  const other = place([started, asked, given(await sign(alice, { ...request, run: 'r2' }))]);
  expect(verifyApprovals('r1', other, allowed, nowMs)).toMatchObject([
    { ok: false, detail: expect.stringMatching(/another run: r2, not r1/) },
  ]);
  const stray = place([started, asked, given(await sign(alice), { seq: 2, sha256: digest(9) })]);
  expect(verifyApprovals('r1', stray, allowed, nowMs)).toMatchObject([
    { ok: false, detail: 'go: an approval by x answers no request of this journal' },
  ]);
  const unknown = place([started, asked, given(await sign(alice))]);
  expect(verifyApprovals('r1', unknown, null, nowMs)).toMatchObject([
    { ok: false, detail: expect.stringMatching(/is not among the allowed signers/) },
  ]);
});

test('an adopted document voids what was approved before it: it must be signed again', async () => {
  const again = { ...request, documents: adopted };
  const old = [given(await sign(alice)), given(await sign(bob))];
  const renewed = [given(await sign(alice, again)), given(await sign(bob, again))];
  const kept = verifyApprovals('r1', place([started, asked, ...old, adoption, passed]), allowed, nowMs);
  expect(kept.map(({ ok }) => ok)).toEqual([true, false]);
  const replayed = verifyApprovals('r1', place([started, asked, adoption, ...old]), allowed, nowMs);
  expect(replayed).toMatchObject([{ ok: false, detail: expect.stringMatching(/another version of the documents/) }]);
  const signedAgain = verifyApprovals(
    'r1',
    place([started, asked, ...old, adoption, ...renewed, passed]),
    allowed,
    nowMs,
  );
  expect(signedAgain.map(({ ok }) => ok)).toEqual([true, true]);
});

test('the predicate says of a run what its state says', () => {
  const play = new Play(runbook([step('one'), step('two')], { title: 'Release' }));
  play.end('one').end('two');
  const predicate = toPredicate(play.state, { renderer: 3, signedAt: 5000 });
  expect(predicate).toMatchObject({
    run: 'r',
    title: 'Release',
    decision: 'completed',
    operator: 'ada',
    signedAt: 5000,
    renderer: 3,
    head: { seq: play.state.head.seq, sha256: play.state.head.sha256 },
    steps: [
      { id: 'one', status: 'passed', visits: 1, reason: null },
      { id: 'two', status: 'passed', visits: 1, reason: null },
    ],
    verdicts: [],
    waivers: [],
    approvals: [],
  });
  const head = { seq: predicate.head.seq, sha256: digest(1) };
  const statement = toStatement([{ name: 'report.md', sha256: first }], { ...predicate, head, documents: first });
  expect(parseStatement(statementBytes(statement))).toEqual(statement);
});

test('a failed step, its reason and steps that never started are in the predicate', () => {
  const play = new Play(runbook([step('one'), step('two')]));
  play.end('one', false, { reason: 'exit 7' });
  expect(toPredicate(play.state, { renderer: 1, signedAt: 0 }).steps).toEqual([
    { id: 'one', status: 'failed', visits: 1, reason: 'exit 7' },
    { id: 'two', status: 'pending', visits: 0, reason: null },
  ]);
});

test('a request that asks for less than the document, and a gate that passed unasked, are said', () => {
  const weaker: EventDraft = { ...asked, data: { step: 'go', visit: 1, from: ['lead'], count: 1, signed: true } };
  const claimed: EventDraft = { ...asked, data: { step: 'go', visit: 1, from: [], count: 1, signed: false } };
  const less = { ok: false, detail: 'go: the request does not ask for what its document asks for' };
  expect(verifyApprovals('r1', place([started, weaker]), allowed, nowMs)).toMatchObject([less]);
  expect(verifyApprovals('r1', place([started, claimed, passed]), allowed, nowMs)).toMatchObject([less]);
  expect(verifyApprovals('r1', place([started, passed]), allowed, nowMs)).toMatchObject([
    { ok: false, detail: 'go passed, and the signatures that its document asks for were never requested' },
  ]);
});

test('a signature that was not asked for must be good all the same', async () => {
  const unasked: EventDraft = {
    ...started,
    data: { ...started.data, runbook: runbook([step('go', {}, 'approve')]) },
  };
  const open: EventDraft = { ...asked, data: { step: 'go', visit: 1, from: ['lead'], count: 1, signed: false } };
  const good = verifyApprovals('r1', place([unasked, open, given(await sign(alice)), passed]), allowed, nowMs);
  expect(good).toMatchObject([{ ok: true, detail: expect.stringMatching(/1 signed unasked; by lead \(SHA256:/) }]);
  const foreign = given(await sign(alice, { ...request, run: 'r2' }));
  expect(verifyApprovals('r1', place([unasked, open, foreign, passed]), allowed, nowMs)).toMatchObject([
    { ok: false, detail: expect.stringMatching(/another run: r2, not r1/) },
  ]);
});
