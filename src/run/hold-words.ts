/** What happens between runs on one target, in words that a timeline, a watcher and a headless run share. */
import type { HoldEvent } from './holding.ts';
import { holderWords } from './questions/held.ts';

const decided = { settled: 'settled: ', 'handed-on': 'handed on to ', deferred: 'deferred: ' } as const;

/** `event` in one line; null: nobody needs to be told. */
export function holdWords(event: HoldEvent): string | null {
  switch (event.type) {
    case 'hold.requested':
      return null;
    case 'hold.taken':
      return `the run holds ${event.data.name} (${event.data.identity})`;
    case 'hold.refused':
      return `another run holds ${event.data.name}: ${event.data.holders.map(holderWords).join('; ')}`;
    case 'hold.awaited':
      return `waits until ${event.data.name} is let go`;
    case 'hold.overridden':
      return `goes on beside ${event.data.runs.join(', ')}: ${event.data.reason}`;
    case 'hold.shared':
      return `run ${event.data.run} goes on beside this one: ${event.data.reason}`;
    case 'hold.released':
      return `the target was let go: ${event.data.reason}`;
    case 'owed.decided':
      return `${event.data.item} ${decided[event.data.as]}${event.data.text}`;
    case 'rollback.permitted':
      return `may be rolled back over run ${event.data.over}: ${event.data.reason}`;
  }
}
