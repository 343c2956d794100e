/**
 * A checklist inside a runbook, and one that is a run of its own: its items, then the verdict, and on a no-go the operator.
 *
 * Invariant: at most `PROCESSES_AT_ONCE` items take more than this process at the same time.
 */
import type { ChecklistRules, Step } from '../runbook/document.ts';
import { type Arrival, type At, plainHeadOf, start } from './arrival.ts';
import type { Circumstances, Previous } from './circumstances.ts';
import { asks, type Child, fails, type Inside, only, type Turn } from './decision.ts';
import { draft } from './draft.ts';
import type { EventDraft } from './event.ts';
import {
  auditItems,
  auditReason,
  auditStep,
  awaitsRequirement,
  beyondFacts,
  comparedAs,
  factsAmong,
  itemOfGate,
  itemsOf,
  type Look,
  lookOf,
  missingRequirement,
  newestChange,
  openItems,
  verdictOf,
  wholeRun,
} from './gate.ts';
import { judgeQuestion } from './questions/item.ts';
import { noGoQuestion } from './questions/no-go.ts';
import type { RunState } from './state.ts';
import { openVisit, visitNumber } from './visit.ts';

/** Items of a checklist that run a command or wait for a network at the same time, at most. */
const PROCESSES_AT_ONCE = 4;

/** What a verdict is given on. */
interface Asked {
  readonly rules: ChecklistRules;
  readonly items: readonly Step[];
  readonly look: Look;
}

/** A checklist inside a runbook. Looked at again, it takes over what people answered at any time. */
export function walkGate(arrival: Arrival): Turn {
  const { state, now, step, visit, at, again } = arrival;
  if (visit === null || visit.attempts.length === 0) return only(start(arrival));
  const rules = step.checklist;
  if (rules === undefined) return fails(at, 'the checklist is not there');
  const asked = { rules, items: itemsOf(step), look: lookOf(visit, again ? 0 : visit.openedSeq) };
  const walked = walkItems(state, now, asked) ?? judgedFirst(state, now, asked);
  if (walked !== null) return walked;
  const given = state.verdicts.findLast((verdict) => verdict.step === step.id);
  if (given === undefined || given.seq < newestChange(state, asked.items, asked.look)) {
    return only(verdictDraft(state, now, asked, at));
  }
  const { verdict } = given.data;
  if (verdict.verdict === 'go') return only(draft('step.passed', at));
  return asks(noGoQuestion(plainHeadOf(arrival), verdict));
}

/** A checklist that is a run of its own: it ends with its verdict, after the offer to waive what makes it a no-go. */
export function walkAudit(state: RunState, now: Circumstances): Turn {
  const rules = state.runbook.checklist;
  if (rules === undefined) return only(draft('run.ended', { status: 'failed', reason: 'the checklist is not there' }));
  const asked = { rules, items: auditItems(state), look: wholeRun };
  const walked = walkItems(state, now, asked) ?? judgedFirst(state, now, asked);
  if (walked !== null) return walked;
  const given = state.verdicts.at(-1);
  const at = { step: auditStep, visit: 1 };
  if (given === undefined || given.seq < newestChange(state, asked.items, wholeRun)) {
    return only(verdictDraft(state, now, asked, at));
  }
  const question = noGoQuestion({ ...at, title: rules.title }, given.data.verdict);
  if (given.data.verdict.verdict === 'no-go' && question.blockers.length > 0) return asks({ ...question, audit: true });
  return only(draft('run.ended', { status: 'completed', reason: auditReason(state) }));
}

/** What the verdict waits for: an item that whoever brings the answers judges over the machine. A person in front judges as they like. */
function judgedFirst(state: RunState, now: Circumstances, { items }: Asked): Turn | null {
  if (now.guided) return null;
  for (const item of items) {
    const visit = state.steps.get(item.id)?.visits.at(-1);
    const due = now.arrivals.has(item.id) && item.effect !== 'person' && item.item?.fact === undefined;
    if (due && visit !== undefined && visit.judged === null) return asks(judgeQuestion(item, visit));
  }
  return null;
}

function verdictDraft(state: RunState, now: Circumstances, { rules, items, look }: Asked, at: At): EventDraft {
  const verdict = verdictOf(state, rules, items, look, now.now);
  const previous = earlierHere(state, rules, at) ?? now.previous.get(comparedAs(rules));
  if (previous === undefined) return draft('verdict.given', { ...at, verdict });
  const { verdict: before, run, revision } = previous;
  const on = revision === undefined ? {} : { previousRevision: revision };
  return draft('verdict.given', { ...at, verdict, previous: before, previousRun: run, ...on });
}

/** The verdict of another gate of this run that the document has it compared with; undefined: none, or another run is meant. */
function earlierHere(state: RunState, { title, against }: ChecklistRules, { step }: At): Previous | undefined {
  if (against !== 'first' && against !== 'previous') return undefined;
  const others = state.verdicts.filter((one) => one.step !== step && one.data.verdict.checklist === title);
  const found = against === 'first' ? others[0] : others.at(-1);
  if (found === undefined) return undefined;
  const { verdict } = found.data;
  const findings = verdict.findings.map((finding) => ({ ...finding, id: itemOfGate(found.step, finding.id) }));
  return { run: state.id, verdict: { ...verdict, findings }, revision: state.started.revision };
}

/** Goes on with the items that are open; null when every item is closed. */
function walkItems(state: RunState, now: Circumstances, { items, look }: Asked): Inside | null {
  const open = openItems(state, items, look, now.now);
  if (open.length === 0) return null;
  const facts = factsAmong(open);
  const ready = facts.length > 0 ? facts : open.filter((item) => !awaitsRequirement(state, item, items, look, now.now));
  let processes = ready.filter((item) => isProcess(now, item) && isRunning(state, item)).length;
  const children: Child[] = [];
  for (const item of ready) {
    const missing = missingRequirement(state, item, items, look, now.now);
    const begun = openVisit(state.steps.get(item.id)) !== null;
    const beyond = begun ? null : beyondFacts(state, item, items, look, now.now);
    if (beyond !== null) {
      const at = { step: item.id, visit: visitNumber(state.steps.get(item.id)) };
      children.push({ kind: 'due', events: [draft('step.not_taken', { ...at, reason: beyond })] });
      continue;
    }
    if (missing !== null && !begun) {
      const visit = visitNumber(state.steps.get(item.id));
      const reason = `requires ${missing}, which did not pass`;
      const skipped = draft('step.skipped', { step: item.id, visit, how: 'requirement', reason });
      children.push({ kind: 'due', events: [skipped] });
      continue;
    }
    if (!begun && isProcess(now, item)) {
      if (processes >= PROCESSES_AT_ONCE) continue;
      processes += 1;
    }
    children.push({ kind: 'step', step: item, mode: 'parallel' });
  }
  // A finding asks for no rollback: what one item begins changes what the others see, and they are asked in the next round.
  return { children, mayStop: false };
}

function isRunning(state: RunState, item: Step): boolean {
  return openVisit(state.steps.get(item.id))?.status === 'running';
}

/** True for an item that takes more than this process: a command, a connection. */
function isProcess(now: Circumstances, item: Step): boolean {
  return item.effect !== 'person' && now.specs.get(item.action)?.looksAtFiles !== true;
}
