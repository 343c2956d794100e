/**
 * Text of a page as text of a document: what a person reads, with the page's variables as templates.
 *
 * Invariants: nothing of it is a template that the page did not mean, and nothing is left that `check` takes for a forgotten
 * placeholder; whoever changes a word says so, so that the words of the page can be kept beside it.
 */
import { cut } from '../../diagnostics/cut.ts';
import { visible } from '../../diagnostics/sanitise.ts';

/** `changed`: other words stand there than the page has. */
export interface Words {
  readonly text: string;
  readonly changed: boolean;
}

/** Placeholder as it is written (`<VERSION>`, `vX.Y.Z`) → name of the variable that stands for it in texts. */
export type Placeholders = ReadonlyMap<string, string>;

const marks = /<[A-Za-z]\w*(?:[ -]\w+)*>|\bv?(?:\d+\.)?[Xx]\.[Yy](?:\.[Zz])?\b/g;
const versionMark = /^v?(?:\d+\.)?[Xx]\.[Yy]/;
const unfinished = /\bTODO\b/g;
const executed = /\$\(\s*(date|whoami|hostname|git)\b[^)]{0,200}\)/g;
const upperCase = /^<[A-Z][A-Z0-9]*(?:[ _-][A-Z0-9]+)*>$/;

/** True for `vX.Y.Z` and the like. */
export function isVersionMark(written: string): boolean {
  return versionMark.test(written);
}

/** Placeholders in `source`, as they are written, in order. Only those in capitals, or with a `v`, are meant as such in a text. */
export function placeholdersIn(source: string): readonly string[] {
  return [...new Set(source.match(marks) ?? [])].filter((mark) => upperCase.test(mark) || /^(?:v|X)/.test(mark));
}

/** `source` as words. Of `placeholders` those that occur become `${{ name }}`. */
export function wordsOf(source: string, placeholders: Placeholders): Words {
  let changed = false;
  const change = (text: string): string => {
    changed = true;
    return text;
  };
  const plain = visible(source)
    .replace(executed, (_, program: string) => change(`(${program})`))
    .replace(unfinished, () => change('to do'));
  const parts = plain.split(/(\$\{\{)/).map((part) => {
    if (part === '${{') return '${{ "${{" }}';
    return withNames(part, placeholders).replace(marks, (mark) => {
      const name = placeholders.get(mark);
      if (name !== undefined) return `\${{ ${name} }}`;
      return upperCase.test(mark) ? change(`(${mark.slice(1, -1)})`) : mark;
    });
  });
  return { text: parts.join(''), changed };
}

/** `text` with the lines below it that say where the links in it lead; `links`: name in small letters → line. */
export function withLinks(text: string, links: ReadonlyMap<string, string>): string {
  if (links.size === 0) return text;
  const used = new Set<string>();
  for (const [, label = ''] of text.matchAll(/\[([^[\]]{1,300})\]/g)) {
    const line = links.get(label.toLowerCase().replaceAll(/\s+/g, ' ').trim());
    if (line !== undefined) used.add(line);
  }
  return used.size === 0 ? text : `${text}\n\n${[...used].join('\n')}`;
}

/** `$NAME` and `${NAME}` of the page's variables as templates. */
function withNames(text: string, placeholders: Placeholders): string {
  return text.replace(/\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})/g, (whole, plain?: string, braced?: string) => {
    const name = placeholders.get(plain ?? braced ?? '');
    return name === undefined ? whole : `\${{ ${name} }}`;
  });
}

const titleMax = 90;

