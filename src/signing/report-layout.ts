/**
 * What a report consists of: the names of its files, and how each of its formats is rendered. Who writes a report and who verifies
 * one go by this.
 *
 * Invariant: pure; a name that is not one of these is no part of a report.
 */
import { renderComment } from '../report/comment.ts';
import { renderHtml } from '../report/html.ts';
import { renderJson } from '../report/json.ts';
import { renderMarkdown } from '../report/markdown.ts';
import type { ReportModel } from '../report/model.ts';
import type { RunEvent } from '../run/event.ts';
import type { DocumentRef } from '../runbook/document.ts';
import { isSignatureFile } from './sign-report.ts';

/** What a report can be rendered as. */
export type Format = 'md' | 'html' | 'json' | 'comment';
/** All of them, in the order in which they are named. */
export const formats: readonly Format[] = ['md', 'html', 'json', 'comment'];
/** Those of a report of which nobody said another. */
export const usualFormats: readonly Format[] = ['md', 'html', 'json'];

/** Name and rendering of each format. */
export const renderings: Readonly<
  Record<Format, { readonly name: string; readonly render: (model: ReportModel) => string }>
> = {
  md: { name: 'report.md', render: renderMarkdown },
  html: { name: 'report.html', render: renderHtml },
  json: { name: 'report.json', render: renderJson },
  comment: { name: 'comment.md', render: renderComment },
};

/** The journal, up to the record that the report speaks of. */
export const journalName = 'journal.jsonl';
/** The folder of the pinned documents. */
export const documentsName = 'documents';
/** Where evidence lies in a bundle: its path in the run's folder, below this. */
export const evidencePrefix = 'run/';

/** The path of a pinned document in a run's folder and in a report's. */
export function documentName(sha256: string): string {
  return `${documentsName}/${sha256}.yaml`;
}

/** True for the names that a report consists of, signature files included. */
export function isReportName(name: string): boolean {
  const rendered = formats.some((format) => renderings[format].name === name);
  return rendered || name === journalName || isSignatureFile(name) || isDocumentName(name);
}

/** True for what `documentName` gives. */
export function isDocumentName(name: string): boolean {
  return /^documents\/[0-9a-f]{64}\.yaml$/.test(name);
}

/** The documents that `event` pins; most pin none. */
export function pinsOf(event: RunEvent): readonly DocumentRef[] {
  const pins = event.type === 'run.started' || event.type === 'documents.adopted' || event.type === 'review.written';
  return pins ? event.data.documents : [];
}

/** Digests of every document that the run used, adopted ones included, each once. */
export function pinnedIn(events: readonly RunEvent[]): ReadonlySet<string> {
  return new Set(events.flatMap(pinsOf).map(({ sha256 }) => sha256));
}
