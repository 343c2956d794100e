/** The report of an audit: the verdict on one page, then categories, findings, what passed, and what was looked at. */
import {
  type Block,
  chip,
  code,
  joined,
  none,
  recorded,
  type Section,
  scoreChange,
  section,
  some,
  type Text,
  table,
  when,
} from '../blocks.ts';
import type { AuditItemRecord, AuditRecord, ReportModel, Status } from '../model.ts';
import { counted } from '../words.ts';

const blockingMax = 12;
const placesMax = 6;

/** Verdict, score, what blocks, what to do first. */
export function verdictSection({ readiness, summary }: ReportModel, audit: AuditRecord): Section | null {
  const given = readiness.at(-1);
  if (given === undefined) return null;
  const { compared, blocking, reasons, first } = audit;
  const facts: (readonly [string, Text])[] = [
    ['Verdict', [chip({ tone: given.verdict === 'go' ? 'good' : 'bad', word: given.verdict })]],
    ['Score', [`${scoreChange(compared?.score ?? null, given.score)} of ${given.scale}`]],
    ['Checklist', [given.checklist]],
    ['Looked at', [code(summary.repo ?? summary.cwd)]],
    ['Revision', recorded(summary.revision ?? null)],
    ['Given', when(given.at)],
  ];
  if (compared !== null) {
    const on = compared.revision === null ? '' : `, at ${compared.revision}`;
    facts.push([
      'Compared with',
      [...(compared.run === null ? [] : ['run ', code(compared.run), ', ']), compared.verdict, on],
    ]);
  }
  const blocks = blocking
    .slice(0, blockingMax)
    .map(({ id, title, status }): Text => [chip(toneOf(status)), ' ', code(id), ' ', title]);
  const more = blocking.length - blockingMax;
  const others: readonly Text[] = [...(more > 0 ? [[`and ${more} more`]] : []), ...reasons.map((reason) => [reason])];
  const steps = first.map(
    ({ what, owner, id }): Text => [what, ` (${owner === null ? '' : `${owner}, `}`, code(id), ')'],
  );
  return section(
    'verdict',
    'Verdict',
    [{ kind: 'facts', facts }],
    [...part('What blocks', [...blocks, ...others]), ...part('What to do first', steps)],
  );
}

function part(title: string, items: readonly Text[]): Section['parts'] {
  return items.length === 0 ? [] : [{ title, blocks: [{ kind: 'list', items }] }];
}

/** Each category with its score and what its items came to. */
export function categoriesSection({ readiness }: ReportModel, { categories, compared }: AuditRecord): Section | null {
  const scale = readiness.at(-1)?.scale ?? 10;
  const rows = categories.map(({ title, score, before, counts }): readonly Text[] => [
    [title],
    ...(compared === null ? [] : [before === null ? none : [before]]),
    [score ?? 'not applicable'],
    ...[counts.passed, counts.partial, counts.failed, counts.unknown, counts.waived, counts.notApplicable].map(
      (count): Text => (count === 0 ? none : [String(count)]),
    ),
  ]);
  const scores = compared === null ? ['Score'] : ['Before', 'Score'];
  const columns = ['Category', ...scores, 'Passed', 'Partial', 'Failed', 'Unknown', 'Waived', 'N/a'];
  return section(
    'categories',
    'Categories',
    some(rows, () => table(`Scores of ${scale}`, columns, rows)),
  );
}

const groups = [
  { severity: 'blocker', title: 'Blockers' },
  { severity: 'high', title: 'High' },
  { severity: 'medium', title: 'Medium' },
  { severity: 'low', title: 'Low' },
] as const;

/** Each finding once, worst first. */
export function auditFindingsSection(_: ReportModel, { findings }: AuditRecord): Section | null {
  const parts = groups.flatMap(({ severity, title }) => {
    const own = findings.filter((finding) => finding.severity === severity);
    const columns = ['Finding', 'Status', 'Evidence', 'Why it matters', 'Fix', 'Owner'];
    return own.length === 0
      ? []
      : [{ title, blocks: [table(`${title}: ${counted(own.length, 'finding')}`, columns, own.map(findingRow))] }];
  });
  return section('findings', 'Findings', [], parts);
}

function findingRow({ id, title, status, evidence, reason, why, fix, owner }: AuditItemRecord): readonly Text[] {
  return [
    [code(id), ' ', title],
    [chip(toneOf(status))],
    evidence.length === 0 ? recorded(reason) : [...places(evidence), ...(status === 'failed' ? [] : told(reason))],
    why === null ? none : [why],
    fix === null ? none : [fix],
    owner === null ? none : [owner],
  ];
}

function told(reason: string | null): Text {
  return reason === null ? [] : ['; ', reason];
}

function places(evidence: readonly string[]): Text {
  const more = evidence.length - placesMax;
  return [...joined(evidence.slice(0, placesMax).map(code)), ...(more > 0 ? [` and ${more} more`] : [])];
}

/** What a person said over a machine or over an answer before. */
export function judgedSection(_: ReportModel, { findings, passed, notApplicable }: AuditRecord): Section | null {
  const rows = [...findings, ...passed, ...notApplicable].flatMap(
    ({ id, title, status, judged }): readonly (readonly Text[])[] =>
      judged === null ? [] : [[[code(id), ' ', title], [chip(toneOf(status))], [judged]]],
  );
  return section(
    'judged',
    'Judged by people',
    some(rows, () => table('What a person judged', ['Item', 'Result', 'How'], rows)),
  );
}

/** What passed and what does not apply, by category. */
export function passedSection(_: ReportModel, { passed, notApplicable }: AuditRecord): Section | null {
  const rows = passed.map(({ id, title, evidence, reason, asked }): readonly Text[] => [
    [code(id), ' ', title],
    evidence.length > 0 ? places(evidence) : asked ? recorded(reason) : none,
  ]);
  const beyond = notApplicable.map(({ id, title, reason }): readonly Text[] => [
    [code(id), ' ', title],
    recorded(reason?.replace(/^not applicable: /, '') ?? null),
  ]);
  return section(
    'passed',
    'What passed',
    [...some(rows, () => table(counted(rows.length, 'item'), ['Item', 'It rests on'], rows))],
    beyond.length === 0
      ? []
      : [{ title: 'Not applicable', blocks: [table(counted(beyond.length, 'item'), ['Item', 'Why'], beyond)] }],
  );
}

/** What the repository holds and how it is built, released and run, as the facts of the checklist found it. */
export function inventorySection(_: ReportModel, { inventory }: AuditRecord): Section | null {
  const rows = inventory.map(({ title, answer, places: found, reason }): readonly Text[] => [
    [title],
    [answer],
    found.length > 0 ? places(found) : reason === null ? none : [reason],
  ]);
  const blocks: readonly Block[] = some(rows, () => table('What was looked at', ['What', 'Found', 'Where'], rows));
  return section('inventory', 'Inventory', blocks);
}

function toneOf(status: AuditItemRecord['status']): Status {
  switch (status) {
    case 'passed':
      return { tone: 'good', word: 'passed' };
    case 'failed':
      return { tone: 'bad', word: 'failed' };
    case 'na':
      return { tone: 'quiet', word: 'not applicable' };
    default:
      return { tone: 'warn', word: status };
  }
}
