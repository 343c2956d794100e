import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { expect, test } from 'vitest';
import { bcryptPbkdf } from '../../src/signing/bcrypt-pbkdf.ts';
import { Blowfish } from '../../src/signing/blowfish.ts';
import { createKey, publicKeyOf, readPrivateKey, signEd25519 } from '../../src/signing/private-key.ts';
import { formatPublicKey, parsePublicKeyBlob, parsePublicKeyLine } from '../../src/signing/public-key.ts';
import { assertSignature } from '../../src/signing/signature.ts';
import { join, mpint, string } from '../../src/signing/wire.ts';
import { flips, makeFolder, makeKeyFile, refusal, tool } from './workbench.ts';

const folder = makeFolder();
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

test('blowfish: the vectors of its author hold', () => {
  const vectors = [
    ['0000000000000000', '0000000000000000', '4ef997456198dd78'],
    ['ffffffffffffffff', 'ffffffffffffffff', '51866fd5b85ecb8a'],
    ['0123456789abcdef', '1111111111111111', '61f9c3802281b096'],
    ['fedcba9876543210', '0123456789abcdef', '0aceab0fc6a0a28d'],
  ] as const;
  const words = (digits: string): Uint32Array =>
    Uint32Array.of(Number.parseInt(digits.slice(0, 8), 16), Number.parseInt(digits.slice(8), 16));
  for (const [key, plain, cipher] of vectors) {
    const blowfish = new Blowfish();
    blowfish.expand(words(key), null);
    const block = words(plain);
    blowfish.encrypt(block, 0);
    expect(Array.from(block, (word) => word.toString(16).padStart(8, '0')).join('')).toBe(cipher);
  }
});

test('bcrypt_pbkdf: the published vectors hold', () => {
  expect(hex(bcryptPbkdf(text('password'), text('salt'), 32, 4))).toBe(
    '5bbf0cc293587f1c3635555c27796598d47e579071bf427e9d8fbe842aba34d9',
  );
  expect(hex(bcryptPbkdf(text('password'), text('salt'), 64, 8))).toBe(
    'e1367ec5151a33faac4cc1c144cd23fa15d5548493ecc99b9b5d9c0d3b27bec76227ea66088b849b20ab7aa478010246e74bba51723fefa9f9474d6508845e8d',
  );
});

test('key create: ssh-keygen reads the file, and it is the key we say', () => {
  const key = createKey('alice@example.com');
  const path = joinPath(folder, 'created');
  writeFileSync(path, key.file, { mode: 0o600 });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(tool('ssh-keygen', ['-y', '-f', path]).stdout.toString()).toBe(key.line);
  expect(tool('ssh-keygen', ['-l', '-f', path]).stdout.toString()).toContain(key.publicKey.fingerprint);
  expect(readPrivateKey(readFileSync(path, 'utf8'), null)).toMatchObject({ comment: 'alice@example.com' });
});

test('key create: comments of every length give whole blocks that are read again', () => {
  for (let length = 0; length < 9; length++) {
    const key = createKey('c'.repeat(length));
    const read = readPrivateKey(Buffer.from(key.file).toString(), null);
    expect(read.publicKey.fingerprint).toBe(key.publicKey.fingerprint);
    expect(parsePublicKeyLine(key.line)).toMatchObject({ comment: 'c'.repeat(length) });
  }
  expect(refusal(() => createKey('a\nb'))).toMatch(/^malformed: the comment/);
});

test.each([
  ['aes256-ctr', 'hunter2'],
  ['aes192-ctr', 'with space'],
  ['aes128-ctr', 'x'],
  ['aes256-cbc', 'pässwörd €'],
])('key file: %s, encrypted by ssh-keygen, opens with its passphrase only', (cipher, passphrase) => {
  const made = makeKeyFile(folder, `encrypted-${cipher}`, ['-t', 'ed25519', '-a', '2', '-Z', cipher], passphrase);
  const file = readFileSync(made.path, 'utf8');
  expect(publicKeyOf(file)).toMatchObject({ encrypted: true, key: { fingerprint: made.publicKey.fingerprint } });
  const key = readPrivateKey(file, passphrase);
  assertSignature(made.publicKey, text('data'), signEd25519(key, text('data')));
  expect(refusal(() => readPrivateKey(file, `${passphrase} `))).toBe('passphrase: the passphrase is wrong');
  expect(refusal(() => readPrivateKey(file, null))).toMatch(/^passphrase: .*is needed/);
});

