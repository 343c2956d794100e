/**
 * What a reading means: a try at a step, or a probe, as events.
 *
 * Invariants:
 * - The end of an attempt is the last of its events: of a write that is torn before it nothing counts, and the same outcome is
 *   read again.
 * - What could not be judged is a failure with a reason, never nothing.
 * - What threw is in doubt where an effect may have begun, and a failure where it did not or where only something was read.
 */
import { maskText } from '../diagnostics/mask.ts';
import type { Item, Step } from '../runbook/document.ts';
import { evaluate } from '../runbook/expression.ts';
import { valueBytesMax } from '../runbook/values.ts';
import type { Known as Acting } from './acting.ts';
import type { At } from './arrival.ts';
import { draft } from './draft.ts';
import type { EventDraft } from './event.ts';
import { oneLine } from './failure.ts';
import { factsBeside } from './gate.ts';
import { hostOf } from './host-of.ts';
import { readsHosts } from './host-results.ts';
import { isoTime } from './instants.ts';
import { askedText, leftOutText, offending, openText } from './item-words.ts';
import { type Judgement, judge } from './judge.ts';
import { lastLinesOf, linesMax } from './last-lines.ts';
import { type Known, type Read, unreadable, type WhyNever } from './reading.ts';
import { rulesOf } from './rules.ts';
import { type View, viewOf } from './scope.ts';
import type { ProbeState, RunState, VisitState } from './state.ts';

/** A try whose outcome is known. `stoppable`: the action can be ended from outside, so that nothing of it is left then. */
export interface Tried {
  readonly step: Step;
  readonly visit: VisitState;
  readonly at: At & { readonly attempt: number };
  readonly stopReason: string | null;
  readonly stoppable: boolean;
}

/** What a try came to. */
export function attemptOutcome(acting: Acting, tried: Tried, found: Known): readonly EventDraft[] {
  switch (found.kind) {
    case 'never-began': {
      const why = found.why === null ? {} : { cause: found.why.cause, reason: oneLine(found.why.reason) };
      return [...whoItIs(acting, tried, found.why), draft('attempt.voided', { ...tried.at, ...why })];
    }
    case 'in-doubt':
      return [brokenOff(tried, found.reason)];
    case 'read':
      return judged(acting, tried, found);
  }
}

/** What begins nothing because its host is another machine says who it is. */
function whoItIs({ state }: Acting, { step, visit }: Tried, why: WhyNever | null): readonly EventDraft[] {
  const host = hostOf(state, step.id, visit);
  return why?.cause === 'drifted' && host !== null ? [draft('host.identified', { host, ...why.found })] : [];
}

/** Nobody can tell what a request came to that was broken off; of a command nothing is left that could go on. */
function brokenOff({ step, at, stopReason, stoppable }: Tried, reason: string): EventDraft {
  if (stopReason === null || (step.effect === 'once' && !stoppable))
    return draft('attempt.in_doubt', { ...at, reason });
  const end = { ok: false, reason: `stopped: ${stopReason}`, exit: null, status: null, ms: 0, gaveUp: false };
  return draft('attempt.ended', { ...at, ...end, expectations: [], evidence: [] });
}

function judged(acting: Acting, { step, visit, at }: Tried, found: Read): readonly EventDraft[] {
  const view = viewOf(acting, step.id, visit, step);
  const started = visit.attempts.find(({ attempt }) => attempt === at.attempt)?.startedAt ?? acting.state.head.at;
  const seen = view.ok ? withFacts(atTime(view.value, started + found.ms), acting.state, step) : null;
  const verdict = seen === null ? null : verdictOn(acting, step, seen, found);
  if (seen === null || verdict === null) return [unjudged(at, found, 'its outcome cannot be judged')];
  const asked = step.item !== undefined && isLeftToPerson(step.item, seen, found);
  const ended = draft('attempt.ended', {
    ...at,
    ok: verdict.ok && !asked,
    reason: asked ? askedText(placesOf(found, null)) : verdict.reason,
    exit: found.exit,
    status: found.status,
    ms: found.ms,
    expectations: [...verdict.expectations],
    evidence: [...found.evidence],
    gaveUp: (asked && step.retry !== undefined) || verdict.gaveUp,
    ...(verdict.ok || step.retry === undefined || found.retryAfterMs === undefined
      ? {}
      : { retryAfterMs: found.retryAfterMs }),
    ...(found.left === undefined ? {} : { left: [...found.left] }),
    ...printed(acting.state, step, found),
    ...(asked ? foundLines(found, [...acting.secrets.values()]) : {}),
    ...(verdict.ok || asked ? {} : quoted(found, [...acting.secrets.values()])),
  });
  const captured = verdict.ok && !asked ? Object.entries(verdict.captured) : [];
  const sets = captured.map(([name, value]) =>
    draft('variable.set', { name, value, source: 'capture', step: at.step, visit: at.visit }),
  );
  // Without a look there is no answer: the item stays unknown. A program that is not there has looked at nothing.
  const notThere =
    found.exit === 127 && !verdict.ok && step.item !== undefined && !isNotApplicable(step.item, seen, found);
  return step.item === undefined || found.blind === true || notThere || asked
    ? [...sets, ended]
    : [...sets, itemAnswered(step.item, { at, verdict, found, view: seen }), ended];
}

