/**
 * Hooks: what a document has done each time the run comes to a state: paused, failed, rolled back, completed.
 *
 * Invariants:
 * - A hook is due after the record that brought the run to its state, each once, in the order of the document. What comes of it
 *   is on record and decides nothing: no step, no answer, no end of the run.
 * - A hook whose process died is not made up for: whether it was heard cannot be known, and telling twice is no better.
 * - A run that is interrupted or abandoned calls none: whoever does that is there and wants to be gone.
 */
import type { Hook, Step } from '../runbook/document.ts';
import type { Known } from './acting.ts';
import type { DataOf, RunEvent } from './event.ts';
import {
  celValues,
  type Resolved,
  type Result,
  resolveBody,
  scopeOf,
  secretsIn,
  textValues,
  type View,
} from './scope.ts';
import type { HookState, RunState } from './state.ts';

/** A webhook that hangs must not hold up whoever waits for the run to let go. */
export const hookTimeoutMs = 30_000;

/** What a hook sees of the run, under names of its own. */
export type HookFacts = Readonly<Record<(typeof hookNames)[number], string>>;
const hookNames = ['run', 'state', 'step', 'reason', 'waiting', 'url'] as const;

type HookEvent = Extract<RunEvent, { type: 'hook.started' | 'hook.ended' }>;

/** The hook that is due in `state`; null: none is, or one is under way. */
export function nextHook({ arrived, hooks, runbook }: RunState): Hook | null {
  if (arrived === null) return null;
  const own = (runbook.hooks ?? []).filter(({ on }) => on === arrived.on);
  const called = hooks.filter(({ seq }) => seq > arrived.seq);
  return called.at(-1)?.end === null ? null : (own[called.length] ?? null);
}

/** The state to which `event` brings the run, for hooks; null: to none that has any. */
export function arrivalIn(event: Extract<RunEvent, { type: 'run.paused' | 'run.ended' }>): RunState['arrived'] {
  const { seq } = event;
  if (event.type === 'run.paused') return event.data.reason === 'interrupted' ? null : { on: 'paused', seq };
  return event.data.status === 'abandoned' ? null : { on: event.data.status, seq };
}

/** The state with one more event of a hook. */
export function hooked(state: RunState, event: HookEvent): RunState {
  if (event.type === 'hook.started') {
    const { hook, on, folder, bootId } = event.data;
    const begun: HookState = { hook, on, folder, bootId, seq: event.seq, at: event.at, end: null };
    return { ...state, hooks: [...state.hooks, begun] };
  }
  const last = state.hooks.at(-1);
  if (last === undefined) return state;
  return { ...state, hooks: [...state.hooks.slice(0, -1), { ...last, end: event.data }] };
}

/** Why `event` cannot have come of the hooks of the document; null when it can. */
export function hookBreach(state: RunState, event: HookEvent): string | null {
  if (event.actor.via !== 'engine') return 'no person calls a hook';
  const { hook, on } = event.data;
  if (event.type === 'hook.started') {
    const due = nextHook(state);
    if (due === null || due.id !== hook || due.on !== on) return `the hook ${hook} is not due`;
    return event.data.folder === hookFolder(state) ? null : 'its folder is not the next one';
  }
  const open = state.hooks.at(-1);
  if (open === undefined || open.end !== null || open.hook !== hook || open.on !== on)
    return `the hook ${hook} is not under way`;
  return event.data.ok === (event.data.reason === null) ? null : 'what failed has a reason, and what did not has none';
}

/** Where the next hook keeps what it leaves, relative to the run's folder. */
export function hookFolder({ hooks }: RunState): string {
  return `hooks/${String(hooks.length + 1).padStart(3, '0')}`;
}

/** The hook as the step that it runs as. */
export function hookStep(hook: Hook): Step {
  return {
    ...hook.body,
    id: hook.id,
    title: hook.title,
    timeoutMs: hook.body.timeoutMs ?? hookTimeoutMs,
    undo: { kind: 'none' },
    onFail: 'continue',
    danger: false,
    tty: false,
    roles: [],
    bindings: {},
    flow: 'leaf',
    blocks: [],
  };
}

/** Secrets that `hook` needs. */
export function hookSecrets(state: RunState, hook: Hook): readonly string[] {
  return secretsIn(state, hook.body);
}

/** What a hook acts on and is judged by. */
export interface Called {
  readonly resolved: Resolved;
  readonly view: View;
}

/** The body of `hook` with everything filled in, or why it cannot be. A secret may be held that no step has asked for. */
export function calledHook({ state, specs, secrets }: Known, hook: Hook, facts: HookFacts): Result<Called> {
  const needed = secretsIn(state, hook.body);
  const lost = needed.find((name) => !secrets.has(name));
  if (lost !== undefined) return { ok: false, message: `the secret ${lost} is not there` };
  const held = new Map(needed.map((name) => [name, secrets.get(name) ?? '']));
  const texts = new Map([...textValues(state, null, secrets), ...held]);
  const scope = scopeOf(state.runbook, specs, hook.body, hookNames);
  const view: View = { scope, values: celValues(state, texts, facts), texts, bindings: facts };
  const resolved = resolveBody(state, specs, view, hook.body);
  return resolved.ok ? { ok: true, value: { resolved: resolved.value, view } } : resolved;
}

/** `paused: tell_ops failed: HTTP 500`, `completed: tell_ops, status 200`. */
export function hookWords({ hook, on, ok, reason, exit, status }: DataOf<'hook.ended'>): string {
  const came = status !== null ? `, status ${status}` : exit !== null ? `, exit ${exit}` : '';
  return `${on}: ${hook}${ok ? came : ` failed: ${reason ?? ''}`}`;
}
