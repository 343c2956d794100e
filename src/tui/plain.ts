/**
 * The plain front end: append-only lines and ordinary prompts, for `TERM=dumb`, screen readers and `--plain`. It speaks the
 * same questions, dialogs and answers as the full screen.
 *
 * Invariants:
 * - Nothing printed is ever taken back; no escape sequence is written; Ink and React are not loaded.
 * - An empty line never runs anything.
 * - Whatever ends the input lets go of the run; what runs goes on.
 */
import { createInterface, type Interface } from 'node:readline/promises';
import { answerQuestion } from '../app/answer.ts';
import type { TerminalLease } from '../app/terminal-lease.ts';
import { visible, visibleLine } from '../diagnostics/sanitise.ts';
import { AnswerError, type Session } from '../engine/session.ts';
import type { ByteSource } from '../feed/byte-source.ts';
import { judgingObjection, lastAnswer } from '../run/judging.ts';
import { outlineOf } from '../run/outline.ts';
import type { Question } from '../run/question.ts';
import { redoObjection } from '../run/redo.ts';
import { capturedBy } from '../run/response.ts';
import { rollbackPlan } from '../run/rollback.ts';
import { probeText } from '../run/titles.ts';
import type { Choice, Dialog, Field, Intent } from './dialogs/dialog.ts';
import { dialogFor } from './dialogs/of-question.ts';
import {
  abortDialog,
  correctDialog,
  interruptDialog,
  noteDialog,
  recordDialog,
  redoDialog,
  rollbackDialog,
  skipDialog,
} from './dialogs/own.ts';
import { questionKey } from './dialogs/question-key.ts';
import { itemDialog, itemsDialog } from './dialogs/questions/item.ts';
import type { TerminalIo } from './home.ts';
import { itemsToAnswer, stepLines, variableLines } from './plain-lines.ts';
import { type PlainCommand, plainCommand, plainCount, plainLetters, plainMenuText } from './plain-menu.ts';
import { PlainOutput } from './plain-output.ts';
import { PlainReading, plainLook } from './plain-reading.ts';
import { filled } from './present/filled.ts';
import { summaryLines } from './present/outcome.ts';
import { stoppableNow } from './stoppable.ts';
import { Transcript } from './transcript.ts';
import { itemQuestionAt } from './view.ts';
import { type CallAfter, WaitingCall } from './waiting-call.ts';

export interface PlainOptions {
  /** Where the output of failed steps is read; absent: none is shown. */
  readonly source?: ByteSource | undefined;
  /** Through it a step gets the terminal. */
  readonly lease?: TerminalLease | undefined;
  /** Absent: nobody is told when the run waits long. */
  readonly call?: CallAfter | undefined;
  /** What is said first. */
  readonly notice?: string | undefined;
}

/** Walks the operator through the run by prompts. */
export async function runPlain(session: Session, io: TerminalIo, options: PlainOptions = {}): Promise<number> {
  const { source = null, lease, call, notice } = options;
  const plain = new Plain(session, io, source);
  lease?.attach((use) => plain.stepAside(use));
  const watch = call === undefined ? null : plain.callsAfter(call);
  if (notice !== undefined) plain.tell(notice);
  return await plain.walk().finally(() => {
    if (watch !== null) clearInterval(watch);
    lease?.attach(null);
  });
}

/** The question went away or the input ended while something was asked. */
class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

class Plain {
  readonly #session: Session;
  readonly #io: TerminalIo;
  readonly #source: ByteSource | null;
  readonly #lines: Interface;
  readonly #reading: PlainReading;
  readonly #transcript = new Transcript({ onlyOver: false });
  #input = new AbortController();
  #inputEnded = false;
  /** A command has the terminal, and so Ctrl-C is the command's. */
  #away = false;
  /** Ctrl-C came and was not asked about yet. */
  #interrupted = false;
  /** What Ctrl-C asks is being asked. */
  #asksWhetherToLeave = false;

  constructor(session: Session, io: TerminalIo, source: ByteSource | null) {
    this.#session = session;
    this.#io = io;
    this.#source = source;
    const offsetMs = (atMs: number): number => io.offsetMs(atMs);
    this.#reading = new PlainReading({ session, source, offsetMs, say: (line) => this.#say(line) });
    this.#lines = createInterface({ input: io.stdin, output: io.stdout, terminal: false });
  }

  tell(text: string): void {
    this.#say(visible(text));
  }

