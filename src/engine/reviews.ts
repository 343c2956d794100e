/** Reviews that an answer gave, written into the documents, so that each is asked for once. */
import type { Actor, DataOf, EventDraft } from '../run/event.ts';
import type { RunState } from '../run/state.ts';

/** Writes one review; resolves with what is then to be recorded, which is nothing when it could not be written. */
export type WriteReview = (
  state: RunState,
  reviewed: DataOf<'step.reviewed'>,
  actor: Actor,
) => Promise<readonly EventDraft[]>;

/** Writes every review among `given`, which are durable already. */
export async function reviewsWritten(
  write: WriteReview | undefined,
  state: RunState,
  given: readonly EventDraft[],
  actor: Actor,
): Promise<readonly EventDraft[]> {
  const written: EventDraft[] = [];
  for (const event of given) {
    if (event.type === 'step.reviewed') written.push(...((await write?.(state, event.data, actor)) ?? []));
  }
  return written;
}
