/**
 * The imperative shell: decide → append → perform → append. The only place where effects of a run happen.
 *
 * Invariants:
 * - An effect is performed only after the event that names it is durable.
 * - Everything that changes state goes through one queue, so events never interleave.
 * - A journal that cannot be written ends the session: nothing is done unrecorded.
 * - A command that this process started or found is never started again by it; what an earlier process started is
 *   asked for its outcome first.
 */
import { resolve } from 'node:path';
import type { Action, ActionContext, Actions, Reading } from '../actions/action.ts';
import type { Host } from '../host/host.ts';
import { JournalError } from '../journal/journal.ts';
import { waitsToBegin } from '../run/beginnings.ts';
import type { Circumstances } from '../run/circumstances.ts';
import { decide } from '../run/decide.ts';
import type { Decision } from '../run/decision.ts';
import { draft } from '../run/draft.ts';
import type { Actor, EventDraft, Evidence, RunEvent } from '../run/event.ts';
import { oneLine } from '../run/failure.ts';
import { type Judgement, judge } from '../run/judge.ts';
import { outlineOf } from '../run/outline.ts';
import { type Answer, isSameQuestion, type Question, waitsFor } from '../run/question.ts';
import { reduce } from '../run/reduce.ts';
import { requestRollback, respond } from '../run/respond.ts';
import { type Resolved, resolveBody, secretsIn, type View, viewOf } from '../run/scope.ts';
import type { ProbeState, RunState, StepState, VisitState } from '../run/state.ts';
import { undoAsStep } from '../run/undo.ts';
import type { Body, Item, Step, StepId } from '../runbook/document.ts';
import { evaluate } from '../runbook/expression.ts';
import { createSurvey, type Survey } from '../search/survey.ts';
import type { Journal } from '../store/journals.ts';
import { type ChildEnvironment, type Target, toAttemptId } from '../target/target.ts';
import { attachFile } from './attach.ts';
import { brokenRun } from './broken-run.ts';
import { exitCodeOf } from './exit-code.ts';
import { type ApprovalJudge, inboxEvents, refusedNote, type TakenMessage, trustsNobody } from './inbox.ts';
import { type Activity, AnswerError, type Session } from './session.ts';

const INBOX_EVERY_MS = 400;
/** The name that the target's identity is read under: no step can have it. */
const IDENTITY = 'target identity';

/** Runs `use` with the screen out of the way and resolves as it does. */
export type LendTerminal = <T>(use: () => Promise<T>) => Promise<T>;

export interface SessionOptions {
  readonly host: Host;
  /** Where steps run. */
  readonly target: Target;
  readonly journal: Journal;
  /** The state after all of the journal's events. */
  readonly state: RunState;
  readonly actions: Actions;
  /** True: a person orders each step. */
  readonly guided: boolean;
  /** Steps that an answers file may skip on arrival. */
  readonly arrivals: ReadonlySet<StepId>;
  /** Who answers. */
  readonly actor: Actor;
  /** Values of secrets known now: from the environment. */
  readonly secrets: ReadonlyMap<string, string>;
  /** The newest verdict of earlier runs, by the checklist's title. */
  readonly previous: Circumstances['previous'];
  /** Runs `use` while the terminal is nobody else's; absent: there is none that a step could have. */
  readonly lendTerminal?: LendTerminal;
  /** Verifies signed approvals before they are recorded; without one no signature counts. */
  readonly approvalJudge?: ApprovalJudge;
}

/** Drives the run on from its state. The journal is closed when `done` resolves. */
export function openSession(options: SessionOptions): Session {
  return new Engine(options);
}

