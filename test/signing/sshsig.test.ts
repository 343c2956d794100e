import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fromBase64 } from '../../src/signing/canonical.ts';
import { formatPublicKey } from '../../src/signing/public-key.ts';
import { assertSignature } from '../../src/signing/signature.ts';
import { assertSshsig, parseSshsig, signSshsig } from '../../src/signing/sshsig.ts';
import { join, string, u32 } from '../../src/signing/wire.ts';
import { fileSigner, flips, makeFolder, makeKeyFile, makeSecurityKey, put, refusal, tool } from './workbench.ts';

const folder = makeFolder();
const message = new TextEncoder().encode('{"decision":"completed"}');
const alice = makeKeyFile(folder, 'alice', ['-t', 'ed25519']);

/** What `ssh-keygen -Y verify` says of an armored signature by `publicKey` over `message`. */
function keygenVerifies(armored: string, keyLine: string, namespace: string) {
  const signature = put(folder, 'verified.sig', armored);
  const allowed = put(folder, 'verified.allowed', `alice ${keyLine}\n`);
  return tool('ssh-keygen', ['-Y', 'verify', '-f', allowed, '-I', 'alice', '-n', namespace, '-s', signature], message);
}

function armorOf(blob: Uint8Array): string {
  const lines =
    Buffer.from(blob)
      .toString('base64')
      .match(/.{1,70}/g) ?? [];
  return `-----BEGIN SSH SIGNATURE-----\n${lines.join('\n')}\n-----END SSH SIGNATURE-----\n`;
}

function blobOf(armored: string): Uint8Array {
  return fromBase64(armored.split('\n').slice(1, -2).join(''), 'the armor');
}

test('what we sign, ssh-keygen verifies, byte for byte the signature that it makes itself', async () => {
  const armored = await signSshsig(message, 'gonogo-report', fileSigner(alice));
  expect(keygenVerifies(armored, alice.publicLine, 'gonogo-report')).toMatchObject({ exit: 0 });
  const args = ['-Y', 'check-novalidate', '-n', 'gonogo-report', '-s', put(folder, 'novalidate.sig', armored)];
  expect(tool('ssh-keygen', args, message)).toMatchObject({ exit: 0 });
  const made = tool('ssh-keygen', ['-Y', 'sign', '-f', alice.path, '-n', 'gonogo-report'], message).stdout.toString();
  expect(armored).toBe(made);
});

test.each([
  ['ed25519', ['-t', 'ed25519']],
  ['p256', ['-t', 'ecdsa', '-b', '256']],
  ['p384', ['-t', 'ecdsa', '-b', '384']],
  ['p521', ['-t', 'ecdsa', '-b', '521']],
  ['rsa', ['-t', 'rsa', '-b', '2048']],
])('what ssh-keygen signs with %s, we verify, and no other message', (name, args) => {
  const key = makeKeyFile(folder, `signer-${name}`, args);
  for (const hash of ['sha512', 'sha256']) {
    const options = ['-Y', 'sign', '-f', key.path, '-n', 'gonogo-approval', '-O', `hashalg=${hash}`];
    const armored = tool('ssh-keygen', options, message).stdout.toString();
    expect(assertSshsig(armored, message, 'gonogo-approval').fingerprint).toBe(key.publicKey.fingerprint);
    expect(parseSshsig(armored)).toMatchObject({ hash, namespace: 'gonogo-approval' });
    const other = message.with(3, 0x21);
    expect(refusal(() => assertSshsig(armored, other, 'gonogo-approval'))).toMatch(/^bad-signature/);
    expect(refusal(() => assertSshsig(armored, message, 'gonogo-report'))).toBe(
      'wrong-purpose: the signature was made for "gonogo-approval", not for "gonogo-report"',
    );
  }
});

test('every changed byte of an armored signature is refused', async () => {
  const rsa = makeKeyFile(folder, 'flipped-rsa', ['-t', 'rsa', '-b', '2048']);
  const ecdsa = makeKeyFile(folder, 'flipped-ecdsa', ['-t', 'ecdsa']);
  for (const key of [alice, ecdsa, rsa]) {
    const armored = tool('ssh-keygen', ['-Y', 'sign', '-f', key.path, '-n', 'gonogo-report'], message).stdout;
    for (const { at, bytes } of flips(new Uint8Array(armored))) {
      const text = Buffer.from(bytes).toString('latin1');
      expect(() => assertSshsig(text, message, 'gonogo-report'), `byte ${at}`).toThrow(/./);
    }
  }
});

