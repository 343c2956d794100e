/**
 * Whether the signed approvals in a journal are what they were taken for: good signatures over the requests that stand in this
 * very journal, by as many distinct trusted keys as each gate asks for.
 *
 * Invariants:
 * - Nothing that the recording machine decided is believed: every signature is verified again, under the verifier's own
 *   allowed signers, at the time of the verification.
 * - A gate that passed without enough of them is said, even when each approval that is there is good.
 * - Where no signatures were asked for, those that were given must be good all the same.
 * - What a gate asks for is the document's to say: a request that asks for less, or none at all, is said.
 *
 * It may not verify the chain: the events come from a journal that did.
 */
import { approvalPolicy, policyOf } from '../run/approvals.ts';
import { type ApprovalPolicy, eligible } from '../run/consent.ts';
import type { DataOf, RunEvent } from '../run/event.ts';
import { outlineOf } from '../run/outline.ts';
import type { Runbook, Step } from '../runbook/document.ts';
import { isSameName } from '../runbook/person-name.ts';
import { type AllowedSigners, parseAllowedSigners } from '../signing/allowed-signers.ts';
import {
  type ApprovalAnswer,
  type ApprovalCount,
  countApprovals,
  type GivenApproval,
  verifyApproval,
} from '../signing/approval.ts';
import { canonicalText } from '../signing/canonical.ts';
import type { Check } from './checks.ts';

/** One request for approvals. */
interface Gate {
  readonly seq: number;
  readonly sha256: string;
  readonly asked: DataOf<'approval.requested'>;
  /** What its document asked for then; null: it was no gate. */
  readonly policy: ApprovalPolicy | null;
  /** Digest of the documents → what was given under them; a new version voids what was given under the old one. */
  readonly rounds: Map<string, GivenApproval['approval'][]>;
  /** Digest of the documents under which the gate passed by its approvals; null: it did not. */
  passedUnder: string | null;
}

/**
 * One check named `approval` for each gate that asks for signatures and was answered or passed, or that was given a signature
 * unasked, and for each version of the documents. `run` is the run's id. Without allowed signers (null) no approval counts. Keys are judged at `nowMs`, epoch ms. Never throws for what is in the events.
 */
export function verifyApprovals(
  run: string,
  events: Iterable<RunEvent>,
  allowedSigners: AllowedSigners | null,
  nowMs: number,
): readonly Check[] {
  const journal = new ApprovalJournal();
  for (const event of events) journal.add(event);
  return verifyApprovalJournal(run, journal, allowedSigners, nowMs);
}

/** As `verifyApprovals`, of a journal that was gone through already. */
export function verifyApprovalJournal(
  run: string,
  journal: ApprovalJournal,
  allowedSigners: AllowedSigners | null,
  nowMs: number,
): readonly Check[] {
  const allowed = allowedSigners ?? parseAllowedSigners('');
  return [
    ...journal.gates.flatMap((gate) => toChecks(run, gate, { allowedSigners: allowed, nowMs })),
    ...journal.called.map((call) => toCallCheck(run, call, { allowedSigners: allowed, nowMs })),
    ...journal.strays,
  ];
}

/** An emergency that was signed. `asked` null: there was no request to pass. */
interface Call {
  readonly step: string;
  readonly by: string;
  readonly reason: string;
  readonly asked: { readonly seq: number; readonly sha256: string } | null;
  readonly documents: string;
  readonly from: readonly string[];
  readonly approval: GivenApproval['approval'];
}

function toCallCheck(run: string, call: Call, { allowedSigners, nowMs }: Judging): Check {
  const { step, by, reason, asked, documents, from, approval } = call;
  const subject = `${step}: the emergency called by ${by}`;
  if (asked === null) return { name: 'approval', ok: false, detail: `${subject} answers no request of this journal` };
  const request = { run, step, documents, request: asked, emergency: reason };
  const answer = verifyApproval({ approval, atMs: nowMs }, request, { from, count: 1, allowedSigners });
  const misnamed = misnamedBy(by, answer);
  if (misnamed !== null)
    return { name: 'approval', ok: false, detail: `${subject} is not signed by whom it says: ${misnamed}` };
  return answer.ok
    ? { name: 'approval', ok: true, detail: `${subject} is signed by ${answer.principal} (${answer.key})` }
    : { name: 'approval', ok: false, detail: `${subject} is not signed by whom it says: ${answer.reason}` };
}

interface Judging {
  readonly allowedSigners: AllowedSigners;
  readonly nowMs: number;
}

function toChecks(run: string, gate: Gate, { allowedSigners, nowMs }: Judging): readonly Check[] {
  const { seq, sha256, asked, policy, rounds, passedUnder } = gate;
  if (asked.signed && passedUnder !== null && !rounds.has(passedUnder)) rounds.set(passedUnder, []);
  // Unasked, `from` names roles that anybody may claim, not principals.
  const count = asked.signed ? asked.count : 0;
  const names =
    policy === null || policy.independent === 'unasked' ? (asked.signed ? asked.from : []) : eligible(policy);
  const from = names ?? [];
  return Array.from(rounds, ([documents, all]) => {
    // What lapsed may be given again by the same key.
    const judged = all.map((approval) => ({ approval, atMs: nowMs }));
    const given = policy?.expiresMs == null ? judged : newestByKey(judged);
    const request = { run, step: asked.step, documents, request: { seq, sha256 } };
    const result = countApprovals(given, request, { from, count, allowedSigners });
    return toCheck(`${asked.step}, request ${seq}`, count, result, documents === passedUnder);
  });
}

