/**
 * Removing old runs: which may go, their archives, and then the runs.
 *
 * Invariants:
 * - A run goes only when it has ended, leaves nothing open, and no run that stays speaks of it or would be rolled back over it unknowingly.
 * - What speaks of a run is found by its id in the very lines of the others, whatever they use it for: an audit that was compared with it,
 *   a debt that was settled, an answer that was taken over, a note.
 * - It is archived before, whole, and the archive is verified as it lies on the disk.
 * - What came meanwhile counts: all is looked at once more after the archives are made, and a run that was written to stays.
 */
import { join } from 'node:path';
import { actions } from '../actions/registry.ts';
import { HostError } from '../host/host.ts';
import { JournalError } from '../journal/journal.ts';
import { isRunId } from '../journal/run-id.ts';
import type { RunEvent } from '../run/event.ts';
import { isSameTarget, owedKey } from '../run/holding.ts';
import type { Trace } from '../run/trace.ts';
import { journalName } from '../signing/report-layout.ts';
import { signatureNumber } from '../signing/sign-report.ts';
import { SigningError } from '../signing/signing-error.ts';
import type { Replayed } from '../store/journals.ts';
import type { RunSummary } from '../store/store.ts';
import { bundleFiles } from '../verify/source.ts';
import { verifySource } from '../verify/verify.ts';
import { exportRun } from './move-run.ts';
import { Refusal } from './refusal.ts';
import { writeBundleFile } from './report-bundle.ts';
import { readWholeRun, type World } from './world.ts';

export interface PruneRequest {
  /** Only runs whose last record is older, ms. */
  readonly olderMs: number;
  /** Runs whose report or an approval of which was signed stay. */
  readonly keepSigned: boolean;
  /** Absolute folder for the archives. */
  readonly archive: string;
}

/** What pruning comes to, before anything is done: the runs that would go, and the old ones that stay, with why. Oldest first. */
export interface PrunePlan {
  readonly going: readonly RunSummary[];
  readonly staying: readonly Staying[];
}

export interface Staying {
  readonly run: string;
  readonly why: string;
}

/** A run that is gone, and the archives that it is in, absolute; or one that stayed after all. */
export type Pruned =
  | { readonly kind: 'gone'; readonly run: string; readonly archives: readonly string[] }
  | ({ readonly kind: 'stays' } & Staying);

/** Looks at all runs; nothing is changed. Throws `JournalError` where a run cannot be read: what it speaks of is not known. */
export async function planPrune(world: World, { olderMs, keepSigned }: PruneRequest): Promise<PrunePlan> {
  const all = (await world.journals.list()).toReversed();
  const before = world.host.clock.now() - olderMs;
  const old = all.filter(({ at }) => at <= before);
  const why = new Map<string, string>();
  const settled = new Set(
    all.flatMap((one) => one.trace?.decided ?? []).flatMap(({ as, item }) => (as === 'settled' ? [item] : [])),
  );
  const apart = await world.journals.apart(old.map(({ run }) => run));
  for (const one of old) {
    if (apart.has(one.run))
      why.set(one.run, 'another branch of it is kept beside it, or records that it lacks are here');
    if (why.has(one.run)) continue;
    const reason = staysByItself(one, settled) ?? (keepSigned ? await signed(world, one.run) : null);
    if (reason !== null) why.set(one.run, reason);
  }
  await spokenOf(world, all, old, why);
  return {
    going: old.filter(({ run }) => !why.has(run)),
    staying: old.flatMap(({ run }) => ({ run, why: why.get(run) ?? '' })).filter((one) => one.why !== ''),
  };
}

const over = new Set(['completed', 'rolled-back', 'failed', 'abandoned']);

/** Why a run stays whatever the others say; null: for no reason of its own. `settled`: what runs settled of what others left open. */
function staysByItself(
  { run, problem, newer, status, owed, trace }: RunSummary,
  settled: ReadonlySet<string>,
): string | null {
  if (problem !== null) return `it cannot be read: ${problem}`;
  if (newer !== null) return `${newer}: update gonogo`;
  if (!over.has(status)) return 'it has not ended';
  const left = [...owed, ...(trace?.open ?? [])].find(({ step }) => !settled.has(owedKey({ run, step })));
  return left === undefined ? null : `it leaves open: ${left.step}: ${left.text}`;
}

