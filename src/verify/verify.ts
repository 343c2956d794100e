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
import { documentName, evidencePrefix, isReportName, journalName } from '../signing/report-layout.ts';
import type { Statement, Subject } from '../signing/statement.ts';
import type { Journals } from '../store/journals.ts';
import type { Apart } from '../store/store.ts';
import { verifyApprovalJournal } from './approvals.ts';
import { type HeadLine, verifyChain, verifyHead, verifyLive, verifyPrefix } from './chain.ts';
import { type Check, Checks } from './checks.ts';
import { collect, type HandedOver, nothing, type ReadFile, type Texts } from './collect.ts';
import { verifyDocuments } from './documents.ts';
import { EvidenceCheck, verifyEvidence } from './evidence.ts';
import { type ReportSigner, verifyGates } from './gates.ts';
import { type ReadBytes, readJournal, type VerifiedRun } from './reading.ts';
import { verifyRendering, verifyResult } from './rendering.ts';
import { RulesCheck } from './rules.ts';
import { type SignerFound, verifySignatures } from './signatures.ts';
import { folderFiles, type SourceFile } from './source.ts';

/** A report that lies somewhere; `evidence`: it must be there too, as in a bundle. */
export interface ReportSource {
  /** Its files, from the first on, as often as it is called. */
  readonly files: () => AsyncIterable<SourceFile>;
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
  let tellRules = (): void => {};
  const journalIn = async (file: SourceFile, texts: Texts): Promise<ReadFile> => {
    const rules = new RulesCheck(options.specs, async (sha256) => texts.get(sha256) ?? null);
    const read = await readJournal(file.chunks(), {
      run: null,
      rules,
      specs: options.specs,
      asked: options.head?.seq ?? null,
    });
    const verified = verifyChain(read, false, checks);
    if (verified !== null) tellRules = () => rules.tell(verified.state, checks);
    return { sha256: read.sha256, journal: verified };
  };
  const handed = await collect({ files: source.files(), evidencePrefix, journalIn }, checks);
  const { journal, evidence, digests } = handed;
  if (!digests.some(({ name }) => name === journalName)) checks.add('journal', false, `${journalName} is missing`);
  if (journal !== null) verifyDocuments(journal, digests, '', checks);
  tellRules();
  const again = (): AsyncIterable<Uint8Array> => journalOf(source.files());
  const found = await verifyReport({ ...handed, again }, options, options.trust.demanded !== 'nothing', checks);
  // Signed together with its evidence, a report is not whole without it.
  const announced = found.statement?.predicate.evidence === undefined ? 'nothing' : 'announced';
  if (evidence !== null) verifyEvidence(evidence, source.evidence ? 'recorded' : announced, checks);
  if (journal !== null) await verifyClaims(journal, found, options, checks);
  if (journal !== null && options.journals !== null) await verifyLive(options.journals, journal, checks);
  return conclude(journal, found, checks);
}

/** The bytes of the journal among `files`. */
async function* journalOf(files: AsyncIterable<SourceFile>): AsyncGenerator<Uint8Array> {
  for await (const file of files) {
    if (file.path !== journalName) continue;
    yield* file.chunks();
    return;
  }
}

/** Verifies run `id` of `journals`: the live journal, what it names, and the report that was written of it. */
export async function verifyRun(journals: Journals, id: string, options: VerifierOptions): Promise<Verification> {
  const checks = new Checks();
  const rules = new RulesCheck(options.specs, (sha256) => textOf(journals, id, sha256));
  const read = await readJournal(journals.records(id), {
    run: id,
    rules,
    specs: options.specs,
    asked: options.head?.seq ?? null,
  });
  const live = verifyChain(read, true, checks);
  if (live === null) return conclude(null, unsigned, checks);
  verifyDocuments(live, await documentsOf(journals, live), '', checks);
  rules.tell(live.state, checks);
  verifyEvidence(await evidenceOf(journals, live), 'recorded', checks);
  tellApart((await journals.apart([id])).get(id), checks);
  const demanded = options.trust.demanded === 'everything';
  const handed = await reportOf(journals, { ...read, found: live }, options, checks);
  if (handed.journal !== null) verifyDocuments(handed.journal, handed.digests, 'in the report', checks);
  const again = (): AsyncIterable<Uint8Array> => journals.records(id);
  const found = await verifyReport({ ...handed, again }, options, demanded, checks);
  await verifyClaims(live, found, options, checks);
  return conclude(live, found, checks);
}

/** What the store lacks can be put back. Another branch cannot be undone: the run is what it is, and this is said of it. */
function tellApart(apart: Apart | undefined, checks: Checks): void {
  if (apart === undefined) return;
  const { lacking, branches } = apart;
  if (lacking !== null)
    checks.add(
      'store',
      false,
      `it lacks records ${lacking.from} to ${lacking.to}, which this machine has: it went back to an earlier moment`,
    );
  for (const { after, to, hostname } of branches)
    checks.add(
      'branch',
      true,
      `records ${after + 1} to ${to} as ${hostname} had recorded them are kept beside the run, which went on without them`,
    );
}

