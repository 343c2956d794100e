/**
 * From recorded events to what a report says. The order of the sections is the renderers'; what is in them is decided here.
 */
import type { RunEvent } from '../run/event.ts';
import { rendererOf } from '../run/renderer.ts';
import type { Note, Obligation, RunState } from '../run/state.ts';
import { commandsAsRun } from './as-run.ts';
import { auditRecord } from './audit.ts';
import { approvalRequests, emergencyRecords } from './consents.ts';
import { type DocumentTexts, documentRounds } from './documents.ts';
import { drawing, pauses } from './drawing.ts';
import { commands, evidenceList, figures, itemRecords, notReached, smokeTests, stepRecords } from './executed.ts';
import { failures } from './failures.ts';
import { fill } from './fill.ts';
import { hostParts, onHostAt } from './hosts.ts';
import type { NoteRecord } from './incident-model.ts';
import type {
  ChangeRecord,
  CorrectionRecord,
  DocumentSection,
  HookRecord,
  ObligationRecord,
  ReportModel,
  Status,
  Summary,
} from './model.ts';
import { othersRecord } from './others.ts';
import { outcomeSentence, stepCounts } from './outcome.ts';
import { findings, readiness, resolved, waivers } from './readiness.ts';
import { rehearsalText } from './rehearsal.ts';
import { reviewRecord } from './review.ts';
import { revisionText } from './revision.ts';
import { deviations, timelineEntries } from './story.ts';
import { successCriteria } from './success.ts';
import { rollbackReport } from './undone.ts';
import { lastVisit } from './visits.ts';
import { decisionOf, status } from './words.ts';

/** What the report of a run says. `state` is the state after all of `events`; `texts` those of the documents that they pin. The same
 * input gives an equal model. */
export function buildReport(state: RunState, events: readonly RunEvent[], texts: DocumentTexts): ReportModel {
  const { runbook } = state;
  const first = rendererOf(state) === 1;
  const others = othersRecord(state, events);
  const audit = first || runbook.kind !== 'checklist' ? null : auditRecord(state);
  const review = reviewRecord(state);
  const at = onHostAt(state);
  return {
    renderer: rendererOf(state),
    run: state.id,
    kind: runbook.kind,
    title: fill(state, runbook.title, null, null),
    status: state.status,
    decision: decisionOf(state),
    outcome: outcomeSentence(state),
    summary: summary(state, events),
    ...(runbook.change === undefined && state.change === null ? {} : { change: changeRecord(state) }),
    ...(first ? {} : { failures: failures(state, events), documents: documentRounds(events, texts) }),
    sections: runbook.report.sections.map((section) => documentSection(state, section)),
    readiness: readiness(state),
    deviations: deviations(events, at),
    steps: stepRecords(state, events),
    notReached: notReached(state),
    ...hostParts(state, events),
    items: itemRecords(state, events),
    ...(audit === null ? {} : { audit }),
    smokeTests: smokeTests(state),
    figures: figures(state),
    findings: findings(state),
    waivers: waivers(state, events),
    resolved: resolved(state),
    rollback: rollbackReport(state),
    success: successCriteria(state),
    approvals: approvalRequests(state, events),
    ...(state.emergencies.length === 0 ? {} : { emergencies: emergencyRecords(state) }),
    ...(state.corrections.length === 0 ? {} : { corrections: correctionRecords(state) }),
    obligations: obligationRecords(state),
    ...(others === null ? {} : { others }),
    ...(review === null ? {} : { review }),
    notes: state.notes.map(noteRecord),
    ...(state.hooks.length === 0 ? {} : { hooks: hookRecords(state) }),
    commands: first ? commands(state) : commandsAsRun(events, state.id),
    timeline: { entries: timelineEntries(events, rendererOf(state), at), drawing: drawing(state, events) },
    evidence: [...evidenceList(state), ...hookEvidence(state)],
    head: { seq: state.head.seq, sha256: state.head.sha256 },
  };
}

function changeRecord({ change }: RunState): ChangeRecord {
  if (change === null) return { at: null, ticket: null, requester: null, commit: null, artefacts: [] };
  const { ticket = null, requester = null, commit = null, artefacts } = change.data;
  return { at: change.at, ticket, requester, commit, artefacts };
}

