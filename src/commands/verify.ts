/**
 * `gonogo verify PATH_OR_RUN`: says what is proven of a run, a report folder or a bundle, by whom, and what is not.
 *
 * Exit 0: everything that is there holds, and every signature is by a signer whom the verifier trusts; what is not signed says
 * so, and passes unless `--allowed-signers` asks for a signature. 1: not verified. 2: nothing there that could be verified.
 */
import { realpath } from 'node:fs/promises';
import { basename, isAbsolute, join } from 'node:path';
import { visibleLine } from '../diagnostics/sanitise.ts';
import { exitCodes } from '../engine/exit-code.ts';
import { HostError } from '../host/host.ts';
import { JournalError } from '../journal/journal.ts';
import { isRunId } from '../journal/run-id.ts';
import { outcomeSentence } from '../report/outcome.ts';
import { counted } from '../report/words.ts';
import { SigningError } from '../signing/signing-error.ts';
import { journalsAround } from '../store/folder/journals.ts';
import { type Io, openWorld, printJson, type StateOptions, UsageError, type World } from './command.ts';
import { journalName } from './report-folder.ts';
import { bundleFiles, folderFiles } from './report-source.ts';
import { loadTrust } from './trust.ts';
import { type HeadLine, type Verification, type VerifierOptions, verifyRun, verifySource } from './verification.ts';

export interface VerifyOptions extends StateOptions {
  /** The line that `head` printed when it was posted. */
  readonly head?: string | undefined;
  readonly json?: boolean | undefined;
}

/** Verifies `name`: a path of a report folder, a bundle or a run's folder, or else a run of the state folder. */
export async function verify(name: string, options: VerifyOptions, io: Io): Promise<number> {
  const head = options.head === undefined ? null : readHeadLine(options.head);
  const world = await openWorld(options);
  const verifier: VerifierOptions = {
    files: world.host.files,
    journals: world.journals,
    trust: await loadTrust(world.host, options),
    head,
    nowMs: world.host.clock.now(),
  };
  const verification = sanitised(await verifyNamed(world, name, verifier));
  if (options.json === true) {
    const { ok, checks, signers } = verification;
    printJson(io, { ok, checks, signers });
  } else for (const line of linesOf(verification)) io.stdout(`${line}\n`);
  return verification.ok ? exitCodes.done : exitCodes.failed;
}

async function verifyNamed(world: World, name: string, verifier: VerifierOptions): Promise<Verification> {
  const { files, machine } = world.host;
  const named = isAbsolute(name) ? name : join(machine.cwd, name);
  // What is named may be reached by a link; what is in it may not.
  const path = await realpath(named).catch(() => named);
  const kind = (await files.facts(path))?.kind ?? null;
  try {
    if (kind === 'file') return await verifySource({ files: bundleFiles(files, path), evidence: true }, verifier);
    if (kind === 'directory') return await verifyFolder(world, path, verifier);
  } catch (error) {
    if (!(error instanceof SigningError || error instanceof HostError)) throw error;
    throw new UsageError(`${name}: ${error.message}`);
  }
  if (kind !== null) throw new UsageError(`${name} is neither a folder nor a file`);
  return verifyByName(world, name, verifier);
}

/** A run's own folder is told from a report by its name and by what a report never holds. */
async function verifyFolder({ host }: World, path: string, verifier: VerifierOptions): Promise<Verification> {
  const names = await host.files.list(path);
  const id = basename(path);
  if (isRunId(id) && names.includes('lock.db')) return verifyRun(journalsAround(host, path), id, verifier);
  if (!names.includes(journalName) && !names.includes('statement.json')) {
    throw new UsageError(`${path} holds no report: there is no ${journalName} in it`);
  }
  return verifySource({ files: folderFiles(host.files, path), evidence: names.includes('run') }, verifier);
}

async function verifyByName({ journals }: World, name: string, verifier: VerifierOptions): Promise<Verification> {
  try {
    return await verifyRun(journals, await journals.resolve(name), verifier);
  } catch (error) {
    if (!(error instanceof JournalError && (error.code === 'not-found' || error.code === 'ambiguous'))) throw error;
    throw new UsageError(`"${name}" is no path here, and ${error.message}`);
  }
}

/** Reads `RUN SEQ SHA256`, also with the word `head` before it, as the commands print it. */
function readHeadLine(text: string): HeadLine {
  const [, run, seq, sha256] = /^\s*(?:head\s+)?(\S+)\s+([1-9]\d{0,14})\s+([0-9a-f]{64})\s*$/.exec(text) ?? [];
  if (run === undefined || seq === undefined || sha256 === undefined) {
    throw new UsageError(`--head: "${text}" is no head line; it reads RUN SEQ SHA256, as gonogo head prints it`);
  }
  return { run, seq: Number(seq), sha256 };
}

/** Details quote what is verified, and that is anybody's text. */
function sanitised(verification: Verification): Verification {
  const checks = verification.checks.map((check) => ({ ...check, detail: visibleLine(check.detail) }));
  const signers = verification.signers.map(({ key, principal, trusted }) => ({
    key,
    principal: principal === null ? null : visibleLine(principal),
    trusted,
  }));
  return { ...verification, checks, signers };
}

function linesOf(verification: Verification): readonly string[] {
  const { state, checks } = verification;
  const subject =
    state === null
      ? ['No journal of this verifies.']
      : [`run ${state.id}: ${visibleLine(state.runbook.title)}`, outcomeSentence(state)];
  const width = Math.max(...checks.map(({ name }) => name.length));
  const table = checks.map(({ name, ok, detail }) => `${ok ? 'ok    ' : 'FAILED'}  ${name.padEnd(width)}  ${detail}`);
  return [...subject, '', ...table, '', ...conclusion(verification)];
}

function conclusion(verification: Verification): readonly string[] {
  const { ok, signers, signed, unsignedRecords } = verification;
  if (!ok) return refusal(verification);
  if (!signed) {
    return ['Intact, and unsigned: nobody vouches for it. Whoever could write these files could have written others.'];
  }
  const later = unsignedRecords === 0 ? [] : [`Not signed: ${counted(unsignedRecords, 'record')} after the report.`];
  return [
    `Verified: signed by ${signers.map(({ key, principal }) => `${principal} (${key})`).join(' and ')}.`,
    ...later,
    'Proven is what was recorded under these keys, not that the machine that recorded it was honest.',
  ];
}

function refusal({ checks, signers }: Verification): readonly string[] {
  const failed = [...new Set(checks.filter(({ ok }) => !ok).map(({ name }) => name))];
  const unknown = signers.filter(({ trusted }) => !trusted).map(({ key }) => key);
  const onlyTrust = failed.every((name) => name === 'trust' || name === 'approval') && unknown.length > 0;
  const good = `The signatures are good; ${unknown.join(' and ')} is nobody whom you trust for this.`;
  return [`NOT VERIFIED: ${failed.join(', ')}.`, ...(onlyTrust ? [good] : [])];
}
