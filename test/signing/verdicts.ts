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
  const atMs = noon + pick([0, 0, 1000, -1000, 86_400_000, -86_400_000, 31_536_000_000], 0);
  const lines = Array.from({ length: 1 + dice.below(3) }, () =>
    lineOf(dice, dice.chance(0.7) ? signer : pick(hands, first)),
  );
  const allowed = lines.join(pick(['\n', '\n', '\n\n', '\r\n', '\n# people\n'], '\n')) + pick(['\n', ''], '');
  const revoked = dice.chance(0.12) ? `${pick(hands, first).publicLine}\n` : '';
  const principal = pick(['alice', 'alice', 'alice', 'bob'], 'alice');
  const question = { armored, namespace: asked, atMs, allowed, revoked, principal };
  return { ...answer(question), theirs: keygen(question, folder), asked: JSON.stringify({ seed, ...question }) };
}

interface Asked {
  readonly armored: string;
  readonly namespace: Namespace;
  readonly atMs: number;
  readonly allowed: string;
  readonly revoked: string;
  readonly principal: string;
}

function answer({ armored, namespace, atMs, allowed, revoked, principal }: Asked): { ours: boolean; reason: string } {
  try {
    const key = assertSshsig(armored, message, namespace);
    const found = trust(parseAllowedSigners(allowed, revoked), key, { principals: [principal], namespace, atMs });
    return { ours: found.trusted, reason: found.reason };
  } catch (error) {
    if (!(error instanceof SigningError)) throw error;
    return { ours: false, reason: error.message };
  }
}

function keygen({ armored, namespace, atMs, allowed, revoked, principal }: Asked, folder: string): boolean {
  const time = `${new Date(atMs).toISOString().replaceAll(/\D/g, '').slice(0, 14)}Z`;
  const files = ['-f', put(folder, 'allowed', allowed), '-s', put(folder, 'sig', armored)];
  const keys = revoked === '' ? [] : ['-r', put(folder, 'revoked', revoked)];
  const args = ['-Y', 'verify', ...files, ...keys, '-I', principal, '-n', namespace, '-O', `verify-time=${time}`];
  return tool('ssh-keygen', args, message).exit === 0;
}

/** Most signatures are as they were made. */
function spoiled(dice: Dice, armored: string): string {
  if (dice.chance(0.9)) return armored;
  const at = 30 + dice.below(armored.length - 60);
  const letter = 'ABCDEFGHabcdefgh0123+/=\n '[dice.below(25)] ?? 'A';
  return `${armored.slice(0, at)}${letter}${armored.slice(at + (dice.chance(0.8) ? 1 : 0))}`;
}

const principals = [
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
];

function lineOf(dice: Dice, { publicLine }: Hand): string {
  const pick = (all: readonly string[]): string => all[dice.below(all.length)] ?? '';
  const space = (): string => (dice.chance(0.85) ? ' ' : pick(['  ', '\t', ' \t ']));
  const some = Array.from({ length: dice.chance(0.5) ? 0 : 1 + dice.below(2) }, () => pick(options)).join(',');
  const [type = '', base64 = ''] = publicLine.split(' ');
  const key = dice.chance(0.9)
    ? `${type}${space()}${base64}`
    : pick([type, base64, `ssh-rsa ${base64}`, `${type} ${base64.slice(4)}`, `${type} AAAA`]);
  const comment = pick(['', '', ' laptop', ' "quoted', ' # not a comment', '  ']);
  return `${pick(['', '', '', ' ', '\t', '#'])}${pick(principals)}${space()}${some === '' ? '' : `${some}${space()}`}${key}${comment}`;
}
