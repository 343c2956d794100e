/**
 * Runs in a PostgreSQL database, for several people on several machines. What a step leaves while it runs lies on the machine that runs
 * it; everything that anybody else has to see is in the database.
 *
 * Invariants:
 * - Reads go to the primary.
 * - One lease of a run can append: its newest epoch. Whoever takes it over raises that, by one conditional statement.
 * - Nothing is decided by a clock or by how long nobody was heard of. On the machine where a driver died its lock is free, which proves it.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type Host, HostError } from '../../host/host.ts';
import { formatInstant } from '../../journal/instant.ts';
import { JournalError } from '../../journal/journal.ts';
import { isRunId } from '../../journal/run-id.ts';
import { ATTACHED } from '../../run/attached.ts';
import type { Evidence } from '../../run/event.ts';
import { translated } from '../folder/guard.ts';
import type { Lock, Locks } from '../folder/lock.ts';
import { messageId, messageText } from '../message.ts';
import type {
  Apart,
  Digest,
  Driver,
  EvidenceReader,
  Lease,
  Lines,
  PinnedDocument,
  Position,
  Store,
  TakeOver,
  Watcher,
} from '../store.ts';
import type { Address } from './address.ts';
import { apartOf, type Difference, differences, firstLine, keepBranch, type Looking, putBack } from './apart.ts';
import { claimTarget } from './claims.ts';
import { Connection, type Line, Lost, type Row } from './connection.ts';
import { Copy } from './copy.ts';
import { digestsOf } from './digests.ts';
import { Ends, pieceBytes, sharedEvidence } from './evidence.ts';
import { Follower } from './follow.ts';
import { linesIn, PostgresLease, told } from './lease.ts';
import { type DriverRow, driverSchema, lockRun, type WorkPlace } from './place.ts';
import { putPiece } from './uploads.ts';

export interface PostgresStoreParts {
  readonly host: Host;
  readonly address: Address;
  readonly work: WorkPlace;
  readonly maxEvidence: number;
  /** How long a server that is away is waited for while nothing runs. */
  readonly waitMs: number;
  /** Who drives from here, for others to read; absent: the user of this machine. */
  readonly operator?: string | undefined;
  /** SQLite's unless a simulation brings its own. */
  readonly locks?: Locks | undefined;
  /** Makes a line to the server; absent: a connection to `address`. */
  readonly connect?: (() => Line) | undefined;
  /** Says that nothing is recorded, and why; null: it is again. */
  readonly trouble: (words: string | null) => void;
}

/** Lines that are read at once at most. */
const linesPerRead = 1000;

/** The lines after a number, as the bytes that they are in a journal, with the number of the last of them and of the last of all. */
const pageOfLines = `
  with page as (select seq, line from gonogo.event where run = $1 and seq > $2 order by seq limit $3)
  select seq::float8 as head, (select max(seq)::float8 from page) as last,
    (select string_agg(line || '\\x0a'::bytea, ''::bytea order by seq) from page) as lines
  from gonogo.run where run = $1`;

/** A run as its row says. */
interface RunRow {
  readonly epoch: number;
  readonly driver: DriverRow | null;
  readonly seen: string;
}

export class PostgresStore implements Store {
  readonly name: string;
  readonly #parts: PostgresStoreParts;
  readonly #line: Line;
  readonly #follower: Follower;
  readonly #ends: Ends;
  /** What this process looks at for a run, while it does. */
  readonly #looking = new Map<string, { readonly target: string; readonly looker: string }>();
  #sent = 0;

  constructor(parts: PostgresStoreParts) {
    this.name = parts.address.name;
    this.#parts = parts;
    this.#line = this.#connect();
    this.#ends = new Ends(parts.host.clock);
    this.#follower = new Follower(parts.host, this.#line, (text, values) => this.#query(text, values));
  }

