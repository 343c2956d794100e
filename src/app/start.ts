/**
 * Starts a run of a document: reads everything that it needs, records its start and opens a session on it.
 *
 * Invariant: nothing is changed before all input is good.
 */
import { resolve } from 'node:path';
import type { Answers } from '../engine/answers.ts';
import type { Session } from '../engine/session.ts';
import { HostError } from '../host/host.ts';
import type { Actor, EventDraft, Rehearsal, Revision } from '../run/event.ts';
import { capturedOnlyBy, type LeftOut, leftOutOf, type Narrowing } from '../run/left-out.ts';
import { outlineOf } from '../run/outline.ts';
import { reduceAll } from '../run/reduce.ts';
import { newestRenderer } from '../run/renderer.ts';
import { newestRules } from '../run/rules.ts';
import type { Runbook } from '../runbook/document.ts';
import { suggestion } from '../runbook/suggest.ts';
import { loadAnswers } from './answers-file.ts';
import { takenBefore } from './clocks.ts';
import { earlierOf } from './earlier-audits.ts';
import { openOn } from './open-session.ts';
import { operatorName } from './operator.ts';
import { digestOf, type ReadDocument, readDocument, unreadable } from './read-document.ts';
import { isStandardInput, readInput } from './read-input.ts';
import { badInput, Refusal } from './refusal.ts';
import { rehearsalFor } from './rehearsal.ts';
import { revisionOf } from './revision.ts';
import { targetProblems } from './start-target.ts';
import { assertNone, parseVarsFile, readValues, type StartValues, valuesFor } from './variables.ts';
import { version } from './version.ts';
import type { World } from './world.ts';
import { windowFor } from './zone-time.ts';

export interface StartRequest {
  /** Path of the document. */
  readonly file: string;
  /** The only kind of document that is meant; absent: either. */
  readonly kind?: Runbook['kind'];
  /** A person orders each step. */
  readonly guided: boolean;
  /** Values of variables by name, as text. */
  readonly vars?: ReadonlyMap<string, string>;
  /** File of values: YAML, JSON, or lines `NAME=value`; `-`: the standard input. */
  readonly varsFile?: string | undefined;
  /** Answers file; `-`: the standard input. */
  readonly answers?: string | undefined;
  readonly operator?: string | undefined;
  /** What is left out of the run. */
  readonly narrowing?: Narrowing | undefined;
  /** Folder that commands run in instead of the present one. */
  readonly repo?: string | undefined;
  /** Categories of a checklist that are asked; absent: all. */
  readonly only?: readonly string[] | undefined;
  /** Run whose verdicts are the ones to compare with, instead of the newest earlier one's. */
  readonly against?: string | undefined;
}

/** A run that this process drives now. */
export interface Opened {
  readonly session: Session;
  readonly answers: Answers | null;
  readonly operator: string;
  /** The document that was read just now, with its warnings; null: the run goes on with what it pinned. */
  readonly document: ReadDocument | null;
  /** What whoever starts it should know. */
  readonly notices?: readonly string[];
}

/** Starts a run. Throws `Refusal` for what cannot be started, and `JournalError` where it cannot be recorded. */
export async function start(world: World, request: StartRequest): Promise<Opened> {
  const { host, journals } = world;
  const document = await readDocument(request.file, request.only);
  const { runbook } = document;
  if (request.kind !== undefined && request.kind !== runbook.kind) throw wrongKind(request.file, runbook.kind);
  if (request.only !== undefined) await assertCategories(request.file, runbook, request.only);
  const leftOut = leftOutIn(runbook, request.narrowing);
  const { varsFile } = request;
  if (
    varsFile !== undefined &&
    request.answers !== undefined &&
    isStandardInput(varsFile) &&
    isStandardInput(request.answers)
  )
    throw unreadable(request.answers, 'the standard input was given twice, and is read once');
  const file = varsFile === undefined ? new Map() : parseVarsFile(varsFile, readInput(varsFile).text);
  const { values: fileValues, unused } = valuesFor(runbook, file);
  const { problems, ...values } = readValues(runbook, {
    instead: capturedOnlyBy(runbook, new Set(leftOut.map(({ step }) => step))),
    given: request.vars ?? new Map(),
    file: fileValues,
    env: host.machine.env,
    cwd: host.machine.cwd,
    starting: true,
  });
  const operator = operatorName(world, request.operator);
  const repo = request.repo === undefined ? null : await repoFolder(world, request.repo);
  const actor: Actor = { via: request.guided ? 'terminal' : 'command', name: operator };
  const beginning = { runbook, values, actor, repo, answers: null, against: null, revision: null, rehearsal: null };
  const elsewhere = await targetProblems(world, runStarted(world, beginning), values.secrets);
  assertNone([...problems, ...elsewhere]);
  const answers = request.answers === undefined ? null : loadAnswers(request.answers, runbook);
  const rehearsal = await rehearsalFor(world, request.file, document);
  const against = request.against === undefined ? null : await journals.resolve(request.against);
  const comparable = { runbook, folder: repo ?? host.machine.cwd, before: host.clock.now() };
  const [earlier, revision] = await Promise.all([
    earlierOf(world, comparable, against ?? undefined),
    audits(runbook) ? revisionOf(host, comparable.folder) : null,
  ]);
  const left: readonly EventDraft[] =
    leftOut.length === 0 ? [] : [{ type: 'steps.left_out', actor, data: { steps: [...leftOut] } }];
  const first = runStarted(world, { ...beginning, answers, against, revision, rehearsal });
  const journal = await journals.create(
    slugOf(runbook.title),
    document.pinned,
    [first, ...left],
    values.secrets.values(),
  );
  const session = openOn(world, journal, reduceAll(journal.events, journal.id), {
    actor,
    arrivals: answers?.arrivals ?? new Set(),
    guided: request.guided,
    ...earlier,
    secrets: values.secrets,
    durations: await takenBefore(world, runbook),
  });
  const notices =
    unused.length === 0 ? [] : [`${varsFile}: the document has no variable ${unused.join(', ')}; ignored`];
  return { session, answers, operator, document, notices };
}

