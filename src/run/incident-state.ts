/** What people made of an incident, as state: a part of `reduce`, and its words. */
import { durationText } from '../runbook/scalar.ts';
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
  readonly reminders: Series<Recorded<DataOf<'reminder.set'>>>;
  readonly reminded: Series<Recorded<DataOf<'reminder.done'>>>;
}

export const noIncident: Incident = {
  severities: Series.of(),
  assignments: Series.of(),
  reminders: Series.of(),
  reminded: Series.of(),
};

export type IncidentEvent = Extract<
  RunEvent,
  { type: 'severity.changed' | 'part.assigned' | 'reminder.set' | 'reminder.done' }
>;

const types: ReadonlySet<string> = new Set(['severity.changed', 'part.assigned', 'reminder.set', 'reminder.done']);

/** Whether `event` is one of these. */
export function isIncidentEvent(event: RunEvent): event is IncidentEvent {
  return types.has(event.type);
}

/** The same with one event more. */
export function afterIncidentEvent(incident: Incident, event: IncidentEvent): Incident {
  const told = { seq: event.seq, at: event.at, by: event.actor.name };
  switch (event.type) {
    case 'severity.changed':
      return { ...incident, severities: incident.severities.append({ ...told, data: event.data }) };
    case 'part.assigned':
      return { ...incident, assignments: incident.assignments.append({ ...told, data: event.data }) };
    case 'reminder.set':
      return { ...incident, reminders: incident.reminders.append({ ...told, data: event.data }) };
    case 'reminder.done':
      return { ...incident, reminded: incident.reminded.append({ ...told, data: event.data }) };
  }
}

/** `severity sev2, was sev3: checkout is down`, `lead: Ada, was Bob`. */
export function incidentWords(event: IncidentEvent): string {
  switch (event.type) {
    case 'severity.changed':
      return `severity ${severityText(event.data)}`;
    case 'part.assigned':
      return partText(event.data);
    case 'reminder.set':
      return `reminder ${event.data.id} every ${durationText(event.data.everyMs)}: ${event.data.text}`;
    case 'reminder.done':
      return `reminder ${event.data.id} done${event.data.note === undefined ? '' : `: ${event.data.note}`}`;
  }
}

/** `sev2, was sev3: checkout is down`. */
export function severityText({ from, to, reason }: DataOf<'severity.changed'>): string {
  return `${to}${from === null ? '' : `, was ${from}`}: ${reason}`;
}

/** `lead: Ada, was Bob`. */
export function partText({ part, from, to }: DataOf<'part.assigned'>): string {
  return `${part}: ${to}${from === null ? '' : `, was ${from}`}`;
}