async function textOf(journals: Journals, run: string, sha256: string): Promise<string | null> {
  const bytes = await journals.document(run, sha256);
  return bytes === null || sha256Hex(bytes) !== sha256 ? null : new TextDecoder().decode(bytes);
}

/** The documents that the run pins, as far as they are there. */
async function documentsOf(journals: Journals, { run, pinned }: VerifiedRun): Promise<readonly Subject[]> {
  const digests: Subject[] = [];
  for (const sha256 of pinned) {
    const bytes = await journals.document(run, sha256);
    if (bytes !== null) digests.push({ name: documentName(sha256), sha256: sha256Hex(bytes) });
  }
  return digests;
}

async function evidenceOf(journals: Journals, { run, evidence: recorded }: VerifiedRun): Promise<EvidenceCheck> {
  const stored = journals.evidence(run);
  const evidence = new EvidenceCheck(recorded);
  for (const path of recorded.keys()) {
    const lengths = evidence.lengths(path);
    const found = isSafePath(path) ? await stored.digests(path, lengths) : null;
    // A part of it may be here all the same: it was sent before it was too large.
    const whole = found !== null && lengths.every((length) => found.has(length));
    const elsewhere = whole ? null : await stored.elsewhere(path);
    if (elsewhere !== null) evidence.leave(path, elsewhere);
    else if (found !== null) evidence.take(path, found, null);
  }
  return evidence;
}

/** The report that lies with the run, if one was written: its journal must be how the live one begins. */
async function reportOf(
  journals: Journals,
  { found: live, sha256, bytes }: ReadBytes & { readonly found: VerifiedRun },
  { files, specs }: VerifierOptions,
  checks: Checks,
): Promise<HandedOver> {
  const folder = join(journals.workspace(live.run), 'report');
  if ((await files.facts(folder)) === null) return nothing;
  const journalIn = async (file: SourceFile): Promise<ReadFile> => {
    const path = join(folder, file.path);
    // The whole journal is read already, and need not be held twice.
    if (live.tornBytes === 0 && file.bytes === bytes && (await files.digest(path)).sha256 === sha256) {
      checks.add('live', true, 'the report holds the whole journal');
      return { sha256, journal: live };
    }
    const read = await readJournal(file.chunks(), { run: live.run, rules: null, specs, asked: null });
    return { sha256: read.sha256, journal: await verifyPrefix(live, journals.records(live.run), read, checks) };
  };
  return collect({ files: folderFiles(files, folder), evidencePrefix: null, journalIn }, checks);
}

/** Who signed, and what they signed. */
interface Signed {
  readonly signed: boolean;
  readonly signers: readonly SignerFound[];
  readonly statement: Statement | null;
}

const unsigned: Signed = { signed: false, signers: [], statement: null };

/** A report, and what gives the bytes of its journal once more. */
interface Reread extends HandedOver {
  readonly again: () => AsyncIterable<Uint8Array>;
}

/** Statement and signatures, then what they speak of: the rendered report and the result. */
async function verifyReport(
  handed: Reread,
  { trust, nowMs }: VerifierOptions,
  demanded: boolean,
  checks: Checks,
): Promise<Signed> {
  const { journal, digests, signatureFiles, again } = handed;
  const found = verifySignatures(
    { files: digests, signatureFiles },
    { allowedSigners: trust.allowed, demanded, nowMs },
  );
  checks.addAll(found.checks);
  // Also where a statement covers it: gonogo writes no such report, and what it is nobody checked.
  const foreign = digests.map(({ name }) => name).filter((name) => !isReportName(name));
  if (foreign.length > 0) {
    const problems = foreign.map((name) => `${name} is no part of a report`);
    checks.tell('files', problems, '');
  }
  const { statement } = found;
  // What a newer gonogo wrote may be what the report or the statement rests on.
  if (journal !== null && journal.state.newer.length === 0) {
    await checks.attempt('report', () =>
      verifyRendering({ journal, digests, texts: handed.texts, again }, statement, checks),
    );
    if (statement !== null) await checks.attempt('result', () => verifyResult(journal, statement, checks));
  }
  return found;
}

/** What stands on the journal by itself: approvals, and the line that was posted. */
async function verifyClaims(
  journal: VerifiedRun,
  signed: Signed,
  { trust, head, nowMs, asOf }: VerifierOptions,
  checks: Checks,
): Promise<void> {
  if (asOf) checks.add('time', true, `judged as of ${new Date(nowMs).toISOString()}, not as of now`);
  const { run, state, approvals } = journal;
  const verifies = (): void => checks.addAll(verifyApprovalJournal(run, approvals, trust.allowed, nowMs));
  const gates = (): void => checks.addAll(verifyGates(state, trust.allowed, signerOf(signed), nowMs));
  if (state.newer.length === 0) {
    await checks.attempt('approval', verifies);
    await checks.attempt('gate', gates);
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
