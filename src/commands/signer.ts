/**
 * From the words after `--sign` or `--key` to somebody who can sign: a private key file, a `.pub` file or `SHA256:…` of a key in
 * ssh-agent.
 *
 * Invariants: a private key that others can read is refused, as ssh does; an encrypted one is asked for its passphrase on
 * the terminal only, never by a flag, the environment or a pipe. Automation uses ssh-agent.
 */
import { realpath } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { stdin } from 'node:process';
import { visibleLine } from '../diagnostics/sanitise.ts';
import { type Host, HostError } from '../host/host.ts';
import { askHidden } from '../host/passphrase.ts';
import { type Agent, agentOver } from '../signing/agent.ts';
import { agentSocket } from '../signing/agent-socket.ts';
import { isPrivateKeyText } from '../signing/private-key.ts';
import { isFingerprint, type KeyName, openSigner, type Signer } from '../signing/signer.ts';
import { SigningError } from '../signing/signing-error.ts';
import { UsageError } from './command.ts';

const keyBytesMax = 256 * 1024;

/** Opens the key that `name` names; `flag` is the option it stands after. Throws `UsageError` or `SigningError`. */
export async function signerFor(host: Host, name: string, flag: '--sign' | '--key'): Promise<Signer> {
  const key: KeyName = isFingerprint(name)
    ? { kind: 'fingerprint', fingerprint: name }
    : await readKey(host, name, flag);
  try {
    return await openSigner(key, {
      agent: agentOf(host),
      passphrase: stdin.isTTY ? (path) => askHidden(`Passphrase for ${visibleLine(path)}: `, stdin) : null,
    });
  } catch (error) {
    if (!(error instanceof SigningError && (error.code === 'malformed' || error.code === 'unsupported'))) throw error;
    throw new SigningError(error.code, `${flag} ${name}: ${error.message}`, error);
  }
}

function agentOf({ machine }: Host): Agent | null {
  const socket = machine.env['SSH_AUTH_SOCK'];
  return socket === undefined || socket === '' ? null : agentOver(agentSocket(socket));
}

async function readKey(host: Host, name: string, flag: string): Promise<KeyName> {
  const path = isAbsolute(name) ? name : join(host.machine.cwd, name);
  try {
    const bytes = await host.files.read(path, { bytesMax: keyBytesMax });
    const text = Buffer.from(bytes).toString('latin1');
    if (isPrivateKeyText(text)) await assertPrivate(host, path);
    return { kind: 'file', path, text };
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    throw new UsageError(
      `${flag}: ${error.message}; name a key file, its .pub file, or SHA256:… of a key in ssh-agent`,
    );
  }
}

/** Keys are often reached by a link: the file behind it counts. */
async function assertPrivate({ files }: Host, path: string): Promise<void> {
  const facts = await files.facts(await realpath(path));
  const mode = facts?.mode ?? 0;
  if ((mode & 0o077) === 0) return;
  const octal = (mode & 0o777).toString(8).padStart(4, '0');
  throw new UsageError(`the private key ${path} can be read by others (mode ${octal}); run: chmod 600 ${path}`);
}
