/** What other runs on the target meant to a run: who held it, who went on beside whom, what was left open there. */
import type { RunEvent } from '../run/event.ts';
import type { Holder, NewerRun, Owed } from '../run/event-holds.ts';
import { owedKey } from '../run/holding.ts';
import { utcMinute } from '../run/instants.ts';
import type { RunState } from '../run/state.ts';
import type { BetweenRuns, EarlierDebt, ReportModel } from './model.ts';
import { actorText, status } from './words.ts';

/** Null: no other run had anything to do with it. */
export function othersRecord(state: RunState, events: readonly RunEvent[]): Required<ReportModel>['others'] | null {
  const told = events.flatMap((event, at) => (endsHold(events, at) ? letGo(event) : between(event)));
  const debts = earlierDebts(state, events);
  const alone = told.every(({ runs, what }) => runs.length === 0 && what.tone === 'quiet');
  return alone && debts.length === 0 ? null : { events: told, debts };
}

/** The end of a run lets go what it still holds. A rollback may take it once more, and end again. */
function endsHold(events: readonly RunEvent[], at: number): boolean {
  if (events[at]?.type !== 'run.ended') return false;
  const last = events.slice(0, at).findLast(({ type }) => type === 'hold.taken' || endings.has(type));
  return last?.type === 'hold.taken';
}

const endings: ReadonlySet<RunEvent['type']> = new Set(['hold.released', 'run.ended']);

function letGo({ at, actor }: RunEvent): readonly BetweenRuns[] {
  return [
    { at, by: actorText(actor), what: status('quiet', 'target let go'), runs: [], step: null, text: 'the run ended' },
  ];
}

function between(event: RunEvent): readonly BetweenRuns[] {
  const { at, actor } = event;
  const by = actorText(actor);
  switch (event.type) {
    case 'hold.taken': {
      const { name, identity, step, newer } = event.data;
      const taken = { what: status('quiet', 'target held'), runs: [], step, text: `${name} (${identity})` };
      return [{ at, by, ...taken }, ...newer.map((one) => ({ at, by, ...changed(one, step) }))];
    }
    case 'hold.refused': {
      const { holders, step } = event.data;
      const runs = holders.map(({ run }) => run);
      const text = holders.map(heldWords).join('; ');
      return [{ at, by, what: status('open', 'held by another run'), runs, step, text }];
    }
    case 'hold.awaited':
      return [{ at, by, what: status('open', 'waited'), runs: [], step: event.data.step, text: event.data.name }];
    case 'hold.overridden': {
      const { runs, step, reason } = event.data;
      return [{ at, by, what: status('bad', 'went on beside it'), runs, step, text: reason }];
    }
    case 'hold.shared': {
      const { run, reason } = event.data;
      return [
        { at, by, what: status('bad', 'another went on beside this run'), runs: [run], step: null, text: reason },
      ];
    }
    case 'hold.released':
      return [{ at, by, what: status('warn', 'target let go'), runs: [], step: null, text: event.data.reason }];
    case 'rollback.permitted': {
      const { over, reason } = event.data;
      return [{ at, by, what: status('bad', 'rollback over it permitted'), runs: [over], step: null, text: reason }];
    }
    default:
      return [];
  }
}

function changed(newer: NewerRun, step: string): Pick<BetweenRuns, 'what' | 'runs' | 'step' | 'text'> {
  return { what: status('warn', 'changed since by another run'), runs: [newer.run], step, text: newerText(newer) };
}

/** Beside the runs themselves. */
function heldWords({ operator, step, since, problem }: Holder): string {
  if (problem !== null) return `in doubt: ${problem}`;
  return `by ${operator}${since === null ? '' : ` since ${utcMinute(since)}`}, for ${step ?? 'a step'}`;
}

function newerText({ title, values, at }: NewerRun): string {
  return `${title}${values === '' ? '' : `, ${values}`}, at ${utcMinute(at)}`;
}

const debtStatus = {
  settled: status('good', 'settled'),
  'handed-on': status('warn', 'handed on'),
  deferred: status('warn', 'deferred'),
} as const;

/** What earlier runs had left open there, each as it was told last, with what this run decided about it. */
function earlierDebts({ holding }: RunState, events: readonly RunEvent[]): readonly EarlierDebt[] {
  const told = new Map<string, Owed>();
  for (const event of events)
    if (event.type === 'hold.taken') for (const one of event.data.owed) told.set(owedKey(one), one);
  return [...told].map(([item, { run, step, text, since, remark }]) => {
    const decided = holding.decided.findLast((one) => one.item === item);
    const now = decided === undefined ? status('open', 'open') : debtStatus[decided.as];
    const by = decided === undefined ? null : actorText(decided.by);
    const [detail, endedAt] = [decided?.text ?? null, decided?.at ?? null];
    return { run, step, text, status: now, by, openedAt: since, endedAt, before: remark, detail };
  });
}
