/**
 * All runs of a store: make, open, read, find, list, send to. What is the same wherever runs live is here; what differs is the
 * store's.
 *
 * Invariants:
 * - Who writes into a run's journal holds its lease; reading needs none and changes nothing.
 * - What is set aside, removed or told at an opening comes after everything that is there was verified and known.
 */
import { hash } from 'node:crypto';
import type { Host } from '../host/host.ts';
import { encodeAll } from '../journal/encode.ts';
import { JournalError } from '../journal/journal.ts';
import { judged } from '../journal/newer.ts';
import { after, beginning, type Place } from '../journal/record.ts';
import { runId } from '../journal/run-id.ts';
import { createSeal } from '../journal/seal.ts';
import { JournalReader } from '../journal/verify.ts';
import type { Actor, EventDraft, Evidence, RunEvent } from '../run/event.ts';
import { isSameTarget, type TargetName } from '../run/holding.ts';
import { newerIn } from '../run/newer.ts';
import { HistoryError, Replay } from '../run/reduce.ts';
import type { NewerRecord } from '../run/state.ts';
import {
  type Claiming,
  type ClaimOutcome,
  judgeClaim,
  type LostRun,
  stillClaiming,
  type Trace,
  traceOf,
} from '../run/trace.ts';
import type { ActionSpecs } from '../runbook/action-spec.ts';
import type { Journal, Journals, Replayed, StoredRun } from './journals.ts';
import { assertKnown } from './known.ts';
import { behindAfter, RunJournal } from './run-journal.ts';
import { Running } from './running.ts';
import type {
  Apart,
  Digest,
  Driver,
  EvidenceReader,
  Lease,
  RunSummary,
  Store,
  TakeOver,
  Wanted,
  Watcher,
} from './store.ts';
import { summarise, unreadable } from './summary.ts';

const createTriesMax = 5;
/** Runs of one title whose step durations are told: estimates look no further back. */
const historyRunsMax = 50;
/** Runs of a title that are looked at for them: many a run passes only some of its steps. */
const durationRunsMax = 500;
/** Nobody recovers a journal: a rule does. */
const engine: Actor = { via: 'engine', name: 'gonogo' };
const ignore = (): void => {};

/** What a gonogo of this version knows to act by, or what loads it when the first run is read. */
export type KnownActions = ActionSpecs | (() => Promise<ActionSpecs>);

/** The journals of `store`, written and read by this host. */
export function openJournals(host: Pick<Host, 'clock' | 'ids'>, store: Store, specs: KnownActions): Journals {
  return new StoredJournals(host, store, specs);
}

class StoredJournals implements Journals {
  readonly #host: Pick<Host, 'clock' | 'ids'>;
  readonly #store: Store;
  readonly #specs: KnownActions;
  /** Where `readAfter` stopped, by run, so that following a run reads each byte once. */
  readonly #followed = new Map<string, { readonly bytes: number; readonly place: Place }>();

  constructor(host: Pick<Host, 'clock' | 'ids'>, store: Store, specs: KnownActions) {
    this.#host = host;
    this.#store = store;
    this.#specs = specs;
  }

  async create(...[slug, documents, first, known = []]: Parameters<Journals['create']>): Promise<Journal> {
    const secrets = [...known];
    const sealed = first.map(createSeal(secrets));
    for (let tries = 0; tries < createTriesMax; tries += 1) {
      const { clock, ids } = this.#host;
      const run = runId(clock.now(), slug, ids.short(4));
      const { bytes, events, place } = encodeAll(sealed, beginning(run), clock.now());
      if (events[0]?.type !== 'run.started') throw new Error('the first event of a run is run.started');
      const lease = await this.#store.create(run, documents, { bytes, head: { seq: place.seq, sha256: place.sha256 } });
      if (lease !== null) {
        return new RunJournal({ clock, lease, events, place, behindMs: 0, secrets, running: new Running() });
      }
    }
    throw new JournalError(
      'unusable',
      `no run can be made in ${this.#store.name}: others take what is made; start again`,
    );
  }

  put(...[id, documents, lines]: Parameters<Journals['put']>): Promise<Lease | null> {
    return this.#store.create(id, documents, lines);
  }

  async open(id: string, take: (event: RunEvent) => void = ignore, over?: TakeOver): Promise<Journal> {
    const lease = await this.#store.take(id, over);
    try {
      return await this.#openTaken(lease, take);
    } catch (error) {
      await lease.release();
      throw error;
    }
  }

