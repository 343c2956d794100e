/**
 * `gonogo key create|show`: a signing key of the operator's own, for those who have no SSH key.
 *
 * Invariants: a key is made only where there is none, and never written over; the private half is readable by its owner only.
 */
import { join } from 'node:path';
import { visible } from '../diagnostics/sanitise.ts';
import { exitCodes } from '../engine/exit-code.ts';
import { type Host, HostError } from '../host/host.ts';
import { createRealHost } from '../host/real-host.ts';
import { allowedSignersLine } from '../signing/allowed-signers.ts';
import { createKey } from '../signing/private-key.ts';
import { parsePublicKeyLine } from '../signing/public-key.ts';
import { SigningError } from '../signing/signing-error.ts';
import { type Io, UsageError } from './command.ts';
import { operatorName } from './open-run.ts';

export interface KeyOptions {
  readonly operator?: string | undefined;
}

const publicBytesMax = 64 * 1024;

/** `create` makes the key, and both print the line by which others trust it. */
export async function key(verb: string, options: KeyOptions, io: Io): Promise<number> {
  const host = await createRealHost();
  const path = join(configFolder(host), 'key');
  const principal = operatorName(options.operator, host.machine.user);
  switch (verb) {
    case 'create': {
      const line = await makeKey(host, path, principal);
      io.stdout(`${line}\n`);
      io.stderr(`${visible(path)} is your key, and the line above is for the allowed signers of those who trust it.\n`);
      io.stderr(`hint: gonogo report RUN --sign ${visible(path)}\n`);
      return exitCodes.done;
    }
    case 'show':
      io.stdout(`${await readLine(host, path, principal)}\n`);
      return exitCodes.done;
    default:
      throw new UsageError(`key ${verb}: the verbs are create and show`);
  }
}

function configFolder({ machine }: Host): string {
  const named = machine.env['XDG_CONFIG_HOME'] ?? '';
  // A relative one is to be ignored (XDG Base Directory Specification).
  if (named.startsWith('/')) return join(named, 'gonogo');
  const home = machine.env['HOME'] ?? '';
  if (!home.startsWith('/'))
    throw new UsageError('there is no home folder for the key: HOME and XDG_CONFIG_HOME are not set');
  return join(home, '.config', 'gonogo');
}

/**
 * Makes an Ed25519 key at `path` (0600) and its public half at `path.pub`, and returns the line by which others trust it as
 * `principal`. Throws `UsageError` when there is a key.
 */
export async function makeKey(host: Host, path: string, principal: string): Promise<string> {
  const made = createKey(`${principal}@${host.machine.hostname}`);
  const line = principalLine(principal, made.line);
  await host.files.ensureFolder(join(path, '..'));
  try {
    await host.files.create(path, made.file, 0o600);
  } catch (error) {
    if (!(error instanceof HostError && error.code === 'exists')) throw error;
    throw new UsageError(`${path} is there already, and is not written over\nhint: gonogo key show`);
  }
  await host.files.replace(`${path}.pub`, new TextEncoder().encode(made.line));
  return line;
}

async function readLine({ files }: Host, path: string, principal: string): Promise<string> {
  try {
    const bytes = await files.read(`${path}.pub`, { bytesMax: publicBytesMax });
    return principalLine(principal, new TextDecoder().decode(bytes));
  } catch (error) {
    if (!(error instanceof HostError && error.code === 'not-found')) throw error;
    throw new UsageError(
      `there is no key at ${path}\nhint: gonogo key create makes one; an SSH key that you have serves as well`,
    );
  }
}

function principalLine(principal: string, line: string): string {
  try {
    return allowedSignersLine(principal, parsePublicKeyLine(line).key);
  } catch (error) {
    if (!(error instanceof SigningError)) throw error;
    throw new SigningError(error.code, `${error.message}\nhint: --operator NAME`, error);
  }
}
