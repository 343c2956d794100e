/**
 * Writes a run's report, signs it, and bundles it with its evidence.
 *
 * Invariants: a passphrase is asked for before the first byte is written, and a key that is not there writes nothing; a report that is
 * signed is left as it is, and countersigned.
 */
import { isAbsolute, join } from 'node:path';
import { gatePolicy } from '../run/approvals.ts';
import type { RunState } from '../run/state.ts';
import { formatPublicKey } from '../signing/public-key.ts';
import { type Format, formats, renderings, usualFormats } from '../signing/report-layout.ts';
import { hasSigned } from '../signing/sign-report.ts';
import type { Signer } from '../signing/signer.ts';
import { filesOf, type Statement } from '../signing/statement.ts';
import { announced, evidenceIn } from '../verify/evidence.ts';
import { Refusal } from './refusal.ts';
import { assertFree, writeBundleFile } from './report-bundle.ts';
import {
  assertCurrent,
  countersignFolder,
  type Present,
  readPresent,
  renderReport,
  type Signed,
  signFolder,
  tidyFolder,
  writeFolder,
} from './report-folder.ts';
import { signerFor } from './signer.ts';
import { readWholeRun, type WholeRun, type World } from './world.ts';

export interface ReportRequest {
  /** An id, a unique part of one, or `latest`. */
  readonly run: string;
  /** Folder to write to, also relative; absent: the run's own `report/`. */
  readonly folder?: string | undefined;
  /** null: all, or those of the signed report that is there. */
  readonly formats: readonly Format[] | null;
  /** The name of a key, as `signer.ts` takes it; null: it is not signed. */
  readonly key: string | null;
  /** Archive to write, also relative; null: none. */
  readonly bundle: string | null;
}

export interface WrittenReport {
  /** Absolute paths of the rendered reports and, when it was signed now, of the signature. */
  readonly paths: readonly string[];
  /** Every file of the report, relative to its folder, with `/`. */
  readonly names: readonly string[];
  /** File name of the signature that was made now. */
  readonly signature: string | null;
  /** It was signed already; nothing but the new signature was written. */
  readonly signedBefore: boolean;
}

export interface MadeReport extends WrittenReport {
  /** Who signed it now. */
  readonly signer: Signer | null;
  /** Absolute path of the archive. */
  readonly bundle: string | null;
}

/**
 * Writes the report of a run. Throws `Refusal` when the folder holds something else, or a signed report that the run has outgrown;
 * `SigningError`, `JournalError` and `HostError`.
 */
export async function makeReport(world: World, request: ReportRequest): Promise<MadeReport> {
  const run = await readWholeRun(world, request.run);
  const folder =
    request.folder === undefined ? join(world.journals.workspace(run.id), 'report') : within(world, request.folder);
  const bundle = request.bundle === null ? null : within(world, request.bundle);
  if (bundle !== null) await assertFree(world.host.files, bundle);
  const signer = request.key === null ? null : await signerFor(world, request.key, 'sign');
  const written = await writeReport(world, run, {
    folder,
    formats: request.formats,
    signer,
    evidence: bundle !== null,
  });
  if (bundle !== null) await writeBundleFile(world, run, folder, written.names, bundle);
  return { ...written, signer, bundle };
}

interface ReportPlan {
  /** Absolute. */
  readonly folder: string;
  readonly formats: readonly Format[] | null;
  readonly signer: Signer | null;
  /** It is signed for a bundle, where the evidence goes with it: what is signed then says so. */
  readonly evidence: boolean;
}

async function writeReport(world: World, run: WholeRun, plan: ReportPlan): Promise<WrittenReport> {
  const present = await readPresent(world.host.files, plan.folder, run.id);
  return present.kind === 'signed' ? signAgain(world, run, plan, present) : writeAnew(world, run, plan, present);
}

async function writeAnew(
  world: World,
  run: WholeRun,
  { folder, formats: chosen, signer, evidence }: ReportPlan,
  present: Exclude<Present, { kind: 'signed' }>,
): Promise<WrittenReport> {
  const { files } = world.host;
  if (signer !== null) assertIndependent(run.state, signer, folder);
  const rendered = await renderReport(world, run, chosen ?? usualFormats, {
    signer: signer?.publicKey.fingerprint,
    evidence: signer === null || !evidence ? undefined : announced(evidenceIn(run.events)),
  });
  await writeFolder(files, folder, rendered.files, present.kind === 'none' ? [] : present.names);
  const made = signer === null ? [] : await signFolder(files, folder, rendered.statement, signer);
  const signature = made.at(-1) ?? null;
  return {
    paths: [...reportPaths(folder, rendered.statement), ...(signature === null ? [] : [join(folder, signature)])],
    names: [...rendered.files.map(({ name }) => name), ...made],
    signature,
    signedBefore: false,
  };
}

/** Who signs a report first stands behind the run, so it cannot be somebody whose independent consent the run rests on. */
function assertIndependent(state: RunState, signer: Signer, folder: string): void {
  const key = formatPublicKey(signer.publicKey);
  const found = state.approvals.find(
    ({ step, data }) => data.signature?.key === key && gatePolicy(state, step).independent === 'asked',
  );
  if (found === undefined) return;
  const message = `this key approved ${found.step}, and would no longer be independent of the run if it signed the report first`;
  throw new Refusal(
    { code: 'report', path: folder },
    `${message}\nhint: sign with the operator's key, then countersign with this one`,
  );
}

async function signAgain(
  world: World,
  run: WholeRun,
  { folder, formats: chosen, signer, evidence }: ReportPlan,
  present: Signed,
): Promise<WrittenReport> {
  const { files } = world.host;
  const { statement, signatureFiles } = present;
  await assertCurrent(files, folder, statement, run);
  const subjects = filesOf(statement).map(({ name }) => name);
  const missing = (chosen ?? []).find((format) => !subjects.includes(renderings[format].name));
  if (missing !== undefined) {
    const message = `the signed report in ${folder} has no ${renderings[missing].name}\nhint: --out DIR writes a new one`;
    throw new Refusal({ code: 'report', path: folder }, message);
  }
  await tidyFolder(files, folder, present);
  // Who died between signature and bundle has the bundle still to come.
  const isLeft = signer !== null && !(evidence && hasSigned(signatureFiles, signer));
  const signature = isLeft ? await countersignFolder(files, folder, present, signer) : null;
  const names = [...subjects, ...signatureFiles.map(({ name }) => name), ...(signature === null ? [] : [signature])];
  return {
    paths: [...reportPaths(folder, statement), ...(signature === null ? [] : [join(folder, signature)])],
    names,
    signature,
    signedBefore: true,
  };
}

/** The rendered files alone: journal, documents and statement lie beside them. */
function reportPaths(folder: string, { subject }: Statement): readonly string[] {
  const rendered = formats.map((format) => renderings[format].name);
  return rendered.filter((name) => subject.some((one) => one.name === name)).map((name) => join(folder, name));
}

function within({ host }: World, path: string): string {
  return isAbsolute(path) ? path : join(host.machine.cwd, path);
}
