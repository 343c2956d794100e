/**
 * What whoever takes a run over has to know, on one screen: where it is, what runs, what is in doubt, what is owed, who is who, and what
 * happened last. From the state alone; whoever shows it sanitises.
 */
import { partsOf, severityOf } from '../run/incident.ts';
import { partText, severityText } from '../run/incident-state.ts';
import { utcClock } from '../run/instants.ts';
import { noteSaid } from '../run/noted.ts';
import { openDebts } from '../run/obligations.ts';
import { outlineOf } from '../run/outline.ts';
import { currentPhase } from '../run/progress.ts';
import { remindersOf } from '../run/reminders.ts';
import { openAttempts } from '../run/standing.ts';
import type { RunState } from '../run/state.ts';
import { titleListed } from '../run/titles.ts';
import { outcomeSentence } from './outcome.ts';

const newestMax = 10;

/** One line each. */
export function handoverLines(state: RunState): readonly string[] {
  const { offer } = state;
  const doubtful = state.startedOrder.filter((id) => state.steps.get(id)?.visits.at(-1)?.status === 'in-doubt');
  const running = openAttempts(state);
  const debts = openDebts(state);
  return [
    `${state.id}: ${state.runbook.title}`,
    ...peopleLine(state),
    whereLine(state),
    ...(offer === null ? [] : [`${offer.from} hands it to ${offer.to}${offer.note === null ? '' : `: ${offer.note}`}`]),
    ...running.map(({ step, since }) => `runs since ${utcClock(since)}: ${named(state, step)}`),
    ...(doubtful.length === 0 ? ['in doubt: nothing'] : doubtful.map((id) => `in doubt: ${named(state, id)}`)),
    ...(debts.length === 0
      ? ['owed: nothing']
      : debts.map(({ step, text, openedAt }) => `owed since ${utcClock(openedAt)}: ${step}: ${text}`)),
    ...remindersOf(state, state.head.at).map(
      ({ id, text, dueAt }) => `to do again at ${utcClock(dueAt)}: ${id}: ${text}`,
    ),
    'last, in UTC:',
    ...newest(state).map(({ at, text }) => `  ${utcClock(at)} ${text}`),
  ];
}

function named(state: RunState, id: string): string {
  const title = titleListed(state, id) ?? '';
  return title === '' || title === id ? id : `${id} (${title})`;
}

function peopleLine(state: RunState): readonly string[] {
  const severity = severityOf(state);
  const people = [...partsOf(state)].map(([part, name]) => `${part} ${name}`);
  const all = [...(severity === null ? [] : [severity]), ...people];
  return all.length === 0 ? [] : [all.join(', ')];
}

function whereLine(state: RunState): string {
  const phase = currentPhase(state);
  return `${outcomeSentence(state)}${phase === null || state.endedAt !== null ? '' : ` (phase ${phase})`}`;
}

interface Happened {
  readonly at: number;
  readonly text: string;
}

/** What happened last, oldest first. */
function newest(state: RunState): readonly Happened[] {
  const { places } = outlineOf(state.runbook);
  const visits = [...state.steps.values()].flatMap(({ id, visits: own }) =>
    own.flatMap((visit): Happened[] => {
      const held = places.get(id)?.step.flow ?? 'leaf';
      if (visit.closedAt === null || visit.status === 'not-taken' || held !== 'leaf') return [];
      return [{ at: visit.closedAt, text: `${id} ${visit.status}${visit.reason === null ? '' : `: ${visit.reason}`}` }];
    }),
  );
  return [
    ...visits,
    ...state.notes.map((note) => ({ at: note.happened ?? note.at, text: `${note.by}: ${noteSaid(note)}` })),
    ...state.incident.severities.map(({ at, data }) => ({ at, text: `severity ${severityText(data)}` })),
    ...state.incident.assignments.map(({ at, data }) => ({ at, text: partText(data) })),
  ]
    .toSorted((a, b) => a.at - b.at)
    .slice(-newestMax);
}
