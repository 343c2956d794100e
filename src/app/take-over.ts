/**
 * Taking a run over from whoever drives it elsewhere and cannot be asked: a person's decision, made on sight of what it means.
 *
 * Invariant: nothing is changed before what is in doubt was read back. No clock decides: when the driver was last heard of is only shown.
 */
import type { DataOf } from '../run/event.ts';
import { outlineOf } from '../run/outline.ts';
import { type BegunCommand, openAttempts } from '../run/standing.ts';
import type { RunState } from '../run/state.ts';
import type { StepId } from '../runbook/document.ts';
import type { Driver } from '../store/store.ts';
import { resumeAnswers } from './answers-file.ts';
import { badInput } from './refusal.ts';
import { readKnownRun, type World } from './world.ts';

/** Which lease is taken over, and from whom and why, as it is recorded. */
export interface TakingOver {
  readonly lease: number;
  readonly told: NonNullable<DataOf<'run.resumed'>['takenOver']>;
}

/** What whoever takes over has to know. */
export interface TakeOverBrief {
  readonly run: string;
  readonly state: RunState;
  readonly driver: Driver;
  /** Attempts on the machine of the driver whose end is not recorded: whether they still run, only it can tell. */
  readonly inDoubt: readonly BegunCommand[];
  /** Attempts on hosts whose end is not recorded: whoever drives asks the hosts. */
  readonly onHosts: readonly BegunCommand[];
}

/** What taking `name` over means; null: nobody drives it elsewhere, so there is nothing to take over. Throws `JournalError`. */
export async function takeOverBrief(world: World, name: string): Promise<TakeOverBrief | null> {
  const { id, state } = await readKnownRun(world, name);
  const driver = state.endedAt === null ? await world.journals.driver(id) : null;
  if (driver === null || driver.here) return null;
  const open = openAttempts(state).filter(({ step }) => !holdsOthers(state, step));
  const onHosts = open.filter(({ attempt }) => attempt.host !== null);
  return { run: id, state, driver, inDoubt: open.filter(({ attempt }) => attempt.host === null), onHosts };
}

/** Nothing of it runs anywhere but what runs of the steps in it. */
function holdsOthers({ runbook }: RunState, step: StepId): boolean {
  return (outlineOf(runbook).places.get(step)?.step.flow ?? 'leaf') !== 'leaf';
}

/** Throws `Refusal` unless the answers file says what every attempt in doubt came to: with nobody in front that is the read-back. */
export async function assertSettled(
  world: World,
  { run, inDoubt }: TakeOverBrief,
  answers: string | undefined,
): Promise<void> {
  const file = resumeAnswers(await readKnownRun(world, run), answers, false);
  const missing = inDoubt.filter(({ step }) => file?.settles(step) !== true).map(({ step }) => step);
  if (missing.length === 0) return;
  const ways = missing.map((step) => `${step}: {settle: passed|failed|rerun, reason: …}`).join('; ');
  throw badInput('take-over', `what these came to is in doubt, and the answers do not say it: ${ways}`);
}

/** Throws `Refusal` unless `typed` names all attempts in doubt and no other. */
export function assertReadBack({ inDoubt }: TakeOverBrief, typed: string): void {
  const said = new Set(typed.split(/[\s,]+/).filter((word) => word !== ''));
  const wanted = new Set(inDoubt.map(({ step }) => step));
  if (said.size === wanted.size && [...wanted].every((step) => said.has(step))) return;
  throw badInput('take-over', `the steps in doubt are ${[...wanted].join(' ')}; nothing was changed`);
}
