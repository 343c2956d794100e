/**
 * Reads what was handed over: every file of a report once, in bounded memory, sorted by what it is to the verification.
 *
 * Invariants: what is refused on the way ends it and is a check that failed; what came before counts. What unpacks to more than
 * could be right is not unpacked.
 */
import { HostError } from '../host/host.ts';
import { sha256Hex } from '../signing/canonical.ts';
import { quoted } from '../signing/public-key.ts';
import { isDocumentName, journalName } from '../signing/report-layout.ts';
import { isSignatureFile, type ReportFile, signatureNumber } from '../signing/sign-report.ts';
import { SigningError } from '../signing/signing-error.ts';
import type { Subject } from '../signing/statement.ts';
import type { Checks } from './checks.ts';
import { EvidenceCheck } from './evidence.ts';
import type { VerifiedRun } from './reading.ts';
import type { SourceFile } from './source.ts';

/** A report after all its files went by once. */
export interface HandedOver {
  readonly journal: VerifiedRun | null;
  /** null: there is no journal to compare it with. */
  readonly evidence: EvidenceCheck | null;
  /** Every file that is neither evidence nor a signature file. */
  readonly digests: readonly Subject[];
  readonly signatureFiles: readonly ReportFile[];
  /** Of the documents among them. */
  readonly texts: Texts;
}

/** Texts of documents by the sha256 of their bytes. */
export type Texts = ReadonlyMap<string, string>;

/** A journal that came by, null where it does not hold, and the sha256 of all its bytes. */
export interface ReadFile {
  readonly sha256: string;
  readonly journal: VerifiedRun | null;
}

/** How the files of a source are told apart. */
export interface Reading {
  readonly files: AsyncIterable<SourceFile>;
  /** What lies below it is evidence; null: nothing is. */
  readonly evidencePrefix: string | null;
  /** Reads and verifies the journal as it comes by, after the documents. */
  readonly journalIn: (file: SourceFile, texts: Texts) => Promise<ReadFile>;
}

/** A statement, and the envelope that holds one. */
const statementBytesMax = 12 * 1024 * 1024;
/** One signature: keys of any kind make less than a hundredth of it. */
const signatureBytesMax = 256 * 1024;
const fileBytesMax = 1024 ** 3;
/** All documents of a run together. */
const documentsBytesMax = 32 * 1024 * 1024;
/** What more of a file than was recorded is read through, to say so of this file alone; beyond it the rest is not read. */
const slackBytes = 1024 ** 2;

/** Nothing at all: there is no report. */
export const nothing: HandedOver = { journal: null, evidence: null, digests: [], signatureFiles: [], texts: new Map() };

/** Takes every file once. Throws `SigningError` or `HostError` when not even the first can be read: that is no report. */
export async function collect({ files, evidencePrefix, journalIn }: Reading, checks: Checks): Promise<HandedOver> {
  const digests: Subject[] = [];
  const signatureFiles: ReportFile[] = [];
  const texts = new Map<string, string>();
  let documentBytes = 0;
  let journal: VerifiedRun | null = null;
  let evidence: EvidenceCheck | null = null;
  let taken = 0;
  try {
    for await (const file of files) {
      taken += 1;
      const { path: name } = file;
      if (name === journalName) {
        const read = await journalIn(file, texts);
        digests.push({ name, sha256: read.sha256 });
        journal = read.journal;
        evidence = journal === null ? null : new EvidenceCheck(journal.evidence);
      } else if (isSignatureFile(name)) {
        signatureFiles.push({ name, bytes: await file.read(bytesMaxOf(name)) });
      } else if (evidencePrefix !== null && name.startsWith(evidencePrefix)) {
        // The journal comes first in the order of names; without it there is nothing to compare with.
        if (evidence !== null) await takeEvidence(evidence, file, name.slice(evidencePrefix.length));
      } else if (isDocumentName(name)) {
        assertBounded(file, documentsBytesMax - documentBytes);
        const bytes = await file.read(documentsBytesMax - documentBytes);
        documentBytes += bytes.length;
        const sha256 = sha256Hex(bytes);
        digests.push({ name, sha256 });
        texts.set(sha256, new TextDecoder().decode(bytes));
      } else {
        assertBounded(file, fileBytesMax);
        digests.push({ name, sha256: (await file.digests([file.bytes])).get(file.bytes) ?? '' });
      }
    }
  } catch (error) {
    if (taken === 0 || !(error instanceof SigningError || error instanceof HostError)) throw error;
    checks.add('files', false, error.message);
  }
  return { journal, evidence, digests, signatureFiles, texts };
}

function bytesMaxOf(name: string): number {
  return signatureNumber(name) === null ? statementBytesMax : signatureBytesMax;
}

async function takeEvidence(evidence: EvidenceCheck, file: SourceFile, path: string): Promise<void> {
  assertBounded(file, evidence.most(path) + slackBytes);
  evidence.take(path, await file.digests(evidence.lengths(path)), file.bytes);
}

function assertBounded({ path, bytes }: SourceFile, bytesMax: number): void {
  if (bytes > bytesMax)
    throw new SigningError('too-large', `${quoted(path)} has ${bytes} bytes, which is too much for it`);
}
