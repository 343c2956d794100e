/**
 * Arriving at a step: everything that the rules about one step look at, as one value.
 *
 * Invariants:
 * - An arrival is derived from the state; it is made anew for each decision and never kept.
 * - What starts a step is made here alone, for a step of the document and for an undo alike.
 */
import type { Body, Step, StepId } from '../runbook/document.ts';
import type { Circumstances } from './circumstances.ts';
import { draft } from './draft.ts';
import type { EventDraft } from './event.ts';
import { hostOf, spreadStepOf } from './host-of.ts';
import { filledIn, noSecrets, type Resolved, type Result, resolveBody, shown, type View, viewOf } from './scope.ts';
import type { RunState, VisitState } from './state.ts';
import { emptyVisit, openVisit, visitNumber } from './visit.ts';

/** Where the step stands: in a phase, beside others, or in a rollback. */
export type Mode = 'phases' | 'parallel' | 'rollback';

export interface At {
  readonly step: StepId;
  readonly visit: number;
}

export interface Arrival {
  readonly state: RunState;
  readonly now: Circumstances;
  readonly step: Step;
  /** The visit that is open; null: the next event opens one. */
  readonly visit: VisitState | null;
  readonly at: At;
  readonly mode: Mode;
  /** Which visit of which step it takes back. */
  readonly undoes: VisitState['undoes'];
  /** A gate that was passed and is looked at again: neither its `when` nor an earlier failure of it is weighed anew. */
  readonly again: boolean;
}

/** An arrival at a step whose visit is open. */
export type Visiting = Arrival & { readonly visit: VisitState };

/** The arrival at `step` as the state has it. */
export function arrivalAt(
  state: RunState,
  now: Circumstances,
  step: Step,
  how: { readonly mode: Mode; readonly undoes?: Arrival['undoes']; readonly again?: boolean },
): Arrival {
  const known = state.steps.get(step.id);
  return {
    state,
    now,
    step,
    visit: openVisit(known),
    at: { step: step.id, visit: visitNumber(known) },
    mode: how.mode,
    undoes: how.undoes ?? null,
    again: how.again ?? false,
  };
}

/** True when the visit is open. */
export function isVisiting(arrival: Arrival): arrival is Visiting {
  return arrival.visit !== null;
}

/** True for a step that changes something outside gonogo. */
export function changesSomething({ step }: Arrival): boolean {
  return step.effect === 'once' || step.effect === 'idempotent';
}

/** `step.started` for the first try of a visit; its folder is numbered by the step's first start. */
export function start(arrival: Arrival): EventDraft {
  const { undoes } = arrival;
  const data = nextAttempt(arrival);
  return draft('step.started', undoes === null ? data : { ...data, undoes: { ...undoes } });
}

/** `step.started` for a further try; what the visit takes back is on record by its first. */
export function startAgain(arrival: Arrival): EventDraft {
  return draft('step.started', nextAttempt(arrival));
}

/** The host that it happens on; null: here. */
export function hostAt(arrival: Arrival): string | null {
  return hostOf(arrival.state, arrival.step.id, seenVisit(arrival));
}

function nextAttempt(arrival: Arrival) {
  const { state, now, at } = arrival;
  const known = state.steps.get(at.step);
  const last = known?.visits.findLast(({ attempts }) => attempts.length > 0)?.attempts.at(-1);
  const attempt = (last?.attempt ?? 0) + 1;
  const ordinal = known?.ordinal ?? state.startedOrder.length + 1;
  const folder = `steps/${String(ordinal).padStart(3, '0')}-${at.step}/${attempt}`;
  const host = hostAt(arrival);
  if (host === null) return { ...at, attempt, folder, bootId: now.bootId };
  return { ...at, attempt, folder, bootId: state.fleet.known.get(host)?.newest?.bootId ?? '', host };
}

/** What the step sees, with the fields of `body`'s action declared. Secrets read as dots. */
export function viewAt(arrival: Arrival, body: Body | null): Result<View> {
  const { state, now, step } = arrival;
  return viewOf({ state, specs: now.specs, secrets: noSecrets }, step.id, seenVisit(arrival), body);
}

/** What is undone must be known before the first event of the visit says so. */
function seenVisit({ state, visit, undoes }: Arrival): VisitState | null {
  if (undoes === null) return visit;
  return { ...(visit ?? emptyVisit(1, state.head.seq, state.head.at)), undoes };
}

/** The step's body with every template filled in, and what it was filled in from. */
export function resolveAt(arrival: Arrival): Result<{ readonly view: View; readonly resolved: Resolved }> {
  const { state, now, step } = arrival;
  const view = viewAt(arrival, step);
  if (!view.ok) return view;
  const resolved = resolveBody(state, now.specs, view.value, step);
  if (!resolved.ok) return resolved;
  // What it is to leave must have a name before it starts.
  const patterns = filledIn(step.evidence ?? [], view.value);
  return patterns.ok ? { ok: true, value: { view: view.value, resolved: resolved.value } } : patterns;
}

/** Where a question stands, and what it is called. */
type Head = At & { readonly title: string; readonly alias?: string };

/** Where a question stands, with the step's title filled in. */
export function headOf(arrival: Arrival, view: View): Head {
  const alias = aliasOf(arrival);
  return { ...arrival.at, title: shown(arrival.step.title, view), ...(alias === null ? {} : { alias }) };
}

/** The same where nothing but the title is needed: as it stands when what it needs is not known. */
export function plainHeadOf(arrival: Arrival): Head {
  const view = viewAt(arrival, null);
  return view.ok ? headOf(arrival, view.value) : { ...arrival.at, title: arrival.step.title };
}

/** What a person calls a step on one host: `switch.web2`, `undo_switch.web2`. */
export function aliasOf(arrival: Arrival): string | null {
  const { state, step } = arrival;
  const copy = spreadStepOf(state, step.id);
  const host = hostAt(arrival);
  return copy === null || host === null ? null : `${arrival.undoes === null ? '' : 'undo_'}${copy.of}.${host}`;
}
