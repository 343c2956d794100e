/**
 * Tells a document of ours from any other text by how it begins, before anything else of it is looked at: what is no
 * document of ours may be somebody's secret, and then none of it is shown.
 */

/** The first keys that documents have. */
export const documentKinds = ['runbook', 'checklist', 'steps'] as const;

const opening =
  /^(?:\ufeff)?(?:[ \t]*(?:#[^\n]*|---[^\n]*|%[^\n]*)?\r?\n)*[ \t]*["']?(?:runbook|checklist|steps)["']?[ \t]*:/;
const openingLengthMax = 64 * 1024;

/** True when the first key of `text` is one of ours, after comments and blank lines. */
export function isOurs(text: string): boolean {
  return opening.test(text.slice(0, openingLengthMax));
}
