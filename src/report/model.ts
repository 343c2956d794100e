/**
 * What a report says, before it has a form: plain JSON that every renderer prints.
 *
 * Invariants:
 * - Every member comes from recorded events. What is promised and no event holds is null, printed "not recorded"; no fact: left out.
 * - Text is as recorded: each renderer passes it through the sanitiser at its own sink.
 * - Times are epoch milliseconds, durations milliseconds, scores decimal text. No fraction occurs.
 */
import type { Evidence, Finding } from '../run/event.ts';
import type { RunStatus } from '../run/state.ts';
import type { HostParts, NotReached, OnHost } from './hosts-model.ts';
import type { NoteRecord, ReviewRecord } from './incident-model.ts';
import type { Status, Tone } from './status.ts';

export type { Status, Tone } from './status.ts';

export interface ReportModel extends HostParts {
  readonly renderer: number;
  readonly run: string;
  readonly kind: 'runbook' | 'checklist';
  readonly title: string;
  readonly status: RunStatus;
  readonly decision: Status;
  /** One line in plain words. */
  readonly outcome: string;
  readonly summary: Summary;
  /** What was changed; absent: the document declares nothing. */
  readonly change?: ChangeRecord;
  /** What failed, in order. Absent before renderer 2. */
  readonly failures?: readonly FailureRecord[];
  /** What the run ran by, in the order in which it came into force. Absent before renderer 2. */
  readonly documents?: readonly DocumentRound[];
  readonly sections: readonly DocumentSection[];
  readonly readiness: readonly Readiness[];
  /** In the order in which they happened. */
  readonly deviations: readonly Deviation[];
  /** By phase in the order of the document, then as executed; undos and rollback steps last. */
  readonly steps: readonly StepRecord[];
  readonly notReached: readonly NotReached[];
  readonly items: readonly ItemRecord[];
  /** The items of an audit by what they came to. Absent before renderer 2, of a runbook, and without a verdict. */
  readonly audit?: AuditRecord;
  readonly smokeTests: readonly SmokeTest[];
  readonly figures: readonly Figure[];
  readonly findings: readonly (Finding & { readonly gate: string })[];
  readonly waivers: readonly Waiver[];
  readonly resolved: readonly Resolved[];
  readonly rollback: RollbackReport | null;
  readonly success: readonly Criterion[];
  readonly approvals: readonly ApprovalRequest[];
  /** Gates that an emergency let the run past; absent: none was called. */
  readonly emergencies?: readonly EmergencyRecord[];
  /** Variables that were given another value; absent: none was. */
  readonly corrections?: readonly CorrectionRecord[];
  readonly obligations: readonly ObligationRecord[];
  /** What other runs on the target meant to this one; absent: nothing. */
  readonly others?: { readonly events: readonly BetweenRuns[]; readonly debts: readonly EarlierDebt[] };
  readonly notes: readonly NoteRecord[];
  /** The look back; absent: the run was no incident. */
  readonly review?: ReviewRecord;
  /** What was done when the run came to a state; absent: nothing was. */
  readonly hooks?: readonly HookRecord[];
  readonly commands: Commands;
  readonly timeline: Timeline;
  readonly evidence: readonly (Evidence & OnHost & { readonly step: string })[];
  /** What commits to the journal that this was rendered from. */
  readonly head: { readonly seq: number; readonly sha256: string };
}

export interface Summary {
  readonly operators: readonly string[];
  readonly startedAt: number;
  readonly endedAt: number | null;
  /** From the start to the end, or to the last record. */
  readonly elapsedMs: number;
  /** Of that: paused. */
  readonly pausedMs: number;
  readonly resumes: number;
  readonly environment: string | null;
  /** `identity`: as read at the start. */
  readonly target: { readonly name: string; readonly identity: string | null } | null;
  readonly hosts: readonly string[];
  readonly cwd: string;
  readonly repo: string | null;
  /** What the checklists looked at; absent: it was not read. */
  readonly revision?: string;
  readonly rehearsal?: string;
  readonly versions: readonly string[];
  readonly answers: { readonly path: string; readonly sha256: string } | null;
  readonly sha256: string;
  readonly documents: readonly { readonly path: string; readonly sha256: string }[];
  /** `value` null: a secret. */
  readonly variables: readonly { readonly name: string; readonly value: string | null; readonly source: string }[];
  readonly counts: {
    readonly steps: number;
    readonly passed: number;
    readonly failed: number;
    readonly skipped: number;
    readonly notReached: number;
  };
}

