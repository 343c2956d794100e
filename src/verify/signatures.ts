/**
 * Whether a signed report is what its signers signed, and whether the verifier trusts them.
 *
 * Invariants:
 * - Pure: digests, signature files and trust come in, checks come out. Keys are taken from signatures only to ask
 *   the verifier's allowed signers about them.
 * - Everything present must hold: a bad, repeated or untrusted signature fails the report even beside a good one. Whoever does not
 *   want to rely on a countersigner takes that file away and verifies again.
 * - It proves what was recorded and signed under these keys, and not that the machine told the truth.
 *
 * It may not read the journal: chain, evidence and re-rendering are verified by those who know them.
 */
import { type AllowedSigners, trust } from '../signing/allowed-signers.ts';
import { assertEnvelope, parseEnvelope } from '../signing/dsse.ts';
import { type PublicKey, quoted } from '../signing/public-key.ts';
import {
  decodeArmored,
  envelopeName,
  type ReportFile,
  signatureName,
  signatureNumber,
  statementName,
} from '../signing/sign-report.ts';
import { SigningError } from '../signing/signing-error.ts';
import { assertSshsig } from '../signing/sshsig.ts';
import { filesOf, parseStatement, type Statement, type Subject } from '../signing/statement.ts';
import { sameBytes } from '../signing/wire.ts';
import type { Check } from './checks.ts';

export interface ReportToVerify {
  /** Every file of the report folder but those that `isSignatureFile` names. */
  readonly files: readonly Subject[];
  /** Those that `isSignatureFile` names, with their bytes. */
  readonly signatureFiles: readonly ReportFile[];
}

export interface Verifier {
  /** null: the verifier has none, and no signature is trusted. */
  readonly allowedSigners: AllowedSigners | null;
  /** What is not signed is not verified. */
  readonly demanded: boolean;
  /** Epoch ms. Keys are judged at this time, as ssh-keygen does; a statement from after it is refused. */
  readonly nowMs: number;
}

/** `key` is the fingerprint; `principal` null: unknown to the verifier. */
export interface SignerFound {
  readonly key: string;
  readonly principal: string | null;
  readonly trusted: boolean;
}

/** `statement` null: none, or not readable. `ok`: all checks are. */
export interface ReportVerification {
  readonly ok: boolean;
  readonly signed: boolean;
  readonly checks: readonly Check[];
  readonly signers: readonly SignerFound[];
  readonly statement: Statement | null;
}

/** How far a signer's clock may be ahead of ours. */
const clockSkewMs = 5 * 60_000;

/** Verifies a report folder or bundle, signed or not. Never throws for what is in it. */
export function verifySignatures(report: ReportToVerify, verifier: Verifier): ReportVerification {
  return new ReportVerifier(report, verifier).verify();
}

interface GoodSignature {
  readonly file: string;
  readonly key: PublicKey;
}

class ReportVerifier {
  readonly #report: ReportToVerify;
  readonly #verifier: Verifier;
  readonly #checks: Check[] = [];
  readonly #signers: SignerFound[] = [];

  constructor(report: ReportToVerify, verifier: Verifier) {
    this.#report = report;
    this.#verifier = verifier;
  }

  /** The policy. */
  verify(): ReportVerification {
    if (this.#report.signatureFiles.length === 0) return this.#verifyUnsigned(null);
    const statement = this.#verifyStatement();
    if (statement === null) return this.#result(null);
    this.#verifySubjects(statement);
    if (!this.#isSigned()) return this.#verifyUnsigned(statement);
    const signatures = this.#verifySignatures();
    this.#verifyEnvelope(signatures);
    this.#verifyDistinct(signatures);
    this.#verifyFirst(signatures, statement);
    this.#verifyTrust(signatures, this.#verifier.nowMs);
    return this.#result(statement);
  }

  /** A statement by itself says what the report consists of, and nobody vouches for it. */
  #isSigned(): boolean {
    return this.#report.signatureFiles.some(({ name }) => name !== statementName);
  }

  #verifyUnsigned(statement: Statement | null): ReportVerification {
    const asked = this.#verifier.demanded;
    const detail = asked
      ? 'unsigned, and a signature by one of the allowed signers was asked for'
      : 'unsigned: nobody vouches for it';
    this.#add('signature', !asked, detail);
    return this.#result(statement);
  }