/** Standard output, where an expression reads what the step came to on this host. */
function printed({ runbook }: RunState, step: Step, { fields }: Read): { readonly stdout?: string } {
  const spread = step.copies?.at(-1)?.each;
  const { stdout } = fields;
  const isRead = spread !== undefined && readsHosts(runbook).has(spread);
  return isRead && typeof stdout === 'string' && stdout.length <= valueBytesMax ? { stdout } : {};
}

/** What a command printed, or the body of an answer. */
function quoted({ fields }: Read, secrets: readonly string[]): { readonly lastLines?: string[] } {
  const text = fields['output'] ?? fields['body'];
  const lines = typeof text === 'string' ? lastLinesOf(text, secrets) : [];
  return lines.length === 0 ? {} : { lastLines: [...lines] };
}

/** The first places that a look found, with what stands there, for the person who judges them. */
function foundLines({ fields }: Read, secrets: readonly string[]): { readonly lastLines?: string[] } {
  const { matches, files, commands } = fields;
  const found = [matches, files, commands].find((list) => Array.isArray(list)) ?? [];
  const lines = lastLinesOf(found.slice(0, linesMax).map(String).join('\n'), secrets);
  return lines.length === 0 ? {} : { lastLines: [...lines] };
}

/** The end of a try of which only this is known: it was read, and nothing can be made of it. */
export function unjudged(at: Tried['at'], found: Known, reason: string): EventDraft {
  const { exit, status, ms, evidence } = found.kind === 'read' ? found : unreadable(reason);
  const end = { ok: false, reason: oneLine(reason), exit, status, ms, gaveUp: true };
  return draft('attempt.ended', { ...at, ...end, expectations: [], evidence: [...evidence] });
}

/** What is known of a try at `step` that threw `error` instead of an outcome. `secrets`: what is not shown of it. */
export function thrown(step: Step, error: unknown, secrets: readonly string[]): Known {
  const reason = oneLine(`gonogo could not tell what became of it: ${maskText(wordsOf(error), secrets)}`);
  return step.effect === 'once' ? { kind: 'in-doubt', reason } : unreadable(reason);
}

/** The message of what was thrown. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function verdictOn({ state, specs, secrets }: Acting, step: Step, view: View, measured: Read): Judgement | null {
  const spec = specs.get(step.action);
  if (spec === undefined) return null;
  return judge({
    body: step,
    spec,
    measured,
    values: view.values,
    variables: state.runbook.vars,
    secrets: [...secrets.values()],
  });
}

/** `view` with the clock at `ms`: an outcome is judged as of its end, whenever it is read. */
function atTime(view: View, ms: number): View {
  return { ...view, values: { ...view.values, now: isoTime(ms) } };
}

/** An item sees the facts of its checklist. */
function withFacts(view: View, state: RunState, step: Step): View {
  if (step.item === undefined || step.item.fact !== undefined) return view;
  return { ...view, values: { ...view.values, facts: factsBeside(state, step) } };
}

interface ItemTry {
  readonly at: At;
  readonly verdict: Judgement;
  readonly found: Read;
  readonly view: View;
}

function isNotApplicable({ na }: Item, view: View, found: Read): boolean {
  return holdsOver(na, view, found);
}

/** What a machine found and cannot judge. */
function isLeftToPerson(item: Item, view: View, found: Read): boolean {
  return !isNotApplicable(item, view, found) && holdsOver(item.judge, view, found);
}

function holdsOver(source: string | undefined, view: View, found: Read): boolean {
  const result = source === undefined ? null : evaluate(source, { ...view.values, ...found.fields });
  return result?.ok === true && result.value === true;
}

