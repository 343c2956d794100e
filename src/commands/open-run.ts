/**
 * Opens sessions: on a new run of a document, or on one that exists. What `run`, `resume`, `rollback` and the home screen share.
 *
 * Invariant: nothing is changed before all input is good.
 */
import { resolve } from 'node:path';
import { actions } from '../actions/registry.ts';
import { visible } from '../diagnostics/sanitise.ts';
import { type Answers, readAnswers } from '../engine/answers.ts';
import { brokenRun } from '../engine/broken-run.ts';
import { type LendTerminal, openSession } from '../engine/engine.ts';
import type { Session } from '../engine/session.ts';
import { HostError } from '../host/host.ts';
import { JournalError } from '../journal/journal.ts';
import type { Actor, EventDraft, RunEvent } from '../run/event.ts';
import { reduceAll } from '../run/reduce.ts';
import type { RunState } from '../run/state.ts';
import type { Runbook } from '../runbook/document.ts';
import type { Journal } from '../store/journals.ts';
import type { Target } from '../target/target.ts';
import { type Adoption, adoptionEvents } from './changed-documents.ts';
import { type Io, type ReadRun, RunEnded, type StateOptions, UsageError, type World } from './command.ts';
import { folderOf, previousVerdicts } from './earlier-audits.ts';
import { digestOf, readDocument, readText } from './read-document.ts';
import { approvalJudge } from './trust.ts';
import { parseFlags, parseVarsFile, secretsFromEnvironment, startValues } from './variables.ts';
import { version } from './version.ts';

export interface DriveOptions {
  readonly headless?: boolean | undefined;
  /** Append-only lines and ordinary prompts instead of a screen. */
  readonly plain?: boolean | undefined;
}

export interface RunOptions extends StateOptions, DriveOptions {
  /** `k=v`. */
  readonly vars?: readonly string[] | undefined;
  readonly varsFile?: string | undefined;
  readonly answers?: string | undefined;
  readonly operator?: string | undefined;
  /** Folder that commands run in instead of the present one. */
  readonly repo?: string | undefined;
  /** Run whose verdicts are the ones to compare with, instead of the newest earlier one's. */
  readonly against?: string | undefined;
}

export interface Started {
  readonly session: Session;
  readonly answers: Answers | null;
  readonly operator: string;
}

/** Reads everything that a run needs, records its start and opens a session on it. Nothing is changed before all input is good. */
export async function startRun(world: World, file: string, options: RunOptions, io: Io): Promise<Started> {
  const { host, journals } = world;
  const document = await readDocument(file, io);
  const { runbook } = document;
  const flags = parseFlags(options.vars ?? []);
  const fileValues =
    options.varsFile === undefined
      ? new Map<string, string>()
      : parseVarsFile(options.varsFile, readText(options.varsFile).text);
  const values = startValues(runbook, flags, fileValues, host.machine.env);
  const answers = options.answers === undefined ? null : await loadAnswers(options.answers, runbook);
  const operator = operatorName(options.operator, host.machine.user);
  const repo = options.repo === undefined ? undefined : await repoFolder(world, options.repo);
  const against = options.against === undefined ? undefined : await journals.resolve(options.against);
  const before = host.clock.now();
  const folder = repo ?? host.machine.cwd;
  const previous = await previousVerdicts(world, { runbook, folder, before }, against);
  const guided = !headless(options, io);
  const actor: Actor = guided ? { via: 'terminal', name: operator } : { via: 'command', name: operator };
  const first: EventDraft = {
    type: 'run.started',
    actor,
    data: {
      runbook,
      sha256: digestOf(runbook),
      documents: [...runbook.documents],
      vars: { ...values.vars },
      sources: { ...values.sources },
      cwd: host.machine.cwd,
      ...(repo === undefined ? {} : { repo }),
      ...(against === undefined ? {} : { against }),
      environment: recordedEnvironment(runbook, host.machine.env),
      operator,
      hostname: host.machine.hostname,
      bootId: host.machine.bootId,
      version,
      ...(answers === null ? {} : { answers: { path: answers.path, sha256: answers.sha256 } }),
    },
  };
  const journal = await journals.create(slugOf(runbook.title), document.pinned, [first]);
  const state = reduceAll(journal.events, journal.id);
  const session = openSession({
    host,
    target: targetOf(world, journal, state),
    journal,
    state,
    actions,
    guided,
    arrivals: answers?.arrivals ?? new Set(),
    actor,
    secrets: values.secrets,
    previous,
    approvalJudge: approvalJudge(host, world),
    ...terminalOf(world, guided),
  });
  return { session, answers, operator };
}

/** The absolute path of a folder that items and commands look at. Throws `UsageError` when it is none or may not be read. */
async function repoFolder(world: World, path: string): Promise<string> {
  const { files, machine } = world.host;
  const full = resolve(machine.cwd, path);
  try {
    await files.list(full);
    return full;
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    const why = error.code === 'not-directory' ? 'it is not a folder' : error.message;
    throw new UsageError(`--repo ${path}: ${why}; name the folder to look at`);
  }
}

/** Where the run's steps happen, in the folder and with the environment that its start recorded. */
function targetOf({ here }: World, { workspace }: Journal, { started }: RunState): Target {
  return here({ folder: workspace, base: started.repo ?? started.cwd, environment: started.environment });
}