  /** Looks once a second whether somebody is to be told that the run waits. */
  callsAfter(after: CallAfter): NodeJS.Timeout {
    const call = new WaitingCall(after, (text) => this.tell(text));
    const session = this.#session;
    return setInterval(() => call.look({ state: session.state(), activity: session.activity() }, session.now()), 1000);
  }

  /** What is typed meanwhile is the command's. */
  async stepAside(use: () => Promise<void>): Promise<void> {
    this.#lines.pause();
    this.#away = true;
    try {
      await use();
    } finally {
      this.#away = false;
      this.#lines.resume();
    }
  }

  async walk(): Promise<number> {
    const state = this.#session.state();
    this.#say(`${visibleLine(state.runbook.title)}, run ${visibleLine(state.id)}`);
    const off = this.#listen();
    const heard = this.#heard();
    heard?.start();
    try {
      while (this.#session.activity().kind !== 'ended') {
        if (this.#inputEnded) {
          await this.#session.leave('asked');
          break;
        }
        await this.#turn();
      }
      const code = await this.#session.done;
      this.#report();
      for (const line of summaryLines(this.#session.state(), null, plainLook, this.#session.now())) this.#say(line);
      return code;
    } finally {
      heard?.stop();
      for (const end of off) end();
      this.#lines.close();
    }
  }

  /** What runs is heard while nothing is asked. */
  #heard(): PlainOutput | null {
    if (this.#source === null) return null;
    return new PlainOutput(this.#source, {
      state: () => this.#session.state(),
      running: () => {
        const activity = this.#session.activity();
        if (activity.kind === 'probing')
          return { step: null, words: probeText(activity.probe), since: activity.probe.startedAt };
        return activity.kind === 'busy' && activity.step !== null
          ? { step: activity.step, words: `${activity.step} is running`, since: activity.since }
          : null;
      },
      now: () => this.#session.now(),
      say: (line) => this.#say(line),
    });
  }

  #listen(): readonly (() => void)[] {
    const ends = (): void => {
      this.#inputEnded = true;
      this.#input.abort();
    };
    const leaves = (): void => {
      void this.#session.leave('interrupted').finally(ends);
    };
    this.#lines.once('close', ends);
    const unsubscribe = this.#session.subscribe(() => this.#report());
    return [
      unsubscribe,
      () => this.#lines.off('close', ends),
      this.#io.onSignal('SIGTERM', leaves),
      this.#io.onSignal('SIGHUP', leaves),
      this.#io.onSignal('SIGINT', () => {
        if (this.#away) return;
        // The second time it is not asked about: everything is left as it is.
        if (this.#asksWhetherToLeave) void this.#session.leave('asked').finally(ends);
        this.#interrupted = true;
        this.#input.abort();
      }),
    ];
  }

