/**
 * What the prompts print for whoever wants to know: where the run stands, what a step does, what it printed, what happened when.
 *
 * Invariants: reading changes nothing; every line is sanitised.
 */
import { visible, visibleLine } from '../diagnostics/sanitise.ts';
import type { Session } from '../engine/session.ts';
import type { ByteSource } from '../feed/byte-source.ts';
import { lastLines } from '../feed/last-lines.ts';
import { outputLines } from '../feed/output-lines.ts';
import { attemptOf } from '../feed/step-output.ts';
import { bodyOf, outlineOf } from '../run/outline.ts';
import { progress } from '../run/progress.ts';
import { standingOf } from '../run/standing.ts';
import type { StepId } from '../runbook/document.ts';
import { auditAt } from './audit.ts';
import type { Home, PlainIo } from './home.ts';
import { nothingToUndo } from './keys/why-not.ts';
import { itemLines, stepLines } from './plain-lines.ts';
import { outputText } from './plain-output.ts';
import { verdictRow } from './present/audit.ts';
import { placeOf } from './present/banner.ts';
import { wrap } from './present/cells.ts';
import { detailRows, stepHeading } from './present/detail.ts';
import { etaText, isWithoutHistory } from './present/eta.ts';
import { bytesText, elapsed } from './present/format.ts';
import type { Look } from './present/look.ts';
import { markdownRows } from './present/markdown.ts';
import { isMatch } from './present/match.ts';
import { standingLines } from './present/standing.ts';
import { subjectRows } from './present/subject.ts';
import { timelineRows } from './present/timeline.ts';
import type { Subject } from './subject.ts';
import { currentStep, type History, type RunView } from './view.ts';

export const plainLook: Look = { colour: false, unicode: false };
const linesShown = 20;
/** Places that a find tells at most. */
const foundMax = 50;
/** Cells of a line before it is broken, where nothing says how wide the terminal is. */
const plainWidth = 100;
const widthMin = 38;
/** All that a verdict says fits. */
const verdictWidth = 200;

/** What is read of. */
export type ReadRun = Pick<Session, 'state' | 'activity' | 'now'>;

export interface PlainReadingParts {
  readonly run: ReadRun;
  readonly io: Pick<PlainIo, 'stdout' | 'offsetMs'>;
  /** Null: no output is shown. */
  readonly source: ByteSource | null;
  /** What of earlier runs and of the report is told; absent: nothing. */
  readonly home?: Pick<Home, 'durations' | 'lastOutputs' | 'previewReport'> | undefined;
}

export class PlainReading {
  readonly #parts: PlainReadingParts;
  /** What steps took in earlier runs. */
  readonly #history: Promise<History>;
  /** Bytes that steps printed when they last passed. */
  readonly #outputs: Promise<ReadonlyMap<StepId, number>>;

