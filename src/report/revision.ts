/** A revision in words. */
import type { Revision } from '../run/event.ts';

/** `1a2b3c4d5e6f (main), with changes that are not committed`. */
export function revisionText({ commit, branch, dirty }: Revision): string {
  const id = commit === null ? 'no commit yet' : commit.slice(0, 12);
  const state =
    dirty === null ? ', uncommitted changes not known' : dirty ? ', with changes that are not committed' : '';
  return `${id}${branch === null ? ' (no branch)' : ` (${branch})`}${state}`;
}
