/**
 * What the steps of a run printed, as lines: what is there, and with `follow` what comes, until it is over.
 *
 * Invariant: reading changes nothing; each line comes once, step after step in the order in which they began.
 */
import { outputLines } from '../feed/output-lines.ts';
import { RunFeed } from '../feed/run-feed.ts';
import { evidenceOf } from '../feed/step-output.ts';
import { nameOnHost, placeOnHost } from '../run/host-of.ts';
import { hostVisits } from '../run/host-results.ts';
import { outlineOf } from '../run/outline.ts';
import type { AttemptState, RunState, VisitState } from '../run/state.ts';
import type { StepId } from '../runbook/document.ts';
import { Refusal } from './refusal.ts';
import type { ReadRun, World } from './world.ts';

export interface LogsWanted {
  /** Null: every step. */
  readonly step: StepId | null;
  /** Only what happened on this host; null: everywhere. */
  readonly host: string | null;
  /** Only steps whose last visit failed or is in doubt. */
  readonly failed: boolean;
  /** Also what is printed from now on, until the run (or the step) has ended or `signal` is aborted. */
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

/** `step`: the lines after it are of this one, which is called `name` where it happens; `stream`: of which file of it. */
export type LogLine =
  | { readonly kind: 'step'; readonly name: string; readonly title: string; readonly attempt: number }
  | { readonly kind: 'stream'; readonly name: 'Standard error' | 'Evidence' }
  | { readonly kind: 'line'; readonly text: string }
  /** What comes before it is only the beginning. */
  | { readonly kind: 'elsewhere'; readonly hostname: string };

/** The output of `run`. Throws `Refusal` for a step or a host that the run does not have. Lines are as a terminal would leave them, not sanitised. */
export async function* logs(world: World, run: ReadRun, wanted: LogsWanted): AsyncGenerator<LogLine> {
  const feed = new RunFeed(world.journals, run.state);
  if (wanted.step !== null) assertStep(run.state, wanted.step);
  if (wanted.host !== null) assertHost(run.state, wanted.host);
  const seen = new Set<string>();
  for (;;) {
    const next = attemptsOf(feed.state(), wanted).find(({ attempt }) => !seen.has(attempt.folder));
    if (next !== undefined) {
      seen.add(next.attempt.folder);
      yield* ofAttempt(world, feed, next, wanted);
      continue;
    }
    if (!wanted.follow || wanted.signal.aborted || isOver(feed.state(), wanted)) return;
    await feed.wait(wanted.signal);
  }
}

interface Wanted {
  readonly step: StepId;
  readonly visit: VisitState;
  readonly attempt: AttemptState;
}

/** The last attempt of each step that is wanted, in the order in which they began; all of them that follow where they are followed. */
function attemptsOf(state: RunState, { step, host, failed }: LogsWanted): readonly Wanted[] {
  const { places } = outlineOf(state.runbook);
  return state.startedOrder.flatMap((id) => {
    // What holds other steps prints nothing itself.
    if ((places.get(id)?.step.flow ?? 'leaf') !== 'leaf') return [];
    const visit = state.steps.get(id)?.visits.findLast(({ attempts }) => attempts.length > 0);
    const attempt = visit?.attempts.at(-1);
    if (visit === undefined || attempt === undefined) return [];
    if (step !== null && id !== step && placeOnHost(state, id, visit)?.step !== step) return [];
    if (host !== null && attempt.host !== host) return [];
    const bad = visit.status === 'failed' || visit.status === 'in-doubt';
    return failed && !bad ? [] : [{ step: id, visit, attempt }];
  });
}

async function* ofAttempt(
  world: World,
  feed: RunFeed,
  { step, visit, attempt }: Wanted,
  { follow, signal }: LogsWanted,
): AsyncGenerator<LogLine> {
  const source = world.journals.evidence(feed.state().id);
  const isOpen = (): boolean => follow && !signal.aborted && isGrowing(feed.state(), attempt);
  const growing = { isOpen, wait: () => feed.wait(signal) };
  const name = nameOnHost(feed.state(), step, visit);
  yield { kind: 'step', name, title: titleOf(feed.state(), step), attempt: attempt.attempt };
  let any = false;
  for await (const text of outputLines(source, `${attempt.folder}/output.log`, growing)) {
    any = true;
    yield { kind: 'line', text };
  }
  const elsewhere = await source.elsewhere(`${attempt.folder}/output.log`);
  if (elsewhere !== null) yield { kind: 'elsewhere', hostname: elsewhere };
  const beside: (readonly ['Standard error' | 'Evidence', string | null])[] = [
    ['Standard error', `${attempt.folder}/stderr.log`],
    ['Evidence', any ? null : evidenceOf(attempt)],
  ];
  for (const [name, path] of beside) {
    if (path === null) continue;
    let first = true;
    for await (const text of outputLines(source, path, { isOpen: () => false, wait: async () => undefined })) {
      if (first) yield { kind: 'stream', name };
      first = false;
      yield { kind: 'line', text };
    }
  }
}

function isGrowing(state: RunState, { folder }: AttemptState): boolean {
  if (state.endedAt !== null) return false;
  for (const { visits } of state.steps.values()) {
    const now = visits.at(-1)?.attempts.find((attempt) => attempt.folder === folder);
    if (now !== undefined) return now.status === 'started' || now.status === 'stopping';
  }
  return false;
}

/** Nothing more can come: the run is over, or the step that is wanted is, where it is wanted. */
function isOver(state: RunState, { step, host }: LogsWanted): boolean {
  if (state.endedAt !== null) return true;
  if (step === null) return false;
  const on = host === null ? undefined : hostVisits(state, step).get(host);
  const status = (on?.visit ?? state.steps.get(step)?.visits.at(-1))?.status;
  return status !== undefined && status !== 'pending' && status !== 'running';
}

function titleOf(state: RunState, id: StepId): string {
  const { places, undos } = outlineOf(state.runbook);
  return places.get(id)?.step.title ?? `Undo of ${undos.get(id)?.of ?? id}`;
}

/** Whether `step` is one that happens on hosts, and so has an output of each. */
export function isOnHosts({ runbook }: RunState, step: StepId): boolean {
  const { places } = outlineOf(runbook);
  return (places.get(step) ?? places.get(step.replace(/^undo_/, '')))?.step.on !== undefined;
}

function assertHost(state: RunState, host: string): void {
  const hosts = [...state.fleet.known.keys()];
  if (hosts.includes(host)) return;
  const which =
    hosts.length === 0
      ? 'nothing of it happens on hosts'
      : `its hosts are: ${hosts.slice(0, 12).join(', ')}${hosts.length > 12 ? ', …' : ''}`;
  throw new Refusal({ code: 'no-host', run: state.id, host }, `run ${state.id} has no host "${host}"; ${which}`);
}

function assertStep(state: RunState, step: StepId): void {
  const { places, undos } = outlineOf(state.runbook);
  if (places.has(step) || undos.has(step) || isOnHosts(state, step)) return;
  const names = [...places.keys()].slice(0, 12).join(', ');
  throw new Refusal(
    { code: 'no-step', run: state.id, step },
    `run ${state.id} has no step "${step}"; its steps are: ${names}${places.size > 12 ? ', …' : ''}`,
  );
}
