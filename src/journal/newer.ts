/**
 * Runbooks that are on record, judged: what of them a newer gonogo must have written, because this one knows no such action, parameter,
 * function or name. Whoever reads a journal passes each event through here, as it does its lines.
 */
import type { RunEvent } from '../run/event.ts';
import type { ActionSpecs } from '../runbook/action-spec.ts';
import { unknownIn } from '../runbook/unknown.ts';

/** `event` with what is not known of the runbook that it records among what is left out of it; itself where that is nothing. */
export function judged(event: RunEvent, specs: ActionSpecs): RunEvent {
  if (event.type !== 'run.started' && event.type !== 'documents.adopted') return event;
  const unknown = unknownIn(event.data.runbook, specs);
  return unknown.length === 0 ? event : { ...event, leftOut: [...(event.leftOut ?? []), ...unknown] };
}