  #connect(): Line {
    const { connect, host, address } = this.#parts;
    return connect === undefined ? new Connection(host, address) : connect();
  }

  #query(text: string, values: readonly unknown[]): Promise<readonly Row[]> {
    return told(this.#line.query(text, values));
  }

  /** A statement that may be repeated, for as long as a line is made anew. */
  async #settled(text: string, values: readonly unknown[]): Promise<readonly Row[]> {
    const { clock } = this.#parts.host;
    const until = clock.steady() + settleMs;
    return told(this.#line.repeated(text, values, () => clock.steady() < until));
  }

  // --- making ---

  async create(run: string, documents: readonly PinnedDocument[], lines: Lines): Promise<Lease | null> {
    const lock = await lockRun(this.#parts, this.workspace(run));
    if (lock === null) return null;
    try {
      const values = [run, this.#driver(), documents.map((one) => Buffer.from(one.bytes)), linesIn(lines.bytes)];
      const [row] = await this.#settled('select gonogo.make($1, $2, $3, $4) as said', values);
      if (row?.['said'] !== 'taken') return await this.#begun(this.#lease(run, 1, lock), documents, lines);
    } catch (error) {
      lock.release();
      throw error;
    }
    lock.release();
    return null;
  }

  async #begun(lease: PostgresLease, documents: readonly PinnedDocument[], { bytes, head }: Lines): Promise<Lease> {
    await lease.copy.pin(documents);
    await lease.copy.catchUp(head, async function* () {
      yield bytes;
    });
    return lease;
  }

  #driver(name?: string): DriverRow {
    const { host, work, operator } = this.#parts;
    const { hostname, user, pid } = host.machine;
    const since = formatInstant(host.clock.now());
    return { token: host.ids.short(20), place: work.id, hostname, user, name: name ?? operator ?? user, pid, since };
  }

  #lease(run: string, epoch: number, lock: Lock): PostgresLease {
    const { host, work, maxEvidence, waitMs, trouble } = this.#parts;
    return new PostgresLease({
      host,
      place: work.id,
      run,
      epoch,
      workspace: this.workspace(run),
      lock,
      evidence: this.evidence(run),
      copy: new Copy(host, this.workspace(run)),
      records: (after) => this.records(run, after),
      connect: () => this.#connect(),
      waitMs,
      maxEvidence,
      looking: () => this.#looking.get(run) ?? null,
      successor: () => this.#driverOf(run, epoch + 1),
      trouble,
    });
  }

  // --- driving ---

  async take(run: string, over?: TakeOver): Promise<Lease> {
    const differs = isRunId(run) ? (await differences(this.#looked, [run])).get(run) : undefined;
    if (differs?.kind === 'lost') return this.#madeAnew(run, differs);
    await this.#row(run);
    const lock = await lockRun(this.#parts, this.workspace(run));
    try {
      for (;;) {
        const { epoch, driver } = await this.#row(run);
        const mine = driver === null || driver.place === this.#parts.work.id;
        const may = over === undefined ? mine : over.lease === epoch;
        if (lock === null || !may) throw heldBy(run, driver, lock === null);
        const [row] = await this.#settled('select gonogo.take($1, $2, $3) as epoch', [
          run,
          epoch,
          this.#driver(over?.by),
        ]);
        if (row?.['epoch'] === epoch + 1) return await this.#mended(this.#lease(run, epoch + 1, lock));
        // Another was faster: the next round sees who.
      }
    } catch (error) {
      lock?.release();
      throw error;
    }
  }

  /** The lease, once what is here and the store lacks is there again, or kept beside. Looked at anew: now nobody else appends. */
  async #mended(lease: PostgresLease): Promise<Lease> {
    try {
      const differs = (await differences(this.#looked, [lease.run])).get(lease.run);
      if (differs?.kind === 'behind') await putBack(lease, differs);
      if (differs?.kind === 'forked')
        await keepBranch((...asked) => this.#settled(...asked), lease.run, this.#driver(), differs);
      return lease;
    } catch (error) {
      await lease.release();
      throw error;
    }
  }

  /** A run that the store has lost as a whole. */
  async #madeAnew(run: string, differs: Difference): Promise<Lease> {
    const first = await firstLine(differs);
    const lease = first === null ? null : await this.create(run, await differs.copy.documents(), first);
    if (lease === null) throw heldBy(run, null, true);
    try {
      await putBack(lease, { ...differs, seq: 1 });
      return lease;
    } catch (error) {
      await lease.release();
      throw error;
    }
  }

  get #looked(): Looking {
    return {
      host: this.#parts.host,
      query: (text, values) => this.#query(text, values),
      workspace: (run) => this.workspace(run),
    };
  }

  async apart(runs?: readonly string[]): Promise<ReadonlyMap<string, Apart>> {
    if (runs === undefined) {
      const lost = await this.#lost();
      return apartOf(this.#looked, lost, lost);
    }
    if (runs.length <= onesLooked) return apartOf(this.#looked, runs, runs);
    // Of many runs few were driven from here: one look at the folder spares one at each.
    const here = new Set(await this.#folders());
    const own = runs.filter((run) => here.has(run));
    return apartOf(this.#looked, runs, own);
  }

  async #folders(): Promise<readonly string[]> {
    const { host, work } = this.#parts;
    return (await translated(host.files.list(join(work.folder, 'runs')))).filter(isRunId);
  }

  /** Runs that were driven from here, and are not in the store. */
  async #lost(): Promise<readonly string[]> {
    const rows = await this.#query(
      `select run from unnest($1::text[]) as here(run) where not exists (select from gonogo.run as r where r.run = here.run)
        and not exists (select from gonogo.pruned as p where p.run = here.run)`,
      [await this.#folders()],
    );
    return rows.map(({ run }) => String(run));
  }

  async driver(run: string): Promise<Driver | null> {
    const { epoch, driver, seen } = await this.#row(run);
    if (driver === null) return null;
    const { name, hostname, since, place } = driver;
    return { lease: epoch, name, hostname, since, seen, here: place === this.#parts.work.id };
  }

  /** Whoever took the lease of that epoch, in words. */
  async #driverOf(run: string, epoch: number): Promise<string> {
    const [row] = await this.#query('select driver from gonogo.lease where run = $1 and epoch = $2', [run, epoch]);
    return wordsOf(driverSchema.nullable().parse(row?.['driver'] ?? null));
  }

  async #row(run: string): Promise<RunRow> {
    const found = isRunId(run)
      ? await this.#query('select epoch, driver, seen from gonogo.run where run = $1', [run])
      : [];
    const row = found[0];
    if (row === undefined) throw this.#noRun(run);
    const { epoch, driver, seen } = row;
    const known = driverSchema.nullable().parse(driver);
    return { epoch: Number(epoch), driver: known, seen: seen instanceof Date ? seen.toISOString() : '' };
  }

  #noRun(run: string): JournalError {
    return new JournalError('not-found', `there is no run "${run}" in ${this.name}; see them with: gonogo list`);
  }

  // --- reading ---

  async *records(run: string, after: Position): AsyncGenerator<Uint8Array> {
    for (let seq = after.seq; ; ) {
      const [row] = await this.#query(pageOfLines, [run, seq, linesPerRead]);
      if (row === undefined) throw this.#noRun(run);
      const { head, last, lines } = row;
      if (!(lines instanceof Uint8Array) || typeof last !== 'number') return;
      this.#ends.forget();
      yield lines;
      seq = last;
      if (head === last) return;
    }
  }

  evidence(run: string): EvidenceReader {
    const { host, work } = this.#parts;
    const query = (text: string, values: readonly unknown[]) => this.#query(text, values);
    return sharedEvidence({
      query,
      run,
      files: host.files,
      workspace: this.workspace(run),
      place: work.id,
      ends: this.#ends,
    });
  }

  async document(run: string, sha256: string): Promise<Uint8Array | null> {
    const [row] = await this.#query(
      'select bytes from gonogo.document natural join gonogo.chunk where run = $1 and sha256 = $2',
      [run, sha256],
    );
    return row?.['bytes'] instanceof Uint8Array ? row['bytes'] : null;
  }

  workspace(run: string): string {
    return join(this.#parts.work.folder, 'runs', run);
  }

  // --- sending ---

  async deposit(run: string, name: string, bytes: Uint8Array): Promise<Evidence> {
    await this.#row(run);
    const { clock, ids } = this.#parts.host;
    const path = `${ATTACHED}/${String(clock.now()).padStart(15, '0')}-${ids.short(8)}/${name}`;
    for (let start = 0; start === 0 || start < bytes.length; start += pieceBytes) {
      const put = { run, epoch: null, path, start, bytes: bytes.subarray(start, start + pieceBytes), anew: true };
      const said = await told(putPiece(this.#line, put));
      if (said === 'other' || said === 'refused') throw new HostError('exists', path, `${path} is kept already`);
    }
    return { path, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
  }

  async send(run: string, message: Parameters<Store['send']>[1]): Promise<string> {
    this.#sent += 1;
    const id = messageId(this.#parts.host, this.#sent);
    const [row] = await this.#settled('select gonogo.send($1, $2, $3) as sent', [run, id, messageText(message)]);
    if (row?.['sent'] !== true) throw this.#noRun(run);
    return id;
  }

  /** Until somebody looks nothing has been done, and a server that is away is waited for. */
  async claim(...[target, run, work]: Parameters<Store['claim']>): Promise<void> {
    const { host, waitMs } = this.#parts;
    const until = host.clock.steady() + waitMs;
    for (let looks = false; ; ) {
      const looker = host.ids.short(20);
      try {
        return await claimTarget(this.#connect(), this.#line, { target, run, looker }, async (claimants) => {
          looks = true;
          if (run !== null) this.#looking.set(run, { target, looker });
          try {
            return await work(claimants);
          } finally {
            if (run !== null) this.#looking.delete(run);
          }
        });
      } catch (error) {
        const away = error instanceof JournalError && error.cause instanceof Lost;
        if (!away || looks || host.clock.steady() >= until) throw error;
      }
      await host.clock.sleep(lookEveryMs);
    }
  }

  // --- removing ---

  async assertRemovable(): Promise<void> {
    const [row] = await this.#query(
      `select has_function_privilege(p.oid, 'execute') as may, pg_get_userbyid(p.proowner) as owner
       from pg_proc as p where p.pronamespace = 'gonogo'::regnamespace and p.proname = 'prune'`,
      [],
    );
    if (row?.['may'] === true) return;
    const { user, name } = this.#parts.address;
    const owner = String(row?.['owner']);
    const there = name.replace(`//${user}@`, `//${owner}@`);
    throw new JournalError(
      'unusable',
      `${user} may not remove runs from ${name}: whoever drives can only add; prune as the owner of its tables: --state ${there}`,
    );
  }

  async remove(...[run, { seq, sha256 }]: Parameters<Store['remove']>): Promise<boolean> {
    const { files } = this.#parts.host;
    const folder = this.workspace(run);
    const lock = await lockRun(this.#parts, folder);
    if (lock === null) throw heldBy(run, null, true);
    try {
      const [row] = await this.#settled('select gonogo.prune($1, $2, $3) as said', [run, seq, sha256]);
      if (row?.['said'] !== 'pruned') return false;
      await translated(files.removeTree(folder));
      return true;
    } finally {
      lock.release();
    }
  }

  // --- finding ---

  async ids(part = ''): Promise<readonly string[]> {
    const rows = await this.#query('select run from gonogo.run where strpos(run, $1) > 0 order by run', [part]);
    return rows.map(({ run }) => String(run));
  }

  digests(...[read, wanted]: Parameters<Store['digests']>): Promise<readonly Digest[]> {
    return digestsOf((text, values) => this.#query(text, values), read, wanted);
  }

  // --- following ---

  wait(run: string, signal: AbortSignal): Promise<void> {
    return this.#follower.wait(run, signal);
  }

  watch(...given: Parameters<Store['watch']>): Promise<void> {
    return this.#follower.watch(...given);
  }

  watchers(run: string): Promise<readonly Watcher[]> {
    return this.#follower.watchers(run);
  }
}

/** How long what a person waits for is asked again when its answer was lost. */
const settleMs = 10_000;
const lookEveryMs = 500;
/** How many runs are looked for one by one. */
const onesLooked = 20;

/** Whoever drives, in words. */
function wordsOf(driver: DriverRow | null): string {
  if (driver === null) return 'another';
  const { name, hostname, pid, since } = driver;
  return `${name} on ${hostname} (process ${pid}) since ${since}`;
}

function heldBy(run: string, driver: DriverRow | null, here: boolean): JournalError {
  if (driver === null && !here)
    return new JournalError(
      'held',
      `run ${run} was taken by another meanwhile, who let it go; look again: gonogo show ${run}`,
    );
  const who = driver === null ? 'another process' : wordsOf(driver);
  const wayOut = here
    ? `follow it with: gonogo watch ${run}`
    : `follow it with: gonogo watch ${run}; where that driver is gone: gonogo resume ${run} --take-over REASON`;
  return new JournalError('held', `run ${run} is driven by ${who}; ${wayOut}`);
}
