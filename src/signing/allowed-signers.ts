/**
 * Who is trusted to sign what, and when: the ALLOWED SIGNERS file of ssh-keygen(1), which git uses too
 * (`gpg.ssh.allowedSignersFile`), and a plain list of revoked keys (`gpg.ssh.revocationFile`).
 *
 * Invariants:
 * - A line that is not understood whole trusts nobody, and says why; the other lines hold.
 * - Principals are exact: a pattern (`*`, `?`, `!`) would let one key sign for people it was not given to. Certificate
 *   authorities are refused for the same reason.
 * - Same file, same answer as `ssh-keygen -Y verify`, or "no" where this one is stricter; never "yes" where that one says no.
 * - The answer is the same on every machine: a time without a Z, which ssh-keygen takes for local and, in summer, for standard
 *   time, counts only where it is over, or not yet there, in every time zone.
 * - No name has a character that is not seen: ssh-keygen ends a line at a NUL, and takes a byte order mark for a letter.
 */
import { fromBase64 } from './canonical.ts';
import {
  formatPublicKey,
  isSameKey,
  type PublicKey,
  parsePublicKeyBlob,
  parsePublicKeyLine,
  quoted,
} from './public-key.ts';
import { SigningError } from './signing-error.ts';
import type { Namespace } from './sshsig.ts';

/** One line that is understood. `namespaces` null: every namespace. Times are epoch seconds, both inclusive. */
interface TrustLine {
  readonly line: number;
  readonly principals: readonly string[];
  readonly key: PublicKey;
  readonly namespaces: readonly string[] | null;
  readonly validAfter: number | null;
  readonly validBefore: number | null;
  /** Whether one of the times is written without a Z. */
  readonly local: boolean;
}

/** One line that trusts nobody. `key` is null where none could be read. */
interface RefusedLine {
  readonly line: number;
  readonly key: PublicKey | null;
  readonly reason: string;
}

export interface AllowedSigners {
  readonly lines: readonly TrustLine[];
  readonly refused: readonly RefusedLine[];
  /** Keys that are trusted nowhere, whatever `lines` says. */
  readonly revoked: readonly { readonly line: number; readonly key: PublicKey }[];
}

/** `principals` null: any; else one of these. `atMs`: when the key must be valid, epoch ms. */
export interface TrustQuestion {
  readonly principals: readonly string[] | null;
  readonly namespace: Namespace;
  readonly atMs: number;
}

/** `principal` is the trusted name, or null. `reason` says why not in one line, or by which line it is trusted. */
export type TrustAnswer =
  | { readonly trusted: true; readonly principal: string; readonly reason: string }
  | { readonly trusted: false; readonly principal: null; readonly reason: string };

const fileCharactersMax = 1024 * 1024;
const nameBytesMax = 1000;
/** No clock is further from UTC than this (RFC 8536: -25 h to +26 h). */
const zoneSecondsMax = 26 * 3600;

/**
 * Reads an allowed signers file, and the list of revoked keys where there is one (public keys, one a line). Bad lines
 * become `refused`; throws `too-large`, and for the revoked list `malformed` or `unsupported`, because a revocation that is not
 * understood must not be passed over.
 */
export function parseAllowedSigners(text: string, revokedText = ''): AllowedSigners {
  const lines: TrustLine[] = [];
  const refused: RefusedLine[] = [];
  for (const { number, content } of contentLines(text, 'the allowed signers file')) {
    const read = readLine(number, content);
    if ('reason' in read) refused.push(read);
    else lines.push(read);
  }
  return { lines, refused, revoked: parseRevoked(revokedText) };
}

function* contentLines(text: string, what: string): Generator<{ readonly number: number; readonly content: string }> {
  if (text.length > fileCharactersMax) throw new SigningError('too-large', `${what} is longer than 1 MiB`);
  let number = 0;
  for (const line of text.split('\n')) {
    number += 1;
    const content = line.replace(/\r$/, '').replace(/^[ \t]+/, '');
    if (content !== '' && !content.startsWith('#')) yield { number, content };
  }
}

function parseRevoked(text: string): AllowedSigners['revoked'] {
  if (text.startsWith('SSHKRL\n')) {
    const message = 'the revoked keys are a binary KRL; give a plain list of public keys, one a line';
    throw new SigningError('unsupported', message);
  }
  return Array.from(contentLines(text, 'the list of revoked keys'), ({ number, content }) => {
    try {
      assertVisible(content);
      return { line: number, key: parsePublicKeyLine(content).key };
    } catch (error) {
      if (!(error instanceof SigningError)) throw error;
      throw new SigningError(error.code, `line ${number} of the revoked keys: ${error.message}`, error);
    }
  });
}

function readLine(line: number, content: string): TrustLine | RefusedLine {
  const state: { key: PublicKey | null } = { key: null };
  try {
    assertVisible(content);
    const fields = splitLine(content);
    state.key = fields.key;
    const principals = readPrincipals(fields.principals);
    return { line, principals, key: fields.key, ...readOptions(fields.options) };
  } catch (error) {
    if (!(error instanceof SigningError)) throw error;
    return { line, key: state.key, reason: `line ${line} of the allowed signers is not used: ${error.message}` };
  }
}

