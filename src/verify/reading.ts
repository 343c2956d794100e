/**
 * One reading of a journal, from its first line to its last: what all checks need of it is gathered as the events go by.
 *
 * Invariants:
 * - No event is kept: what a reading holds is the state of the run, the names and digests of its evidence, and its approvals.
 * - A journal that does not verify, or whose events contradict each other, gives nothing to compare with.
 */
import { createHash } from 'node:crypto';
import { tooHeavy } from '../diagnostics/json-weight.ts';
import { judged } from '../journal/newer.ts';
import { beginning, LINE_BYTES_MAX } from '../journal/record.ts';
import { JournalReader } from '../journal/verify.ts';
import type { Evidence, RunEvent } from '../run/event.ts';
import { Replay } from '../run/reduce.ts';
import type { RunState } from '../run/state.ts';
import type { ActionSpecs } from '../runbook/action-spec.ts';
import { pinsOf } from '../signing/report-layout.ts';
import { ApprovalJournal } from './approvals.ts';
import { DigestsOfLists, type Pinned } from './documents.ts';
import { addEvidence, type RecordedEvidence } from './evidence.ts';
import type { RulesCheck } from './rules.ts';

/** A journal that verified, and what was found in it on the way. */
export interface VerifiedRun extends Pinned {
  readonly run: string;
  readonly state: RunState;
  /** Number of its records. */
  readonly records: number;
  readonly tornBytes: number;
  readonly evidence: RecordedEvidence;
  readonly approvals: ApprovalJournal;
  /** The sha256 of the record that was asked for; null: there is none. */
  readonly asked: string | null;
}

/** All bytes that were read, and the journal that they are; a text: why they are none. */
export interface ReadBytes {
  readonly bytes: number;
  readonly sha256: string;
  readonly found: VerifiedRun | string;
}

export interface ReadingOptions {
  /** Whose journal it has to be; null: that of the run that its first record names. */
  readonly run: string | null;
  /** The actions that are known here. */
  readonly specs: ActionSpecs;
  /** Judges whether the rules were followed; null: nobody asks. */
  readonly rules: RulesCheck | null;
  /** Number of the record whose digest is asked for; null: none is. */
  readonly asked: number | null;
}

/** Reads the journal in `chunks`, all of them, also where it does not hold. Throws what reading throws. */
export async function readJournal(chunks: AsyncIterable<Uint8Array>, options: ReadingOptions): Promise<ReadBytes> {
  const hash = createHash('sha256');
  let bytes = 0;
  const gathering = new Gathering(options);
  let wrong: string | null = null;
  for await (const chunk of chunks) {
    hash.update(chunk);
    bytes += chunk.length;
    wrong ??= await reasonOf(() => gathering.take(chunk));
  }
  let found: VerifiedRun | string = wrong ?? '';
  wrong ??= await reasonOf(async () => {
    found = await gathering.end();
  });
  return { bytes, sha256: hash.digest('hex'), found: wrong ?? found };
}

/** Why `work` fails; null when it does not. What is hostile can make any of our own code fail. */
async function reasonOf(work: () => Promise<void>): Promise<string | null> {
  try {
    await work();
    return null;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return error.message;
  }
}

/** All events of a journal that was read before, of the first `records` records of it: for what is about every event. */
export async function readEvents(
  chunks: AsyncIterable<Uint8Array>,
  { run, records }: VerifiedRun,
): Promise<readonly RunEvent[]> {
  const reader = new JournalReader(beginning(run));
  const events: RunEvent[] = [];
  for await (const chunk of chunks) {
    for (const event of reader.take(chunk)) {
      events.push(event);
      if (events.length === records) return events;
    }
  }
  return events;
}

const newline = 10;

/** The run that the first record names; what else it may be is found out by verifying it as that run's. */
function runNamedIn(bytes: Uint8Array): string {
  const end = bytes.indexOf(newline);
  // Reading it says why.
  if (tooHeavy(bytes.subarray(0, Math.max(0, end))) !== null) return 'unnamed';
  try {
    const record: unknown = JSON.parse(new TextDecoder().decode(bytes.subarray(0, Math.max(0, end))));
    if (typeof record === 'object' && record !== null && 'run' in record && typeof record.run === 'string')
      return record.run;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return 'unnamed';
}

/** What of a journal is gathered, while its bytes come. */
class Gathering {
  readonly #options: ReadingOptions;
  readonly #evidence = new Map<string, Evidence[]>();
  readonly #pinned = new Set<string>();
  readonly #lists = new DigestsOfLists();
  readonly #approvals = new ApprovalJournal();
  /** The bytes before it is known whose journal it is. */
  #start: Uint8Array[] = [];
  #startBytes = 0;
  #reader: JournalReader | null = null;
  #replay: Replay | null = null;
  #state: RunState | null = null;
  #asked: string | null = null;

  constructor(options: ReadingOptions) {
    this.#options = options;
    if (options.run !== null) this.#begin(options.run);
  }

  #begin(run: string): JournalReader {
    this.#replay = new Replay(run);
    this.#reader = new JournalReader(beginning(run));
    return this.#reader;
  }

  async take(chunk: Uint8Array): Promise<void> {
    if (this.#reader !== null) return this.#read(this.#reader, chunk);
    // The chunk may be a view of a buffer that is used again.
    this.#start.push(chunk.slice());
    this.#startBytes += chunk.length;
    if (chunk.includes(newline) || this.#startBytes > LINE_BYTES_MAX) await this.#readStart();
  }

  async #readStart(): Promise<void> {
    const start = Buffer.concat(this.#start);
    this.#start = [];
    await this.#read(this.#begin(runNamedIn(start)), start);
  }

  async #read(reader: JournalReader, chunk: Uint8Array): Promise<void> {
    const { rules, specs, asked } = this.#options;
    for (const read of reader.take(chunk)) {
      const event = judged(read, specs);
      const before = this.#state;
      this.#replay?.take(event);
      this.#state = this.#replay?.state ?? null;
      const pins = pinsOf(event);
      for (const { sha256 } of pins) this.#pinned.add(sha256);
      addEvidence(this.#evidence, event);
      this.#lists.take(event);
      this.#approvals.add(event);
      if (event.seq === asked) this.#asked = event.sha256;
      if (rules === null || this.#state === null) continue;
      if (pins.length > 0) await rules.load(pins);
      rules.take(before, event, this.#state);
    }
  }

  /** Throws `JournalError` where nothing was read. */
  async end(): Promise<VerifiedRun> {
    if (this.#reader === null) await this.#readStart();
    this.#reader?.end();
    if (this.#reader === null || this.#replay === null) throw new Error('nothing was read');
    return {
      run: this.#reader.place.run,
      state: this.#replay.state,
      records: this.#reader.head.seq,
      tornBytes: this.#reader.tornBytes,
      evidence: this.#evidence,
      pinned: this.#pinned,
      misdigested: this.#lists.wrong,
      approvals: this.#approvals,
      asked: this.#asked,
    };
  }
}
