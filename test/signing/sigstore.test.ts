/** The envelope in the hands of a verifier that others wrote, with a plain public key and no transparency log. */
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import { expect, test } from 'vitest';
import { signEnvelope } from '../../src/signing/dsse.ts';
import { toKeyObject } from '../../src/signing/public-key.ts';
import { fileSigner, makeFolder, makeKeyFile } from './workbench.ts';

const folder = makeFolder();
const alice = makeKeyFile(folder, 'alice', ['-t', 'ed25519']);
const bob = makeKeyFile(folder, 'bob', ['-t', 'ed25519']);
const payload = new TextEncoder().encode('{"_type":"https://in-toto.io/Statement/v1"}');

interface Envelope {
  readonly payload: string;
  readonly payloadType: string;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

function isEnvelope(value: unknown): value is Envelope {
  return typeof value === 'object' && value !== null && 'payload' in value && 'signatures' in value;
}

/** The signed entity of an envelope file, as the verifier wants it. */
function entityOf(bytes: Uint8Array): Parameters<Verifier['verify']>[0] {
  const value: unknown = JSON.parse(Buffer.from(bytes).toString());
  if (!isEnvelope(value)) throw new Error('not an envelope');
  const { payload: text, payloadType, signatures } = value;
  const [first] = signatures;
  return toSignedEntity({
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: {
      content: { $case: 'publicKey', publicKey: { hint: first?.keyid ?? '' } },
      tlogEntries: [],
      timestampVerificationData: undefined,
    },
    content: {
      $case: 'dsseEnvelope',
      dsseEnvelope: {
        payload: Buffer.from(text, 'base64'),
        payloadType,
        signatures: signatures.map(({ keyid, sig }) => ({ keyid, sig: Buffer.from(sig, 'base64') })),
      },
    },
  });
}

function verifierFor(key: typeof alice): Verifier {
  const rawBytes = toKeyObject(key.publicKey).export({ type: 'spki', format: 'der' });
  const root = { mediaType: '', tlogs: [], ctlogs: [], certificateAuthorities: [], timestampAuthorities: [] };
  const material = toTrustMaterial(root, {
    [alice.publicKey.fingerprint]: { rawBytes, keyDetails: 0, validFor: { start: new Date(0) } },
  });
  return new Verifier(material, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 });
}

test('what we sign, an independent DSSE verifier accepts under the plain public key', async () => {
  const entity = entityOf(await signEnvelope(payload, fileSigner(alice)));
  expect(() => verifierFor(alice).verify(entity)).not.toThrow();
});

test('and refuses under another key', async () => {
  const entity = entityOf(await signEnvelope(payload, fileSigner(alice)));
  expect(() => verifierFor(bob).verify(entity)).toThrow();
});
