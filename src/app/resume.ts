/**
 * Goes on with a run, forward or back.
 *
 * Invariants:
 * - Changed documents are never passed over: whoever resumes decides about them, and is shown what changed before.
 * - Nothing is recorded before all input is good; what fails afterwards lets go of the run's lock.
 */
import { resolve } from 'node:path';
import type { Answers } from '../engine/answers.ts';
import { brokenRun } from '../engine/broken-run.ts';
import type { Session } from '../engine/session.ts';
import { JournalError } from '../journal/journal.ts';
import type { Circumstances } from '../run/circumstances.ts';
import type { Actor, DataOf, EventDraft } from '../run/event.ts';
import { judges } from '../run/judging.ts';
import { newerWords } from '../run/questions/over.ts';
import { Replay } from '../run/reduce.ts';
import { rendererOf } from '../run/renderer.ts';
import { hasChanged } from '../run/rollback.ts';
import type { RunState } from '../run/state.ts';
import type { Journal } from '../store/journals.ts';
import { resumeAnswers } from './answers-file.ts';
import {
  type Adoption,
  adoptionEvents,
  assertFits,
  type DocumentChange,
  documentChanges,
  keptVariables,
  leftAsTheyWere,
  leftInPlace,
} from './changed-documents.ts';
import { takenBefore } from './clocks.ts';
import { earlierOf, folderOf } from './earlier-audits.ts';
import { onTarget } from './holds.ts';
import { openOn } from './open-session.ts';
import { operatorName } from './operator.ts';
import { readDocument } from './read-document.ts';
import { badInput, Refusal, runEnded } from './refusal.ts';
import { rehearsalFor } from './rehearsal.ts';
import type { Opened } from './start.ts';
import type { TakingOver } from './take-over.ts';
import { secretsFromEnvironment } from './variables.ts';
import { version } from './version.ts';
import { type ReadRun, readKnownRun, type World } from './world.ts';
import { windowFor } from './zone-time.ts';

/** What is to become of documents that changed since the run pinned them. `ask`: the changes come back instead of a session. */
export type AboutChanges =
  | { readonly kind: 'ask' }
  | { readonly kind: 'pinned' }
  | { readonly kind: 'adopt'; readonly reason: string };

export interface ResumeRequest {
  /** An id, a unique part of one, or `latest`. */
  readonly run: string;
  /** A person orders each step. */
  readonly guided: boolean;
  readonly operator?: string | undefined;
  /** Answers file. */
  readonly answers?: string | undefined;
  readonly changes: AboutChanges;
  /** It is taken over from whoever drives it elsewhere. */
  readonly takingOver?: TakingOver | null;
}

export type Resumed =
  /** There was nothing left to go on with. */
  | { readonly kind: 'ended'; readonly state: RunState }
  /** Asked for the decision; nothing was recorded. */
  | { readonly kind: 'changed'; readonly run: string; readonly changes: readonly DocumentChange[] }
  | ({ readonly kind: 'opened' } & OpenedAgain);

export interface OpenedAgain extends Opened {
  /** Paths of documents that cannot be read any more, so that their pinned copies go on. */
  readonly gone: readonly string[];
  /** Variables that keep the value that they were set to, though the adopted document has another. */
  readonly kept: readonly string[];
  /** Steps that keep their text, though the adopted document has another: they are done, or run. */
  readonly asTheyWere: readonly string[];
  /** Steps that stay where they were, because the run is past them, though the adopted document lacks or moves them. */
  readonly inPlace: ReturnType<typeof leftInPlace>;
}

/** What has changed since a run pinned its documents; empty for one that has ended. Throws `JournalError`. */
export async function changesSince(world: World, run: string): Promise<readonly DocumentChange[]> {
  const read = await readKnownRun(world, run);
  return read.state.endedAt === null ? documentChanges(world, read) : [];
}

