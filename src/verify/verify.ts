/**
 * What `verify` checks: the journal, the documents and the evidence that it names, the report that was rendered from it, its
 * statement and signatures, the approvals, and that a live journal extends it.
 *
 * Invariants:
 * - Nothing is believed that is in what is verified: trust is the verifier's own, digests are taken anew, the report is
 *   rendered again.
 * - Every check is made as far as it can be, and what could not be checked is said; a check that failed is never left out.
 * - Nothing is written.
 */
import { join } from 'node:path';
import { type Files, HostError } from '../host/host.ts';
import { JournalError } from '../journal/journal.ts';
import { verifyJournal } from '../journal/verify.ts';
import { buildReport, renderer } from '../report/build.ts';
import { counted } from '../report/words.ts';
import type { DataOf, RunEvent } from '../run/event.ts';
import { writtenByNewer } from '../run/newer.ts';
import { reduceAll } from '../run/reduce.ts';
import type { RunState } from '../run/state.ts';
import type { AllowedSigners } from '../signing/allowed-signers.ts';
import { isSafePath } from '../signing/archive-path.ts';
import { canonicalBytes, canonicalText, sha256Hex } from '../signing/canonical.ts';
import { quoted } from '../signing/public-key.ts';
import {
  documentName,
  evidencePrefix,
  formats,
  isReportName,
  journalName,
  pinnedIn,
  renderings,
} from '../signing/report-layout.ts';
import { isSignatureFile, type ReportFile } from '../signing/sign-report.ts';
import { SigningError } from '../signing/signing-error.ts';
import { type Statement, type Subject, toPredicate } from '../signing/statement.ts';
import { sameBytes } from '../signing/wire.ts';
import type { Journals } from '../store/journals.ts';
import { verifyApprovals } from './approvals.ts';
import { EvidenceCheck, evidenceIn } from './evidence.ts';
import { type Check, type SignerFound, verifyReport } from './signatures.ts';
import { folderFiles, type SourceFile } from './source.ts';

/** A report that lies somewhere; `evidence`: it must be there too, as in a bundle. */
export interface ReportSource {
  readonly files: AsyncIterable<SourceFile>;
  readonly evidence: boolean;
}

/** Whom the verifier trusts. `allowed` null: nothing says whose keys count. `demanded`: a signature is expected. */
export interface Trusted {
  readonly allowed: AllowedSigners | null;
  readonly demanded: boolean;
}

export interface VerifierOptions {
  readonly files: Files;
  /** The runs of this machine, for live journals; null: none can be read. */
  readonly journals: Journals | null;
  readonly trust: Trusted;
  /** `--head`, read. */
  readonly head: HeadLine | null;
  /** Epoch ms. */
  readonly nowMs: number;
}

export interface HeadLine {
  readonly run: string;
  readonly seq: number;
  readonly sha256: string;
}

/** `state` null: there is no journal that verifies. `signed`: there is a signature, good or not. */
export interface Verification {
  readonly ok: boolean;
  readonly checks: readonly Check[];
  readonly signers: readonly SignerFound[];
  readonly signed: boolean;
  /** Records of the journal after the last that the signed statement speaks of. */
  readonly unsignedRecords: number;
  readonly state: RunState | null;
}

/** A journal that verified, with the bytes of it that are records. */
interface VerifiedRun {
  readonly run: string;
  readonly bytes: Uint8Array;
  readonly events: readonly RunEvent[];
  readonly state: RunState;
}

/** A report after all its files went by once. */
interface Collected {
  readonly journal: VerifiedRun | null;
  /** null: there is no journal to compare it with. */
  readonly evidence: EvidenceCheck | null;
  readonly digests: readonly Subject[];
  readonly signatureFiles: readonly ReportFile[];
}

const journalBytesMax = 1024 ** 3;
const signatureFileBytesMax = 32 * 1024 * 1024;
const fileBytesMax = 1024 ** 3;
/** What more of a file than was recorded is read through, to say so of this file alone; beyond it the rest is not read. */
const slackBytes = 1024 ** 2;
const problemsMax = 5;

/** Verifies run `id` of `journals`: the live journal, what it names, and the report that was written of it. */
export function verifyRun(journals: Journals, id: string, options: VerifierOptions): Promise<Verification> {
  return new Verifier(options).ofRun(journals, id);
}

/** Verifies a report somewhere. Throws `SigningError` or `HostError` when not even its first file can be read. */
export function verifySource(source: ReportSource, options: VerifierOptions): Promise<Verification> {
  return new Verifier(options).ofReport(source);
}

