/**
 * The lease of a run that lives in a database: an epoch, and a lock on the machine that drives.
 *
 * Invariants:
 * - One statement appends, and only for the newest epoch. What became of one whose answer did not come is settled by asking it again.
 * - Once an append was refused nothing is ever written by this lease.
 * - Evidence is there before the lines that name it, or with them.
 * - While the server is away nothing is given up as long as a command runs, and for `waitMs` after that.
 */
import { type Host, HostError } from '../../host/host.ts';
import { JournalError } from '../../journal/journal.ts';
import type { Evidence } from '../../run/event.ts';
import { keepEvidence } from '../folder/evidence.ts';
import type { Lock } from '../folder/lock.ts';
import { parseMessage } from '../message.ts';
import type {
  Appended,
  EvidenceReader,
  InboxMessage,
  KeptTail,
  Lease,
  PinnedDocument,
  Position,
  RefusedMessage,
} from '../store.ts';
import { type Line, Lost, type Row } from './connection.ts';
import type { Copy } from './copy.ts';
import { Uploads } from './uploads.ts';

type Given = Parameters<Lease['append']>[0];

export interface PostgresLeaseParts {
  readonly host: Host;
  readonly run: string;
  readonly epoch: number;
  readonly workspace: string;
  /** How this machine is known among all. */
  readonly place: string;
  readonly lock: Lock;
  readonly evidence: EvidenceReader;
  readonly copy: Copy;
  /** The lines of the run after a place. */
  readonly records: (after: Position) => AsyncIterable<Uint8Array>;
  /** Makes a connection of its own. */
  readonly connect: () => Line;
  /** How long a server that is away is waited for while nothing runs. */
  readonly waitMs: number;
  readonly maxEvidence: number;
  /** What nobody else may look at now, where this run looks at a target. */
  readonly looking: () => { readonly target: string; readonly looker: string } | null;
  /** Who took the lease after this one, in words. */
  readonly successor: () => Promise<string>;
  /** Says that nothing is recorded, and why; null: it is again. */
  readonly trouble: (words: string | null) => void;
}

export class PostgresLease implements Lease {
  readonly run: string;
  readonly epoch: number;
  readonly workspace: string;
  readonly evidence: EvidenceReader;
  /** What this machine keeps of the run's lines. */
  readonly copy: Copy;
  readonly #parts: PostgresLeaseParts;
  readonly #line: Line;
  readonly #uploads: Uploads;
  #over: Exclude<Appended, { kind: 'appended' | 'already' }> | null = null;
  #released = false;
  #hurries = false;

  constructor(parts: PostgresLeaseParts) {
    const { run, epoch, workspace, evidence, copy, host, place, connect, maxEvidence } = parts;
    this.#parts = parts;
    this.run = run;
    this.epoch = epoch;
    this.workspace = workspace;
    this.evidence = evidence;
    this.copy = copy;
    this.#line = connect();
    this.#uploads = new Uploads({ host, run, epoch, workspace, place, connect, maxEvidence });
  }

  async append(given: Given): Promise<Appended> {
    if (this.#over !== null) return this.#over;
    const appended = await this.#append(given);
    if (appended.kind === 'refused' || appended.kind === 'unknown') {
      this.#over = appended;
      this.#uploads.end();
      return appended;
    }
    this.copy.append(given.after.seq, given.head.seq, given.bytes);
    if (given.beside !== undefined) this.#uploads.follow(given.beside.running);
    this.#uploads.wake();
    return appended;
  }

  async #append({ bytes, after, beside }: Given): Promise<Appended> {
    try {
      const { paths, starts, pieces } = await this.#patiently(() => this.#uploads.rest(beside?.evidence ?? []));
      const looking = this.#parts.looking();
      const values = [this.run, this.epoch, after.seq, after.sha256, linesIn(bytes)];
      const guard = [looking?.target ?? null, looking?.looker ?? null];
      const asked = [...values, ...guard, paths, starts, pieces];
      const said = await this.#settled(asked);
      return said === 'appended' || said === 'already' ? { kind: said } : await this.#refused(said);
    } catch (error) {
      if (error instanceof Lost) return { kind: 'unknown', reason: error.message, cause: error, repeat: true };
      if (error instanceof JournalError || error instanceof HostError)
        return { kind: 'refused', reason: error.message, cause: error };
      throw error;
    }
  }

