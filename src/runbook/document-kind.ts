/**
 * Tells a document of ours from any other text by how it begins, before anything else of it is looked at: what is no
 * document of ours may be somebody's secret, and then none of it is shown.
 */

/** The first keys that documents have. */
export const documentKinds = ['runbook', 'checklist', 'steps'] as const;

const opening = openingOf(documentKinds);
const drillOpening = openingOf(['drill']);
const openingLengthMax = 64 * 1024;

/** True when the first key of `text` is one of ours, after comments and blank lines. */
export function isOurs(text: string): boolean {
  return opening.test(text.slice(0, openingLengthMax));
}

/** True when `text` begins as a drill file does, which is no document by itself. */
export function isDrillText(text: string): boolean {
  return drillOpening.test(text.slice(0, openingLengthMax));
}

/**
 * Comments, directives and markers alone, then a whole key: a quote that is not closed, a colon without space behind it, and
 * whatever else is on such a line make it somebody else's text.
 */
function openingOf(keys: readonly string[]): RegExp {
  const key = keys.join('|');
  const before = String.raw`^\ufeff?(?:(?:[ \t]*(?:#[^\n]*)?|---[ \t]*(?:[ \t]#[^\n]*)?|%YAML[ \t]+[0-9.]+[ \t]*)\r?\n)*`;
  return new RegExp(`${before} *(?:(?:${key})|"(?:${key})"|'(?:${key})') *:(?=[ \\t\\r\\n]|$)`);
}
