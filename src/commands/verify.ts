/**
 * `gonogo verify PATH_OR_RUN`: says what is proven of a run, a report folder or a bundle, by whom, and what is not.
 *
 * Exit 0: everything that is there holds, and every signature is by a signer whom the verifier trusts; what is not signed says
 * so, and passes unless allowed signers are configured. 1: not verified. 2: nothing there that could be verified.
 */
import { verify as verifyNamed } from '../app/verify.ts';
import { visibleLine } from '../diagnostics/sanitise.ts';
import { exitCodes } from '../engine/exit-code.ts';
import { parseInstant } from '../journal/instant.ts';
import { outcomeSentence } from '../report/outcome.ts';
import { counted } from '../report/words.ts';
import type { HeadLine } from '../verify/chain.ts';
import type { Verification } from '../verify/verify.ts';
import { type Io, openWorld, printJson, type StateOptions, UsageError } from './command.ts';

export interface VerifyOptions extends StateOptions {
  /** The line that `head` printed when it was posted. */
  readonly head?: string | undefined;
  /** ISO 8601 in UTC: as of when keys are judged. */
  readonly at?: string | undefined;
  readonly json?: boolean | undefined;
}

/** Verifies `name`: a run of the state folder, or the path of a report folder or a bundle. */
export async function verify(name: string, options: VerifyOptions, io: Io): Promise<number> {
  const head = options.head === undefined ? null : readHeadLine(options.head);
  const atMs = options.at === undefined ? null : readTime(options.at);
  const verification = sanitised(await verifyNamed(await openWorld(options), { name, head, atMs }));
  if (options.json === true) {
    const { ok, checks, signers, signed } = verification;
    const trusted = signed && signers.length > 0 && signers.every((signer) => signer.trusted);
    printJson(io, { ok, checks, signers, signed, trusted });
  } else for (const line of linesOf(verification)) io.stdout(`${line}\n`);
  return verification.ok ? exitCodes.done : exitCodes.failed;
}

/** Reads `2026-11-21T03:12:44Z`, the seconds and their fraction or the whole time of day left out or not. Epoch ms. */
function readTime(text: string): number {
  const [, day, minute = '00:00', second = ':00', fraction = ''] =
    /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(:\d\d)?(\.\d{1,3})?Z)?$/.exec(text) ?? [];
  const full = `${day}T${minute}${second}.${fraction.slice(1).padEnd(3, '0')}Z`;
  const ms = day === undefined ? null : parseInstant(full);
  if (ms === null) throw new UsageError(`--at: "${text}" is no time in UTC like 2026-11-21T03:12:44Z or 2026-11-21`);
  return ms;
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
