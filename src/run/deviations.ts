/**
 * What went otherwise than the document says: the one definition that screen, summary and report share.
 *
 * Invariant: a deviation is an event, so nothing that happens later (a retry that passes, say) takes it back.
 */
import type { StepId } from '../runbook/document.ts';
import { hasExpired } from './day.ts';
import type { RunEvent } from './event.ts';
import { outlivedReason } from './failure.ts';
import { jumpText } from './jump-text.ts';

/** `grave`: something failed or was refused; else a person or a rule departed from the document. */
export interface Deviation {
  readonly at: number;
  /** null: of the run as a whole. */
  readonly step: StepId | null;
  readonly grave: boolean;
  /** In a few words: `failed`, `tried again`, `rollback started`. */
  readonly word: string;
  readonly reason: string;
}

/** `event` as a deviation; null when it is none. */
export function deviationOf(event: RunEvent): Deviation | null {
  const found = departure(event);
  if (found === null) return null;
  const [word, reason, grave = false] = found;
  const step = 'step' in event.data ? (event.data.step ?? null) : null;
  return { at: event.at, step, grave, word, reason };
}

const grave = true;
const settledWords = { passed: 'settled as passed', failed: 'settled as failed', rerun: 'settled: run again' } as const;

const owedWords = { 'handed-on': 'earlier debt handed on', deferred: 'earlier debt deferred' } as const;

type Departure = readonly [word: string, reason: string, grave?: boolean];

function departure(event: RunEvent): Departure | null {
  switch (event.type) {
    case 'step.failed':
      return ['failed', event.data.reason, grave];
    case 'step.skipped':
      return event.data.how === 'operator' ? ['skipped', event.data.reason] : null;
    case 'step.reopened':
      return ['done again', event.data.reason];
    case 'variable.corrected':
      return ['corrected', `${event.data.name} is ${event.data.value}${before(event.data.from)}: ${event.data.reason}`];
    case 'item.judged':
      return event.data.over === 'machine'
        ? ['judged over the machine', `${event.data.result}: ${event.data.detail}`]
        : ['answer corrected', `${event.data.result}: ${event.data.detail}`];
    case 'step.overridden':
      return ['marked done by hand', event.data.reason];
    case 'step.retried':
      return ['tried again', event.data.reason];
    case 'step.passed_over':
      return [event.data.ignored === true ? 'failure ignored' : 'passed over', event.data.reason];
    case 'attempt.stopping':
      return ['stopped', event.data.reason];
    case 'attempt.outlived':
      return ['not ended', outlivedReason(event.data)];
    case 'attempt.in_doubt':
      return ['in doubt', event.data.reason];
    case 'attempt.settled':
      return [settledWords[event.data.as], event.data.reason];
    case 'done_when.read':
      return event.data.unread === true ? ['done_when not read', event.data.reason ?? ''] : null;
    case 'done_when.accepted':
      return ['run without its done_when', event.data.reason];
    case 'option.chosen':
      return event.data.reason === undefined ? null : ['option chosen', `${event.data.label}: ${event.data.reason}`];
    default:
      return departureOfRun(event);
  }
}

function departureOfRun(event: RunEvent): Departure | null {
  switch (event.type) {
    case 'drift.accepted':
      return ['other target accepted', `it reads ${event.data.identity}: ${event.data.reason}`];
    case 'target.read':
      if (event.data.ok) return null;
      return [
        event.data.unread === true ? 'target not read' : 'target differs',
        event.data.reason ?? event.data.identity,
      ];
    case 'emergency.declared':
      return ['passed in an emergency', event.data.reason, grave];
    case 'approval.refused':
      return ['approval refused', event.data.reason, grave];
    case 'waiver.given':
      return hasExpired(event.data.until, event.at)
        ? ['waiver without effect', `it ended ${event.data.until}: ${event.data.why}`]
        : ['waived', `until ${event.data.until}: ${event.data.why}`];
    case 'verdict.given':
      return event.data.verdict.verdict === 'go' ? null : ['no-go', event.data.verdict.reasons.join('; '), grave];
    case 'documents.adopted':
      return ['changed documents adopted', event.data.reason];
    case 'clock.jumped':
      return [event.data.cause === 'set' ? 'clock set' : 'machine asleep', jumpText(event.data)];
    case 'journal.recovered':
      return ['journal recovered', `${bytes(event.data.bytes)} of an unfinished record set aside`];
    case 'obligation.handed_over':
      return ['debt handed over', `to ${event.data.to}`];
    case 'hold.overridden':
      return ['went on beside another run', `${event.data.runs.join(', ')}: ${event.data.reason}`, grave];
    case 'hold.shared':
      return ['another run went on beside', `${event.data.run}: ${event.data.reason}`, grave];
    case 'hold.released':
      return ['target let go', event.data.reason];
    case 'owed.decided':
      return event.data.as === 'settled' ? null : [owedWords[event.data.as], `${event.data.item}: ${event.data.text}`];
    case 'rollback.permitted':
      return ['rollback over a newer run permitted', `${event.data.over}: ${event.data.reason}`, grave];
    case 'rollback.started':
      return ['rollback started', event.data.reason];
    default:
      return null;
  }
}

function before(value: string | null): string {
  return value === null ? '' : `, not ${value}`;
}

function bytes(count: number): string {
  return `${count} byte${count === 1 ? '' : 's'}`;
}
