/** What happened between runs on one target. */
import { chip, code, joined, none, type Section, section, some, type Text, table, when } from '../blocks.ts';
import type { ReportModel } from '../model.ts';

/** Who held the target, who went on beside whom, and what became of debts that earlier runs left there. */
export function othersSection({ others }: ReportModel): Section | null {
  if (others === undefined) return null;
  const events = others.events.map(({ at, what, runs, step, text, by }): readonly Text[] => [
    when(at),
    [chip(what)],
    runs.length === 0 ? none : joined(runs.map(code)),
    step === null ? none : [code(step)],
    [text],
    [by],
  ]);
  const debts = others.debts.map((debt): readonly Text[] => [
    [code(`${debt.run}.${debt.step}`)],
    [debt.text],
    when(debt.openedAt),
    debt.before === null ? none : [debt.before],
    [chip(debt.status)],
    debt.detail === null ? none : [debt.detail],
    debt.by === null || debt.endedAt === null ? none : [debt.by, ', ', ...when(debt.endedAt)],
  ]);
  return section('others', 'Other runs on the target', [
    ...some(events, () =>
      table('What happened between them and this run', ['When', 'What', 'Runs', 'Step', 'Details', 'By'], events),
    ),
    ...some(debts, () =>
      table(
        'What earlier runs left open there',
        ['Debt', 'Owed', 'Since', 'Before', 'Status', 'Details', 'Decided'],
        debts,
      ),
    ),
  ]);
}