class Verifier {
  readonly #options: VerifierOptions;
  readonly #checks: Check[] = [];
  #signers: readonly SignerFound[] = [];
  #statement: Statement | null = null;
  #signed = false;

  constructor(options: VerifierOptions) {
    this.#options = options;
  }

  async ofRun(journals: Journals, id: string): Promise<Verification> {
    const { files } = this.#options;
    const live = this.#readJournal(await journals.records(id), id, true);
    if (live === null) return this.#result(null);
    await this.#verifyRecordsIn(journals, live);
    const report = join(journals.workspace(id), 'report');
    if ((await files.facts(report)) !== null) {
      const collected = await this.#collect(folderFiles(files, report), null, (copy) => this.#prefixOf(live, copy));
      this.#verifyReport(collected);
    } else this.#verifyReport({ journal: null, evidence: null, digests: [], signatureFiles: [] });
    this.#verifyClaims(live);
    return this.#result(live);
  }

  async ofReport(source: ReportSource): Promise<Verification> {
    const readCopy = (bytes: Uint8Array): VerifiedRun | null => this.#readJournal(bytes, runNamedIn(bytes), false);
    const collected = await this.#collect(source.files, evidencePrefix, readCopy);
    const { journal, evidence, digests } = collected;
    if (!digests.some(({ name }) => name === journalName)) this.#add('journal', false, `${journalName} is missing`);
    if (journal !== null) this.#verifyDocuments(journal, digests);
    if (evidence !== null) this.#verifyEvidence(evidence, source.evidence);
    this.#verifyReport(collected);
    if (journal !== null) {
      this.#verifyClaims(journal);
      await this.#verifyLive(journal);
    }
    return this.#result(journal);
  }

