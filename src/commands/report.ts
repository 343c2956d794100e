/** `gonogo report RUN`: writes the run's report, signs it, bundles it with its evidence. */
import { isAbsolute, join } from 'node:path';
import { visible } from '../diagnostics/sanitise.ts';
import type { Signer } from '../signing/signer.ts';
import type { Statement } from '../signing/statement.ts';
import { type Io, openWorld, type ReadRun, readRun, type StateOptions, UsageError, type World } from './command.ts';
import { writeBundleFile } from './report-bundle.ts';
import {
  assertCurrent,
  countersignFolder,
  type Format,
  formats,
  type Present,
  readPresent,
  renderings,
  renderReport,
  signFolder,
  writeFolder,
} from './report-folder.ts';
import { signerFor } from './signer.ts';

export interface ReportOptions extends StateOptions {
  /** Folder to write to; the run's own `report/` unless given. */
  readonly out?: string | undefined;
  /** Comma-separated: md, html, json. */
  readonly format?: string | undefined;
  /** A key file, its `.pub` file, or `SHA256:…` of a key in ssh-agent. */
  readonly sign?: string | undefined;
  /** Archive to write. */
  readonly bundle?: string | undefined;
}

/** Writes the report of `name` and prints the paths of what it wrote. */
export async function report(name: string, options: ReportOptions, io: Io): Promise<number> {
  const chosen = formatsOf(options.format);
  const world = await openWorld(options);
  const run = await readRun(world, name);
  const folder =
    options.out === undefined ? join(world.journals.workspace(run.id), 'report') : within(world, options.out);
  // Asking for a passphrase comes before the first byte is written, and a key that is not there writes nothing.
  const signer = options.sign === undefined ? null : await signerFor(world.host, options.sign, '--sign');
  const bundle = options.bundle === undefined ? null : within(world, options.bundle);
  const written = await writeReport(world, run, {
    folder,
    formats: options.format === undefined ? null : chosen,
    signer,
  });
  if (written.signedBefore) io.stderr('the report is signed and unchanged since\n');
  for (const path of written.paths) io.stdout(`${visible(path)}\n`);
  if (signer !== null && written.signature !== null) {
    io.stderr(`signed with ${signer.publicKey.fingerprint} (${signer.publicKey.type})\n`);
  }
  if (bundle !== null) {
    await writeBundleFile(world, run, folder, written.names, bundle);
    io.stdout(`${visible(bundle)}\n`);
  }
  return 0;
}

export interface ReportPlan {
  /** Absolute. */
  readonly folder: string;
  /** null: all, or those of the signed report that is there. */
  readonly formats: readonly Format[] | null;
  /** null: it is not signed. */
  readonly signer: Signer | null;
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

/**
 * Writes the report of `run` and signs it where there is a signer. A report that is signed already is left as it is, and
 * countersigned. Throws `UsageError` when the folder holds something else or a signed report that the run has outgrown.
 */
export async function writeReport(world: World, run: ReadRun, plan: ReportPlan): Promise<WrittenReport> {
  const present = await readPresent(world.host.files, plan.folder, run.id);
  return present.kind === 'signed' ? signAgain(world, run, plan, present) : writeAnew(world, run, plan, present);
}

async function writeAnew(
  world: World,
  run: ReadRun,
  { folder, formats: chosen, signer }: ReportPlan,
  present: Exclude<Present, { kind: 'signed' }>,
): Promise<WrittenReport> {
  const { files } = world.host;
  const rendered = await renderReport(world, run, chosen ?? formats);
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

async function signAgain(
  world: World,
  run: ReadRun,
  { folder, formats: chosen, signer }: ReportPlan,
  present: Extract<Present, { kind: 'signed' }>,
): Promise<WrittenReport> {
  const { files } = world.host;
  const { statement, signatureFiles } = present;
  await assertCurrent(files, folder, statement, run);
  const subjects = statement.subject.map(({ name }) => name);
  const missing = (chosen ?? []).find((format) => !subjects.includes(renderings[format].name));
  if (missing !== undefined) {
    throw new UsageError(
      `the signed report in ${folder} has no ${renderings[missing].name}\nhint: --out DIR writes a new one`,
    );
  }
  const signature = signer === null ? null : await countersignFolder(files, folder, present, signer);
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

function formatsOf(given: string | undefined): readonly Format[] {
  const names = (given ?? formats.join(',')).split(',').map((name) => name.trim());
  return [...new Set(names)].map((name) => {
    const format = formats.find((one) => one === name);
    if (format === undefined) throw new UsageError(`--format ${name}: the formats are ${formats.join(', ')}`);
    return format;
  });
}
