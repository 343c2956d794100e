/**
 * Calls the hooks that are due, one after the other, each recorded before it begins and when it has ended.
 *
 * Invariant: a hook ends within its timeout and what ending a command takes; what it comes to changes nothing of the run.
 */
import type { Known } from '../run/acting.ts';
import type { Circumstances } from '../run/circumstances.ts';
import { decide } from '../run/decide.ts';
import { draft } from '../run/draft.ts';
import type { EventDraft } from '../run/event.ts';
import { oneLine } from '../run/failure.ts';
import {
  calledHook,
  type HookFacts,
  hookFolder,
  hookSecrets,
  hookStep,
  hookTimeoutMs,
  nextHook,
} from '../run/hooks.ts';
import { judge } from '../run/judge.ts';
import type { Read, Reading } from '../run/reading.ts';
import { unreadable } from '../run/reading.ts';
import type { RunState } from '../run/state.ts';
import type { Hook } from '../runbook/document.ts';
import type { Performer } from './performer.ts';
import type { SessionOptions } from './session-options.ts';

/** What ending a command takes beyond its timeout at most. */
const endingMs = 20_000;

/** What calling hooks goes by. */
export interface Calling {
  readonly options: SessionOptions;
  readonly performer: Performer;
  /** What is known now: the state as of the last append. */
  known(): Known;
  circumstances(): Circumstances;
  append(drafts: readonly EventDraft[]): Promise<void>;
  /** Keeps a secret that only a hook has asked for. */
  hold(secret: { readonly name: string; readonly value: string }): void;
  /** Aborts when whoever drives the run does not want to wait for them. */
  readonly leave: AbortSignal;
}

/** Calls every hook that is due; resolves when none is, or when it is left. */
export async function callHooks(calling: Calling): Promise<void> {
  for (let hook = nextHook(calling.known().state); hook !== null; hook = nextHook(calling.known().state)) {
    if (calling.leave.aborted) return;
    await call(calling, hook);
  }
}

async function call(calling: Calling, hook: Hook): Promise<void> {
  const { state } = calling.known();
  const folder = hookFolder(state);
  const bootId = await calling.options.target.bootId();
  const facts = hookFacts(state, calling.circumstances(), calling.options.host.machine.env);
  const at = { hook: hook.id, on: hook.on };
  await calling.append([draft('hook.started', { ...at, folder, bootId })]);
  await fetchSecrets(calling, hook);
  const { ok, reason, read } = await outcome(calling, hook, facts, { folder, bootId });
  const { exit, status, ms, evidence } = read;
  await calling.append([draft('hook.ended', { ...at, ok, reason, exit, status, ms, evidence: [...evidence] })]);
}

interface Outcome {
  readonly ok: boolean;
  readonly reason: string | null;
  readonly read: Read;
}

function failed(reason: string, read: Read = unreadable(reason)): Outcome {
  return { ok: false, reason: oneLine(reason), read };
}

async function outcome(
  calling: Calling,
  hook: Hook,
  facts: HookFacts,
  named: { readonly folder: string; readonly bootId: string },
): Promise<Outcome> {
  const known = calling.known();
  const called = calledHook(known, hook, facts);
  if (!called.ok) return failed(called.message);
  const step = hookStep(hook);
  const { leave, cancel } = limit(calling, hook);
  const reading = await calling.performer.hook(step, called.value.resolved, named, leave);
  cancel();
  if (reading.kind !== 'read') return failed(whyNot(reading));
  const spec = known.specs.get(step.action);
  if (spec === undefined) return failed(`there is no action ${step.action}`, reading);
  const verdict = judge({
    body: step,
    spec,
    measured: reading,
    values: called.value.view.values,
    variables: known.state.runbook.vars,
    secrets: [...known.secrets.values()],
  });
  return { ok: verdict.ok, reason: verdict.reason, read: reading };
}

function whyNot(reading: Exclude<Reading, Read>): string {
  switch (reading.kind) {
    case 'left':
      return 'it was left before it ended';
    case 'in-doubt':
      return reading.reason;
    case 'never-began':
      return reading.why?.reason ?? 'it was interrupted before it began';
  }
}

/** A signal that aborts when the hook is left, and when it has had far more time than it may take. */
function limit({ options, leave }: Calling, hook: Hook): { readonly leave: AbortSignal; readonly cancel: () => void } {
  const over = new AbortController();
  const done = new AbortController();
  const ms = (hook.body.timeoutMs ?? hookTimeoutMs) + endingMs;
  options.host.clock.sleep(ms, done.signal).then(
    () => over.abort(),
    () => {},
  );
  return { leave: AbortSignal.any([leave, over.signal]), cancel: () => done.abort() };
}

/** A secret that comes from a command and that no step has needed is read for the hook. */
async function fetchSecrets({ options, known, hold, leave }: Calling, hook: Hook): Promise<void> {
  const { state, secrets } = known();
  for (const name of hookSecrets(state, hook)) {
    const from = state.runbook.vars[name]?.from;
    if (secrets.has(name) || from === undefined || options.readSecret === undefined) continue;
    const reading = await options.readSecret(from, leave);
    if (reading.ok) hold({ name, value: reading.value });
  }
}

/** What the hooks of `state` see: the step that the run waits at or that failed, why, for whom it waits, and where that can be seen. */
function hookFacts(state: RunState, now: Circumstances, env: Readonly<Record<string, string>>): HookFacts {
  const { question } = decide(state, now);
  const asked = question !== null && 'step' in question ? question.step : null;
  const broken =
    state.startedOrder.findLast((id: string) => state.steps.get(id)?.visits.at(-1)?.status === 'failed') ?? null;
  const step = state.arrived?.on === 'completed' ? null : (asked ?? (state.endedAt === null ? null : broken));
  const visit = step === null ? undefined : state.steps.get(step)?.visits.at(-1);
  return {
    run: state.id,
    state: state.arrived?.on ?? '',
    step: step ?? '',
    reason: state.endReason ?? visit?.reason ?? state.paused?.reason ?? '',
    waiting: state.paused?.waiting ?? '',
    url: addressOf(env),
  };
}

/** Where whoever is told can look: what the environment says of it, or the job of the pipeline that this is; empty: nowhere. */
function addressOf(env: Readonly<Record<string, string>>): string {
  const { GITHUB_SERVER_URL: forge, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: id } = env;
  const known = env['GONOGO_URL'] ?? env['CI_JOB_URL'] ?? env['BUILD_URL'];
  if (known !== undefined) return known;
  return forge === undefined || repository === undefined || id === undefined
    ? ''
    : `${forge}/${repository}/actions/runs/${id}`;
}
