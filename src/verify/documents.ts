/**
 * What the run was to do: the documents that it pinned are there, and are those that its journal records.
 *
 * Invariant: a document that no record pins is no document of the run, whatever its name says.
 */
import { counted } from '../report/words.ts';
import type { DataOf, RunEvent } from '../run/event.ts';
import { canonicalBytes, sha256Hex } from '../signing/canonical.ts';
import { documentName, isDocumentName } from '../signing/report-layout.ts';
import type { Subject } from '../signing/statement.ts';
import type { Checks } from './checks.ts';

/** What a journal says of documents. */
export interface Pinned {
  /** Digests of every document that the run used. */
  readonly pinned: ReadonlySet<string>;
  /** Types of events that record another digest than their list of documents has. */
  readonly misdigested: readonly string[];
}

/** `digests`: of the files that were found, by name. `where`: what holds them, where it is not what is verified itself; else empty. */
export function verifyDocuments(
  { pinned, misdigested }: Pinned,
  digests: readonly Subject[],
  where: '' | 'in the report',
  checks: Checks,
): void {
  const found = new Map(digests.map(({ name, sha256 }) => [name, sha256]));
  const problems = [...pinned].flatMap((sha256) => {
    const name = documentName(sha256);
    if (!found.has(name)) return [`${name} is missing`];
    return found.get(name) === sha256 ? [] : [`${name} is another document`];
  });
  problems.push(...unpinned(pinned, digests));
  problems.push(...misdigested.map((type) => `the digest that ${type} records is not that of its documents`));
  const told = where === '' ? problems : problems.map((problem) => `${where}: ${problem}`);
  const detail = `${counted(pinned.size, 'document')}, as pinned`;
  checks.tell('documents', told, where === '' ? detail : `${where}: ${detail}`);
}

function unpinned(pinned: Pinned['pinned'], digests: readonly Subject[]): readonly string[] {
  const known = new Set([...pinned].map(documentName));
  return digests.flatMap(({ name }) =>
    isDocumentName(name) && !known.has(name) ? [`${name} is pinned by no record`] : [],
  );
}

/** Compares the digests that events record of their lists of documents with those lists. */
export class DigestsOfLists {
  /** Types of the events where they differ. */
  readonly wrong: RunEvent['type'][] = [];

  take({ type, data }: RunEvent): void {
    if (type !== 'run.started' && type !== 'documents.adopted' && type !== 'review.written') return;
    if (!isDigestOfList(data)) this.wrong.push(type);
  }
}

function isDigestOfList({
  documents,
  sha256,
}: DataOf<'run.started' | 'documents.adopted' | 'review.written'>): boolean {
  return sha256Hex(canonicalBytes(documents)) === sha256;
}
