/** What people made of an incident, as state: a part of `reduce`, and its words. */
import type { DataOf, RunEvent } from './event.ts';
import { Series } from './series.ts';

interface Recorded<T> {
  readonly seq: number;
  readonly at: number;
  readonly by: string;
  readonly data: T;
}

/** What people made of it, in order. */
export interface Incident {
  readonly severities: Series<Recorded<DataOf<'severity.changed'>>>;
  readonly assignments: Series<Recorded<DataOf<'part.assigned'>>>;
}

export const noIncident: Incident = { severities: Series.of(), assignments: Series.of() };

export type IncidentEvent = Extract<RunEvent, { type: 'severity.changed' | 'part.assigned' }>;

/** Whether `event` is one of these. */
export function isIncidentEvent(event: RunEvent): event is IncidentEvent {
  return event.type === 'severity.changed' || event.type === 'part.assigned';
}

/** The same with one event more. */
export function afterIncidentEvent(incident: Incident, event: IncidentEvent): Incident {
  const told = { seq: event.seq, at: event.at, by: event.actor.name };
  return event.type === 'severity.changed'
    ? { ...incident, severities: incident.severities.append({ ...told, data: event.data }) }
    : { ...incident, assignments: incident.assignments.append({ ...told, data: event.data }) };
}

/** `severity sev2, was sev3: checkout is down`, `lead: Ada, was Bob`. */
export function incidentWords(event: IncidentEvent): string {
  return event.type === 'severity.changed' ? `severity ${severityText(event.data)}` : partText(event.data);
}

/** `sev2, was sev3: checkout is down`. */
export function severityText({ from, to, reason }: DataOf<'severity.changed'>): string {
  return `${to}${from === null ? '' : `, was ${from}`}: ${reason}`;
}

/** `lead: Ada, was Bob`. */
export function partText({ part, from, to }: DataOf<'part.assigned'>): string {
  return `${part}: ${to}${from === null ? '' : `, was ${from}`}`;
}