function documentSection(state: RunState, section: RunState['runbook']['report']['sections'][number]): DocumentSection {
  return {
    title: fill(state, section.title, null, null),
    entries: section.entries.map(({ label, text }) => ({
      label: label === undefined ? null : fill(state, label, null, null),
      text: fill(state, text, null, null),
    })),
  };
}

function summary(state: RunState, events: readonly RunEvent[]): Summary {
  const { runbook, started } = state;
  const counts = stepCounts(state);
  const last = state.endedAt ?? state.head.at;
  const identity = state.reference;
  const resumed = events.flatMap((event) => (event.type === 'run.resumed' ? [event.data] : []));
  const handed = events.flatMap((event) =>
    event.type === 'operator.changed' || event.type === 'handover.taken' ? [event.data.to] : [],
  );
  return {
    operators: distinct([started.operator, ...resumed.map(({ operator }) => operator), ...handed]),
    startedAt: state.startedAt,
    endedAt: state.endedAt,
    elapsedMs: last - state.startedAt,
    pausedMs: pauses(events).reduce((sum, { from, to }) => sum + to - from, 0),
    resumes: state.resumes,
    environment: runbook.environment === undefined ? null : fill(state, runbook.environment, null, null),
    target: runbook.target === undefined ? null : { name: fill(state, runbook.target.name, null, null), identity },
    hosts: distinct([started.hostname, ...resumed.map(({ hostname }) => hostname)]),
    cwd: started.cwd,
    repo: started.repo ?? null,
    ...(started.revision === undefined ? {} : { revision: revisionText(started.revision) }),
    ...(state.rehearsal === null ? {} : { rehearsal: rehearsalText(state.rehearsal) }),
    versions: distinct([started.version, ...resumed.map(({ version }) => version)]),
    answers: started.answers ?? null,
    sha256: state.sha256,
    documents: state.documents.map(({ path, sha256 }) => ({ path, sha256 })),
    variables: [...state.variables].flatMap(([name, values]) => {
      const value = values.at(-1);
      return value === undefined ? [] : [{ name, value: value.value, source: sourceText(value.source, value.step) }];
    }),
    counts: {
      steps: counts.steps,
      passed: counts.passed,
      failed: counts.failed,
      skipped: counts.skipped + counts.byHand,
      notReached: counts.notReached,
    },
  };
}

function noteRecord({ at, by, text, step, kind, happened, corrects, owner }: Note): NoteRecord {
  const more = { kind, happened, corrects, owner };
  // A plain note reads as it always did.
  return { at, by, text, step, ...Object.fromEntries(Object.entries(more).filter(([, value]) => value !== null)) };
}

function hookEvidence(state: RunState): ReportModel['evidence'] {
  return state.hooks.flatMap(({ hook, end }) => (end?.evidence ?? []).map((piece) => ({ step: hook, ...piece })));
}

function hookRecords(state: RunState): readonly HookRecord[] {
  return state.hooks.map(({ hook, on, at, end }) => ({
    on,
    id: hook,
    title: state.runbook.hooks?.find(({ id }) => id === hook)?.title ?? hook,
    at,
    status: end === null ? status('warn', 'not known') : end.ok ? status('good', 'done') : status('warn', 'failed'),
    exit: end?.exit ?? null,
    httpStatus: end?.status ?? null,
    ms: end?.ms ?? null,
    reason: end?.reason ?? null,
  }));
}

function sourceText(source: string, step: string | null): string {
  return step === null ? source : `${source} of ${step}`;
}

function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}

function correctionRecords({ corrections }: RunState): readonly CorrectionRecord[] {
  return corrections.map(({ at, by, name, from, value, reason, used }) => ({
    at,
    by,
    variable: name,
    from,
    to: value,
    reason,
    used,
  }));
}

const debtStatus: Readonly<Record<Obligation['status'], Status>> = {
  open: status('open', 'open'),
  settled: status('good', 'settled'),
  cancelled: status('quiet', 'cancelled'),
  'handed-over': status('warn', 'handed over'),
};

function obligationRecords(state: RunState): readonly ObligationRecord[] {
  return state.obligations.map((debt) => ({
    step: debt.step,
    text: fill(state, debt.text, debt.step, lastVisit(state, debt.step)),
    status: debtStatus[debt.status],
    by: debt.by,
    openedAt: debt.openedAt,
    endedAt: debt.endedAt,
  }));
}
