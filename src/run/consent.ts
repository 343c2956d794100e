/**
 * Whether what people said at a gate is enough for it to open: the one judgement that the run, its screen, its report and its
 * verification share.
 *
 * Invariants:
 * - People count, not names, keys or signatures: one key is one person, and so are two spellings of one name.
 * - Whoever drives the run, started or resumed it, or asked for the change is not asked for consent: by name, and by any name that
 *   belongs to the key which signed.
 * - Pure: what is judged is data, and the moment for which it is judged is given.
 */
import { isName, isSameName } from '../runbook/person-name.ts';

/** What a gate asks for. */
export interface ApprovalPolicy {
  /** People, and roles that `roles` declares; empty: anybody. */
  readonly from: readonly string[];
  readonly count: number;
  readonly signed: boolean;
  /** Members of the roles of the document; a role without members may be claimed by anybody. */
  readonly roles: Readonly<Record<string, readonly string[]>>;
  /** `unasked`: recorded by a gonogo that did not ask for it, and took what was typed for a role. */
  readonly independent: 'asked' | 'waived' | 'unasked';
  /** How long a consent holds; null: until the gate passes. */
  readonly expiresMs: number | null;
  /** null: the gate cannot be passed without its approvals. */
  readonly emergency: { readonly withinMs: number; readonly from: readonly string[] } | null;
}

/**
 * One consent. `key`: what signed it, null: claimed. `names`: every name that belongs to that key. `stale`: why it is for something
 * else than what is asked for now, in words that follow the name; null: it is not.
 */
export interface Consent {
  readonly by: string;
  readonly names: readonly string[];
  readonly key: string | null;
  readonly at: number;
  readonly stale: string | null;
}

/** Somebody whose consent is no independent one, and what they did: "drives the run". */
export interface Interested {
  readonly name: string | null;
  readonly key: string | null;
  readonly did: string;
}

export type Standing = 'counts' | 'not-independent' | 'stale' | 'expired' | 'not-named' | 'unsigned' | 'repeated';

/** A consent as it stands. `why` follows its name: "drives the run". `claimed`: the role that it was given as, unchecked. */
export interface Judged<C extends Consent = Consent> {
  readonly consent: C;
  readonly standing: Standing;
  readonly why: string;
  readonly claimed: string | null;
}

/** Every consent of `given`, in order, as it stands when so many ms have passed since an instant as `since` says. */
export function judgeConsents<C extends Consent>(
  policy: ApprovalPolicy,
  given: readonly C[],
  interested: readonly Interested[],
  since: (at: number) => number,
): readonly Judged<C>[] {
  const counted: C[] = [];
  return given.map((consent) => {
    const claimed = claimedRole(policy, consent.by);
    const found =
      objection(policy, consent, interested, since) ??
      (counted.some((other) => isSamePerson(policy, other, consent))
        ? ({ standing: 'repeated', why: 'has already approved, and a person counts once' } as const)
        : null);
    if (found !== null) return { consent, ...found, claimed };
    counted.push(consent);
    return { consent, standing: 'counts', why: '', claimed };
  });
}

type Objection = { readonly standing: Standing; readonly why: string };

function objection(
  policy: ApprovalPolicy,
  consent: Consent,
  interested: readonly Interested[],
  since: (at: number) => number,
): Objection | null {
  if (consent.stale !== null) return { standing: 'stale', why: consent.stale };
  if (policy.signed && consent.key === null)
    return { standing: 'unsigned', why: 'did not sign, which this gate asks for' };
  if (policy.expiresMs !== null && since(consent.at) >= policy.expiresMs)
    return { standing: 'expired', why: 'approved too long ago: the approval has lapsed' };
  if (policy.independent !== 'unasked' && !isName(consent.by))
    return { standing: 'not-named', why: 'is no name: there is no letter or digit in it' };
  if (!isNamed(policy, consent.by))
    return { standing: 'not-named', why: `is none of those who may approve: ${policy.from.join(', ')}` };
  const did = policy.independent === 'asked' ? interestOf(consent, interested) : null;
  return did === null ? null : { standing: 'not-independent', why: `${did}, and who does consents to nothing here` };
}

/** What somebody did for which their consent is no independent one; null: nothing. */
export function interestOf(
  consent: Pick<Consent, 'by' | 'names' | 'key'>,
  interested: readonly Interested[],
): string | null {
  const names = [consent.by, ...consent.names];
  const found = interested.find(
    ({ name, key }) =>
      (key !== null && key === consent.key) || (name !== null && names.some((one) => isSameName(one, name))),
  );
  return found?.did ?? null;
}

/** Names of roles and people whose consent is taken; null: anybody's. */
export function eligible(policy: Pick<ApprovalPolicy, 'from' | 'roles'>): readonly string[] | null {
  if (policy.from.length === 0 || openRoles(policy).length > 0) return null;
  return [...new Set(policy.from.flatMap((name) => rolesOf(policy, name) ?? [name]))];
}

/** True when consent by that name is taken. */
export function isNamed(policy: ApprovalPolicy, name: string): boolean {
  // A gate of before took for a role whatever was typed.
  if (policy.independent === 'unasked' && !policy.signed) return true;
  return eligible(policy)?.includes(name) ?? true;
}

/** The role that `name` consents as without anything that shows it; null: named, or nothing is asked. */
export function claimedRole(policy: ApprovalPolicy, name: string): string | null {
  const open = openRoles(policy);
  const named = policy.from.some((one) => (rolesOf(policy, one) ?? [one]).includes(name));
  return open.length === 0 || named ? null : open.join(' or ');
}

function openRoles(policy: Pick<ApprovalPolicy, 'from' | 'roles'>): readonly string[] {
  return policy.from.filter((name) => rolesOf(policy, name)?.length === 0);
}

function rolesOf({ roles }: Pick<ApprovalPolicy, 'roles'>, name: string): readonly string[] | null {
  return Object.hasOwn(roles, name) ? (roles[name] ?? null) : null;
}

function isSamePerson({ independent, signed }: ApprovalPolicy, one: Consent, other: Consent): boolean {
  if (independent === 'unasked') return signed ? one.key === other.key : one.by === other.by;
  if (one.key !== null && one.key === other.key) return true;
  const names = [other.by, ...other.names];
  return [one.by, ...one.names].some((name) => names.some((also) => isSameName(name, also)));
}
