/** A journal that is kept nowhere: the run of a rehearsal, from a point that an earlier one came to. */
import type { Head } from '../journal/journal.ts';
import type { EventDraft, RunEvent } from '../run/event.ts';
import type { Journal } from '../store/journals.ts';
import type { EvidenceReader } from '../store/store.ts';
import { digestOf } from './machine.ts';

const nothing: EvidenceReader = {
  size: async () => null,
  readRange: async () => new Uint8Array(),
  readTail: async () => ({ bytes: new Uint8Array(), size: 0 }),
  digests: async () => null,
  elsewhere: async () => null,
};

export interface MemoryJournal extends Journal {
  /** Places `drafts` after all that there is, without anybody being told. */
  place(drafts: readonly EventDraft[]): readonly RunEvent[];
}

/** A journal after record `seq`. `recorded` is called with each event as it is appended; `now`: epoch ms. */
export function memoryJournal(seq: number, now: () => number, recorded: (event: RunEvent) => void): MemoryJournal {
  let head: Head = { seq, sha256: `record ${seq}` };
  const place = (drafts: readonly EventDraft[]): readonly RunEvent[] =>
    drafts.map((draft) => {
      head = { seq: head.seq + 1, sha256: `record ${head.seq + 1}` };
      const event: RunEvent = { ...draft, seq: head.seq, at: now(), sha256: head.sha256 };
      recorded(event);
      return event;
    });
  return {
    id: 'rehearsal',
    get head() {
      return head;
    },
    events: [],
    workspace: '/rehearsal',
    now,
    jump: () => null,
    keepOut: () => {},
    seal: (drafts) => drafts,
    append: async (drafts) => place(drafts),
    pin: async () => {},
    keep: async (path, bytes) => ({ path, ...digestOf(bytes) }),
    evidence: nothing,
    discard: async () => {},
    inbox: async () => [],
    settleInbox: async () => {},
    refused: [],
    hurry: () => {},
    close: async () => {},
    place,
  };
}
