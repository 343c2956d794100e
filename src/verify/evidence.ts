/**
 * The files that back what a journal says: which they are, and whether what is there is what was recorded.
 *
 * Invariant: a file counts for as many of its first bytes as were recorded; one that the journal does not know is said.
 */
import { counted } from '../report/words.ts';
import { type Evidence, evidenceOf, type RunEvent } from '../run/event.ts';
import { quoted } from '../signing/public-key.ts';
import { type Checks, Problems } from './checks.ts';

/** What is recorded of one file: that its first `bytes` bytes have this digest. A file may be recorded at several lengths. */
export type Pieces = readonly Evidence[];

/** Path in the run's folder → what is recorded of it, in the order of the journal. */
export type RecordedEvidence = ReadonlyMap<string, Pieces>;

export function evidenceIn(events: Iterable<RunEvent>): RecordedEvidence {
  const found = new Map<string, Evidence[]>();
  for (const event of events) addEvidence(found, event);
  return found;
}

/** Adds what `event` records to `found`. */
export function addEvidence(found: Map<string, Evidence[]>, event: RunEvent): void {
  for (const piece of evidenceOf(event)) {
    const pieces = found.get(piece.path) ?? [];
    if (!pieces.some(({ bytes, sha256 }) => bytes === piece.bytes && sha256 === piece.sha256)) pieces.push(piece);
    found.set(piece.path, pieces);
  }
}

/** What a statement announces of the evidence that goes with it. */
export function announced(recorded: RecordedEvidence): { readonly files: number; readonly bytes: number } {
  let bytes = 0;
  for (const pieces of recorded.values()) bytes += Math.max(0, ...lengthsOf(pieces));
  return { files: recorded.size, bytes };
}

/** The lengths at which a file was recorded. */
export function lengthsOf(pieces: Pieces): readonly number[] {
  return [...new Set(pieces.map(({ bytes }) => bytes))];
}

/** Compares files with what a journal recorded of them, in any order. */
export class EvidenceCheck {
  readonly #recorded: RecordedEvidence;
  readonly #seen = new Set<string>();
  readonly #problems = new Problems();
  /** Path → the machine that keeps it. */
  readonly #elsewhere = new Map<string, string>();
  #bytes = 0;

  constructor(recorded: RecordedEvidence) {
    this.#recorded = recorded;
  }

  /** Lengths at which the digests of `path` are to be taken; empty: the journal does not know it. */
  lengths(path: string): readonly number[] {
    return lengthsOf(this.#recorded.get(path) ?? []);
  }

  /** How long `path` was at most when it was recorded; 0: the journal does not know it. */
  most(path: string): number {
    return Math.max(0, ...this.lengths(path));
  }

  /** `digests`: of the first n bytes, by n. `size`: the whole file, where nothing may follow what was recorded; else null. */
  take(path: string, digests: ReadonlyMap<number, string>, size: number | null): void {
    const pieces = this.#recorded.get(path);
    if (pieces === undefined) {
      this.#problems.add(`${quoted(path)} is not in the journal`);
      return;
    }
    this.#seen.add(path);
    const most = this.most(path);
    this.#bytes += most;
    if (pieces.some(({ bytes, sha256 }) => digests.get(bytes) !== sha256)) {
      this.#problems.add(`${quoted(path)} is not what was recorded`);
    } else if (size !== null && size > most) {
      this.#problems.add(`${quoted(path)} goes on after what was recorded`);
    }
  }

  /** `path` is not here: machine `hostname` keeps it. */
  leave(path: string, hostname: string): void {
    this.#elsewhere.set(path, hostname);
  }

  /** What could not be looked at. */
  #unseen(): string {
    if (this.#elsewhere.size === 0) return '';
    const by = Map.groupBy(this.#elsewhere, ([, hostname]) => hostname);
    const kept = [...by].map(
      ([hostname, paths]) => `kept on ${quoted(hostname)}, not here: ${paths.map(([path]) => quoted(path)).join(', ')}`,
    );
    return `; not looked at, verify it there: ${kept.join('; ')}`;
  }

  /** What was lost before it could be recorded. */
  #incomplete(): string {
    const lost = [...this.#recorded].filter(([, pieces]) => pieces.some(({ incomplete }) => incomplete === true));
    return lost.length === 0
      ? ''
      : `; incomplete, because output was lost: ${lost.map(([path]) => quoted(path)).join(', ')}`;
  }

  /** Every problem, and a line for when there is none. */
  result(): { readonly problems: Problems; readonly files: number; readonly detail: string } {
    const problems = this.#problems.copy();
    for (const path of this.#recorded.keys())
      if (!this.#seen.has(path) && !this.#elsewhere.has(path)) problems.add(`${quoted(path)} is missing`);
    return {
      problems,
      files: this.#seen.size,
      detail: `${counted(this.#seen.size, 'file')}, ${counted(this.#bytes, 'byte')}, as recorded${this.#incomplete()}${this.#unseen()}`,
    };
  }
}

/** What of the evidence has to be there: all that is recorded; all that was announced with the report; or nothing, which is said. */
export type Demanded = 'recorded' | 'announced' | 'nothing';

/** Every piece that the journal names is there, as it was recorded. */
export function verifyEvidence(evidence: EvidenceCheck, demanded: Demanded, checks: Checks): void {
  const { problems, files, detail } = evidence.result();
  if (files === 0 && demanded === 'nothing') checks.add('evidence', true, 'evidence not here, and not checked');
  else if (files === 0 && demanded === 'announced' && problems.count > 0) {
    const hint = 'verify the bundle, or the run by its id';
    checks.add('evidence', false, `evidence not here: the statement announces it; ${hint}`);
  } else checks.tell('evidence', problems, detail);
}
