/**
 * The folder of a report: what is in it, how it is written and signed.
 *
 * Invariants:
 * - The folder holds what one write made, whole: the chosen formats, the journal up to its head, the documents, and a
 *   statement with the digest of each; nothing stale of an earlier write.
 * - A signed report is never written over: whatever would change one of its bytes is refused. Signing again adds a file.
 * - A folder that holds anything else is not touched.
 */
import { join } from 'node:path';
import type { Files } from '../host/host.ts';
import { HostError } from '../host/host.ts';
import { leftover } from '../host/whole-file.ts';
import { buildReport } from '../report/build.ts';
import type { DocumentTexts } from '../report/documents.ts';
import { rendererOf } from '../run/renderer.ts';
import { sha256Hex } from '../signing/canonical.ts';
import {
  documentName,
  documentsName,
  type Format,
  isDocumentName,
  isReportName,
  journalName,
  pinnedIn,
  renderings,
} from '../signing/report-layout.ts';
import {
  countersignReport,
  isSignatureFile,
  type ReportFile,
  signatureNumber,
  signReport,
  statementName,
  toSubject,
} from '../signing/sign-report.ts';
import type { Signer } from '../signing/signer.ts';
import { SigningError } from '../signing/signing-error.ts';
import {
  filesOf,
  type Making,
  parseStatement,
  type Statement,
  statementBytes,
  toPredicate,
  toStatement,
} from '../signing/statement.ts';
import type { Journals } from '../store/journals.ts';
import { Refusal } from './refusal.ts';
import type { WholeRun, World } from './world.ts';

const signatureFileBytesMax = 32 * 1024 * 1024;

/** What stands in a folder that a report is to be written to. `left`: what a process that died there left behind. */
export type Present =
  | { readonly kind: 'none' }
  | { readonly kind: 'unsigned'; readonly names: readonly string[] }
  | {
      readonly kind: 'signed';
      readonly statement: Statement;
      readonly signatureFiles: readonly ReportFile[];
      readonly left: readonly string[];
    };

export type Signed = Extract<Present, { kind: 'signed' }>;

/** What `folder` holds. Throws `Refusal` when that is anything but a report of this very run. */
export async function readPresent(files: Files, folder: string, run: string): Promise<Present> {
  const names = await namesIn(files, folder);
  if (names.length === 0) return { kind: 'none' };
  const foreign = names.find((name) => !isReportName(name) && !leftover.test(name));
  if (foreign !== undefined) {
    throw refused(folder, `${folder} holds ${foreign}, which is no part of a report; name an empty folder with --out`);
  }
  if (!names.includes(statementName)) return { kind: 'unsigned', names };
  const signatureFiles = await readSignatureFiles(files, folder, names);
  const statement = readStatement(signatureFiles, folder);
  if (statement.predicate.run !== run) {
    throw refused(folder, `${folder} holds the report of run ${statement.predicate.run}; name another with --out`);
  }
  const signed = names.some((name) => signatureNumber(name) !== null);
  const left = names.filter((name) => leftover.test(name));
  return signed ? { kind: 'signed', statement, signatureFiles, left } : { kind: 'unsigned', names };
}

function readStatement(signatureFiles: readonly ReportFile[], folder: string): Statement {
  try {
    return parseStatement(signatureFiles.find(({ name }) => name === statementName)?.bytes ?? new Uint8Array());
  } catch (error) {
    if (!(error instanceof SigningError)) throw error;
    throw refused(folder, `${folder}/${statementName}: ${error.message}; name another folder with --out`);
  }
}

async function readSignatureFiles(
  files: Files,
  folder: string,
  names: readonly string[],
): Promise<readonly ReportFile[]> {
  const found: ReportFile[] = [];
  for (const name of names.filter(isSignatureFile)) {
    const bytes = await files.read(join(folder, name), { bytesMax: signatureFileBytesMax, noFollow: true });
    found.push({ name, bytes });
  }
  return found;
}

/** Paths of the files in `folder` and in its `documents`, with `/`; empty when there is no such folder. */
async function namesIn(files: Files, folder: string): Promise<readonly string[]> {
  const facts = await files.facts(folder);
  if (facts === null) return [];
  const names = await files.list(folder);
  const inner = names.includes(documentsName) ? await files.list(join(folder, documentsName)) : [];
  return [...names.filter((name) => name !== documentsName), ...inner.map((name) => `${documentsName}/${name}`)];
}

/** The files of the report of `run` with its statement last, none written yet. */
export async function renderReport(
  world: World,
  run: WholeRun,
  chosen: readonly Format[],
  made: Pick<Making, 'signer' | 'evidence'>,
): Promise<{ readonly statement: Statement; readonly files: readonly ReportFile[] }> {
  const records = await recordsOf(world.journals, run);
  const model = buildReport(run.state, run.events, textsOf(records));
  const rendered = chosen.map((format) => {
    const { name, render } = renderings[format];
    return { name, bytes: new TextEncoder().encode(render(model)) };
  });
  const files = [...rendered, ...records];
  // Where the clock went back, a record has the time of the one before it; so has what is made of it.
  const signedAt = Math.max(world.host.clock.now(), run.state.head.at);
  const predicate = toPredicate(run.state, { ...made, renderer: rendererOf(run.state), signedAt });
  const statement = toStatement(files.map(toSubject), predicate);
  return { statement, files: [...files, { name: statementName, bytes: statementBytes(statement) }] };
}