  /**
   * Takes every file of a report once; what lies below `prefix` is evidence (null: nothing is). What is refused on the way
   * ends it; what came before counts.
   */
  async #collect(
    files: AsyncIterable<SourceFile>,
    prefix: string | null,
    readJournal: (bytes: Uint8Array) => VerifiedRun | null,
  ): Promise<Collected> {
    const digests: Subject[] = [];
    const signatureFiles: ReportFile[] = [];
    let journal: VerifiedRun | null = null;
    let evidence: EvidenceCheck | null = null;
    let taken = 0;
    try {
      for await (const file of files) {
        taken += 1;
        const { path: name } = file;
        if (name === journalName) {
          const bytes = await file.read(journalBytesMax);
          digests.push({ name, sha256: sha256Hex(bytes) });
          journal = readJournal(bytes);
          evidence = journal === null ? null : new EvidenceCheck(evidenceIn(journal.events));
        } else if (isSignatureFile(name)) {
          signatureFiles.push({ name, bytes: await file.read(signatureFileBytesMax) });
        } else if (prefix !== null && name.startsWith(prefix)) {
          const path = name.slice(prefix.length);
          // The journal comes first in the order of names; without it there is nothing to compare with.
          if (evidence === null) continue;
          assertBounded(file, evidence.most(path) + slackBytes);
          evidence.take(path, await file.digests(evidence.lengths(path)), file.bytes);
        } else {
          assertBounded(file, fileBytesMax);
          digests.push({ name, sha256: (await file.digests([file.bytes])).get(file.bytes) ?? '' });
        }
      }
    } catch (error) {
      // Not even a first file: this is no report, which is for the caller to say.
      if (taken === 0 || !(error instanceof SigningError || error instanceof HostError)) throw error;
      this.#add('files', false, error.message);
    }
    return { journal, evidence, digests, signatureFiles };
  }

  #readJournal(bytes: Uint8Array, run: string, live: boolean): VerifiedRun | null {
    try {
      const { events, head, goodBytes, tornBytes } = verifyJournal(bytes, run);
      const state = reduceAll(events, run);
      const detail = `${counted(events.length, 'record')}, canonical and chained; head ${run} ${head.seq} ${head.sha256}`;
      // A live journal may end with a write that a crash cut off: nothing of it was ever acknowledged.
      if (tornBytes > 0 && !live)
        this.#add('journal', false, `it goes on for ${tornBytes} bytes after its last record`);
      else this.#add('journal', true, tornBytes > 0 ? `${detail}; a torn tail of ${tornBytes} bytes left out` : detail);
      const newer = writtenByNewer(state);
      if (newer !== null)
        this.#add('version', false, `${newer}: what it says is not checked; update gonogo to verify it`);
      return { run, bytes: bytes.subarray(0, goodBytes), events, state };
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.#add('journal', false, error.message);
      return null;
    }
  }

  /** The journal of a report that was made here: how the live one begins. */
  #prefixOf(live: VerifiedRun, bytes: Uint8Array): VerifiedRun | null {
    const events = live.events.slice(0, bytes.filter((byte) => byte === NEWLINE).length);
    const same = bytes.length <= live.bytes.length && sameBytes(bytes, live.bytes.subarray(0, bytes.length));
    if (!same || events.length === 0 || bytes.at(-1) !== NEWLINE) {
      this.#add('live', false, 'the journal in the report is not how the journal of this run begins');
      return null;
    }
    const later = live.events.length - events.length;
    const detail =
      later === 0 ? 'the report holds the whole journal' : `${counted(later, 'later record')} not in the report`;
    this.#add('live', true, detail);
    return { run: live.run, bytes, events, state: reduceAll(events, live.run) };
  }

  async #verifyRecordsIn(journals: Journals, live: VerifiedRun): Promise<void> {
    const digests: Subject[] = [];
    for (const pinned of pinnedIn(live.events)) {
      const bytes = await journals.document(live.run, pinned);
      if (bytes !== null) digests.push({ name: documentName(pinned), sha256: sha256Hex(bytes) });
    }
    this.#verifyDocuments(live, digests);
    const stored = journals.evidence(live.run);
    const recorded = evidenceIn(live.events);
    const evidence = new EvidenceCheck(recorded);
    for (const path of recorded.keys()) {
      const found = isSafePath(path) ? await stored.digests(path, evidence.lengths(path)) : null;
      if (found !== null) evidence.take(path, found, null);
    }
    this.#verifyEvidence(evidence, true);
  }

  #verifyDocuments({ events }: VerifiedRun, digests: readonly Subject[]): void {
    const found = new Map(digests.map(({ name, sha256 }) => [name, sha256]));
    const pinned = [...pinnedIn(events)];
    const problems = pinned.flatMap((sha256) => {
      const name = documentName(sha256);
      if (!found.has(name)) return [`${name} is missing`];
      return found.get(name) === sha256 ? [] : [`${name} is another document`];
    });
    for (const { type, data } of events) {
      if (type !== 'run.started' && type !== 'documents.adopted') continue;
      if (!isDigestOfList(data)) problems.push(`the digest that ${type} records is not that of its documents`);
    }
    this.#tell('documents', problems, `${counted(pinned.length, 'document')}, as pinned`);
  }

  #verifyEvidence(evidence: EvidenceCheck, mustBeThere: boolean): void {
    const { problems, files, detail } = evidence.result();
    if (files === 0 && !mustBeThere) this.#add('evidence', true, 'not checked: the evidence is not in this folder');
    else this.#tell('evidence', problems, detail);
  }

  /** Statement and signatures, then what they speak of: the rendered report and the result. */
  #verifyReport({ journal, digests, signatureFiles }: Collected): void {
    const { trust, nowMs } = this.#options;
    const signed = signatureFiles.some(({ name }) => name !== 'statement.json');
    // Without a signature there is nothing to trust; the flag says that one is expected.
    const allowedSigners = signed || trust.demanded ? trust.allowed : null;
    const verified = verifyReport({ files: digests, signatureFiles }, { allowedSigners, nowMs });
    this.#checks.push(...verified.checks);
    this.#signers = verified.signers;
    this.#signed = verified.signed;
    this.#statement = verified.statement;
    if (signatureFiles.length === 0) {
      const foreign = digests.map(({ name }) => name).filter((name) => !isReportName(name));
      if (foreign.length > 0)
        this.#tell(
          'files',
          foreign.map((name) => `${name} is no part of a report`),
          '',
        );
    }
    // What is not known may be what the report or the statement rests on.
    if (journal === null || journal.state.newer.length > 0) return;
    this.#attempt('report', () => this.#verifyRendering(journal, digests, verified.statement));
    const { statement } = verified;
    if (statement !== null) this.#attempt('result', () => this.#verifyResult(journal, statement));
  }

  #verifyRendering(journal: VerifiedRun, digests: readonly Subject[], statement: Statement | null): void {
    const present = formats
      .map((format) => renderings[format])
      .filter(({ name }) => digests.some((one) => one.name === name));
    const by = statement?.predicate.renderer ?? renderer;
    if (present.length === 0) {
      this.#add('report', true, 'no report was written');
      return;
    }
    if (by !== renderer) {
      this.#add('report', true, `not re-rendered: renderer ${by} wrote it, and this gonogo has renderer ${renderer}`);
      return;
    }
    const model = buildReport(journal.state, journal.events);
    const problems = present.flatMap(({ name, render }) => {
      const sha256 = sha256Hex(new TextEncoder().encode(render(model)));
      const same = digests.some((one) => one.name === name && one.sha256 === sha256);
      return same ? [] : [`${name} is not what the journal gives`];
    });
    this.#tell('report', problems, `${present.map(({ name }) => name).join(', ')}: rendered again, the same bytes`);
  }

  /** The predicate says nothing that the journal does not. */
  #verifyResult({ state }: VerifiedRun, { predicate }: Statement): void {
    const { renderer: by, signedAt } = predicate;
    const own = toPredicate(state, by, signedAt);
    const same = canonicalText(own) === canonicalText(predicate);
    this.#add(
      'result',
      same,
      same ? 'the statement says what the journal says' : 'the statement says something else than the journal',
    );
  }

  /** What stands on the journal by itself: approvals, and the line that was posted. */
  #verifyClaims(journal: VerifiedRun): void {
    const { trust, head } = this.#options;
    const verifies = (): unknown => this.#checks.push(...verifyApprovals(journal.run, journal.events, trust.allowed));
    if (journal.state.newer.length === 0) this.#attempt('approval', verifies);
    if (head !== null) this.#add('head', ...verifyHead(journal, head));
  }

  async #verifyLive(journal: VerifiedRun): Promise<void> {
    const { journals } = this.#options;
    if (journals === null) return;
    try {
      const { events, head } = await journals.read(journal.run);
      const at = journal.state.head;
      if (events[at.seq - 1]?.sha256 !== at.sha256) {
        this.#add(
          'live',
          false,
          `the journal of this run on this machine (${head.seq} records) does not extend this one`,
        );
        return;
      }
      const later = head.seq - at.seq;
      this.#add(
        'live',
        true,
        later === 0
          ? 'as the journal of this run on this machine'
          : `the journal on this machine extends it by ${counted(later, 'record')}`,
      );
    } catch (error) {
      if (!(error instanceof JournalError)) throw error;
      // A machine that does not have the run has nothing to compare with.
      if (error.code !== 'not-found') this.#add('live', false, error.message);
    }
  }

  /** What is hostile can make any of our own code fail; that is a check that failed, not an accident. */
  #attempt(name: string, verify: () => unknown): void {
    try {
      verify();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.#add(name, false, `it cannot be checked: ${error.message}`);
    }
  }

  #tell(name: string, problems: readonly string[], detail: string): void {
    const more = problems.length > problemsMax ? [`and ${problems.length - problemsMax} more`] : [];
    const told = [...problems.slice(0, problemsMax), ...more].join('; ');
    this.#add(name, problems.length === 0, problems.length === 0 ? detail : told);
  }

  #add(name: string, ok: boolean, detail: string): void {
    this.#checks.push({ name, ok, detail });
  }

  #result(journal: VerifiedRun | null): Verification {
    const checks = this.#checks;
    const state = journal?.state ?? null;
    const signedSeq = this.#statement?.predicate.head.seq ?? 0;
    return {
      ok: checks.every(({ ok }) => ok),
      checks,
      signers: this.#signers,
      signed: this.#signed,
      unsignedRecords: Math.max(0, (state?.head.seq ?? 0) - signedSeq),
      state,
    };
  }
}

