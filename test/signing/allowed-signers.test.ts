import { expect, test } from 'vitest';
import { allowedSignersLine, parseAllowedSigners, trust } from '../../src/signing/allowed-signers.ts';
import { signSshsig } from '../../src/signing/sshsig.ts';
import { fileSigner, makeFolder, makeKeyFile, put, refusal, tool } from './workbench.ts';

const folder = makeFolder();
const alice = makeKeyFile(folder, 'alice', ['-t', 'ed25519']);
const bob = makeKeyFile(folder, 'bob', ['-t', 'ecdsa']);
const key = alice.publicLine.trim();
const noon = Date.UTC(2026, 5, 15, 12);

function ask(text: string, options: { principals?: readonly string[]; revoked?: string; atMs?: number } = {}) {
  const allowed = parseAllowedSigners(text, options.revoked);
  const { principals = null, atMs = noon } = options;
  return trust(allowed, alice.publicKey, { principals, namespace: 'gonogo-report', atMs });
}

test.each([
  ['a plain line', `alice ${key}`],
  ['several principals', `bob@example.com,alice ${key}`],
  ['quoted principals', `"alice,al" ${key}`],
  ['a comment, blank lines and CRLF', `# people\r\n\r\n  alice ${key} laptop of alice\r\n`],
  ['its namespace', `alice namespaces="git,gonogo-report" ${key}`],
  ['an option in capitals', `alice NameSpaces="gonogo-report" ${key}`],
  ['a time that has begun', `alice valid-after="20260615Z" ${key}`],
  ['the second it begins', `alice valid-after="20260615120000Z" ${key}`],
  ['the second it ends', `alice valid-before="202606151200Z" ${key}`],
  ['all options', `alice namespaces="gonogo-report",valid-after="20260101Z",valid-before="20270101Z" ${key}`],
  ['tabs', `alice\tnamespaces="gonogo-report"\t${key}`],
  ['a second line that fits', `alice namespaces="git" ${key}\nalice ${key}`],
])('trusted by %s, as by ssh-keygen', async (_name, text) => {
  expect(ask(text, { principals: ['alice'] })).toMatchObject({ trusted: true, principal: 'alice' });
  expect(await keygenTrusts(text)).toBe(true);
});

test.each([
  ['another key only', `alice ${bob.publicLine}`, /is not among the allowed signers$/],
  ['another principal', `carol ${key}`, /for "carol", not for "alice"/],
  ['another namespace', `alice namespaces="git" ${key}`, /may sign for "git", not for "gonogo-report"/],
  [
    'a time not begun',
    `alice valid-after="20260616Z" ${key}`,
    /valid from 2026-06-16T00:00:00Z; it was used at 2026-06-15/,
  ],
  ['a time that is over', `alice valid-before="20260615115959Z" ${key}`, /expired at 2026-06-15T11:59:59Z/],
  ['an unknown option', `alice no-touch ${key}`, /"no-touch" is not understood/],
  ['an option without quotes', `alice namespaces=gonogo-report ${key}`, /not understood/],
  ['an option twice', `alice valid-after="20200101Z",valid-after="20210101Z" ${key}`, /valid-after twice/],
  ['a trailing comma', `alice namespaces="gonogo-report", ${key}`, /not understood/],
  ['an empty interval', `alice valid-after="20260616Z",valid-before="20260616Z" ${key}`, /not earlier/],
  ['a time that is no date', `alice valid-after="20260231Z" ${key}`, /is not a date|not before/],
  ['a time in words', `alice valid-after="yesterday" ${key}`, /not YYYYMMDD/],
])('not trusted by %s, as not by ssh-keygen', async (_name, text, reason) => {
  const answer = ask(text, { principals: ['alice'] });
  expect(answer).toMatchObject({ trusted: false, principal: null });
  expect(answer.reason).toMatch(reason);
  // ssh-keygen lets dates overflow into the next month.
  if (!text.includes('20260231')) expect(await keygenTrusts(text)).toBe(false);
});

test.each([
  ['a star', `* ${key}`, /"\*" is a pattern/],
  ['a domain', `alice,*@example.com ${key}`, /"\*@example.com" is a pattern/],
  ['a question mark', `alic? ${key}`, /is a pattern/],
  ['a negation', `alice,!bob ${key}`, /"!bob" is a pattern/],
  ['a namespace pattern', `alice namespaces="gonogo-*" ${key}`, /namespace "gonogo-\*" is a pattern/],
])('refused although ssh-keygen takes it: %s', async (_name, text, reason) => {
  expect(ask(text).reason).toMatch(/^line 1 of the allowed signers is not used: /);
  expect(ask(text).reason).toMatch(reason);
  expect(await keygenTrusts(text)).toBe(true);
});

test('certificate authorities are refused, and a bad line does not spoil the good ones', () => {
  expect(ask(`alice cert-authority ${key}`).reason).toMatch(/certificates are not taken/);
  const mixed = `nonsense\n* ${key}\n"half ${key}\nalice ssh-ed25519 AAAA\nalice ${key}`;
  expect(ask(mixed)).toMatchObject({ trusted: true, reason: 'line 5 of the allowed signers' });
  expect(parseAllowedSigners(mixed).refused.map(({ line }) => line)).toEqual([1, 2, 3, 4]);
  expect(ask('nonsense').reason).toMatch(/not among the allowed signers; line 1 .*expected PRINCIPALS/);
});

