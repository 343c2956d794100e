/** What a step needs before it may start: secrets that this process holds, and readings that are no attempts of it. */
import type { Step } from '../runbook/document.ts';
import type { At } from './arrival.ts';
import type { Circumstances } from './circumstances.ts';
import { asks, type Decision, idle, only } from './decision.ts';
import { draft } from './draft.ts';
import { type VariableQuestion, variableQuestion } from './questions/variable.ts';
import { secretsIn } from './scope.ts';
import type { ProbeState, RunState } from './state.ts';

/** A secret that `needed` names, that was given to an earlier process, and that this one does not hold: it is asked for again. */
export function missingSecret(state: RunState, now: Circumstances, needed: readonly string[]): VariableQuestion | null {
  const name = needed.find((one) => isLost(state, now, one) && canBeHad(state, now, one));
  return name === undefined ? null : variableQuestion(state, name);
}

/** Why a step that needs the secrets `needed` cannot start: one of them came from an environment that has it no more. */
export function lostSecret(state: RunState, now: Circumstances, needed: readonly string[]): string | null {
  const name = needed.find((one) => isLost(state, now, one));
  if (name === undefined) return null;
  const unavailable = now.unavailable.get(name);
  if (unavailable !== undefined) return `${lostWords(name)}${unavailable}`;
  const from = state.runbook.vars[name]?.env;
  return `the secret ${name} is not there any more${from === undefined ? '' : `: set ${from} and resume`}`;
}

/** How the reason of a step begins that needs a secret whose command failed. */
function lostWords(secret: string): string {
  return `the secret ${secret} cannot be had: `;
}

/** The failed command that `reason`, of a step that failed, tells of; null: it tells of something else. */
export function unavailableIn(reason: string, secrets: readonly string[]): readonly [string, string] | null {
  const secret = secrets.find((name) => reason.startsWith(lostWords(name)));
  return secret === undefined ? null : [secret, reason.slice(lostWords(secret).length)];
}

function canBeHad(state: RunState, now: Circumstances, secret: string): boolean {
  const { ask, from } = state.runbook.vars[secret] ?? {};
  return ask !== undefined || (from !== undefined && !now.unavailable.has(secret));
}

function isLost(state: RunState, now: Circumstances, secret: string): boolean {
  return state.variables.has(secret) && !now.held.has(secret);
}

/** Reads the step's `done_when`. */
export function probeDoneWhen(state: RunState, now: Circumstances, step: Step, at: At): Decision {
  const secret = step.doneWhen === undefined ? null : missingSecret(state, now, secretsIn(state, step.doneWhen));
  if (secret !== null) return asks(secret);
  return probe(state, now, 'done-when', at);
}

/** Reads the target's identity: before the first step (`at` null), or for one that changes something. */
export function probeTarget(state: RunState, now: Circumstances, at: At | null): Decision {
  const identity = state.runbook.target?.identity;
  const secret = identity === undefined ? null : missingSecret(state, now, secretsIn(state, identity));
  if (secret !== null) return asks(secret);
  return probe(state, now, 'identity', at);
}

function probe(state: RunState, now: Circumstances, kind: ProbeState['probe'], at: At | null): Decision {
  const open = state.openProbes.find((one) => one.probe === kind && one.step === (at?.step ?? null));
  if (open !== undefined) return { ...idle, probes: [open] };
  const name = kind === 'identity' ? 'identity' : `done_when-${at?.step ?? ''}`;
  const folder = `probes/${String(state.probes + 1).padStart(4, '0')}-${name}`;
  return only(draft('probe.started', { probe: kind, ...(at ?? {}), folder, bootId: now.bootId }));
}
