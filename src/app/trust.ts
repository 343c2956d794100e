/**
 * Whom this process trusts to sign: the allowed signers of the file that is named, else of `GONOGO_ALLOWED_SIGNERS`, else of git's
 * `gpg.ssh.allowedSignersFile`; and the revoked keys of git's `gpg.ssh.revocationFile`.
 *
 * Invariants:
 * - Git is asked outside of any repository: a bundle that brings a `.git` of its own cannot name its own signers.
 * - A revocation that is configured and cannot be read is an error, never passed over.
 *
 * Signed approvals are judged by whoever journals them: the process that drives the run, or with nobody driving the `approve`
 * command itself. Whoever verifies the report later judges them again, by allowed signers of their own.
 */
import { join } from 'node:path';
import { execa } from 'execa';
import type { ApprovalJudge } from '../engine/inbox.ts';
import { gitFlags } from '../host/git.ts';
import { type Host, HostError } from '../host/host.ts';
import { parseAllowedSigners } from '../signing/allowed-signers.ts';
import { verifyApproval } from '../signing/approval.ts';
import { SigningError } from '../signing/signing-error.ts';
import type { Trusted } from '../verify/verify.ts';
import { Refusal } from './refusal.ts';

export interface TrustOptions {
  /** File that is named for this very call. */
  readonly allowedSigners?: string | undefined;
}

/** `allowed` null: none is configured or can be used, and `missing` says how to. */
export interface Trust extends Trusted {
  readonly missing: string;
}

const wayOut = '--allowed-signers FILE, GONOGO_ALLOWED_SIGNERS or git config --global gpg.ssh.allowedSignersFile';
const fileBytesMax = 4 * 1024 * 1024;

/** Reads the allowed signers. Throws `Refusal` for a file that cannot be read, `SigningError` for revoked keys that cannot. */
export async function loadTrust(host: Host, options: TrustOptions): Promise<Trust> {
  const named = options.allowedSigners ?? nonEmpty(host.machine.env['GONOGO_ALLOWED_SIGNERS']);
  const path = named === undefined ? await gitPath(host, 'gpg.ssh.allowedSignersFile') : within(host, named);
  if (path === null)
    return { allowed: null, demanded: 'nothing', missing: `no allowed signers are configured (${wayOut})` };
  // Git's own trust is about what others hand over, not about the runs of this machine.
  const demanded = named === undefined ? 'handed-over' : 'everything';
  if (!path.startsWith('/')) {
    const missing = `git's gpg.ssh.allowedSignersFile is ${path}, which depends on the folder; name it with ${wayOut}`;
    return { allowed: null, demanded, missing };
  }
  const text = await readList(host, path, 'the allowed signers');
  const revocations = await gitPath(host, 'gpg.ssh.revocationFile');
  const revoked = revocations === null ? '' : await readList(host, revocations, 'the revoked keys');
  return { allowed: parseAllowedSigners(text, revoked), demanded, missing: '' };
}

/** Judges signed approvals by `loadTrust`, read anew each time, so that a run that waits for days sees a changed file. */
export function approvalJudge(host: Host, options: TrustOptions): ApprovalJudge {
  return async (given, request, from) => {
    try {
      const { allowed, missing } = await loadTrust(host, options);
      if (allowed === null) return { ok: false, key: null, reason: missing };
      return verifyApproval(given, request, { from, count: 1, allowedSigners: allowed });
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof SigningError)) throw error;
      return { ok: false, key: null, reason: error.message };
    }
  };
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function within({ machine }: Host, path: string): string {
  return path.startsWith('/') ? path : join(machine.cwd, path);
}

async function readList({ files }: Host, path: string, what: string): Promise<string> {
  try {
    const bytes = await files.read(path, { bytesMax: fileBytesMax });
    // A byte order mark stays: it is for the reader of the lines to refuse.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof HostError) throw new Refusal({ code: 'trust', what }, `${what}: ${error.message}`, error);
    if (error instanceof TypeError) throw new Refusal({ code: 'trust', what }, `${what}: ${path} is not UTF-8 text`);
    throw error;
  }
}

/** A path of git's own configuration, `~` resolved; null: not set, or no git here. */
async function gitPath({ machine }: Host, key: string): Promise<string | null> {
  const env = Object.fromEntries(Object.entries(machine.env).filter(([name]) => !/^GIT_(?:DIR|WORK_TREE)$/.test(name)));
  const args = ['-C', '/', ...gitFlags, 'config', '--get', '--type=path', key];
  const result = await execa('git', args, { env, extendEnv: false, reject: false, timeout: 10_000 });
  if (result.exitCode === 0) return nonEmpty(result.stdout) ?? null;
  if (result.exitCode === 1 || result.code === 'ENOENT') return null;
  const why = result.stderr === '' ? result.message : result.stderr;
  throw new Refusal({ code: 'trust', what: key }, `git config ${key} cannot be read: ${why}`);
}
