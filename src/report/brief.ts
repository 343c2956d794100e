/**
 * A status text to paste: what, since when, who is hit, what is being done, when there is more. Only from what was recorded; what nobody said
 * is left to fill in, in capitals. From the state alone; whoever shows it sanitises.
 */

import type { NoteKind } from '../run/event-incident.ts';
import { partsOf, severityOf } from '../run/incident.ts';
import { utcMinute } from '../run/instants.ts';
import { currentPhase } from '../run/progress.ts';
import { remindersOf } from '../run/reminders.ts';
import { openAttempts } from '../run/standing.ts';
import type { Note, RunState } from '../run/state.ts';
import { titleListed } from '../run/titles.ts';
import { fill } from './fill.ts';

/** For whom it is. `customers`: no names, no steps, nothing of what is within. */
export const audiences = ['internal', 'customers'] as const;
export type Audience = (typeof audiences)[number];

/** What a status text says; null: nobody has said it. Times: epoch ms. */
export interface Brief {
  readonly run: string;
  readonly what: string;
  readonly severity: string | null;
  readonly since: number;
  readonly impact: string | null;
  readonly found: string | null;
  readonly decided: string | null;
  readonly doing: string;
  readonly lead: string | null;
  readonly over: boolean;
  readonly nextUpdateAt: number | null;
}

/** The name by which a reminder is that of the status updates. */
export const statusReminder = 'status';

/** What is known at `now` (epoch ms). */
export function briefOf(state: RunState, now: number): Brief {
  const began = state.notes.findLast(({ kind }) => kind === 'began' || kind === 'detected');
  const next = remindersOf(state, now).find(({ id }) => id === statusReminder);
  return {
    run: state.id,
    what: fill(state, state.runbook.title, null, null),
    severity: severityOf(state),
    since: began === undefined ? state.startedAt : (began.happened ?? began.at),
    impact: newest(state, 'impact'),
    found: newest(state, 'found'),
    decided: newest(state, 'decision'),
    doing: doingNow(state),
    lead: partsOf(state).get('lead') ?? null,
    over: state.endedAt !== null,
    nextUpdateAt: next === undefined ? null : Math.max(now, next.dueAt),
  };
}

function newest({ notes }: RunState, kind: NoteKind): string | null {
  const found = notes.filter((note: Note) => note.kind === kind).at(-1);
  return found?.text ?? null;
}

function doingNow(state: RunState): string {
  if (state.endedAt !== null) return `over: ${state.status}`;
  if (state.rollback !== null) return 'rolling back';
  const running = openAttempts(state).map(({ step }) => titleListed(state, step) ?? step);
  const phase = currentPhase(state);
  const where = phase === null ? '' : ` (${phase})`;
  if (running.length > 0) return `${running.join(', ')}${where}`;
  return state.paused === null ? `working${where}` : `waiting for ${state.paused.waiting}${where}`;
}

/** The text for `audience`. */
export function briefText(brief: Brief, audience: Audience): string {
  return `${(audience === 'internal' ? internal(brief) : customers(brief)).join('\n')}\n`;
}

function internal({
  what,
  severity,
  since,
  impact,
  found,
  decided,
  doing,
  lead,
  nextUpdateAt,
  run,
}: Brief): readonly string[] {
  return [
    `${severity === null ? '' : `[${severity.toUpperCase()}] `}${what}`,
    `Since: ${utcMinute(since)}`,
    `Impact: ${impact ?? 'NOT SAID YET'}`,
    ...(found === null ? [] : [`Found: ${found}`]),
    ...(decided === null ? [] : [`Decided: ${decided}`]),
    `Doing now: ${doing}`,
    ...(lead === null ? [] : [`Lead: ${lead}`]),
    `Next update: ${nextUpdateAt === null ? 'NOT SAID YET' : utcMinute(nextUpdateAt)}`,
    `Run: ${run}`,
  ];
}

function customers({ what, since, impact, over, nextUpdateAt }: Brief): readonly string[] {
  return [
    what,
    `Since ${utcMinute(since)}: ${impact ?? 'WHAT CUSTOMERS SEE'}.`,
    over ? 'This is resolved.' : 'We know of it and are working on it.',
    ...(over ? [] : [`We tell you more by ${nextUpdateAt === null ? 'WHEN' : utcMinute(nextUpdateAt)}.`]),
  ];
}