/** A titled part from the document with its templates filled in. */
export interface DocumentSection {
  readonly title: string;
  readonly entries: readonly { readonly label: string | null; readonly text: string }[];
}

/** A checklist's verdict. `before` values are null when no earlier audit is recorded. */
export interface Readiness {
  /** Id of the gate; the checklist's title for an audit of its own. */
  readonly gate: string;
  readonly checklist: string;
  readonly at: number;
  readonly verdict: 'go' | 'no-go';
  readonly score: string;
  readonly scale: number;
  readonly blockers: number;
  readonly reasons: readonly string[];
  readonly before: {
    readonly verdict: 'go' | 'no-go';
    readonly score: string;
    readonly run: string | null;
    readonly at: number | null;
  } | null;
  readonly categories: readonly {
    readonly id: string;
    readonly title: string;
    readonly before: string | null;
    readonly score: string | null;
  }[];
}

export interface Deviation extends OnHost {
  readonly at: number;
  readonly step: string | null;
  readonly status: Status;
  readonly reason: string;
  readonly by: string;
}

/** One visit of one step. */
export interface StepRecord extends OnHost {
  /** Id of the phase, or `rollback`. */
  readonly phase: string;
  readonly phaseTitle: string;
  readonly id: string;
  readonly title: string;
  readonly action: string;
  readonly status: Status;
  readonly visit: number;
  readonly visits: number;
  /** On this visit, without those that never ran. */
  readonly attempts: number;
  readonly exit: number | null;
  /** Status of the HTTP response. */
  readonly httpStatus: number | null;
  /** Of the visit; before renderer 2 of its last attempt, where no person did it. Null: not recorded. */
  readonly ms: number | null;
  readonly startedAt: number | null;
  readonly by: string;
  /** Why it is as it is; null where there is nothing to say. */
  readonly reason: string | null;
  readonly note: string | null;
  readonly answer: string | null;
  /** What it printed past every mask, in words; absent: nothing, or renderer 1. */
  readonly unmasked?: string;
  /** It had the terminal, and what it showed there is not in the run; absent: it is, or renderer 1. */
  readonly unrecorded?: true;
  readonly evidence: readonly Evidence[];
}

/** `at` null: nothing was changed yet, so nothing of it is recorded. */
export interface ChangeRecord {
  readonly at: number | null;
  readonly ticket: string | null;
  readonly requester: string | null;
  readonly commit: string | null;
  readonly artefacts: readonly { readonly name: string; readonly sha256: string | null }[];
}

/** A failure of a step. `lastLines`: the end of what its last attempt said. `now`: what became of the visit. */
export interface FailureRecord extends OnHost {
  readonly at: number;
  readonly step: string;
  readonly title: string;
  readonly visit: number;
  /** Null: it failed before it began. */
  readonly attempt: number | null;
  readonly result: string | null;
  readonly reason: string;
  readonly lastLines: readonly string[];
  readonly evidence: readonly string[];
  readonly now: Status | null;
}

/** Documents that came into force together. `sha256`: over their list. `rehearsal`: that they rest on. */
export interface DocumentRound {
  readonly at: number;
  readonly by: string;
  readonly how: 'started' | 'adopted' | 'reviewed';
  readonly reason: string | null;
  readonly rehearsal?: string;
  readonly sha256: string;
  readonly documents: readonly { readonly path: string; readonly sha256: string }[];
  /** Against those before. `before` null: it is new; `after` null: it is used no more; `difference` null: a text is not here. */
  readonly changes: readonly {
    readonly path: string;
    readonly before: string | null;
    readonly after: string | null;
    readonly difference: string | null;
  }[];
}

