/** Where the parts of a run lie in its folder. */
import { join } from 'node:path';

/** Absolute path of the journal in a run's folder. */
export function journalPath(folder: string): string {
  return join(folder, 'journal.jsonl');
}

/** Absolute path of a pinned document. `sha256` is lower-case hex: anything else is a bug of the caller. */
export function documentPath(folder: string, sha256: string): string {
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw new Error(`not a sha256: ${sha256}`);
  return join(folder, 'documents', `${sha256}.yaml`);
}

/** Absolute path of the file that is locked while somebody drives the run. */
export function lockPath(folder: string): string {
  return join(folder, 'lock.db');
}
