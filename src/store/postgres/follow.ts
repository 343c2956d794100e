/**
 * Following a run that is driven elsewhere: when to look, and who else does.
 *
 * Invariants:
 * - A wake only brings the next look forward. Without any, as behind a pooler, what is new is seen with the next look all the same.
 * - However often a run is told of, it is looked at no more often than every `leastMs`: its driver has the server to itself between.
 * - Who is seen to watch is told by the server's clock alone, and decides nothing.
 */
import { createHash } from 'node:crypto';
import type { Host } from '../../host/host.ts';
import { JournalError } from '../../journal/journal.ts';
import type { Watcher } from '../store.ts';
import type { Line, Row } from './connection.ts';

type Query = (text: string, values: readonly unknown[]) => Promise<readonly Row[]>;

/** From a look to the next one, where nothing wakes; where something does, with up to `spreadMs` more, so that not all ask at once. */
const [mostMs, leastMs, spreadMs] = [1000, 250, 250];
const announceEveryMs = 15_000;

/** Channel on which a run is told of: as `gonogo.channel`. */
function channelOf(run: string): string {
  return `gonogo_${createHash('sha256').update(run).digest('hex').slice(0, 24)}`;
}

export class Follower {
  readonly #host: Pick<Host, 'clock' | 'ids' | 'machine'>;
  readonly #line: Line;
  readonly #query: Query;
  /** Those that this process announced. */
  readonly #own = new Set<string>();
  #run = '';
  #told = false;
  #wake: () => void = () => {};

  constructor(host: Pick<Host, 'clock' | 'ids' | 'machine'>, line: Line, query: Query) {
    this.#host = host;
    this.#line = line;
    this.#query = query;
  }

  /** As `Store.wait`. */
  async wait(run: string, signal: AbortSignal): Promise<void> {
    const { clock, machine } = this.#host;
    if (this.#run !== run) {
      this.#run = run;
      this.#line.listen(channelOf(run), () => {
        this.#told = true;
        this.#wake();
      });
    }
    const since = clock.steady();
    await this.#toldOrLate(signal);
    const left = leastMs + (machine.pid % spreadMs) - (clock.steady() - since);
    if (left > 0) await clock.sleep(left, signal);
    this.#told = false;
  }

  async #toldOrLate(signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    const wake = (): void => woken.abort();
    signal.addEventListener('abort', wake);
    this.#wake = wake;
    if (signal.aborted || this.#told) wake();
    await this.#host.clock.sleep(mostMs, woken.signal);
    this.#wake = () => {};
    signal.removeEventListener('abort', wake);
  }

  /** As `Store.watch`. */
  async watch(run: string, name: string, signal: AbortSignal): Promise<void> {
    const { clock, ids, machine } = this.#host;
    const id = ids.short(12);
    this.#own.add(id);
    while (!signal.aborted) {
      await this.#query('select gonogo.watch($1, $2, $3, $4)', [run, id, name, machine.hostname]).catch(unseen);
      await clock.sleep(announceEveryMs, signal);
    }
    await this.#query('select gonogo.unwatch($1, $2)', [run, id]).catch(unseen);
  }

  /** As `Store.watchers`. */
  async watchers(run: string): Promise<readonly Watcher[]> {
    const rows = await this.#query(
      `select name, hostname, since from gonogo.watcher
       where run = $1 and id <> all ($2) and seen > now() - interval '40 seconds' order by since, id`,
      [run, [...this.#own]],
    );
    return rows.map(({ name, hostname, since }) => ({
      name: String(name),
      hostname: String(hostname),
      since: since instanceof Date ? since.toISOString() : '',
    }));
  }
}

/** Whoever may not announce itself, or cannot now, watches all the same. */
function unseen(error: unknown): readonly Row[] {
  if (error instanceof JournalError) return [];
  throw error;
}
