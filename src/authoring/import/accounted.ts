/**
 * The proof that an import dropped nothing: which lines of a page cannot be found in the document made of it.
 *
 * Invariant: it looks at the two texts alone, not at how one was made of the other.
 */
import { visible } from '../../diagnostics/sanitise.ts';
import { textsIn } from './yaml-texts.ts';

/**
 * Lines of `page` (from 1) whose words are not in `texts`, in the order of the page. The cells of a table row may stand apart.
 * Marks, punctuation and pictures do not count.
 */
export function linesMissing(page: string, texts: readonly string[]): readonly number[] {
  const haystack = essence(texts.join('\n'));
  return visible(page)
    .split('\n')
    .flatMap((line, index) => (isFound(line, haystack) ? [] : [index + 1]));
}

/** As `linesMissing`, of a document as YAML text: neither a value of it has the line, nor a comment. */
export function linesNotIn(page: string, document: string): readonly number[] {
  const { values, comments } = textsIn(document);
  return linesMissing(page, [...values, comments.join('\n')]);
}

function isFound(line: string, haystack: string): boolean {
  const marker = /^[\s>]*(?:[-*+][ \t]+)*(?:\d{1,9}[.)][ \t]+)?(?:\[[xX ]\][ \t]+)?/.exec(line)?.[0] ?? '';
  const own = essence(line.slice(marker.length));
  if (own === '' || haystack.includes(own)) return true;
  if (!line.includes('|')) return false;
  return line.split('|').every((cell) => haystack.includes(essence(cell)));
}

/** Letters and digits alone; a template counts as the name in it, and a mark such as `:white_check_mark:` as nothing. */
function essence(text: string): string {
  return text
    .replaceAll(/\$\{\{\s*"\$\{\{"\s*\}\}/g, '')
    .replaceAll(/\$\{\{\s*(?:the_)?(\w+?)(?:_\d)?\s*\}\}|\$\{?the_(\w+)/g, '$1$2')
    .replaceAll(/:[a-z]+(?:_[a-z]+)+:|:x:/g, '')
    .replaceAll(/^[ \t>]*(?:`{3,}|~{3,})[ \t]*[\w-]*[ \t]*$/gm, '')
    .replaceAll(/[^\p{L}\p{N}]+/gu, '')
    .toLowerCase();
}
