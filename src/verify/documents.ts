/** What the run was to do: the documents that it pinned are there, and are those that its journal records. */
import { counted } from '../report/words.ts';
import type { DataOf } from '../run/event.ts';
import { canonicalBytes, sha256Hex } from '../signing/canonical.ts';
import { documentName, pinnedIn } from '../signing/report-layout.ts';
import type { Subject } from '../signing/statement.ts';
import type { VerifiedRun } from './chain.ts';
import type { Checks } from './checks.ts';

/** `digests`: of the files that were found, by name. */
export function verifyDocuments({ events }: VerifiedRun, digests: readonly Subject[], checks: Checks): void {
  const found = new Map(digests.map(({ name, sha256 }) => [name, sha256]));
  const pinned = [...pinnedIn(events)];
  const problems = pinned.flatMap((sha256) => {
    const name = documentName(sha256);
    if (!found.has(name)) return [`${name} is missing`];
    return found.get(name) === sha256 ? [] : [`${name} is another document`];
  });
  for (const { type, data } of events) {
    if (type !== 'run.started' && type !== 'documents.adopted' && type !== 'review.written') continue;
    if (!isDigestOfList(data)) problems.push(`the digest that ${type} records is not that of its documents`);
  }
  checks.tell('documents', problems, `${counted(pinned.length, 'document')}, as pinned`);
}

function isDigestOfList({
  documents,
  sha256,
}: DataOf<'run.started' | 'documents.adopted' | 'review.written'>): boolean {
  return sha256Hex(canonicalBytes(documents)) === sha256;
}