  async #openTaken(lease: Lease, take: (event: RunEvent) => void): Promise<Journal> {
    const { run } = lease;
    const told = new Set<string>();
    const journaled = new Set<string>();
    const newer: NewerRecord[] = [];
    const running = new Running();
    let behindMs = 0;
    const { place, goodBytes } = await this.#read(run, beginning(run), (event) => {
      if (event.type === 'journal.recovered') told.add(event.data.kept);
      if ('inbox' in event.data && event.data.inbox !== undefined) journaled.add(event.data.inbox);
      newer.push(...newerIn(event));
      behindMs = behindAfter(behindMs, event);
      running.take(event);
      take(event);
    });
    assertKnown(run, { newer });
    const { seq, sha256 } = place;
    const tails = await lease.recover({ seq, sha256, bytes: goodBytes }, told);
    // Messages that were journaled by a process that died before it could remove them.
    for (const message of journaled) await lease.settleInbox(message);
    const parts = { clock: this.#host.clock, lease, behindMs, secrets: [], running };
    const journal = new RunJournal({ ...parts, events: [], place });
    if (tails.length === 0) return journal;
    const events = await journal.append(
      tails.map((data): EventDraft => ({ type: 'journal.recovered', actor: engine, data })),
    );
    for (const event of events) take(event);
    return new RunJournal({ ...parts, events, place: events.reduce(after, place) });
  }

  async replay(id: string, take: (event: RunEvent) => void): Promise<Replayed> {
    const { head, goodBytes, tornBytes } = await this.#read(id, beginning(id), take);
    return { head, goodBytes, tornBytes };
  }

  async read(id: string): Promise<StoredRun> {
    const events: RunEvent[] = [];
    const { head } = await this.replay(id, (event) => events.push(event));
    return { id, events, head };
  }

  /** Verifies what follows `place`, which `bytes` bytes lead to, and hands on its events one by one. */
  async #read(id: string, place: Place, take: (event: RunEvent) => void, bytes = 0): Promise<JournalReader> {
    const specs = typeof this.#specs === 'function' ? await this.#specs() : this.#specs;
    const reader = new JournalReader(place);
    for await (const chunk of this.#store.records(id, { seq: place.seq, bytes })) {
      for (const event of reader.take(chunk)) take(judged(event, specs));
    }
    reader.end();
    return reader;
  }

  async readAfter(id: string, seq: number): Promise<readonly RunEvent[]> {
    const known = this.#followed.get(id);
    const from = known?.place.seq === seq ? known : { bytes: 0, place: beginning(id) };
    const events: RunEvent[] = [];
    const take = (event: RunEvent): void => {
      if (event.seq > seq) events.push(event);
    };
    const { goodBytes, place } = await this.#read(id, from.place, take, from.bytes);
    this.#followed.set(id, { bytes: from.bytes + goodBytes, place });
    return events;
  }

  wait(id: string, signal: AbortSignal): Promise<void> {
    return this.#store.wait(id, signal);
  }

  watch(...given: Parameters<Journals['watch']>): Promise<void> {
    return this.#store.watch(...given);
  }

  watchers(id: string): Promise<readonly Watcher[] | null> {
    return this.#store.watchers(id);
  }

  apart(runs?: readonly string[]): Promise<ReadonlyMap<string, Apart>> {
    return this.#store.apart(runs);
  }

  driver(id: string): Promise<Driver | null> {
    return this.#store.driver(id);
  }

  records(id: string): AsyncIterable<Uint8Array> {
    return this.#store.records(id, { seq: 0, bytes: 0 });
  }

  evidence(id: string): EvidenceReader {
    return this.#store.evidence(id);
  }

  document(id: string, sha256: string): Promise<Uint8Array | null> {
    return this.#store.document(id, sha256);
  }

  workspace(id: string): string {
    return this.#store.workspace(id);
  }

  deposit(...[id, name, bytes]: Parameters<Journals['deposit']>): Promise<Evidence> {
    return this.#store.deposit(id, name, bytes);
  }

  send(...[id, message]: Parameters<Journals['send']>): Promise<string> {
    return this.#store.send(id, message);
  }

  // --- holding a target ---

  claim(claim: Claiming, became: (outcome: ClaimOutcome) => Promise<void>): Promise<void> {
    return this.#store.claim(targetKey(claim), claim.run, async (claimants) => {
      const { traces, lost } = await this.#others(claim, claimants);
      await became(judgeClaim(claim, traces, lost));
      return stillClaiming(claim, traces, lost);
    });
  }

  forgetClaim(run: string, target: TargetName): Promise<void> {
    return this.#store.claim(targetKey(target), null, async (claimants) => claimants.filter((one) => one !== run));
  }

  /** What lists remember of runs says whom to ask; whether one holds the target, its own journal is read for. */
  async #others(
    target: TargetName,
    claimants: readonly string[],
  ): Promise<{ readonly traces: readonly Trace[]; readonly lost: readonly LostRun[] }> {
    const there = await this.#digests({ targets: [target] });
    const remembered = there.flatMap(({ summary: { trace } }) => trace ?? []);
    const asked = new Set(claimants);
    for (const { run, held } of remembered) if (held.some((one) => isSameTarget(one, target))) asked.add(run);
    const traces = remembered.filter(({ run }) => !asked.has(run));
    const lost: LostRun[] = [];
    for (const run of asked) {
      try {
        const replay = new Replay(run);
        await this.replay(run, (event) => replay.take(event));
        const trace = traceOf(replay.state);
        if (trace !== null) traces.push(trace);
      } catch (error) {
        if (!(error instanceof JournalError || error instanceof HistoryError)) throw error;
        lost.push({ run, problem: error.message });
      }
    }
    return { traces, lost };
  }

  // --- removing ---

  assertRemovable(): Promise<void> {
    return this.#store.assertRemovable();
  }

  remove(...[id, { head, goodBytes }]: Parameters<Journals['remove']>): Promise<boolean> {
    return this.#store.remove(id, { ...head, bytes: goodBytes });
  }

  // --- finding ---

  async list(wanted?: Wanted): Promise<readonly RunSummary[]> {
    return (await this.#digests(wanted)).map(({ summary }) => summary);
  }

  async durations(title: string): Promise<ReadonlyMap<string, readonly number[]>> {
    const found = new Map<string, number[]>();
    for (const { durations } of await this.#digests({ titles: [title], most: durationRunsMax })) {
      for (const [step, ms] of Object.entries(durations)) {
        const known = found.get(step) ?? [];
        if (known.length < historyRunsMax) found.set(step, [...known, ms]);
      }
    }
    return found;
  }

  #digests(wanted?: Wanted): Promise<readonly Digest[]> {
    return this.#store.digests((id) => this.#digestOf(id), wanted);
  }

  async #digestOf(id: string): Promise<Digest> {
    try {
      const replay = new Replay(id);
      await this.replay(id, (event) => replay.take(event));
      return summarise(replay.state);
    } catch (error) {
      if (error instanceof JournalError || error instanceof HistoryError) return unreadable(id, error.message);
      throw error;
    }
  }

  async resolve(name: string): Promise<string> {
    if (name === 'latest') {
      const [newest] = await this.#digests({ most: 1 });
      if (newest === undefined) throw this.#noRuns();
      return newest.summary.run;
    }
    const found = name === '' ? [] : await this.#store.ids(name);
    if (found.includes(name)) return name;
    const [only] = found;
    if (only !== undefined && found.length === 1) return only;
    if (found.length > 1) {
      throw new JournalError('ambiguous', `"${name}" fits ${found.length} runs: ${some(found)}; give more of the id`);
    }
    const ids = await this.#store.ids();
    if (ids.length === 0) throw this.#noRuns();
    throw new JournalError('not-found', `no run fits "${name}"; the newest are: ${some(ids)} (or say: latest)`);
  }

  #noRuns(): JournalError {
    return new JournalError('not-found', `there are no runs in ${this.#store.name}; start one with: gonogo run FILE`);
  }
}

/** A name for the target that a store can keep things under. */
function targetKey({ name, identity }: TargetName): string {
  return hash('sha256', JSON.stringify([name, identity]));
}

const namedMax = 8;

/** Ids for a message, newest first, the rest as a number. */
function some(ids: readonly string[]): string {
  const newest = [...ids].reverse();
  const more = newest.length > namedMax ? `, and ${newest.length - namedMax} more` : '';
  return newest.slice(0, namedMax).join(', ') + more;
}