  /** One thing to ask, or waiting until there is one. */
  async #turn(): Promise<void> {
    const activity = this.#session.activity();
    this.#input = new AbortController();
    try {
      if (this.#interrupted) {
        this.#interrupted = false;
        this.#asksWhetherToLeave = true;
        await this.#ask(interruptDialog(stoppableNow(activity)), null).finally(() => {
          this.#asksWhetherToLeave = false;
        });
      } else if (activity.kind === 'waiting') await this.#question(activity.question);
      else await this.#change();
    } catch (error) {
      if (error instanceof AnswerError) this.#say(`error: ${visible(error.message)}`);
      else if (!(error instanceof Interrupted)) throw error;
    }
  }

  /** Resolves when the session changes, the input ends or Ctrl-C comes. */
  async #change(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const unsubscribe = this.#session.subscribe(() => resolve());
    this.#input.signal.addEventListener('abort', () => resolve(), { once: true });
    await Promise.race([promise, this.#session.done.then(() => undefined)]);
    unsubscribe();
  }

  async #question(question: Question): Promise<void> {
    const key = questionKey(question);
    const signal = this.#input;
    const unsubscribe = this.#session.subscribe(() => {
      const now = this.#session.activity();
      if (now.kind !== 'waiting' || questionKey(now.question) !== key) signal.abort();
    });
    try {
      const dialog = dialogFor(question, this.#session.state());
      if (question.kind === 'ready') await this.#ready(question);
      else if (dialog !== null) await this.#ask(dialog, 'step' in question ? question.step : null);
    } finally {
      unsubscribe();
    }
  }

  async #ready(question: Question<'ready'>): Promise<void> {
    const state = this.#session.state();
    this.#say('');
    this.#reading.whereItStands();
    this.#say(`Next: ${visibleLine(question.step)}, ${visibleLine(question.title)}`);
    const why = outlineOf(state.runbook).places.get(question.step)?.step.why;
    if (why !== undefined) this.#say(`  ${visible(filled(state, question.step, why)).trimEnd()}`);
    this.#reading.about({ kind: 'step', step: question.step });
    this.#say(plainMenuText);
    const word = (await this.#read(`a number, or ${plainLetters}: `)).trim();
    const command = plainCommand(word);
    if (command !== null) await this.#command(command, question);
    else if (word !== '') this.#say(`"${visibleLine(word)}" is none of 1-${plainCount}, ${plainLetters}`);
  }

  async #command(command: PlainCommand, question: Question<'ready'>): Promise<void> {
    const state = this.#session.state();
    switch (command) {
      case 'run':
        return await this.#run(question);
      case 'record':
        return await this.#ask(recordDialog(question, capturedBy(state, question.step)), question.step);
      case 'skip':
        return await this.#ask(skipDialog(question, capturedBy(state, question.step)), question.step);
      case 'note':
        return await this.#ask(noteDialog(question.step), question.step);
      case 'plan':
        return this.#reading.about({ kind: 'plan' });
      case 'rollback':
        return await this.#ask(rollbackDialog(rollbackPlan(state).length), null);
      case 'steps':
        return this.#reading.list(stepLines(state));
      case 'timeline':
        return this.#reading.timeline();
      case 'variables':
        return this.#reading.list(variableLines(state));
      case 'redo':
        return await this.#redo((await this.#back('Which step (empty: back): ')).trim());
      case 'correct': {
        const dialog = correctDialog(state);
        return dialog === null ? this.#say('no variable can have another value') : await this.#ask(dialog, null);
      }
      case 'output':
        return await this.#reading.output((await this.#back('Which step (empty: back): ')).trim());
      case 'find':
        return await this.#reading.find(await this.#back('Find what (empty: back): '));
      case 'abort':
        return await this.#ask(abortDialog(null, question), null);
      case 'quit':
        return await this.#session.leave('asked');
    }
  }

  async #redo(step: string): Promise<void> {
    if (step === '') return;
    const objection = redoObjection(this.#session.state(), step);
    if (objection === null) await this.#ask(redoDialog(step), step);
    else this.#say(`error: ${visibleLine(objection)}`);
  }

  /** Asks items in another order than they come in, or again, all at once; then whatever was asked is asked anew. */
  async #judge(ids: readonly string[]): Promise<null> {
    const run = { state: this.#session.state(), activity: this.#session.activity() };
    const found = ids.map((id) => ({ id, question: itemQuestionAt(run, id) }));
    const unfit = found.find(({ question }) => question === null);
    const questions = found.flatMap(({ question }) => question ?? []);
    const [first] = questions;
    if (unfit !== undefined || first === undefined)
      this.#say(`error: ${visibleLine(judgingObjection(run.state, unfit?.id ?? '') ?? unfit?.id ?? '')}`);
    else if (questions.length > 1) await this.#ask(itemsDialog(questions), null);
    else await this.#ask(itemDialog(first, lastAnswer(run.state)), first.step);
    return null;
  }

  /** A line of text; an empty one goes back. */
  async #back(prompt: string): Promise<string> {
    return await this.#read(prompt);
  }

  async #run(question: Extract<Question, { kind: 'ready' }>): Promise<void> {
    const danger = outlineOf(this.#session.state().runbook).places.get(question.step)?.step.danger ?? false;
    if (question.changes && !danger && !(await this.#confirmed('It changes something. Run it?'))) return;
    await this.#session.answer({ kind: 'run' }, question);
  }

  /** Walks through a dialog: choice, fields, confirmation, intent. `step`: whose output matters. */
  async #ask(dialog: Dialog, step: string | null): Promise<void> {
    this.#say('');
    this.#say(visibleLine(dialog.title));
    for (const text of dialog.text) this.#say(visible(text).trimEnd().replaceAll(/^/gm, '  '));
    if (dialog.subject !== null) this.#reading.about(dialog.subject);
    if (dialog.showsOutput && step !== null) await this.#reading.output(step);
    const choice = await this.#choice(dialog.choices);
    if (choice === null) return;
    const values: Record<string, string> = {};
    for (const field of choice.fields) {
      const value = await this.#field(field);
      if (value === null) return this.#say('Nothing was typed, so nothing is done.');
      values[field.id] = value;
    }
    if (choice.confirms !== null) this.#reading.about(choice.confirms);
    if (choice.confirm !== null && !(await this.#confirmed(choice.confirm))) return;
    await this.#perform(choice.submit(values));
  }

  async #choice(choices: readonly Choice[]): Promise<Choice | null> {
    const [only] = choices;
    if (choices.length === 1 && only !== undefined && only.fields.length > 0) return only;
    choices.forEach(({ label, mark }, index) => {
      this.#say(`  ${index + 1} ${visibleLine(label)}${mark === '' ? '' : ` (${mark})`}`);
    });
    this.#say('  0 Back');
    const activity = this.#session.activity();
    const asked = activity.kind === 'waiting' && activity.question.kind === 'item' ? activity.question.step : null;
    const judges = itemsToAnswer(this.#session.state(), activity).some((item) => item !== asked);
    if (judges) this.#say('  j ITEM... answers another item, or a closed one again; several get one answer');
    const text = (await this.#read(`1-${choices.length}: `)).trim();
    const judged = judges ? /^j +(\S.*)$/.exec(text)?.[1] : undefined;
    if (judged !== undefined) return await this.#judge(judged.split(/\s+/));
    const choice = /^\d+$/.test(text) ? choices[Number(text) - 1] : undefined;
    if (choice === undefined && text !== '' && text !== '0')
      this.#say(`"${visibleLine(text)}" is not one of 1-${choices.length}`);
    return choice ?? null;
  }

  /** What is typed into a field; null: nothing was where something must be, which goes back. */
  async #field(field: Field): Promise<string | null> {
    const back = field.required ? ' (empty: back)' : '';
    const preset = field.initial === '' ? back : ` [${visibleLine(field.initial)}]`;
    const prompt = `${visibleLine(field.label)}${preset}: `;
    const text = field.secret ? await this.#secret(prompt) : await this.#read(prompt);
    const value = text === '' ? field.initial : text;
    return field.required && value.trim() === '' ? null : value;
  }

  async #confirmed(text: string): Promise<boolean> {
    return (await this.#read(`${visibleLine(text)} y/N: `)).trim() === 'y';
  }

  async #perform(intent: Intent): Promise<void> {
    switch (intent.kind) {
      case 'answer':
        return await answerQuestion(this.#session, intent);
      case 'note':
        return await this.#session.note(intent.text, intent.step ?? undefined);
      case 'redo':
        return await this.#session.redo(intent.step, intent.reason);
      case 'judge':
        return await this.#session.judge(intent.step, intent.answer);
      case 'correct':
        return await this.#session.correct(intent.name, intent.value, intent.reason);
      case 'rollback':
        return await this.#session.rollback(intent.reason);
      case 'stop':
        return await this.#session.stop(intent.reason);
      case 'abandon':
        return await this.#session.abandon(intent.reason);
      case 'all':
        for (const one of intent.intents) await this.#perform(one);
        return this.#say(`${intent.what} answered.`);
      case 'leave':
        return await this.#session.leave('asked');
      case 'back':
      case 'report':
      case 'save':
        return;
    }
  }

  async #read(prompt: string): Promise<string> {
    const { signal } = this.#input;
    if (signal.aborted) throw new Interrupted();
    try {
      return await this.#lines.question(prompt, { signal });
    } catch (error) {
      this.#say('');
      throw new Interrupted('nothing was read', { cause: error });
    }
  }

  /** A line that is not echoed. In raw mode the keys that erase arrive as characters. */
  async #secret(prompt: string): Promise<string> {
    const raw = this.#io.stdin.isTTY === true;
    if (raw) this.#io.stdin.setRawMode(true);
    try {
      const line = await this.#read(prompt);
      if (line.includes('\x03')) throw new Interrupted();
      const kept: string[] = [];
      for (const one of line) {
        if (one === '\x7f' || one === '\b') kept.pop();
        else kept.push(one);
      }
      return kept.join('');
    } finally {
      if (raw) {
        this.#io.stdin.setRawMode(false);
        this.#say('');
      }
    }
  }

  #report(): void {
    for (const line of this.#transcript.fresh(this.#session.state())) this.#say(line);
  }

  #say(line: string): void {
    this.#io.stdout.write(`${line}\n`);
  }
}
