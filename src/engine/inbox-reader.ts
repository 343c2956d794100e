/** What has come into the inbox of the run that this process drives, as events, and how it is settled. */
import type { EventDraft } from '../run/event.ts';
import type { RunState } from '../run/state.ts';
import { depositJudge, inboxEvents, refusedNote, type TakenMessage, trustsNobody } from './inbox.ts';
import { reachable } from './refusals.ts';
import type { SessionOptions } from './session-options.ts';

/** Messages with the events that they come to, the word about what is no message among them. */
export interface Come {
  readonly events: readonly EventDraft[];
  readonly taken: readonly TakenMessage[];
}

export class InboxReader {
  readonly #options: SessionOptions;
  readonly #secrets: () => readonly string[];
  /** How many files of the inbox that are no messages were told of. */
  #refused = 0;

  constructor(options: SessionOptions, secrets: () => readonly string[]) {
    this.#options = options;
    this.#secrets = secrets;
  }

  /** True when something is there that was not told of. */
  async hasMore(): Promise<boolean> {
    const { journal } = this.#options;
    const messages = (await reachable(journal.inbox())) ?? [];
    return messages.length > 0 || journal.refused.length > this.#refused;
  }

  /** What has come, to be recorded now: what the inbox held that is no message is told in the journal, because somebody put it there. */
  async read(state: RunState): Promise<Come> {
    const { journal, approvalJudge = trustsNobody } = this.#options;
    const messages = (await reachable(journal.inbox())) ?? [];
    const judges = { approval: approvalJudge, deposit: depositJudge(journal, this.#secrets()) };
    const taken = await inboxEvents(state, messages, judges, journal.now());
    const told = refusedNote(journal.refused.slice(this.#refused));
    this.#refused = journal.refused.length;
    return { events: [...taken.flatMap(({ events }) => events), ...told], taken };
  }

  /** Removes what is recorded. A message that cannot be removed now is known by its id, and removed by the next opening. */
  async settle(taken: readonly TakenMessage[]): Promise<void> {
    for (const { id } of taken) await reachable(this.#options.journal.settleInbox(id));
  }
}