/** Goes on with a run where it stands, also in the middle of a rollback. Throws `Refusal` and `JournalError`. */
export async function resume(world: World, request: ResumeRequest): Promise<Resumed> {
  const { guided, changes: wanted } = request;
  const read = await readKnownRun(world, request.run);
  if (read.state.endedAt !== null) return { kind: 'ended', state: read.state };
  const operator = operatorName(world, request.operator);
  const answers = resumeAnswers(read, request.answers, guided);
  const changes = await documentChanges(world, read);
  const differs = changes.some(({ kind }) => kind === 'changed');
  if (differs && wanted.kind === 'ask') return { kind: 'changed', run: read.id, changes };
  const adopts = wanted.kind === 'adopt' && !isAdopted(read.state, changes, wanted.reason);
  if (adopts) assertAdoptable(read.state, changes);
  const adoption = adopts ? await readAdoption(world, read, wanted.reason) : null;
  const arrivals = answers?.arrivals ?? new Set();
  const judged = request.answers === undefined || answers === null ? null : answers;
  const { takingOver = null } = request;
  const resuming = { operator, guided, arrivals, rollback: null, adoption, judged, takingOver };
  const session = await resumeRun(world, read.id, resuming);
  const document = adoption?.document ?? null;
  return {
    kind: 'opened',
    session,
    answers,
    operator,
    document,
    gone: changes.filter(({ kind }) => kind === 'gone').map(({ path }) => path),
    kept: document === null ? [] : keptVariables(read.state, document.runbook),
    asTheyWere: document === null ? [] : leftAsTheyWere(read.state, document.runbook),
    inPlace: document === null ? { missing: [], moved: [] } : leftInPlace(read.state, document.runbook),
    notices: (judged?.corrections(read.state) ?? []).map(
      ({ step, answer: { result, over } }) =>
        `${step} is judged ${over === undefined ? 'anew' : 'over the machine'}: ${result}`,
    ),
  };
}

/** True where this very adoption is on record and nothing has changed since: who died after it says the same again. */
function isAdopted({ adoptions }: RunState, changes: readonly DocumentChange[], reason: string): boolean {
  return changes.length === 0 && adoptions.at(-1)?.reason === reason.trim();
}

/** Asserts that there is another text to adopt. Throws `Refusal` `unreadable` for one that is not there, and `nothing-changed`. */
function assertAdoptable({ documents }: RunState, changes: readonly DocumentChange[]): void {
  const gone = changes.filter(({ kind }) => kind === 'gone').map(({ path }) => path);
  const differs = changes.length > gone.length;
  const missing = gone.find((path) => !differs || path === documents[0]?.path);
  if (missing !== undefined) {
    const message = `${missing} cannot be read any more, so there is nothing to adopt; a resume that adopts nothing goes on with its pinned copy`;
    throw new Refusal({ code: 'unreadable', path: missing, why: 'it is not there' }, message);
  }
  if (!differs) throw new Refusal({ code: 'nothing-changed' }, 'no document has changed since the run began');
}

/** The document as it reads now, if it fits what has run. */
async function readAdoption(world: World, { state }: ReadRun, reason: string): Promise<Adoption> {
  const main = state.documents[0]?.path ?? '';
  const { cwd } = state.started;
  const path = cwd === world.host.machine.cwd ? main : resolve(cwd, main);
  const document = await readDocument(path, state.runbook.checklist?.only);
  assertFits(state, document.runbook);
  // Another text is another plan: it is held to its own rehearsal, as at a start.
  const rehearsal = await rehearsalFor(world, path, document);
  return { document, reason: reason.trim(), rehearsal, ...windowFor(document.runbook, state.startedAt) };
}

export interface RollBackRequest extends Omit<ResumeRequest, 'changes'> {
  /** Why; without one that the operator asked for it. */
  readonly reason?: string | undefined;
  /** The newest run on the target, over which this one is rolled back: a full id. */
  readonly over?: string | undefined;
}

export type RolledBack =
  /** It is rolled back already. */
  { readonly kind: 'ended'; readonly state: RunState } | ({ readonly kind: 'opened' } & Opened);

/**
 * Begins the rollback of a run that is under way, completed or failed, or goes on with one that has begun. Throws `Refusal`
 * `nothing-to-undo` where nothing is left to roll back, and `JournalError`.
 */
