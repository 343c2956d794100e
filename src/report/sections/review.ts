/** The look back at an incident: who was hit, how long it took, what was decided on what, what is left to do. */
import { code, missing, none, type Section, section, some, type Text, table, when } from '../blocks.ts';
import type { TimeTo } from '../incident-model.ts';
import type { ReportModel } from '../model.ts';
import { duration } from '../time.ts';

/** Absent for a run that was no incident. */
export function reviewSection({ review }: ReportModel): Section | null {
  if (review === undefined) return null;
  const { severity, ended, people, impact, times, decisions, factors, followUps } = review;
  const facts: (readonly [string, Text])[] = [
    ['Severity', ended === null ? [missing] : [ended]],
    ...people.map(({ part, name }): readonly [string, Text] => [part, [name]]),
    ...times.map((one): readonly [string, Text] => [`Time to ${one.what}`, timeText(one)]),
  ];
  const said = (rows: readonly { readonly at: number; readonly by: string; readonly text: string }[]) =>
    rows.map(({ at, by, text }): readonly Text[] => [when(at), [text], [by]]);
  const decided = decisions.map(({ at, by, text, known }): readonly Text[] => [
    when(at),
    [text],
    known.length === 0 ? [missing] : [known.join('; ')],
    [by],
  ]);
  const left = followUps.map(({ text, owner, of }): readonly Text[] => [
    [text],
    [owner ?? 'nobody yet'],
    of === null ? none : [code(of)],
  ]);
  return section('review', 'Review of the incident', [
    { kind: 'facts', facts },
    ...some(impact, () => table('Impact', ['When', 'Impact', 'By'], said(impact))),
    ...some(severity, () => table('How bad it was', ['When', 'Severity', 'By'], said(severity))),
    ...some(decided, () => table('Decisions, and what was known then', ['When', 'Decision', 'Known', 'By'], decided)),
    factors.length === 0
      ? { kind: 'text', text: ['Contributing factors: ', missing, '.'] }
      : table('Contributing factors', ['When', 'Factor', 'By'], said(factors)),
    ...some(left, () => table('Follow-ups', ['What', 'Owner', 'Owed by step'], left)),
  ]);
}

/** Computed from two marks that people made; else which one is missing. */
function timeText({ from, to, ms }: TimeTo): Text {
  if (ms === null || from === null || to === null) return [missing];
  return [duration(ms), ` (${from.moment} to ${to.moment})`];
}