  #verifyStatement(): Statement | null {
    return this.#try('statement', () => {
      const statement = parseStatement(this.#bytesOf(statementName));
      const { signedAt } = statement.predicate;
      const time = toTimeText(signedAt);
      if (signedAt > this.#verifier.nowMs + clockSkewMs) {
        throw new SigningError('malformed', `it says it was signed at ${time}, which is in the future`);
      }
      const made = this.#isSigned() ? `signed at ${time} by the signer's clock` : `made at ${time}, not signed`;
      return [statement, `run ${statement.predicate.run}, ${made}`];
    });
  }

  #verifySubjects(statement: Statement): void {
    const files = new Map(this.#report.files.map(({ name, sha256 }) => [name, sha256]));
    const covered = filesOf(statement);
    const names = new Set(covered.map(({ name }) => name));
    const problems: string[] = [];
    for (const { name, sha256 } of covered) {
      const found = files.get(name);
      if (found === undefined) problems.push(`${name} is missing`);
      else if (found !== sha256) problems.push(`${name} is not the file that was signed`);
    }
    for (const name of files.keys()) if (!names.has(name)) problems.push(`${name} is not covered by the statement`);
    const detail = problems.length > 0 ? problems.join('; ') : `${names.size} files are those that were signed`;
    this.#add('subjects', problems.length === 0, detail);
  }

  #verifySignatures(): readonly GoodSignature[] {
    const files = this.#report.signatureFiles.filter(({ name }) => signatureNumber(name) !== null);
    const isFirst = ({ name }: ReportFile): boolean => name === signatureName(1);
    if (!files.some(isFirst)) this.#add('sshsig', false, `${signatureName(1)} is missing`);
    files.sort((a, b) => (signatureNumber(a.name) ?? 0) - (signatureNumber(b.name) ?? 0));
    return files.flatMap((file) => {
      const key = this.#try(
        'sshsig',
        () => {
          const found = assertSshsig(decodeArmored(file.bytes), this.#bytesOf(statementName), 'gonogo-report');
          return [found, `${file.name}: a good signature by ${found.fingerprint} (${found.type})`];
        },
        file.name,
      );
      return key === null ? [] : [{ file: file.name, key }];
    });
  }

  /** Countersignatures vouch for a report that somebody signed first: the one whom the statement names. */
  #verifyFirst(signatures: readonly GoodSignature[], { predicate }: Statement): void {
    const name = signatureName(1);
    const first = signatures.find(({ file }) => file === name)?.key.fingerprint;
    if (first === undefined || predicate.signer === undefined || predicate.signer === first) return;
    this.#add(
      'sshsig',
      false,
      `${name} is by ${first}; the statement names ${quoted(predicate.signer)} as its first signer`,
    );
  }

  /** An Ed25519 signer's envelope is part of the report: taking it away is a change like any other. */
  #verifyEnvelope(signatures: readonly GoodSignature[]): void {
    const first = signatures.find(({ file }) => file === signatureName(1))?.key;
    const file = this.#report.signatureFiles.find(({ name }) => name === envelopeName);
    if (file === undefined) {
      if (first?.kind === 'ed25519') this.#add('dsse', false, `${envelopeName} is missing`);
      return;
    }
    this.#try(
      'dsse',
      () => {
        const envelope = parseEnvelope(file.bytes);
        if (!sameBytes(envelope.payload, this.#bytesOf(statementName))) {
          throw new SigningError('bad-signature', `its payload is not ${statementName}`);
        }
        if (first === undefined)
          throw new SigningError('no-key', `without a good ${signatureName(1)} its key is not known`);
        assertEnvelope(envelope, first);
        return [envelope, `a good signature by ${first.fingerprint} over the same statement`];
      },
      envelopeName,
    );
  }

  #verifyDistinct(signatures: readonly GoodSignature[]): void {
    const seen = new Map<string, string>();
    for (const { file, key } of signatures) {
      const earlier = seen.get(key.fingerprint);
      if (earlier !== undefined)
        this.#add('distinct', false, `${file} repeats the key of ${earlier}; a key signs once`);
      else seen.set(key.fingerprint, file);
    }
  }

  #verifyTrust(signatures: readonly GoodSignature[], atMs: number): void {
    const { allowedSigners } = this.#verifier;
    const keys = new Map(signatures.map(({ key }) => [key.fingerprint, key]));
    for (const key of keys.values()) {
      if (allowedSigners === null) {
        this.#signers.push({ key: key.fingerprint, principal: null, trusted: false });
        const detail = `${key.fingerprint} signed, and nothing says whose key that is: give your allowed signers file`;
        this.#add('trust', false, detail);
        continue;
      }
      const { trusted, principal, reason } = trust(allowedSigners, key, {
        principals: null,
        namespace: 'gonogo-report',
        atMs,
      });
      this.#signers.push({ key: key.fingerprint, principal, trusted });
      this.#add('trust', trusted, trusted ? `${key.fingerprint} is ${principal}, by ${reason}` : reason);
    }
  }

  #bytesOf(name: string): Uint8Array {
    const file = this.#report.signatureFiles.find((candidate) => candidate.name === name);
    if (file === undefined) throw new SigningError('malformed', `${name} is missing`);
    return file.bytes;
  }

  #add(name: string, ok: boolean, detail: string): void {
    this.#checks.push({ name, ok, detail });
  }

  /** Runs one verification that ends in a value and its detail, or in a `SigningError`, which becomes the check's. */
  #try<T>(name: string, act: () => readonly [T, string], file = ''): T | null {
    try {
      const [value, detail] = act();
      this.#add(name, true, detail);
      return value;
    } catch (error) {
      if (!(error instanceof SigningError)) throw error;
      this.#add(name, false, file === '' ? error.message : `${file}: ${error.message}`);
      return null;
    }
  }

  #result(statement: Statement | null): ReportVerification {
    return {
      ok: this.#checks.every(({ ok }) => ok),
      signed: this.#isSigned(),
      checks: this.#checks,
      signers: this.#signers,
      statement,
    };
  }
}

/** UTC; a time beyond what a date can hold shows as its number. */
function toTimeText(ms: number): string {
  return ms <= 8.64e15 ? new Date(ms).toISOString() : `${ms} ms`;
}
