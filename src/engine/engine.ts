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
import { maskText } from '../diagnostics/mask.ts';
import { type Known as Acting, probeStep, stepNamed } from '../run/acting.ts';
import type { Circumstances } from '../run/circumstances.ts';
import { corrects } from '../run/correct.ts';
import { decide } from '../run/decide.ts';
import type { Decision } from '../run/decision.ts';
import { draftBy } from '../run/draft.ts';
import type { Actor, EventDraft, Evidence, RunEvent } from '../run/event.ts';
import { oneLine } from '../run/failure.ts';
import { leftTo, successorIn } from '../run/handing-over.ts';
import { writesNote } from '../run/incident.ts';
import { type ItemAnswer, judges } from '../run/judging.ts';
import {
  attemptOutcome,
  probedVisit,
  probeOutcome,
  type Tried,
  unjudged,
  unreadProbe,
  wordsOf,
} from '../run/outcome.ts';
import type { Answer, Question } from '../run/question.ts';
import type { Known, Reading } from '../run/reading.ts';
import { reopens } from '../run/redo.ts';
import { foresee, reduce } from '../run/reduce.ts';
import { requestRollback, respond } from '../run/respond.ts';
import type { Response } from '../run/response.ts';
import { type Saying, says } from '../run/saying.ts';
import type { AttemptState, ProbeState, RunState, VisitState } from '../run/state.ts';
import { abandons, isOpen, outlives, pauses, stoppable, stopsBetweenTries } from '../run/stopping.ts';
import type { Step, StepId } from '../runbook/document.ts';
import { activityAtEnd, activityOf } from './activity.ts';
import { Alarm } from './alarm.ts';
import { asks } from './asking.ts';
import { attachAt } from './attach.ts';
import { brokenRun, isOfTheWorld } from './broken-run.ts';
import { circumstancesIn } from './circumstances-in.ts';
import { forgetClaims } from './claims.ts';
import { clearHosts } from './clear-hosts.ts';
import { wakeMs, withClock } from './clock-watch.ts';
import { exitCodeOf } from './exit-code.ts';
import { callHooks } from './hooks.ts';
import { InFlight } from './in-flight.ts';
import { InboxReader } from './inbox-reader.ts';
import { linkNotes } from './link-notes.ts';
import { Performer } from './performer.ts';
import { fitting } from './refusals.ts';
import { reviewsWritten } from './reviews.ts';
import { type SecretReading, SecretSource } from './secret-source.ts';
import { type Activity, AnswerError, openQuestion, type Session } from './session.ts';
import type { SessionOptions } from './session-options.ts';

const INBOX_EVERY_MS = 400;

/** Drives the run on from its state. The journal is closed when `done` resolves. */
export function openSession(options: SessionOptions): Session {
  return new Engine(options);
}

