/** What failed and what it said. */
import { type Block, chip, code, joined, type Section, section, type Text, when } from '../blocks.ts';
import { type Folded, foldHosts, whereOf } from '../fold.ts';
import type { FailureRecord, ReportModel } from '../model.ts';

/** Of many hosts that failed alike, the evidence of so many is named here. */
const evidenceMax = 3;

/** A part for each failure, in order. */
export function failuresSection({ failures = [] }: ReportModel): Section | null {
  const said = ({ reason, result, lastLines, now }: FailureRecord) => JSON.stringify([reason, result, lastLines, now]);
  const parts = foldHosts(failures, said, 1).map((failure) => ({
    title: titleOf(failure),
    blocks: failureBlocks(failure),
  }));
  return section('failures', 'What failed', [], parts);
}

function titleOf(failure: Folded<FailureRecord>): string {
  const { step, title, visit, on } = failure.row;
  const name = title === step ? whereOf(failure, step) : `${whereOf(failure, step)}: ${title}`;
  if (on !== undefined) return name;
  return visit === 1 ? name : `${name} (visit ${visit})`;
}

function failureBlocks({ row, all }: Folded<FailureRecord>): readonly Block[] {
  const { at, reason, attempt, result, lastLines, now } = row;
  const evidence = all.slice(0, evidenceMax).flatMap((one) => one.evidence);
  const facts: (readonly [string, Text])[] = [['Reason', [reason]]];
  if (result !== null)
    facts.push(['Result', [attempt === null || attempt === 1 ? result : `${result}, try ${attempt}`]]);
  facts.push(['Failed', all.length === 1 ? when(at) : [...when(at), `, the first of ${all.length}`]]);
  if (now !== null) facts.push(['Now', [chip(now)]]);
  if (evidence.length > 0)
    facts.push(['Evidence', [...joined(evidence.map(code)), ...(all.length > evidenceMax ? [', …'] : [])]]);
  const label =
    lastLines.length === 1 ? 'The last line that it printed' : `The last ${lastLines.length} lines that it printed`;
  const said: readonly Block[] =
    lastLines.length === 0 ? [] : [{ kind: 'code', language: 'text', label, text: lastLines.join('\n') }];
  return [{ kind: 'facts', facts }, ...said];
}