/** What is left out of a run of `runbook`. Throws `Refusal` `not-left-out`. */
export function leftOutIn(runbook: Runbook, narrowing: Narrowing | undefined): readonly LeftOut[] {
  if (narrowing === undefined) return [];
  const found = leftOutOf(runbook, narrowing);
  if (!found.ok) throw new Refusal({ code: 'not-left-out' }, `${found.message}; nothing was started`);
  return found.steps;
}

/** Rejects with `Refusal` where one of `only` is no category of the checklist. */
async function assertCategories(file: string, { checklist }: Runbook, only: readonly string[]): Promise<void> {
  const unknown = only.find((name) => checklist?.only?.includes(name) !== true);
  if (unknown === undefined) return;
  const ids = (await readDocument(file)).runbook.checklist?.categories.map(({ id }) => id) ?? [];
  throw badInput('only', `there is no such category; ${suggestion(unknown, ids, 'categories')}`, unknown);
}

function wrongKind(file: string, kind: Runbook['kind']): Refusal {
  const message =
    kind === 'runbook'
      ? `${file} is no checklist but a runbook\nhint: gonogo run ${file}`
      : `${file} is no runbook but a checklist\nhint: gonogo audit ${file}`;
  return new Refusal({ code: 'wrong-kind', file, kind }, message);
}

type Started = Extract<EventDraft, { type: 'run.started' }>;

interface Beginning {
  readonly runbook: Runbook;
  readonly values: StartValues;
  readonly answers: Answers | null;
  readonly actor: Actor;
  readonly repo: string | null;
  readonly against: string | null;
  readonly revision: Revision | null;
  readonly rehearsal: Rehearsal | null;
}

/** True for a checklist, and for a runbook with one. */
function audits(runbook: Runbook): boolean {
  return (
    runbook.kind === 'checklist' ||
    [...outlineOf(runbook).places.values()].some(({ step }) => step.flow === 'checklist')
  );
}

function runStarted(
  { host }: World,
  { runbook, values, answers, actor, repo, against, revision, rehearsal }: Beginning,
): Started {
  const { machine } = host;
  return {
    type: 'run.started',
    actor,
    data: {
      runbook,
      sha256: digestOf(runbook),
      documents: [...runbook.documents],
      vars: { ...values.vars },
      sources: { ...values.sources },
      cwd: machine.cwd,
      ...(repo === null ? {} : { repo }),
      ...(against === null ? {} : { against }),
      ...(revision === null ? {} : { revision }),
      ...(rehearsal === null ? {} : { rehearsal }),
      ...windowFor(runbook, host.clock.now()),
      ...(runbook.target === undefined ? {} : { holds: true }),
      environment: recordedEnvironment(runbook, machine.env),
      operator: actor.name,
      hostname: machine.hostname,
      bootId: machine.bootId,
      version,
      renderer: newestRenderer,
      rules: newestRules,
      ...(answers === null ? {} : { answers: { path: answers.path, sha256: answers.sha256 } }),
    },
  };
}

/** The absolute path of a folder that items and commands look at. */
async function repoFolder({ host }: World, path: string): Promise<string> {
  const { files, machine } = host;
  const full = resolve(machine.cwd, path);
  try {
    await files.list(full);
    return full;
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    const why = error.code === 'not-directory' ? 'it is not a folder' : error.message;
    throw badInput('repo', `${why}; name the folder to look at`, path, error);
  }
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