  /** What the store says at last. An answer that was long in coming may be older than a take-over: it is asked for anew. */
  async #settled(asked: readonly unknown[]): Promise<string> {
    const { clock } = this.#parts.host;
    for (let tries = 1; ; tries += 1) {
      const since = clock.steady();
      const [row] = await this.#repeated(
        'select gonogo.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) as said',
        asked,
      );
      if (clock.steady() - since < slowMs || tries === slowTriesMax) return String(row?.['said']);
    }
  }

  async #refused(said: string): Promise<Appended> {
    switch (said) {
      case 'refused epoch':
        if (await this.#isBehind()) return this.#refused('refused behind');
        return {
          kind: 'refused',
          reason: `taken over by ${await this.#parts.successor().catch(() => 'another')}`,
          takenOver: true,
        };
      case 'refused target':
        return {
          kind: 'refused',
          reason: 'the line to the store was cut while the run looked at its target, and another looks at it now',
        };
      case 'refused gone':
        return {
          kind: 'refused',
          reason:
            'the store does not hold the run any more: it was removed, or lost by a store that went back to an earlier moment',
        };
      case 'refused behind':
        return {
          kind: 'refused',
          reason:
            'the store lacks records that it had: it went back to an earlier moment. A resume on this machine puts them back',
        };
      default:
        return { kind: 'refused', reason: 'the store holds other records than those of this process' };
    }
  }

  /** A lease that is to come was lost with what followed it. */
  async #isBehind(): Promise<boolean> {
    const [row] = await this.#line.query('select epoch from gonogo.run where run = $1', [this.run]).catch(unanswered);
    return Number(row?.['epoch'] ?? this.epoch) < this.epoch;
  }

  #repeated(text: string, values: readonly unknown[]): ReturnType<Line['query']> {
    return this.#patiently(() => this.#line.query(text, values));
  }

  /** Does `work`, which may be done twice, until the server has answered or has been away for too long. */
  async #patiently<T>(work: () => Promise<T>): Promise<T> {
    const { host, waitMs, trouble } = this.#parts;
    let since: number | null = null;
    let idleSince: number | null = null;
    for (let pauseMs = 50; ; pauseMs = Math.min(2 * pauseMs, 1000)) {
      try {
        const done = await work();
        if (idleSince !== null) trouble(null);
        return done;
      } catch (error) {
        if (!(error instanceof Lost)) throw error;
        const now = host.clock.steady();
        since ??= now;
        if (idleSince === null || (await this.#uploads.anyRuns())) idleSince = now;
        trouble(error.message);
        const over = this.#hurries ? now - since >= hurryMs : now - idleSince >= waitMs;
        if (over || this.#released) throw error;
      }
      await host.clock.sleep(pauseMs);
    }
  }

  hurry(): void {
    this.#hurries = true;
  }

  async recover(end: Parameters<Lease['recover']>[0] & Position): Promise<readonly KeptTail[]> {
    const [row] = await this.#asked('select seq::float8 as seq, head, epoch from gonogo.run where run = $1', [
      this.run,
    ]);
    if (row?.['epoch'] !== this.epoch) throw new JournalError('held', `run ${this.run} was taken by another meanwhile`);
    if (row['seq'] !== end.seq || row['head'] !== end.sha256) {
      const where = `its head is ${String(row['seq'])}, and its lines end at ${end.seq}`;
      throw new JournalError(
        'corrupt',
        `run ${this.run} does not agree with its own head: ${where}; nothing was changed`,
      );
    }
    await this.copy.catchUp(end, this.#parts.records);
    return [];
  }

  async pin(documents: readonly PinnedDocument[]): Promise<void> {
    const bytes = documents.map((one) => Buffer.from(one.bytes));
    const [row] = await this.#asked('select gonogo.pin_as($1, $2, $3) as pinned', [this.run, this.epoch, bytes]);
    if (row?.['pinned'] !== true) throw await this.#takenOver();
    await this.copy.pin(documents);
  }

  async keep(path: string, bytes: Uint8Array): Promise<Evidence> {
    const kept = await this.#asking(() => this.#uploads.keep(path, bytes));
    if (kept === null) throw await this.#takenOver();
    await this.#keptHere(path, bytes);
    return kept;
  }

  /** What goes into the store from here is here too, so that it can be put back; where it cannot be, the store has it. */
  async #keptHere(path: string, bytes: Uint8Array): Promise<void> {
    try {
      await keepEvidence(this.#parts.host.files, this.workspace, path, bytes);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
    }
  }

  async discard(path: string): Promise<void> {
    await this.#asked('select gonogo.discard($1, $2, $3)', [this.run, this.epoch, path]);
  }

  async inbox(): Promise<{ readonly messages: readonly InboxMessage[]; readonly refused: readonly RefusedMessage[] }> {
    const rows = await told(
      this.#uploads.line.query('select id, body from gonogo.message where run = $1 order by id', [this.run]),
    );
    const messages: InboxMessage[] = [];
    const refused: RefusedMessage[] = [];
    for (const { id, body } of rows) {
      const read = parseMessage(String(id), Buffer.from(String(body)));
      if (read.kind === 'message') messages.push(read.message);
      else refused.push({ name: String(id), reason: read.reason, kept: null });
    }
    return { messages, refused };
  }

  async settleInbox(id: string): Promise<void> {
    await told(this.#uploads.line.query('select gonogo.settle($1, $2, $3)', [this.run, this.epoch, [id]]));
  }

  async release(): Promise<void> {
    if (this.#released) return;
    this.#released = true;
    try {
      await this.#line.query(
        'select gonogo.release($1, $2)',
        [this.run, this.epoch],
        this.#hurries ? hurryMs : releaseMs,
      );
    } catch (error) {
      // Who comes next from here finds the lock free.
      if (!(error instanceof Lost || error instanceof JournalError)) throw error;
    } finally {
      this.#uploads.end();
      await this.copy.close();
      this.#parts.lock.release();
      await this.#line.close();
      await this.#uploads.line.close();
    }
  }

  async #takenOver(): Promise<JournalError> {
    return new JournalError('taken-over', `run ${this.run} was taken over by ${await this.#parts.successor()}`);
  }

  #asked(text: string, values: readonly unknown[]): ReturnType<Line['query']> {
    return this.#asking(() => this.#line.query(text, values));
  }

  #asking<T>(work: () => Promise<T>): Promise<T> {
    return told(this.#patiently(work));
  }
}

function unanswered(error: unknown): readonly Row[] {
  if (error instanceof Lost || error instanceof JournalError) return [];
  throw error;
}

/** From when on an answer counts as old, and how often a server that is slow is asked anew. */
const slowMs = 200;
const slowTriesMax = 3;

/** Long enough for a server that is well, also where much goes on: a run is not kept from ending by one that is not. */
const releaseMs = 10_000;
/** As long as whoever leaves waits. */
const hurryMs = 3000;

/** Resolves like `work`; a server that is away is no fault of the run. */
export async function told<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Lost) throw new JournalError('unusable', error.message, error);
    throw error;
  }
}

/** The lines of `bytes`, without their newlines. */
export function linesIn(bytes: Uint8Array): readonly Buffer[] {
  const lines: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(10, at);
    if (end < 0) throw new Error('a line has no newline');
    lines.push(Buffer.from(bytes.subarray(at, end)));
    at = end + 1;
  }
  return lines;
}
