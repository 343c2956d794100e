/** What failed and what it said. */
import { type Block, chip, code, joined, type Section, section, type Text, when } from '../blocks.ts';
import type { FailureRecord, ReportModel } from '../model.ts';

/** A part for each failure, in order. */
export function failuresSection({ failures = [] }: ReportModel): Section | null {
  const parts = failures.map((failure) => ({ title: titleOf(failure), blocks: failureBlocks(failure) }));
  return section('failures', 'What failed', [], parts);
}

function titleOf({ step, title, visit }: FailureRecord): string {
  const name = title === step ? step : `${step}: ${title}`;
  return visit === 1 ? name : `${name} (visit ${visit})`;
}

function failureBlocks({ at, reason, attempt, result, lastLines, evidence, now }: FailureRecord): readonly Block[] {
  const facts: (readonly [string, Text])[] = [['Reason', [reason]]];
  if (result !== null)
    facts.push(['Result', [attempt === null || attempt === 1 ? result : `${result}, try ${attempt}`]]);
  facts.push(['Failed', when(at)]);
  if (now !== null) facts.push(['Now', [chip(now)]]);
  if (evidence.length > 0) facts.push(['Evidence', joined(evidence.map(code))]);
  const label =
    lastLines.length === 1 ? 'The last line that it printed' : `The last ${lastLines.length} lines that it printed`;
  const said: readonly Block[] =
    lastLines.length === 0 ? [] : [{ kind: 'code', language: 'text', label, text: lastLines.join('\n') }];
  return [{ kind: 'facts', facts }, ...said];
}