class Engine implements Session {
  readonly id: string;
  readonly done: Promise<number>;
  readonly #options: SessionOptions;
  readonly #secrets: Map<string, string>;
  readonly #listeners = new Set<(events: readonly RunEvent[]) => void>();
  readonly #leaving = new AbortController();
  /** Attempts and probes that this process waits for, by folder. */
  readonly #inFlight = new Map<string, Promise<void>>();
  /** What ends an attempt that only this process performs, by its folder. */
  readonly #stops = new Map<string, AbortController>();
  #state: RunState;
  /** The target's, as it was when this session began. */
  #bootId = '';
  #survey: { readonly look: string; readonly survey: Survey } | null = null;
  #activity: Activity = { kind: 'busy', step: null, since: 0 };
  #queue: Promise<unknown> = Promise.resolve();
  #alarm: AbortController | null = null;
  /** How many files of the inbox that are no messages were told of. */
  #refused = 0;
  #closed = false;
  #finish: (code: number) => void = () => {};
  #fail: (error: unknown) => void = () => {};

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#state = options.state;
    this.#secrets = new Map(options.secrets);
    this.id = options.journal.id;
    this.done = new Promise((finish, fail) => {
      this.#finish = finish;
      this.#fail = fail;
    });
    // What came while nobody drove the run may be what it waits for.
    this.#enqueue(async () => {
      this.#bootId = await options.target.bootId();
      await this.#takeInbox();
    }).catch(() => {});
    this.#watchInbox().catch((error: unknown) => this.#crash(error));
  }

  state(): RunState {
    return this.#state;
  }

  activity(): Activity {
    return this.#activity;
  }

  subscribe(listener: (events: readonly RunEvent[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  answer(answer: Answer, question: Question): Promise<void> {
    return this.answerAs(answer, question, this.#options.actor);
  }

  answerAs(answer: Answer, question: Question, actor: Actor): Promise<void> {
    return this.#enqueue(async () => {
      const activity = this.#activity;
      if (activity.kind !== 'waiting') throw new AnswerError('nothing is asked now');
      if (!isSameQuestion(activity.question, question))
        throw new AnswerError('something else is asked now; look again');
      const response = respond(this.#state, activity.question, answer, actor);
      if (!response.ok) throw new AnswerError(response.message);
      if (response.secret !== null) this.#secrets.set(response.secret.name, response.secret.value);
      if (answer.kind === 'pause') return this.#close(response.events);
      await this.#pump(response.events);
      if (this.#state.status === 'paused') await this.#close([]);
    });
  }

  attach(path: string, question: Question): Promise<Evidence> {
    return this.#enqueue(() => {
      const activity = this.#activity;
      const visit = 'step' in question ? this.#state.steps.get(question.step)?.visits.at(-1) : undefined;
      const attempt = visit?.attempts.at(-1);
      if (activity.kind !== 'waiting' || !isSameQuestion(activity.question, question) || attempt === undefined)
        throw new AnswerError('something else is asked now; look again');
      const { host, journal } = this.#options;
      const { repo, cwd } = this.#state.started;
      return attachFile(host, journal.workspace, attempt.folder, resolve(repo ?? cwd, path));
    });
  }

  note(text: string, step?: string): Promise<void> {
    const data = step === undefined ? { text } : { text, step };
    return this.#enqueue(() => this.#pump([{ type: 'note.added', actor: this.#options.actor, data }]));
  }

  rollback(reason: string): Promise<void> {
    return this.#enqueue(async () => {
      const question = this.#activity.kind === 'waiting' ? this.#activity.question : null;
      const response = requestRollback(this.#state, question, reason, this.#options.actor);
      if (!response.ok) throw new AnswerError(response.message);
      await this.#pump(response.events);
      if (this.#state.status === 'paused') await this.#close([]);
    });
  }

  stop(reason: string): Promise<void> {
    return this.#enqueue(async () => {
      const running = [...this.#running()];
      const retrying = this.#betweenTries(reason);
      if (running.length === 0 && retrying.length === 0) throw new AnswerError('nothing runs now');
      if (running.length > 0)
        await this.#append(
          running.map(({ at, attempt }) => ({
            type: 'attempt.stopping',
            actor: this.#options.actor,
            data: { ...at, attempt, reason },
          })),
        );
      for (const { context, action } of running) {
        if (action.stop === undefined) this.#stops.get(context.attempt.id)?.abort();
        else action.stop(context).catch((error: unknown) => this.#crash(error));
      }
      await this.#pump(retrying);
    });
  }

  /** Steps that wait for their next try have failed once somebody stops them. */
  #betweenTries(reason: string): readonly EventDraft[] {
    return [...this.#state.steps.values()].flatMap(({ id, visits }): EventDraft[] => {
      const visit = visits.at(-1);
      if (visit === undefined) return [];
      const waits = (visit.status === 'running' && visit.attempts.at(-1)?.status === 'ended') || waitsToBegin(visit);
      if (!waits || this.#stepOf(id)?.flow !== 'leaf') return [];
      const data = { step: id, visit: visit.visit, reason: `stopped: ${reason}` };
      return [{ type: 'step.failed', actor: this.#options.actor, data }];
    });
  }

  abandon(reason: string): Promise<void> {
    return this.#enqueue(async () => {
      if (this.#inFlight.size > 0)
        throw new AnswerError('a step is running: stop it first, or leave it running and quit');
      if (reason.trim() === '') throw new AnswerError('abandoning a run needs a reason');
      const end: EventDraft = {
        type: 'run.ended',
        actor: this.#options.actor,
        data: { status: 'abandoned', reason: reason.trim() },
      };
      await this.#close([end]);
    });
  }

  async leave(reason: 'asked' | 'interrupted' | 'waiting'): Promise<void> {
    this.#leaving.abort();
    this.#alarm?.abort();
    await this.#enqueue(() => {
      const question = this.#activity.kind === 'waiting' ? waitsFor(this.#activity.question) : 'the run to be resumed';
      const paused: EventDraft = {
        type: 'run.paused',
        actor: this.#options.actor,
        data: { reason, waiting: question },
      };
      return this.#close([paused]);
    });
  }

  // --- the queue and the loop ---

  #enqueue<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(async () => {
      if (this.#closed) throw new AnswerError('the run was left; resume goes on with it');
      return work();
    });
    this.#queue = result.catch((error: unknown) => this.#crash(error));
    return result;
  }

  /** Appends `drafts` and everything that follows from them in one write, then begins what they began. */
  async #pump(drafts: readonly EventDraft[]): Promise<void> {
    const batch = [...drafts];
    let state = this.#provisional(this.#state, batch, this.#options.host.clock.now());
    let decision = this.#decide(state);
    while (decision.events.length > 0) {
      batch.push(...decision.events);
      state = this.#provisional(state, decision.events, this.#options.host.clock.now());
      decision = this.#decide(state);
    }
    if (batch.length > 0) await this.#append(batch);
    this.#begin(decision);
  }

  #decide(state: RunState): Decision {
    return decide(state, this.#circumstances());
  }

  #circumstances(): Circumstances {
    const { host, actions, guided, arrivals, previous } = this.#options;
    return {
      specs: actions,
      now: host.clock.now(),
      guided,
      arrivals,
      previous,
      held: new Set(this.#secrets.keys()),
      terminal: this.#options.lendTerminal !== undefined,
      bootId: this.#bootId,
    };
  }

  /** The state as it will be once `drafts` are appended: to decide on, then thrown away. */
  #provisional(state: RunState, drafts: readonly EventDraft[], at: number): RunState {
    return drafts.reduce(
      (before, one) => reduce(before, { ...one, seq: before.head.seq + 1, at, sha256: '' }, this.id),
      state,
    );
  }

  async #append(drafts: readonly EventDraft[]): Promise<void> {
    const events = await this.#options.journal.append(drafts);
    this.#state = events.reduce((before, event) => reduce(before, event, this.id), this.#state);
    for (const event of events) this.#perform(event);
    this.#notify(events);
  }

  /** What the decision leaves to wait for. */
  #begin(decision: Decision): void {
    this.#alarm?.abort();
    this.#alarm = null;
    if (this.#state.endedAt !== null) {
      this.#activity = { kind: 'ended' };
      this.#close([]).catch((error: unknown) => this.#crash(error));
      return;
    }
    for (const { step, visit, attempt } of decision.ongoing) this.#recover(step, visit, attempt.attempt);
    this.#activity = this.#activityOf(decision);
    if (decision.wakeAt !== null) this.#setAlarm(decision.wakeAt);
    this.#notify();
  }

  #activityOf(decision: Decision): Activity {
    const { question, ongoing, wakeAt, probes } = decision;
    if (question !== null) return { kind: 'waiting', question };
    const running = ongoing[0];
    if (running !== undefined) return { kind: 'busy', step: running.step, since: running.attempt.startedAt };
    const now = this.#options.host.clock.now();
    if (wakeAt !== null) return { kind: 'retrying', step: this.#retrying() ?? '', until: wakeAt };
    return { kind: 'busy', step: probes[0]?.step ?? null, since: now };
  }

  #retrying(): StepId | null {
    const waiting = this.#state.startedOrder.findLast((id) => {
      const visit = this.#state.steps.get(id)?.visits.at(-1);
      return visit !== undefined && (visit.status === 'running' || waitsToBegin(visit));
    });
    return waiting ?? null;
  }

  #setAlarm(at: number): void {
    const alarm = new AbortController();
    this.#alarm = alarm;
    const { clock } = this.#options.host;
    clock
      .sleep(Math.max(0, at - clock.now()), alarm.signal)
      .then(() => (alarm.signal.aborted ? undefined : this.#enqueue(() => this.#pump([]))))
      .catch(() => {});
  }

  #notify(events: readonly RunEvent[] = []): void {
    for (const listener of this.#listeners) listener(events);
  }

  #crash(error: unknown): void {
    // Whoever is told that the run was left needs no second telling.
    if (this.#closed || error instanceof AnswerError) return;
    this.#closed = true;
    this.#leaving.abort();
    this.#alarm?.abort();
    this.#options.journal.close().catch(() => {});
    this.#activity = { kind: 'ended' };
    this.#fail(brokenRun(error, this.#state, (folder) => this.#inFlight.has(folder)));
    this.#notify();
  }

  /** Appends `last` and lets the run go; what still runs is a later process's to ask. */
  async #close(last: readonly EventDraft[]): Promise<void> {
    if (this.#closed) return;
    this.#leaving.abort();
    this.#alarm?.abort();
    await this.#drainInbox();
    if (last.length > 0) await this.#append(last);
    this.#closed = true;
    await this.#options.journal.close();
    this.#activity = { kind: 'ended' };
    this.#finish(exitCodeOf(this.#state));
    this.#notify();
  }

  // --- effects ---

  /** Begins what an event that was just made durable names. */
  #perform(event: RunEvent): void {
    if (event.type === 'probe.started') {
      const probe = this.#state.openProbes.find(({ folder }) => folder === event.data.folder);
      if (probe !== undefined) this.#track(probe.folder, this.#runProbe(probe));
    }
    if (event.type === 'step.started') this.#runAttempt(event.data.step, event.data.visit, event.data.attempt, false);
  }

  /** Finds out about an attempt that an earlier process started, unless this one waits for it already. */
  #recover(step: StepId, visit: number, attempt: number): void {
    this.#runAttempt(step, visit, attempt, true);
  }

  #runAttempt(id: StepId, visitNumber: number, number: number, recover: boolean): void {
    const step = this.#stepOf(id);
    const visit = this.#state.steps.get(id)?.visits[visitNumber - 1];
    const attempt = visit?.attempts.find((one) => one.attempt === number);
    if (step === null || visit === undefined || attempt === undefined || this.#inFlight.has(attempt.folder)) return;
    const action = this.#options.actions.get(step.action);
    if (step.flow !== 'leaf' || action?.perform === undefined) return;
    const prepared = this.#prepare(step, visit, attempt.folder, attempt.bootId, recover);
    const reading =
      prepared.kind === 'failed'
        ? Promise.resolve(unreadable(prepared.reason))
        : this.#lent(step, recover, () => read(action, this.#stoppableHere(action, prepared.context), recover));
    const at = { step: id, visit: visitNumber, attempt: number };
    this.#track(
      attempt.folder,
      reading.then((found) => this.#record(step, at, found)),
    );
  }

  /** What cannot be stopped from outside leaves off when it is told to. */
  #stoppableHere(action: Action, context: ActionContext): ActionContext {
    if (action.stop !== undefined) return context;
    const stop = new AbortController();
    this.#stops.set(context.attempt.id, stop);
    return { ...context, leave: AbortSignal.any([context.leave, stop.signal]) };
  }

  /** A step on the terminal has it from its start to its end. */
  #lent(step: Step, recover: boolean, use: () => Promise<Reading>): Promise<Reading> {
    const { lendTerminal } = this.#options;
    return step.tty && !recover && lendTerminal !== undefined ? lendTerminal(use) : use();
  }

  #track(folder: string, work: Promise<unknown>): void {
    const settled = work.then(
      () => {},
      (error: unknown) => this.#crash(error),
    );
    this.#inFlight.set(folder, settled);
    settled.then(() => this.#inFlight.delete(folder)).catch(() => {});
  }

  /** Journals what an attempt came to, and goes on. */
  async #record(step: Step, at: { step: StepId; visit: number; attempt: number }, reading: Reading): Promise<void> {
    if (this.#closed || (reading.kind === 'left' && this.#leaving.signal.aborted)) return;
    const found: Known = reading.kind === 'left' ? { kind: 'in-doubt', reason: 'stopped before it ended' } : reading;
    await this.#enqueue(() => {
      const visit = this.#state.steps.get(at.step)?.visits[at.visit - 1];
      const attempt = visit?.attempts.find((one) => one.attempt === at.attempt);
      if (visit === undefined || attempt === undefined) return Promise.resolve();
      this.#inFlight.delete(attempt.folder);
      this.#stops.delete(attempt.folder);
      return this.#pump(this.#outcome(step, visit, at, found, attempt.stopReason));
    });
  }

  #outcome(
    step: Step,
    visit: VisitState,
    at: { step: StepId; visit: number; attempt: number },
    reading: Known,
    stopReason: string | null,
  ): readonly EventDraft[] {
    if (reading.kind === 'never-began') return [draft('attempt.voided', { ...at, ...whyNever(reading) })];
    if (reading.kind === 'in-doubt') {
      // Nobody can tell what a request came to that was broken off; of a command nothing is left that could go on.
      const brokenOff = step.effect === 'once' && this.#options.actions.get(step.action)?.stop === undefined;
      if (stopReason === null || brokenOff) return [draft('attempt.in_doubt', { ...at, reason: reading.reason })];
      const end = { ok: false, reason: `stopped: ${stopReason}`, exit: null, status: null, ms: 0, gaveUp: false };
      return [draft('attempt.ended', { ...at, ...end, expectations: [], evidence: [] })];
    }
    const view = this.#view(step, visit);
    const action = this.#options.actions.get(step.action);
    if (view === null || action === undefined) {
      const { exit, status, ms, evidence } = reading;
      const end = { ok: false, reason: 'its outcome cannot be judged', exit, status, ms, gaveUp: true };
      return [draft('attempt.ended', { ...at, ...end, expectations: [], evidence: [...evidence] })];
    }
    const verdict = judge({
      body: step,
      spec: action,
      measured: reading,
      values: view.values,
      variables: this.#state.runbook.vars,
      secrets: this.#secretValues(step),
    });
    const ended = draft('attempt.ended', {
      ...at,
      ok: verdict.ok,
      reason: verdict.reason,
      exit: reading.exit,
      status: reading.status,
      ms: reading.ms,
      expectations: [...verdict.expectations],
      evidence: [...reading.evidence],
      gaveUp: verdict.gaveUp,
    });
    const captured = verdict.ok ? Object.entries(verdict.captured) : [];
    const sets = captured.map(([name, value]) =>
      draft('variable.set', { name, value, source: 'capture', step: at.step, visit: at.visit }),
    );
    // The end comes last: of a write that is torn before it nothing counts, and the same outcome is read again.
    return step.item === undefined || reading.blind === true
      ? [...sets, ended]
      : [...sets, itemAnswered(step, step.item, at, verdict, reading, view), ended];
  }

  async #runProbe(probe: ProbeState): Promise<void> {
    const { runbook } = this.#state;
    const step = probe.step === null ? null : this.#stepOf(probe.step);
    const body = probe.probe === 'identity' ? runbook.target?.identity : step?.doneWhen;
    if (body === undefined) return;
    const visit = probe.step === null ? null : (this.#state.steps.get(probe.step)?.visits.at(-1) ?? null);
    const asStep = undoAsStep(
      step ?? identityStep(body),
      body,
      probe.probe === 'identity' ? IDENTITY : (probe.step ?? IDENTITY),
    );
    const reading = await this.#read(asStep, visit, probe);
    if (reading.kind === 'left' || this.#closed) return;
    await this.#enqueue(() => {
      this.#inFlight.delete(probe.folder);
      return this.#pump([this.#probeEvent(probe, asStep, visit, reading)]);
    });
  }

  async #read(step: Step, visit: VisitState | null, probe: ProbeState): Promise<Reading> {
    const prepared = this.#prepare(step, visit, probe.folder, probe.bootId, false);
    if (prepared.kind === 'failed') return unreadable(prepared.reason);
    const action = this.#options.actions.get(step.action);
    return action?.perform === undefined
      ? unreadable(`the action ${step.action} reads nothing`)
      : action.perform(prepared.context);
  }

  #probeEvent(
    probe: ProbeState,
    step: Step,
    visit: VisitState | null,
    reading: Exclude<Reading, { kind: 'left' }>,
  ): EventDraft {
    const view = this.#view(step, visit);
    const action = this.#options.actions.get(step.action);
    const found = reading.kind === 'read' ? reading : unreadable(whyUnread(reading));
    const verdict =
      view === null || action === undefined
        ? { ok: false, reason: 'it cannot be read' }
        : judge({
            body: step,
            spec: action,
            measured: found,
            values: view.values,
            variables: this.#state.runbook.vars,
            secrets: this.#secretValues(step),
          });
    if (probe.probe === 'done-when' && probe.step !== null) {
      const at = { step: probe.step, visit: probe.visit ?? 1 };
      return draft('done_when.read', { ...at, ok: verdict.ok, reason: verdict.reason, evidence: [...found.evidence] });
    }
    return this.#targetRead(probe, found, verdict);
  }

  #targetRead(probe: ProbeState, found: ReadReading, verdict: { ok: boolean; reason: string | null }): EventDraft {
    const text = found.fields['stdout'] ?? found.fields['body'] ?? found.fields['text'] ?? '';
    const identity = typeof text === 'string' ? text.trim() : String(text);
    const first = this.#state.targets.find(({ data }) => data.ok)?.data.identity;
    const same = first === undefined || first === identity;
    const at = probe.step === null ? {} : { step: probe.step, visit: probe.visit ?? 1 };
    const reason = verdict.ok ? (same ? null : `reads "${identity}"`) : (verdict.reason ?? 'cannot be read');
    return draft('target.read', {
      identity,
      ok: verdict.ok && same,
      ...at,
      ...(reason === null ? {} : { reason }),
    });
  }

  // --- what an effect needs ---

  #stepOf(id: StepId): Step | null {
    const { places, undos } = outlineOf(this.#state.runbook);
    const place = places.get(id);
    if (place !== undefined) return place.step;
    const undo = undos.get(id);
    const origin = undo === undefined ? undefined : places.get(undo.of)?.step;
    return undo === undefined || origin === undefined ? null : undoAsStep(origin, undo.body, id);
  }

  #view(step: Step, visit: VisitState | null): View | null {
    const view = viewOf(this.#state, this.#options.actions, step.id, visit, step, this.#secrets);
    return view.ok ? view.value : null;
  }

  /** `begun`: it has its secrets already, and only what became of it is asked. */
  #prepare(
    step: Step,
    visit: VisitState | null,
    folder: string,
    bootId: string,
    begun: boolean,
  ): { kind: 'ready'; context: ActionContext } | { kind: 'failed'; reason: string } {
    const view = viewOf(this.#state, this.#options.actions, step.id, visit, step, this.#secrets);
    if (!view.ok) return { kind: 'failed', reason: view.message };
    const resolved = resolveBody(this.#state, this.#options.actions, view.value, step);
    if (!resolved.ok) return { kind: 'failed', reason: resolved.message };
    const lost = resolved.value.secrets.find((name) => !this.#secrets.has(name));
    if (lost !== undefined && !begun) return { kind: 'failed', reason: `the secret ${lost} is not there any more` };
    const edited = this.#edited(step, visit, resolved.value);
    return { kind: 'ready', context: this.#context(step, edited, folder, bootId) };
  }

  /** What a person made of the text that goes out, in place of the document's. */
  #edited(step: Step, visit: VisitState | null, resolved: Resolved): Resolved {
    const name = this.#options.actions.get(step.action)?.draft ?? null;
    const { params } = resolved;
    const answer = visit?.answer ?? null;
    if (name === null || answer === null || typeof params !== 'object' || params === null || Array.isArray(params))
      return resolved;
    return { ...resolved, params: { ...params, [name]: answer } };
  }

  #context(step: Step, resolved: Resolved, folder: string, bootId: string): ActionContext {
    const { host, target } = this.#options;
    return {
      target,
      attempt: { id: toAttemptId(folder), bootId },
      clock: host.clock,
      params: resolved.params,
      env: this.#environment(resolved),
      cwd: resolved.cwd === null ? target.base : resolve(target.base, resolved.cwd),
      timeoutMs: step.timeoutMs ?? null,
      // The identity of the target is what its command printed.
      readsStdout: step.id === IDENTITY || readsStdout(step),
      secrets: resolved.secrets.flatMap((name) => this.#secrets.get(name) ?? []),
      ...(step.item === undefined ? {} : { survey: this.#surveyFor(step.id) }),
      tty: step.tty,
      leave: this.#leaving.signal,
    };
  }

  /** Items of one look at a checklist share what they read; a new look reads anew. */
  #surveyFor(item: StepId): Survey {
    const gate = outlineOf(this.#state.runbook).places.get(item)?.parent?.step.id;
    const visit = gate === undefined ? undefined : this.#state.steps.get(gate)?.visits.at(-1);
    const look = `${gate ?? ''} ${visit?.visit ?? 0} ${visit?.retriedSeq ?? 0}`;
    if (this.#survey?.look !== look) {
      this.#survey = { look, survey: createSurvey(this.#options.target.files, { respectIgnore: true }) };
    }
    return this.#survey.survey;
  }

  /** The child's environment: the target's without secrets, the run's variables, the step's `env`. */
  #environment(resolved: Resolved): ChildEnvironment {
    const without = Object.values(this.#state.runbook.vars).flatMap(({ secret, env }) =>
      secret && env !== undefined ? [env] : [],
    );
    return { without, set: { ...resolved.variables, ...resolved.env } };
  }

  #secretValues(step: Body): readonly string[] {
    return secretsIn(this.#state, step).flatMap((name) => this.#secrets.get(name) ?? []);
  }

  *#running(): Iterable<{
    at: { step: StepId; visit: number };
    attempt: number;
    action: Action;
    context: ActionContext;
  }> {
    for (const state of this.#state.steps.values()) {
      const visit = state.visits.at(-1);
      const attempt = visit?.attempts.at(-1);
      if (visit === undefined || attempt?.status !== 'started' || !this.#inFlight.has(attempt.folder)) continue;
      const found = this.#stoppable(state, visit, attempt.folder, attempt.bootId);
      if (found !== null) yield { at: { step: state.id, visit: visit.visit }, attempt: attempt.attempt, ...found };
    }
  }

  #stoppable(
    state: StepState,
    visit: VisitState,
    folder: string,
    bootId: string,
  ): { action: Action; context: ActionContext } | null {
    const step = this.#stepOf(state.id);
    const action = step === null ? undefined : this.#options.actions.get(step.action);
    if (step === null || action?.perform === undefined) return null;
    const prepared = this.#prepare(step, visit, folder, bootId, true);
    return prepared.kind === 'ready' ? { action, context: prepared.context } : null;
  }

  // --- messages of other processes ---

  async #watchInbox(): Promise<void> {
    const { clock } = this.#options.host;
    const { journal } = this.#options;
    while (!this.#closed && !this.#leaving.signal.aborted) {
      const messages = (await reachable(journal.inbox())) ?? [];
      if (messages.length > 0 || journal.refused.length > this.#refused) await this.#enqueue(() => this.#takeInbox());
      await clock.sleep(INBOX_EVERY_MS, this.#leaving.signal);
    }
  }

  async #takeInbox(): Promise<void> {
    const taken = await this.#readInbox();
    await this.#pump([...taken.flatMap(({ events }) => events), ...this.#tellRefused()]);
    await this.#settle(taken);
  }

  /** What the inbox held that is no message: told in the journal, because somebody put it there. */
  #tellRefused(): readonly EventDraft[] {
    const { refused } = this.#options.journal;
    const told = refusedNote(refused.slice(this.#refused));
    this.#refused = refused.length;
    return told;
  }

  /** A message that cannot be removed now is known by its id, and removed by the next opening. */
  async #settle(taken: readonly TakenMessage[]): Promise<void> {
    for (const { id } of taken) await reachable(this.#options.journal.settleInbox(id));
  }

  async #readInbox(): Promise<readonly TakenMessage[]> {
    const { host, journal, approvalJudge = trustsNobody } = this.#options;
    return inboxEvents(this.#state, (await reachable(journal.inbox())) ?? [], approvalJudge, host.clock.now());
  }

  async #drainInbox(): Promise<void> {
    const taken = await this.#readInbox();
    const events = [...taken.flatMap((one) => one.events), ...this.#tellRefused()];
    if (events.length > 0) await this.#append(events);
    await this.#settle(taken);
  }
}

/** Resolves like `work`; null where the disk refuses the inbox: the run does not depend on it, and what is in it stays. */
async function reachable<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof JournalError && error.code === 'unusable') return null;
    throw error;
  }
}

