/**
 * Hands a run to somebody by name: offered from anywhere, taken from anywhere once what is in doubt and owed was read back.
 *
 * Invariant: `recorded` is said only when the event is in the journal, and nothing is changed by what is refused.
 */
import { visible } from '../diagnostics/sanitise.ts';
import type { DataOf } from '../run/event.ts';
import { offers, takes, toReadBack } from '../run/handing-over.ts';
import type { RunState } from '../run/state.ts';
import { isName } from '../runbook/person-name.ts';
import { type Decided, decidedBy } from './decisions.ts';
import { send } from './messages.ts';
import { operatorName } from './operator.ts';
import { badInput, Refusal } from './refusal.ts';
import { readKnownRun, type World } from './world.ts';

interface Handing {
  /** An id, a unique part of one, or `latest`. */
  readonly run: string;
  readonly operator?: string | undefined;
}

export interface HandOverRequest extends Handing {
  readonly to: string;
  /** What they should know. */
  readonly note?: string | undefined;
}

/** Offers a run to somebody. Throws `Refusal` for a blank name and a run that has ended, and `JournalError`. */
export async function handOver(
  world: World,
  { run, to, note, operator }: HandOverRequest,
): Promise<Decided<DataOf<'handover.offered'>>> {
  if (to.trim() === '') throw badInput('to', 'the name is empty');
  if (!isName(to)) throw badInput('to', `the name "${visible(to)}" has no letter or digit`);
  const { id, state } = await readKnownRun(world, run);
  const from = operatorName(world, operator);
  const offered = offers(state, { to, note }, { via: 'command', name: from });
  if (!offered.ok) throw new Refusal({ code: 'nothing-to-hand-over', run: id }, `run ${id}: ${offered.message}`);
  const sent = await send(world, id, { kind: 'handover', from, to: to.trim(), note: note ?? null });
  return decidedBy(sent, (event) => (event.type === 'handover.offered' ? event.data : null));
}

/** What a run that is offered asks for. `read`: the ids that are to be read back. Throws `Refusal` where nobody hands it over. */
export async function offeredTo(
  world: World,
  { run }: Handing,
): Promise<{ readonly state: RunState; readonly read: readonly string[] }> {
  const { id, state } = await readKnownRun(world, run);
  if (state.offer === null || state.endedAt !== null)
    throw new Refusal({ code: 'nothing-to-hand-over', run: id }, `nobody hands run ${id} over now`);
  return { state, read: toReadBack(state) };
}

/** Takes a run that was offered to whoever does. Throws `Refusal` where it cannot be, and `JournalError`. */
export async function takeOffered(
  world: World,
  { run, read, operator }: Handing & { readonly read: readonly string[] },
): Promise<Decided<DataOf<'handover.taken'>>> {
  const { id, state } = await readKnownRun(world, run);
  const from = operatorName(world, operator);
  const taken = takes(state, { by: from, read }, { via: 'command', name: from });
  if (!taken.ok) throw new Refusal({ code: 'nothing-to-hand-over', run: id }, `run ${id}: ${taken.message}`);
  const sent = await send(world, id, { kind: 'take-over', from, read });
  return decidedBy(sent, (event) => (event.type === 'handover.taken' ? event.data : null));
}