/** Throws `malformed` for a character that prints nothing, of which readers of the file disagree. */
function assertVisible(content: string): void {
  const found = /[\p{Cc}\p{Cf}]/u.exec(content.replaceAll('\t', ' '))?.[0];
  if (found === undefined) return;
  const name = found === '\uFEFF' ? 'a byte order mark' : 'a character that is not seen';
  const code = (found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  throw malformed(`it has ${name} (U+${code}); save the file as plain text without it`);
}

interface LineFields {
  readonly principals: string;
  readonly options: string;
  readonly key: PublicKey;
}

/** `PRINCIPALS [OPTIONS] TYPE BASE64 [COMMENT]`; principals may stand in quotes, options hold quotes. */
function splitLine(content: string): LineFields {
  const head = /^(?:"([^"]*)"|([^\s"]+))[ \t]+(.+)$/.exec(content);
  const principals = head?.[1] ?? head?.[2];
  const rest = head?.[3];
  if (principals === undefined || rest === undefined) throw malformed('expected PRINCIPALS [OPTIONS] TYPE BASE64');
  const body = /^((?:[^\s"]|"[^"\\]*")+)[ \t]+(.+)$/.exec(rest);
  const first = body?.[1];
  const after = body?.[2];
  if (first === undefined || after === undefined) throw malformed('the key is missing');
  if (isKeyType(first)) return { principals, options: '', key: readKey(rest) };
  return { principals, options: first, key: readKey(after) };
}

function isKeyType(word: string): boolean {
  return /^(?:ssh|ecdsa|sk)-[a-z0-9@.-]+$/.test(word);
}

function readKey(text: string): PublicKey {
  const [type, base64] = text.split(/[ \t]+/);
  if (type === undefined || base64 === undefined || !isKeyType(type)) throw malformed('the key is missing');
  const key = parsePublicKeyBlob(fromBase64(base64, 'the key'));
  if (key.type !== type) throw malformed(`the line says ${quoted(type)}, the key inside it is ${key.type}`);
  return key;
}

function readPrincipals(text: string): readonly string[] {
  const principals = text.split(',');
  for (const principal of principals) {
    if (principal === '') throw malformed('it names an empty principal');
    assertShort(principal);
    if (/[*?!]/.test(principal)) {
      throw new SigningError(
        'unsupported',
        `the principal ${quoted(principal)} is a pattern; name each principal exactly`,
      );
    }
  }
  return principals;
}

/** ssh-keygen matches no list that has a name of 1,023 bytes or more. */
function assertShort(name: string): void {
  if (new TextEncoder().encode(name).length > nameBytesMax) {
    throw malformed(`it has a name of more than ${nameBytesMax} bytes, ${quoted(name.slice(0, 40))}…`);
  }
}

type LineOptions = Pick<TrustLine, 'namespaces' | 'validAfter' | 'validBefore' | 'local'>;

function readOptions(text: string): LineOptions {
  const options = splitOptions(text);
  if (options.has('cert-authority')) {
    throw new SigningError('unsupported', 'cert-authority: certificates are not taken; list the signing key itself');
  }
  const validAfter = readTime(options, 'valid-after');
  const validBefore = readTime(options, 'valid-before');
  if (validAfter !== null && validBefore !== null && validAfter >= validBefore) {
    throw malformed('valid-after is not earlier than valid-before, in every time zone where a Z is missing');
  }
  const local = [options.get('valid-after'), options.get('valid-before')].some((text) => /\d$/.test(text ?? ''));
  return { namespaces: readNamespaces(options.get('namespaces')), validAfter, validBefore, local };
}

const optionNames = new Set(['cert-authority', 'namespaces', 'valid-after', 'valid-before']);

/** Name in lower case → value; ssh-keygen takes names in any case and values only in double quotes. */
function splitOptions(text: string): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  const option = /([A-Za-z-]+)(?:="([^"\\]*)")?(?:,(?=.)|$)/y;
  while (option.lastIndex < text.length) {
    const start = option.lastIndex;
    const [, written, value] = option.exec(text) ?? [];
    const name = written?.toLowerCase();
    if (name === undefined || !optionNames.has(name) || (value === undefined) !== (name === 'cert-authority')) {
      throw malformed(
        `the option ${quoted(text.slice(start))} is not understood; allowed: cert-authority, namespaces="…", valid-after="…", valid-before="…"`,
      );
    }
    if (options.has(name)) throw malformed(`it has ${name} twice`);
    options.set(name, value ?? '');
  }
  return options;
}

function readNamespaces(text: string | undefined): readonly string[] | null {
  if (text === undefined) return null;
  const pattern = text.split(',').find((name) => name === '' || /[*?!]/.test(name));
  if (pattern !== undefined)
    throw malformed(`the namespace ${quoted(pattern)} is a pattern or empty; name each exactly`);
  for (const name of text.split(',')) assertShort(name);
  return text.split(',');
}

