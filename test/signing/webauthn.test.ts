/** Signatures of browsers: whatever `ssh-keygen` refuses is refused, and more. */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { expect, test } from 'vitest';
import { formatPublicKey, type PublicKey, parsePublicKeyBlob } from '../../src/signing/public-key.ts';
import { assertSshsig } from '../../src/signing/sshsig.ts';
import { join, mpint, string, u32 } from '../../src/signing/wire.ts';
import { makeFolder, put, refusal, tool } from './workbench.ts';

const folder = makeFolder();
const message = new TextEncoder().encode('what is approved');
const magic = new TextEncoder().encode('SSHSIG');
const sha256 = (data: Uint8Array | string): Uint8Array => createHash('sha256').update(data).digest();

interface Ceremony {
  readonly application: string;
  readonly origin: string;
  readonly flags: number;
  readonly extensions: Uint8Array;
  /** What the browser wrote; `challenge` is base64url. */
  readonly clientData: (challenge: string, origin: string) => string;
}

const usual: Ceremony = {
  application: 'example.com',
  origin: 'https://example.com',
  flags: 0x05,
  extensions: new Uint8Array(),
  clientData: (challenge, origin) =>
    `{"type":"webauthn.get","challenge":"${challenge}","origin":"${origin}","crossOrigin":false}`,
};

function keyFor(application: string): { readonly publicKey: PublicKey; readonly privateKey: KeyObject } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const point = join(Uint8Array.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url'));
  const type = 'sk-ecdsa-sha2-nistp256@openssh.com';
  return {
    publicKey: parsePublicKeyBlob(join(string(type), string('nistp256'), string(point), string(application))),
    privateKey,
  };
}

/** The armored signature of a browser, and the line of its key. */
function signed(change: Partial<Ceremony> = {}): { readonly armored: string; readonly key: string } {
  const { application, origin, flags, extensions, clientData } = { ...usual, ...change };
  const { publicKey, privateKey } = keyFor(application);
  const digest = createHash('sha512').update(message).digest();
  const data = join(magic, string('gonogo-approval'), string(''), string('sha512'), string(digest));
  const written = clientData(Buffer.from(data).toString('base64url'), origin);
  const tail = join(Uint8Array.of(flags), u32(9));
  const rs = sign('sha256', join(sha256(application), tail, extensions, sha256(written)), {
    key: privateKey,
    dsaEncoding: 'ieee-p1363',
  });
  const signature = join(
    string('webauthn-sk-ecdsa-sha2-nistp256@openssh.com'),
    string(join(mpint(rs.subarray(0, 32)), mpint(rs.subarray(32)))),
    tail,
    string(origin),
    string(written),
    string(extensions),
  );
  const fields = [string(publicKey.blob), string('gonogo-approval'), string(''), string('sha512'), string(signature)];
  const lines =
    Buffer.from(join(magic, u32(1), ...fields))
      .toString('base64')
      .match(/.{1,70}/g) ?? [];
  const armored = `-----BEGIN SSH SIGNATURE-----\n${lines.join('\n')}\n-----END SSH SIGNATURE-----\n`;
  return { armored, key: formatPublicKey(publicKey) };
}

function keygenVerifies({ armored, key }: ReturnType<typeof signed>): boolean {
  const allowed = put(folder, 'allowed', `alice ${key}\n`);
  const args = [
    '-Y',
    'verify',
    '-f',
    allowed,
    '-I',
    'alice',
    '-n',
    'gonogo-approval',
    '-s',
    put(folder, 'sig', armored),
  ];
  return tool('ssh-keygen', args, message).exit === 0;
}

const refused = ({ armored }: ReturnType<typeof signed>): string =>
  refusal(() => assertSshsig(armored, message, 'gonogo-approval'));

