import { readFileSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { type AllowedSigners, parseAllowedSigners } from '../../src/signing/allowed-signers.ts';
import { formatPublicKey } from '../../src/signing/public-key.ts';
import {
  countersignReport,
  envelopeName,
  type ReportFile,
  signatureName,
  signatureNumber,
  signReport,
  statementName,
  toSubject,
} from '../../src/signing/sign-report.ts';
import { signSshsig } from '../../src/signing/sshsig.ts';
import {
  type Predicate,
  parseStatement,
  type Statement,
  type Subject,
  statementBytes,
  toStatement,
} from '../../src/signing/statement.ts';
import { type ReportVerification, verifySignatures } from '../../src/verify/signatures.ts';
import {
  fileSigner,
  flips,
  makeFolder,
  makeKeyFile,
  makeSecurityKey,
  put,
  refusal,
  refusalOf,
  tool,
} from './workbench.ts';

const folder = makeFolder();
const alice = makeKeyFile(folder, 'alice', ['-t', 'ed25519']);
const bob = makeKeyFile(folder, 'bob', ['-t', 'ed25519']);
const signedAt = Date.UTC(2026, 10, 21, 3, 12);
const nowMs = signedAt + 60_000;

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const reportFiles: readonly ReportFile[] = [
  { name: 'report.md', bytes: bytesOf('# Release\n') },
  { name: 'journal.jsonl', bytes: bytesOf('{"seq":1}\n') },
  { name: `documents/${'a'.repeat(64)}.yaml`, bytes: bytesOf('runbook: Release\n') },
];
const subjects: readonly Subject[] = reportFiles.map(toSubject);
const predicate: Predicate = {
  run: '20261121-0312-release-k7q2',
  title: 'Release a web service “ü”',
  decision: 'completed',
  operator: 'alice',
  startedAt: signedAt - 600_000,
  endedAt: signedAt - 1000,
  signedAt,
  documents: 'b'.repeat(64),
  head: { seq: 41, sha256: 'c'.repeat(64) },
  renderer: 1,
  steps: [
    { id: 'migrate', status: 'passed', visits: 1, reason: null },
    { id: 'health', status: 'skipped', visits: 1, reason: 'no traffic yet' },
  ],
  verdicts: [{ step: 'readiness', verdict: 'go', score: '9.50' }],
  waivers: [{ step: 'readiness', by: 'carol', why: 'known', until: '2026-12-01' }],
  approvals: [{ step: 'go', by: 'bob', at: signedAt - 500_000, key: null, valid: true }],
};
const statement = toStatement(subjects, predicate);
let signed: readonly ReportFile[] = [];

beforeAll(async () => {
  signed = await signReport(statement, fileSigner(alice));
});

function allowing(text: string, revoked = ''): AllowedSigners {
  return parseAllowedSigners(text, revoked);
}

function verify(
  signatureFiles: readonly ReportFile[],
  allowedSigners: AllowedSigners | null = allowing(`alice ${alice.publicLine}bob ${bob.publicLine}`),
  files = subjects,
  now = nowMs,
): ReportVerification {
  return verifySignatures({ files, signatureFiles }, { allowedSigners, demanded: allowedSigners !== null, nowMs: now });
}

/** Names and details of the checks that are not ok. */
function failures(verification: ReportVerification): readonly string[] {
  return verification.checks.filter(({ ok }) => !ok).map(({ name, detail }) => `${name}: ${detail}`);
}

function replaced(name: string, bytes: Uint8Array): readonly ReportFile[] {
  return signed.map((file) => (file.name === name ? { name, bytes } : file));
}

function fileOf(files: readonly ReportFile[], name: string): ReportFile {
  const file = files.find((candidate) => candidate.name === name);
  if (file === undefined) throw new Error(`no ${name}`);
  return file;
}

test('a signed report is verified: who, what, and by which line', () => {
  const verification = verify(signed);
  expect(failures(verification)).toEqual([]);
  expect(verification).toMatchObject({
    ok: true,
    signed: true,
    signers: [{ key: alice.publicKey.fingerprint, principal: 'alice', trusted: true }],
    statement: { predicate: { run: predicate.run, head: { seq: 41 } } },
  });
  expect(verification.checks.map(({ name }) => name)).toEqual(['statement', 'subjects', 'sshsig', 'dsse', 'trust']);
  expect(verification.checks.at(-1)?.detail).toBe(
    `${alice.publicKey.fingerprint} is alice, by line 1 of the allowed signers`,
  );
});

test('the files verify with ssh-keygen and openssl alone', () => {
  const message = put(folder, statementName, fileOf(signed, statementName).bytes);
  const signature = put(folder, signatureName(1), fileOf(signed, signatureName(1)).bytes);
  const allowed = put(folder, 'allowed', `alice namespaces="gonogo-report" ${alice.publicLine}`);
  const args = ['-Y', 'verify', '-f', allowed, '-I', 'alice', '-n', 'gonogo-report', '-s', signature];
  const ran = tool('ssh-keygen', args, readFileSync(message));
  expect(ran.stdout.toString()).toContain('Good "gonogo-report" signature for alice');
  const other = tool('ssh-keygen', args, Buffer.concat([readFileSync(message), Buffer.from('\n')]));
  expect(other.exit).not.toBe(0);
});

test('what ssh-keygen signs over our statement, we verify', () => {
  const message = put(folder, 'by-keygen.json', statementBytes(statement));
  tool('ssh-keygen', ['-Y', 'sign', '-f', bob.path, '-n', 'gonogo-report', message]);
  const second = { name: signatureName(2), bytes: new Uint8Array(readFileSync(`${message}.sig`)) };
  const verification = verify([...signed, second]);
  expect(failures(verification)).toEqual([]);
  expect(verification.signers.map(({ principal }) => principal)).toEqual(['alice', 'bob']);
});

test('an in-toto reader finds statement, subjects and predicate where it looks', () => {
  const read = JSON.parse(Buffer.from(fileOf(signed, statementName).bytes).toString());
  expect(read._type).toBe('https://in-toto.io/Statement/v1');
  expect(read.predicateType).toBe('urn:gonogo:report:v1');
  expect(read.subject.map((subject: { name: string }) => subject.name)).toEqual([
    `documents/${'a'.repeat(64)}.yaml`,
    'journal.jsonl',
    'report.md',
  ]);
});

test('tamper matrix: every byte of the statement, its envelope and its signature', () => {
  for (const { name, bytes } of signed) {
    for (const flip of flips(bytes, [0x01])) {
      expect(verify(replaced(name, flip.bytes)).ok, `${name} byte ${flip.at}`).toBe(false);
    }
  }
});

test('tamper matrix: every byte of every report file', () => {
  for (const { name, bytes } of reportFiles) {
    for (const flip of flips(bytes)) {
      const changed = subjects.map((subject) =>
        subject.name === name ? toSubject({ name, bytes: flip.bytes }) : subject,
      );
      expect(failures(verify(signed, undefined, changed))).toEqual([
        `subjects: ${name} is not the file that was signed`,
      ]);
    }
  }
});

test('a missing, an added and a swapped file are each said', () => {
  const [first, second, third] = subjects;
  if (first === undefined || second === undefined || third === undefined) throw new Error('expected three files');
  expect(failures(verify(signed, undefined, [first, second]))).toEqual([`subjects: ${third.name} is missing`]);
  const extra = { name: 'evil.html', sha256: first.sha256 };
  expect(failures(verify(signed, undefined, [...subjects, extra]))).toEqual([
    'subjects: evil.html is not covered by the statement',
  ]);
  const swapped = [{ ...first, sha256: second.sha256 }, { ...second, sha256: first.sha256 }, third];
  expect(failures(verify(signed, undefined, swapped))[0]).toMatch(/journal.jsonl is not the file .*report.md is not/);
});

test('signature files that are taken away or come from another run are refused', async () => {
  const without = (name: string): readonly ReportFile[] => signed.filter((file) => file.name !== name);
  expect(failures(verify(without(statementName)))).toEqual(['statement: statement.json is missing']);
  expect(failures(verify(without(envelopeName)))).toEqual(['dsse: statement.dsse.json is missing']);
  expect(failures(verify(without(signatureName(1))))[0]).toBe('sshsig: statement.json.sig is missing');
  const other = await signReport(toStatement(subjects, { ...predicate, run: 'other' }), fileSigner(alice));
  const foreign = (name: string): readonly ReportFile[] => replaced(name, fileOf(other, name).bytes);
  expect(failures(verify(foreign(envelopeName)))).toEqual([
    'dsse: statement.dsse.json: its payload is not statement.json',
  ]);
  expect(failures(verify(foreign(signatureName(1))))[0]).toMatch(/^sshsig: .*not by SHA256:.* over these bytes/);
});

test('a signature made for an approval does not sign a report', async () => {
  const armored = await signSshsig(statementBytes(statement), 'gonogo-approval', fileSigner(alice));
  const verification = verify(replaced(signatureName(1), bytesOf(armored)));
  expect(failures(verification)[0]).toMatch(/was made for "gonogo-approval", not for "gonogo-report"/);
});

test('a good signature by somebody unknown is not verified, and says so', () => {
  const unknown = verify(signed, allowing(`bob ${bob.publicLine}`));
  expect(unknown.ok).toBe(false);
  expect(failures(unknown)).toEqual([`trust: ${alice.publicKey.fingerprint} is not among the allowed signers`]);
  expect(unknown.signers).toEqual([{ key: alice.publicKey.fingerprint, principal: null, trusted: false }]);
  expect(failures(verify(signed, null))[0]).toMatch(/nothing says whose key that is/);
});

test.each([
  ['expired', `alice valid-before="20261121031159Z" ${alice.publicLine}`, '', /expired at 2026-11-21T03:11:59Z/],
  ['not yet valid', `alice valid-after="20261122Z" ${alice.publicLine}`, '', /valid from 2026-11-22/],
  ['for another namespace', `alice namespaces="gonogo-approval" ${alice.publicLine}`, '', /not for "gonogo-report"/],
  ['a wildcard', `* ${alice.publicLine}`, '', /"\*" is a pattern/],
  ['revoked', `alice ${alice.publicLine}`, alice.publicLine, /is revoked/],
])('trust is refused with its reason: %s', (_name, text, revoked, reason) => {
  const verification = verify(signed, allowing(text, revoked));
  expect(verification.ok).toBe(false);
  expect(failures(verification)).toHaveLength(1);
  expect(failures(verification)[0]).toMatch(reason);
});

test('a key is judged at the time of the verification, and a statement from the future is refused', () => {
  const validThen = allowing(`alice valid-before="20261122Z" ${alice.publicLine}`);
  expect(verify(signed, validThen, subjects, signedAt).ok).toBe(true);
  const later = verify(signed, validThen, subjects, signedAt + 10 * 365 * 86_400_000);
  expect(failures(later)).toEqual([expect.stringMatching(/^trust: .*the key expired at 2026-11-22/)]);
  expect(failures(verify(signed, undefined, subjects, signedAt - 600_000))[0]).toMatch(/which is in the future/);
});

test('a statement without any signature vouches for nothing, but must fit the files', () => {
  const alone = [fileOf(signed, statementName)];
  expect(verify(alone, null)).toMatchObject({ ok: true, signed: false, signers: [] });
  expect(verify(alone, null).checks.at(-1)).toEqual({
    name: 'signature',
    ok: true,
    detail: 'unsigned: nobody vouches for it',
  });
  expect(failures(verify(alone))).toEqual([
    'signature: unsigned, and a signature by one of the allowed signers was asked for',
  ]);
  expect(failures(verify(alone, null, subjects.slice(1)))[0]).toMatch(/^subjects: .* is missing$/);
});

test('an unsigned report is fine and says so, unless signers were asked for', () => {
  expect(verify([], null)).toMatchObject({ ok: true, signed: false, signers: [] });
  expect(verify([], null).checks).toEqual([{ name: 'signature', ok: true, detail: 'unsigned: nobody vouches for it' }]);
  expect(verify([], allowing(`alice ${alice.publicLine}`))).toMatchObject({ ok: false, signed: false });
});

test('countersigning adds a file and changes none', async () => {
  const second = await countersignReport(signed, fileSigner(bob));
  expect(second.name).toBe('statement.json.2.sig');
  const third = await countersignReport([...signed, second], makeSecurityKey('ecdsa', true));
  expect(third.name).toBe('statement.json.3.sig');
  expect(failures(verify([...signed, second]))).toEqual([]);
});

test('a key signs a report once: signing again is refused, a copied signature too', async () => {
  expect(await refusalOf(() => countersignReport(signed, fileSigner(alice)))).toMatch(
    /^repeated: .* has signed this report already, in statement.json.sig/,
  );
  const copied = { name: signatureName(2), bytes: fileOf(signed, signatureName(1)).bytes };
  const verification = verify([...signed, copied]);
  expect(failures(verification)).toEqual([
    'distinct: statement.json.2.sig repeats the key of statement.json.sig; a key signs once',
  ]);
  expect(verification.signers).toHaveLength(1);
});

test('a bad countersignature fails the report beside the good one, and nobody countersigns over it', async () => {
  const second = await countersignReport(signed, fileSigner(bob));
  const broken = { ...second, bytes: second.bytes.with(60, 0x41) };
  expect(failures(verify([...signed, broken]))[0]).toMatch(/^sshsig: statement.json.2.sig: /);
  expect(await refusalOf(() => countersignReport([...signed, broken], makeSecurityKey('ed25519', true)))).toMatch(/./);
  expect(await refusalOf(() => countersignReport([], fileSigner(bob)))).toMatch(/not signed yet/);
});

test('an ECDSA or security key signs by SSHSIG alone', async () => {
  const key = makeSecurityKey('ed25519', true);
  const files = await signReport(statement, key);
  expect(files.map(({ name }) => name)).toEqual([statementName, signatureName(1)]);
  expect(failures(verify(files, allowing(`alice ${formatPublicKey(key.publicKey)}`)))).toEqual([]);
});

test('a second envelope by the same key beside an ECDSA signature is refused: its key is not the signer’s', async () => {
  const byKey = await signReport(statement, makeSecurityKey('ecdsa', true));
  const mixed = [...byKey, fileOf(signed, envelopeName)];
  expect(failures(verify(mixed))[0]).toMatch(/^dsse: .*signed with Ed25519/);
});

test('statements are strict: unknown keys, order, names that leave the folder, times, sizes', () => {
  const refused = (value: unknown): string => refusal(() => parseStatement(bytesOf(JSON.stringify(value))));
  const good: Statement = parseStatement(statementBytes(statement));
  expect(refused({ ...good, extra: 1 })).toMatch(/^malformed/);
  expect(refused(good)).toMatch(/not canonical JSON|expected form/);
  const named = (name: string): string => refusal(() => toStatementNamed(name));
  for (const name of ['../x', '/etc/passwd', 'a//b', 'a/./b', 'a\\b', 'C:x', '', 'a\nb', 'a\u202eb', 'e\u0301']) {
    expect(named(name), JSON.stringify(name)).toMatch(/relative path/);
  }
  const twice = [...subjects, ...subjects.slice(0, 1)];
  expect(() => toStatement(twice, predicate)).toThrow(/each once/);
  expect(() => toStatement(subjects, { ...predicate, signedAt: 1.5 })).toThrow(/signedAt/);
  expect(() => toStatement([], predicate)).toThrow(/subject/);
  expect(refusal(() => parseStatement(new Uint8Array(17 * 1024 * 1024)))).toMatch(/^too-large/);
  expect(refusal(() => parseStatement(bytesOf('{"__proto__":{}}')))).toMatch(/^malformed/);
});

function toStatementNamed(name: string): void {
  const text = Buffer.from(statementBytes(statement))
    .toString()
    .replace('report.md', JSON.stringify(name).slice(1, -1));
  parseStatement(bytesOf(text));
}

test('signature file names are the exact ones', () => {
  const names = ['statement.json.sig', 'statement.json.2.sig', 'statement.json.99.sig'];
  expect(names.map(signatureNumber)).toEqual([1, 2, 99]);
  const others = ['statement.json', 'statement.json.1.sig', 'statement.json.02.sig', 'x/statement.json.sig', 'a.sig'];
  expect(others.map(signatureNumber)).toEqual([null, null, null, null, null]);
  expect(joinPath(folder, signatureName(3))).toMatch(/statement\.json\.3\.sig$/);
});
