/** What somebody who drives the run says beside what is asked. */
import type { Actor } from './event.ts';
import { offers } from './handing-over.ts';
import type { Response } from './response.ts';
import type { RunState } from './state.ts';

export type Saying = { readonly kind: 'handover'; readonly to: string; readonly note: string };

/** What it makes true. */
export function says(state: RunState, saying: Saying, actor: Actor): Response {
  return offers(state, saying, actor);
}