test('a time without Z counts where every time zone agrees, and says why it does not', async () => {
  const day = 86_400_000;
  const stamp = (ms: number): string => new Date(ms).toISOString().replaceAll(/\D/g, '').slice(0, 12);
  for (const zone of ['UTC', 'Europe/Berlin', 'CET-1CEST,M3.5.0,M10.5.0/3', 'Pacific/Kiritimati']) {
    const begun = `alice valid-after="${stamp(noon - 2 * day)}",valid-before="${stamp(noon + 2 * day)}" ${key}`;
    expect([ask(begun).trusted, await keygenTrusts(begun, zone)]).toEqual([true, true]);
  }
  const perhaps = ask(`alice valid-after="${stamp(noon - 3_600_000)}" ${key}`);
  expect(perhaps.trusted).toBe(false);
  expect(perhaps.reason).toMatch(/valid from 2026-06-16T13:00:00Z, taken as in the strictest time zone \(a Z after/);
  // In summer, an hour later than the clock on the wall says.
  expect(await keygenTrusts(`alice valid-after="202606151330" ${key}`, 'Europe/Berlin')).toBe(false);
});

test.each([
  ['a byte order mark', `\uFEFFalice ${key}`, /byte order mark \(U\+FEFF\)/],
  ['a byte order mark before a comment', `\uFEFF# people\nalice ${key}`, null],
  ['a NUL in a name', `ali\0ce ${key}`, /U\+0000/],
  ['a NUL after a name', `alice,bob\0 ${key}`, /U\+0000/],
  ['a name with a letter that is not seen', `alice\u200b ${key}`, /U\+200B/],
  ['a name that is too long', `alice,${'x'.repeat(1100)} ${key}`, /more than 1000 bytes/],
  ['a namespace that is too long', `alice namespaces="gonogo-report,${'x'.repeat(1100)}" ${key}`, /more than 1000/],
  ['a time before 1970', `alice valid-after="19691231Z" ${key}`, /before 1970/],
  ['the beginning of 1970', `alice valid-after="19700101Z" ${key}`, /before 1970/],
  ['a local time that may be before 1970', `alice valid-after="19700101" ${key}`, /before 1970/],
])('%s: what ssh-keygen does not read trusts nobody here', async (_name, text, reason) => {
  const answer = ask(text, { principals: ['alice'] });
  expect(answer.trusted).toBe(reason === null);
  if (reason !== null) expect(ask(text).reason).toMatch(reason);
  expect(await keygenTrusts(text)).toBe(reason === null);
});

test('a revoked key is trusted nowhere, and revocations that cannot be read stop everything', () => {
  const answer = ask(`alice ${key}`, { revoked: `# lost\n${key}\n` });
  expect(answer).toMatchObject({ trusted: false });
  expect(answer.reason).toMatch(/is revoked \(line 2 of the revoked keys\)/);
  expect(ask(`alice ${key}`, { revoked: bob.publicLine })).toMatchObject({ trusted: true });
  expect(refusal(() => parseAllowedSigners('', 'SSHKRL\n\0...'))).toMatch(/^unsupported: .*KRL/);
  expect(refusal(() => parseAllowedSigners('', `\uFEFF${key}`))).toMatch(/^malformed: line 1 .*byte order mark/);
  expect(refusal(() => parseAllowedSigners('', 'garbage'))).toMatch(/^malformed: line 1 of the revoked keys/);
  expect(refusal(() => parseAllowedSigners('x'.repeat(2_000_000)))).toMatch(/^too-large/);
});

test('key show: the line is read by us and by ssh-keygen, and a principal is one exact word', async () => {
  const line = allowedSignersLine('alice', alice.publicKey);
  expect(ask(line)).toMatchObject({ trusted: true, principal: 'alice' });
  expect(await keygenTrusts(line)).toBe(true);
  for (const bad of ['', 'a b', '*', 'a,b', '!a', '"a"', '#a', 'a\nb']) {
    expect(refusal(() => allowedSignersLine(bad, alice.publicKey))).toMatch(/cannot be a principal/);
  }
});

/** Whether `ssh-keygen -Y verify` takes a signature by alice at noon under this file. */
async function keygenTrusts(text: string, zone = 'UTC'): Promise<boolean> {
  const message = new TextEncoder().encode('message');
  const signature = put(folder, 'trust.sig', await signSshsig(message, 'gonogo-report', fileSigner(alice)));
  const allowed = put(folder, 'trust.allowed', `${text}\n`);
  const args = ['-Y', 'verify', '-f', allowed, '-I', 'alice', '-n', 'gonogo-report', '-s', signature];
  const time = new Date(noon).toISOString().replace(/\D/g, '').slice(0, 14);
  return tool('ssh-keygen', [...args, '-O', `verify-time=${time}Z`], message, { TZ: zone }).exit === 0;
}
