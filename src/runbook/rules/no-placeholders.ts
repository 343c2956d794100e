/** Text for people and for the report is finished: a placeholder in it was forgotten. */
import type { Rule } from '../model.ts';

const placeholder = /\$\(\s*(?:date|whoami|hostname|git)\b[^)]{0,200}\)|<[A-Z][A-Z0-9]*(?:[ _-][A-Z0-9]+)*>|\bTODO\b/g;

export const noPlaceholders: Rule = ({ uses }, problems) => {
  for (const use of uses) {
    if (use.kind !== 'words') continue;
    for (const { 0: found, index } of use.text.matchAll(placeholder)) {
      const { doc, span } = use.place(index, index + found.length);
      const hint = found.startsWith('$')
        ? 'nothing is executed in text: the report records times and names by itself'
        : 'write what is meant, or use a variable: ${{ name }}';
      problems.at(doc, span, { severity: 'error', code: 'placeholder', message: `${found} is a placeholder`, hint });
    }
  }
};