class Engine implements Session {
  readonly id: string;
  readonly done: Promise<number>;
  readonly #options: SessionOptions;
  readonly #secrets: Map<string, string>;
  readonly #source: SecretSource;
  readonly #listeners = new Set<(events: readonly RunEvent[]) => void>();
  readonly #leaving = new AbortController();
  readonly #inFlight = new InFlight((error) => this.#crash(error));
  readonly #performer: Performer;
  readonly #inbox: InboxReader;
  #state: RunState;
  /** The target's, as it was when this session began. */
  #bootId = '';
  #activity: Activity = { kind: 'busy', step: null, since: 0 };
  #queue: Promise<unknown> = Promise.resolve();
  readonly #alarm: Alarm;
  /** While `closing` nothing more is taken, and hooks are called. */
  #life: 'open' | 'closing' | 'closed' = 'open';
  readonly #hooksLeave = new AbortController();
  /** Who has taken the run over and goes on with it in a session of their own; null: nobody. */
  #successor: string | null = null;
  #finish: (code: number) => void = () => {};
  #fail: (error: unknown) => void = () => {};

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#state = options.state;
    this.#secrets = new Map(options.secrets);
    this.#source = new SecretSource(options.readSecret, this.#leaving.signal, (...given) => this.#fetched(...given));
    options.journal.keepOut(options.secrets.values());
    this.#inbox = new InboxReader(options, () => [...this.#secrets.values()]);
    const tell = (told: () => readonly EventDraft[]): void => {
      this.#enqueue(() => this.#pump(told())).catch(() => {});
    };
    this.#performer = new Performer(options, () => this.#acting(), this.#leaving.signal, {
      held: (folder, how) => tell(() => outlives(this.#state, folder, how)),
      link: linkNotes((notes) => tell(() => (this.#life === 'closed' ? [] : notes)), options.host.clock.now),
    });
    this.#alarm = new Alarm(options.host.clock, () => this.#enqueue(() => this.#pump([])));
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

  now(): number {
    return this.#options.journal.now();
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
      const asked = openQuestion(this.#activity, question);
      const response = respond(this.#state, asked, answer, actor, this.now());
      if (!response.ok) throw new AnswerError(response.message);
      if (response.secret !== null) this.#hold(response.secret);
      this.#source.unavailable.clear();
      if (answer.kind === 'pause') return this.#close(response.events);
      await this.#given(response.events);
      const written = await reviewsWritten(this.#options.writeReview, this.#state, response.events, actor);
      if (written.length > 0 && this.#life !== 'closed') await this.#pump(written);
      if (this.#state.status === 'paused') await this.#close([]);
    });
  }

  attach(path: string, question: Question): Promise<Evidence> {
    return this.#enqueue(() => {
      openQuestion(this.#activity, question);
      const { host, journal } = this.#options;
      const taking = { files: host.files, journal, secrets: [...this.#secrets.values()] };
      return attachAt(taking, this.#state, question, path);
    });
  }

  note(text: string, step?: string): Promise<void> {
    return this.#decided(() => writesNote(this.#state, { text, step }, this.#options.actor, this.now()));
  }

  say(saying: Saying): Promise<void> {
    return this.#decided(() => says(this.#state, saying, this.#options.actor));
  }

  redo(step: string, reason: string): Promise<void> {
    return this.#decided(() => reopens(this.#state, step, reason, this.#options.actor));
  }

  correct(name: string, value: string, reason: string): Promise<void> {
    return this.#decided(() => corrects(this.#state, { name, value, reason }, this.#options.actor));
  }

  judge(step: string, answer: ItemAnswer): Promise<void> {
    const { actor } = this.#options;
    return this.#decided(() => judges(this.#state, step, answer, { actor, now: this.now() }));
  }

  /** What somebody decides beside what is asked. */
  #decided(respond: () => Response): Promise<void> {
    return this.#enqueue(async () => {
      const response = respond();
      if (!response.ok) throw new AnswerError(response.message);
      await this.#given(response.events);
      if (this.#state.status === 'paused') await this.#close([]);
    });
  }

  #asked(): Question | null {
    return this.#activity.kind === 'waiting' ? this.#activity.question : null;
  }

  rollback(reason: string): Promise<void> {
    return this.#decided(() => requestRollback(this.#state, this.#asked(), reason, this.#options.actor));
  }

  stop(reason: string): Promise<void> {
    return this.#enqueue(async () => {
      const running = stoppable(this.#state).filter(({ attempt }) => this.#inFlight.has(attempt.folder));
      const retrying = stopsBetweenTries(this.#state, reason, this.#options.actor);
      const probes = this.#state.openProbes.filter(({ folder }) => this.#inFlight.has(folder));
      if (running.length + retrying.length + probes.length === 0) throw new AnswerError('nothing runs now');
      const { actor } = this.#options;
      const stopping = running.map(({ at }) => draftBy(actor, 'attempt.stopping', { ...at, reason }));
      if (stopping.length > 0) await this.#append(stopping);
      for (const { step, visit, attempt } of running) this.#end(step, visit, attempt);
      for (const probe of probes) this.#end(probeStep(this.#state, probe), probedVisit(this.#state, probe), probe);
      await this.#pump([...retrying, ...probes.map((probe) => unreadProbe(this.#state, probe, `stopped: ${reason}`))]);
    });
  }

  abandon(reason: string): Promise<void> {
    return this.#enqueue(async () => {
      const response = abandons(reason, this.#inFlight.size > 0, this.#options.actor);
      if (!response.ok) throw new AnswerError(response.message);
      await this.#close(this.#options.journal.seal(response.events));
    });
  }

  async leave(reason: 'asked' | 'interrupted' | 'waiting'): Promise<void> {
    if (this.#life === 'closing') this.#hooksLeave.abort();
    this.#options.journal.hurry();
    this.#leaving.abort();
    this.#alarm.off();
    await this.#enqueue(() => this.#close([pauses(this.#asked(), reason, this.#options.actor)]));
  }

  #enqueue<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(async () => {
      if (this.#life !== 'open') throw new AnswerError('the run was left; resume goes on with it');
      return fitting(work());
    });
    this.#queue = result.catch((error: unknown) => this.#crash(error));
    return result;
  }

  /**
   * Appends `drafts` and everything that follows from them in one write, then begins what they began. What is decided on is
   * what will be recorded.
   */
  async #pump(drafts: readonly EventDraft[]): Promise<void> {
    const { journal } = this.#options;
    await this.#tellJumps();
    const batch = [...journal.seal(drafts)];
    let state = foresee(this.#state, batch, this.now());
    let decision = this.#decide(state);
    while (decision.events.length > 0) {
      const events = journal.seal(decision.events);
      batch.push(...events);
      state = foresee(state, events, this.now());
      decision = this.#decide(state);
    }
    if (batch.length > 0) await this.#append(batch);
    if (this.#successor !== null) return this.#close(leftTo(this.#successor, this.#options.actor));
    this.#begin(decision);
  }

  /** What became of the clock is on record before anything is decided by it. Resolves with whether anything did. */
  async #tellJumps(): Promise<boolean> {
    const { journal } = this.#options;
    const before = this.#state.head.seq;
    for (let jump = journal.jump(); jump !== null; jump = journal.jump()) await this.#append([jump]);
    return this.#state.head.seq > before;
  }

  /** Also while nothing happens, so that a jump is dated by when it was. */
  async #lookAtClock(): Promise<void> {
    if (await this.#tellJumps()) await this.#pump([]);
  }

  /** Records what a person says. What cannot be on record is refused, and the question stays. */
  async #given(drafts: readonly EventDraft[]): Promise<void> {
    const before = this.#state.head.seq;
    try {
      await this.#pump(drafts);
    } catch (error) {
      if (isOfTheWorld(error) || this.#state.head.seq !== before) throw error;
      throw new AnswerError(`it cannot be recorded: ${oneLine(maskText(wordsOf(error), [...this.#secrets.values()]))}`);
    }
  }

  /** Records what became of an effect; where that cannot be made out or recorded, that it failed, and why. */
  async #became(events: () => readonly EventDraft[], failed: (reason: string) => EventDraft): Promise<void> {
    const before = this.#state.head.seq;
    try {
      await this.#pump(events());
    } catch (error) {
      if (isOfTheWorld(error) || this.#state.head.seq !== before) throw error;
      const why = maskText(wordsOf(error), [...this.#secrets.values()]);
      await this.#pump([failed(`its outcome cannot be recorded: ${why}`)]);
    }
  }

  #decide(state: RunState): Decision {
    return withClock(this.#options, state, decide(state, this.#circumstances()));
  }

  #circumstances(): Circumstances {
    const held = new Set(this.#secrets.keys());
    return circumstancesIn(this.#options, { held, unavailable: this.#source.unavailable, bootId: this.#bootId });
  }

  async #append(drafts: readonly EventDraft[]): Promise<void> {
    const events = await this.#options.journal.append(drafts);
    this.#state = events.reduce((before, event) => reduce(before, event, this.id), this.#state);
    for (const event of events) this.#perform(event);
    this.#successor ??= successorIn(events, this.#options.actor);
    this.#notify(events);
  }

  /** What the decision leaves to wait for. */
  #begin(decision: Decision): void {
    this.#alarm.off();
    if (this.#state.endedAt !== null) {
      this.#activity = activityAtEnd(this.#state, this.#options.host.clock.now());
      this.#close([]).catch((error: unknown) => this.#crash(error));
      return;
    }
    for (const { step, visit, attempt } of decision.ongoing) this.#runAttempt(step, visit, attempt.attempt, true);
    this.#activity = activityOf(this.#state, decision, this.now());
    if (decision.question?.kind === 'variable') this.#source.ask(decision.question);
    this.#alarm.set(wakeMs(this.#options, this.#state, decision));
    this.#notify();
  }

  /** What the command of a secret came to. */
  #fetched(question: Question<'variable'>, reading: SecretReading): Promise<void> {
    return this.#enqueue(() => {
      const now = this.now();
      const { events, secret } = this.#source.take(this.#state, question, reading, now);
      if (secret !== null) this.#hold(secret);
      return this.#pump(events);
    });
  }

  #hold({ name, value }: { readonly name: string; readonly value: string }): void {
    this.#secrets.set(name, value);
    this.#options.journal.keepOut([value]);
  }