export async function rollBack(world: World, request: RollBackRequest): Promise<RolledBack> {
  const { guided, reason } = request;
  const read = await readKnownRun(world, request.run);
  const { id, state } = read;
  if (state.status === 'rolled-back') return { kind: 'ended', state };
  assertUndoable(state);
  await assertNewest(world, state, request);
  const operator = operatorName(world, request.operator);
  const answers = resumeAnswers(read, request.answers, guided);
  const begun = state.rollback !== null || state.rollbackRequested !== null;
  const session = await resumeRun(world, id, {
    operator,
    guided,
    arrivals: answers?.arrivals ?? new Set(),
    adoption: null,
    rollback: begun ? null : (reason ?? `asked for by ${operator}`),
    permits: permissionOf(state, request),
    takingOver: request.takingOver ?? null,
  });
  return { kind: 'opened', session, answers, operator, document: null };
}

/** What the flags say of the newer run, unless that is on record; null: nothing. */
function permissionOf({ holding }: RunState, { over, reason }: RollBackRequest): DataOf<'rollback.permitted'> | null {
  return over === undefined || reason === undefined || over === holding.permitted ? null : { over, reason };
}

/** With nobody to ask, a run is rolled back over a newer one only by its name. */
async function assertNewest(world: World, state: RunState, { guided, over, answers }: RollBackRequest): Promise<void> {
  const { newer } = await onTarget(world, state);
  const [newest] = newer;
  if (over !== undefined && over !== newest?.run) {
    const which = newest === undefined ? 'no other run changed the target since' : `the newest is ${newest.run}`;
    throw badInput('over', `it is not the newest run on the target: ${which}`, over);
  }
  if (newest === undefined || over !== undefined || guided || answers !== undefined || state.rollback !== null) return;
  const since = newer.map(newerWords).join('; ');
  const message = `${state.id} is not the newest on its target: ${since}\nhint: gonogo rollback ${state.id} --over ${newest.run} --reason REASON`;
  throw new Refusal({ code: 'newer-run', run: state.id, newest: newest.run }, message);
}

function assertUndoable(state: RunState): void {
  const { id: run } = state;
  if (state.status === 'abandoned') {
    const message = `run ${run} was abandoned; what it did is no longer gonogo's to undo`;
    throw new Refusal({ code: 'nothing-to-undo', run, why: 'abandoned' }, message);
  }
  if (state.rollback === null && !hasChanged(state)) {
    const message = `run ${run} has changed nothing yet, so there is nothing to roll back`;
    throw new Refusal({ code: 'nothing-to-undo', run, why: 'unchanged' }, message);
  }
}

/** How long a run that somebody holds may still become free, and how often that is looked at. */
const passingMs = 1000;
const lookEveryMs = 20;

export interface Resuming {
  readonly operator: string;
  readonly guided: boolean;
  readonly arrivals: ReadonlySet<string>;
  /** Non-null: the rollback is asked for, with this reason, before anything else goes on. */
  readonly rollback: string | null;
  /** Over which newer run it may be rolled back: on record before anything else goes on, so that no later resume asks for it. */
  readonly permits?: DataOf<'rollback.permitted'> | null;
  /** Non-null: a changed document to go on with. */
  readonly adoption: Adoption | null;
  /** Answers that stand for earlier ones from now on; null or absent: none do. */
  readonly judged?: Answers | null;
  /** Non-null: from whom it is taken over, and why. */
  readonly takingOver?: TakingOver | null;
}

/**
 * Takes the lock of run `id`, records the resume and opens a session on it. Throws `Refusal` `run-ended` when there is nothing left
 * to go on with, and `unfit-document` when a changed document does not fit what has run meanwhile.
 */
export async function resumeRun(world: World, id: string, options: Resuming): Promise<Session> {
  const replay = new Replay(id);
  const journal = await openSoon(world, id, replay, options);
  try {
    return await resumeOn(world, journal, replay, options);
  } catch (error) {
    await journal.close().catch(() => undefined);
    throw error;
  }
}

