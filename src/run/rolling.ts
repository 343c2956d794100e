/**
 * A step that happens on hosts: a copy for each, gone through in batches, and asked about once where some of them failed.
 *
 * Invariants:
 * - On which hosts, in which order and batches, is on record before anything of it begins.
 * - A batch begins when all of the one before are done. Once as many hosts have failed as `stop_after` says nothing further begins,
 *   and what runs ends. Nobody is asked before nothing of it runs any more.
 * - A host that failed somewhere in a step around, and was left out there or passed over, has no part in what comes after in that step.
 */
import type { Step, StepId } from '../runbook/document.ts';
import { type Arrival, type Mode, start, type Visiting, viewAt } from './arrival.ts';
import { waitsForOrder } from './arriving.ts';
import { asks, type Decision, fails, goesOnWith, only, type Turn } from './decision.ts';
import { draft } from './draft.ts';
import type { Spread } from './event-hosts.ts';
import { gathers } from './gathering.ts';
import { hostOf } from './host-of.ts';
import { outlineOf } from './outline.ts';
import { dangerQuestion } from './questions/danger.ts';
import { type FailedHost, failureOnHosts } from './questions/failure.ts';
import { readyTogether } from './questions/ready.ts';
import { hasChanged } from './rollback.ts';
import { type Spreading, spreadOver } from './spread.ts';
import type { RunState, VisitState } from './state.ts';
import { closedSince, openVisit } from './visit.ts';

/** The copies of `arrival.step`, which has one for each host. */
export function walkHosts(arrival: Arrival): Turn {
  const { state, step, visit, at, mode } = arrival;
  if (visit === null || visit.attempts.length === 0) return awaitsPerson(arrival) ?? only(start(arrival));
  const spreading = spreadingOf(state, step.id, visit.visit);
  if (spreading === null) return spreads({ ...arrival, visit });
  const copies = copiesIn({ ...arrival, visit }, spreading);
  const { stopAfter, atOnce } = spreading.spread;
  const failed = copies.filter((copy) => copy.is === 'failed');
  const passedOver = step.onFail === 'continue' || step.onFail === 'ignore';
  const lost = passedOver ? lostAround(state, step) + copies.filter((copy) => copy.is === 'over').length : 0;
  const stopped = failed.length + lost >= stopAfter;
  const begun = copies.filter((copy) => copy.is === 'begun');
  const batch = batchDue(copies);
  const next = stopped ? [] : batch.filter((copy) => copy.is === 'next').slice(0, Math.max(0, atOnce - begun.length));
  const children = copies.filter((copy) => begun.includes(copy) || next.includes(copy));
  if (children.length > 0) {
    const inside: Mode = mode === 'rollback' ? mode : 'parallel';
    return { children: children.map((copy) => ({ kind: 'step', step: copy.step, mode: inside })), mayStop: true };
  }
  if (failed.length > 0) return afterFailures({ ...arrival, visit }, failed, { count: copies.length, passedOver });
  const waiting = copies.find((copy) => copy.is === 'next');
  if (waiting !== undefined) {
    const reason = `${lost} ${lost === 1 ? 'host' : 'hosts'} failed, and stop_after allows no more`;
    return only(draft('step.not_taken', { step: waiting.step.id, visit: waiting.visit, reason }));
  }
  if (copies.some((copy) => copy.is === 'over')) return passesOver({ ...arrival, visit }, copies);
  return copies.length === 0
    ? only(draft('step.not_taken', { ...at, reason: 'no host is left for it' }))
    : gathers({ ...arrival, visit });
}

/** The steps of `arrival.step` in their order, with the hosts of one batch after the other. */
export function walkBatches(arrival: Arrival): Turn {
  const { state, step, visit, at, mode } = arrival;
  if (visit === null || visit.attempts.length === 0) return only(start(arrival));
  const spreading = spreadingOf(state, step.id, visit.visit);
  if (spreading === null) return spreads({ ...arrival, visit });
  const inner = step.blocks[0]?.steps[visit.position];
  if (inner !== undefined) return goesOnWith(inner, mode);
  const more = visit.batch < spreading.spread.batches.length;
  return only(more ? draft('batch.started', { ...at, batch: visit.batch + 1 }) : draft('step.passed', at));
}