/** What an automatic item came to: not applicable and partial are the document's to say, over what was read. */
function itemAnswered(item: Item, { at, verdict, found, view }: ItemTry): EventDraft {
  const holds = (source: string | undefined): boolean => holdsOver(source, view, found);
  // A fact that does not hold is nothing that is wrong.
  const otherwise = item.fact === undefined ? 'fail' : 'na';
  const result = isNotApplicable(item, view, found)
    ? 'na'
    : verdict.ok
      ? 'pass'
      : holds(item.partial)
        ? 'partial'
        : otherwise;
  const isNa = result === 'na' && item.fact === undefined;
  const isOpen = (result === 'partial' || result === 'fail') && found.reason === null;
  const plain = verdict.reason ?? 'as expected';
  const detail = isNa
    ? `not applicable: ${leftOutText(found)}`
    : isOpen
      ? openText(verdict, found, view.values)
      : plain;
  const failed = verdict.expectations.find(({ ok }) => !ok)?.source;
  const evidence = [...placesOf(found, failed === undefined ? null : offending(found, failed, view.values))];
  return draft('item.answered', { step: at.step, visit: at.visit, result, detail, evidence });
}

const placesMax = 100;

/** `path:line` of each match, the files that were found, or the lines of a command's output that begin with a place. */
function placesOf({ fields }: Read, wrong: readonly unknown[] | null): readonly string[] {
  const { matches, files, commands, output } = fields;
  if (typeof output === 'string')
    return [...output.matchAll(/^([^\s:]+:\d+)(?=:|$)/gm)].slice(0, placesMax).map(([place]) => place);
  const found = wrong ?? [matches, files, commands].find((list) => Array.isArray(list)) ?? [];
  return found.slice(0, placesMax).map((one) => String(one).replace(/^([^:]*:\d+(?: > [^:]*:\d+)*):.*$/s, '$1'));
}

/** What `probe`, which ran as `step`, has read. */
export function probeOutcome(acting: Acting, probe: ProbeState, step: Step, found: Known): readonly EventDraft[] {
  const visit = probedVisit(acting.state, probe);
  const view = viewOf(acting, step.id, visit, step);
  const read = found.kind === 'read' ? found : unreadable(whyUnread(found));
  const verdict = view.ok ? verdictOn(acting, step, view.value, read) : null;
  const { ok, reason } = verdict ?? { ok: false, reason: 'it cannot be read' };
  const captured = verdict?.ok === true ? Object.entries(verdict.captured) : [];
  const at = probe.step === null ? {} : { step: probe.step, visit: probe.visit ?? 1 };
  return [
    ...captured.map(([name, value]) => draft('variable.set', { name, value, source: 'capture', ...at })),
    probeRead(acting.state, probe, read, ok, reason),
  ];
}

function whyUnread(found: Exclude<Known, { kind: 'read' }>): string {
  return (found.kind === 'in-doubt' ? found.reason : found.why?.reason) ?? 'its outcome is not known';
}

/** What is on record of `probe` when nothing can be made of its reading, for `reason`. */
export function unreadProbe(state: RunState, probe: ProbeState, reason: string): EventDraft {
  return probeRead(state, probe, unreadable(reason), false, oneLine(reason));
}

/** The visit that `probe` is of; null: it is the run's. */
export function probedVisit(state: RunState, probe: ProbeState): VisitState | null {
  return probe.step === null ? null : (state.steps.get(probe.step)?.visits.at(-1) ?? null);
}

function probeRead(state: RunState, probe: ProbeState, read: Read, ok: boolean, reason: string | null): EventDraft {
  if (probe.probe === 'done-when' && probe.step !== null) {
    const at = { step: probe.step, visit: probe.visit ?? 1 };
    const unread = !ok && isUnread(read) && rulesOf(state) >= 2 ? { unread: true as const } : {};
    return draft('done_when.read', { ...at, ok, ...unread, reason, evidence: [...read.evidence] });
  }
  return targetRead(state, probe, read, ok ? null : (reason ?? 'cannot be read'));
}

/** True for what was not looked at to the end: what it says is no answer. That a program or a connection is not there is one. */
function isUnread({ blind, unsure }: Read): boolean {
  return blind === true || unsure === true;
}

/** The target must read as it did first. `wrong`: why it could not be read. */
function targetRead(state: RunState, probe: ProbeState, { fields }: Read, wrong: string | null): EventDraft {
  const text = fields['stdout'] ?? fields['body'] ?? fields['text'] ?? '';
  const identity = typeof text === 'string' ? text.trim() : String(text);
  const { reference } = state;
  // Nobody knows what it was at the start: a person has to say that it is the right one.
  const late = reference === null && state.targets.length > 0 && rulesOf(state) >= 2;
  const same = !late && (reference === null || reference === identity);
  const otherwise = late ? `reads "${identity}", and could not be read at the start` : `reads "${identity}"`;
  const reason = wrong ?? (same ? null : otherwise);
  return draft('target.read', {
    identity,
    ok: wrong === null && same,
    ...(wrong === null ? {} : { unread: true }),
    ...(probe.step === null ? {} : { step: probe.step, visit: probe.visit ?? 1 }),
    ...(reason === null ? {} : { reason }),
  });
}
