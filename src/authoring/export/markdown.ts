/**
 * A document as a page of Markdown that reads well on a forge, with its own text in a folded block.
 *
 * Invariants:
 * - `embeddedDocument` of the page is the text that went in, byte for byte.
 * - What is not the author's Markdown (titles, commands, values) is escaped and forges no structure.
 */
import { visible, visibleLine } from '../../diagnostics/sanitise.ts';
import { type Fact, labelOf } from './facts.ts';
import type { ReadDocument, ReadPart, ReadStep } from './outline.ts';

const marker = 'yaml gonogo';
const unended = 'without-final-newline';

/** The page. `source`: the text of the document, `file` its name. */
export function markdownPage(document: ReadDocument, source: string, file: string): string {
  const { title, facts, variables, parts, includes, kind } = document;
  const blocks = [
    `# ${inline(title)}`,
    `A ${kind} for gonogo, from \`${code(file)}\`. It is run with \`gonogo ${kind === 'runbook' ? 'run' : 'audit'} ${code(file)}\`.`,
    ...(facts.length === 0 ? [] : [facts.map(([label, text]) => `- **${label}**: ${inline(text)}`).join('\n')]),
    ...(variables.length === 0 ? [] : ['## Variables', table(['Name', 'Value'], variables)]),
    ...parts.flatMap(partBlocks),
    ...(includes.length === 0
      ? []
      : ['## Documents that belong to it', includes.map((path) => `- \`${code(path)}\``).join('\n')]),
    embedded(source, file),
  ];
  return `${blocks.join('\n\n')}\n`;
}

function partBlocks({ title, intro, lines, steps }: ReadPart): readonly string[] {
  return [
    `## ${inline(title)}`,
    ...intro.map(visible),
    lines.map(([label, text]) => `- ${label === '' ? '' : `**${inline(label)}**: `}${inline(text)}`).join('\n'),
    steps.map((step, index) => stepText(step, index + 1)).join('\n\n'),
  ].filter((text) => text !== '');
}

function stepText(step: ReadStep, number: number): string {
  const indent = ' '.repeat(`${number}. `.length);
  const inner = [
    ...step.texts.map(visible),
    ...step.commands.flatMap(({ label, text, facts }) => [
      `${label}:`,
      fenced(text, 'sh'),
      ...(facts.length === 0 ? [] : [factLines(facts, label)]),
    ]),
    ...(step.facts.length === 0 ? [] : [factLines(step.facts, null)]),
    ...step.parts.flatMap(({ label, steps }) => [
      `*${inline(label)}*`,
      steps.map((one, index) => stepText(one, index + 1)).join('\n\n'),
    ]),
  ].filter((text) => text !== '');
  const body = inner.map((text) => text.replaceAll(/^(?=.)/gm, indent)).join('\n\n');
  return `${number}. **${inline(step.title)}**${body === '' ? '' : `\n\n${body}`}`;
}

function factLines(facts: readonly Fact[], of: string | null): string {
  return facts.map(([label, text]) => `- ${inline(labelOf(label, of))}: \`${code(text)}\``).join('\n');
}

function table(head: readonly [string, string], rows: readonly (readonly [string, string])[]): string {
  const cell = (text: string): string => inline(text);
  const lines = rows.map(([name, value]) => `| \`${code(name)}\` | ${cell(value)} |`);
  return [`| ${head.join(' | ')} |`, '|---|---|', ...lines].join('\n');
}

function embedded(source: string, file: string): string {
  const ends = source.endsWith('\n');
  const fence = fenceFor(source);
  const info = `${marker}${ends ? '' : ` ${unended}`}`;
  return [
    `<details><summary>The document itself (${visibleLine(file).replaceAll('&', '&amp;').replaceAll('<', '&lt;')})</summary>`,
    '',
    `${fence}${info}`,
    `${source}${ends ? '' : '\n'}${fence}`,
    '',
    '</details>',
  ].join('\n');
}

/** The document in a page that `markdownPage` made, as it was; null: there is none. */
export function embeddedDocument(page: string): string | null {
  return embeddedIn(page)?.text ?? null;
}

/** What a page gives out as the document that it was made of: its text, the name of its file, and the line (from 1) of its block. */
export interface Embedded {
  readonly text: string;
  readonly file: string;
  readonly line: number;
}

/** As `embeddedDocument`, with where it stands. Whether the page was made of it, only making it again tells. */
export function embeddedIn(page: string): Embedded | null {
  const found = /^(`{3,})yaml gonogo( without-final-newline)?\r?\n([\s\S]*?)^\1[ \t]*\r?$/m.exec(page);
  if (found === null) return null;
  const inner = found[3] ?? '';
  const text = found[2] === undefined ? inner : inner.replace(/\r?\n$/, '');
  const before = page.slice(0, found.index);
  const name = /<summary>The document itself \((.*)\)<\/summary>\s*$/.exec(before)?.[1] ?? '';
  const file = name.replaceAll('&lt;', '<').replaceAll('&amp;', '&');
  return { text, file, line: before.split('\n').length };
}

function fenced(text: string, info: string): string {
  const fence = fenceFor(text);
  return `${fence}${info}\n${visible(text)}\n${fence}`;
}

/** Longer than every run of backticks in `text`. */
function fenceFor(text: string): string {
  const longest = (text.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 2);
  return '`'.repeat(longest + 1);
}

function inline(text: string): string {
  return visibleLine(text).replaceAll(/[\\`*_[\]<>|#~&]/g, '\\$&');
}

function code(text: string): string {
  return visibleLine(text).replaceAll('`', "'").replaceAll('|', '\\|');
}
