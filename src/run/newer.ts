/**
 * What a run that a newer gonogo wrote to is to this one: readable as far as it goes, and nothing to write to.
 */
import type { RunEvent } from './event.ts';
import { outlineOf } from './outline.ts';
import { newestRenderer } from './renderer.ts';
import type { RunState } from './state.ts';

/** What of `event` this gonogo does not know: the event itself, or a part of it; empty: nothing. */
export function newerIn(event: RunEvent): RunState['newer'] {
  if (event.type === 'unknown') return [{ seq: event.seq, type: event.data.named }];
  const rendered = event.type === 'run.started' && (event.data.renderer ?? 1) > newestRenderer;
  return event.leftOut === undefined && !rendered ? [] : [{ seq: event.seq, type: event.type }];
}

/** Names of the actions that `runbook` acts by anywhere; what only holds other steps together is none. */
export function actionsIn(runbook: RunState['runbook']): ReadonlySet<string> {
  const { places, undos } = outlineOf(runbook);
  const steps = [...places.values()].map(({ step }) => step).filter(({ flow }) => flow === 'leaf');
  const bodies = [...steps, ...steps.map(({ doneWhen }) => doneWhen), ...[...undos.values()].map(({ body }) => body)];
  return new Set([...bodies, runbook.target?.identity].flatMap((body) => body?.action ?? []));
}

/** `written by a newer gonogo (event step.deferred) at record 7`, the first that is not known; null: all of the run is. */
export function writtenByNewer({ newer }: Pick<RunState, 'newer'>): string | null {
  const [first, ...more] = newer;
  if (first === undefined) return null;
  const others = more.length === 0 ? '' : `, and ${more.length} more`;
  return `written by a newer gonogo (event ${first.type}) at record ${first.seq}${others}`;
}
