/**
 * A run as one archive, and back: from one store into another, byte for byte.
 *
 * Invariants:
 * - What is exported are the lines, documents and evidence that the store holds; nothing is made anew. `gonogo verify` takes the archive
 *   like any other bundle.
 * - What is imported was verified as a whole before any of it is written, and is compared once more as it is.
 * - A run that is there with the very same lines is completed: an import that was cut off is finished by the next.
 */
import { hash } from 'node:crypto';
import { join } from 'node:path';
import { actions } from '../actions/registry.ts';
import { HostError } from '../host/host.ts';
import { JournalError } from '../journal/journal.ts';
import { beginning } from '../journal/record.ts';
import { JournalReader } from '../journal/verify.ts';
import type { RunState } from '../run/state.ts';
import {
  documentName,
  documentsName,
  evidencePrefix,
  isDocumentName,
  journalName,
  pinsOf,
} from '../signing/report-layout.ts';
import { SigningError } from '../signing/signing-error.ts';
import type { PinnedDocument } from '../store/store.ts';
import { bundleFiles, type SourceFile } from '../verify/source.ts';
import { verifySource } from '../verify/verify.ts';
import { badInput } from './refusal.ts';
import { assertFree, bundled, evidenceFiles, writeArchive } from './report-bundle.ts';
import { readWholeRun, type World } from './world.ts';

/** What was moved. `open`: it has not ended, so that it must be gone on with in one place only. */
export interface Moved {
  readonly run: string;
  readonly records: number;
  readonly open: boolean;
}

/** Writes `name` to `file`, which is new. Throws `Refusal` and `JournalError`. */
export async function exportRun(world: World, name: string, file: string): Promise<Moved> {
  const { host, journals } = world;
  const path = within(world, file);
  await assertFree(host.files, path, 'out');
  const run = await readWholeRun(world, name);
  const content = [...(await evidenceFiles(journals, run))];
  for (const sha256 of new Set(run.events.flatMap(pinsOf).map((one) => one.sha256))) {
    const bytes = await journals.document(run.id, sha256);
    if (bytes === null)
      throw badInput('out', `the document ${sha256} of the run is missing; gonogo verify ${run.id} says more`);
    content.push(inMemory(documentName(sha256), bytes));
  }
  content.push(inMemory(journalName, await journalBytes(world, run.id)));
  await writeArchive(host.files, path, content, 'out');
  return { run: run.id, records: run.head.seq, open: run.state.endedAt === null };
}

/** A journal is far smaller than what its steps printed. */
async function journalBytes({ journals }: World, run: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of journals.records(run)) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  return bytes.subarray(0, bytes.lastIndexOf(10) + 1);
}

function inMemory(path: string, bytes: Uint8Array) {
  return bundled(path, bytes.length, async (start, length) => bytes.subarray(start, start + length));
}

/** Puts the run in `file` into the store. Throws `Refusal` for an archive that does not verify, or a run that is there and differs. */
export async function importRun(world: World, file: string): Promise<Moved> {
  const { files } = world.host;
  const path = within(world, file);
  const state = await verified(world, path, file);
  const place = new Placing(world, state, file);
  try {
    for await (const entry of bundleFiles(files, path)) await place.take(entry);
    await place.end();
  } finally {
    await place.letGo();
  }
  return { run: state.id, records: state.head.seq, open: state.endedAt === null };
}

async function verified({ host }: World, path: string, file: string): Promise<RunState> {
  try {
    const trust = { allowed: null, demanded: 'nothing', missing: '' } as const;
    const options = {
      files: host.files,
      journals: null,
      trust,
      head: null,
      specs: actions,
      nowMs: host.clock.now(),
      asOf: false,
    };
    const { ok, checks, state } = await verifySource(
      { files: () => bundleFiles(host.files, path), evidence: true },
      options,
    );
    if (ok && state !== null) return state;
    const why = checks.flatMap((check) => (check.ok ? [] : [`${check.name}: ${check.detail}`]));
    throw badInput('archive', `it does not verify, and nothing was imported: ${why.join('; ')}`, file);
  } catch (error) {
    if (!(error instanceof SigningError || error instanceof HostError)) throw error;
    throw badInput('archive', `it is no exported run: ${error.message}`, file, error);
  }
}

/** Where the parts of a run go as they come: documents, then the journal, then evidence, by their names' order. */
class Placing {
  readonly #world: World;
  readonly #state: RunState;
  readonly #file: string;
  readonly #documents: PinnedDocument[] = [];
  #held: Holding | null = null;

  constructor(world: World, state: RunState, file: string) {
    this.#world = world;
    this.#state = state;
    this.#file = file;
  }

  async take(entry: SourceFile): Promise<void> {
    const bytes = await entry.read(Math.max(entry.bytes, 1));
    if (isDocumentName(entry.path)) {
      this.#documents.push({ sha256: entry.path.slice(`${documentsName}/`.length, -'.yaml'.length), bytes });
    } else if (entry.path === journalName) {
      this.#held = await this.#journal(bytes);
    } else if (entry.path.startsWith(evidencePrefix)) {
      await this.#evidence(entry.path.slice(evidencePrefix.length), bytes);
    }
  }

  async #journal(bytes: Uint8Array): Promise<Holding> {
    const { id, head } = this.#state;
    const reader = new JournalReader(beginning(id));
    for (const _ of reader.take(bytes));
    if (reader.head.sha256 !== head.sha256) throw this.#changed();
    const { journals } = this.#world;
    const lease = await journals.put(id, this.#documents, { bytes, head: reader.head });
    if (lease !== null) return { keep: (...given) => lease.keep(...given), close: () => lease.release() };
    const there = await journalBytes(this.#world, id);
    if (Buffer.compare(there, bytes) !== 0)
      throw badInput('archive', `run ${id} is here already, with other records; nothing was changed`, this.#file);
    const journal = await journals.open(id);
    return { keep: (...given) => journal.keep(...given), close: () => journal.close() };
  }

  async #evidence(path: string, bytes: Uint8Array): Promise<void> {
    try {
      await this.#held?.keep(path, bytes);
    } catch (error) {
      if (!(error instanceof HostError && error.code === 'exists')) throw error;
      // An earlier import kept it, if it is that.
      const { id } = this.#state;
      const there = await this.#world.journals.evidence(id).digests(path, [bytes.length]);
      if (there?.get(bytes.length) === hash('sha256', bytes)) return;
      throw badInput(
        'archive',
        `${path} of run ${id} is here already, and differs; gonogo verify ${id} says more`,
        this.#file,
      );
    }
  }

  async end(): Promise<void> {
    if (this.#held === null) throw this.#changed();
  }

  async letGo(): Promise<void> {
    await this.#held?.close();
  }

  #changed(): JournalError {
    return new JournalError('unusable', `${this.#file} changed while it was read; import it again`);
  }
}

interface Holding {
  keep(path: string, bytes: Uint8Array): Promise<unknown>;
  close(): Promise<void>;
}

function within({ host: { machine } }: World, path: string): string {
  return path.startsWith('/') ? path : join(machine.cwd, path);
}
