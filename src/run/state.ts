/**
 * The state of a run: a pure function of its events. Nothing else in the program holds run state.
 *
 * Invariants:
 * - `reduce(events)` from nothing gives the same state as the running engine has in memory.
 * - A step id is in `steps` exactly when the runbook (or the rollback plan, for `undo_ID`) names it.
 * - `visits` are in order; only the last one can be open.
 * - At most one question is open in a run outside `parallel`; the state implies it (`decide`), it is not stored.
 */
import type { DocumentRef, Runbook, StepId } from '../runbook/document.ts';
import type { Deviation } from './deviations.ts';
import type { Actor, DataOf, Evidence, Outlived, Rehearsal, RollbackEntry, Row } from './event.ts';
import type { WindowEnd } from './event-clocks.ts';
import type { Spread } from './event-hosts.ts';
import type { NoteKind } from './event-incident.ts';
import type { Fleet } from './fleet.ts';
import type { Holding } from './holding.ts';
import type { Incident } from './incident-state.ts';
import type { Series } from './series.ts';
import type { Table } from './table.ts';

export type StepStatus = 'pending' | 'running' | 'passed' | 'failed' | 'skipped' | 'not-taken' | 'in-doubt';
export type RunStatus = 'running' | 'paused' | 'completed' | 'rolled-back' | 'failed' | 'abandoned';

/** `started`: its outcome is not recorded. `void`: it never ran. */
export type AttemptStatus = 'started' | 'stopping' | 'ended' | 'void' | 'in-doubt' | 'settled';

export interface AttemptState {
  readonly attempt: number;
  readonly status: AttemptStatus;
  /** Relative to the run's folder. */
  readonly folder: string;
  readonly bootId: string;
  readonly startedSeq: number;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly stopReason: string | null;
  readonly end: DataOf<'attempt.ended'> | null;
  readonly settled: DataOf<'attempt.settled'> | null;
  readonly doubt: string | null;
  /** It runs on although it should not: why it should not, and what of it can be seen. */
  readonly outlived: Outlived | null;
  /** Another process drives the run than the one that began it: what became of it is no fault of the command's. */
  readonly inherited: boolean;
  /** Why it could not begin; null also where it was only interrupted before it did. */
  readonly voided: {
    readonly cause: 'refused' | 'not-started' | 'unreachable' | 'drifted';
    readonly reason: string;
  } | null;
  /** Where it happens; null: here. */
  readonly host: string | null;
}

export interface VisitState {
  readonly visit: number;
  readonly status: StepStatus;
  readonly openedSeq: number;
  readonly openedAt: number;
  readonly closedSeq: number | null;
  readonly closedAt: number | null;
  readonly attempts: Series<AttemptState>;
  /** Passes in a row so far, for `retry.passes`. */
  readonly passesInRow: number;
  /** Tries since the visit began or since a guided retry, for `retry.times`. */
  readonly tries: number;
  /** Why it failed, was skipped, was not taken. */
  readonly reason: string | null;
  readonly note: string | null;
  readonly answer: string | null;
  /** Record of what was typed for an answer; 0: nothing was. */
  readonly answeredSeq: number;
  /** Index of the chosen block of a `choose` step. */
  readonly chosen: number | null;
  readonly skippedHow: 'done-when' | 'operator' | 'requirement' | null;
  /** Marked done by hand: over a failure, or instead of running. */
  readonly overrides: 'failed' | 'pending' | null;
  /** `on_fail: continue` let the run go on over this failure. */
  readonly passedOver: boolean;
  /** `on_fail: ignore`: the failure does not decide how the run ends. */
  readonly ignored: boolean;
  readonly dangerConfirmed: boolean;
  readonly driftAccepted: boolean;
  /** Record of the last decision to try again; 0 before one. */
  readonly retriedSeq: number;
  /** The operator called for it to run (guided). */
  readonly ordered: boolean;
  /** Last answer of `done_when` on this visit. */
  readonly doneWhen: {
    readonly seq: number;
    readonly ok: boolean;
    readonly reason: string | null;
    /** `decision`: it could not be read, and nobody has said what to make of that yet. */
    readonly unread: 'decision' | 'accepted' | null;
  } | null;
  /** Nothing of it began, because its host was not there. */
  readonly unreachable: boolean;
  /** With the hosts of which batch the steps inside are gone through, from 1. */
  readonly batch: number;
  /** Index of the step that is next in the chosen block of a `choose` step. */
  readonly position: number;
  readonly evidence: readonly Evidence[];
  /** Which visit of which step this visit undoes. */
  readonly undoes: { readonly step: StepId; readonly visit: number } | null;
  readonly item: DataOf<'item.answered'> | null;
  /** Who or what told that. */
  readonly itemBy: Actor | null;
  /** What a person made of it after it was closed; the newest of them. */
  readonly judged: Judged | null;
  readonly waiver: DataOf<'waiver.given'> | null;
  readonly waiverSeq: number;
  readonly approvalRequest: { readonly seq: number; readonly sum: string; readonly at: number } | null;
  /** Record of the refusal of the newest request; null: nobody refused it. */
  readonly refusal: number | null;
  readonly actor: Actor | null;
  /** Why the step is visited again after it was done; null: the run came by. */
  readonly reopened: string | null;
}

