/**
 * The run told from its events: every significant one with its time, and the deviations among them.
 *
 * Invariant: the switch over event types is exhaustive, so a new event cannot be left out unnoticed.
 */
import { attachedText } from '../run/attached.ts';
import { correctionText } from '../run/correct.ts';
import { type ClockEvent, clockWords, isClockEvent } from '../run/decision-clock.ts';
import { deviationOf } from '../run/deviations.ts';
import type { DataOf, RunEvent } from '../run/event.ts';
import { outlivedReason, processNames } from '../run/failure.ts';
import { type FleetEvent, isFleetEvent } from '../run/fleet.ts';
import { type HandoverEvent, handoverWords, isHandoverEvent } from '../run/handing-over.ts';
import { holdWords } from '../run/hold-words.ts';
import { type HoldEvent, isHoldEvent } from '../run/holding.ts';
import { hookWords } from '../run/hooks.ts';
import { spreadText } from '../run/host-words.ts';
import { type IncidentEvent, incidentWords, isIncidentEvent } from '../run/incident-state.ts';
import { utcClock, utcDate } from '../run/instants.ts';
import { jumpText } from '../run/jump-text.ts';
import { noteWords } from '../run/noted.ts';
import type { OnHost } from './hosts-model.ts';
import type { Deviation, TimelineEntry, Tone } from './model.ts';
import { actorText, counted, pausedText, status } from './words.ts';

interface Told {
  readonly tone: Tone;
  readonly text: string;
}

/** Where what a record tells of a step happened. */
type OnHostAt = (step: string | null, seq: number) => OnHost;

/** What stands for the value of a secret. */
const secretMask = '•••';

/** Significant events in order. Intents whose outcome follows are left out. */
export function timelineEntries(
  events: readonly RunEvent[],
  renderer: number,
  onHostAt: OnHostAt,
): readonly TimelineEntry[] {
  const settledNext = failsNext(events);
  const repeated = renderer === 1 ? nothing : repeating(events);
  const entries = events.flatMap((event) => {
    // The reason of a last failed try is the reason of the step's failure, which is told next.
    if (event.type === 'attempt.ended' && settledNext.has(event.seq)) return [];
    const again = repeated.get(event.seq);
    if (again === 'all') return [];
    const told = again === 'reason' ? said('warn', 'failure passed over') : tell(event);
    if (told === null) return [];
    const how = renderer < 3 ? '' : howCalled(event);
    const text = `${told.text}${how}`;
    const { seq, actor } = event;
    const { at, later } = happenedAt(event);
    const step = stepOf(event);
    return [{ at, seq, step, ...onHostAt(step, seq), ...told, text: `${text}${later}`, by: actorText(actor) }];
  });
  // What was told later stands where it happened; nothing else is out of its order.
  return events.some(isToldLater) ? entries.toSorted((a, b) => a.at - b.at) : entries;
}

function isToldLater(event: RunEvent): boolean {
  return event.type === 'note.added' && event.data.happened !== undefined;
}

/** When it happened; `later`: when that was told, in words. */
function happenedAt(event: RunEvent): { readonly at: number; readonly later: string } {
  const happened = event.type === 'note.added' ? event.data.happened : undefined;
  if (happened === undefined) return { at: event.at, later: '' };
  return { at: happened, later: ` (told later, ${utcDate(event.at)} ${utcClock(event.at)} UTC)` };
}

function noteTone({ kind }: DataOf<'note.added'>): Tone {
  return kind === 'impact' ? 'warn' : kind === 'recovered' || kind === 'mitigated' ? 'good' : 'quiet';
}

/** How it is known who called an emergency; empty for what is none. */
function howCalled(event: RunEvent): string {
  if (event.type !== 'emergency.declared') return '';
  return event.data.signature === undefined ? ' (called by a name that is claimed, not signed)' : ' (signed)';
}

