/**
 * What an effect acts on: the step behind an id or a probe, and its body with everything filled in.
 *
 * Invariant: the secrets that a body needs are there, or it is said which is not; nothing acts with dots in their place.
 */
import type { Body, Step, StepId } from '../runbook/document.ts';
import { readsHosts } from './host-results.ts';
import { outlineOf } from './outline.ts';
import { filledIn, type Resolved, type Result, resolveBody, type Seeing, viewOf } from './scope.ts';
import type { ProbeState, RunState, VisitState } from './state.ts';
import { undoAsStep } from './undo.ts';

/** The name that the target's identity is read under: no step can have it. */
const IDENTITY = 'target identity';

/** A probe that hangs must not hold up the run, nor its rollback. */
const PROBE_TIMEOUT_MS = 30_000;

/** What a process that acts knows. */
export type Known = Seeing;

/** The step that runs under `id`, of the document or an undo; null when the id names nothing. */
export function stepNamed({ runbook }: RunState, id: StepId): Step | null {
  const { places, undos } = outlineOf(runbook);
  const place = places.get(id);
  if (place !== undefined) return place.step;
  const undo = undos.get(id);
  const origin = undo === undefined ? undefined : places.get(undo.of)?.step;
  return undo === undefined || origin === undefined ? null : undoAsStep(origin, undo.body, id);
}

/** The body that `probe` reads, as the step that it runs as, with a timeout of its own or 30 s; null when the document has none. */
export function probeStep(state: RunState, probe: ProbeState): Step | null {
  const step = probe.step === null ? null : stepNamed(state, probe.step);
  const body = probe.probe === 'identity' ? state.runbook.target?.identity : step?.doneWhen;
  if (body === undefined) return null;
  const id = probe.probe === 'identity' ? IDENTITY : (probe.step ?? IDENTITY);
  const limited = { ...body, timeoutMs: body.timeoutMs ?? PROBE_TIMEOUT_MS };
  return undoAsStep(step ?? identityStep(body), limited, id);
}

function identityStep(body: Body): Step {
  return {
    ...body,
    id: IDENTITY,
    title: 'Identity of the target',
    undo: { kind: 'none' },
    onFail: 'ask',
    danger: false,
    tty: false,
    roles: [],
    bindings: {},
    flow: 'leaf',
    blocks: [],
  };
}

/**
 * The body of `step` as it acts on `visit`, or why it cannot. `begun`: it has its secrets already, and only what became of it
 * is asked.
 */
export function actingBody(known: Known, step: Step, visit: VisitState | null, begun: boolean): Result<Resolved> {
  const { state, specs, secrets } = known;
  const view = viewOf(known, step.id, visit, step);
  if (!view.ok) return view;
  const resolved = resolveBody(state, specs, view.value, step);
  if (!resolved.ok) return resolved;
  const lost = resolved.value.secrets.find((name) => !secrets.has(name));
  if (lost !== undefined && !begun) return { ok: false, message: `the secret ${lost} is not there any more` };
  return { ok: true, value: edited(known, step, visit, resolved.value) };
}

/** The patterns of the files that `step` leaves as evidence, filled in as on `visit`, or why they cannot be. */
export function evidencePatterns(known: Known, step: Step, visit: VisitState): Result<readonly string[]> {
  const view = viewOf(known, step.id, visit, step);
  return view.ok ? filledIn(step.evidence ?? [], view.value) : view;
}

/** What a person made of the text that goes out, in place of the document's. */
function edited({ specs }: Known, step: Step, visit: VisitState | null, resolved: Resolved): Resolved {
  const name = specs.get(step.action)?.draft ?? null;
  const { params } = resolved;
  const answer = visit?.answer ?? null;
  if (name === null || answer === null || typeof params !== 'object' || params === null || Array.isArray(params))
    return resolved;
  return { ...resolved, params: { ...params, [name]: answer } };
}

/** True when standard output is read by itself: by an expression of `step`, or as the identity of the target. */
export function readsStdout({ runbook }: RunState, step: Step): boolean {
  const spread = step.copies?.at(-1)?.each;
  if (spread !== undefined && readsHosts(runbook).has(spread)) return true;
  const expressions = [...step.expect, ...Object.values(step.capture), step.retry?.giveUp ?? ''];
  return step.id === IDENTITY || expressions.some((source) => /\b(?:stdout|json)\b/.test(source));
}