/** The bytes that the report rests on: the journal up to its head, and the documents. */
async function recordsOf(journals: Journals, run: WholeRun): Promise<readonly ReportFile[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of journals.records(run.id)) chunks.push(chunk);
  const records: ReportFile[] = [{ name: journalName, bytes: upToLine(Buffer.concat(chunks), run.head.seq) }];
  for (const sha256 of pinnedIn(run.events))
    records.push({ name: documentName(sha256), bytes: await pinnedDocument(journals, run.id, sha256) });
  return records;
}

/** A document that was pinned in run `id`. Throws `Refusal` where it is not there, or is another one. */
export async function pinnedDocument(journals: Journals, id: string, sha256: string): Promise<Uint8Array> {
  const bytes = await journals.document(id, sha256);
  if (bytes !== null && sha256Hex(bytes) === sha256) return bytes;
  const name = documentName(sha256);
  const what = bytes === null ? 'missing' : 'not the document that was pinned';
  throw refused(name, `${name} of run ${id} is ${what}; gonogo verify ${id} says more`);
}

/** Texts of the documents among `records`, by their digests. */
function textsOf(records: readonly ReportFile[]): DocumentTexts {
  const decoder = new TextDecoder();
  return new Map(
    records.flatMap(({ name, bytes }) => (isDocumentName(name) ? [[sha256Hex(bytes), decoder.decode(bytes)]] : [])),
  );
}

/** The first `lines` lines of `bytes`. */
function upToLine(bytes: Uint8Array, lines: number): Uint8Array {
  let end = 0;
  for (let line = 0; line < lines; line += 1) {
    const at = bytes.indexOf(10, end);
    if (at < 0) return bytes;
    end = at + 1;
  }
  return bytes.subarray(0, end);
}

/** Writes `report` into `folder`, and removes what an earlier unsigned one left there (`stale`). */
export async function writeFolder(
  files: Files,
  folder: string,
  report: readonly ReportFile[],
  stale: readonly string[],
): Promise<void> {
  await files.ensureFolder(join(folder, documentsName));
  const names = new Set(report.map(({ name }) => name));
  await removeAll(
    files,
    folder,
    stale.filter((name) => !names.has(name)),
  );
  for (const { name, bytes } of report) await files.replace(join(folder, name), bytes);
}

/** Removes the files `names` of `folder`; what is gone already is fine. */
async function removeAll(files: Files, folder: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    try {
      await files.remove(join(folder, name));
    } catch (error) {
      if (!(error instanceof HostError && error.code === 'not-found')) throw error;
    }
  }
}

/** Signs the report in `folder` for the first time; returns the names of the files that this made, the signature last. */
export async function signFolder(
  files: Files,
  folder: string,
  statement: Statement,
  signer: Signer,
): Promise<readonly string[]> {
  const made = (await signReport(statement, signer)).filter(({ name }) => name !== statementName);
  for (const { name, bytes } of made) await files.replace(join(folder, name), bytes);
  return made.map(({ name }) => name);
}

/** Removes what a process that died left in a signed report. */
export async function tidyFolder(files: Files, folder: string, { left }: Signed): Promise<void> {
  await removeAll(files, folder, left);
}

/** Adds a signature to a signed report; returns its file name. Nothing that is there is changed. */
export async function countersignFolder(
  files: Files,
  folder: string,
  present: Signed,
  signer: Signer,
): Promise<string> {
  const { name, bytes } = await countersignReport(present.signatureFiles, signer);
  await files.publish(join(folder, name), bytes);
  return name;
}

/**
 * Asserts that the signed report in `folder` is whole and speaks of the journal as it is now. Throws `Refusal`: a signed report is
 * left as it is.
 */
export async function assertCurrent(files: Files, folder: string, statement: Statement, run: WholeRun): Promise<void> {
  const { head } = statement.predicate;
  if (head.seq !== run.head.seq || head.sha256 !== run.head.sha256) {
    throw refused(
      folder,
      `${folder} holds a signed report up to record ${head.seq}; the journal now ends with record ${run.head.seq}. ` +
        'The signed report stays as it is\nhint: --out DIR writes a new one beside it',
    );
  }
  for (const { name, sha256 } of filesOf(statement)) {
    const path = join(folder, name);
    const present = (await files.facts(path))?.kind === 'file' ? (await files.digest(path)).sha256 : null;
    if (present !== sha256) {
      throw refused(
        path,
        `${path} is ${present === null ? 'missing' : 'not the file that was signed'}; nothing was signed`,
      );
    }
  }
}

function refused(path: string, message: string): Refusal {
  return new Refusal({ code: 'report', path }, message);
}
