/**
 * A report as sections of plain blocks, the same for every format: which facts stand where, in which words.
 *
 * Invariants:
 * - A section without facts is left out; a fact that is promised and not recorded says so.
 * - Text is as recorded: whoever prints it sanitises and escapes it.
 */
import { assignment, notRecorded, runsCommand } from './fill.ts';
import type { Drawing, ReportModel, Status, StepRecord } from './model.ts';
import { duration, utc, utcClock } from './time.ts';
import { resultText } from './visits.ts';
import { counted } from './words.ts';

/** A piece of text. `code`: names, paths, digests, values. `fixed`: a time or a number of ours, kept on one line. `missing`: nothing
 * is recorded. */
export type Inline =
  | string
  | { readonly kind: 'fixed'; readonly text: string }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'status'; readonly status: Status }
  | { readonly kind: 'missing' };
export type Text = readonly Inline[];

/** `rows`: the first cell of each names the row. */
export interface TableBlock {
  readonly kind: 'table';
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Text[])[];
}

export type Block =
  | { readonly kind: 'text'; readonly text: Text }
  | { readonly kind: 'facts'; readonly facts: readonly (readonly [label: string, value: Text])[] }
  | { readonly kind: 'list'; readonly items: readonly Text[] }
  | { readonly kind: 'code'; readonly language: 'sh' | 'text'; readonly label: string; readonly text: string }
  | { readonly kind: 'drawing'; readonly drawing: Drawing; readonly title: string; readonly description: string }
  | TableBlock;

/** `id` is a word of ours that names the section in links. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly blocks: readonly Block[];
  readonly parts: readonly { readonly title: string; readonly blocks: readonly Block[] }[];
}

export interface Page {
  readonly title: string;
  readonly kind: string;
  readonly environment: string | null;
  readonly decision: Status;
  /** The outcome without the word of the decision. */
  readonly outcome: string;
  /** A handful of short facts for the head. */
  readonly highlights: readonly (readonly [label: string, value: string])[];
  readonly sections: readonly Section[];
  readonly footer: Text;
}

/** The page of `model`. */
export function pageOf(model: ReportModel): Page {
  const sections = [
    deviationsSection(model),
    summarySection(model),
    ...model.sections.map((own, index) => documentSection(own, index)),
    readinessSection(model),
    itemsSection(model),
    findingsSection(model),
    stepsSection(model),
    smokeSection(model),
    figuresSection(model),
    rollbackSection(model),
    successSection(model),
    approvalsSection(model),
    obligationsSection(model),
    notesSection(model),
    timelineSection(model),
    commandsSection(model),
    evidenceSection(model),
    verifySection(model),
  ];
  return {
    title: model.title,
    kind: model.kind === 'checklist' ? 'Readiness audit' : 'Release report',
    environment: model.summary.environment,
    decision: model.decision,
    outcome: afterDecision(model),
    highlights: highlights(model),
    sections: sections.filter((found) => found !== null),
    footer: [
      `Rendered from ${counted(model.head.seq, 'record')} of run `,
      code(model.run),
      ` by gonogo, renderer ${model.renderer}.`,
    ],
  };
}

/** The outcome begins with the decision's own word, which stands before it here. */
function afterDecision({ decision, outcome }: ReportModel): string {
  const word = `${decision.word}: `;
  return outcome.startsWith(word) ? outcome.slice(word.length) : outcome;
}

function highlights(model: ReportModel): Page['highlights'] {
  const { counts, startedAt, elapsedMs } = model.summary;
  const score = model.readiness.at(-1);
  return [
    ['Started', utc(startedAt)],
    ['Took', duration(elapsedMs)],
    ['Steps passed', `${counts.passed} of ${counts.steps}`],
    ['Deviations', String(model.deviations.length)],
    ...(score === undefined ? [] : ([['Readiness', scoreChange(score.before?.score ?? null, score.score)]] as const)),
  ];
}

function scoreChange(before: string | null, after: string): string {
  return before === null ? after : `${before} → ${after}`;
}

// --- pieces ---

function code(text: string): Inline {
  return { kind: 'code', text };
}

function chip(status: Status): Inline {
  return { kind: 'status', status };
}

function fixed(text: string): Inline {
  return { kind: 'fixed', text };
}

function when(at: number): Text {
  return [fixed(utc(at))];
}

const missing: Inline = { kind: 'missing' };
const none: Text = ['–'];

