/**
 * What a run changes, for which ticket, at whose request and by which artefacts: `change` of its document, filled in when the
 * first step that changes something is about to begin.
 *
 * Invariants:
 * - It is on record before anything is changed, and nothing is changed while it cannot be told.
 * - A digest that is recorded is one. No artefact has a name that a signed report has for something else.
 * - Whoever turns out to have asked for the change has not consented to it.
 */
import type { Runbook } from '../runbook/document.ts';
import { interpolateText } from '../runbook/interpolate.ts';
import { isName } from '../runbook/person-name.ts';
import { gateStanding } from './approvals.ts';
import { type Arrival, changesSomething } from './arrival.ts';
import { interestOf } from './consent.ts';
import { draft } from './draft.ts';
import type { DataOf, EventDraft } from './event.ts';
import { noSecrets, type Result, type View, viewOf } from './scope.ts';
import type { RunState } from './state.ts';

type Change = DataOf<'change.recorded'>;
type Declared = NonNullable<Runbook['change']>;

/** What is to be recorded before `arrival` begins; nothing where nothing is declared, or it is on record. Else why it cannot be told. */
export function changeDue(arrival: Arrival): Result<readonly EventDraft[]> {
  const { state, now, step, mode } = arrival;
  const declared = state.runbook.change;
  const due = state.change === null && changesSomething(arrival) && mode !== 'rollback' && step.item === undefined;
  if (declared === undefined || !due) return { ok: true, value: [] };
  const view = viewOf({ state, specs: now.specs, secrets: noSecrets }, null, null, null);
  if (!view.ok) return view;
  const filled = filledIn(declared, view.value);
  if (!filled.ok) return filled;
  const consented = consentedTo(state, filled.value.requester, now.now);
  return consented === null
    ? { ok: true, value: [draft('change.recorded', filled.value)] }
    : { ok: false, message: `change: ${filled.value.requester} asked for it and has approved ${consented}` };
}

/** Whoever reads a signed report finds these names among its subjects. */
const ofReport = /^(?:report\.(?:md|html|json)|journal\.jsonl|statement\..*|(?:documents|run)\/.*|commit)$/;

function filledIn(declared: Declared, view: View): Result<Change> {
  const fill = (key: string, template: string): string => {
    const text = interpolateText(template, view.scope, view.values);
    if (!text.ok) throw new Unfit(`${key}: ${text.message}`);
    const line = text.text.trim();
    if (line === '' || line.length > 1000 || /[\p{Cc}\p{Zl}\p{Zp}]/u.test(line))
      throw new Unfit(`${key} must be one line that is not empty, and is ${JSON.stringify(line.slice(0, 80))}`);
    return line;
  };
  try {
    const { ticket, requester, commit } = declared;
    const asker = requester === undefined ? undefined : fill('requester', requester);
    if (asker !== undefined && !isName(asker))
      throw new Unfit('requester is no name: there is no letter or digit in it');
    const artefacts = declared.artefacts.map(({ name, sha256 }) => {
      const filled = fill('the name of an artefact', name);
      if (ofReport.test(filled)) throw new Unfit(`an artefact cannot be called ${filled}: a report has that name`);
      return { name: filled, sha256: digestOf(filled, fill(`sha256 of ${filled}`, sha256)) };
    });
    const twice = artefacts.find(({ name }, index) => artefacts.findIndex((one) => one.name === name) !== index);
    if (twice !== undefined) throw new Unfit(`two artefacts are called ${twice.name}`);
    return {
      ok: true,
      value: {
        ...(ticket === undefined ? {} : { ticket: fill('ticket', ticket) }),
        ...(asker === undefined ? {} : { requester: asker }),
        ...(commit === undefined ? {} : { commit: commitOf(fill('commit', commit)) }),
        artefacts,
      },
    };
  } catch (error) {
    if (error instanceof Unfit) return { ok: false, message: `change: ${error.message}` };
    throw error;
  }
}

/** Something of `change` cannot be what it is to be. */
class Unfit extends Error {}

/** 64 hex digits, with or without the `sha256:` that registries put before them. */
function digestOf(name: string, text: string): string {
  const digest = text.replace(/^sha256:/, '').toLowerCase();
  if (isSha256(digest)) return digest;
  throw new Unfit(`the digest of ${name} is no sha256 (64 hex digits): ${JSON.stringify(text.slice(0, 100))}`);
}

function commitOf(text: string): string {
  const commit = text.toLowerCase();
  if (isCommit(commit)) return commit;
  throw new Unfit(`commit is no whole commit id (40 or 64 hex digits): ${JSON.stringify(text.slice(0, 100))}`);
}

/** True for what `change.recorded` has as a digest. */
export function isSha256(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

function isCommit(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

/** A gate that asks for independence and counts a consent of the requester, whom nobody knew as one yet; null: there is none. */
function consentedTo(state: RunState, requester: string | undefined, now: number): string | null {
  if (requester === undefined) return null;
  const asked = [{ name: requester, key: null, did: 'asked for the change' }];
  for (const { step, visit } of state.approvals) {
    const found = state.steps.get(step)?.visits.at(visit - 1);
    const standing = found === undefined ? null : gateStanding(state, step, found, now);
    if (standing === null || standing.policy.independent !== 'asked') continue;
    const counts = standing.given.some(
      ({ consent, standing: how }) => how === 'counts' && interestOf(consent, asked) !== null,
    );
    if (counts) return step;
  }
  return null;
}
