/**
 * What a report page is made of: plain blocks, the same for every format, and the pieces that sections are put together from.
 *
 * Invariant: text is as recorded; whoever prints it sanitises and escapes it.
 */
import { notRecorded } from './fill.ts';
import type { Drawing, ReportModel, Status } from './model.ts';
import { utc } from './time.ts';

/** A piece of text. `code`: names, paths, digests, values. `fixed`: a time or a number of ours, kept on one line. `missing`: nothing
 * is recorded. */
export type Inline =
  | string
  | { readonly kind: 'fixed'; readonly text: string }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'status'; readonly status: Status }
  | { readonly kind: 'missing' };

/** Pieces in a row. */
export type Text = readonly Inline[];

/** `rows`: the first cell of each names the row. */
export interface TableBlock {
  readonly kind: 'table';
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Text[])[];
}

/** One piece of a section, top to bottom. */
export type Block =
  | { readonly kind: 'text'; readonly text: Text }
  | { readonly kind: 'facts'; readonly facts: readonly (readonly [label: string, value: Text])[] }
  | { readonly kind: 'list'; readonly items: readonly Text[] }
  | { readonly kind: 'code'; readonly language: 'sh' | 'text' | 'diff'; readonly label: string; readonly text: string }
  | { readonly kind: 'drawing'; readonly drawing: Drawing; readonly title: string; readonly description: string }
  | TableBlock;

/** `id` is a word of ours that names the section in links. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly blocks: readonly Block[];
  readonly parts: readonly { readonly title: string; readonly blocks: readonly Block[] }[];
}

/** `6.5 → 8`, or the score alone where there was none before. */
export function scoreChange(before: string | null, after: string): string {
  return before === null ? after : `${before} → ${after}`;
}

/** A name, path, digest or value. */
export function code(text: string): Inline {
  return { kind: 'code', text };
}

/** A status with its word and tone. */
export function chip(status: Status): Inline {
  return { kind: 'status', status };
}

/** A time or a number of ours, kept on one line. */
export function fixed(text: string): Inline {
  return { kind: 'fixed', text };
}

/** An instant, epoch ms, in UTC. */
export function when(at: number): Text {
  return [fixed(utc(at))];
}

/** Nothing is recorded. */
export const missing: Inline = { kind: 'missing' };

/** There is nothing to say. */
export const none: Text = ['–'];

/** `text`, or that it is not recorded. */
export function recorded(text: string | null): Text {
  return text === null || text === '' || text === notRecorded ? [missing] : [text];
}

/** The items with commas between them. */
export function joined(items: readonly Inline[]): Text {
  return items.flatMap((item, index) => (index === 0 ? [item] : [', ', item]));
}

/** A table; the first cell of each row names the row. */
export function table(caption: string, columns: readonly string[], rows: TableBlock['rows']): TableBlock {
  return { kind: 'table', caption, columns, rows };
}

/** A section; null when it would hold nothing. */
export function section(
  id: string,
  title: string,
  blocks: readonly Block[],
  parts: Section['parts'] = [],
): Section | null {
  return blocks.length + parts.length === 0 ? null : { id, title, blocks, parts };
}

/** The block for `rows`; none without rows. */
export function some<T>(rows: readonly T[], make: () => Block): readonly Block[] {
  return rows.length === 0 ? [] : [make()];
}

/** The outcome begins with the decision's own word, which stands before it here. */
export function afterDecision({ decision, outcome }: ReportModel): string {
  const word = `${decision.word}: `;
  return outcome.startsWith(word) ? outcome.slice(word.length) : outcome;
}