/** Why a run counts as signed; null: it does not. */
async function signed({ host: { files }, journals }: World, run: string): Promise<string | null> {
  const folder = join(journals.workspace(run), 'report');
  const names = (await files.facts(folder))?.kind === 'directory' ? await files.list(folder) : [];
  if (names.some((name) => signatureNumber(name) !== null)) return 'its report is signed';
  let approved = false;
  await journals.replay(run, (event) => {
    approved ||= isSigned(event);
  });
  return approved ? 'an approval in it is signed' : null;
}

function isSigned(event: RunEvent): boolean {
  return (
    (event.type === 'approval.given' || event.type === 'emergency.declared') && (event.data.signature ?? null) !== null
  );
}

/** Adds to `why` the old runs that stay because of others; whoever stays speaks too. */
async function spokenOf(
  world: World,
  all: readonly RunSummary[],
  old: readonly RunSummary[],
  why: Map<string, string>,
): Promise<void> {
  const open = new Map(old.filter(({ run }) => !why.has(run)).map((one) => [one.run, one]));
  const asked = all.filter(({ run }) => !open.has(run));
  for (let one = asked.pop(); one !== undefined && open.size > 0; one = asked.pop()) {
    const named = await namedIn(world, one.run);
    for (const candidate of [...open.values()]) {
      const reason = named.has(candidate.run)
        ? `run ${one.run} speaks of it (${named.get(candidate.run)})`
        : changedAfter(one.trace, candidate.trace)
          ? `it changed the target of run ${one.run} later, which a rollback of that has to know`
          : null;
      if (reason === null) continue;
      why.set(candidate.run, reason);
      open.delete(candidate.run);
      asked.push(candidate);
    }
  }
}

/** True where rolling `stays` back would go over what `goes` changed. */
function changedAfter(stays: Trace | null, goes: Trace | null): boolean {
  if (stays === null || goes === null || stays.changedAt === null || goes.changedAt === null) return false;
  if (goes.undone || goes.changedAt <= stays.changedAt) return false;
  return goes.on.some((one) => stays.on.some((other) => isSameTarget(one, other)));
}

const newline = 10;
const idLike = /\d{8}-\d{4}-[a-z0-9-]+/g;

/** The ids that stand in the lines of a run, each with the type of the first record that holds it. */
async function namedIn({ journals }: World, run: string): Promise<ReadonlyMap<string, string>> {
  const named = new Map<string, string>();
  const take = (line: Uint8Array): void => {
    const text = Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('latin1');
    const type = /"type":"([a-z_.]+)"/.exec(text)?.[1] ?? 'a record';
    for (const [word] of text.matchAll(idLike)) for (const id of idsIn(word)) if (!named.has(id)) named.set(id, type);
  };
  let rest = Buffer.alloc(0);
  for await (const chunk of journals.records(run)) {
    const bytes = Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
      take(bytes.subarray(start, end));
      start = end + 1;
    }
    rest = bytes.subarray(start);
  }
  take(rest);
  return named;
}

/** Where an id ends cannot be told by its form: more words may follow it. */
function idsIn(word: string): readonly string[] {
  const parts = word.split('-');
  return parts.map((_, index) => parts.slice(0, index + 1).join('-')).filter(isRunId);
}

/** Archives the runs of `plan`, looks once more, and removes what may still go; `told` hears of each run as it comes. */
export async function prune(
  world: World,
  request: PruneRequest,
  plan: PrunePlan,
  told: (one: Pruned) => void,
): Promise<void> {
  await world.journals.assertRemovable();
  await world.host.files.ensureFolder(request.archive);
  const archived = new Map<string, Archived>();
  for (const { run } of plan.going) {
    const made = await archive(world, run, request.archive);
    if (made.kind === 'archived') archived.set(run, made);
    else told({ kind: 'stays', run, why: made.why });
  }
  const now = await planPrune(world, request);
  const why = new Map(now.staying.map((one) => [one.run, one.why]));
  const going = new Map(now.going.map((one) => [one.run, one]));
  for (const [run, { archives, read }] of archived) {
    const one = going.get(run);
    const reason = one === undefined ? (why.get(run) ?? 'it is not there any more') : await removed(world, one, read);
    told(reason === null ? { kind: 'gone', run, archives } : { kind: 'stays', run, why: reason });
  }
}

