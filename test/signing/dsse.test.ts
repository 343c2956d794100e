import { createPublicKey, verify } from 'node:crypto';
import { expect, test } from 'vitest';
import { canonicalBytes } from '../../src/signing/canonical.ts';
import { assertEnvelope, parseEnvelope, payloadType, signEnvelope } from '../../src/signing/dsse.ts';
import { pae } from '../../src/signing/pae.ts';
import { toKeyObject } from '../../src/signing/public-key.ts';
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
const payload = new TextEncoder().encode('{"é":"ü"}');

test('pae: the example of the specification, encoded and under its ECDSA key', () => {
  const encoded = pae('http://example.com/HelloWorld', new TextEncoder().encode('hello world'));
  expect(Buffer.from(encoded).toString()).toBe('DSSEv1 29 http://example.com/HelloWorld 11 hello world');
  const base64url = (n: bigint): string => Buffer.from(n.toString(16).padStart(64, '0'), 'hex').toString('base64url');
  const x = base64url(46950820868899156662930047687818585632848591499744589407958293238635476079160n);
  const y = base64url(5640078356564379163099075877009565129882514886557779369047442380624545832820n);
  const key = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
  const signature = 'A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA==';
  const options = { key, dsaEncoding: 'ieee-p1363' } as const;
  expect(verify('sha256', encoded, options, Buffer.from(signature, 'base64'))).toBe(true);
});

test('pae: lengths are bytes, and of nothing is 0', () => {
  expect(Buffer.from(pae('ü', payload)).toString()).toBe('DSSEv1 2 ü 11 {"é":"ü"}');
  expect(Buffer.from(pae('', new Uint8Array())).toString()).toBe('DSSEv1 0  0 ');
});

test('what we sign, openssl verifies over the PAE bytes', async () => {
  const envelope = parseEnvelope(await signEnvelope(payload, fileSigner(alice)));
  const pem = toKeyObject(alice.publicKey).export({ type: 'spki', format: 'pem' });
  const data = put(folder, 'pae', pae(payloadType, envelope.payload));
  const signature = put(folder, 'sig', envelope.signature);
  const key = put(folder, 'key.pem', pem.toString());
  const args = ['pkeyutl', '-verify', '-pubin', '-inkey', key, '-rawin', '-in', data, '-sigfile', signature];
  expect(tool('openssl', args)).toMatchObject({ exit: 0 });
});

test('the envelope carries the payload, the fingerprint and one signature', async () => {
  const bytes = await signEnvelope(payload, fileSigner(alice));
  expect(JSON.parse(Buffer.from(bytes).toString())).toMatchObject({
    payload: Buffer.from(payload).toString('base64'),
    payloadType: 'application/vnd.in-toto+json',
    signatures: [{ keyid: alice.publicKey.fingerprint }],
  });
  const envelope = parseEnvelope(bytes);
  assertEnvelope(envelope, alice.publicKey);
  expect(refusal(() => assertEnvelope(envelope, bob.publicKey))).toMatch(/^bad-signature: .*names another key/);
  const renamed = { ...envelope, keyid: bob.publicKey.fingerprint };
  expect(refusal(() => assertEnvelope(renamed, bob.publicKey))).toMatch(/^bad-signature: the signature is not by/);
});

test('every changed byte of an envelope is refused', async () => {
  for (const { at, bytes } of flips(await signEnvelope(payload, fileSigner(alice)))) {
    expect(() => assertEnvelope(parseEnvelope(bytes), alice.publicKey), `byte ${at}`).toThrow(/./);
  }
});

test('malformed envelopes are refused: keys, order, base64, number of signatures, size', async () => {
  const good = JSON.parse(Buffer.from(await signEnvelope(payload, fileSigner(alice))).toString());
  const [signature] = good.signatures;
  const refused = (value: unknown): string => refusal(() => parseEnvelope(canonicalBytes(value)));
  expect(refused({ ...good, extra: 1 })).toMatch(/^malformed: .*expected form/);
  expect(refused({ ...good, payloadType: 'text/plain' })).toMatch(/at payloadType/);
  expect(refused({ ...good, signatures: [] })).toMatch(/at signatures/);
  expect(refused({ ...good, signatures: [signature, signature] })).toMatch(/at signatures/);
  expect(refused({ ...good, payload: `${good.payload.slice(0, 3)}\n${good.payload.slice(3)}` })).toMatch(/base64/);
  expect(refused({ ...good, signatures: [{ ...signature, sig: signature.sig.replace(/=+$/, '') }] })).toMatch(/base64/);
  expect(refused({ ...good, signatures: [{ ...signature, sig: 'A'.repeat(10_000_000) }] })).toMatch(/at signatures/);
  const text = (value: string): string => refusal(() => parseEnvelope(new TextEncoder().encode(value)));
  const { payload: first, ...rest } = good;
  expect(text(JSON.stringify({ ...rest, payload: first }))).toMatch(/not canonical JSON/);
  expect(text(`${JSON.stringify(good)}\n`)).toMatch(/not canonical JSON/);
  expect(text(JSON.stringify(good).replace('{', `{"payload":"AA==",`))).toMatch(/not canonical JSON/);
  expect(text('['.repeat(1_000_000))).toMatch(/is not JSON/);
  expect(refusal(() => parseEnvelope(new Uint8Array(32 * 1024 * 1024)))).toMatch(/^too-large/);
  expect(refusal(() => parseEnvelope(Uint8Array.of(0x22, 0xff, 0x22)))).toMatch(/UTF-8/);
});

test('an envelope is signed with Ed25519 only', async () => {
  expect(await refusalOf(() => signEnvelope(payload, makeSecurityKey('ecdsa', true)))).toMatch(/^unsupported/);
});