test('key file: other kinds, formats and ciphers are refused with the way out', () => {
  const ecdsa = makeKeyFile(folder, 'ecdsa', ['-t', 'ecdsa']);
  expect(refusal(() => readPrivateKey(readFileSync(ecdsa.path, 'utf8'), null))).toMatch(/^unsupported: .*ssh-add/);
  const pem = makeKeyFile(folder, 'pem', ['-t', 'ecdsa', '-m', 'PEM']);
  expect(refusal(() => publicKeyOf(readFileSync(pem.path, 'utf8')))).toMatch(
    /^unsupported: not an OpenSSH private key/,
  );
  const gcm = makeKeyFile(folder, 'gcm', ['-t', 'ed25519', '-a', '1', '-Z', 'aes256-gcm@openssh.com'], 'secret');
  expect(refusal(() => readPrivateKey(readFileSync(gcm.path, 'utf8'), 'secret'))).toMatch(/aes256-ctr -f FILE/);
  expect(refusal(() => publicKeyOf('x'.repeat(1_000_000)))).toMatch(/^too-large/);
});

test('key file: a changed byte never gives another key', () => {
  const made = makeKeyFile(folder, 'plain', ['-t', 'ed25519']);
  const file = readFileSync(made.path);
  for (const { bytes } of flips(new Uint8Array(file))) {
    let fingerprint = 'refused';
    try {
      fingerprint = readPrivateKey(Buffer.from(bytes).toString('latin1'), null).publicKey.fingerprint;
    } catch (error) {
      expect(error).toMatchObject({ name: 'SigningError' });
    }
    expect(['refused', made.publicKey.fingerprint]).toContain(fingerprint);
  }
});

test.each([
  ['ed25519', ['-t', 'ed25519']],
  ['p256', ['-t', 'ecdsa', '-b', '256']],
  ['p384', ['-t', 'ecdsa', '-b', '384']],
  ['p521', ['-t', 'ecdsa', '-b', '521']],
  ['rsa', ['-t', 'rsa', '-b', '2048']],
])('public key: %s has the fingerprint and the line that ssh-keygen prints', (name, args) => {
  const made = makeKeyFile(folder, `public-${name}`, args);
  const printed = tool('ssh-keygen', ['-l', '-f', `${made.path}.pub`]).stdout.toString();
  expect(printed).toContain(` ${made.publicKey.fingerprint} `);
  expect(made.publicLine).toBe(`${formatPublicKey(made.publicKey)} public-${name}@example.com\n`);
});

test('public key: a second spelling of a key is refused, so one key cannot count as two', () => {
  const { publicKey: rsa } = makeKeyFile(folder, 'spelled-rsa', ['-t', 'rsa', '-b', '2048']);
  if (rsa.kind !== 'rsa') throw new Error('expected RSA');
  const zeros = (bytes: Uint8Array): Uint8Array => string(join(new Uint8Array(2), bytes));
  expect(refusal(() => parsePublicKeyBlob(join(string('ssh-rsa'), zeros(rsa.e), mpint(rsa.n))))).toMatch(
    /needless zeros/,
  );
  expect(refusal(() => parsePublicKeyBlob(join(rsa.blob, new Uint8Array(1))))).toMatch(/1 bytes too many/);
  const { publicKey: ec } = makeKeyFile(folder, 'spelled-ec', ['-t', 'ecdsa']);
  if (ec.kind !== 'ecdsa') throw new Error('expected ECDSA');
  const compressed = join(Uint8Array.of(2 + ((ec.point[64] ?? 0) & 1)), ec.point.subarray(1, 33));
  const blob = join(string(ec.type), string('nistp256'), string(compressed));
  expect(refusal(() => parsePublicKeyBlob(blob))).toMatch(/not an uncompressed point/);
});

test('public key: short RSA, DSA, certificates and lies about the type are refused', () => {
  const small = makeKeyLine('rsa', '1024');
  expect(refusal(() => parsePublicKeyLine(small))).toMatch(/^unsupported: RSA keys have 2048/);
  const other = parsePublicKeyLine(makeKeyFile(folder, 'typed', ['-t', 'ed25519']).publicLine);
  const base64 = formatPublicKey(other.key).split(' ')[1];
  expect(refusal(() => parsePublicKeyLine(`ssh-rsa ${base64}`))).toMatch(/the line says "ssh-rsa"/);
  const certificate = join(string('ssh-ed25519-cert-v01@openssh.com'), string('x'));
  expect(refusal(() => parsePublicKeyBlob(certificate))).toMatch(/^unsupported: keys of type "ssh-ed25519-cert/);
  expect(refusal(() => parsePublicKeyLine(`ssh-ed25519 ${base64}=`))).toMatch(/not canonical base64/);
  expect(refusal(() => parsePublicKeyLine('hello'))).toMatch(/TYPE BASE64/);
});

function makeKeyLine(type: string, bits: string): string {
  const path = joinPath(folder, `${type}-${bits}`);
  tool('ssh-keygen', ['-q', '-t', type, '-b', bits, '-N', '', '-f', path]);
  return readFileSync(`${path}.pub`, 'utf8');
}
