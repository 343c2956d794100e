/**
 * One writer per run: an exclusive SQLite transaction on the run's `lock.db`, held until it is released or the process
 * dies, whichever comes first. The kernel frees it then, so there is no stale lock to guess about.
 *
 * Invariants:
 * - Never waits: the lock is had at once or it is another's.
 * - Nothing is ever written to `lock.db`: it stays empty, and a full disk does not keep anyone from taking the lock.
 * - No other code of this process may open `lock.db`: closing any descriptor of a file drops the POSIX locks that the process holds
 *   on it, SQLite's too.
 */
import type { DatabaseSync } from 'node:sqlite';
import { JournalError } from '../../journal/journal.ts';

export interface Lock {
  /** Lets go; more than once does nothing more. */
  release(): void;
}

/** How a run's lock is taken. The path is that of `lock.db`, an existing file; null: another process, or this one, holds it. */
export interface Locks {
  acquire(path: string): Lock | null;
}

/** SQLite's result codes (sqlite.org/rescode.html). */
const SQLITE_BUSY = 5;
const SQLITE_NOTADB = 26;

/** Locks by `node:sqlite`. `acquire` throws `JournalError 'unusable'` when the file cannot be locked at all. */
export const sqliteLocks: Locks = {
  acquire: (path) => {
    let database: DatabaseSync | null = null;
    try {
      database = new (sqlite().DatabaseSync)(path);
      takeExclusive(database);
      return held(database);
    } catch (error) {
      database?.close();
      const code = error instanceof Error && 'errcode' in error ? error.errcode : null;
      if (code === SQLITE_BUSY) return null;
      throw unusable(path, code, error);
    }
  },
};

function takeExclusive(database: DatabaseSync): void {
  // Without a rollback journal on disk the file can be renamed with its folder while the lock is held.
  database.exec('PRAGMA journal_mode = MEMORY');
  database.exec('BEGIN EXCLUSIVE');
  // On a file that may not be written SQLite silently takes a shared lock instead; only asking for a change tells. It
  // stays in the page cache and is rolled back.
  database.exec('PRAGMA user_version = 1');
}

function held(database: DatabaseSync): Lock {
  let open = true;
  return {
    release: () => {
      if (!open) return;
      open = false;
      database.exec('ROLLBACK');
      database.close();
    },
  };
}

function unusable(path: string, code: unknown, cause: unknown): JournalError {
  if (code === SQLITE_NOTADB) {
    return new JournalError(
      'unusable',
      `${path} is not a lock file; when no gonogo runs, remove it and try again`,
      cause,
    );
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new JournalError(
    'unusable',
    `cannot lock the run by ${path}: ${reason}; it must be a file that you may write`,
    cause,
  );
}

type Sqlite = typeof import('node:sqlite');
let loaded: Sqlite | null = null;

/** Loads SQLite on first use and keeps Node from telling every operator that its module is experimental. */
function sqlite(): Sqlite {
  if (loaded !== null) return loaded;
  const emitWarning = process.emitWarning;
  process.emitWarning = new Proxy(emitWarning, {
    apply: (target, self, args: readonly unknown[]) => {
      if (!args.includes('ExperimentalWarning') || !String(args[0]).includes('SQLite'))
        Reflect.apply(target, self, args);
    },
  });
  try {
    loaded = process.getBuiltinModule('node:sqlite');
  } finally {
    process.emitWarning = emitWarning;
  }
  return loaded;
}