/** Who only passes a message on (a note, an approval) holds the run for a moment, which is waited for. */
async function openSoon(
  { journals, host: { clock } }: World,
  id: string,
  replay: Replay,
  { operator, takingOver = null }: Resuming,
): Promise<Journal> {
  const over = takingOver === null ? undefined : { by: operator, lease: takingOver.lease };
  const until = clock.steady() + passingMs;
  for (;;) {
    try {
      return await journals.open(id, (event) => replay.take(event), over);
    } catch (error) {
      if (!(error instanceof JournalError && error.code === 'held') || clock.steady() >= until) throw error;
    }
    await clock.sleep(lookEveryMs);
  }
}

async function resumeOn(world: World, journal: Journal, replay: Replay, options: Resuming): Promise<Session> {
  const { host } = world;
  const { guided, operator: name, arrivals } = options;
  const actor: Actor = { via: guided ? 'terminal' : 'command', name };
  const before = replay.state;
  assertGoesOn(before, options);
  const opening = await openingEvents(world, journal, before, actor, options);
  const { runbook: next } = options.adoption?.document ?? before;
  journal.keepOut(secretsFromEnvironment(next, host.machine.env).values());
  const resumed = await journal.append(opening).catch((error: unknown) => {
    throw error instanceof JournalError && error.code === 'unfit' ? error : brokenRun(error, before, null);
  });
  for (const event of resumed) replay.take(event);
  const { state } = replay;
  const { runbook, startedAt, started } = state;
  const comparable = { runbook, folder: folderOf(state), before: startedAt, asSteps: rendererOf(state) === 1 };
  const earlier = await earlierOf(world, comparable, started.against).catch(orNothing);
  const secrets = secretsFromEnvironment(runbook, host.machine.env);
  const durations = await takenBefore(world, runbook);
  return openOn(world, journal, state, { actor, arrivals, guided, ...earlier, secrets, durations });
}

function assertGoesOn(state: RunState, { rollback }: Resuming): void {
  const rollsBack = rollback !== null || state.rollback !== null;
  const isOver = state.status === 'abandoned' || state.status === 'rolled-back';
  if (state.endedAt !== null && (isOver || !rollsBack)) throw runEnded(state);
}

/** What a resume records first. A document that is adopted is pinned before the event that says so. */
async function openingEvents(
  { host }: World,
  journal: Journal,
  before: RunState,
  actor: Actor,
  { operator, adoption, rollback, permits = null, judged = null, takingOver = null }: Resuming,
): Promise<readonly EventDraft[]> {
  const { hostname, bootId, env } = host.machine;
  const takenOver = takingOver === null ? {} : { takenOver: takingOver.told };
  const data = { operator, hostname, bootId, version, ...takenOver };
  const opening: EventDraft[] = [{ type: 'run.resumed', actor, data }];
  if (adoption !== null) {
    const adopting = adoptionEvents(before, adoption, actor, env);
    await journal.pin(adoption.document.pinned);
    opening.push(...adopting);
  }
  if (judged !== null) opening.push(...judgements(before, judged, { name: operator, now: host.clock.now() }));
  if (rollback !== null) opening.push({ type: 'rollback.requested', actor, data: { reason: rollback } });
  if (permits !== null) opening.push({ type: 'rollback.permitted', actor, data: permits });
  return opening;
}

/** What the answers say of closed items. Throws `Refusal` `bad-answers` for what nobody can say of one. */
function judgements(
  state: RunState,
  answers: Answers,
  { name, now }: { readonly name: string; readonly now: number },
): readonly EventDraft[] {
  const actor: Actor = { via: 'answers', name, file: answers.sha256 };
  return answers.corrections(state).flatMap(({ step, answer }) => {
    const response = judges(state, step, answer, { actor, now });
    if (response.ok) return response.events;
    throw new Refusal({ code: 'bad-answers', path: answers.path }, `${answers.path}: ${response.message}`);
  });
}

/** A run that can no longer be compared with is no reason not to go on. */
function orNothing(error: unknown): { previous: Circumstances['previous'] } {
  if (error instanceof Refusal || error instanceof JournalError) return { previous: new Map() };
  throw error;
}