/** How visit `visit` of step `id` is spread over hosts; null: it is not yet. */
export function spreadingOf(state: RunState, id: StepId, visit: number): Spreading | null {
  const found = state.expansions.findLast((one) => one.step === id && one.visit === visit);
  return found === undefined || found.spread === null ? null : { rows: found.rows, spread: found.spread };
}

/** One person confirms and orders it for all of its hosts. */
function awaitsPerson(arrival: Arrival): Decision | null {
  const { now, step, visit, mode } = arrival;
  if (waitsForOrder(now, arrival) && visit?.ordered !== true) return asks(readyTogether(arrival));
  if (!step.danger || mode === 'rollback' || visit?.dangerConfirmed === true) return null;
  const view = viewAt(arrival, null);
  return view.ok ? asks(dangerQuestion(arrival, view.value)) : fails(arrival.at, view.message);
}

function spreads(arrival: Visiting): Decision {
  const { state, step, at } = arrival;
  const { on } = step;
  if (on === undefined) return fails(at, 'it names no hosts');
  const around = on.within === undefined ? undefined : outlineOf(state.runbook).places.get(on.within)?.step;
  const found = around === undefined ? spreadOver(arrival, on) : left(state, around);
  if (!found.ok) return fails(at, found.message);
  const { rows, spread } = found.value;
  return only(draft('each.expanded', { ...at, rows: [...rows], spread }));
}

/** The hosts of the batch that `around` is in, without those that have left it. */
function left(
  state: RunState,
  around: Step,
): { readonly ok: true; readonly value: Spreading } | ReturnType<typeof missing> {
  const visit = state.steps.get(around.id)?.visits.at(-1);
  const spreading = visit === undefined ? null : spreadingOf(state, around.id, visit.visit);
  if (visit === undefined || spreading === null) return missing(around);
  const gone = leftHosts(state, around, visit);
  const due = indexesIn(spreading.spread, visit.batch).filter((index) => !gone.has(index));
  const { stopAfter, atOnce, order } = spreading.spread;
  const batches = due.length === 0 ? [] : [due.length];
  return { ok: true, value: { rows: spreading.rows, spread: { batches, stopAfter, atOnce, order, only: due } } };
}

function missing({ id }: Step): { readonly ok: false; readonly message: string } {
  return { ok: false, message: `the hosts of ${id} are not known` };
}

/** The places of the rows of batch `number`, from 1. */
function indexesIn({ batches }: Spread, number: number): readonly number[] {
  const before = batches.slice(0, number - 1).reduce((sum, size) => sum + size, 0);
  return Array.from({ length: batches[number - 1] ?? 0 }, (_, index) => before + index + 1);
}

/** Places of the hosts that failed in a step inside `around` on its visit, and were left out there or passed over. */
function leftHosts(state: RunState, around: Step, visit: VisitState): ReadonlySet<number> {
  const gone = new Set<number>();
  for (const inner of spreadInside(around, around.id)) {
    inner.blocks[0]?.steps.forEach(({ id }, index) => {
      const visits = state.steps.get(id)?.visits.filter(({ openedSeq }) => openedSeq > visit.openedSeq) ?? [];
      if (visits.some(hasLeft)) gone.add(index + 1);
    });
  }
  return gone;
}

function hasLeft({ status, skippedHow, passedOver, ignored, unreachable, attempts }: VisitState): boolean {
  const failed = unreachable || attempts.length > 0;
  return (passedOver && !ignored) || (status === 'skipped' && skippedHow === 'operator' && failed);
}

/** The steps inside `step` that happen on the hosts of the step `around`. */
function spreadInside(step: Step, around: StepId): readonly Step[] {
  return step.blocks.flatMap(({ steps }) =>
    steps.flatMap((inner) => (inner.on?.within === around ? [inner] : spreadInside(inner, around))),
  );
}

/** How many hosts the step around has lost before `step`. */
function lostAround(state: RunState, { on, id }: Step): number {
  const around = on?.within === undefined ? undefined : outlineOf(state.runbook).places.get(on.within)?.step;
  const visit = around === undefined ? null : openVisit(state.steps.get(around.id));
  if (around === undefined || visit === null) return 0;
  const own = openVisit(state.steps.get(id))?.openedSeq ?? Number.POSITIVE_INFINITY;
  const gone = leftHosts(state, around, visit);
  const here = spreadInside(around, around.id).find((inner) => inner.id === id)?.blocks[0]?.steps ?? [];
  return [...gone].filter((index) => {
    const copy = here[index - 1];
    return copy === undefined || !closedSince(state, copy.id, own);
  }).length;
}

