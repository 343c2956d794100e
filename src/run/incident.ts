/**
 * What is known of an incident beside its steps: how bad it is and who has which part. None of it moves the run.
 *
 * Invariants:
 * - Nothing is taken back: a severity or a part is changed by a later event, a note put right by a later note.
 * - It comes from people only, at any time, also after the run has ended: what is said then extends the record.
 */
import { isName } from '../runbook/person-name.ts';
import { type Severity, severities } from '../runbook/severity.ts';
import { draftBy } from './draft.ts';
import type { Actor, DataOf, RunEvent } from './event.ts';
import { type Part, parts } from './event-incident.ts';
import type { IncidentEvent } from './incident-state.ts';
import { readNote, type Said } from './note-text.ts';
import { remindersOf } from './reminders.ts';
import { accepts, type Response, refuses } from './response.ts';
import { isSameEvent } from './same.ts';
import type { RunState } from './state.ts';

/** How bad it is now; null: nobody has said. */
export function severityOf({ incident, runbook }: Pick<RunState, 'incident' | 'runbook'>): Severity | null {
  return incident.severities.at(-1)?.data.to ?? runbook.severity ?? null;
}

/** Who has which part now. */
export function partsOf({ incident }: Pick<RunState, 'incident'>): ReadonlyMap<Part, string> {
  return new Map(incident.assignments.map(({ data }) => [data.part, data.to]));
}

/** Somebody says how bad it is now. */
export function changesSeverity(
  state: RunState,
  { to, reason, inbox }: { readonly to: string; readonly reason: string; readonly inbox?: string | undefined },
  actor: Actor,
): Response {
  const severity = severities.find((one) => one === to);
  if (severity === undefined)
    return refuses(`"${to}" is no severity; they are ${severities.join(', ')}, sev1 the worst`);
  if (reason.trim() === '') return refuses('another severity needs a reason');
  const from = severityOf(state);
  if (from === severity) return refuses(`it is ${severity} already`);
  const came = inbox === undefined ? {} : { inbox };
  return accepts(draftBy(actor, 'severity.changed', { from, to: severity, reason: reason.trim(), ...came }));
}

/** Somebody takes a part, or is given it. */
export function assignsPart(
  state: RunState,
  { part, to, inbox }: { readonly part: string; readonly to: string; readonly inbox?: string | undefined },
  actor: Actor,
): Response {
  const known = parts.find((one) => one === part);
  if (known === undefined) return refuses(`"${part}" is no part; they are ${parts.join(', ')}`);
  const name = to.trim();
  if (!isName(name)) return refuses(`the name "${to}" has no letter or digit`);
  const from = partsOf(state).get(known) ?? null;
  if (from === name) return refuses(`${name} is ${known} already`);
  const came = inbox === undefined ? {} : { inbox };
  return accepts(draftBy(actor, 'part.assigned', { part: known, from, to: name, ...came }));
}

/** What somebody writes, and where it belongs. */
export interface Writing {
  readonly text: string;
  readonly step?: string | undefined;
  /** When it happened, epoch ms, where it is told later. */
  readonly happened?: number | undefined;
  /** The record that it puts right. */
  readonly corrects?: number | undefined;
  readonly inbox?: string | undefined;
}

/** Somebody writes a note, which may begin with what it is: `!decision`, `!severity sev1`, `!lead`. `now`: epoch ms. */
export function writesNote(state: RunState, writing: Writing, actor: Actor, now: number): Response {
  const said = readNote(writing.text);
  if (said.kind === 'wrong') return refuses(said.message);
  if (said.kind !== 'note') return writesMore(state, said, writing, actor);
  const { step, happened, corrects, inbox } = writing;
  const { note, owner, text } = said;
  const given = { kind: note ?? undefined, owner: owner ?? undefined, step, happened, corrects, inbox };
  const data = { text, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) };
  const objection = noteObjection(state, data, now);
  return objection === null ? accepts(draftBy(actor, 'note.added', data)) : refuses(objection);
}

function writesMore(
  state: RunState,
  said: Exclude<Said, { kind: 'note' | 'wrong' }>,
  { happened, corrects, inbox }: Writing,
  actor: Actor,
): Response {
  if (happened !== undefined || corrects !== undefined)
    return refuses('only a note is told later or puts another right; say this as it is now');
  switch (said.kind) {
    case 'severity':
      return changesSeverity(state, { to: said.to, reason: said.reason, inbox }, actor);
    case 'part':
      return assignsPart(state, { part: said.part, to: said.to, inbox }, actor);
    case 'remind':
      return setsReminder(state, { everyMs: said.everyMs, text: said.text, inbox }, actor);
    case 'done':
      return doesReminder(state, { id: said.id, note: said.note ?? undefined, inbox }, actor);
  }
}

/** Somebody wants to be reminded of something until the run ends. */
function setsReminder(
  state: RunState,
  { everyMs, text, inbox }: { readonly everyMs: number; readonly text: string; readonly inbox?: string | undefined },
  actor: Actor,
): Response {
  if (state.endedAt !== null)
    return refuses(`the run has ended (${state.status}); nothing reminds of anything any more`);
  const id = `reminder_${state.incident.reminders.length + 1}`;
  return accepts(draftBy(actor, 'reminder.set', { id, text, everyMs, ...(inbox === undefined ? {} : { inbox }) }));
}

/** Somebody has done what a reminder is about. */
function doesReminder(
  state: RunState,
  { id, note, inbox }: { readonly id: string; readonly note?: string | undefined; readonly inbox?: string | undefined },
  actor: Actor,
): Response {
  const known = remindersOf(state, state.head.at).map((one) => one.id);
  if (!known.includes(id)) return refuses(`nothing reminds of ${id}; there is ${known.join(', ') || 'no reminder'}`);
  const said = { ...(note === undefined ? {} : { note }), ...(inbox === undefined ? {} : { inbox }) };
  return accepts(draftBy(actor, 'reminder.done', { id, ...said }));
}

/** Why a note cannot say that in `state`; null: it can. `now`: epoch ms. */
function noteObjection(
  { head, steps }: RunState,
  { happened, corrects, step }: DataOf<'note.added'>,
  now: number,
): string | null {
  if (happened !== undefined && happened > now) return 'what is told later happened before now';
  if (corrects !== undefined && corrects > head.seq)
    return `there is no record ${corrects}; the last one is ${head.seq}`;
  if (step !== undefined && !steps.has(step) && (happened ?? corrects) !== undefined)
    return `the run has no step ${step}`;
  return null;
}

/** Why the rules do not allow the note `event` in `state`; null when they do. */
export function noteBreach(state: RunState, { data, at }: Extract<RunEvent, { type: 'note.added' }>): string | null {
  return noteObjection(state, data, at);
}

/** Why the rules do not allow `event` in `state`; null when they do. */
export function incidentBreach(state: RunState, event: IncidentEvent): string | null {
  if (event.actor.via === 'engine') return 'only a person says that';
  const response = responseTo(state, event);
  if (!response.ok) return response.message;
  return response.events.some((due) => isSameEvent(due, event)) ? null : 'it tells of another one before';
}

function responseTo(state: RunState, event: IncidentEvent): Response {
  switch (event.type) {
    case 'severity.changed':
      return changesSeverity(state, event.data, event.actor);
    case 'part.assigned':
      return assignsPart(state, event.data, event.actor);
    case 'reminder.set':
      return setsReminder(state, event.data, event.actor);
    case 'reminder.done':
      return doesReminder(state, event.data, event.actor);
  }
}