  #notify(events: readonly RunEvent[] = []): void {
    for (const listener of this.#listeners) listener(events);
  }

  #crash(error: unknown): void {
    // Whoever is told that the run was left needs no second telling.
    if (this.#life === 'closed' || error instanceof AnswerError) return;
    this.#life = 'closed';
    this.#leaving.abort();
    this.#alarm.off();
    this.#options.journal.close().catch(() => {});
    this.#activity = { kind: 'ended' };
    this.#fail(brokenRun(error, this.#state, (folder) => this.#inFlight.has(folder)));
    this.#notify();
  }

  /** Appends `last` and lets the run go; what still runs is a later process's to ask. */
  async #close(last: readonly EventDraft[]): Promise<void> {
    if (this.#life !== 'open') return;
    this.#leaving.abort();
    this.#alarm.off();
    await this.#takeInbox(async (events) => (events.length > 0 ? this.#append(events) : undefined));
    if (last.length > 0) await this.#append(last);
    this.#life = 'closing';
    await this.#callHooks();
    await clearHosts(this.#options, this.#state, (notes) => this.#append(notes), this.#hooksLeave.signal);
    this.#life = 'closed';
    await forgetClaims(this.#options.others, this.#state);
    await this.#options.journal.close();
    this.#activity = { kind: 'ended' };
    this.#finish(exitCodeOf(this.#state));
    this.#notify();
  }

  #callHooks(): Promise<void> {
    return callHooks({
      options: this.#options,
      performer: this.#performer,
      known: () => this.#acting(),
      circumstances: () => this.#circumstances(),
      append: (drafts) => this.#append(this.#options.journal.seal(drafts)),
      hold: (secret) => this.#hold(secret),
      leave: this.#hooksLeave.signal,
    });
  }

  // --- effects ---

  /** Begins what an event that was just made durable names. */
  #perform(event: RunEvent): void {
    if (event.type === 'probe.started') {
      const probe = this.#state.openProbes.find(({ folder }) => folder === event.data.folder);
      if (probe !== undefined) this.#inFlight.track(probe.folder, this.#runProbe(probe));
    }
    this.#ask(event);
    if (event.type === 'step.started') this.#runAttempt(event.data.step, event.data.visit, event.data.attempt, false);
  }