/**
 * What an automatic item came to: not applicable and partial are the document's to say, over what was read. A reading that
 * could not look answers nothing, so its item stays unknown.
 */
function itemAnswered(
  step: Step,
  item: Item,
  at: At,
  verdict: Judgement,
  reading: ReadReading,
  view: View,
): EventDraft {
  const values = { ...view.values, ...reading.fields };
  const holds = (source: string | undefined): boolean => {
    const result = source === undefined ? null : evaluate(source, values);
    return result?.ok === true && result.value === true;
  };
  const result = holds(item.na) ? 'na' : verdict.ok ? 'pass' : holds(item.partial) ? 'partial' : 'fail';
  const detail = result === 'na' ? `not applicable: ${whyNot(item, reading)}` : (verdict.reason ?? 'as expected');
  const evidence = [...placesOf(reading)];
  // What is missing is in no line: then it is told what was looked for.
  const missing = (result === 'partial' || result === 'fail') && evidence.length === 0;
  const told = missing && reading.exit === null ? `${step.summary}: ${detail}` : detail;
  return draft('item.answered', { step: at.step, visit: at.visit, result, detail: told, evidence });
}

/** The last thing that a command said about it, else the condition of the document. */
function whyNot(item: Item, { fields }: ReadReading): string {
  const said = typeof fields['output'] === 'string' ? fields['output'].trim().split('\n').at(-1)?.trim() : undefined;
  return said === undefined || said === '' ? (item.na ?? '') : oneLine(said, 200);
}