test('every changed byte of the message and of the binary signature is refused', async () => {
  const armored = await signSshsig(message, 'gonogo-report', fileSigner(alice));
  for (const { bytes } of flips(message)) expect(() => assertSshsig(armored, bytes, 'gonogo-report')).toThrow(/./);
  for (const { at, bytes } of flips(blobOf(armored))) {
    expect(() => assertSshsig(armorOf(bytes), message, 'gonogo-report'), `byte ${at}`).toThrow(/./);
  }
});

test.each(['ed25519', 'ecdsa'] as const)(
  'a security key (%s) counts when it was touched, as ssh-keygen agrees',
  async (kind) => {
    const key = makeSecurityKey(kind, true);
    const armored = await signSshsig(message, 'gonogo-report', key);
    expect(keygenVerifies(armored, formatPublicKey(key.publicKey), 'gonogo-report')).toMatchObject({ exit: 0 });
    expect(assertSshsig(armored, message, 'gonogo-report').fingerprint).toBe(key.publicKey.fingerprint);
  },
);

test('a security key that was not touched is refused, although ssh-keygen takes it', async () => {
  const key = makeSecurityKey('ed25519', false);
  const fields = [string(key.publicKey.blob), string('gonogo-report'), string(''), string('sha512')];
  const digest = Buffer.from(await crypto.subtle.digest('SHA-512', message));
  const magic = new TextEncoder().encode('SSHSIG');
  const signed = join(magic, string('gonogo-report'), string(''), string('sha512'), string(digest));
  const armored = armorOf(join(magic, u32(1), ...fields, string(await key.sign(signed))));
  expect(keygenVerifies(armored, formatPublicKey(key.publicKey), 'gonogo-report')).toMatchObject({ exit: 0 });
  expect(refusal(() => assertSshsig(armored, message, 'gonogo-report'))).toMatch(/without being touched/);
});

test('SHA-1 signatures of RSA keys, unknown hashes and versions, and used reserved fields are refused', () => {
  const rsa = makeKeyFile(folder, 'old-rsa', ['-t', 'rsa', '-b', '2048']).publicKey;
  const blob = (version: number, reserved: string, hash: string, algorithm: string): string => {
    const fields = [string(rsa.blob), string('gonogo-report'), string(reserved), string(hash)];
    const signature = string(join(string(algorithm), string(new Uint8Array(256))));
    return armorOf(join(new TextEncoder().encode('SSHSIG'), u32(version), ...fields, signature));
  };
  const refused = (armored: string): string => refusal(() => assertSshsig(armored, message, 'gonogo-report'));
  expect(refused(blob(1, '', 'sha512', 'ssh-rsa'))).toMatch(/^unsupported: .*SHA-1/);
  expect(refused(blob(1, '', 'sha512', 'rsa-sha2-512'))).toMatch(/^bad-signature/);
  expect(refused(blob(1, '', 'md5', 'rsa-sha2-512'))).toMatch(/hashes with "md5"/);
  expect(refused(blob(2, '', 'sha512', 'rsa-sha2-512'))).toMatch(/version 2/);
  expect(refused(blob(1, 'x', 'sha512', 'rsa-sha2-512'))).toMatch(/reserved/);
});

test('armor has one form: nothing around it, no uneven lines, bounded; other line widths are read', async () => {
  const armored = await signSshsig(message, 'gonogo-report', fileSigner(alice));
  const refused = (text: string): string => refusal(() => parseSshsig(text));
  expect(refused(` ${armored}`)).toMatch(/^malformed: not an SSH signature/);
  expect(refused(`${armored}\n`)).toMatch(/^malformed: not an SSH signature/);
  expect(refused(armored.replaceAll('\n', '\r\n'))).toMatch(/^malformed/);
  expect(refused(armored.replace(/\n(U1NI.)/, '\n$1\n'))).toMatch(/uneven/);
  expect(refused(armored.replace('U1NI', 'U1N\u00a0I'))).toMatch(/base64/);
  expect(refused(armored + 'A'.repeat(100_000_000))).toMatch(/^too-large/);
  const wide = blobOf(armored);
  const lines =
    Buffer.from(wide)
      .toString('base64')
      .match(/.{1,76}/g) ?? [];
  const other = `-----BEGIN SSH SIGNATURE-----\n${lines.join('\n')}\n-----END SSH SIGNATURE-----\n`;
  expect(assertSshsig(other, message, 'gonogo-report').fingerprint).toBe(alice.publicKey.fingerprint);
});

