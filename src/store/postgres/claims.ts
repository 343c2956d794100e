/**
 * Who claims which target of all machines.
 *
 * Invariants:
 * - One looks at a time, by a lock of one transaction, which ends with its connection.
 * - Whoever looks writes its own mark first, and what its run appends meanwhile is taken only under that mark: one whose line was cut,
 *   and who does not know it, cannot take what the next one looks at.
 */
import { JournalError } from '../../journal/journal.ts';
import { type Line, Lost } from './connection.ts';
import { told } from './lease.ts';

export interface Looking {
  readonly target: string;
  /** null: only forgets. */
  readonly run: string | null;
  readonly looker: string;
}

/** Longer than any look at journals; a process that is stopped within one keeps the others waiting this long. */
const waitMaxMs = 60_000;

/** As `Store.claim`. `own` is closed at the end; `line` stays. */
export async function claimTarget(
  own: Line,
  line: Line,
  { target, run, looker }: Looking,
  work: (claimants: readonly string[]) => Promise<readonly string[]>,
): Promise<void> {
  try {
    await told(own.query('select gonogo.know($1)', [target]));
    await own.alone(async (ask) => {
      await told(ask('begin'));
      await told(ask(`select set_config('lock_timeout', $1, true)`, [`${waitMaxMs}ms`]));
      await told(ask('select pg_advisory_xact_lock(hashtextextended($1, 7))', [target], waitMaxMs + 5000)).catch(
        tooLong,
      );
      await told(line.query('select gonogo.enter($1, $2, $3)', [target, run, looker]));
      const rows = await told(line.query('select run from gonogo.claim where target = $1 order by number', [target]));
      const others = rows.map((row) => String(row['run'])).filter((one) => one !== run);
      const kept = new Set(await work(others));
      const gone = others.filter((one) => !kept.has(one));
      if (gone.length > 0) await told(line.query('select gonogo.forget($1, $2, $3)', [target, gone, looker]));
      // It only lets the lock go, as the end of the line does.
      await ask('commit').catch(ignoreLost);
    });
  } finally {
    await own.close();
  }
}

function ignoreLost(error: unknown): void {
  if (!(error instanceof Lost)) throw error;
}

function tooLong(error: unknown): never {
  const cause = error instanceof JournalError ? error.cause : null;
  if (cause instanceof Error && 'code' in cause && cause.code === '55P03')
    throw new JournalError(
      'held',
      `another process has been looking at the same target for ${waitMaxMs / 1000} s; end it, then resume`,
    );
  throw error;
}
