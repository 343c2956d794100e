/**
 * Runbooks that are on record, judged: what of them a newer gonogo must have written, because this one knows no such action, parameter,
 * function or name. Whoever reads a journal passes its events through here, as it does its lines.
 */
import type { RunEvent } from '../run/event.ts';
import type { ActionSpecs } from '../runbook/action-spec.ts';
import { unknownIn } from '../runbook/unknown.ts';

/** `events` with what is not known of the runbooks that they record among what is left out of them; themselves where that is nothing. */
export function judged(events: readonly RunEvent[], specs: ActionSpecs): readonly RunEvent[] {
  return events.map((event) => {
    if (event.type !== 'run.started' && event.type !== 'documents.adopted') return event;
    const unknown = unknownIn(event.data.runbook, specs);
    return unknown.length === 0 ? event : { ...event, leftOut: [...(event.leftOut ?? []), ...unknown] };
  });
}