/** One line without Markdown's marks: the first sentence, or as much of it as fits. */
export function titleOf(source: string): string {
  const plain = plainText(source);
  const sentence = /^.{12,}?[.!?](?=\s+[A-Z"'`(]|$)/.exec(plain)?.[0] ?? plain;
  const line = sentence
    .replace(/^(?::\w+:|\p{Extended_Pictographic}|\p{M}|✓|✗|\s)+/u, '')
    .replace(/[\s:;,.]+$/, '')
    .trim();
  if (line.length <= titleMax) return line;
  const words = line.slice(0, titleMax).replace(/\s*\S*$/, '');
  return words === '' ? cut(line, titleMax) : `${words} …`;
}

/**
 * The title of a command that `said` introduces: what it tells to do. `heading`: what the place is called where `said` tells
 * nothing of the kind; empty: nothing.
 */
export function titleSaid(said: string, heading: string): string {
  // Of a list the last entry is what leads to the command.
  const last = said.split(/^[ \t]*[-*+][ \t]+/m).at(-1) ?? said;
  const sentences = plainText(last)
    .split(/(?<=[.!?])\s+(?=[A-Z"'(])/)
    .map(imperative);
  const telling = sentences.findLast((sentence) => !tellsNothing.test(sentence));
  return titleOf(telling ?? (heading === '' ? (sentences.at(-1) ?? '') : heading));
}

/** A sentence that begins so describes something, or is only a label. */
const tellsNothing =
  /^(?:\W*\(|(?:please )?note\b|(?:this|that|these|those|it|its|they|there|here|we|you|i|if|in|on|at|when|whenever|where|once|after|while|since|because|as|for|the|a|an|our|your|all|any|some|each|every|no|by default|however|otherwise|please use it)\b|(?:[\w-]+ ){0,2}[\w-]+: |(?:e\.?g\.?|examples?|usage|commands?|syntax|sample|code|like (?:so|this)|as follows|warning|tip|important|info|caution|danger)\W*$)/i;

const programs = '(?:run|use|execute|type|issue|enter|invoke)';
const purposes: readonly RegExp[] = [
  new RegExp(
    `^To ([a-z].{3,}?)(?:,? (?:you (?:can|need to|should|must) |simply |please |just )${programs}\\b.{0,80}|, ${programs}\\b.{0,80}| ${programs}(?::| (?:the|this|below)\\b.{0,60}|)\\W*)$`,
  ),
  /^To ([a-z][^,]{3,})$/,
  new RegExp(
    `^${programs} (?:the |this )?(?:following |below |next )?(?:commands?|script|query)(?: below)? to (.{4,})$`,
    'i',
  ),
];

/** "To resize the volume, run:" says what the command is for. */
function imperative(sentence: string): string {
  const plain = sentence.replace(
    /^(?:For example|E\.g\.|Then|Now|Next|Finally|First|Alternatively|Also),?\s+(?=to\s)/i,
    '',
  );
  const to = plain.replace(/^to\s/, 'To ');
  const purpose = purposes.map((pattern) => pattern.exec(to)?.[1]).find((found) => found !== undefined);
  return purpose === undefined ? sentence : `${purpose.slice(0, 1).toUpperCase()}${purpose.slice(1)}`;
}

/** Markdown source on one line, without emphasis, with the text of its links. */
export function plainText(source: string): string {
  return visible(source)
    .replaceAll(/<!--.*?(?:-->|$)/gs, ' ')
    .replaceAll(/<\/?(?:b|i|em|strong|code|kbd|u|sub|sup|br|p|div|span|a|details|summary|img)\b[^>\n]{0,300}>/gi, ' ')
    .replaceAll(/!?\[([^\]\n]{0,400})\](?:\([^)\n]{0,1000}\)|\[[^\]\n]{0,200}\])/g, '$1')
    .replaceAll(/^\s{0,3}(?:>\s?)+/gm, '')
    .replaceAll(/(\*\*|__|~~)(?=\S)/g, '')
    .replaceAll(/(?<=\S)(?:\*\*|__|~~)/g, '')
    .replaceAll(/(?<![\w*])([*_])(?=\S)([^*_\n]{1,400}?)(?<=\S)\1(?![\w*])/g, '$2')
    .replaceAll('`', '')
    .replaceAll(/\\([\\`*_{}[\]()#+.!|>-])/g, '$1')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

const leadingMarks = /^(?::\w+:|[^\p{L}\p{N}(<[])+/u;

/** Text without pictures, numbers and marks at its ends: what a heading says. */
export function headingWords(source: string): string {
  return plainText(source)
    .replace(leadingMarks, '')
    .replace(/^(?:\d+(?:\.\d+)*[.)]?|[ivx]+[.)]|[a-z][.)])\s+/i, '')
    .replace(leadingMarks, '')
    .replace(/(?::\w+:|[^\p{L}\p{N})>%"”\]])+$/u, '');
}