/** Records of failed tries after which the next record of the same step is its failure. */
function failsNext(events: readonly RunEvent[]): ReadonlySet<number> {
  const next = new Map<string, RunEvent>();
  const found = new Set<number>();
  for (const event of events.toReversed()) {
    const step = stepOf(event);
    if (step === null) continue;
    if (event.type === 'attempt.ended' && next.get(step)?.type === 'step.failed') found.add(event.seq);
    next.set(step, event);
  }
  return found;
}

const nothing: ReadonlyMap<number, 'all' | 'reason'> = new Map();

/**
 * What records only say once more: of an item whose result is told, that its step came to that; and the reason for which a failure
 * was passed over, where that is the failure's own.
 */
function repeating(events: readonly RunEvent[]): ReadonlyMap<number, 'all' | 'reason'> {
  const last = new Map<string, RunEvent>();
  const answered = new Set<string>();
  const found = new Map<number, 'all' | 'reason'>();
  for (const event of events) {
    const step = stepOf(event);
    if (step === null) continue;
    const { type } = event;
    if (type === 'step.started') answered.delete(step);
    if (type === 'item.answered') answered.add(step);
    const before = last.get(step);
    const closes = type === 'step.passed' || type === 'step.failed';
    if (answered.has(step) && (closes || type === 'step.passed_over')) found.set(event.seq, 'all');
    else if (type === 'step.passed_over' && event.data.ignored !== true && before?.type === 'step.failed') {
      if (before.data.reason === event.data.reason) found.set(event.seq, 'reason');
    }
    last.set(step, event);
  }
  return found;
}

function stepOf(event: RunEvent): string | null {
  return 'step' in event.data ? (event.data.step ?? null) : null;
}

function tellResumed({ operator, hostname, takenOver }: DataOf<'run.resumed'>): Told {
  if (takenOver === undefined) return said('quiet', `resumed by ${operator} on ${hostname}`);
  const from = `${takenOver.from} on ${takenOver.hostname}`;
  return said('warn', `taken over by ${operator} on ${hostname} from ${from}: ${takenOver.reason}`);
}

function said(tone: Tone, text: string): Told {
  return { tone, text };
}

function tell(event: RunEvent): Told | null {
  if (isHoldEvent(event)) return tellHold(event);
  if (isFleetEvent(event)) return tellHost(event);
  if (isIncidentEvent(event) || isHandoverEvent(event) || isClockEvent(event)) return tellIncident(event);
  switch (event.type) {
    case 'unknown':
      return said('warn', `recorded by a newer gonogo: ${event.data.named}`);
    case 'run.started':
      return said('quiet', `started by ${event.data.operator} on ${event.data.hostname}`);
    case 'steps.left_out':
      return said('warn', `left out: ${event.data.steps.map(({ step }) => step).join(', ')}`);
    case 'run.resumed':
      return tellResumed(event.data);
    case 'run.paused':
      return said('open', `paused: ${pausedText(event.data)}`);
    case 'run.ended':
      return said(event.data.status === 'completed' ? 'good' : 'bad', `${event.data.status}: ${event.data.reason}`);
    case 'clock.jumped':
      return said('warn', jumpText(event.data));
    case 'hook.started':
      return null;
    case 'hook.ended':
      return said(event.data.ok ? 'quiet' : 'warn', `hook, ${hookWords(event.data)}`);
    case 'journal.recovered':
      return said('warn', `journal recovered: ${counted(event.data.bytes, 'byte')} of an unfinished record set aside`);
    case 'documents.adopted':
      return said('warn', `changed documents adopted: ${event.data.reason}`);
    case 'review.written':
      return said('quiet', `review of ${event.data.step} written into ${event.data.path}`);
    case 'change.recorded':
      return said('quiet', changeText(event.data));
    case 'operator.changed':
      return said('quiet', handedOver(event.data));
    case 'note.added':
      return said(noteTone(event.data), noteWords(event.data));
    case 'evidence.attached':
      return said('quiet', `attached: ${attachedText(event.data)}`);
    case 'variable.set':
      return said('quiet', `${event.data.name} = ${event.data.value ?? secretMask}`);
    case 'variable.corrected':
      return said('warn', `corrected: ${correctionText(event.data)}: ${event.data.reason}`);
    case 'target.read':
      return tellTarget(event.data);
    case 'rollback.requested':
      return said('warn', `rollback asked for: ${event.data.reason}`);
    case 'rollback.started':
      return said('warn', `rollback started with ${counted(event.data.plan.length, 'step')}: ${event.data.reason}`);
    case 'obligation.opened':
    case 'obligation.settled':
    case 'obligation.cancelled':
    case 'obligation.handed_over':
      return tellDebt(event);
    case 'verdict.given':
      return tellVerdict(event.data.verdict);
    default:
      return tellStep(event);
  }
}

