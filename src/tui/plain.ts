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
import { hasChanged, rollbackPlan } from '../run/rollback.ts';
import { probeText } from '../run/titles.ts';
import type { Choice, Dialog, Intent } from './dialogs/dialog.ts';
import { dialogFor } from './dialogs/of-question.ts';
import {
  abortDialog,
  correctDialog,
  interruptDialog,
  noteDialog,
  offerDialog,
  recordDialog,
  redoDialog,
  rollbackDialog,
  skipDialog,
} from './dialogs/own.ts';
import { questionKey } from './dialogs/question-key.ts';
import { itemDialog, itemsDialog } from './dialogs/questions/item.ts';
import type { Home, PlainIo } from './home.ts';
import { itemsToAnswer } from './plain-lines.ts';
import { look } from './plain-looking.ts';
import { type PlainCommand, type PlainMenu, plainMenu } from './plain-menu.ts';
import { PlainOutput } from './plain-output.ts';
import { Interrupted, PlainPrompt } from './plain-prompt.ts';
import { PlainReading, plainLook } from './plain-reading.ts';
import { summaryLines } from './present/outcome.ts';
import { peopleText } from './present/people.ts';
import { stoppableNow } from './stoppable.ts';
import { Transcript } from './transcript.ts';
import { itemQuestionAt } from './view.ts';
import { type CallAfter, WaitingCall } from './waiting-call.ts';

const peopleEveryMs = 3000;

/** What 0 does at a question. */
const elsewhere = 'Something else: notes, steps, output, variables, rollback, quit';

export interface PlainOptions {
  /** Where the output of failed steps is read; absent: none is shown. */
  readonly source?: ByteSource | null | undefined;
  /** Through it a step gets the terminal. */
  readonly lease?: TerminalLease | undefined;
  /** Absent: nobody is told when the run waits long. */
  readonly call?: CallAfter | undefined;
  /** What is said first. */
  readonly notice?: string | undefined;
  /** What of earlier runs and of the report is told; absent: nothing. */
  readonly home?: Pick<Home, 'durations' | 'lastOutputs' | 'previewReport' | 'people'> | undefined;
}

/** Walks the operator through the run by prompts. */
export async function runPlain(session: Session, io: PlainIo, options: PlainOptions = {}): Promise<number> {
  const { lease, call, notice } = options;
  const plain = new Plain(session, io, options);
  lease?.attach((use) => plain.stepAside(use));
  const watch = call === undefined ? null : plain.callsAfter(call);
  const people = options.home === undefined ? null : plain.tellsPeople(options.home);
  if (notice !== undefined) plain.tell(notice);
  return await plain.walk().finally(() => {
    if (watch !== null) clearInterval(watch);
    if (people !== null) clearInterval(people);
    lease?.attach(null);
  });
}

class Plain {
  readonly #session: Session;
  readonly #io: PlainIo;
  readonly #source: ByteSource | null;
  readonly #lines: Interface;
  readonly #prompt: PlainPrompt;
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

  constructor(session: Session, io: PlainIo, { source = null, home }: PlainOptions) {
    this.#session = session;
    this.#io = io;
    this.#source = source;
    this.#reading = new PlainReading({ run: session, io, source, home });
    this.#lines = createInterface({ input: io.stdin, output: io.stdout, terminal: false });
    this.#prompt = new PlainPrompt(io, this.#lines, () => this.#input);
  }

  tell(text: string): void {
    this.#say(visible(text));
  }