/** What lends the terminal to a step: only where a person sits at one. */
function terminalOf({ lease }: World, guided: boolean): { readonly lendTerminal?: LendTerminal } {
  return guided ? { lendTerminal: (use) => lease.lend(use) } : {};
}

/** True when nobody sits in front: asked for, or no terminal. */
export function headless(options: DriveOptions, io: Io): boolean {
  return options.headless === true || !io.terminal;
}

/** Reads an answers file; problems are bad input. `history`: the run so far, which it may have answered in. */
export async function loadAnswers(path: string, runbook: Runbook, history: readonly RunEvent[] = []): Promise<Answers> {
  const { text, sha256 } = readText(path);
  return readAnswers(path, text, sha256, runbook, history);
}

/**
 * The answers for a resume: the file that is named now, else, with nobody in front, the one that the run was started
 * with, as long as it is unchanged. What it has answered before is not answered again.
 */
export async function resumeAnswers(
  { state, events }: ReadRun,
  named: string | undefined,
  guided: boolean,
): Promise<Answers | null> {
  if (named !== undefined) return loadAnswers(named, state.runbook, events);
  const { answers, cwd } = state.started;
  if (guided || answers === undefined) return null;
  try {
    const { text, sha256 } = readText(resolve(cwd, answers.path));
    return sha256 === answers.sha256 ? readAnswers(answers.path, text, sha256, state.runbook, events) : null;
  } catch (error) {
    if (error instanceof UsageError) return null;
    throw error;
  }
}

/** The operator's name: as given, else the user's. Throws for a blank one. */
export function operatorName(given: string | undefined, user: string): string {
  if (given !== undefined && given.trim() === '') throw new UsageError('--operator: the name is empty');
  return visible(given ?? user).trim();
}

/** PATH, HOME, LANG and the non-secret variables that the document takes from the environment, as they are now. */
function recordedEnvironment(
  runbook: Runbook,
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const named = Object.values(runbook.vars).flatMap(({ env: name, secret }) =>
    name === undefined || secret ? [] : [name],
  );
  const recorded: Record<string, string> = {};
  for (const name of ['PATH', 'HOME', 'LANG', ...named]) {
    const value = env[name];
    if (value !== undefined) recorded[name] = value;
  }
  return recorded;
}

function slugOf(title: string): string {
  const words = title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return (
    words
      .replaceAll(/^-+|-+$/g, '')
      .slice(0, 32)
      .replace(/-+$/, '') || 'run'
  );
}

/** A run that can no longer be compared with is no reason not to go on. */
function orNothing(error: unknown): ReadonlyMap<string, never> {
  if (error instanceof UsageError || error instanceof JournalError) return new Map<string, never>();
  throw error;
}

export interface Resuming {
  readonly operator: string;
  readonly guided: boolean;
  readonly arrivals: ReadonlySet<string>;
  /** Non-null: the rollback is asked for, with this reason, before anything else goes on. */
  readonly rollback: string | null;
  /** Non-null: a changed document to go on with. */
  readonly adoption: Adoption | null;
}

/**
 * Takes the run's lock, records the resume and opens a session on it. Throws `RunEnded` when there is nothing left to go on
 * with, and a `UsageError` when a changed document does not fit what has run meanwhile.
 */
export async function resumeRun(world: World, id: string, options: Resuming): Promise<Session> {
  const journal = await world.journals.open(id);
  try {
    return await resumeOn(world, journal, options);
  } catch (error) {
    await journal.close().catch(() => undefined);
    throw error;
  }
}

async function resumeOn(world: World, journal: Journal, options: Resuming): Promise<Session> {
  const { host, journals } = world;
  const { id } = journal;
  const actor: Actor = options.guided
    ? { via: 'terminal', name: options.operator }
    : { via: 'command', name: options.operator };
  const before = reduceAll(journal.events, id);
  const rollsBack = options.rollback !== null || before.rollback !== null;
  const isOver = before.status === 'abandoned' || before.status === 'rolled-back';
  if (before.endedAt !== null && (isOver || !rollsBack)) throw new RunEnded(before);
  const { hostname, bootId } = host.machine;
  const opening: EventDraft[] = [
    { type: 'run.resumed', actor, data: { operator: options.operator, hostname, bootId, version } },
  ];
  if (options.adoption !== null) {
    const adopting = adoptionEvents(before, options.adoption, actor, host.machine.env);
    await journals.pin(journal, options.adoption.document.pinned);
    opening.push(...adopting);
  }
  if (options.rollback !== null) {
    opening.push({ type: 'rollback.requested', actor, data: { reason: options.rollback } });
  }
  const resumed = await journal.append(opening).catch((error: unknown) => {
    throw brokenRun(error, before, null);
  });
  const state = reduceAll([...journal.events, ...resumed], id);
  const { runbook, startedAt, started } = state;
  const comparable = { runbook, folder: folderOf(state), before: startedAt };
  const previous = await previousVerdicts(world, comparable, started.against).catch(orNothing);
  return openSession({
    host,
    target: targetOf(world, journal, state),
    journal,
    state,
    actions,
    guided: options.guided,
    arrivals: options.arrivals,
    actor,
    secrets: secretsFromEnvironment(runbook, host.machine.env),
    previous,
    approvalJudge: approvalJudge(host, world),
    ...terminalOf(world, options.guided),
  });
}
