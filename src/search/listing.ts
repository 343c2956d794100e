/** What a walk over folders asks: names, facts, and what is left out. */
import type { FileFacts } from '../host/host.ts';
import type { Ignore } from './ignore.ts';

/** Names in a folder and facts about paths, as `FileLooks` has them. */
export interface Listing {
  list(folder: string): Promise<readonly string[]>;
  /** lstat; null when there is nothing. A fact that is known already comes without a promise. */
  facts(path: string): FileFacts | null | Promise<FileFacts | null>;
  /** Null: nothing is left out. */
  readonly ignore: Ignore | null;
}