/** `YYYYMMDD[HHMM[SS]][Z]`: UTC with a Z, else the latest beginning or earliest end that a time zone gives it. Epoch seconds. */
function readTime(options: ReadonlyMap<string, string>, name: 'valid-after' | 'valid-before'): number | null {
  const text = options.get(name);
  if (text === undefined) return null;
  const parts = /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?(Z?)$/i.exec(text);
  if (parts === null) throw malformed(`${name}=${quoted(text)} is not YYYYMMDD or YYYYMMDDHHMM[SS], with Z for UTC`);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1, 7).map((n) => Number(n ?? 0));
  const utc = Date.UTC(year, month - 1, day, hour, minute, second);
  const stamp = [year, month, day, hour, minute, second].map((n) => String(n).padStart(2, '0')).join('');
  if (new Date(utc).toISOString().replace(/\D/g, '').slice(0, 14) !== stamp.padStart(14, '0')) {
    throw malformed(`${name}=${quoted(text)} is not a date`);
  }
  const zone = parts[7] === '' ? zoneSecondsMax : 0;
  // ssh-keygen counts from the epoch, and takes 0 for a time that is not given.
  if (utc / 1000 - zone <= 0) throw malformed(`${name}=${quoted(text)} is before 1970, which ssh-keygen does not read`);
  return utc / 1000 + (name === 'valid-after' ? zone : -zone);
}

function malformed(message: string): SigningError {
  return new SigningError('malformed', message);
}

/** Whether `key` may sign, by the first line that says yes; else by the first line about this key that says why not. */
export function trust(allowed: AllowedSigners, key: PublicKey, question: TrustQuestion): TrustAnswer {
  const revoked = allowed.revoked.find((entry) => isSameKey(entry.key, key));
  if (revoked !== undefined)
    return untrusted(`${key.fingerprint} is revoked (line ${revoked.line} of the revoked keys)`);
  const reasons: string[] = [];
  for (const line of allowed.lines) {
    if (!isSameKey(line.key, key)) continue;
    const objection = objectionOf(line, question);
    if (objection === null) {
      const principal = principalOf(line, question);
      return { trusted: true, principal, reason: `line ${line.line} of the allowed signers` };
    }
    reasons.push(`line ${line.line} of the allowed signers: ${objection}`);
  }
  for (const { key: named, reason } of allowed.refused) {
    if (named !== null && isSameKey(named, key)) reasons.push(reason);
  }
  return untrusted(reasons[0] ?? unknown(allowed, key));
}

/** Every name that the lines of this file give to `key`, whatever they let it sign and when. */
export function namesOf(allowed: AllowedSigners, key: PublicKey): readonly string[] {
  const lines = allowed.lines.filter((line) => isSameKey(line.key, key));
  return [...new Set(lines.flatMap(({ principals }) => principals))];
}

function unknown(allowed: AllowedSigners, key: PublicKey): string {
  const unread = allowed.refused.find((line) => line.key === null);
  const also = unread === undefined ? '' : `; ${unread.reason}`;
  return `${key.fingerprint} is not among the allowed signers${also}`;
}

function untrusted(reason: string): TrustAnswer {
  return { trusted: false, principal: null, reason };
}

function objectionOf(line: TrustLine, question: TrustQuestion): string | null {
  const at = Math.floor(question.atMs / 1000);
  if (line.namespaces !== null && !line.namespaces.includes(question.namespace)) {
    return `the key may sign for ${line.namespaces.map(quoted).join(', ')}, not for "${question.namespace}"`;
  }
  if (at <= 0) return `no time before 1970 is read by ssh-keygen; it was used at ${utcText(at)}`;
  const zones = line.local ? ', taken as in the strictest time zone (a Z after the time makes it UTC)' : '';
  if (line.validAfter !== null && at < line.validAfter) {
    return `the key is valid from ${utcText(line.validAfter)}${zones}; it was used at ${utcText(at)}`;
  }
  if (line.validBefore !== null && at > line.validBefore) {
    return `the key expired at ${utcText(line.validBefore)}${zones}; it was used at ${utcText(at)}`;
  }
  const { principals } = question;
  if (principals !== null && !line.principals.some((name) => principals.includes(name))) {
    return `the key is for ${line.principals.map(quoted).join(', ')}, not for ${principals.map(quoted).join(' or ')}`;
  }
  return null;
}

function principalOf(line: TrustLine, question: TrustQuestion): string {
  const { principals } = question;
  const fits = line.principals.find((name) => principals === null || principals.includes(name));
  if (fits === undefined) throw new TypeError('a line without objection has a fitting principal');
  return fits;
}

function utcText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000', '');
}

/** The line by which others trust a key for what gonogo signs. Throws `malformed` when `principal` cannot be one name. */
export function allowedSignersLine(principal: string, key: PublicKey): string {
  if (!/^[^\s",*?!#][^\s",*?!]*$/.test(principal)) {
    throw malformed(`${quoted(principal)} cannot be a principal: one word without quotes, commas, *, ? and !`);
  }
  return `${principal} namespaces="gonogo-report,gonogo-approval" ${formatPublicKey(key)}`;
}
