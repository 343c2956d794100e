/**
 * All runs of a state folder: make, open, read, find, list, send to.
 *
 * Invariants:
 * - A folder in `runs/` always has a durable `run.started`: it is prepared under a hidden name and renamed.
 * - Who writes into a run's journal holds its lock; reading needs none and changes nothing.
 * - Every failure of the world leaves as a `JournalError` with the way out.
 */
import { join, resolve as resolvePath } from 'node:path';
import type { Host } from '../../host/host.ts';
import { HostError } from '../../host/host.ts';
import { JournalError } from '../../journal/journal.ts';
import { beginning, type Place } from '../../journal/record.ts';
import { isRunId, runId } from '../../journal/run-id.ts';
import { createSeal } from '../../journal/seal.ts';
import { type VerifiedJournal, verifyJournal, verifyLines } from '../../journal/verify.ts';
import type { EventDraft, RunEvent } from '../../run/event.ts';
import { newerIn } from '../../run/newer.ts';
import type { Journal, Journals, StoredRun } from '../journals.ts';
import { assertKnown } from '../known.ts';
import type { EvidenceReader, PinnedDocument, RunSummary } from '../store.ts';
import { folderEvidence } from './evidence.ts';
import { checkRunFolder, checkStateFolder, makeFolders, worldly } from './guard.ts';
import { clearHolder, heldBy, nameHolder } from './holder.ts';
import { putMessage, removeMessage } from './inbox.ts';
import { type Lock, type Locks, sqliteLocks } from './lock.ts';
import { recoverTail } from './recover.ts';
import { RunIndex } from './run-index.ts';
import { encodeAll, journalPath, RunJournal } from './run-journal.ts';

/** A folder of a run that is being prepared; with its lock free, its maker is dead. */
const NEW = '.new-';
/** A dead one that is being removed. */
const OLD = '.old-';
const CREATE_TRIES_MAX = 5;

/**
 * The runs of `stateFolder` (relative to the current folder), which need not exist yet: `create` makes it. Throws `JournalError
 * 'unusable'` when the folder is a link, another user's, or on a network. `locks` is SQLite's unless a simulation brings its own.
 */
export async function createJournals(host: Host, stateFolder: string, locks: Locks = sqliteLocks): Promise<Journals> {
  const state = resolvePath(host.machine.cwd, stateFolder);
  await translated(checkStateFolder(host, state));
  await translated(checkRunFolder(host, join(state, 'runs')));
  return new StateFolder(host, state, join(state, 'runs'), locks);
}

/** What a run begins with; `first` is sealed. */
interface Beginning {
  readonly documents: readonly PinnedDocument[];
  readonly first: readonly EventDraft[];
  readonly secrets: readonly string[];
}

class StateFolder implements Journals {
  readonly #host: Host;
  readonly #state: string;
  readonly #runs: string;
  readonly #locks: Locks;
  readonly #index: RunIndex;
  /** Where `readAfter` stopped, by run, so that watching reads each byte once. */
  readonly #followed = new Map<string, { readonly bytes: number; readonly place: Place }>();
  #sent = 0;

