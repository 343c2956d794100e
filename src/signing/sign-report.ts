/**
 * Signs a report: the same statement bytes once as a DSSE envelope (Ed25519 keys) and once as an SSH signature (any key), and
 * later again by countersigners.
 *
 * Invariants:
 * - It returns files; the caller writes them. Nothing that is signed already is changed.
 * - A key signs a report once.
 */
import { sha256Hex } from './canonical.ts';
import { signEnvelope } from './dsse.ts';
import type { Signer } from './signer.ts';
import { SigningError } from './signing-error.ts';
import { assertSshsig, parseSshsig, signSshsig } from './sshsig.ts';
import { parseStatement, type Statement, statementBytes } from './statement.ts';

/** A file of the report folder: its path in it, with `/`, and its content. */
export interface ReportFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export const statementName = 'statement.json';
export const envelopeName = 'statement.dsse.json';

/** At most this many signatures on one report. */
const signaturesMax = 99;

/** `statement.json.sig` is the first signature, `statement.json.2.sig` the second, and so on. */
export function signatureName(number: number): string {
  return number === 1 ? `${statementName}.sig` : `${statementName}.${number}.sig`;
}

/** Which signature a file is, from 1; null: it is none. `statement.json.1.sig` and leading zeros are none. */
export function signatureNumber(name: string): number | null {
  if (name === signatureName(1)) return 1;
  const number = Number(/^statement\.json\.([1-9]\d?)\.sig$/.exec(name)?.[1] ?? 0);
  return number >= 2 ? number : null;
}

/** True for the files that carry the signature and so cannot be subjects of it. */
export function isSignatureFile(name: string): boolean {
  return name === statementName || name === envelopeName || signatureNumber(name) !== null;
}

/** `statement.json`, `statement.dsse.json` (Ed25519 keys only) and `statement.json.sig`. */
export function signReport(statement: Statement, signer: Signer): Promise<readonly ReportFile[]> {
  return signStatement(statementBytes(statement), signer);
}

/** The same of any statement, as its bytes. */
export async function signStatement(bytes: Uint8Array, signer: Signer): Promise<readonly ReportFile[]> {
  const files = [{ name: statementName, bytes }];
  if (signer.publicKey.kind === 'ed25519') {
    files.push({ name: envelopeName, bytes: await signEnvelope(bytes, signer) });
  }
  files.push({ name: signatureName(1), bytes: await signatureOver(bytes, signer) });
  return files;
}

/** Whether one of the signatures in `files` is by the key of `signer`. None of them is verified. */
export function hasSigned(files: readonly ReportFile[], { publicKey }: Signer): boolean {
  return files.some(({ name, bytes }) => {
    if (signatureNumber(name) === null) return false;
    return parseSshsig(decodeArmored(bytes)).publicKey.fingerprint === publicKey.fingerprint;
  });
}

/**
 * One more signature over a signed report's statement, under the next free name. `files` are those of the report folder that
 * `isSignatureFile` names. Throws `malformed` when the report is not signed, `repeated` when this key has signed it, and what
 * `assertSshsig` throws when a present signature is bad.
 */
export async function countersignReport(files: readonly ReportFile[], signer: Signer): Promise<ReportFile> {
  const statement = files.find(({ name }) => name === statementName);
  const signatures = files.filter(({ name }) => signatureNumber(name) !== null);
  if (statement === undefined || signatures.length === 0) {
    throw new SigningError('malformed', 'the report is not signed yet; sign it first, then others can countersign');
  }
  parseStatement(statement.bytes);
  for (const { name, bytes } of signatures) {
    const key = assertSshsig(decodeArmored(bytes), statement.bytes, 'gonogo-report');
    if (key.fingerprint === signer.publicKey.fingerprint) {
      throw new SigningError('repeated', `${key.fingerprint} has signed this report already, in ${name}`);
    }
  }
  const last = Math.max(...signatures.map(({ name }) => signatureNumber(name) ?? 0));
  if (last >= signaturesMax) throw new SigningError('too-large', `a report has at most ${signaturesMax} signatures`);
  return { name: signatureName(last + 1), bytes: await signatureOver(statement.bytes, signer) };
}

async function signatureOver(statement: Uint8Array, signer: Signer): Promise<Uint8Array> {
  return new TextEncoder().encode(await signSshsig(statement, 'gonogo-report', signer));
}

/** The text of a signature file; bytes above ASCII become characters that no armor holds. */
export function decodeArmored(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

/** What a report file is as a subject of the statement. */
export function toSubject(file: ReportFile): { readonly name: string; readonly sha256: string } {
  return { name: file.name, sha256: sha256Hex(file.bytes) };
}
