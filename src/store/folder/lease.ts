/**
 * The lease of a run that lies in a folder: its lock, and its journal open at the end.
 *
 * Invariants:
 * - Before each append the journal is still the journal, and the lock still the lock: the files that were opened and locked, under their
 *   names, of the length that was left; and where the system says that somebody has changed it since, its lines still lead to the
 *   head. Whatever is not so ends writing for good, because somebody else may write by now.
 * - A failed write is never repeated: after a failed fsync what is on the disk cannot be known by asking the disk.
 */
import { type AppendFile, factsNow, type Host, HostError } from '../../host/host.ts';
import { type Head, JournalError } from '../../journal/journal.ts';
import { beginning } from '../../journal/record.ts';
import { JournalReader } from '../../journal/verify.ts';
import type { Evidence } from '../../run/event.ts';
import type {
  Appended,
  EvidenceReader,
  InboxMessage,
  KeptTail,
  Lease,
  Lines,
  PinnedDocument,
  Position,
  RefusedMessage,
} from '../store.ts';
import { discardEvidence, folderEvidence, keepEvidence } from './evidence.ts';
import { translated } from './guard.ts';
import { clearHolder } from './holder.ts';
import { readInbox, removeMessage } from './inbox.ts';
import type { Lock } from './lock.ts';
import { recoverTail } from './recover.ts';
import { rescue } from './rescue.ts';
import { documentPath, journalPath, lockPath } from './run-folder.ts';

export interface FolderLeaseParts {
  readonly host: Host;
  readonly run: string;
  /** Absolute folder of the run. */
  readonly folder: string;
  readonly lock: Lock;
  /** `FileFacts.identity` of the file that is locked. */
  readonly locked: string;
  readonly file: AppendFile;
  /** `FileFacts.changedMs` of the journal before anybody read it for this lease. */
  readonly changedMs: number;
}

const CHUNK_BYTES = 1024 * 1024;

export class FolderLease implements Lease {
  readonly run: string;
  /** A kernel's lock cannot be taken over, so there is one. */
  readonly epoch = 0;
  readonly workspace: string;
  readonly evidence: EvidenceReader;
  readonly #parts: FolderLeaseParts;
  /** Why nothing is written any more. */
  #over: Exclude<Appended, { kind: 'appended' | 'already' }> | null = null;
  #released = false;
  /** How many bytes of the journal this lease has left there. */
  #bytes: number;
  /** When the journal changed last as far as its lines are known to be what was recorded. */
  #changedMs: number;

  constructor(parts: FolderLeaseParts) {
    this.#parts = parts;
    this.run = parts.run;
    this.workspace = parts.folder;
    this.evidence = folderEvidence(parts.host.files, parts.folder);
    this.#bytes = parts.file.bytes;
    this.#changedMs = parts.changedMs;
  }

  async append({ bytes, after }: Lines & { readonly after: Head }): Promise<Appended> {
    if (this.#over !== null) return this.#over;
    const { file, host } = this.#parts;
    try {
      const wrong = await this.#whatChanged(after);
      if (wrong !== null) {
        const { text, cause } = await rescue(host, this.run, file, bytes);
        this.#over = { kind: 'refused', reason: `${wrong}; ${text}`, cause };
        return this.#over;
      }
      const { changedMs } = await file.append(bytes);
      this.#changedMs = changedMs;
      this.#bytes += bytes.length;
      return { kind: 'appended' };
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      this.#over = { kind: 'unknown', reason: error.message, cause: error, repeat: false };
      return this.#over;
    }
  }

  /** A disk is never waited for. */
  hurry(): void {}

  /** What is not as this lease left it, in words; null: all is. */
  async #whatChanged(head: Head): Promise<string | null> {
    const { host, folder, file, locked } = this.#parts;
    const path = journalPath(folder);
    const [own, named, lock] = [
      await file.facts(),
      await factsNow(host.files, path),
      await factsNow(host.files, lockPath(folder)),
    ];
    if (named === null) return `${path} was removed or moved while the run was driven`;
    if (named.identity !== own.identity) return `${path} was replaced by another file while the run was driven`;
    if (own.bytes !== this.#bytes) {
      return `${path} was written to by another program: it has ${own.bytes} bytes where ${this.#bytes} were left`;
    }
    if (own.changedMs !== this.#changedMs && !(await this.#leadsTo(head))) {
      return `${path} was changed by another program while the run was driven: its lines are not those that were recorded`;
    }
    this.#changedMs = own.changedMs;
    if (lock?.identity === locked) return null;
    return `${lockPath(folder)} was ${lock === null ? 'removed' : 'replaced'} while the run was driven, so another process may drive it too`;
  }

  /** Whether the lines of the journal are those that `head` commits to. */
  async #leadsTo(head: Head): Promise<boolean> {
    const { host, folder } = this.#parts;
    const reader = new JournalReader(beginning(this.run));
    try {
      for (let at = 0; at < this.#bytes; ) {
        const length = Math.min(CHUNK_BYTES, this.#bytes - at);
        const chunk = await host.files.readRange(journalPath(folder), at, length);
        if (chunk.length === 0) return false;
        at += chunk.length;
        // It verifies what is taken; the events themselves are known.
        for (const _ of reader.take(chunk));
      }
      return reader.head.seq === head.seq && reader.head.sha256 === head.sha256;
    } catch (error) {
      if (error instanceof JournalError) return false;
      throw error;
    }
  }

  async recover(end: Position, told: ReadonlySet<string>): Promise<readonly KeptTail[]> {
    const tails = await translated(recoverTail(this.#parts.host, this.workspace, this.#bytes, end, told));
    this.#bytes = end.bytes;
    return tails;
  }

  pin(documents: readonly PinnedDocument[]): Promise<void> {
    return translated(pinDocuments(this.#parts.host, this.workspace, documents));
  }

  keep(path: string, bytes: Uint8Array): Promise<Evidence> {
    return keepEvidence(this.#parts.host.files, this.workspace, path, bytes);
  }

  async discard(path: string): Promise<void> {
    await discardEvidence(this.#parts.host.files, this.workspace, path);
  }

  inbox(): Promise<{ readonly messages: readonly InboxMessage[]; readonly refused: readonly RefusedMessage[] }> {
    return translated(readInbox(this.#parts.host, this.workspace));
  }

  settleInbox(id: string): Promise<void> {
    return translated(removeMessage(this.#parts.host, this.workspace, id));
  }

  async release(): Promise<void> {
    if (this.#released) return;
    this.#released = true;
    const { host, file, folder, lock } = this.#parts;
    try {
      await file.close();
    } finally {
      await clearHolder(host, folder);
      lock.release();
    }
  }
}

/** Adds documents to the run in `folder`: each whole or absent, since half of one would be another's. */
export async function pinDocuments(host: Host, folder: string, documents: readonly PinnedDocument[]): Promise<void> {
  for (const { sha256, bytes } of documents) {
    const path = documentPath(folder, sha256);
    if ((await host.files.facts(path)) === null) await host.files.replace(path, bytes);
  }
}
