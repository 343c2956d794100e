/** The files that back what a journal says, by path. */
import type { Evidence, RunEvent } from '../run/event.ts';

/** What is recorded of one file: that its first `bytes` bytes have this digest. A file may be recorded at several lengths. */
export type Pieces = readonly Evidence[];

/** Path in the run's folder → what is recorded of it, in the order of the journal. */
export function evidenceOf(events: readonly RunEvent[]): ReadonlyMap<string, Pieces> {
  const found = new Map<string, Evidence[]>();
  for (const { data } of events) {
    const evidence = 'evidence' in data ? (data.evidence ?? []) : [];
    for (const piece of evidence) {
      if (typeof piece === 'string') continue;
      const pieces = found.get(piece.path) ?? [];
      if (!pieces.some((one) => one.bytes === piece.bytes && one.sha256 === piece.sha256)) pieces.push(piece);
      found.set(piece.path, pieces);
    }
  }
  return found;
}