/** A person's judgement of a closed item. */
export interface Judged {
  readonly seq: number;
  readonly at: number;
  readonly by: string;
  readonly data: DataOf<'item.judged'>;
}

export interface StepState {
  readonly id: StepId;
  /** 1-based order of first start, which names the step's folder; null before it. */
  readonly ordinal: number | null;
  readonly visits: Series<VisitState>;
}

/** One value a variable had: by events, the last one with `seq` ≤ n is its value at n. `value` null: a secret. */
/** The `source` of a value that somebody corrected. */
export const CORRECTION = 'correction';

export interface VariableValue {
  readonly seq: number;
  readonly value: string | null;
  readonly source: string;
  readonly step: StepId | null;
}

export interface Approval {
  readonly step: StepId;
  readonly visit: number;
  readonly at: number;
  readonly seq: number;
  readonly data: DataOf<'approval.given'>;
  /** False after an adopted document or a corrected variable voided it. */
  readonly valid: boolean;
  /** Record that voided it; null: none did. */
  readonly staleSeq: number | null;
  /** The variable whose correction voided it; null: none, or the documents changed. */
  readonly corrected: string | null;
}

/** A gate was passed by it without the approvals that it asks for. */
export interface EmergencyState {
  readonly step: StepId;
  readonly visit: number;
  readonly seq: number;
  readonly at: number;
  readonly by: string;
  readonly reason: string;
  /** Of whoever called it; null: claimed, not signed. */
  readonly signature: DataOf<'approval.given'>['signature'];
  readonly inbox: string | null;
}

/** Somebody refused a gate. */
export type RefusalState = Omit<EmergencyState, 'signature'>;

/** Somebody who has to do with the run from record `seq` on; `did` follows the name: "started the run". */
export interface Driver {
  readonly seq: number;
  /** null: known by their key alone. */
  readonly name: string | null;
  readonly key: string | null;
  readonly did: string;
}

/** Somebody had a step visited again. `inbox`: the message that brought it. */
export interface Reopening {
  readonly seq: number;
  readonly at: number;
  readonly by: string;
  readonly step: StepId;
  readonly visit: number;
  readonly reason: string;
  readonly inbox: string | null;
}

/** A file that somebody gave as evidence of a step. `inbox`: the message that brought it. */
export interface Attachment {
  readonly seq: number;
  readonly step: StepId;
  readonly inbox: string | null;
}

