/**
 * The look back at an incident, from what people marked while it went on.
 *
 * Invariants:
 * - A time is that between two marks; where one is missing it is not recorded, never guessed from something else.
 * - What a later note puts right counts no more; the time line still has it.
 * - A run in which nobody said anything of an incident has none.
 */
import type { Moment, NoteKind } from '../run/event-incident.ts';
import { partsOf, severityOf } from '../run/incident.ts';
import { severityText } from '../run/incident-state.ts';
import type { Note, RunState } from '../run/state.ts';
import { fill } from './fill.ts';
import type { DecisionRecord, FollowUp, ReviewRecord, SaidRecord, TimeTo } from './incident-model.ts';
import { lastVisit } from './visits.ts';

/** What the report says of the incident; null: the run was none. */
export function reviewRecord(state: RunState): ReviewRecord | null {
  const { incident } = state;
  const notes = standing(state);
  const said = notes.length + incident.severities.length + incident.assignments.length;
  if (said === 0 && state.runbook.severity === undefined) return null;
  const of = (kind: NoteKind): readonly SaidRecord[] => notes.filter((note) => note.kind === kind).map(record);
  return {
    severity: incident.severities.map(({ at, by, data }) => ({ at, by, text: severityText(data) })),
    ended: severityOf(state),
    people: [...partsOf(state)].map(([part, name]) => ({ part, name })),
    impact: of('impact'),
    times: timesTo(notes),
    decisions: notes.filter(({ kind }) => kind === 'decision').map((note) => decision(note, notes)),
    factors: of('factor'),
    followUps: followUps(state, notes),
  };
}

/** Notes of a kind that no later note puts right, in the order in which it happened. */
function standing({ notes }: RunState): readonly Note[] {
  const corrected = new Set(notes.map(({ corrects }) => corrects));
  return notes
    .filter(({ kind, seq }) => kind !== null && !corrected.has(seq))
    .toSorted((a, b) => happened(a) - happened(b));
}

function happened({ at, happened: told }: Note): number {
  return told ?? at;
}

function record(note: Note): SaidRecord {
  return { at: happened(note), by: note.by, text: note.text };
}

function decision(note: Note, notes: readonly Note[]): DecisionRecord {
  const before = notes.filter((one) => happened(one) <= happened(note) && one.at <= note.at);
  const newest = (['found', 'impact'] as const).flatMap((kind) => before.findLast((one) => one.kind === kind) ?? []);
  return { ...record(note), known: newest.map(({ kind, text }) => `${kind}: ${text}`) };
}

function timesTo(notes: readonly Note[]): readonly TimeTo[] {
  const first = (moment: Moment) =>
    mark(
      moment,
      notes.find(({ kind }) => kind === moment),
    );
  const last = (moment: Moment) =>
    mark(
      moment,
      notes.findLast(({ kind }) => kind === moment),
    );
  const start = first('began') ?? first('detected');
  return [
    between('detect', first('began'), first('detected')),
    between('respond', first('detected'), first('responded')),
    between('mitigate', start, first('mitigated')),
    between('recover', start, last('recovered')),
  ];
}

function mark(moment: Moment, note: Note | undefined): TimeTo['from'] {
  return note === undefined ? null : { moment, at: happened(note) };
}

/** A mark before the one that it is reckoned from makes no time. */
function between(what: TimeTo['what'], from: TimeTo['from'], to: TimeTo['to']): TimeTo {
  const ms = from === null || to === null || to.at < from.at ? null : to.at - from.at;
  return { what, from, to, ms };
}

/** What was noted as left to do, and what the run still owes. */
function followUps(state: RunState, notes: readonly Note[]): readonly FollowUp[] {
  const noted = notes.filter(({ kind }) => kind === 'followup').map(({ text, owner }) => ({ text, owner, of: null }));
  const owed = state.obligations
    .filter(({ status }) => status === 'open' || status === 'handed-over')
    .map(({ step, text, by }) => ({ text: fill(state, text, step, lastVisit(state, step)), owner: by, of: step }));
  return [...noted, ...owed];
}