const placesMax = 100;

/** `path:line` of each match, the files that were found, or the lines of a command's output that begin with a place. */
function placesOf(reading: ReadReading): readonly string[] {
  const { matches, files, output } = reading.fields;
  if (typeof output === 'string')
    return [...output.matchAll(/^([^\s:]+:\d+)(?=:|$)/gm)].slice(0, placesMax).map(([place]) => place);
  const found = Array.isArray(matches) ? matches : Array.isArray(files) ? files : [];
  return found.slice(0, placesMax).map((one) => String(one).replace(/^([^:]*:\d+):.*$/s, '$1'));
}

interface At {
  readonly step: StepId;
  readonly visit: number;
}

type ReadReading = Extract<Reading, { kind: 'read' }>;
/** What became of an attempt that this process did not leave. */
type Known = Exclude<Reading, { kind: 'left' }>;

function whyUnread(reading: Exclude<Known, { kind: 'read' }>): string {
  return (reading.kind === 'in-doubt' ? reading.reason : reading.why?.reason) ?? 'its outcome is not known';
}

/** Why an attempt never began, as far as anybody knows. */
function whyNever({ why }: Extract<Reading, { kind: 'never-began' }>) {
  return why === null ? {} : { cause: why.cause, reason: oneLine(why.reason) };
}

/** An outcome for what could not be performed at all. */
function unreadable(reason: string): ReadReading {
  return { kind: 'read', fields: {}, exit: null, status: null, ms: 0, reason, evidence: [] };
}

function read(action: Action, context: ActionContext, recover: boolean): Promise<Reading> {
  if (!recover)
    return action.perform === undefined ? Promise.resolve(unreadable('nothing to perform')) : action.perform(context);
  if (action.recover !== undefined) return action.recover(context);
  return Promise.resolve({ kind: 'in-doubt', reason: 'gonogo ended while it ran, and nothing durable is left of it' });
}

/** True when an expression of `step` reads standard output by itself. */
function readsStdout(step: Body): boolean {
  const expressions = [...step.expect, ...Object.values(step.capture), step.retry?.giveUp ?? ''];
  return expressions.some((source) => /\b(?:stdout|json)\b/.test(source));
}

function identityStep(body: Body): Step {
  return {
    ...body,
    id: IDENTITY,
    title: 'Identity of the target',
    undo: { kind: 'none' },
    onFail: 'ask',
    danger: false,
    tty: false,
    roles: [],
    bindings: {},
    flow: 'leaf',
    blocks: [],
  };
}
