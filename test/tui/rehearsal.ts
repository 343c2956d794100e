/** A session on the pure core: questions, answers and events are the real ones; what commands do is told by the test. */
import type { DocumentChange } from '../../src/app/changed-documents.ts';
import type { People } from '../../src/app/people.ts';
import type { AboutChanges } from '../../src/app/resume.ts';
import { type Activity, AnswerError, openQuestion, type Session } from '../../src/engine/session.ts';
import type { ByteSource } from '../../src/feed/byte-source.ts';
import { corrects } from '../../src/run/correct.ts';
import type { EventDraft, Evidence, RunEvent } from '../../src/run/event.ts';
import { type ItemAnswer, judges } from '../../src/run/judging.ts';
import type { Answer, Question } from '../../src/run/question.ts';
import { reopens } from '../../src/run/redo.ts';
import { requestRollback, respond } from '../../src/run/respond.ts';
import type { Response } from '../../src/run/response.ts';
import { type Saying, says } from '../../src/run/saying.ts';
import type { RunState } from '../../src/run/state.ts';
import type { Runbook } from '../../src/runbook/document.ts';
import type { Home, HomeRun, OpenedRun, RunbookFile } from '../../src/tui/home.ts';
import { operator, Play } from '../run/play.ts';

export class Rehearsal implements Session {
  readonly id = 'r';
  readonly folder = '/run';
  readonly play: Play;
  readonly answers: Answer[] = [];
  readonly stops: string[] = [];
  readonly left: string[] = [];
  readonly #done = Promise.withResolvers<number>();
  readonly #listeners = new Set<(events: readonly RunEvent[]) => void>();

  constructor(runbook: Runbook, vars: Record<string, string> = {}) {
    this.play = new Play(runbook, { guided: true, vars });
  }

  get done(): Promise<number> {
    return this.#done.promise;
  }

  state(): RunState {
    return this.play.state;
  }

  activity(): Activity {
    const { question, others, wakeAt } = this.play.decision;
    if (this.left.length > 0 || this.play.state.endedAt !== null) return { kind: 'ended' };
    if (question !== null) return { kind: 'waiting', question, others };
    const [step = null] = this.play.running();
    if (wakeAt !== null) return { kind: 'retrying', step: step ?? '', until: wakeAt };
    return { kind: 'busy', step, since: this.play.now };
  }

  now(): number {
    return this.play.now;
  }