export interface ItemRecord {
  readonly category: string;
  /** As its checklist calls it. */
  readonly id: string;
  /** The gate that asked, where the run has several. */
  readonly gate?: string;
  readonly title: string;
  readonly severity: string;
  readonly status: Status;
  readonly detail: string | null;
  readonly evidence: readonly string[];
  readonly by: string;
}

/** One item under the verdict. `judged`: how a person judged it, null: nobody did. `asked`: a person answers it. */
export interface AuditItemRecord {
  readonly id: string;
  readonly title: string;
  readonly category: string;
  readonly severity: Finding['severity'];
  readonly status: Finding['status'] | 'passed' | 'na';
  readonly reason: string | null;
  readonly evidence: readonly string[];
  readonly why: string | null;
  readonly fix: string | null;
  readonly owner: string | null;
  readonly judged: string | null;
  readonly asked: boolean;
}

export interface AuditRecord {
  readonly blocking: readonly {
    readonly id: string;
    readonly title: string;
    readonly status: AuditItemRecord['status'];
  }[];
  /** Why else it is no go. */
  readonly reasons: readonly string[];
  /** What would help most, soonest first. */
  readonly first: readonly { readonly id: string; readonly what: string; readonly owner: string | null }[];
  readonly compared: {
    readonly run: string | null;
    readonly score: string;
    readonly verdict: 'go' | 'no-go';
    readonly revision: string | null;
  } | null;
  readonly categories: readonly {
    readonly title: string;
    readonly before: string | null;
    readonly score: string | null;
    readonly counts: Readonly<Record<'passed' | 'partial' | 'failed' | 'unknown' | 'waived' | 'notApplicable', number>>;
  }[];
  /** Worst first. */
  readonly findings: readonly AuditItemRecord[];
  readonly passed: readonly AuditItemRecord[];
  readonly notApplicable: readonly AuditItemRecord[];
  /** `reason`: why it was not found; null: it was. */
  readonly inventory: readonly {
    readonly title: string;
    readonly answer: string;
    readonly places: readonly string[];
    readonly reason: string | null;
  }[];
}

export interface SmokeTest extends OnHost {
  readonly id: string;
  readonly title: string;
  readonly what: string;
  readonly status: Status;
  readonly httpStatus: number | null;
  readonly ms: number | null;
  readonly attempts: number;
  readonly expectations: readonly { readonly source: string; readonly ok: boolean; readonly detail: string }[];
  readonly reason: string | null;
}

/** A number that was measured or captured. `range`: over several attempts. */
export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly range: string | null;
  readonly step: string;
}

export interface Waiver {
  readonly item: string;
  /** The gate that asked, where the run has several. */
  readonly gate?: string;
  readonly by: string;
  readonly why: string;
  readonly until: string;
  readonly at: number;
  /** It had run out when it was recorded. */
  readonly expired: boolean;
}

export interface Resolved {
  readonly id: string;
  readonly title: string;
  readonly severity: string;
  readonly before: string;
  readonly now: string;
}

export interface RollbackReport {
  /** `value` null: not recorded. */
  readonly point: { readonly variable: string; readonly value: string | null } | null;
  readonly triggers: readonly string[];
  /** What takes it back now; null when there is nothing more to take back. */
  readonly command: string | null;
  readonly started: { readonly at: number; readonly reason: string; readonly by: string } | null;
  /** As fixed when it started; before that, what it would do now. */
  readonly plan: readonly RollbackStep[];
  /** What the commands of the plan read from their environment. */
  readonly variables: Commands['variables'];
  /** Changes that were begun and that nothing in the plan takes back. */
  readonly kept: readonly (OnHost & { readonly step: string; readonly why: string })[];
}

export interface RollbackStep extends OnHost {
  readonly id: string;
  /** The step that it undoes; null for a step of the document's own rollback. */
  readonly undoes: string | null;
  readonly action: string;
  /** The command; for other actions, what they do. */
  readonly command: string;
  /** Null before the rollback started. */
  readonly status: Status | null;
  readonly reason: string | null;
}

export interface Criterion {
  readonly criterion: string;
  readonly status: Status;
  readonly proof: readonly { readonly step: string; readonly status: Status }[];
}

