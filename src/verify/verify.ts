/**
 * What `verify` checks, in order: the journal and what it pins, the evidence, the report that was rendered from it, its statement and
 * signatures, the approvals, and that a live journal extends it. Each kind of proof is a file of its own.
 *
 * Invariants:
 * - Nothing is believed that is in what is verified: trust is the verifier's own, digests are taken anew, the report is
 *   rendered again.
 * - Every check is made as far as it can be, and what could not be checked is said; a check that failed is never left out.
 * - Nothing is written.
 */
import { join } from 'node:path';
import type { Files } from '../host/host.ts';
import type { RunState } from '../run/state.ts';
import type { ActionSpecs } from '../runbook/action-spec.ts';
import type { AllowedSigners } from '../signing/allowed-signers.ts';
import { isSafePath } from '../signing/archive-path.ts';
import { sha256Hex } from '../signing/canonical.ts';
import { documentName, evidencePrefix, isReportName, journalName, pinnedIn } from '../signing/report-layout.ts';
import type { Statement, Subject } from '../signing/statement.ts';
import type { Journals } from '../store/journals.ts';
import { verifyApprovals } from './approvals.ts';
import {
  type HeadLine,
  runNamedIn,
  type VerifiedRun,
  verifyChain,
  verifyHead,
  verifyLive,
  verifyPrefix,
} from './chain.ts';
import { type Check, Checks } from './checks.ts';
import { collect, type HandedOver, nothing } from './collect.ts';
import { verifyDocuments } from './documents.ts';
import { EvidenceCheck, evidenceIn, verifyEvidence } from './evidence.ts';
import { type ReportSigner, verifyGates } from './gates.ts';
import { verifyRendering, verifyResult } from './rendering.ts';
import { type Texts, verifyRules } from './rules.ts';
import { type SignerFound, verifySignatures } from './signatures.ts';
import { folderFiles, type SourceFile } from './source.ts';

/** A report that lies somewhere; `evidence`: it must be there too, as in a bundle. */
export interface ReportSource {
  readonly files: AsyncIterable<SourceFile>;
  readonly evidence: boolean;
}

/**
 * Whom the verifier trusts. `allowed` null: nothing says whose keys count. `demanded`: of what a signature is expected: of everything,
 * of what was handed over (folders and bundles, not the runs of this machine), or of nothing.
 */
export interface Trusted {
  readonly allowed: AllowedSigners | null;
  readonly demanded: 'everything' | 'handed-over' | 'nothing';
}

