/**
 * The rollback: where it goes back to, when, by which commands, what it undid and what it did not.
 */
import type { RollbackEntry } from '../run/event.ts';
import { entryPlace } from '../run/host-of.ts';
import { bodyOf, outlineOf } from '../run/outline.ts';
import { hasChanged, rollbackPlan } from '../run/rollback.ts';
import type { RunState } from '../run/state.ts';
import type { Step } from '../runbook/document.ts';
import { variablesIn } from './executed.ts';
import { commandOf, fill } from './fill.ts';
import { onHost } from './hosts.ts';
import type { RollbackReport, RollbackStep, Status } from './model.ts';
import { lastVisit, realAttempts, statusAt } from './visits.ts';
import { actorText, status } from './words.ts';

/** Null when the document says nothing about going back and nothing was undone. */
export function rollbackReport(state: RunState): RollbackReport | null {
  const { rollback, runbook } = state;
  const { point, triggers } = runbook.rollback;
  // With nothing changed a rollback means pause: then there is no plan.
  const entries = rollback?.plan ?? (hasChanged(state) ? rollbackPlan(state) : []);
  const kept = keptChanges(state, entries);
  const plan = entries.map((entry) => planned(state, entry));
  if (point === undefined && triggers.length === 0 && entries.length === 0 && rollback === null) return null;
  return {
    point: point === undefined ? null : { variable: point, value: state.variables.get(point)?.at(-1)?.value ?? null },
    triggers: triggers.map((trigger) => fill(state, trigger, null, null)),
    // A run that is rolled back or abandoned is not rolled back any more.
    command: isOver(state) || entries.length === 0 ? null : `gonogo rollback ${state.id}`,
    started: rollback === null ? null : { at: rollback.startedAt, reason: rollback.reason, by: actorText(rollback.by) },
    plan,
    variables: variablesIn(
      state,
      plan.map(({ command }) => command),
    ),
    kept,
  };
}

function isOver(state: RunState): boolean {
  return state.status === 'rolled-back' || state.status === 'abandoned';
}

function planned(state: RunState, entry: RollbackEntry): RollbackStep {
  const body = bodyOf(state.runbook, entry.id);
  const started = state.rollback !== null;
  const on = entryPlace(state, entry);
  const visit = started ? lastVisit(state, entry.id) : null;
  // Before the rollback no visit of the undo is recorded; its values are those of now, as they would be.
  return {
    id: entry.id,
    ...(on === null ? {} : { on }),
    undoes: entry.kind === 'undo' ? entry.undoes.step : null,
    action: body?.action ?? 'run',
    command: body === null ? '' : commandOf(state, body, entry.id, visit),
    status: !started
      ? null
      : visit === null
        ? status('open', 'not reached')
        : undoStatus(entry, statusAt(state, entry.id, visit)),
    reason: visit?.reason ?? null,
  };
}

function undoStatus(entry: RollbackEntry, found: Status): Status {
  return entry.kind === 'undo' && found.word === 'passed' ? status('good', 'undone') : found;
}

/** Why nothing takes `step` back, in the words of the document where it has some. */
function whyKept({ danger, undo, why }: Step): string {
  if (undo.kind === 'none' && undo.meant === true) return `nothing takes it back: ${why ?? ''}`;
  return danger ? 'it has no undo: past the point of no return' : 'it has no undo';
}

/** Steps that began a change and that no entry of the plan undoes. */
function keptChanges(state: RunState, entries: readonly RollbackEntry[]): RollbackReport['kept'] {
  const undone = new Set(entries.flatMap((entry) => (entry.kind === 'undo' ? [entry.undoes.step] : [])));
  const kept: RollbackReport['kept'][number][] = [];
  for (const { step, phase } of outlineOf(state.runbook).places.values()) {
    const changes = step.effect === 'once' || step.effect === 'idempotent';
    const began = (state.steps.get(step.id)?.visits ?? []).some((visit) => realAttempts(visit).length > 0);
    if (phase === null || !changes || !began || undone.has(step.id) || step.flow !== 'leaf') continue;
    if (step.undo.kind === 'covered' && undone.has(step.undo.by)) continue;
    kept.push({ step: step.id, ...onHost(state, step.id, lastVisit(state, step.id)), why: whyKept(step) });
  }
  return kept;
}