export interface ApprovalRequest {
  readonly step: string;
  readonly title: string;
  readonly at: number;
  readonly from: readonly string[];
  readonly count: number;
  readonly signed: boolean;
  readonly request: { readonly seq: number; readonly sha256: string };
  /** What the gate came to; absent where the run was recorded before gates asked for independence. */
  readonly verdict?: Status;
  /** Who counts though they have to do with the run, because the document permits it. */
  readonly dependent?: readonly string[];
  readonly given: readonly {
    readonly by: string;
    readonly at: number;
    readonly signature: { readonly key: string; readonly principal: string } | null;
    readonly valid: boolean;
    /** The variable whose correction made it void. */
    readonly corrected?: string;
    /** Why it does not count, or as what it was claimed; absent: it counts, and by name. */
    readonly remark?: string;
  }[];
}

export interface EmergencyRecord {
  readonly step: string;
  readonly title: string;
  readonly by: string;
  /** Of whoever called it; null, as of an approval: claimed. Absent before renderer 3. */
  readonly signature?: { readonly principal: string; readonly key: string } | null;
  readonly at: number;
  readonly reason: string;
  readonly dueAt: number;
  readonly status: Status;
  /** Whose approvals settled it; empty: none did. */
  readonly settledBy: readonly string[];
  readonly settledAt: number | null;
}

export interface CorrectionRecord {
  readonly at: number;
  readonly by: string;
  readonly variable: string;
  /** null: it had none. */
  readonly from: string | null;
  readonly to: string;
  readonly reason: string;
  /** Steps that had used the value before. */
  readonly used: readonly string[];
}

export interface ObligationRecord {
  readonly step: string;
  readonly text: string;
  readonly status: Status;
  readonly by: string | null;
  readonly openedAt: number;
  readonly endedAt: number | null;
}

/** `runs`: the others; empty: it has to do with the target alone. */
export interface BetweenRuns extends Pick<TimelineEntry, 'at' | 'step' | 'text' | 'by'> {
  readonly what: Status;
  readonly runs: readonly string[];
}

/** Of `run`. `before`: what runs in between made of it. `detail`: how it was settled, to whom it went, or why it waits. */
export interface EarlierDebt extends ObligationRecord {
  readonly run: string;
  readonly before: string | null;
  readonly detail: string | null;
}

export interface HookRecord {
  readonly on: string;
  readonly id: string;
  readonly title: string;
  readonly at: number;
  readonly status: Status;
  readonly exit: number | null;
  readonly httpStatus: number | null;
  readonly ms: number | null;
  readonly reason: string | null;
}

/** Commands that ran, in order, and the variables that they read. */
export interface Commands {
  readonly variables: readonly { readonly name: string; readonly value: string }[];
  readonly lines: readonly CommandLine[];
}

/** From renderer 2 on one of each attempt, with what it came to and the variables that it read, as they were then. */
export interface CommandLine extends OnHost {
  readonly step: string;
  readonly command: string;
  readonly attempt?: number;
  readonly at?: number;
  readonly result?: string;
  readonly variables?: Commands['variables'];
}

interface Timeline {
  readonly entries: readonly TimelineEntry[];
  readonly drawing: Drawing;
}

export interface TimelineEntry extends OnHost {
  readonly at: number;
  readonly seq: number;
  readonly step: string | null;
  readonly tone: Tone;
  readonly text: string;
  readonly by: string;
}

/** The drawn time line: lanes of bars between `from` and `to`. Pauses are drawn short, whatever they lasted. */
export interface Drawing {
  readonly from: number;
  readonly to: number;
  readonly pauses: readonly { readonly from: number; readonly to: number }[];
  readonly rollbackAt: number | null;
  readonly lanes: readonly Lane[];
  /** True when a lane is a phase, because the steps are too many to draw. */
  readonly byPhase: boolean;
}

export interface Lane {
  readonly label: string;
  readonly status: Status;
  /** What it took. Absent before renderer 2: then the bars say. */
  readonly ms?: number;
  readonly bars: readonly Bar[];
}

export interface Bar {
  readonly from: number;
  readonly to: number;
  readonly kind: 'step' | 'wait' | 'failure' | 'undo';
}
