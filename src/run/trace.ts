/**
 * What runs are to each other on one target: each run's trace there, made of its events alone, and what a claim comes to by all of them.
 *
 * Invariants:
 * - Pure. A trace is what a list may keep of a run; that a run holds is believed of its journal only, and whoever judges a claim
 *   brings traces that were read from there.
 * - A run whose journal cannot be read is in doubt: it stands in the way until somebody passes it by, by name.
 */
import * as z from 'zod';
import { openEmergencies } from './approvals.ts';
import type { Holder, NewerRun, Owed } from './event-holds.ts';
import { isSameTarget, owedKey, passedBy, type TargetName } from './holding.ts';
import { bodyOf, outlineOf } from './outline.ts';
import { noSecrets, shown, viewOf } from './scope.ts';
import type { RunState, VisitState } from './state.ts';

const targetSchema = z.strictObject({ name: z.string(), identity: z.string() });

/** A run on its target. Times: epoch ms. */
export const traceSchema = z.strictObject({
  run: z.string(),
  title: z.string(),
  operator: z.string(),
  startedAt: z.int(),
  /** What it was started with, `version=v3`, at most three. */
  values: z.string(),
  /** Every target that it held, or read. */
  on: z.array(targetSchema),
  held: z.array(z.strictObject({ ...targetSchema.shape, step: z.string(), since: z.int() })),
  /** When it last began to change something; null: it did not. */
  changedAt: z.int().nullable(),
  /** All that it changed was taken back. */
  undone: z.boolean(),
  open: z.array(z.strictObject({ step: z.string(), text: z.string(), since: z.int() })),
  decided: z.array(
    z.strictObject({ item: z.string(), as: z.enum(['settled', 'handed-on', 'deferred']), text: z.string() }),
  ),
  passed: z.array(z.string()),
});
export type Trace = Readonly<z.infer<typeof traceSchema>>;

/** The trace of a run; null: it has no target, or an older gonogo began it. */
export function traceOf(state: RunState): Trace | null {
  const { holding, started } = state;
  if (started.holds !== true || state.runbook.target === undefined) return null;
  return {
    run: state.id,
    title: state.runbook.title,
    operator: state.operator,
    startedAt: state.startedAt,
    values: valuesOf(state),
    on: targetsOf(state).map((one) => ({ ...one })),
    held: holding.held.map((one) => ({ ...one })),
    changedAt: changedAt(state),
    undone: state.status === 'rolled-back',
    open: openItems(state).map((one) => ({ ...one })),
    decided: holding.decided.map(({ item, as, text }) => ({ item, as, text })),
    passed: [...passedBy(holding)],
  };
}

/** The name of the target, filled in; null: the document names none. */
export function targetName(state: RunState): string | null {
  const template = state.runbook.target?.name;
  if (template === undefined) return null;
  const view = viewOf({ state, specs: new Map(), secrets: noSecrets }, null, null, null);
  return view.ok ? shown(template, view.value) : template;
}

function targetsOf(state: RunState): readonly TargetName[] {
  const { known } = state.holding;
  const name = targetName(state);
  const { reference: identity } = state;
  if (name === null || identity === null) return known;
  const first = { name, identity };
  return known.some((one) => isSameTarget(one, first)) ? known : [first, ...known];
}

const valuesMax = 3;
const valueCharsMax = 40;
const given: ReadonlySet<string> = new Set(['flag', 'file', 'ask', 'env']);

function valuesOf(state: RunState): string {
  const named = [...state.variables].flatMap(([name, values]) => {
    const value = values.at(-1);
    return value === undefined || value.value === null || !given.has(value.source)
      ? []
      : [`${name}=${value.value.slice(0, valueCharsMax)}`];
  });
  return named.slice(0, valuesMax).join(', ');
}

function changedAt(state: RunState): number | null {
  let newest: number | null = null;
  for (const id of state.startedOrder) {
    const effect = bodyOf(state.runbook, id)?.effect;
    if (effect !== 'once' && effect !== 'idempotent') continue;
    for (const { attempts } of state.steps.get(id)?.visits ?? [])
      for (const { status, startedAt } of attempts) if (status !== 'void') newest = Math.max(newest ?? 0, startedAt);
  }
  return newest;
}

interface OpenItem {
  readonly step: string;
  readonly text: string;
  readonly since: number;
}

/** What the run leaves open, one item a step: debts, outcomes in doubt, approvals owed, undos that were not done. */
function openItems(state: RunState): readonly OpenItem[] {
  const items = [...debts(state), ...doubts(state), ...consents(state), ...undosLeft(state)];
  return [...Map.groupBy(items, ({ step }) => step)].map(([step, all]) => ({
    step,
    text: all.map(({ text }) => text).join('; '),
    since: Math.min(...all.map(({ since }) => since)),
  }));
}

/** A debt that was handed over counts until it is settled. */
function debts(state: RunState): readonly OpenItem[] {
  const view = viewOf({ state, specs: new Map(), secrets: noSecrets }, null, null, null);
  return state.obligations
    .filter(({ status }) => status === 'open' || status === 'handed-over')
    .map(({ step, text, openedAt, status, by }) => ({
      step,
      text: `${view.ok ? shown(text, view.value) : text}${status === 'handed-over' ? ` (handed over to ${by ?? ''})` : ''}`,
      since: openedAt,
    }));
}