  constructor(host: Host, state: string, runs: string, locks: Locks) {
    this.#host = host;
    this.#state = state;
    this.#runs = runs;
    this.#locks = locks;
    this.#index = new RunIndex({
      files: host.files,
      path: join(state, 'index.json'),
      ids: () => this.#ids(),
      journalOf: (id) => journalPath(this.#folderOf(id)),
      eventsOf: async (id) => (await this.read(id)).events,
    });
  }

  // --- making ---

  create(...[slug, documents, first, secrets = []]: Parameters<Journals['create']>): Promise<Journal> {
    const known = [...secrets];
    return translated(
      (async () => this.#create(slug, { documents, first: first.map(createSeal(known)), secrets: known }))(),
    );
  }

  async #create(slug: string, beginning: Beginning): Promise<Journal> {
    await makeFolders(this.#host.files, this.#runs);
    await checkStateFolder(this.#host, this.#state);
    await checkRunFolder(this.#host, this.#runs);
    await this.#removeDead();
    for (let tries = 1; ; tries += 1) {
      const id = runId(this.#host.clock.now(), slug, this.#host.ids.short(4));
      const made = await this.#tryCreate(id, beginning, tries === CREATE_TRIES_MAX);
      if (made !== null) return made;
    }
  }

  /** Null: the id is in use, or another process took the half-made folder for a dead one's. With `last` that is an error. */
  async #tryCreate(id: string, start: Beginning, last: boolean): Promise<Journal | null> {
    const { files } = this.#host;
    const folder = this.#folderOf(id);
    const prepared = join(this.#runs, `${NEW}${id}`);
    if ((await files.facts(folder)) !== null && !last) return null;
    let lock: Lock | null = null;
    try {
      await files.makeFolder(prepared);
      lock = await this.#lock(prepared);
      if (lock === null) throw new JournalError('held', `${prepared} is held by another process; start again`);
      const { events, place } = await this.#fill(prepared, id, start);
      await nameHolder(this.#host, prepared);
      await files.rename(prepared, folder);
      const file = await files.openAppend(journalPath(folder));
      const { secrets } = start;
      return new RunJournal({ host: this.#host, lock, file, folder, events, place, secrets });
    } catch (error) {
      const stolen = lock === null || (await files.facts(prepared).catch(() => null)) === null;
      const placed = (await files.facts(folder).catch(() => null)) !== null;
      // What failed before the rename is nobody's: it goes while its lock is still held.
      if (lock !== null && !placed) await files.removeTree(prepared).catch(() => undefined);
      lock?.release();
      const retry =
        !last && !placed && stolen && (error instanceof JournalError || isCode(error, 'not-found', 'exists'));
      if (retry) return null;
      throw error;
    }
  }

  async #fill(
    folder: string,
    id: string,
    { documents, first }: Beginning,
  ): Promise<{ readonly events: readonly RunEvent[]; readonly place: Place }> {
    const { files, clock } = this.#host;
    const { bytes, events, place } = encodeAll(first, beginning(id), clock.now());
    if (events[0]?.type !== 'run.started') throw new Error('the first event of a run is run.started');
    await files.makeFolder(join(folder, 'documents'));
    await files.makeFolder(join(folder, 'inbox'));
    for (const document of documents) await this.#pin(folder, document);
    await files.create(journalPath(folder), bytes);
    return { events, place };
  }

  /** Removes what dead processes left half-made; a leftover that cannot be removed keeps no new run from starting. */
  async #removeDead(): Promise<void> {
    for (const name of await this.#host.files.list(this.#runs)) {
      if (!name.startsWith(NEW) && !name.startsWith(OLD)) continue;
      try {
        await this.#removeIfDead(join(this.#runs, name), name.startsWith(OLD));
      } catch (error) {
        if (!(error instanceof HostError || error instanceof JournalError)) throw error;
      }
    }
  }

  /** Renamed while its lock is held, so that a maker that is only slow finds nothing and starts anew. */
  async #removeIfDead(path: string, away: boolean): Promise<void> {
    const { files, ids } = this.#host;
    if (away) return files.removeTree(path);
    const lock = await this.#lock(path);
    if (lock === null) return;
    try {
      const target = join(this.#runs, `${OLD}${ids.short(12)}`);
      await files.rename(path, target);
      await files.removeTree(target);
    } finally {
      lock.release();
    }
  }

  // --- opening ---

  open(id: string): Promise<Journal> {
    return translated(this.#open(id));
  }

  async #open(id: string): Promise<Journal> {
    const folder = await this.#existing(id);
    const lock = await this.#lock(folder);
    if (lock === null) throw await heldBy(this.#host, folder, id);
    try {
      await nameHolder(this.#host, folder);
      return await this.#openLocked(folder, id, lock);
    } catch (error) {
      await clearHolder(this.#host, folder);
      lock.release();
      throw error;
    }
  }

  async #openLocked(folder: string, id: string, lock: Lock): Promise<Journal> {
    const { files } = this.#host;
    const { bytes, verified } = await this.#verified(folder, id);
    assertKnown(id, { newer: verified.events.flatMap(newerIn) });
    const toTell = await recoverTail(this.#host, folder, bytes, verified);
    const { events, place } = verified;
    await this.#settleJournaled(folder, events);
    const file = await files.openAppend(journalPath(folder));
    const journal = new RunJournal({ host: this.#host, lock, file, folder, events, place });
    if (toTell.length === 0) return journal;
    try {
      const told = await journal.append(toTell);
      const head = told.at(-1);
      const next = head === undefined ? place : { ...place, seq: head.seq, sha256: head.sha256, at: head.at };
      return new RunJournal({ host: this.#host, lock, file, folder, events: [...events, ...told], place: next });
    } catch (error) {
      await file.close().catch(() => undefined);
      throw error;
    }
  }

  /** Messages that were journaled by a process that died before it could remove them. */
  async #settleJournaled(folder: string, events: readonly RunEvent[]): Promise<void> {
    for (const { data } of events) {
      if ('inbox' in data && data.inbox !== undefined) await removeMessage(this.#host, folder, data.inbox);
    }
  }

  async #lock(folder: string): Promise<Lock | null> {
    const path = join(folder, 'lock.db');
    const facts = await this.#host.files.facts(path);
    if (facts !== null && facts.kind !== 'file') {
      throw new JournalError('unusable', `${path} is not a file; remove it when no gonogo runs`);
    }
    try {
      if (facts === null) await this.#host.files.create(path, new Uint8Array());
    } catch (error) {
      if (!isCode(error, 'exists')) throw error;
    }
    return this.#locks.acquire(path);
  }

  // --- reading ---

  read(id: string): Promise<StoredRun> {
    return translated(this.#read(id));
  }

  async #read(id: string): Promise<StoredRun> {
    const folder = await this.#existing(id);
    const { verified } = await this.#verified(folder, id);
    return { id, events: verified.events, head: verified.head };
  }

  records(id: string): Promise<Uint8Array> {
    return translated(this.#records(id));
  }

  async #records(id: string): Promise<Uint8Array> {
    return this.#host.files.read(journalPath(await this.#existing(id)), { noFollow: true });
  }

  evidence(id: string): EvidenceReader {
    return folderEvidence(this.#host.files, this.#folderOf(id));
  }

  document(id: string, sha256: string): Promise<Uint8Array | null> {
    return translated(this.#document(id, sha256));
  }

  async #document(id: string, sha256: string): Promise<Uint8Array | null> {
    try {
      return await this.#host.files.read(documentPath(await this.#existing(id), sha256), { noFollow: true });
    } catch (error) {
      // Whatever is under the name and is no file of its own is not the document.
      if (isCode(error, 'not-found', 'link', 'is-directory', 'not-directory')) return null;
      throw error;
    }
  }

  workspace(id: string): string {
    return this.#folderOf(id);
  }

  async #verified(
    folder: string,
    id: string,
  ): Promise<{ readonly bytes: Uint8Array; readonly verified: VerifiedJournal }> {
    const bytes = await this.#host.files.read(journalPath(folder), { noFollow: true });
    return { bytes, verified: verifyJournal(bytes, id) };
  }

  readAfter(id: string, seq: number): Promise<readonly RunEvent[]> {
    return translated(this.#readAfter(id, seq));
  }

  async #readAfter(id: string, seq: number): Promise<readonly RunEvent[]> {
    const folder = await this.#existing(id);
    const known = this.#followed.get(id);
    const continues = known !== undefined && known.place.seq === seq;
    const from = continues ? known : { bytes: 0, place: beginning(id) };
    const bytes = await this.#bytesFrom(journalPath(folder), from.bytes);
    const verified = continues ? verifyLines(bytes, from.place) : verifyJournal(bytes, id);
    this.#followed.set(id, { bytes: from.bytes + verified.goodBytes, place: verified.place });
    return verified.events.filter((event) => event.seq > seq);
  }

  async #bytesFrom(path: string, start: number): Promise<Uint8Array> {
    const { files } = this.#host;
    const facts = await files.facts(path);
    if (start === 0 || facts === null || facts.kind !== 'file') return files.read(path, { noFollow: true });
    return files.readRange(path, start, Math.max(0, facts.bytes - start));
  }

  // --- finding ---

  list(): Promise<readonly RunSummary[]> {
    return translated(this.#index.list());
  }

  durations(title: string): Promise<ReadonlyMap<string, readonly number[]>> {
    return translated(this.#index.durations(title));
  }

  resolve(name: string): Promise<string> {
    return translated(this.#resolve(name));
  }

  async #resolve(name: string): Promise<string> {
    if (name === 'latest') {
      const [newest] = await this.#index.list();
      if (newest === undefined) throw this.#noRuns();
      return newest.run;
    }
    const ids = await this.#ids();
    if (ids.includes(name)) return name;
    if (ids.length === 0) throw this.#noRuns();
    const found = name === '' ? [] : ids.filter((id) => id.includes(name));
    const [only] = found;
    if (only !== undefined && found.length === 1) return only;
    if (found.length > 1) {
      throw new JournalError('ambiguous', `"${name}" fits ${found.length} runs: ${some(found)}; give more of the id`);
    }
    throw new JournalError('not-found', `no run fits "${name}"; the newest are: ${some(ids)} (or say: latest)`);
  }

  #noRuns(): JournalError {
    return new JournalError('not-found', `there are no runs in ${this.#state}; start one with: gonogo run FILE`);
  }

  async #ids(): Promise<readonly string[]> {
    try {
      return (await this.#host.files.list(this.#runs)).filter(isRunId);
    } catch (error) {
      if (isCode(error, 'not-found')) return [];
      throw error;
    }
  }

  // --- adding to a run ---

  send(id: string, message: Parameters<Journals['send']>[1]): Promise<string> {
    return translated(
      (async () => {
        const folder = await this.#existing(id);
        this.#sent += 1;
        return putMessage(this.#host, folder, message, this.#sent);
      })(),
    );
  }

  pin(journal: Journal, documents: readonly PinnedDocument[]): Promise<void> {
    return translated(
      (async () => {
        for (const document of documents) await this.#pin(this.#folderOf(journal.id), document);
      })(),
    );
  }

  /** Whole or absent: a document is referred to by its digest, so half of one would be another's. */
  async #pin(folder: string, { sha256, bytes }: PinnedDocument): Promise<void> {
    const path = documentPath(folder, sha256);
    if ((await this.#host.files.facts(path)) === null) await this.#host.files.replace(path, bytes);
  }

  #folderOf(id: string): string {
    return join(this.#runs, id);
  }

  async #existing(id: string): Promise<string> {
    const folder = this.#folderOf(id);
    if (isRunId(id) && (await checkRunFolder(this.#host, folder))) return folder;
    throw new JournalError('not-found', `there is no run "${id}" in ${this.#state}; see them with: gonogo list`);
  }
}

function documentPath(folder: string, sha256: string): string {
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw new Error(`not a sha256: ${sha256}`);
  return join(folder, 'documents', `${sha256}.yaml`);
}

const NAMED_MAX = 8;

/** Ids for a message, newest first, the rest as a number. */
function some(ids: readonly string[]): string {
  const newest = [...ids].reverse();
  const more = newest.length > NAMED_MAX ? `, and ${newest.length - NAMED_MAX} more` : '';
  return newest.slice(0, NAMED_MAX).join(', ') + more;
}

function isCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof HostError && codes.includes(error.code);
}

/** Resolves like `work`; a failure of the disk becomes a `JournalError`. */
async function translated<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw worldly(error);
  }
}
