/** Verdicts and scores of checklists, their items, and what they found. */
import {
  type Block,
  chip,
  code,
  joined,
  missing,
  none,
  recorded,
  type Section,
  scoreChange,
  section,
  some,
  type TableBlock,
  type Text,
  table,
  when,
} from '../blocks.ts';
import type { ReportModel } from '../model.ts';
import { utc } from '../time.ts';

/** Scores and verdicts of the gates. */
export function readinessSection({ readiness }: ReportModel): Section | null {
  const parts = readiness.map((gate) => ({ title: gate.checklist, blocks: readinessBlocks(gate) }));
  const [only, ...others] = parts;
  if (only === undefined) return null;
  return others.length === 0
    ? section('readiness', 'Readiness', only.blocks)
    : section('readiness', 'Readiness', [], parts);
}

function readinessBlocks(gate: ReportModel['readiness'][number]): readonly Block[] {
  const { before, scale } = gate;
  const verdict = { tone: gate.verdict === 'go' ? 'good' : 'bad', word: gate.verdict } as const;
  const facts: (readonly [string, Text])[] = [
    ['Verdict', [chip(verdict)]],
    ['Score', [`${scoreChange(before?.score ?? null, gate.score)} of ${scale}`]],
    ['Open blockers', [String(gate.blockers)]],
    ['Checklist', [gate.checklist]],
    ['Given', when(gate.at)],
  ];
  if (gate.reasons.length > 0) facts.push(['Because', [gate.reasons.join('; ')]]);
  if (before !== null) {
    const where = before.run === null ? ['the first verdict of this run'] : ['run ', code(before.run)];
    facts.push(['Compared with', [...where, `, ${before.verdict}`, before.at === null ? '' : `, ${utc(before.at)}`]]);
  }
  const cells = (score: string | null): Text => [score ?? 'not applicable'];
  const rows = gate.categories.map(({ title, before: earlier, score }): readonly Text[] =>
    before === null ? [[title], cells(score)] : [[title], earlier === null ? [missing] : [earlier], cells(score)],
  );
  const overall: readonly Text[] =
    before === null ? [['Overall'], [gate.score]] : [['Overall'], [before.score], [gate.score]];
  const columns = before === null ? ['Category', 'Score'] : ['Category', 'Before', 'After'];
  return [{ kind: 'facts', facts }, table(`Scores of ${scale}`, columns, [...rows, overall])];
}

/** Every item of the checklists as it was found. */
export function itemsSection({ items }: ReportModel): Section | null {
  const rows = items.map(({ id, gate, title, severity, status, detail, evidence, by }): readonly Text[] => [
    [code(id), ' ', title, ...asked(gate)],
    [severity],
    [chip(status)],
    recorded(detail),
    evidence.length === 0 ? none : joined(evidence.map(code)),
    [by],
  ]);
  const columns = ['Item', 'Severity', 'Result', 'Detail', 'Evidence', 'By'];
  return section(
    'items',
    'Checklist items',
    some(rows, () => table('Items as found', columns, rows)),
  );
}

/** By which gate, where there are several. */
function asked(gate: string | undefined): Text {
  return gate === undefined ? [] : [', asked by ', code(gate)];
}

/** Open findings with advice, waivers, and what was resolved. */
export function findingsSection({ renderer, findings, waivers, resolved }: ReportModel): Section | null {
  const several = renderer > 1 && new Set(findings.map(({ gate }) => gate)).size > 1;
  const open = findings.map(({ id, gate, title, severity, status, evidence, fix }): readonly Text[] => [
    [code(id), ' ', title, ...asked(several ? gate : undefined)],
    [severity],
    [chip({ tone: status === 'failed' ? 'bad' : 'warn', word: status })],
    evidence.length === 0 ? none : joined(evidence.map(code)),
    fix === undefined ? none : [fix],
  ]);
  const tables = [
    table('Open findings', ['Finding', 'Severity', 'Status', 'Evidence', 'Fix'], open),
    table('Recommendations', ['When', 'What', 'Because of'], advice(findings)),
    ...acceptances({ waivers, resolved }),
  ];
  const parts = partsOf(tables);
  return parts.length === 0 ? null : section('findings', 'Findings', [], parts);
}

/** Waivers, and what was resolved since the audit before. */
export function acceptedSection(model: ReportModel): Section | null {
  return section('accepted', 'Accepted and resolved', [], partsOf(acceptances(model)));
}

function acceptances({ waivers, resolved }: Pick<ReportModel, 'waivers' | 'resolved'>): readonly TableBlock[] {
  const waived = waivers.map(({ item, gate, by, why, until, at, expired }): readonly Text[] => [
    [code(item), ...asked(gate)],
    [by],
    [why],
    [until, expired ? ', had ended when it was recorded: no effect' : ''],
    when(at),
  ]);
  const gone = resolved.map(({ id, title, severity, before, now }): readonly Text[] => [
    [code(id), ' ', title],
    [severity],
    [before],
    [now],
  ]);
  return [
    table('Waivers', ['Item', 'By', 'Why', 'Until', 'Given'], waived),
    table('Issues resolved', ['Issue', 'Severity', 'Before', 'Now'], gone),
  ];
}

/** Each under a heading of its own: where tables have no caption, it says which is which. */
function partsOf(tables: readonly TableBlock[]): Section['parts'] {
  return tables.filter(({ rows }) => rows.length > 0).map((one) => ({ title: one.caption, blocks: [one] }));
}

const terms = [
  { when: 'Immediately', severities: ['blocker', 'high'] },
  { when: 'Short term', severities: ['medium'] },
  { when: 'Medium term', severities: ['low'] },
] as const;

/** What the checklist says would fix each open finding, soonest first; a waived one is not recommended. */
function advice(findings: ReportModel['findings']): readonly (readonly Text[])[] {
  return terms.flatMap(({ when: term, severities }) =>
    findings.flatMap(({ id, severity, status, fix }): readonly (readonly Text[])[] => {
      const due = severities.some((one) => one === severity);
      return !due || status === 'waived' || fix === undefined ? [] : [[[term], [fix], [code(id)]]];
    }),
  );
}
