/** What is known of the word at a place: a key, a step, a variable, a result field, a function. As Markdown. */
import type { Span } from '../diagnostics/diagnostic.ts';
import { visibleLine } from '../diagnostics/sanitise.ts';
import type { Compilation } from '../runbook/compilation.ts';
import { functionTexts } from '../runbook/function-texts.ts';
import type { Doc } from '../runbook/model.ts';
import type { Language } from './complete.ts';
import { scalarAt } from './cursor.ts';
import { type Occurrence, occurrenceAt } from './occurrences.ts';
import { aboutVariable, fieldsBeside } from './scope.ts';

export interface Hover {
  readonly markdown: string;
  readonly span: Span;
}

/** Null: nothing is known of what stands at `offset`. `doc`: the document of `text`, where it can be read. */
export function hoverAt(
  language: Language,
  compilation: Compilation,
  doc: Doc | null,
  text: string,
  offset: number,
): Hover | null {
  const occurrence = doc === null ? null : occurrenceAt(compilation, doc, offset);
  if (occurrence !== null) {
    const markdown = aboutOccurrence(compilation, occurrence);
    if (markdown !== null) return { markdown, span: occurrence.span };
  }
  const found = scalarAt(text, offset);
  if (found === null) return null;
  if (found.at === 'key') {
    const about = language.expected.about(found.kind, found.path);
    return about === '' ? null : { markdown: `**${found.text}**: ${about}`, span: found.span };
  }
  const span = wordAt(text, offset);
  const word = text.slice(span.start, span.end);
  const called = text[span.end] === '(' ? functionTexts.get(word) : undefined;
  if (called !== undefined) {
    return { markdown: `**${word}**: ${called.about}. Example: \`${called.example}\` is \`${called.gives}\``, span };
  }
  const field = fieldsBeside(found.siblings, language.specs).find(({ name }) => name === word);
  return field === undefined || text[span.start - 1] === '.' ? null : { markdown: `**${word}**: ${field.about}`, span };
}

function wordAt(text: string, offset: number): Span {
  let start = offset;
  let end = offset;
  while (/\w/.test(text[start - 1] ?? '')) start -= 1;
  while (/\w/.test(text[end] ?? '')) end += 1;
  return { start, end };
}

/** Markdown of a piece of a document: as code, which nothing in it can end. */
function code(text: string): string {
  return `\`${visibleLine(text).replaceAll('`', "'")}\``;
}

function aboutOccurrence(compilation: Compilation, occurrence: Occurrence): string | null {
  switch (occurrence.kind) {
    case 'document':
      return `Document ${code(occurrence.target.source.path)}`;
    case 'step': {
      const id = occurrence.frame.resolve(occurrence.name);
      const located = id === null ? undefined : compilation.steps.get(id);
      if (located === undefined) return null;
      const { title, action, summary } = located.step;
      return `Step ${code(occurrence.name)}: ${code(title)}\n\n${action}: ${code(summary)}`;
    }
    case 'variable': {
      const known = compilation.variables.get(occurrence.name);
      const about = known === undefined ? '' : aboutVariable(known.variable);
      if (about === '' && occurrence.declared === null) return null;
      return `Variable ${code(occurrence.name)}: ${about === '' ? 'set by a step' : code(about)}`;
    }
  }
}
