/**
 * Generated questions of trust, put to us and to the real `ssh-keygen`: the same bytes, allowed signers, revoked keys, namespace and
 * time.
 */
import { parseAllowedSigners, trust } from '../../src/signing/allowed-signers.ts';
import { formatPublicKey } from '../../src/signing/public-key.ts';
import type { Signer } from '../../src/signing/signer.ts';
import { SigningError } from '../../src/signing/signing-error.ts';
import { assertSshsig, type Namespace, signSshsig } from '../../src/signing/sshsig.ts';
import { Dice } from '../sim/world.ts';
import { type KeyFile, put, tool } from './workbench.ts';

const message = new TextEncoder().encode('the statement');
const noon = Date.UTC(2026, 5, 15, 12);
/** Noon, and about where clocks of Berlin, New York and Apia jump, and where some zones think of no summer. */
const moments = [noon, noon, noon, Date.UTC(2026, 2, 29, 1), Date.UTC(2026, 9, 25, 1), Date.UTC(2011, 11, 30, 12)];
const zones = [
  'UTC',
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Europe/Dublin',
  'Pacific/Apia',
  'CET-1CEST,M3.5.0,M10.5.0/3',
];
const namespaces: readonly Namespace[] = ['gonogo-report', 'gonogo-approval'];

/** A key that signs, ours or by a tool. */
export interface Hand {
  readonly publicLine: string;
  sign(namespace: Namespace): Promise<string>;
}

/** Signs by `ssh-keygen` with the key file. */
export function byKeygen(key: KeyFile, ...options: readonly string[]): Hand {
  const args = (namespace: string) => ['-Y', 'sign', '-f', key.path, '-n', namespace, ...options];
  return {
    publicLine: key.publicLine.trim(),
    sign: async (namespace) => tool('ssh-keygen', args(namespace), message).stdout.toString(),
  };
}

/** Signs by our own code. */
export function byUs(signer: Signer): Hand {
  return {
    publicLine: formatPublicKey(signer.publicKey),
    sign: (namespace) => signSshsig(message, namespace, signer),
  };
}

export interface Verdicts {
  readonly ours: boolean;
  readonly theirs: boolean;
  /** Whether theirs is yes about the one whom we name where any principal will do; true where we name nobody. */
  readonly namedByThem: boolean;
  /** Of ours; empty: none was given. */
  readonly reason: string;
  /** All that was asked, to be read when they differ. */
  readonly asked: string;
}

/** The verdicts on question `seed`. `hands`: who may have signed, at least two. */
export async function verdicts(seed: number, hands: readonly Hand[], folder: string): Promise<Verdicts> {
  const dice = new Dice(seed);
  const pick = <T>(all: readonly T[], otherwise: T): T => all[dice.below(all.length)] ?? otherwise;
  const [first] = hands;
  if (first === undefined) throw new Error('nobody signs');
  const signer = pick(hands, first);
  const namespace = pick(namespaces, 'gonogo-report');
  const asked = dice.chance(0.85) ? namespace : pick(namespaces, 'gonogo-report');
  const armored = spoiled(dice, await signer.sign(namespace));
  const hour = 3_600_000;
  const moment = pick(moments, noon);
  const atMs = moment + pick([0, 0, 1000, -1000, hour, -hour, 24 * hour, -24 * hour, 8760 * hour], 0);
  const zone = pick(zones, 'UTC');
  const lines = Array.from({ length: 1 + dice.below(3) }, () =>
    lineOf(dice, dice.chance(0.7) ? signer : pick(hands, first), moment),
  );
  const mark = dice.chance(0.05) ? '\uFEFF' : '';
  const allowed = mark + lines.join(pick(['\n', '\n', '\n\n', '\r\n', '\n# people\n'], '\n')) + pick(['\n', ''], '');
  const revoked = dice.chance(0.12) ? `${pick(['', '', '\uFEFF'], '')}${pick(hands, first).publicLine}\n` : '';
  const principal = pick(['alice', 'alice', 'alice', 'bob'], 'alice');
  const question = { armored, namespace: asked, atMs, zone, allowed, revoked, principal };
  const { ours, reason, named } = answer(question);
  const theirs = keygen(question, folder);
  const namedByThem = named === null || keygen({ ...question, principal: named }, folder);
  return { ours, reason, theirs, namedByThem, asked: JSON.stringify({ seed, ...question }) };
}

interface Answer {
  readonly ours: boolean;
  readonly reason: string;
  /** Whom we name where any principal will do. */
  readonly named: string | null;
}

interface Asked {
  readonly armored: string;
  readonly namespace: Namespace;
  readonly atMs: number;
  /** Time zone of the one who asks. */
  readonly zone: string;
  readonly allowed: string;
  readonly revoked: string;
  readonly principal: string;
}