function recorded(text: string | null): Text {
  return text === null || text === '' || text === notRecorded ? [missing] : [text];
}

function joined(items: readonly Inline[]): Text {
  return items.flatMap((item, index) => (index === 0 ? [item] : [', ', item]));
}

function table(caption: string, columns: readonly string[], rows: TableBlock['rows']): TableBlock {
  return { kind: 'table', caption, columns, rows };
}

function section(id: string, title: string, blocks: readonly Block[], parts: Section['parts'] = []): Section | null {
  return blocks.length + parts.length === 0 ? null : { id, title, blocks, parts };
}

function some<T>(rows: readonly T[], make: () => Block): readonly Block[] {
  return rows.length === 0 ? [] : [make()];
}

// --- sections ---

function deviationsSection({ deviations }: ReportModel): Section {
  const columns = ['When', 'Step', 'What', 'Reason', 'By'];
  const rows = deviations.map(({ at, step, status, reason, by }): readonly Text[] => [
    when(at),
    step === null ? none : [code(step)],
    [chip(status)],
    recorded(reason),
    [by],
  ]);
  const blocks: readonly Block[] =
    rows.length === 0
      ? [{ kind: 'text', text: ['None recorded: every step went as the document says.'] }]
      : [table('What went otherwise than the document says', columns, rows)];
  return { id: 'deviations', title: 'Deviations', blocks, parts: [] };
}

function summarySection(model: ReportModel): Section {
  const { summary } = model;
  const ended = summary.endedAt === null ? [missing] : when(summary.endedAt);
  const facts: (readonly [string, Text])[] = [
    ['Decision', [chip(model.decision)]],
    ['Outcome', [afterDecision(model)]],
    ['Run', [code(model.run)]],
    ['Operator', [summary.operators.join(', ')]],
    ['Started', when(summary.startedAt)],
    ['Ended', ended],
    ['Duration', [elapsed(summary.elapsedMs, summary.pausedMs)]],
    ['Environment', recorded(summary.environment)],
    ['Target', targetText(summary.target)],
    ['Host', [summary.hosts.join(', ')]],
    ['Working folder', [code(summary.cwd)]],
  ];
  if (summary.repo !== null) facts.push(['Repository', [code(summary.repo)]]);
  if (summary.resumes > 0) facts.push(['Resumed', [counted(summary.resumes, 'time')]]);
  if (summary.answers !== null) {
    facts.push(['Answers file', [code(summary.answers.path), ', sha256 ', code(summary.answers.sha256)]]);
  }
  facts.push(['gonogo', [summary.versions.join(', ')]]);
  facts.push(['Documents digest', [code(summary.sha256)]]);
  facts.push(['Journal head', [`record ${model.head.seq}, sha256 `, code(model.head.sha256)]]);
  const documents = summary.documents.map(({ path, sha256 }): readonly Text[] => [[code(path)], [code(sha256)]]);
  const variables = summary.variables.map(({ name, value, source }): readonly Text[] => [
    [code(name)],
    [code(value ?? '•••')],
    [source],
  ]);
  return {
    id: 'summary',
    title: 'Summary',
    blocks: [
      { kind: 'facts', facts },
      ...some(documents, () => table('Documents used', ['Document', 'sha256'], documents)),
      ...some(variables, () => table('Variables', ['Variable', 'Value', 'Source'], variables)),
    ],
    parts: [],
  };
}

function elapsed(elapsedMs: number, pausedMs: number): string {
  return pausedMs === 0 ? duration(elapsedMs) : `${duration(elapsedMs)}, of which ${duration(pausedMs)} paused`;
}

function targetText(target: ReportModel['summary']['target']): Text {
  if (target === null) return [missing];
  return [target.name, ', reads ', target.identity === null ? missing : code(target.identity)];
}

function documentSection({ title, entries }: ReportModel['sections'][number], index: number): Section {
  const labelled = entries.flatMap(({ label, text }) => (label === null ? [] : [[label, recorded(text)] as const]));
  const lines = entries.flatMap(({ label, text }) => (label === null ? [recorded(text)] : []));
  const blocks: Block[] = [];
  if (labelled.length > 0) blocks.push({ kind: 'facts', facts: labelled });
  if (lines.length > 0) blocks.push({ kind: 'list', items: lines });
  return { id: `document-${index + 1}`, title, blocks, parts: [] };
}