test.each<[string, Partial<Ceremony>]>([
  ['of the application itself', {}],
  ['of a page below the application', { origin: 'https://approve.example.com:8443' }],
  ['with extensions', { flags: 0x85, extensions: Uint8Array.of(0xa0) }],
  [
    'with members that are not known',
    {
      clientData: (challenge, origin) =>
        usual.clientData(challenge, origin).replace('}', ',"other":{"crossOrigin2":1}}'),
    },
  ],
])('taken, as by ssh-keygen: one %s', (_name, change) => {
  const one = signed(change);
  expect(keygenVerifies(one)).toBe(true);
  expect(formatPublicKey(assertSshsig(one.armored, message, 'gonogo-approval'))).toBe(one.key);
});

const claims = (more: string) => ({
  clientData: (challenge: string, origin: string) =>
    `{"type":"webauthn.get","challenge":"${challenge}","origin":"${origin}"${more}}`,
});

test.each<[string, Partial<Ceremony>, RegExp]>([
  ['without being touched', { flags: 0x04 }, /no user-presence flag/],
  ['without being verified', { flags: 0x01 }, /no user-verification flag/],
  ['for a page of somebody else', { origin: 'https://example.org' }, /"https:\/\/example\.org" does not belong/],
  ['for a page that only ends like the application', { origin: 'https://notexample.com' }, /does not belong/],
  ['for a page without TLS', { origin: 'http://example.com' }, /does not belong/],
  ['for a page with a path', { origin: 'https://example.com/x' }, /does not belong/],
  ['for an SSH key', { application: 'ssh:' }, /does not belong to the application "ssh:"/],
  ['in a frame of another page', claims(',"crossOrigin":true'), /crossOrigin is not false/],
  ['saying nothing of frames', claims(''), /crossOrigin is not false/],
  ['saying two things of frames', claims(',"crossOrigin":true,"crossOrigin":false'), /crossOrigin is not false/],
])('refused although ssh-keygen takes it: signed %s', (_name, change, reason) => {
  const one = signed(change);
  expect(keygenVerifies(one)).toBe(true);
  expect(refused(one)).toMatch(reason);
});

test.each<[string, Partial<Ceremony>, RegExp]>([
  [
    'another challenge',
    { clientData: (_, origin) => usual.clientData('AAAA', origin) },
    /asked to sign something else/,
  ],
  [
    'another origin than it tells',
    { clientData: (challenge) => usual.clientData(challenge, 'https://a.example.com') },
    /something else/,
  ],
  [
    'another type',
    { clientData: (challenge, origin) => usual.clientData(challenge, origin).replace('.get', '.create') },
    /something else/,
  ],
  [
    'members in another order',
    { clientData: (challenge, origin) => `{"origin":"${origin}","challenge":"${challenge}"}` },
    /something else/,
  ],
  ['attested data', { flags: 0x45 }, /flags of the authenticator do not fit/],
  ['extensions that its flags do not tell', { extensions: Uint8Array.of(0xa0) }, /do not fit/],
  ['flags of extensions that are not there', { flags: 0x85 }, /do not fit/],
  ['an origin with a quote', { origin: 'https://example.com","x":"' }, /something else/],
])('refused, as by ssh-keygen: one with %s', (_name, change, reason) => {
  const one = signed(change);
  expect(keygenVerifies(one)).toBe(false);
  expect(refused(one)).toMatch(reason);
});

test('every changed byte of it is refused', () => {
  const { armored } = signed();
  const blob = Buffer.from(armored.replaceAll(/-----.*-----|\n/g, ''), 'base64');
  for (let at = 0; at < blob.length; at += 3) {
    const changed = Buffer.from(blob);
    changed[at] = (changed[at] ?? 0) ^ 1;
    const lines = changed.toString('base64').match(/.{1,70}/g) ?? [];
    const text = `-----BEGIN SSH SIGNATURE-----\n${lines.join('\n')}\n-----END SSH SIGNATURE-----\n`;
    expect(() => assertSshsig(text, message, 'gonogo-approval'), `byte ${at}`).toThrow();
  }
});