/** Somebody gave a variable another value. `since`: record that had set the one before; null: none had. */
export interface Correction {
  readonly seq: number;
  readonly at: number;
  readonly by: string;
  readonly name: string;
  readonly from: string | null;
  readonly value: string;
  readonly reason: string;
  readonly used: readonly StepId[];
  readonly since: number | null;
  readonly inbox: string | null;
}

export interface Note {
  readonly seq: number;
  readonly at: number;
  readonly by: string;
  readonly text: string;
  readonly step: StepId | null;
  readonly inbox: string | null;
  /** null: it says nothing of its kind. */
  readonly kind: NoteKind | null;
  /** When it happened, where it was told later; null: when it was written. */
  readonly happened: number | null;
  /** The record that it puts right. */
  readonly corrects: number | null;
  /** Whose follow-up it is; null: nobody's yet, or it is none. */
  readonly owner: string | null;
}

/** The run is offered to somebody, who has not taken it. */
export interface Offer {
  readonly seq: number;
  readonly at: number;
  readonly by: string;
  readonly from: string;
  readonly to: string;
  readonly note: string | null;
}

export interface Obligation {
  readonly step: StepId;
  readonly text: string;
  readonly openedAt: number;
  readonly status: 'open' | 'settled' | 'cancelled' | 'handed-over';
  readonly by: string | null;
  readonly endedAt: number | null;
}

/** A read that is no attempt: `done_when` of a step, or the target's identity. `folder` is relative to the run's. */
export interface ProbeState {
  readonly probe: 'done-when' | 'identity';
  readonly step: StepId | null;
  readonly visit: number | null;
  readonly startedAt: number;
  readonly folder: string;
  readonly bootId: string;
  readonly startedSeq: number;
}

/** One call of a hook. `end` null: it is under way, or nobody knows what came of it. */
export interface HookState {
  readonly hook: string;
  readonly on: DataOf<'hook.started'>['on'];
  readonly seq: number;
  readonly at: number;
  readonly folder: string;
  readonly bootId: string;
  readonly end: DataOf<'hook.ended'> | null;
}

export interface RollbackState {
  readonly reason: string;
  readonly by: Actor;
  readonly startedAt: number;
  readonly startedSeq: number;
  readonly plan: readonly RollbackEntry[];
  /** Index of the entry that is next. */
  readonly position: number;
}

/** A record that a newer gonogo wrote. `what`: the first part of it that is not known; null: the event as such is not. */
export interface NewerRecord {
  readonly seq: number;
  readonly type: string;
  readonly what: string | null;
}

/**
 * A stretch of the times of records, epoch ms. `moved`: the clock was set forward, and no time passed. `asleep`: the machine was.
 * `unattended`: no process drove the run.
 */
export interface Gap {
  readonly kind: 'moved' | 'asleep' | 'unattended';
  readonly from: number;
  readonly to: number;
}

