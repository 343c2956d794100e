/**
 * Somebody who can sign: a key file or a key in the agent, behind one shape; and how the words after `--sign` or `--key`
 * become one.
 *
 * It may not read files or ask people itself: text, agent and passphrase arrive from the caller.
 */
import type { Agent } from './agent.ts';
import { isPrivateKeyText, publicKeyOf, readPrivateKey, signEd25519 } from './private-key.ts';
import { isSameKey, type PublicKey, parsePublicKeyLine, quoted } from './public-key.ts';
import { SigningError } from './signing-error.ts';

export interface Signer {
  readonly publicKey: PublicKey;
  /** Signs the bytes themselves (hashing is the algorithm's own). Resolves with a signature in SSH wire encoding. */
  sign(data: Uint8Array): Promise<Uint8Array>;
}

/** `file`: the content of a private key file or of a `.pub` file whose private half is in the agent. */
export type KeyName =
  | { readonly kind: 'file'; readonly path: string; readonly text: string }
  | { readonly kind: 'fingerprint'; readonly fingerprint: string };

export interface SignerSources {
  /** null: no agent is running (`SSH_AUTH_SOCK` is not set). */
  readonly agent: Agent | null;
  /** Asked once, for an encrypted key file that the agent does not hold; null: nobody can be asked. */
  readonly passphrase: ((path: string) => Promise<string>) | null;
}

/** True for the words by which a key in the agent is named: `SHA256:…`. */
export function isFingerprint(name: string): boolean {
  return /^SHA256:[A-Za-z0-9+/]{43}$/.test(name);
}

/**
 * The signer for a key. The agent goes first where it holds the key, so that no passphrase is asked in vain; a private
 * key file serves when it is Ed25519. Throws `no-key`, `passphrase`, `unsupported`, `malformed` or `agent`.
 */
export async function openSigner(name: KeyName, sources: SignerSources): Promise<Signer> {
  if (name.kind === 'fingerprint') {
    return fromAgent((key) => key.fingerprint === name.fingerprint, name.fingerprint, sources.agent);
  }
  if (!isPrivateKeyText(name.text)) {
    const { key } = parsePublicKeyLine(name.text);
    return fromAgent((held) => isSameKey(held, key), key.fingerprint, sources.agent);
  }
  const { key, encrypted } = publicKeyOf(name.text);
  if (key.kind !== 'ed25519' || encrypted) {
    const held = await findInAgent((candidate) => isSameKey(candidate, key), sources.agent);
    if (held !== null) return held;
  }
  return fromFile(name.path, name.text, encrypted, sources.passphrase);
}

async function fromFile(
  path: string,
  text: string,
  encrypted: boolean,
  ask: SignerSources['passphrase'],
): Promise<Signer> {
  if (encrypted && ask === null) {
    throw new SigningError('passphrase', `${quoted(path)} is encrypted; load it with ssh-add, then sign by the agent`);
  }
  const passphrase = encrypted && ask !== null ? await ask(path) : null;
  const key = readPrivateKey(text, passphrase);
  return { publicKey: key.publicKey, sign: async (data) => signEd25519(key, data) };
}

async function fromAgent(matches: (key: PublicKey) => boolean, name: string, agent: Agent | null): Promise<Signer> {
  if (agent === null) {
    throw new SigningError(
      'agent',
      `${name} can only sign by ssh-agent, and none is running: SSH_AUTH_SOCK is not set`,
    );
  }
  const signer = await findInAgent(matches, agent);
  if (signer === null) {
    throw new SigningError('no-key', `the agent does not hold ${name}; "ssh-add -l" lists what it holds`);
  }
  return signer;
}

async function findInAgent(matches: (key: PublicKey) => boolean, agent: Agent | null): Promise<Signer | null> {
  if (agent === null) return null;
  const held = (await agent.list()).find(({ key }) => matches(key));
  return held === undefined ? null : agentSigner(agent, held.key);
}

/** A signer for one key that the agent holds. */
function agentSigner(agent: Agent, publicKey: PublicKey): Signer {
  return { publicKey, sign: (data) => agent.sign(publicKey, data) };
}