function tellIncident(event: IncidentEvent | HandoverEvent | ClockEvent): Told {
  if (isClockEvent(event)) return said('warn', clockWords(event));
  if (isHandoverEvent(event)) return said('warn', `hand-over: ${handoverWords(event)}`);
  return said(event.type === 'severity.changed' ? 'warn' : 'quiet', incidentWords(event));
}

function tellDebt(event: Extract<RunEvent, { type: `obligation.${string}` }>): Told {
  switch (event.type) {
    case 'obligation.opened':
      return said('open', `owed: ${event.data.text}`);
    case 'obligation.settled':
      return said('good', `debt of ${event.data.step} settled by ${event.data.by}`);
    case 'obligation.cancelled':
      return said('quiet', `debt of ${event.data.step} cancelled by its undo`);
    case 'obligation.handed_over':
      return said('warn', `debt of ${event.data.step} handed over to ${event.data.to}`);
  }
}

function tellHost(event: FleetEvent): Told | null {
  if (event.type !== 'host.unreachable') return null;
  return said('warn', `${event.data.host} could not be reached: ${event.data.reason}`);
}

const holdTones = {
  'hold.requested': 'quiet',
  'hold.taken': 'quiet',
  'hold.refused': 'open',
  'hold.awaited': 'open',
  'hold.overridden': 'bad',
  'hold.shared': 'bad',
  'hold.released': 'warn',
  'owed.decided': 'warn',
  'rollback.permitted': 'bad',
} as const satisfies Readonly<Record<HoldEvent['type'], Tone>>;

/** What a run has to do with the other runs on its target. */
function tellHold(event: HoldEvent): Told | null {
  const words = holdWords(event);
  return words === null ? null : said(holdTones[event.type], words);
}

type StepEvent = Exclude<
  RunEvent,
  | IncidentEvent
  | {
      type:
        | 'unknown'
        | `run.${string}`
        | 'steps.left_out'
        | `rollback.${string}`
        | `hook.${string}`
        | `decision.${string}`
        | `handover.${string}`
        | `host.${string}`
        | 'hosts.asked'
        | `obligation.${string}`
        | 'clock.jumped'
        | `hold.${string}`
        | 'owed.decided'
        | 'journal.recovered'
        | 'documents.adopted'
        | 'review.written'
        | 'change.recorded'
        | 'operator.changed'
        | 'note.added'
        | 'evidence.attached'
        | 'variable.set'
        | 'variable.corrected'
        | 'target.read'
        | 'verdict.given';
    }
>;