/** `next`: nothing of it has begun. `begun`: it runs, waits for its next try, or for an answer of its own. `over`: its failure was passed over. */
interface Copy {
  readonly step: Step;
  readonly visit: number;
  readonly index: number;
  readonly batch: number;
  readonly is: 'next' | 'begun' | 'failed' | 'over' | 'done';
}

function copiesIn({ state, step, visit }: Visiting, { rows, spread }: Spreading): readonly Copy[] {
  const places = spread.only ?? rows.map((_, index) => index + 1);
  const steps = step.blocks[0]?.steps ?? [];
  let batch = 0;
  let left = spread.batches[0] ?? 0;
  return places.flatMap((index) => {
    while (left === 0 && batch < spread.batches.length - 1) {
      batch += 1;
      left = spread.batches[batch] ?? 0;
    }
    left -= 1;
    const copy = steps[index - 1];
    return copy === undefined ? [] : [copyIn(state, { step: copy, index, batch }, visit.openedSeq)];
  });
}

function copyIn(state: RunState, copy: Pick<Copy, 'step' | 'index' | 'batch'>, since: number): Copy {
  const known = state.steps.get(copy.step.id);
  const last = known?.visits.at(-1);
  if (last === undefined || last.openedSeq < since)
    return { ...copy, visit: (known?.visits.length ?? 0) + 1, is: isAsked(state, copy.step.id) ? 'begun' : 'next' };
  const is =
    last.closedSeq !== null
      ? last.passedOver && !last.ignored
        ? 'over'
        : 'done'
      : last.status === 'failed'
        ? 'failed'
        : 'begun';
  return { ...copy, visit: last.visit, is };
}

/** Its first reading, or who its host is, has been asked for, although no visit of it is open. */
function isAsked(state: RunState, id: StepId): boolean {
  const host = hostOf(state, id, null);
  const known = host === null ? undefined : state.fleet.known.get(host);
  return state.openProbes.some(({ step }) => step === id) || known?.open === 'step';
}

/** The copies of the first batch that is not done; one of which a host failed is done too. */
function batchDue(copies: readonly Copy[]): readonly Copy[] {
  const first = copies.find(({ is }) => is === 'next' || is === 'begun');
  return first === undefined ? [] : copies.filter(({ batch }) => batch === first.batch);
}

/** What comes of the hosts that failed, when nothing of it runs any more. */
function afterFailures(
  arrival: Visiting,
  copies: readonly Copy[],
  { count, passedOver }: { readonly count: number; readonly passedOver: boolean },
): Decision {
  const { state, now, step, mode } = arrival;
  const failed = failedHosts(state, copies);
  const [first] = failed;
  if (passedOver && first !== undefined) {
    const ignored = step.onFail === 'ignore' ? { ignored: true as const } : {};
    return only(draft('step.passed_over', { step: first.step, visit: first.visit, reason: first.reason, ...ignored }));
  }
  const question = failureOnHosts(arrival, failed, count);
  if (step.onFail === 'rollback' && mode !== 'rollback' && !now.guided && hasChanged(state))
    return only(draft('rollback.requested', { reason: `${step.id} failed: ${question.reason}` }));
  return asks(question);
}

/** The step has failed where a host has, and the run goes on over both. */
function passesOver(arrival: Visiting, copies: readonly Copy[]): Decision {
  const over = copies.filter(({ is }) => is === 'over');
  const { reason } = failureOnHosts(arrival, failedHosts(arrival.state, over), copies.length);
  return only(draft('step.passed_over', { ...arrival.at, reason }));
}

function failedHosts(state: RunState, copies: readonly Copy[]): readonly FailedHost[] {
  return copies.flatMap(({ step, visit }) => {
    const last = state.steps.get(step.id)?.visits.at(visit - 1);
    if (last === undefined) return [];
    const host = hostOf(state, step.id, last) ?? step.id;
    return [{ host, step: step.id, visit, reason: last.reason ?? 'failed', unreachable: last.unreachable }];
  });
}
