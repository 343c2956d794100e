/** Text compares character by character: "1.10" comes before "1.9". What looks like versions is compared as versions. */
import type { Rule } from '../model.ts';
import { expressionsIn } from './expressions-in.ts';

// Each is tried once a word and reads on in one way only, so the time grows with the length of an expression.
const literal = `["']v?\\d+\\.\\d[0-9A-Za-z.+-]*["']`;
const named = '\\b(?=[a-z_]*version)[a-z0-9_]+\\b(?!\\s*\\()';
const order = '\\s*(?:<=?|>=?)\\s*';
const word = '(?<![a-z0-9_]|[a-z0-9_]\\.)[a-z][a-z0-9_]*(?:\\.[a-z0-9_]+)*';
const compared = new RegExp(`(?:${literal}${order}${word}|${word}${order}${literal}|${named}${order}${named})`, 'g');

export const versionsCompare: Rule = ({ uses }, problems) => {
  for (const use of uses) {
    if (use.kind === 'script') continue;
    for (const { source, start } of expressionsIn(use).expressions) {
      for (const { 0: found, index } of source.matchAll(compared)) {
        const { doc, span } = use.place(start + index, start + index + found.length);
        const message = 'these look like versions and compare as text: "1.10" < "1.9"';
        const hint = 'put each side into version(…)';
        problems.at(doc, span, { severity: 'warning', code: 'version-as-text', message, hint });
      }
    }
  }
};