function tellStep(event: StepEvent): Told | null {
  switch (event.type) {
    case 'step.ordered':
    case 'probe.started':
      return null;
    case 'done_when.read':
      return tellUnread(event.data);
    case 'step.reviewed':
      return said('quiet', `reviewed: it ${reviewWords[event.data.as]}`);
    case 'attempt.voided':
      return event.data.reason === undefined ? null : said('warn', `not begun: ${event.data.reason}`);
    case 'attempt.stopping':
      return said('warn', `stopped: ${event.data.reason}`);
    case 'attempt.outlived':
      return said('warn', outlivedReason(event.data));
    case 'attempt.ended':
      return event.data.ok
        ? leftBehind(event.data)
        : said('warn', `try ${event.data.attempt} failed: ${event.data.reason ?? 'no reason'}`);
    case 'attempt.in_doubt':
      return said('warn', `in doubt: ${event.data.reason}`);
    case 'attempt.settled':
      return said('warn', `${settledWords[event.data.as]}: ${event.data.reason}`);
    case 'step.passed':
      return said('good', event.data.note === undefined ? 'passed' : `passed: ${event.data.note}`);
    case 'step.failed':
      return said('bad', `failed: ${event.data.reason}`);
    case 'step.not_taken':
      return said('quiet', `not taken: ${event.data.reason}`);
    case 'step.skipped':
    case 'step.overridden':
    case 'step.reopened':
    case 'step.retried':
    case 'step.passed_over':
      return tellDecision(event);
    case 'step.answered':
      return said('quiet', `answered: ${event.data.value}`);
    case 'step.started':
    case 'each.expanded':
    case 'batch.started':
      return said('quiet', begunText(event));
    case 'option.chosen':
      return said('quiet', `chose ${event.data.label}${because(event.data.reason)}`);
    case 'danger.confirmed':
      return said('quiet', `danger confirmed for ${event.data.target}`);
    case 'done_when.accepted':
      return said('warn', `taken as not done: ${event.data.reason}`);
    case 'drift.accepted':
      return said('warn', `${acceptedText(event.data)}: ${event.data.reason}`);
    case 'approval.requested':
    case 'approval.given':
    case 'emergency.declared':
    case 'approval.refused':
      return tellConsent(event);
    case 'item.answered':
    case 'item.judged':
    case 'waiver.given':
      return tellItem(event);
  }
}

function begunText(event: Extract<StepEvent, { type: 'step.started' | 'each.expanded' | 'batch.started' }>): string {
  if (event.type === 'batch.started') return `batch ${event.data.batch}`;
  if (event.type === 'step.started') {
    const { attempt, host } = event.data;
    const where = host === undefined ? '' : ` on ${host}`;
    return attempt === 1 ? `started${where}` : `started${where}, try ${attempt}`;
  }
  const { rows, spread } = event.data;
  return spread === undefined ? `${rows.length} ${rows.length === 1 ? 'copy' : 'copies'}` : spreadText(spread);
}

function acceptedText({ host, identity }: DataOf<'drift.accepted'>): string {
  return host === undefined
    ? `other target accepted, it reads ${identity}`
    : `other machine accepted as ${host}: ${identity}`;
}

function tellUnread({ unread, reason }: DataOf<'done_when.read'>): Told | null {
  return unread === true ? said('warn', `whether it is done already could not be read: ${reason}`) : null;
}

type OfItem = Extract<StepEvent, { type: 'item.answered' | 'item.judged' | 'waiver.given' }>;

function tellItem(event: OfItem): Told {
  switch (event.type) {
    case 'item.answered':
      return said(itemTones[event.data.result], `${itemWords[event.data.result]}: ${event.data.detail}`);
    case 'item.judged': {
      const how = event.data.over === undefined ? 'answer corrected' : 'judged over the machine';
      return said('warn', `${how}: ${itemWords[event.data.result]}: ${event.data.detail}`);
    }
    case 'waiver.given':
      return said('warn', `waived by ${event.data.by} until ${event.data.until}: ${event.data.why}`);
  }
}

type Decided = Extract<
  StepEvent,
  { type: 'step.skipped' | 'step.overridden' | 'step.reopened' | 'step.retried' | 'step.passed_over' }
>;

/** What a person, or the document, decided about a step. */
function tellDecision(event: Decided): Told {
  switch (event.type) {
    case 'step.skipped':
      return said(
        event.data.how === 'operator' ? 'warn' : 'quiet',
        `skipped: ${event.data.reason}${values(event.data)}`,
      );
    case 'step.overridden':
      return said('warn', `marked done by hand: ${event.data.reason}${values(event.data)}`);
    case 'step.reopened':
      return said('warn', `done again: ${event.data.reason}`);
    case 'step.retried':
      return said('warn', `tried again: ${event.data.reason}`);
    case 'step.passed_over':
      return said('warn', `failure ${event.data.ignored === true ? 'ignored' : 'passed over'}: ${event.data.reason}`);
  }
}