/** Signatures of OpenSSH's own tests (regress/unittests/sshsig/testdata), two of them by real security keys. */
const published = {
  ed25519: `-----BEGIN SSH SIGNATURE-----
U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgiWLNIg3cNBXvxU82NW+/COB/4/
keps9gJi7cE4x2MAQAAAAIdW5pdHRlc3QAAAAAAAAABnNoYTUxMgAAAFMAAAALc3NoLWVk
MjU1MTkAAABAihQsbUzuNEFflk5Tw1+H9aLS7tZQk0RG8KW1DtOmDYYnWe3D3UKiG3fcJa
DNg4vBWp1j1gLRiBMOF+gwYNegDg==
-----END SSH SIGNATURE-----
`,
  ecdsa: `-----BEGIN SSH SIGNATURE-----
U1NIU0lHAAAAAQAAAGgAAAATZWNkc2Etc2hhMi1uaXN0cDI1NgAAAAhuaXN0cDI1NgAAAE
EE3sud88FV0N8FPspZSV7LWqj6uPPLRZiSsenNuEYAteWPyDgrZsWbLzXBuUJucepaCNuW
/QWgHBRbrjWj3ERm3AAAAAh1bml0dGVzdAAAAAAAAAAGc2hhNTEyAAAAZQAAABNlY2RzYS
1zaGEyLW5pc3RwMjU2AAAASgAAACEAycVNsTlE+XEZYyYiDxWZlliruf/pPMhEEMR/XLdQ
a4MAAAAhALQt+5gES7L3uKGptHB6UZQMuZ2WyI0C6FJs4v6AtMIU
-----END SSH SIGNATURE-----
`,
  ed25519_sk: `-----BEGIN SSH SIGNATURE-----
U1NIU0lHAAAAAQAAAEoAAAAac2stc3NoLWVkMjU1MTlAb3BlbnNzaC5jb20AAAAgmxoNhd
Biu5zpuKUJgMgrhhI54b7OatE7Yz23Tf//sscAAAAEc3NoOgAAAAh1bml0dGVzdAAAAAAA
AAAGc2hhNTEyAAAAZwAAABpzay1zc2gtZWQyNTUxOUBvcGVuc3NoLmNvbQAAAEAi+7eTjW
/+LQ2M+sCD+KFtH1n7VFFJon/SZFsxODyV8cWTlFKj617Ys1Ur5TV6uaEXQhck8rBA2oQI
HTPANLIPARI0Vng=
-----END SSH SIGNATURE-----
`,
  ecdsa_sk: `-----BEGIN SSH SIGNATURE-----
U1NIU0lHAAAAAQAAAH8AAAAic2stZWNkc2Etc2hhMi1uaXN0cDI1NkBvcGVuc3NoLmNvbQ
AAAAhuaXN0cDI1NgAAAEEEoNVrmNFxPlXsTrKybBWLsclaHunkP6F5ss9qRBymcPZqMlno
b/hbO6GVhadyVZjrcmykOnb31GWGrkBPzr+DwAAAAARzc2g6AAAACHVuaXR0ZXN0AAAAAA
AAAAZzaGE1MTIAAAB3AAAAInNrLWVjZHNhLXNoYTItbmlzdHAyNTZAb3BlbnNzaC5jb20A
AABIAAAAIHohGwyy8iKT3zwd1TYA9V/Ioo7h/3zCJUtyq/Qigt/HAAAAIGzidTwq7D/kFa
7Xjcp/KkdbIs4MfQpfAW/0OciajlpzARI0Vng=
-----END SSH SIGNATURE-----
`,
} as const;

test.each(Object.entries(published))(
  'the published signature %s is read, and good over its message only',
  (_name, armored) => {
    const { publicKey, namespace, hash, signature } = parseSshsig(armored);
    expect([namespace, hash]).toEqual(['unittest', 'sha512']);
    const signed = (text: string): Uint8Array => {
      const digest = createHash('sha512').update(text).digest();
      return join(new TextEncoder().encode('SSHSIG'), string('unittest'), string(''), string('sha512'), string(digest));
    };
    assertSignature(publicKey, signed('This is a test, this is only a test'), signature);
    expect(refusal(() => assertSignature(publicKey, signed('This is another'), signature))).toMatch(/^bad-signature/);
    expect(refusal(() => assertSshsig(armored, message, 'gonogo-report'))).toMatch(/made for "unittest"/);
  },
);

test('a signer that returns another signature than asked for is caught before anything is handed on', async () => {
  const { publicKey, sign } = fileSigner(alice);
  const liar = { publicKey, sign: () => sign(new TextEncoder().encode('something else')) };
  await expect(signSshsig(message, 'gonogo-report', liar)).rejects.toMatchObject({ code: 'bad-signature' });
  expect(readFileSync(alice.path, 'utf8')).toContain('OPENSSH');
});
