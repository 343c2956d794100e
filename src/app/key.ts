/**
 * A signing key of the operator's own, for those who have no SSH key.
 *
 * Invariants: a key is made only where there is none, and never written over; the private half is readable by its owner only.
 */
import { join } from 'node:path';
import { configFolder } from '../host/config-folder.ts';
import { type Host, HostError } from '../host/host.ts';
import { allowedSignersLine } from '../signing/allowed-signers.ts';
import { createKey, isPrivateKeyText, publicKeyOf } from '../signing/private-key.ts';
import { formatPublicKey, parsePublicKeyLine } from '../signing/public-key.ts';
import { SigningError } from '../signing/signing-error.ts';
import { operatorName } from './operator.ts';
import { Refusal } from './refusal.ts';
import type { World } from './world.ts';

/** `line`: by which others trust the key. `path`: of its private half, absolute. */
export interface OwnKey {
  readonly path: string;
  readonly line: string;
}

const publicBytesMax = 64 * 1024;
const keyBytesMax = 64 * 1024;

/** Makes the operator's own key. Throws `Refusal` when there is one, or no home for it. */
export async function createOwnKey({ host }: Pick<World, 'host'>, operator: string | undefined): Promise<OwnKey> {
  const path = keyPath(host);
  return { path, line: await makeKey(host, path, operatorName({ host }, operator)) };
}

/** The operator's own key. Throws `Refusal` `no-key` when there is none. */
export async function readOwnKey({ host }: Pick<World, 'host'>, operator: string | undefined): Promise<OwnKey> {
  const path = keyPath(host);
  return { path, line: await readLine(host, path, operatorName({ host }, operator)) };
}

function keyPath(host: Host): string {
  const folder = configFolder(host);
  if (folder !== null) return join(folder, 'key');
  const message = 'there is no home folder for the key: HOME and XDG_CONFIG_HOME are not set';
  throw new Refusal({ code: 'no-key', path: null }, message);
}

/**
 * Makes an Ed25519 key at `path` (0600) and its public half at `path.pub`, and returns the line by which others trust it as
 * `principal`. Throws `Refusal` `key-exists` when there is a key.
 */
export async function makeKey(host: Host, path: string, principal: string): Promise<string> {
  const made = createKey(`${principal}@${host.machine.hostname}`);
  const line = principalLine(principal, made.line);
  await host.files.ensureFolder(join(path, '..'));
  try {
    await host.files.publish(path, made.file, 0o600);
  } catch (error) {
    if (!(error instanceof HostError && error.code === 'exists')) throw error;
    const half = await completed(host, path, principal);
    if (half !== null) return half;
    const message = `${path} is there already, and is not written over\nhint: gonogo key show`;
    throw new Refusal({ code: 'key-exists', path }, message, error);
  }
  await host.files.replace(`${path}.pub`, new TextEncoder().encode(made.line));
  return line;
}

/** The line of a key whose maker died before its public half was written, which is made good; null: nothing is missing of it. */
async function completed({ files }: Host, path: string, principal: string): Promise<string | null> {
  if ((await files.facts(`${path}.pub`)) !== null) return null;
  const text = new TextDecoder().decode(await files.read(path, { bytesMax: keyBytesMax, noFollow: true }));
  if (!isPrivateKeyText(text)) return null;
  const line = `${formatPublicKey(publicKeyOf(text).key)} ${principal}\n`;
  await files.replace(`${path}.pub`, new TextEncoder().encode(line));
  return principalLine(principal, line);
}

async function readLine({ files }: Host, path: string, principal: string): Promise<string> {
  try {
    const bytes = await files.read(`${path}.pub`, { bytesMax: publicBytesMax });
    return principalLine(principal, new TextDecoder().decode(bytes));
  } catch (error) {
    if (!(error instanceof HostError && error.code === 'not-found')) throw error;
    const hint = 'gonogo key create makes one; an SSH key that you have serves as well';
    throw new Refusal({ code: 'no-key', path }, `there is no key at ${path}\nhint: ${hint}`, error);
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
