/**
 * A report as sections of plain blocks, the same for every format: which facts stand where, in which order.
 *
 * Invariants:
 * - A section without facts is left out; a fact that is promised and not recorded says so.
 * - Text is as recorded: whoever prints it sanitises and escapes it.
 */
import { afterDecision, code, type Section, scoreChange, type Text } from './blocks.ts';
import type { AuditRecord, ReportModel, Status } from './model.ts';
import {
  auditFindingsSection,
  categoriesSection,
  inventorySection,
  judgedSection,
  passedSection,
  verdictSection,
} from './sections/audit.ts';
import { changeSection } from './sections/change.ts';
import { documentsSection } from './sections/documents.ts';
import { failuresSection } from './sections/failures.ts';
import { fleetSection, hostsSection } from './sections/hosts.ts';
import { othersSection } from './sections/others.ts';
import {
  approvalsSection,
  correctionsSection,
  emergenciesSection,
  notesSection,
  obligationsSection,
  successSection,
} from './sections/people.ts';
import { acceptedSection, findingsSection, itemsSection, readinessSection } from './sections/readiness.ts';
import { commandsSection, evidenceSection, hooksSection, timelineSection, verifySection } from './sections/record.ts';
import { reviewSection } from './sections/review.ts';
import { rollbackSection } from './sections/rollback.ts';
import { figuresSection, smokeSection, stepsSection } from './sections/steps.ts';
import { deviationsSection, documentSection, summarySection } from './sections/summary.ts';
import { duration, utc } from './time.ts';
import { counted } from './words.ts';

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
  const sections = model.audit === undefined ? sectionsOf(model) : auditSections(model, model.audit);
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

function sectionsOf(model: ReportModel): readonly (Section | null)[] {
  return [
    emergenciesSection(model),
    reviewSection(model),
    deviationsSection(model),
    failuresSection(model),
    summarySection(model),
    changeSection(model),
    documentsSection(model),
    ...model.sections.map((own, index) => documentSection(own, index)),
    readinessSection(model),
    itemsSection(model),
    findingsSection(model),
    stepsSection(model),
    hostsSection(model),
    smokeSection(model),
    figuresSection(model),
    rollbackSection(model),
    successSection(model),
    approvalsSection(model),
    correctionsSection(model),
    obligationsSection(model),
    othersSection(model),
    notesSection(model),
    hooksSection(model),
    timelineSection(model),
    commandsSection(model),
    evidenceSection(model),
    fleetSection(model),
    verifySection(model),
  ];
}

/** The sections of an audit: the verdict first, the record last. */
function auditSections(model: ReportModel, audit: AuditRecord): readonly (Section | null)[] {
  return [
    verdictSection(model, audit),
    categoriesSection(model, audit),
    auditFindingsSection(model, audit),
    judgedSection(model, audit),
    acceptedSection(model),
    passedSection(model, audit),
    inventorySection(model, audit),
    // Those of the items are its findings.
    model.deviations.some(ofRun) ? deviationsSection({ ...model, deviations: model.deviations.filter(ofRun) }) : null,
    summarySection(model),
    documentsSection(model),
    notesSection(model),
    hooksSection(model),
    timelineSection(model),
    evidenceSection(model),
    verifySection(model),
  ];
}

function ofRun({ step }: ReportModel['deviations'][number]): boolean {
  return step === null;
}

function highlights(model: ReportModel): Page['highlights'] {
  const { counts, startedAt, elapsedMs } = model.summary;
  const score = model.readiness.at(-1);
  if (model.audit !== undefined) return auditHighlights(model, model.audit);
  return [
    ['Started', utc(startedAt)],
    ['Took', duration(elapsedMs)],
    ['Steps passed', `${counts.passed} of ${counts.steps}`],
    ['Deviations', String(model.deviations.length)],
    ...(score === undefined ? [] : ([['Readiness', scoreChange(score.before?.score ?? null, score.score)]] as const)),
  ];
}

function auditHighlights(
  { readiness, summary }: ReportModel,
  { compared, blocking, findings, passed, notApplicable }: AuditRecord,
): Page['highlights'] {
  const items = findings.length + passed.length + notApplicable.length;
  return [
    ['Readiness', scoreChange(compared?.score ?? null, readiness.at(-1)?.score ?? '')],
    ['What blocks', String(blocking.length)],
    ['Findings', `${findings.length} of ${counted(items, 'item')}`],
    ['Started', utc(summary.startedAt)],
  ];
}
