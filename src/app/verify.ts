/** Finds what is to be verified, a run by its name or a report by its path, and hands it to the verifier. */
import { realpath } from 'node:fs/promises';
import { basename, isAbsolute, join } from 'node:path';
import { actions } from '../actions/registry.ts';
import { HostError } from '../host/host.ts';
import { JournalError } from '../journal/journal.ts';
import { isRunId } from '../journal/run-id.ts';
import { journalName } from '../signing/report-layout.ts';
import { statementName } from '../signing/sign-report.ts';
import { SigningError } from '../signing/signing-error.ts';
import type { HeadLine } from '../verify/chain.ts';
import { bundleFiles, folderFiles } from '../verify/source.ts';
import { type Verification, type VerifierOptions, verifyRun, verifySource } from '../verify/verify.ts';
import { Refusal } from './refusal.ts';
import { loadTrust } from './trust.ts';
import type { World } from './world.ts';

export interface VerifyRequest {
  /** A run of the state folder, or the path of a report folder or a bundle. */
  readonly name: string;
  /** A line that was posted of the journal; null: none. */
  readonly head: HeadLine | null;
  /** As of when keys are judged, epoch ms; null: now. */
  readonly atMs: number | null;
}

/**
 * Verifies what `name` names, by the world's allowed signers. A whole run id and `latest` are always a run, whatever lies in the
 * current folder; what has a slash is always a path; a part of an id is a run only where there is no such path. Throws `Refusal`
 * when there is nothing that could be verified.
 */
export async function verify(world: World, { name, head, atMs }: VerifyRequest): Promise<Verification> {
  const { files, clock } = world.host;
  const trust = await loadTrust(world.host, world);
  const verifier: VerifierOptions = {
    files,
    journals: world.journals,
    trust,
    head,
    specs: actions,
    nowMs: atMs ?? clock.now(),
    asOf: atMs !== null,
  };
  if (isRunId(name) || name === 'latest') return verifyByName(world, name, verifier);
  return (await verifyPath(world, name, verifier)) ?? verifyByName(world, name, verifier);
}

/** Verifies the folder or bundle at path `name`, strictly: nothing in it may be covered by nothing. Null: there is no such path. */
async function verifyPath(world: World, name: string, verifier: VerifierOptions): Promise<Verification | null> {
  const { files, machine } = world.host;
  const named = isAbsolute(name) ? name : join(machine.cwd, name);
  // What is named may be reached by a link; what is in it may not.
  const path = await realpath(named).catch(() => named);
  const kind = (await files.facts(path))?.kind ?? null;
  try {
    if (kind === 'file') return await verifySource({ files: () => bundleFiles(files, path), evidence: true }, verifier);
    if (kind === 'directory') return await verifyFolder(world, path, verifier);
  } catch (error) {
    if (!(error instanceof SigningError || error instanceof HostError)) throw error;
    throw notVerifiable(path, `${name}: ${error.message}`);
  }
  if (kind !== null) throw notVerifiable(path, `${name} is neither a folder nor a file`);
  if (name.includes('/')) throw notVerifiable(path, `there is nothing at ${name}`);
  return null;
}

async function verifyFolder({ host, journals }: World, path: string, verifier: VerifierOptions): Promise<Verification> {
  const names = await host.files.list(path);
  const id = basename(path);
  const own = isRunId(id) ? await realpath(journals.workspace(id)).catch(() => null) : null;
  if (own === path) {
    const message = `${path} is the folder of a run of this machine, which a path does not name\nhint: gonogo verify ${id}`;
    throw notVerifiable(path, message);
  }
  if (!names.includes(journalName) && !names.includes(statementName)) {
    throw notVerifiable(path, `${path} holds no report: there is no ${journalName} in it`);
  }
  return verifySource({ files: () => folderFiles(host.files, path), evidence: names.includes('run') }, verifier);
}

async function verifyByName({ journals }: World, name: string, verifier: VerifierOptions): Promise<Verification> {
  try {
    return await verifyRun(journals, await journals.resolve(name), verifier);
  } catch (error) {
    if (!(error instanceof JournalError && (error.code === 'not-found' || error.code === 'ambiguous'))) throw error;
    const path = isRunId(name) || name === 'latest' ? '' : `"${name}" is no path here, and `;
    throw notVerifiable(name, `${path}${error.message}`);
  }
}

function notVerifiable(path: string, message: string): Refusal {
  return new Refusal({ code: 'not-verifiable', path }, message);
}