function doubts(state: RunState): readonly OpenItem[] {
  return state.startedOrder.flatMap((step) => {
    const visit = state.steps.get(step)?.visits.at(-1);
    const attempt = visit?.attempts.at(-1);
    const open = attempt?.status === 'in-doubt' && visit?.status === 'in-doubt';
    return attempt === undefined || !open || bodyOf(state.runbook, step)?.effect !== 'once'
      ? []
      : [{ step, text: 'what it came to is in doubt', since: attempt.startedAt }];
  });
}

function consents(state: RunState): readonly OpenItem[] {
  return openEmergencies(state).map(({ step, by, signature, at }) => ({
    step,
    text: `passed in an emergency by ${by} (${signature === null ? 'claimed, not signed' : 'signed'}), its approval is owed`,
    since: at,
  }));
}

/** Planned undos that a rollback which is over did not do. */
function undosLeft(state: RunState): readonly OpenItem[] {
  const { rollback, endedAt } = state;
  if (rollback === null || endedAt === null) return [];
  return rollback.plan
    .filter(({ kind, id }) => kind === 'undo' && !isDone(state.steps.get(id)?.visits.at(-1)))
    .map(({ id }) => ({ step: id, text: `${titleOf(state, id)} was not done`, since: endedAt }));
}

function isDone(visit: VisitState | undefined): boolean {
  return visit?.status === 'passed' || (visit?.status === 'skipped' && visit.skippedHow === 'done-when');
}

function titleOf(state: RunState, undo: string): string {
  const { places, undos } = outlineOf(state.runbook);
  return `the undo of "${places.get(undos.get(undo)?.of ?? '')?.step.title ?? undo}"`;
}

// --- claims ---

/** A run that claimed the target and whose journal cannot be read. */
export interface LostRun {
  readonly run: string;
  readonly problem: string;
}

/** Who claims what. `changedAt`: epoch ms, when it last changed something; null: not yet. `passing`: runs that it goes on beside. */
export interface Claiming extends TargetName {
  readonly run: string;
  readonly startedAt: number;
  readonly changedAt: number | null;
  readonly passing: ReadonlySet<string>;
}

export type ClaimOutcome =
  | { readonly kind: 'taken'; readonly newer: readonly NewerRun[]; readonly owed: readonly Owed[] }
  | { readonly kind: 'refused'; readonly holders: readonly Holder[] };

/** What the claim comes to: `traces` of the other runs, and those that are `lost`. */
export function judgeClaim(claim: Claiming, traces: readonly Trace[], lost: readonly LostRun[]): ClaimOutcome {
  const here = traces.filter(({ run, on }) => run !== claim.run && on.some((one) => isSameTarget(one, claim)));
  const holders = [...here.flatMap((one) => holderIn(one, claim)), ...lostHolders(lost, here)].filter(
    ({ run }) => !claim.passing.has(run),
  );
  if (holders.length > 0) return { kind: 'refused', holders };
  return { kind: 'taken', newer: newerThan(claim.changedAt, here), owed: owedBefore(claim, here) };
}

/** Those of the others that are to be asked again by whoever claims the target next. */
export function stillClaiming(claim: Claiming, traces: readonly Trace[], lost: readonly LostRun[]): readonly string[] {
  const here = traces.filter(({ on }) => on.some((one) => isSameTarget(one, claim)));
  const holding = here.filter((one) => holderIn(one, claim).length > 0).map(({ run }) => run);
  return [...holding, ...lostHolders(lost, here).map(({ run }) => run)];
}

function holderIn({ run, title, operator, held }: Trace, target: TargetName): readonly Holder[] {
  const hold = held.find((one) => isSameTarget(one, target));
  return hold === undefined ? [] : [{ run, title, operator, step: hold.step, since: hold.since, problem: null }];
}

/** Whom a run on record has passed by is not asked about again. */
function lostHolders(lost: readonly LostRun[], here: readonly Trace[]): readonly Holder[] {
  return lost
    .filter(({ run }) => !here.some(({ passed }) => passed.includes(run)))
    .map(({ run, problem }) => ({ run, title: '', operator: '', step: null, since: null, problem }));
}

/** Runs that changed the target after `since` and did not take that back, newest first. */
export function newerThan(since: number | null, here: readonly Trace[]): readonly NewerRun[] {
  if (since === null) return [];
  return here
    .flatMap(({ run, title, changedAt: at, undone, values }) =>
      at === null || undone || at <= since ? [] : [{ run, title, at, values }],
    )
    .sort((a, b) => b.at - a.at);
}

/** What runs that began before left open, and no run has settled since; oldest first. */
export function owedBefore(claim: Pick<Claiming, 'run' | 'startedAt'>, here: readonly Trace[]): readonly Owed[] {
  const decided = here
    .toSorted((a, b) => a.startedAt - b.startedAt)
    .flatMap((one) => one.decided.map((made) => ({ ...made, run: one.run })));
  const settled = new Set(decided.filter(({ as }) => as === 'settled').map(({ item }) => item));
  return here
    .filter(({ run, startedAt }) => startedAt < claim.startedAt || (startedAt === claim.startedAt && run < claim.run))
    .flatMap(({ run, open }) => open.map((one) => ({ run, ...one })))
    .filter((one) => !settled.has(owedKey(one)))
    .map((one) => ({ ...one, remark: remarkOf(decided.findLast(({ item }) => item === owedKey(one))) }))
    .sort((a, b) => a.since - b.since);
}

function remarkOf(
  made: { readonly as: string; readonly text: string; readonly run: string } | undefined,
): string | null {
  if (made === undefined) return null;
  return made.as === 'handed-on'
    ? `handed on to ${made.text} by run ${made.run}`
    : `deferred by run ${made.run}: ${made.text}`;
}