  constructor(parts: PlainReadingParts) {
    this.#parts = parts;
    const { home, run } = parts;
    const { id, runbook } = run.state();
    const nothing = <T>(): Map<string, T> => new Map();
    this.#history = (home?.durations(runbook.title) ?? Promise.resolve(nothing<readonly number[]>())).catch(
      nothing<readonly number[]>,
    );
    // One after the other: both look at the list of all runs.
    this.#outputs = this.#history
      .then(() => home?.lastOutputs(runbook.title, id) ?? nothing<number>())
      .catch(nothing<number>);
  }

  readonly say = (line: string): void => {
    this.#parts.io.stdout.write(`${line}\n`);
  };

  /** What a line has room for behind its indentation. */
  #width(): number {
    return Math.max(widthMin, Math.min(plainWidth, this.#parts.io.stdout.columns ?? plainWidth) - 2);
  }

  /** One text, broken between its words where the terminal is narrower. */
  text(text: string): void {
    for (const row of wrap(text, this.#width())) this.say(row);
  }

  /** Lines that belong to something. */
  list(lines: readonly string[]): void {
    for (const line of lines) this.say(`  ${line}`.trimEnd());
  }

  /** All of what is about to be confirmed, done or decided. */
  about(subject: Subject): void {
    this.list(subjectRows(this.#parts.run.state(), subject, plainLook, this.#width()));
  }

  /** How far the run is and how long the rest may take, what runs, what is owed, whose consent is wanted. */
  async whereItStands(): Promise<void> {
    const { say } = this;
    const { run } = this.#parts;
    const history = await this.#history;
    const state = run.state();
    const { passed, skipped, total } = progress(state);
    const left = skipped === 0 ? '' : `, ${skipped} skipped`;
    const eta = etaText(state, history);
    const rest = eta === '' ? '' : `, ${eta}`;
    say(`${passed} of ${total} steps passed${left}, ${elapsed(run.now() - state.startedAt)} since the start${rest}`);
    if (isWithoutHistory(state, history)) say('No earlier run, so no ETA yet.');
    for (const line of standingLines({ ...standingOf(state), waiting: null }, run.now())) say(line);
  }

  /** Where this happens, and which run it is. */
  banner(): void {
    const { say } = this;
    const { run } = this.#parts;
    const state = run.state();
    const { word, left } = placeOf(state);
    say(`${visibleLine(state.runbook.title)}, run ${visibleLine(state.id)}`);
    say([...(word === '' ? [] : [word]), ...left].join(' '));
  }

  /** Every step or item with what became of it, how long it took, or how long it usually takes. */
  async steps(): Promise<void> {
    const { say } = this;
    const { run } = this.#parts;
    const state = run.state();
    const now = run.now();
    await this.whereItStands();
    const audit = auditAt(state, currentStep({ state, activity: run.activity() }), now);
    if (audit !== null) say(verdictRow(audit, plainLook, verdictWidth).trim());
    this.list([
      ...(audit === null ? [] : itemLines(audit)),
      ...(audit?.gate === null ? [] : stepLines(await this.#view(), now)),
    ]);
  }

  /** The run as the screen sees it. */
  async #view(): Promise<RunView> {
    const { run } = this.#parts;
    const [history, outputs] = await Promise.all([this.#history, this.#outputs]);
    return { state: run.state(), activity: run.activity(), history, outputs, report: null, readOnly: false };
  }

  /** All that is known of a step. `heading`: also which it is and how it stands. */
  async step(id: StepId, heading = true): Promise<void> {
    if (id === '') return;
    const { say } = this;
    const { run } = this.#parts;
    const state = run.state();
    if (bodyOf(state.runbook, id) === null && !outlineOf(state.runbook).places.has(id))
      return say(`there is no step ${visibleLine(id)}; the list of all steps names them`);
    const view = await this.#view();
    if (heading) say(stepHeading(view, id, run.now()));
    this.list(detailRows(view, id, plainLook, run.now(), this.#width()));
    const item = auditAt(state, id, run.now())?.items.find((one) => one.step.id === id);
    this.list((item?.result.evidence ?? []).map((place) => `evidence: ${visibleLine(place)}`));
  }

  /** What a rollback would undo. */
  plan(): void {
    const { say } = this;
    const { run } = this.#parts;
    if (run.state().runbook.kind === 'checklist') say(`${nothingToUndo}.`);
    else this.about({ kind: 'plan' });
  }

  /** The report as it stands; aborting `signal` ends the making of it. */
  async preview(signal: AbortSignal): Promise<void> {
    const { say } = this;
    const { home, run } = this.#parts;
    if (home === undefined) return say('The report cannot be told here: gonogo report writes it.');
    say('The report is being made as it stands; Ctrl-C stops that.');
    try {
      this.list(markdownRows(await home.previewReport(run.state().id, signal), plainLook, this.#width()));
    } catch (error) {
      if (!signal.aborted)
        say(`The report cannot be told: ${visible(error instanceof Error ? error.message : String(error))}`);
    }
  }

  async timeline(): Promise<void> {
    const { run } = this.#parts;
    const history = await this.#history;
    const now = run.now();
    const at = { look: plainLook, now, offsetMs: this.#parts.io.offsetMs(now) };
    this.list(timelineRows(at, { state: run.state(), history }, this.#width(), false));
  }

  /** The end of what a step printed. */
  async output(step: string): Promise<void> {
    const { say } = this;
    const { run, source } = this.#parts;
    const found = attemptOf(run.state(), step === '' ? null : step);
    if (source === null || found === null) return;
    const lines = await lastLines(source, found, linesShown);
    const { size } = await source.readTail(`${found.folder}/output.log`, 1);
    if (size > 0) say(`  ${visibleLine(step)} has printed ${bytesText(size)}; the end of it:`);
    for (const line of lines) say(outputText(line));
    if (lines.length === 0) say(`  ${visibleLine(step)} has left no output`);
  }

  /** Looks in the output of every step that left some, also in what was kept apart; aborting `signal` ends that. */
  async find(text: string, signal: AbortSignal): Promise<void> {
    const { say } = this;
    const { run, source } = this.#parts;
    if (text === '' || source === null) return;
    const state = run.state();
    const asItIs = { isOpen: () => false, wait: async () => undefined };
    const logs = state.startedOrder.flatMap((step) => {
      const attempt = attemptOf(state, step);
      const names = attempt === null ? [] : (['output.log', 'stderr.log'] as const);
      return names.map((name) => ({ step, name, path: `${attempt?.folder}/${name}` }));
    });
    let found = 0;
    for (const { step, name, path } of logs) {
      let number = 0;
      for await (const line of outputLines(source, path, asItIs)) {
        if (signal.aborted || found >= foundMax) break;
        number += 1;
        if (!isMatch(line, text)) continue;
        found += 1;
        say(`  ${visibleLine(step)}, line ${number}${name === 'stderr.log' ? ' of standard error' : ''}:`);
        say(outputText(line));
      }
    }
    if (signal.aborted) return;
    say(
      found === 0 ? `"${visibleLine(text)}" is in no output` : `${found}${found === foundMax ? ' or more' : ''} found`,
    );
  }
}