function readinessSection({ readiness }: ReportModel): Section | null {
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

function itemsSection({ items }: ReportModel): Section | null {
  const rows = items.map(({ id, title, severity, status, detail, evidence, by }): readonly Text[] => [
    [code(id), ' ', title],
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

function findingsSection({ findings, waivers, resolved }: ReportModel): Section | null {
  const open = findings.map(({ id, title, severity, status, evidence, fix }): readonly Text[] => [
    [code(id), ' ', title],
    [severity],
    [chip({ tone: status === 'failed' ? 'bad' : 'warn', word: status })],
    evidence.length === 0 ? none : joined(evidence.map(code)),
    fix === undefined ? none : [fix],
  ]);
  const waived = waivers.map(({ item, by, why, until, at, expired }): readonly Text[] => [
    [code(item)],
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
  const tables = [
    table('Open findings', ['Finding', 'Severity', 'Status', 'Evidence', 'Fix'], open),
    table('Recommendations', ['When', 'What', 'Because of'], advice(findings)),
    table('Waivers', ['Item', 'By', 'Why', 'Until', 'Given'], waived),
    table('Issues resolved', ['Issue', 'Severity', 'Before', 'Now'], gone),
  ];
  // Each under a heading of its own: where tables have no caption, it says which is which.
  const parts = tables.filter(({ rows }) => rows.length > 0).map((one) => ({ title: one.caption, blocks: [one] }));
  return parts.length === 0 ? null : section('findings', 'Findings', [], parts);
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

function stepsSection({ steps, notReached }: ReportModel): Section | null {
  const phases = new Map<string, StepRecord[]>();
  for (const step of steps) {
    const own = phases.get(step.phase);
    if (own === undefined) phases.set(step.phase, [step]);
    else own.push(step);
  }
  const parts: { title: string; blocks: Block[] }[] = [...phases.values()].map((own) => ({
    title: own[0]?.phaseTitle ?? '',
    blocks: [
      table(
        `Steps of ${own[0]?.phaseTitle ?? ''}`,
        ['Step', 'Status', 'Result', 'Started', 'Took', 'By', 'Details'],
        own.map(stepRow),
      ),
    ],
  }));
  const left = notReached.map(({ id, title }): Text => [code(id), ' ', title]);
  if (left.length > 0) parts.push({ title: 'Not reached', blocks: [{ kind: 'list', items: left }] });
  return section('steps', 'Steps as executed', [], parts);
}

function stepRow(step: StepRecord): readonly Text[] {
  const result = resultText(step.exit, step.httpStatus);
  const tries = step.attempts > 1 ? counted(step.attempts, 'try').replace('trys', 'tries') : null;
  const results = [result, tries].filter((part) => part !== null).join(', ');
  return [
    [code(step.id), ' ', step.visits > 1 ? `${step.title} (visit ${step.visit})` : step.title],
    [chip(step.status)],
    results === '' ? [step.action] : [`${step.action}: ${results}`],
    step.startedAt === null ? none : [fixed(utcClock(step.startedAt))],
    step.ms === null ? none : [fixed(duration(step.ms))],
    [step.by],
    stepDetails(step),
  ];
}

function stepDetails({ reason, note, answer, evidence }: StepRecord): Text {
  const details: Inline[][] = [];
  if (reason !== null) details.push([reason]);
  if (note !== null) details.push([`note: ${note}`]);
  if (answer !== null) details.push([`answer: ${answer}`]);
  for (const { path } of evidence) details.push([code(path.slice(path.lastIndexOf('/') + 1))]);
  return details.length === 0 ? none : details.flatMap((detail, index) => (index === 0 ? detail : ['; ', ...detail]));
}

function smokeSection({ smokeTests }: ReportModel): Section | null {
  const columns = ['Test', 'What', 'Result', 'Response', 'Took', 'Tries', 'Expected'];
  const rows = smokeTests.map((test): readonly Text[] => [
    [code(test.id), ' ', test.title],
    [code(test.what)],
    [chip(test.status)],
    test.httpStatus === null ? recorded(test.reason) : [`HTTP ${test.httpStatus}`],
    test.ms === null ? [missing] : [fixed(duration(test.ms))],
    [String(test.attempts)],
    expectedText(test.expectations),
  ]);
  return section(
    'smoke-tests',
    'Smoke tests',
    some(rows, () => table('Network checks after the change', columns, rows)),
  );
}

function expectedText(expectations: ReportModel['smokeTests'][number]['expectations']): Text {
  if (expectations.length === 0) return none;
  return expectations.flatMap(({ source, ok, detail }, index): Inline[] => [
    ...(index === 0 ? [] : ['; ']),
    code(source),
    ok ? ' held' : ' did not hold',
    ...(detail === '' ? [] : [`: ${detail}`]),
  ]);
}

function figuresSection({ figures }: ReportModel): Section | null {
  const rows = figures.map(({ name, value, range, step }): readonly Text[] => [
    [name],
    [value],
    range === null ? none : [range],
    [code(step)],
  ]);
  return section(
    'figures',
    'Health and performance figures',
    some(rows, () => table('Measured and captured', ['Figure', 'Value', 'Range', 'From'], rows)),
  );
}

function rollbackSection(model: ReportModel): Section | null {
  const { rollback } = model;
  if (rollback === null) return null;
  const { point, started } = rollback;
  const facts: (readonly [string, Text])[] = [];
  if (point !== null)
    facts.push(['Rollback point', [code(point.variable), ' = ', point.value === null ? missing : code(point.value)]]);
  if (rollback.command !== null) facts.push(['Command', [code(rollback.command)]]);
  const untouched = rollback.plan.length + rollback.kept.length === 0;
  if (started === null) facts.push(['Rolled back', [untouched ? 'no, nothing was changed' : 'no']]);
  else {
    facts.push(['Rolled back', [`started ${utc(started.at)} by ${started.by}`]]);
    facts.push(['Reason', recorded(started.reason)]);
  }
  const blocks: Block[] = [{ kind: 'facts', facts }];
  if (rollback.triggers.length > 0) {
    blocks.push({ kind: 'text', text: ['Roll back when:'] });
    blocks.push({ kind: 'list', items: rollback.triggers.map((trigger) => [trigger]) });
  }
  blocks.push(...planBlocks(rollback));
  const kept = rollback.kept.map(({ step, why }): Text => [code(step), `: ${why}`]);
  if (kept.length > 0) {
    blocks.push({ kind: 'text', text: [started === null ? 'No undo for:' : 'Not undone:'] });
    blocks.push({ kind: 'list', items: kept });
  }
  return section('rollback', 'Rollback', blocks);
}

function planBlocks(rollback: NonNullable<ReportModel['rollback']>): readonly Block[] {
  if (rollback.plan.length === 0) return [];
  const rows = rollback.plan.map(({ id, undoes, status, reason }, index): readonly Text[] => [
    [`${index + 1}. `, code(id)],
    undoes === null ? none : [code(undoes)],
    status === null ? ['planned'] : [chip(status)],
    reason === null ? none : [reason],
  ]);
  const caption = rollback.started === null ? 'What would undo it, in this order' : 'The rollback, in this order';
  const lines = rollback.plan.map(({ id, action, command }) =>
    runsCommand(action) ? `# ${id}\n${command}` : comment(`${id}, ${action}: ${command}`),
  );
  const variables = rollback.variables.map(({ name, value }) => assignment(name, value));
  return [
    table(caption, ['Step', 'Undoes', 'Status', 'Reason'], rows),
    {
      kind: 'code',
      language: 'sh',
      label: 'Exact commands of the rollback',
      text: [...variables, ...lines].join('\n'),
    },
  ];
}

/** What is no command must not run when the block is pasted. */
function comment(text: string): string {
  return `# ${text.replaceAll('\n', '\n# ')}`;
}

function successSection({ success }: ReportModel): Section | null {
  const rows = success.map(({ criterion, status, proof }): readonly Text[] => [
    [criterion],
    [chip(status)],
    proof.flatMap((one, index) => [...(index === 0 ? [] : [', ']), code(one.step), ` ${one.status.word}`]),
  ]);
  return section(
    'success',
    'Success criteria',
    some(rows, () => table('Criteria and the steps that prove them', ['Criterion', 'Result', 'Proof'], rows)),
  );
}

function approvalsSection({ approvals }: ReportModel): Section | null {
  const rows = approvals.flatMap((request): (readonly Text[])[] => {
    const gate: Text = [code(request.step), ' ', request.title];
    const policy: Text = [
      `${request.count} from ${request.from.length === 0 ? 'anyone' : request.from.join(', ')}`,
      request.signed ? ', signed' : '',
    ];
    if (request.given.length === 0) return [[gate, policy, [missing], none, none]];
    return request.given.map(({ by, at, signature, valid }) => [
      gate,
      policy,
      [by],
      when(at),
      signature === null
        ? ['claimed', valid ? '' : ', void: the documents changed']
        : [
            'signed as ',
            code(signature.principal),
            ' by ',
            code(signature.key),
            valid ? '' : ', void: the documents changed',
          ],
    ]);
  });
  const columns = ['Gate', 'Asked', 'By', 'When', 'How'];
  return section(
    'approvals',
    'Approvals',
    some(rows, () => table('Approvals as recorded', columns, rows)),
  );
}

function obligationsSection({ obligations }: ReportModel): Section | null {
  const rows = obligations.map(({ step, text, status, by, openedAt, endedAt }): readonly Text[] => [
    [text],
    [code(step)],
    [chip(status)],
    by === null ? none : [by],
    when(openedAt),
    endedAt === null ? none : when(endedAt),
  ]);
  const columns = ['Owed', 'By step', 'Status', 'Settled by', 'Opened', 'Closed'];
  return section(
    'obligations',
    'Obligations',
    some(rows, () => table('Debts of the run', columns, rows)),
  );
}

function notesSection({ notes }: ReportModel): Section | null {
  const rows = notes.map(({ at, by, text, step }): readonly Text[] => [
    when(at),
    [by],
    [text],
    step === null ? none : [code(step)],
  ]);
  return section(
    'notes',
    'Notes',
    some(rows, () => table('Notes', ['When', 'By', 'Note', 'Step'], rows)),
  );
}

function timelineSection({ timeline, outcome }: ReportModel): Section | null {
  const { drawing, entries } = timeline;
  const rows = entries.map(({ at, step, text, by }): readonly Text[] => [
    when(at),
    step === null ? none : [code(step)],
    [text],
    [by],
  ]);
  const pauses = drawing.pauses.length === 0 ? '' : `, ${counted(drawing.pauses.length, 'pause')} drawn short`;
  const description = `From ${utc(drawing.from)} to ${utc(drawing.to)}${pauses}. ${outcome}. The table below holds the same as text.`;
  return section('timeline', 'Timeline', [
    ...some(drawing.lanes, () => ({
      kind: 'drawing',
      drawing,
      title: drawing.byPhase ? 'Time line of the phases' : 'Time line of the steps',
      description,
    })),
    table('Events', ['When', 'Step', 'What', 'By'], rows),
  ]);
}

function commandsSection({ commands }: ReportModel): Section | null {
  if (commands.lines.length === 0) return null;
  const variables = commands.variables.map(({ name, value }) => assignment(name, value));
  const lines = commands.lines.map(({ step, command }) => `# ${step}\n${command}`);
  const text = [...variables, ...lines].join('\n');
  return section('commands', 'Commands as run', [
    { kind: 'code', language: 'sh', label: 'Commands in the order in which they ran', text },
  ]);
}

function evidenceSection({ evidence }: ReportModel): Section | null {
  const rows = evidence.map(({ step, path, bytes, sha256 }): readonly Text[] => [
    [code(path)],
    [code(step)],
    [String(bytes)],
    [code(sha256)],
  ]);
  const columns = ['File', 'Step', 'Bytes', 'sha256'];
  return section(
    'evidence',
    'Evidence',
    some(rows, () => table('Files in the folder of the run', columns, rows)),
  );
}

function verifySection({ run, head }: ReportModel): Section {
  const headLine = `${run} ${head.seq} ${head.sha256}`;
  const commands = [
    `gonogo verify ${run} --head '${headLine}'`,
    'gonogo verify FOLDER --allowed-signers FILE',
    'ssh-keygen -Y verify -f FILE -I PRINCIPAL -n gonogo-report -s statement.json.sig < statement.json',
  ];
  return {
    id: 'verify',
    title: 'How to verify',
    blocks: [
      {
        kind: 'text',
        text: [
          'This report is rendered from the journal of the run, a chain of hashes. Its head line is ',
          code(headLine),
          '. A head line that was posted elsewhere while the run went on must belong to the same chain.',
        ],
      },
      { kind: 'code', language: 'sh', label: 'With gonogo, or with ssh-keygen alone', text: commands.join('\n') },
      {
        kind: 'text',
        text: [
          'If the report was signed, ',
          code('statement.json'),
          ' beside it names the sha256 of every file of the report; FILE lists the signers whom you trust.',
          ' What is proven is what was recorded under these keys, not that the machine was honest.',
        ],
      },
    ],
    parts: [],
  };
}