type Consent = Extract<
  StepEvent,
  { type: 'approval.requested' | 'approval.given' | 'emergency.declared' | 'approval.refused' }
>;

function tellConsent(event: Consent): Told {
  switch (event.type) {
    case 'approval.requested':
      return said('open', `approval requested: ${event.data.count} from ${event.data.from.join(', ') || 'anyone'}`);
    case 'approval.given':
      return said('good', `approved by ${event.data.by}, ${event.data.signature === null ? 'claimed' : 'signed'}`);
    case 'emergency.declared':
      return said('bad', `passed in an emergency by ${event.data.by}, without approval: ${event.data.reason}`);
    case 'approval.refused':
      return said('bad', `approval refused by ${event.data.by}: ${event.data.reason}`);
  }
}

const reviewWords = { read: 'reads', idempotent: 'is safe to repeat', once: 'changes something' } as const;
const settledWords = { passed: 'settled as passed', failed: 'settled as failed', rerun: 'settled: run again' } as const;
const itemWords = { pass: 'passed', partial: 'partial', fail: 'failed', na: 'not applicable' } as const;
const itemTones = { pass: 'good', partial: 'warn', fail: 'bad', na: 'quiet' } as const;

type Data<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>['data'];

function handedOver({ from, to, note }: Data<'operator.changed'>): string {
  return `handed over from ${from} to ${to}${because(note)}`;
}

function changeText({ ticket, requester, commit, artefacts }: Data<'change.recorded'>): string {
  const parts = [
    ticket === undefined ? null : `ticket ${ticket}`,
    requester === undefined ? null : `requested by ${requester}`,
    commit === undefined ? null : `commit ${commit}`,
    ...artefacts.map(({ name, sha256 }) => `${name} sha256 ${sha256}`),
  ].filter((part) => part !== null);
  return `change: ${parts.join(', ')}`;
}

/** Values that somebody gave for what the step would have captured. */
function values({ set = {} }: { readonly set?: Readonly<Record<string, string>> | undefined }): string {
  const given = Object.entries(set).map(([name, value]) => `${name} = ${value}`);
  return given.length === 0 ? '' : `, with ${given.join(', ')}`;
}

function because(reason: string | undefined): string {
  return reason === undefined ? '' : `: ${reason}`;
}

/** Once at the start, and whenever it reads differently. */
function tellTarget({ identity, ok, step, reason, unread }: Data<'target.read'>): Told | null {
  if (ok) return step === undefined ? said('quiet', `target reads ${identity}`) : null;
  const what = unread === true ? 'target could not be read' : 'target does not read as at the start';
  return said('warn', `${what}: ${reason ?? identity}`);
}

function tellVerdict({ verdict, score, scale, blockers }: Data<'verdict.given'>['verdict']): Told {
  const open = blockers === 0 ? '' : `, ${counted(blockers, 'open blocker')}`;
  return said(verdict === 'go' ? 'good' : 'bad', `${verdict}: ${score} of ${scale}${open}`);
}

/** What went otherwise than the document says, in order. */
export function deviations(events: readonly RunEvent[], onHostAt: OnHostAt = () => ({})): readonly Deviation[] {
  return events.flatMap((event) => {
    const found = deviationOf(event);
    if (found === null) return [];
    const { at, step, grave, word, reason } = found;
    const by = 'by' in event.data && event.type !== 'obligation.settled' ? event.data.by : actorText(event.actor);
    return [{ at, step, ...onHostAt(step, event.seq), status: status(grave ? 'bad' : 'warn', word), reason, by }];
  });
}

/** A background process that a step left when it ended by itself. */
function leftBehind({ left }: DataOf<'attempt.ended'>): Told | null {
  return left === undefined ? null : said('warn', `left behind: ${processNames(left)}`);
}