function newestByKey(given: readonly GivenApproval[]): readonly GivenApproval[] {
  return [...new Map(given.map((one) => [one.approval.key, one])).values()];
}

/** Why a signature that holds is not that of `by`, whom the journal names; null: it is, or it does not hold. */
function misnamedBy(by: string, answer: ApprovalAnswer): string | null {
  if (!answer.ok || [answer.principal, ...answer.names].some((name) => isSameName(name, by))) return null;
  return `${by} is not who signed: ${answer.key} is ${answer.principal}`;
}

function toCheck(gate: string, count: number, { met, counted, refused }: ApprovalCount, passed: boolean): Check {
  const by = counted.map(({ key, principal }) => `${principal} (${key})`).join(', ');
  const parts = [`${gate}: ${counted.length} ${count === 0 ? 'signed unasked' : `of ${count} keys`}`];
  if (by !== '') parts.push(`by ${by}`);
  parts.push(...refused.map(({ reason }) => reason));
  if (passed && !met) parts.push('the gate passed without enough approvals');
  return { name: 'approval', ok: refused.length === 0 && (met || !passed), detail: parts.join('; ') };
}

/** What a journal says of signed approvals, in one pass. */
export class ApprovalJournal {
  readonly gates: Gate[] = [];
  readonly strays: Check[] = [];
  readonly called: Call[] = [];
  readonly #bySeq = new Map<number, Gate>();
  readonly #newest = new Map<string, Gate>();
  readonly #emergencies = new Set<string>();
  #documents = '';
  #runbook: Runbook | null = null;

  add(event: RunEvent): void {
    switch (event.type) {
      case 'run.started':
      case 'documents.adopted':
        this.#documents = event.data.sha256;
        this.#runbook = event.data.runbook;
        break;
      case 'review.written':
        this.#documents = event.data.sha256;
        break;
      case 'approval.requested':
        this.#compare(event.data);
        this.#open(event.seq, event.sha256, event.data);
        break;
      case 'approval.given':
        this.#give(event.data);
        break;
      // What it owes from then on is told of the gate as a whole.
      case 'emergency.declared':
        this.#emergencies.add(placeOf(event.data));
        this.#call(event.data);
        break;
      case 'step.passed': {
        const gate = this.#newest.get(placeOf(event.data));
        if (this.#emergencies.has(placeOf(event.data))) break;
        if (gate !== undefined) gate.passedUnder = this.#documents;
        else if (this.#policyOf(event.data.step)?.signed === true) {
          this.#stray(`${event.data.step} passed, and the signatures that its document asks for were never requested`);
        }
        break;
      }
      default:
    }
  }

  #open(seq: number, sha256: string, asked: DataOf<'approval.requested'>): void {
    const policy = this.#gateOf(asked.step);
    const gate: Gate = {
      seq,
      sha256,
      asked,
      policy: policy === null ? null : policyOf(policy),
      rounds: new Map(),
      passedUnder: null,
    };
    this.gates.push(gate);
    this.#bySeq.set(seq, gate);
    this.#newest.set(placeOf(asked), gate);
  }

  #gateOf(step: string): Step | null {
    const found = this.#runbook === null ? undefined : outlineOf(this.#runbook).places.get(step)?.step;
    return found?.action === 'approve' ? found : null;
  }

  #policyOf(step: string): ReturnType<typeof approvalPolicy> | null {
    const gate = this.#gateOf(step);
    return gate === null ? null : approvalPolicy(gate);
  }

  #compare({ step, from, count, signed }: DataOf<'approval.requested'>): void {
    const policy = this.#policyOf(step);
    if (policy === null || canonicalText(policy) === canonicalText({ from, count, signed })) return;
    this.#stray(`${step}: the request does not ask for what its document asks for`);
  }

  #stray(detail: string): void {
    this.strays.push({ name: 'approval', ok: false, detail });
  }

  /** A typed emergency is claimed, which the check of its gate says. */
  #call(data: DataOf<'emergency.declared'>): void {
    if (data.signature === undefined) return;
    const gate = this.#newest.get(placeOf(data));
    const { key, armored, signed } = data.signature;
    const { step, by, reason } = data;
    const asked = gate === undefined ? null : { seq: gate.seq, sha256: gate.sha256 };
    const called = { step, by, reason, asked, documents: this.#documents, from: this.#callers(step) };
    this.called.push({ ...called, approval: { key, armored, signed } });
  }

  /** Who may call an emergency at gate `step`; empty: anybody. */
  #callers(step: string): readonly string[] {
    const gate = this.#gateOf(step);
    const policy = gate === null ? null : policyOf(gate);
    return policy === null ? [] : (eligible({ ...policy, from: policy.emergency?.from ?? [] }) ?? []);
  }

  /** Claimed approvals are nobody's proof and are left out. */
  #give(data: DataOf<'approval.given'>): void {
    if (data.signature === null) return;
    const gate = this.#bySeq.get(data.request.seq);
    if (gate === undefined || gate.sha256 !== data.request.sha256 || placeOf(gate.asked) !== placeOf(data)) {
      this.#stray(`${data.step}: an approval by ${data.by} answers no request of this journal`);
      return;
    }
    const { key, armored, signed } = data.signature;
    const round = gate.rounds.get(this.#documents) ?? [];
    round.push({ key, armored, signed });
    gate.rounds.set(this.#documents, round);
  }
}

function placeOf({ step, visit }: { readonly step: string; readonly visit: number }): string {
  return `${step}/${visit}`;
}