/** Removes a run; why it stays, where it does. */
async function removed({ journals }: World, { run, trace }: RunSummary, read: Replayed): Promise<string | null> {
  try {
    if (!(await journals.remove(run, read))) return 'it was written to meanwhile';
    for (const target of trace?.on ?? []) await journals.forgetClaim(run, target);
    return null;
  } catch (error) {
    if (error instanceof JournalError && error.code === 'held') return error.message;
    throw error;
  }
}

interface Archived {
  readonly kind: 'archived';
  readonly archives: readonly string[];
  /** What the run came to when its archives were made. */
  readonly read: Replayed;
}

type Archiving = Archived | { readonly kind: 'not'; readonly why: string };

/** Writes a run to files of its own in `folder`, and verifies them; why not, where it cannot be. */
async function archive(world: World, run: string, folder: string): Promise<Archiving> {
  const { journals } = world;
  try {
    const read = await journals.replay(run, () => {});
    const whole = await free(world, folder, run, '');
    await exportRun(world, run, whole);
    const archives = [whole];
    const report = await reportNames(world, run);
    if (report.length > 0) {
      const bundle = await free(world, folder, run, '.report');
      const place = join(journals.workspace(run), 'report');
      const spoken = await recordsIn(world, join(place, journalName));
      const read = await readWholeRun(world, run);
      await writeBundleFile(world, { ...read, events: read.events.slice(0, spoken) }, place, report, bundle);
      archives.push(bundle);
    }
    for (const path of archives) await assertVerified(world, path);
    return { kind: 'archived', archives, read };
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof HostError || error instanceof JournalError)) throw error;
    return { kind: 'not', why: `it cannot be archived: ${error.message}` };
  }
}

/** How many records the journal at `path` has: a report may be of an earlier moment. */
async function recordsIn({ host: { files } }: World, path: string): Promise<number> {
  let count = 0;
  for (let at = 0; ; ) {
    const chunk = await files.readRange(path, at, chunkBytes);
    if (chunk.length === 0) return count;
    for (const byte of chunk) if (byte === newline) count += 1;
    at += chunk.length;
  }
}

const chunkBytes = 1024 * 1024;

/** A path in `folder` that is free: an earlier try may have left archives. */
async function free({ host: { files } }: World, folder: string, run: string, kind: string): Promise<string> {
  for (let number = 1; ; number += 1) {
    const path = join(folder, `${run}${kind}${number === 1 ? '' : `.${number}`}.tar.gz`);
    if ((await files.facts(path)) === null) return path;
  }
}

/** The files of the report that lies with a run, by their paths in it. */
async function reportNames({ host: { files }, journals }: World, run: string): Promise<readonly string[]> {
  const folder = join(journals.workspace(run), 'report');
  if ((await files.facts(folder))?.kind !== 'directory') return [];
  const names: string[] = [];
  for (const name of await files.list(folder)) {
    if ((await files.facts(join(folder, name)))?.kind !== 'directory') names.push(name);
    else for (const inner of await files.list(join(folder, name))) names.push(`${name}/${inner}`);
  }
  return names;
}

/** Throws `Refusal` unless the archive at `path` holds a run that verifies, with all its evidence. */
async function assertVerified({ host: { files, clock } }: World, path: string): Promise<void> {
  const trust = { allowed: null, demanded: 'nothing' } as const;
  const options = { files, journals: null, trust, head: null, specs: actions, nowMs: clock.now(), asOf: false };
  const refused = (why: string): Refusal =>
    new Refusal({ code: 'not-verifiable', path }, `${path} does not verify: ${why}`);
  try {
    const { checks } = await verifySource({ files: () => bundleFiles(files, path), evidence: true }, options);
    // Whose signature it is was asked when the run was about something; here it has to be in the archive, and intact.
    const wrong = checks.filter(({ ok, name }) => !ok && name !== 'trust');
    if (wrong.length > 0) throw refused(wrong.map(({ name, detail }) => `${name}: ${detail}`).join('; '));
  } catch (error) {
    if (error instanceof SigningError) throw refused(error.message);
    throw error;
  }
}