/** What unpacks to more than could be right is not unpacked. */
function assertBounded({ path, bytes }: SourceFile, bytesMax: number): void {
  if (bytes > bytesMax)
    throw new SigningError('too-large', `${quoted(path)} has ${bytes} bytes, which is too much for it`);
}

const NEWLINE = 10;

/** The run that the first record names; what else it may be is found out by verifying it as that run's. */
function runNamedIn(bytes: Uint8Array): string {
  const end = bytes.indexOf(NEWLINE);
  try {
    const record: unknown = JSON.parse(new TextDecoder().decode(bytes.subarray(0, Math.max(0, end))));
    if (typeof record === 'object' && record !== null && 'run' in record && typeof record.run === 'string')
      return record.run;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return 'unnamed';
}

function isDigestOfList({ documents, sha256 }: DataOf<'run.started' | 'documents.adopted'>): boolean {
  return sha256Hex(canonicalBytes(documents)) === sha256;
}

function verifyHead({ run, events, state }: VerifiedRun, line: HeadLine): [boolean, string] {
  if (line.run !== run) return [false, `the line is about run ${line.run}; this is run ${run}`];
  const found = events[line.seq - 1]?.sha256;
  if (found === undefined)
    return [false, `the line names record ${line.seq}; this journal ends with record ${state.head.seq}`];
  if (found !== line.sha256)
    return [false, `record ${line.seq} is not the one that the line names: this is another journal`];
  const later = state.head.seq - line.seq;
  return [
    true,
    later === 0
      ? 'the journal is the one that the line names'
      : `the journal extends the one that the line names by ${counted(later, 'record')}`,
  ];
}