  /** `recover` finds out about an attempt that an earlier process started, unless this one waits for it already. */
  #runAttempt(id: StepId, visitNumber: number, number: number, recover: boolean): void {
    const step = stepNamed(this.#state, id);
    const visit = this.#state.steps.get(id)?.visits.at(visitNumber - 1);
    const attempt = visit?.attempts.find((one) => one.attempt === number);
    if (step === null || visit === undefined || attempt === undefined || this.#inFlight.has(attempt.folder)) return;
    if (step.flow !== 'leaf' || this.#options.actions.get(step.action)?.perform === undefined) return;
    if (recover && attempt.status === 'stopping') this.#end(step, visit, attempt);
    const at = { step: id, visit: visitNumber, attempt: number };
    this.#inFlight.track(
      attempt.folder,
      this.#performer.attempt(step, visit, attempt, recover).then((found) => this.#record(step, at, found)),
    );
  }

  /** Ends an attempt, also one that an earlier process was to end and died before it could. */
  #end(step: Step | null, visit: VisitState | null, named: AttemptState | ProbeState): void {
    if (step === null) return;
    this.#performer.stop(step, visit, named).catch((error: unknown) => this.#crash(error));
  }

  /** Journals what an attempt came to, and goes on. */
  async #record(step: Step, at: Tried['at'], reading: Reading): Promise<void> {
    if (this.#life !== 'open' || (reading.kind === 'left' && this.#leaving.signal.aborted)) return;
    const found: Known = reading.kind === 'left' ? { kind: 'in-doubt', reason: 'stopped before it ended' } : reading;
    await this.#enqueue(async () => {
      const visit = this.#state.steps.get(at.step)?.visits.at(at.visit - 1);
      const attempt = visit?.attempts.find((one) => one.attempt === at.attempt);
      if (visit === undefined || attempt === undefined) return;
      this.#inFlight.forget(attempt.folder);
      this.#performer.forget(attempt.folder);
      // A person has settled it while it ran.
      if (!isOpen(attempt)) return;
      const stoppable = this.#options.actions.get(step.action)?.stop !== undefined;
      const tried: Tried = { step, visit, at, stopReason: attempt.stopReason, stoppable };
      await this.#became(
        () => attemptOutcome(this.#acting(), tried, found),
        (reason) => unjudged(at, found, reason),
      );
    });
  }

  async #runProbe(probe: ProbeState): Promise<void> {
    const step = probeStep(this.#state, probe);
    if (step === null) return;
    const reading = await this.#performer.probe(step, probedVisit(this.#state, probe), probe);
    if (reading.kind === 'left' || this.#life !== 'open') return;
    await this.#enqueue(async () => {
      this.#inFlight.forget(probe.folder);
      this.#performer.forget(probe.folder);
      // Somebody has stopped it.
      if (!this.#state.openProbes.some(({ folder }) => folder === probe.folder)) return;
      await this.#became(
        () => probeOutcome(this.#acting(), probe, step, reading),
        (reason) => unreadProbe(this.#state, probe, reason),
      );
    });
  }

  /** What an event asks of others ends with this session. */
  #ask(event: RunEvent): void {
    const append = (events: readonly EventDraft[]) => this.#enqueue(() => this.#pump(events));
    const work = asks({ ...this.#options, state: () => this.#state, append }, event, this.#leaving.signal);
    work.catch((error: unknown) => this.#crash(error));
  }

  #acting(): Acting {
    return { state: this.#state, specs: this.#options.actions, secrets: this.#secrets };
  }

  // --- messages of other processes ---

  async #watchInbox(): Promise<void> {
    const { host, alone } = this.#options;
    if (alone === true) return;
    const { clock } = host;
    while (!this.#leaving.signal.aborted) {
      if (await this.#inbox.hasMore()) await this.#enqueue(() => this.#takeInbox());
      await clock.sleep(INBOX_EVERY_MS, this.#leaving.signal);
      if (!this.#leaving.signal.aborted) await this.#enqueue(() => this.#lookAtClock());
    }
  }

  async #takeInbox(
    take: (events: readonly EventDraft[]) => Promise<void> = (events) => this.#pump(events),
  ): Promise<void> {
    const { events, taken } = await this.#inbox.read(this.#state);
    await take(events);
    await this.#inbox.settle(taken);
  }
}
