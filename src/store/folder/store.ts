/**
 * Runs in a state folder: each a folder in `runs/`, with its journal, documents, inbox, lock and what its steps left.
 *
 * Invariants:
 * - A folder in `runs/` always has a durable first line: it is prepared under a hidden name and renamed.
 * - Who writes into a run's journal holds its lock; reading needs none and changes nothing.
 */

import { join } from 'node:path';
import { type Files, type Host, HostError } from '../../host/host.ts';
import { JournalError } from '../../journal/journal.ts';
import { isRunId } from '../../journal/run-id.ts';
import { ATTACHED } from '../../run/attached.ts';
import type { Evidence } from '../../run/event.ts';
import type { Digest, EvidenceReader, Lease, Lines, PinnedDocument, Position, Store, TakeOver } from '../store.ts';
import { wantedOf } from '../wanted.ts';
import { claimTarget } from './claims.ts';
import { folderEvidence, keepEvidence } from './evidence.ts';
import { checkRunFolder, checkStateFolder, factsOf, makeDurableFolders, translated } from './guard.ts';
import { clearHolder, heldBy, nameHolder } from './holder.ts';
import { putMessage } from './inbox.ts';
import { FolderLease, type FolderLeaseParts, pinDocuments } from './lease.ts';
import type { Lock, Locks } from './lock.ts';
import { documentPath, journalPath, lockPath } from './run-folder.ts';
import { RunIndex } from './run-index.ts';

/** A folder of a run that is being prepared; with its lock free, its maker is dead. */
const NEW = '.new-';
/** A dead one that is being removed. */
const OLD = '.old-';
/** How often a journal is looked at by who follows it: nothing else says that it grew. */
const lookEveryMs = 200;
const CHUNK_BYTES = 1024 * 1024;
const SMALL_BYTES = 128 * 1024;
/** More than any document has that was ever pinned: four mebicharacters of four bytes. */
const DOCUMENT_BYTES_MAX = 16 * 1024 * 1024;

/** A lock that this process holds, and `FileFacts.identity` of the file that is locked. */
interface Held {
  readonly lock: Lock;
  readonly locked: string;
}

export interface FolderStoreParts {
  readonly host: Host;
  /** Absolute; `index.json` lies in it. */
  readonly state: string;
  /** Absolute folder of the runs. */
  readonly runs: string;
  readonly locks: Locks;
}

export class FolderStore implements Store {
  readonly name: string;
  readonly #host: Host;
  readonly #state: string;
  readonly #runs: string;
  readonly #locks: Locks;
  readonly #index: RunIndex;
  #sent = 0;