  /** Looks now and then who watches, and says it where that is somebody else than before. */
  tellsPeople(home: Pick<Home, 'people'>): NodeJS.Timeout {
    let told = '';
    const look = async (): Promise<void> => {
      const people = await home.people(this.#session.id).catch(() => null);
      const text = peopleText(people, true);
      if (people === null || text === told) return;
      told = text;
      this.tell(text === '' ? 'nobody watches any more' : text);
    };
    return setInterval(() => void look(), peopleEveryMs);
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
    this.#reading.banner();
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
      else if (dialog !== null && !(await this.#ask(dialog, 'step' in question ? question.step : null, elsewhere)))
        await this.#beside(question);
    } finally {
      unsubscribe();
    }
  }

  async #ready(question: Question<'ready'>): Promise<void> {
    this.#say('');
    await this.#reading.whereItStands();
    this.#say(`Next: ${visibleLine(question.step)}, ${visibleLine(question.title)}`);
    await this.#reading.step(question.step, false);
    const menu = plainMenu('ready');
    this.#reading.text(menu.text);
    await this.#taken(await this.#prompt.read(`a number, or ${menu.letters}: `), menu, question);
  }

  /** Whatever can be looked at or done while `question` stays unanswered. */
  async #beside(question: Question): Promise<void> {
    const menu = plainMenu('asked');
    this.#reading.text(menu.text);
    await this.#taken(
      await this.#prompt.read(`a number, or ${menu.letters} (empty: back to the question): `),
      menu,
      question,
    );
  }

  async #taken(typed: string, menu: PlainMenu, question: Question): Promise<void> {
    const word = typed.trim();
    const command = menu.command(word);
    if (command !== null) await this.#command(command, question);
    else if (word !== '') this.#say(`"${visibleLine(word)}" is none of the numbers above, nor ${menu.letters}`);
  }

  async #command(command: PlainCommand, question: Question): Promise<void> {
    if (question.kind === 'ready' && (await this.#readyCommand(command, question))) return;
    const state = this.#session.state();
    const step = 'step' in question ? question.step : null;
    switch (command) {
      case 'run':
      case 'record':
      case 'skip':
        return;
      case 'note':
        await this.#ask(noteDialog(step), step);
        return;
      case 'rollback':
        return await this.#rollback();
      case 'redo':
        return await this.#redo((await this.#prompt.read('Which step (empty: back): ')).trim());
      case 'handover':
        await this.#ask(offerDialog(state), step);
        return;
      case 'correct':
        return await this.#correct(correctDialog(state));
      case 'abort':
        await this.#ask(abortDialog(null, question), null);
        return;
      case 'quit':
        return await this.#session.leave('asked');
      default:
        await look(command, this.#session, this.#reading, this.#prompt, this.#input.signal);
    }
  }

  /** What only a step that is ready can be given; false: `command` is none of that. */
  async #readyCommand(command: PlainCommand, question: Question<'ready'>): Promise<boolean> {
    const captures = capturedBy(this.#session.state(), question.step);
    if (command === 'run') await this.#run(question);
    else if (command === 'record') await this.#ask(recordDialog(question, captures), question.step);
    else if (command === 'skip') await this.#ask(skipDialog(question, captures), question.step);
    else return false;
    return true;
  }

  /** As on the screen: there must be something to undo, and nobody rolls back a rollback. */
  async #rollback(): Promise<void> {
    const state = this.#session.state();
    const began = state.rollback !== null || state.rollbackRequested !== null;
    if (began) this.#say('the rollback has begun');
    else if (!hasChanged(state)) this.#say('nothing was changed yet, so there is nothing to roll back');
    else await this.#ask(rollbackDialog(rollbackPlan(state).length), null);
  }

  async #correct(dialog: Dialog | null): Promise<void> {
    if (dialog === null) this.#say('no variable can have another value');
    else await this.#ask(dialog, null);
  }

  async #redo(step: string): Promise<void> {
    if (step === '') return;
    const objection = redoObjection(this.#session.state(), step);
    if (objection === null) await this.#ask(redoDialog(step), step);
    else this.#say(`error: ${visibleLine(objection)}`);
  }

  /** Asks items in another order than they come in, or again, all at once; then whatever was asked is asked anew. */
  async #judge(ids: readonly string[]): Promise<void> {
    const run = { state: this.#session.state(), activity: this.#session.activity() };
    const found = ids.map((id) => ({ id, question: itemQuestionAt(run, id) }));
    const unfit = found.find(({ question }) => question === null);
    const questions = found.flatMap(({ question }) => question ?? []);
    const [first] = questions;
    if (unfit !== undefined || first === undefined)
      this.#say(`error: ${visibleLine(judgingObjection(run.state, unfit?.id ?? '') ?? unfit?.id ?? '')}`);
    else if (questions.length > 1) await this.#ask(itemsDialog(questions), null);
    else await this.#ask(itemDialog(first, lastAnswer(run.state)), first.step);
  }

  async #run(question: Extract<Question, { kind: 'ready' }>): Promise<void> {
    const danger = outlineOf(this.#session.state().runbook).places.get(question.step)?.step.danger ?? false;
    if (question.changes && !danger && !(await this.#prompt.confirmed('It changes something. Run it?'))) return;
    await this.#session.answer({ kind: 'run' }, question);
  }

  /** Walks through a dialog: choice, fields, confirmation, intent. `step`: whose output matters; `zero`: what 0 does. False: nothing was chosen. */
  async #ask(dialog: Dialog, step: string | null, zero = 'Back'): Promise<boolean> {
    this.#say('');
    this.#say(visibleLine(dialog.title));
    for (const text of dialog.text) this.#say(visible(text).trimEnd().replaceAll(/^/gm, '  '));
    if (dialog.subject !== null) this.#reading.about(dialog.subject);
    if (dialog.showsOutput && step !== null) await this.#reading.output(step);
    const choice = await this.#choice(dialog.choices, zero);
    if (choice === null) return false;
    if (choice === 'again') return true;
    const values: Record<string, string> = {};
    for (const field of choice.fields) {
      const value = await this.#prompt.field(field);
      if (value === null) {
        this.#say('Nothing was typed, so nothing is done.');
        return false;
      }
      values[field.id] = value;
    }
    if (choice.confirms !== null) this.#reading.about(choice.confirms);
    if (choice.confirm !== null && !(await this.#prompt.confirmed(choice.confirm))) return true;
    await this.#perform(choice.submit(values));
    return true;
  }

  /** The choice that was made; null: 0; `again`: none, and whatever was asked is asked anew. */
  async #choice(choices: readonly Choice[], zero: string): Promise<Choice | 'again' | null> {
    const [only] = choices;
    if (choices.length === 1 && only !== undefined && only.fields.length > 0) return only;
    choices.forEach(({ label, mark }, index) => {
      this.#say(`  ${index + 1} ${visibleLine(label)}${mark === '' ? '' : ` (${mark})`}`);
    });
    this.#say(`  0 ${zero}`);
    const activity = this.#session.activity();
    const asked = activity.kind === 'waiting' && activity.question.kind === 'item' ? activity.question.step : null;
    const judges = itemsToAnswer(this.#session.state(), activity).some((item) => item !== asked);
    if (judges) this.#say('  j ITEM... answers another item, or a closed one again; several get one answer');
    const text = (await this.#prompt.read(`1-${choices.length}: `)).trim();
    const judged = judges ? /^j +(\S.*)$/.exec(text)?.[1] : undefined;
    if (judged !== undefined) {
      await this.#judge(judged.split(/\s+/));
      return 'again';
    }
    if (text === '0') return null;
    const choice = /^\d+$/.test(text) ? choices[Number(text) - 1] : undefined;
    if (choice === undefined && text !== '') this.#say(`"${visibleLine(text)}" is not one of 1-${choices.length}`);
    return choice ?? 'again';
  }

  async #perform(intent: Intent): Promise<void> {
    switch (intent.kind) {
      case 'answer':
        return await answerQuestion(this.#session, intent);
      case 'note':
        return await this.#session.note(intent.text, intent.step ?? undefined);
      case 'redo':
        return await this.#session.redo(intent.step, intent.reason);
      case 'say':
        return await this.#session.say(intent.saying);
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

  #report(): void {
    for (const line of this.#transcript.fresh(this.#session.state())) this.#say(line);
  }

  #say(line: string): void {
    this.#io.stdout.write(`${line}\n`);
  }
}