function answer({ armored, namespace, atMs, allowed, revoked, principal }: Asked): Answer {
  try {
    const key = assertSshsig(armored, message, namespace);
    const read = parseAllowedSigners(allowed, revoked);
    const found = trust(read, key, { principals: [principal], namespace, atMs });
    // Whoever is named where nobody was asked for is asked about in turn.
    const anybody = trust(read, key, { principals: null, namespace, atMs });
    return { ours: found.trusted, reason: found.reason, named: anybody.principal };
  } catch (error) {
    if (!(error instanceof SigningError)) throw error;
    return { ours: false, reason: error.message, named: null };
  }
}

function keygen({ armored, namespace, atMs, zone, allowed, revoked, principal }: Asked, folder: string): boolean {
  const time = `${new Date(atMs).toISOString().replaceAll(/\D/g, '').slice(0, 14)}Z`;
  const files = ['-f', put(folder, 'allowed', allowed), '-s', put(folder, 'sig', armored)];
  const keys = revoked === '' ? [] : ['-r', put(folder, 'revoked', revoked)];
  const args = ['-Y', 'verify', ...files, ...keys, '-I', principal, '-n', namespace, '-O', `verify-time=${time}`];
  return tool('ssh-keygen', args, message, { TZ: zone }).exit === 0;
}

/** Most signatures are as they were made. */
function spoiled(dice: Dice, armored: string): string {
  if (dice.chance(0.9)) return armored;
  const at = 30 + dice.below(armored.length - 60);
  const letter = 'ABCDEFGHabcdefgh0123+/=\n '[dice.below(25)] ?? 'A';
  return `${armored.slice(0, at)}${letter}${armored.slice(at + (dice.chance(0.8) ? 1 : 0))}`;
}

const principals = [
  ...Array.from({ length: 6 }, () => 'alice'),
  'alice',
  'alice',
  'alice',
  'alice,bob',
  '"alice,al"',
  'bob',
  '"alice"',
  'al*',
  '*',
  'alice,!bob',
  '!alice',
  'ALICE',
  'alice,',
  ',alice',
  'alic?',
  '"alice',
  'a"lice',
  'alice#x',
  'alice@example.com',
  '"alice bob"',
  'alice\0',
  'ali\0ce',
  '"alice\0"',
  'alice,\0bob',
  '\uFEFFalice',
  'alice\u00a0',
  'alice\u200b',
  `alice,${'x'.repeat(1100)}`,
];
const options = [
  'namespaces="gonogo-report"',
  'namespaces="gonogo-approval,gonogo-report"',
  'NAMESPACES="gonogo-report"',
  'namespaces="git"',
  'namespaces="gonogo-*"',
  'namespaces="!git,gonogo-report"',
  'namespaces=""',
  'namespaces=gonogo-report',
  'namespaces="gonogo-report',
  'valid-after="20260101Z"',
  'valid-after="202606151200Z"',
  'valid-after="20260615120001Z"',
  'valid-after="20270101Z"',
  'valid-before="20260615115959Z"',
  'valid-before="20260615120000Z"',
  'valid-before="20270101z"',
  'valid-before="20260101"',
  'valid-after="20260231Z"',
  'valid-before="2026"',
  'valid-after=""',
  'cert-authority',
  'CERT-AUTHORITY',
  'no-touch-required',
  'namespaces="gonogo-report",',
  'valid-before="20270101Z",valid-before="20280101Z"',
  'namespaces="gonogo-\\"report"',
  'namespaces="gonogo-report "',
  'namespaces="gonogo-report\0"',
  `namespaces="gonogo-report,${'x'.repeat(1100)}"`,
  'valid-after="19691231Z"',
  'valid-after="19700101Z"',
  'valid-after="19700101"',
  'valid-after="00010101Z"',
  'valid-before="19691231Z"',
  'valid-after="20260329023000"',
  'valid-before="20261025023000"',
];

/** A time of a wall clock somewhere, without a Z, within a day or two of `moment`. */
function localTime(dice: Dice, moment: number): string {
  const at = moment + (dice.below(192) - 96) * 1_800_000;
  const option = dice.chance(0.5) ? 'valid-after' : 'valid-before';
  return `${option}="${new Date(at).toISOString().replaceAll(/\D/g, '').slice(0, 12)}"`;
}

function lineOf(dice: Dice, { publicLine }: Hand, moment: number): string {
  const pick = (all: readonly string[]): string => all[dice.below(all.length)] ?? '';
  const space = (): string => (dice.chance(0.85) ? ' ' : pick(['  ', '\t', ' \t ']));
  const some = Array.from({ length: dice.chance(0.5) ? 0 : 1 + dice.below(2) }, () =>
    dice.chance(0.3) ? localTime(dice, moment) : pick(options),
  ).join(',');
  const [type = '', base64 = ''] = publicLine.split(' ');
  const key = dice.chance(0.9)
    ? `${type}${space()}${base64}`
    : pick([type, base64, `ssh-rsa ${base64}`, `${type} ${base64.slice(4)}`, `${type} AAAA`]);
  const comment = pick(['', '', ' laptop', ' "quoted', ' # not a comment', '  ', ' \0', '\0']);
  return `${pick(['', '', '', ' ', '\t', '#'])}${pick(principals)}${space()}${some === '' ? '' : `${some}${space()}`}${key}${comment}`;
}