  constructor({ host, state, runs, locks }: FolderStoreParts) {
    this.name = state;
    this.#host = host;
    this.#state = state;
    this.#runs = runs;
    this.#locks = locks;
    this.#index = new RunIndex({
      files: host.files,
      path: join(state, 'index.json'),
      ids: () => this.#ids(),
      journalOf: (id) => journalPath(this.workspace(id)),
    });
  }

  // --- making ---

  create(run: string, documents: readonly PinnedDocument[], lines: Lines): Promise<Lease | null> {
    return translated(this.#create(run, documents, lines));
  }

  async #create(run: string, documents: readonly PinnedDocument[], { bytes }: Lines): Promise<Lease | null> {
    const { files } = this.#host;
    await makeDurableFolders(files, this.#runs);
    await checkStateFolder(this.#host, this.#state);
    await checkRunFolder(this.#host, this.#runs);
    await this.#removeDead();
    const folder = this.workspace(run);
    const prepared = join(this.#runs, `${NEW}${run}`);
    if ((await files.facts(folder)) !== null) return null;
    let held: Held | null = null;
    try {
      await files.makeFolder(prepared);
      held = await this.#lock(prepared);
      if (held === null) return null;
      await files.makeFolder(join(prepared, 'documents'));
      await files.makeFolder(join(prepared, 'inbox'));
      await pinDocuments(this.#host, prepared, documents);
      await files.create(journalPath(prepared), bytes);
      await nameHolder(this.#host, prepared);
      await files.rename(prepared, folder);
      return new FolderLease({
        host: this.#host,
        run,
        folder,
        ...held,
        ...(await openJournal(files, folder)),
      });
    } catch (error) {
      const stolen = held === null || (await files.facts(prepared).catch(() => null)) === null;
      const placed = (await files.facts(folder).catch(() => null)) !== null;
      // What failed is nobody's: it goes while its lock is still held, also once it has its name, since nothing of it has begun.
      if (held !== null && !placed) await files.removeTree(prepared).catch(() => undefined);
      if (held !== null && placed) await this.#discard(folder, held).catch(() => undefined);
      held?.lock.release();
      if (!placed && stolen && (error instanceof JournalError || isCode(error, 'not-found', 'exists'))) return null;
      throw error;
    }
  }

  /** Takes a run away, if `held` is its lock: another process may have made one of that name. */
  async #discard(folder: string, { locked }: Held): Promise<void> {
    const { files, ids } = this.#host;
    if ((await files.facts(lockPath(folder)))?.identity !== locked) return;
    const target = join(this.#runs, `${OLD}${ids.short(12)}`);
    await files.rename(folder, target);
    await files.removeTree(target);
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
    const held = await this.#lock(path);
    if (held === null) return;
    try {
      const target = join(this.#runs, `${OLD}${ids.short(12)}`);
      await files.rename(path, target);
      await files.removeTree(target);
    } finally {
      held.lock.release();
    }
  }

  // --- driving ---

  take(run: string, over?: TakeOver): Promise<Lease> {
    // A kernel frees the lock of who dies: there is nobody left to be taken over from.
    if (over !== undefined) return Promise.reject(new JournalError('unusable', nobodyToTakeOver));
    return translated(this.#take(run));
  }

  /** A folder that was put back is whole as it was then. */
  async apart(): ReturnType<Store['apart']> {
    return new Map();
  }

  driver(): Promise<null> {
    return Promise.resolve(null);
  }

  async #take(run: string): Promise<Lease> {
    const folder = await this.#existing(run);
    const held = await this.#lock(folder);
    if (held === null) throw await heldBy(this.#host, folder, run);
    try {
      await nameHolder(this.#host, folder);
      const opened = await openJournal(this.#host.files, folder);
      return new FolderLease({ host: this.#host, run, folder, ...held, ...opened });
    } catch (error) {
      await clearHolder(this.#host, folder);
      held.lock.release();
      throw error;
    }
  }

  async #lock(folder: string): Promise<Held | null> {
    const { files } = this.#host;
    const path = lockPath(folder);
    const facts = await files.facts(path);
    if (facts !== null && facts.kind !== 'file') {
      throw new JournalError('unusable', `${path} is not a file; remove it when no gonogo runs`);
    }
    try {
      if (facts === null) await files.create(path, new Uint8Array());
    } catch (error) {
      if (!isCode(error, 'exists')) throw error;
    }
    const lock = this.#locks.acquire(path);
    if (lock === null) return null;
    const locked = await files.facts(path);
    return { lock, locked: locked?.identity ?? '' };
  }

  // --- reading ---

  async *records(run: string, after: Position): AsyncGenerator<Uint8Array> {
    const { files } = this.#host;
    const path = journalPath(await translated(this.#existing(run)));
    const facts = await factsOf(files, path);
    if (facts?.kind === 'link') {
      const link = new HostError('link', path, `cannot read ${path}: it is a symbolic link`);
      await translated(Promise.reject(link));
    }
    if (facts !== null && after.bytes === 0 && facts.bytes <= SMALL_BYTES && files.readAtOnce !== undefined) {
      yield await translated(this.#atOnce(path, facts.bytes));
      return;
    }
    // The first look says why where there is nothing to look at.
    for (let at = after.bytes; at === after.bytes || (facts !== null && at < facts.bytes); ) {
      const left = facts === null ? CHUNK_BYTES : facts.bytes - at;
      const chunk = await translated(files.readRange(path, at, Math.min(CHUNK_BYTES, left)));
      if (chunk.length === 0) return;
      yield chunk;
      at += chunk.length;
    }
  }

  /** A small journal in one turn: a list reads thousands of them, and each turn waits longer than it reads. */
  async #atOnce(path: string, bytes: number): Promise<Uint8Array> {
    return this.#host.files.readAtOnce?.(path, bytes) ?? new Uint8Array();
  }

  evidence(run: string): EvidenceReader {
    return folderEvidence(this.#host.files, this.workspace(run));
  }

  document(run: string, sha256: string): Promise<Uint8Array | null> {
    return translated(this.#document(run, sha256));
  }

  async #document(run: string, sha256: string): Promise<Uint8Array | null> {
    try {
      const path = documentPath(await this.#existing(run), sha256);
      return await this.#host.files.read(path, { noFollow: true, bytesMax: DOCUMENT_BYTES_MAX });
    } catch (error) {
      // Whatever is under the name and is no file of its own is not the document.
      if (isCode(error, 'not-found', 'link', 'is-directory', 'not-directory', 'too-large')) return null;
      throw error;
    }
  }

  workspace(run: string): string {
    return join(this.#runs, run);
  }

  deposit(run: string, name: string, bytes: Uint8Array): Promise<Evidence> {
    return translated(
      (async () => {
        const folder = await this.#existing(run);
        const { clock, files, ids } = this.#host;
        const own = `${String(clock.now()).padStart(15, '0')}-${ids.short(8)}`;
        return keepEvidence(files, folder, `${ATTACHED}/${own}/${name}`, bytes);
      })(),
    );
  }

  send(run: string, message: Parameters<Store['send']>[1]): Promise<string> {
    return translated(
      (async () => {
        const folder = await this.#existing(run);
        this.#sent += 1;
        return putMessage(this.#host, folder, message, this.#sent);
      })(),
    );
  }

  claim(...[target, run, work]: Parameters<Store['claim']>): Promise<void> {
    const parts = { host: this.#host, state: this.#state, locks: this.#locks };
    return translated(claimTarget(parts, target, run, work));
  }

  /** Whoever may write into the folder may. */
  async assertRemovable(): Promise<void> {}

  remove(...[run, end]: Parameters<Store['remove']>): Promise<boolean> {
    return translated(this.#remove(run, end.bytes));
  }

  /** What only grows and is as long as it was is what it was. */
  async #remove(run: string, bytes: number): Promise<boolean> {
    const folder = await this.#existing(run);
    const held = await this.#lock(folder);
    if (held === null) throw await heldBy(this.#host, folder, run);
    try {
      if ((await this.#host.files.facts(journalPath(folder)))?.bytes !== bytes) return false;
      await this.#discard(folder, held);
      return true;
    } finally {
      held.lock.release();
    }
  }

  wait(_: string, signal: AbortSignal): Promise<void> {
    return this.#host.clock.sleep(lookEveryMs, signal);
  }

  watch(): Promise<void> {
    return Promise.resolve();
  }

  watchers(): Promise<null> {
    return Promise.resolve(null);
  }

  async ids(part = ''): Promise<readonly string[]> {
    return (await translated(this.#ids())).filter((id) => id.includes(part));
  }

  async #ids(): Promise<readonly string[]> {
    try {
      return (await this.#host.files.list(this.#runs)).filter(isRunId);
    } catch (error) {
      if (isCode(error, 'not-found')) return [];
      throw error;
    }
  }

  async digests(...[read, wanted = {}]: Parameters<Store['digests']>): Promise<readonly Digest[]> {
    return wantedOf(await translated(this.#index.digests(read)), wanted);
  }

  async #existing(run: string): Promise<string> {
    const folder = this.workspace(run);
    if (isRunId(run) && (await checkRunFolder(this.#host, folder))) return folder;
    throw new JournalError('not-found', `there is no run "${run}" in ${this.#state}; see them with: gonogo list`);
  }
}

const nobodyToTakeOver =
  'a run in a folder is not taken over: as soon as its driver has ended, gonogo resume goes on with it';

/** The journal open at its end, and when it changed last: what is read of it after this is not older. */
async function openJournal(files: Files, folder: string): Promise<Pick<FolderLeaseParts, 'file' | 'changedMs'>> {
  const file = await files.openAppend(journalPath(folder));
  try {
    return { file, changedMs: (await file.facts()).changedMs };
  } catch (error) {
    await file.close();
    throw error;
  }
}

function isCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof HostError && codes.includes(error.code);
}