export interface VerifierOptions {
  readonly files: Files;
  /** The runs of this machine, for live journals; null: none can be read. */
  readonly journals: Journals | null;
  readonly trust: Trusted;
  /** `--head`, read. */
  readonly head: HeadLine | null;
  /** What the actions are: by them documents are compiled again. */
  readonly specs: ActionSpecs;
  /** As of when keys are judged, epoch ms. */
  readonly nowMs: number;
  /** It is another time than now, which is said. */
  readonly asOf: boolean;
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

/** Verifies a report somewhere. Throws `SigningError` or `HostError` when not even its first file can be read. */
export async function verifySource(source: ReportSource, options: VerifierOptions): Promise<Verification> {
  const checks = new Checks();
  const journalIn = (bytes: Uint8Array): VerifiedRun | null =>
    verifyChain(bytes, runNamedIn(bytes), { live: false, specs: options.specs }, checks);
  const handed = await collect({ files: source.files, evidencePrefix, journalIn }, checks);
  const { journal, evidence, digests, texts } = handed;
  if (!digests.some(({ name }) => name === journalName)) checks.add('journal', false, `${journalName} is missing`);
  if (journal !== null) verifyDocuments(journal, digests, checks);
  if (journal !== null) verifyRules(journal, texts, options.specs, checks);
  const found = verifyReport(handed, options, options.trust.demanded !== 'nothing', checks);
  // Signed together with its evidence, a report is not whole without it.
  const announced = found.statement?.predicate.evidence === undefined ? 'nothing' : 'announced';
  if (evidence !== null) verifyEvidence(evidence, source.evidence ? 'recorded' : announced, checks);
  if (journal !== null) verifyClaims(journal, found, options, checks);
  if (journal !== null && options.journals !== null) await verifyLive(options.journals, journal, checks);
  return conclude(journal, found, checks);
}

/** Verifies run `id` of `journals`: the live journal, what it names, and the report that was written of it. */
export async function verifyRun(journals: Journals, id: string, options: VerifierOptions): Promise<Verification> {
  const checks = new Checks();
  const live = verifyChain(await journals.records(id), id, { live: true, specs: options.specs }, checks);
  if (live === null) return conclude(null, unsigned, checks);
  const { digests, texts } = await documentsOf(journals, live);
  verifyDocuments(live, digests, checks);
  verifyRules(live, texts, options.specs, checks);
  verifyEvidence(await evidenceOf(journals, live), 'recorded', checks);
  const demanded = options.trust.demanded === 'everything';
  const found = verifyReport(await reportOf(journals, live, options, checks), options, demanded, checks);
  verifyClaims(live, found, options, checks);
  return conclude(live, found, checks);
}

/** The documents that the run pins, as far as they are there. */
interface Documents {
  readonly digests: readonly Subject[];
  readonly texts: Texts;
}

async function documentsOf(journals: Journals, { run, events }: VerifiedRun): Promise<Documents> {
  const digests: Subject[] = [];
  const texts = new Map<string, string>();
  for (const pinned of pinnedIn(events)) {
    const bytes = await journals.document(run, pinned);
    if (bytes === null) continue;
    const sha256 = sha256Hex(bytes);
    digests.push({ name: documentName(pinned), sha256 });
    texts.set(sha256, new TextDecoder().decode(bytes));
  }
  return { digests, texts };
}

async function evidenceOf(journals: Journals, { run, events }: VerifiedRun): Promise<EvidenceCheck> {
  const stored = journals.evidence(run);
  const recorded = evidenceIn(events);
  const evidence = new EvidenceCheck(recorded);
  for (const path of recorded.keys()) {
    const found = isSafePath(path) ? await stored.digests(path, evidence.lengths(path)) : null;
    if (found !== null) evidence.take(path, found, null);
  }
  return evidence;
}

/** The report that lies with the run, if one was written: its journal must be how the live one begins. */
async function reportOf(
  journals: Journals,
  live: VerifiedRun,
  { files }: VerifierOptions,
  checks: Checks,
): Promise<HandedOver> {
  const folder = join(journals.workspace(live.run), 'report');
  if ((await files.facts(folder)) === null) return nothing;
  const journalIn = (copy: Uint8Array): VerifiedRun | null => verifyPrefix(live, copy, checks);
  return collect({ files: folderFiles(files, folder), evidencePrefix: null, journalIn }, checks);
}

/** Who signed, and what they signed. */
interface Signed {
  readonly signed: boolean;
  readonly signers: readonly SignerFound[];
  readonly statement: Statement | null;
}

const unsigned: Signed = { signed: false, signers: [], statement: null };

/** Statement and signatures, then what they speak of: the rendered report and the result. */
function verifyReport(
  handed: HandedOver,
  { trust, nowMs }: VerifierOptions,
  demanded: boolean,
  checks: Checks,
): Signed {
  const { journal, digests, signatureFiles } = handed;
  const found = verifySignatures(
    { files: digests, signatureFiles },
    { allowedSigners: trust.allowed, demanded, nowMs },
  );
  checks.addAll(found.checks);
  const foreign = digests.map(({ name }) => name).filter((name) => !isReportName(name));
  if (signatureFiles.length === 0 && foreign.length > 0) {
    const problems = foreign.map((name) => `${name} is no part of a report`);
    checks.tell('files', problems, '');
  }
  const { statement } = found;
  // What a newer gonogo wrote may be what the report or the statement rests on.
  if (journal !== null && journal.state.newer.length === 0) {
    checks.attempt('report', () => verifyRendering(journal, handed, statement, checks));
    if (statement !== null) checks.attempt('result', () => verifyResult(journal, statement, checks));
  }
  return found;
}

/** What stands on the journal by itself: approvals, and the line that was posted. */
function verifyClaims(
  journal: VerifiedRun,
  signed: Signed,
  { trust, head, nowMs, asOf }: VerifierOptions,
  checks: Checks,
): void {
  if (asOf) checks.add('time', true, `judged as of ${new Date(nowMs).toISOString()}, not as of now`);
  const verifies = (): void => checks.addAll(verifyApprovals(journal.run, journal.events, trust.allowed, nowMs));
  const gates = (): void => checks.addAll(verifyGates(journal.state, trust.allowed, signerOf(signed), nowMs));
  if (journal.state.newer.length === 0) {
    checks.attempt('approval', verifies);
    checks.attempt('gate', gates);
  }
  if (head !== null) verifyHead(journal, head, checks);
}

/** Who signed the report first: whoever its statement names, else whose signature is first. */
function signerOf({ statement, signers }: Signed): ReportSigner | null {
  const key = statement?.predicate.signer ?? signers[0]?.key;
  if (key === undefined) return null;
  return { key, principal: signers.find((one) => one.key === key)?.principal ?? null };
}

function conclude(journal: VerifiedRun | null, { signed, signers, statement }: Signed, { all }: Checks): Verification {
  const state = journal?.state ?? null;
  const signedSeq = statement?.predicate.head.seq ?? 0;
  return {
    ok: all.every(({ ok }) => ok),
    checks: all,
    signers,
    signed,
    unsignedRecords: Math.max(0, (state?.head.seq ?? 0) - signedSeq),
    state,
  };
}
