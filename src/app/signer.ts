/**
 * From the name of a key to somebody who can sign: a private key file, a `.pub` file or `SHA256:…` of a key in
 * ssh-agent.
 *
 * Invariants: a private key that others can read is refused, as ssh does; an encrypted one is asked for its passphrase by
 * the world's prompt only, never by a flag, the environment or a pipe. Automation uses ssh-agent.
 */
import { realpath } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { type Host, HostError } from '../host/host.ts';
import { type Agent, agentOver } from '../signing/agent.ts';
import { agentSocket } from '../signing/agent-socket.ts';
import { isPrivateKeyText } from '../signing/private-key.ts';
import { isFingerprint, type KeyName, openSigner, type Signer } from '../signing/signer.ts';
import { SigningError } from '../signing/signing-error.ts';
import { badInput, type Input, Refusal } from './refusal.ts';
import type { World } from './world.ts';

const keyBytesMax = 256 * 1024;

/** Opens the key that `name` names; `input` is what it was given as. Throws `Refusal` or `SigningError`. */
export async function signerFor({ host, passphrase }: World, name: string, input: Input): Promise<Signer> {
  const key: KeyName = isFingerprint(name)
    ? { kind: 'fingerprint', fingerprint: name }
    : await readKey(host, name, input);
  try {
    return await openSigner(key, { agent: agentOf(host), passphrase });
  } catch (error) {
    if (!(error instanceof SigningError && (error.code === 'malformed' || error.code === 'unsupported'))) throw error;
    throw badInput(input, error.message, name, error);
  }
}

function agentOf({ machine }: Host): Agent | null {
  const socket = machine.env['SSH_AUTH_SOCK'];
  return socket === undefined || socket === '' ? null : agentOver(agentSocket(socket));
}

async function readKey(host: Host, name: string, input: Input): Promise<KeyName> {
  const path = isAbsolute(name) ? name : join(host.machine.cwd, name);
  try {
    const bytes = await host.files.read(path, { bytesMax: keyBytesMax });
    const text = Buffer.from(bytes).toString('latin1');
    if (isPrivateKeyText(text)) await assertPrivate(host, path);
    return { kind: 'file', path, text };
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    throw badInput(input, `${error.message}; name a key file, its .pub file, or SHA256:… of a key in ssh-agent`);
  }
}

/** Keys are often reached by a link: the file behind it counts. */
async function assertPrivate({ files }: Host, path: string): Promise<void> {
  const facts = await files.facts(await realpath(path));
  const mode = facts?.mode ?? 0;
  if ((mode & 0o077) === 0) return;
  const octal = (mode & 0o777).toString(8).padStart(4, '0');
  const message = `the private key ${path} can be read by others (mode ${octal}); run: chmod 600 ${path}`;
  throw new Refusal({ code: 'exposed-key', path, mode }, message);
}