export interface RunState {
  readonly id: string;
  readonly runbook: Runbook;
  readonly sha256: string;
  readonly documents: readonly DocumentRef[];
  readonly status: RunStatus;
  readonly operator: string;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly endReason: string | null;
  /** Why it is paused and for what it waits. */
  readonly paused: DataOf<'run.paused'> | null;
  /** The state that hooks are called for and the record that brought the run to it; null: none. */
  readonly arrived: { readonly on: HookState['on']; readonly seq: number } | null;
  readonly hooks: readonly HookState[];
  readonly started: DataOf<'run.started'>;
  /** Boot id, hostname of the last start or resume. */
  readonly bootId: string;
  readonly resumes: number;
  readonly steps: Table<StepId, StepState>;
  /** Step ids by first start. */
  readonly startedOrder: Series<StepId>;
  readonly variables: ReadonlyMap<string, Series<VariableValue>>;
  /** The step that is next: index of the phase, index in it. Past the last phase: everything is done. */
  readonly position: { readonly phase: number; readonly index: number };
  /** Asked for and not started yet. */
  readonly rollbackRequested: { readonly reason: string; readonly by: Actor } | null;
  readonly rollback: RollbackState | null;
  /** How many probes were started: names the next one's folder. */
  readonly probes: number;
  /** Probes of this process without an answer yet; a resume begins them anew. */
  readonly openProbes: readonly ProbeState[];
  readonly approvals: Series<Approval>;
  readonly refusals: Series<RefusalState>;
  readonly emergencies: Series<EmergencyState>;
  /** What it changes; null: nothing is declared, or nothing was changed yet. */
  readonly change: { readonly seq: number; readonly at: number; readonly data: DataOf<'change.recorded'> } | null;
  /** Whose consent is no independent one, in the order in which they came. */
  readonly drivers: Series<Driver>;
  readonly notes: Series<Note>;
  /** How bad it is, and who has which part in it. */
  readonly incident: Incident;
  /** What was left out at the start, with the reasons, and who did; null: nothing. */
  readonly leftOut: { readonly by: Actor; readonly steps: ReadonlyMap<StepId, string> } | null;
  readonly reopenings: Series<Reopening>;
  readonly attachments: Series<Attachment>;
  readonly corrections: Series<Correction>;
  /** When the window of the document closes; null: it has none. */
  readonly windowEnds: WindowEnd | null;
  /** Moments to decide that have come. `goneOn`: who goes on, and why; null: nobody has said so. */
  readonly decisions: Series<{
    readonly seq: number;
    readonly at: number;
    readonly data: DataOf<'decision.due'>;
    readonly goneOn: { readonly at: number; readonly by: string; readonly reason: string } | null;
  }>;
  /** Whom it is offered to; null: nobody. */
  readonly offer: Offer | null;
  /** Messages of other processes about handing it over. */
  readonly handoverMessages: Series<string>;
  /** Changes of the operator in runs of before, by another process too. */
  readonly handovers: Series<{
    readonly seq: number;
    readonly at: number;
    readonly data: DataOf<'operator.changed'>;
  }>;
  /** What the copies of steps were made over, in order. */
  readonly expansions: Series<{
    readonly seq: number;
    readonly step: StepId;
    readonly visit: number;
    readonly rows: readonly Row[];
    /** How they are spread over hosts; null: they are copies of `each`. */
    readonly spread: Spread | null;
  }>;
  readonly obligations: Series<Obligation>;
  readonly verdicts: Series<{
    readonly step: StepId;
    readonly seq: number;
    readonly at: number;
    readonly data: DataOf<'verdict.given'>;
  }>;
  readonly targets: Series<{ readonly seq: number; readonly at: number; readonly data: DataOf<'target.read'> }>;
  /** What is known of the hosts that steps happen on. */
  readonly fleet: Fleet;
  /** What the target must read: its first reading, or the one that somebody accepted where there was none at the start. */
  readonly reference: string | null;
  /** What it has of its target, and what it knows of the others there. */
  readonly holding: Holding;
  /** What went otherwise than the document says, in order. */
  readonly deviations: Series<Deviation>;
  /** Since when no process drives it, as records tell (epoch ms); null: one does, or died without a word. */
  readonly leftAt: number | null;
  /** Stretches in which no time passed, or nobody attended, in order. */
  readonly gaps: Series<Gap>;
  /** What became of the machine's clock, in order. */
  readonly jumps: Series<{ readonly seq: number; readonly at: number; readonly data: DataOf<'clock.jumped'> }>;
  readonly recoveries: Series<{ readonly seq: number; readonly bytes: number }>;
  /** The rehearsal that the text in force rests on; null: none is on record. */
  readonly rehearsal: Rehearsal | null;
  readonly adoptions: Series<{ readonly seq: number; readonly at: number; readonly reason: string }>;
  /** Records of a newer gonogo that this one does not know, in whole or in part; with any, the state is what could be read. */
  readonly newer: Series<NewerRecord>;
  readonly head: { readonly seq: number; readonly sha256: string; readonly at: number };
}
