/**
 * Attaches a file to a step of a run from another terminal. It is copied into the run first; whoever drives the run records the copy.
 *
 * Invariants: the copy is durable before the message that names it is sent; `recorded` is said only when the event is in the
 * journal; what is refused is not kept.
 */
import { isAbsolute, join } from 'node:path';
import { attachedBytes, plainName } from '../engine/attach.ts';
import { HostError } from '../host/host.ts';
import { attachObjection } from '../run/attached.ts';
import type { DataOf } from '../run/event.ts';
import { type Decided, decidedBy, didYouMean } from './decisions.ts';
import { send } from './messages.ts';
import { operatorName } from './operator.ts';
import { Refusal } from './refusal.ts';
import { secretsFromEnvironment } from './variables.ts';
import { readKnownRun, type World } from './world.ts';

export interface AttachRequest {
  /** An id, a unique part of one, or `latest`. */
  readonly run: string;
  readonly step: string;
  /** From the current folder, unless absolute. */
  readonly file: string;
  readonly note?: string | undefined;
  readonly operator?: string | undefined;
}

/** Throws `Refusal` `not-attached` for a step or a file that cannot be, and `JournalError`. */
export async function attachTo(
  world: World,
  { run, step, file, note, operator }: AttachRequest,
): Promise<Decided<DataOf<'evidence.attached'>>> {
  const { id, state } = await readKnownRun(world, run);
  const { files, machine } = world.host;
  const refuse = (why: string): Refusal => new Refusal({ code: 'not-attached', run: id, step }, why);
  const objection = attachObjection(state, step);
  if (objection !== null)
    throw refuse(`${objection}${state.steps.has(step) ? '' : didYouMean(step, state.steps.keys())}`);
  const secrets = [...secretsFromEnvironment(state.runbook, machine.env).values()];
  const path = isAbsolute(file) ? file : join(machine.cwd, file);
  let bytes: Uint8Array;
  try {
    bytes = await attachedBytes(files, path, secrets);
  } catch (error) {
    if (error instanceof HostError) throw refuse(error.message);
    throw error;
  }
  const evidence = await world.journals.deposit(id, plainName(path), bytes);
  const from = operatorName(world, operator);
  const message = { kind: 'attach', from, step, note: note ?? null, evidence } as const;
  return decidedBy(await send(world, id, message), (event) => (event.type === 'evidence.attached' ? event.data : null));
}
