/**
 * A file that somebody gives as evidence of a step, at any time after the run came to it: also of one that is over, and of a run
 * that has ended. It decides nothing.
 */
import type { StepId } from '../runbook/document.ts';
import { draftBy } from './draft.ts';
import type { Actor, DataOf, Evidence, RunEvent } from './event.ts';
import { accepts, type Response, refuses } from './response.ts';
import type { Attachment, RunState } from './state.ts';

/** Where copies of such files lie in the run. */
export const ATTACHED = 'attached';

/** How many files one step takes so. */
const filesMax = 100;

export interface Attaching {
  readonly step: StepId;
  readonly evidence: readonly Evidence[];
  readonly note?: string | undefined;
  /** The message that brought it. */
  readonly inbox?: string | undefined;
}

/** Why no file can be attached to step `id`; null: one can. */
export function attachObjection(state: RunState, id: StepId): string | null {
  const step = state.steps.get(id);
  if (step === undefined) return `the run has no step ${id}`;
  if (step.visits.length === 0) return `the run has not come to ${id} yet`;
  const given = state.attachments.filter((one) => one.step === id).length;
  return given < filesMax ? null : `${id} has ${filesMax} attached files already; pack more into one`;
}

/** Attaches a file, whose copy is in the run. */
export function attaches(state: RunState, { step, evidence, note, inbox }: Attaching, actor: Actor): Response {
  const objection = attachObjection(state, step);
  if (objection !== null) return refuses(objection);
  const visit = state.steps.get(step)?.visits.length ?? 1;
  const said = note === undefined || note.trim() === '' ? {} : { note: note.trim() };
  const from = inbox === undefined ? {} : { inbox };
  return accepts(draftBy(actor, 'evidence.attached', { step, visit, evidence: [...evidence], ...said, ...from }));
}

/** The state after a file was attached. */
export function attached(state: RunState, event: Extract<RunEvent, { type: 'evidence.attached' }>): RunState {
  const { step, inbox = null } = event.data;
  const one: Attachment = { seq: event.seq, step, inbox };
  return { ...state, attachments: state.attachments.append(one) };
}

/** Why the rules do not allow `event` in `state`; null when they do. */
export function attachBreach(
  state: RunState,
  { actor, data }: Extract<RunEvent, { type: 'evidence.attached' }>,
): string | null {
  if (actor.via !== 'command' || data.inbox === undefined) return 'only a person attaches a file, by a message';
  const [piece, ...more] = data.evidence;
  if (piece === undefined || more.length > 0) return 'one file is attached at a time';
  if (!isAttachedPath(piece.path)) return 'what is attached lies elsewhere in the run';
  const response = attaches(state, data, actor);
  if (!response.ok) return response.message;
  const [due] = response.events;
  return due?.type === 'evidence.attached' && due.data.visit === data.visit ? null : 'it is of another visit';
}

/** True for a path under which copies of attached files lie. */
export function isAttachedPath(path: string): boolean {
  return new RegExp(`^${ATTACHED}/[a-z0-9-]+/[A-Za-z0-9._-]+$`).test(path);
}

/** `shot.png: as the dashboard had it`. */
export function attachedText({ evidence, note }: Pick<DataOf<'evidence.attached'>, 'evidence' | 'note'>): string {
  const names = evidence.map(({ path }) => path.slice(path.lastIndexOf('/') + 1)).join(', ');
  return note === undefined ? names : `${names}: ${note}`;
}