  subscribe(listener: (events: readonly RunEvent[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async answer(answer: Answer, asked: Question | null = this.play.decision.question): Promise<void> {
    if (asked === null) throw new AnswerError('nothing is asked now');
    const question = openQuestion(this.activity(), asked);
    const response = respond(this.play.state, question, answer, operator, this.play.now);
    if (!response.ok) throw new AnswerError(response.message);
    this.answers.push(answer);
    this.append(...response.events);
  }

  async answerAs(answer: Answer, asked: Question): Promise<void> {
    await this.answer(answer, asked);
  }

  async attach(path: string): Promise<Evidence> {
    if (path === 'no-such-file') throw new AnswerError('the file cannot be taken as evidence: it does not exist');
    return { path, bytes: 0, sha256: 'a' };
  }

  async note(text: string, step?: string): Promise<void> {
    this.append({ type: 'note.added', actor: operator, data: step === undefined ? { text } : { text, step } });
  }

  async say(saying: Saying): Promise<void> {
    this.#decided(says(this.play.state, saying, operator));
  }

  async redo(step: string, reason: string): Promise<void> {
    this.#decided(reopens(this.play.state, step, reason, operator));
  }

  async correct(name: string, value: string, reason: string): Promise<void> {
    this.#decided(corrects(this.play.state, { name, value, reason }, operator));
  }

  async judge(step: string, answer: ItemAnswer): Promise<void> {
    this.#decided(judges(this.play.state, step, answer, { actor: operator, now: this.play.now }));
  }

  #decided(response: Response): void {
    if (!response.ok) throw new AnswerError(response.message);
    this.append(...response.events);
  }

  async rollback(reason: string): Promise<void> {
    const response = requestRollback(this.play.state, this.play.decision.question, reason, operator);
    if (!response.ok) throw new AnswerError(response.message);
    this.append(...response.events);
  }

  async stop(reason: string): Promise<void> {
    this.stops.push(reason);
  }

  async leave(reason: 'asked' | 'interrupted' | 'waiting'): Promise<void> {
    this.left.push(reason);
    this.append({ type: 'run.paused', actor: operator, data: { reason, waiting: 'the run to be resumed' } });
  }

  async abandon(reason: string): Promise<void> {
    this.append({ type: 'run.ended', actor: operator, data: { status: 'abandoned', reason } });
  }

  /** The running command of `step` ends. */
  end(step: string, ok = true, reason?: string): void {
    this.play.end(step, ok, reason === undefined ? {} : { reason });
    this.#settle();
  }

  append(...drafts: EventDraft[]): void {
    this.play.append(...drafts);
    this.#settle();
  }

  #settle(): void {
    const { state } = this.play;
    if (state.endedAt !== null) this.#done.resolve(state.status === 'completed' ? 0 : 1);
    else if (state.status === 'paused') {
      if (this.left.length === 0) this.left.push('pause');
      this.#done.resolve(this.left.includes('interrupted') ? 130 : 3);
    }
    for (const listener of this.#listeners) listener([]);
  }
}

/** A home in memory. `files`: what the attempts wrote, by the paths of their events. */
export class MemoryHome implements Home {
  readonly files = new Map<string, string>();
  readonly saved = new Map<string, string>();
  runList: HomeRun[] = [];
  runbookList: RunbookFile[] = [];
  history = new Map<string, readonly number[]>();
  sessions = new Map<string, Session>();
  reads = 0;
  /** With which key each report was written. */
  readonly written: (string | null)[] = [];

  async runs(): Promise<readonly HomeRun[]> {
    return this.runList;
  }

  async runbooks(): Promise<readonly RunbookFile[]> {
    return this.runbookList;
  }

  /** Who is at every run. */
  present: People | null = null;

  async people(): Promise<People | null> {
    return this.present;
  }

  /** What has changed in the documents of each run. */
  readonly changes = new Map<string, readonly DocumentChange[]>();
  /** What was decided about changes. */
  readonly decided: AboutChanges[] = [];

  async open(run: string, about: AboutChanges): Promise<OpenedRun> {
    this.decided.push(about);
    const changes = this.changes.get(run);
    if (changes !== undefined && about.kind === 'ask') return { kind: 'changed', changes };
    return { kind: 'opened', session: this.#session(run) };
  }

  async start(path: string): Promise<Session> {
    return this.#session(path);
  }

  async read(run: string): Promise<RunState> {
    return this.#session(run).state();
  }

  evidence(): ByteSource {
    return {
      readTail: async (path, bytesMax) => {
        const bytes = Buffer.from(this.files.get(path) ?? '');
        return { bytes: bytes.subarray(Math.max(0, bytes.length - bytesMax)), size: bytes.length };
      },
      readRange: async (path, start, length) => {
        this.reads += 1;
        return Buffer.from(this.files.get(path) ?? '').subarray(start, start + length);
      },
    };
  }

  async saveOutput(_run: string, path: string, file: string): Promise<string> {
    if (this.saved.has(file)) throw new Error(`${file} is there already; name another file`);
    this.saved.set(file, this.files.get(path) ?? '');
    return `/desk/${file}`;
  }

  async durations(): Promise<ReadonlyMap<string, readonly number[]>> {
    return this.history;
  }

  outputs = new Map<string, number>();

  async lastOutputs(): Promise<ReadonlyMap<string, number>> {
    return this.outputs;
  }

  async report(): Promise<string | null> {
    return null;
  }

  async previewReport(run: string, _signal: AbortSignal): Promise<string> {
    return `# Report of ${run}\n`;
  }

  async writeReport(run: string, key: string | null): Promise<string> {
    if (key === 'no-such-key') throw new Error('--sign: no-such-key: it does not exist');
    this.written.push(key);
    return `/run/${run}/report.md`;
  }

  #session(name: string): Session {
    const session = this.sessions.get(name);
    if (session === undefined) throw new Error(`run ${name} is driven by another process (pid 7)`);
    return session;
  }
}
