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

export interface PlainReadingParts {
  readonly session: Session;
  /** Null: no output is shown. */
  readonly source: ByteSource | null;
  /** What steps took in earlier runs. */
  history(): Promise<History>;
  /** Bytes that steps printed when they last passed. */
  outputs(): Promise<ReadonlyMap<StepId, number>>;
  /** What the report of the run says as it stands; null: it cannot be told here. */
  preview: ((signal: AbortSignal) => Promise<string>) | null;
  /** Cells of the terminal, where that is known. */
  columns(): number | undefined;
  offsetMs(atMs: number): number;
  say(line: string): void;
}

export class PlainReading {
  readonly #parts: PlainReadingParts;

  constructor(parts: PlainReadingParts) {
    this.#parts = parts;
  }

  /** What a line has room for behind its indentation. */
  #width(): number {
    return Math.max(widthMin, Math.min(plainWidth, this.#parts.columns() ?? plainWidth) - 2);
  }

  /** One text, broken between its words where the terminal is narrower. */
  text(text: string): void {
    for (const row of wrap(text, this.#width())) this.#parts.say(row);
  }

  /** Lines that belong to something. */
  list(lines: readonly string[]): void {
    for (const line of lines) this.#parts.say(`  ${line}`.trimEnd());
  }

  /** All of what is about to be confirmed, done or decided. */
  about(subject: Subject): void {
    this.list(subjectRows(this.#parts.session.state(), subject, plainLook, this.#width()));
  }

  /** How far the run is and how long the rest may take, what runs, what is owed, whose consent is wanted. */
  async whereItStands(): Promise<void> {
    const { session, say } = this.#parts;
    const history = await this.#parts.history();
    const state = session.state();
    const { passed, skipped, total } = progress(state);
    const left = skipped === 0 ? '' : `, ${skipped} skipped`;
    const eta = etaText(state, history);
    const rest = eta === '' ? '' : `, ${eta}`;
    say(
      `${passed} of ${total} steps passed${left}, ${elapsed(session.now() - state.startedAt)} since the start${rest}`,
    );
    if (isWithoutHistory(state, history)) say('No earlier run, so no ETA yet.');
    for (const line of standingLines({ ...standingOf(state), waiting: null }, session.now())) say(line);
  }

  /** Where this happens, and which run it is. */
  banner(): void {
    const { session, say } = this.#parts;
    const state = session.state();
    const { word, left } = placeOf(state);
    say(`${visibleLine(state.runbook.title)}, run ${visibleLine(state.id)}`);
    say([...(word === '' ? [] : [word]), ...left].join(' '));
  }

  /** Every step or item with what became of it, how long it took, or how long it usually takes. */
  async steps(): Promise<void> {
    const { session, say } = this.#parts;
    const state = session.state();
    const now = session.now();
    await this.whereItStands();
    const audit = auditAt(state, currentStep({ state, activity: session.activity() }), now);
    if (audit !== null) say(verdictRow(audit, plainLook, verdictWidth).trim());
    this.list([
      ...(audit === null ? [] : itemLines(audit)),
      ...(audit?.gate === null ? [] : stepLines(await this.#run(), now)),
    ]);
  }

  /** The run as the screen sees it. */
  async #run(): Promise<RunView> {
    const { session } = this.#parts;
    const [history, outputs] = await Promise.all([this.#parts.history(), this.#parts.outputs()]);
    return { state: session.state(), activity: session.activity(), history, outputs, report: null, readOnly: false };
  }

  /** All that is known of a step. `heading`: also which it is and how it stands. */
  async step(id: StepId, heading = true): Promise<void> {
    if (id === '') return;
    const { session, say } = this.#parts;
    const state = session.state();
    if (bodyOf(state.runbook, id) === null && !outlineOf(state.runbook).places.has(id))
      return say(`there is no step ${visibleLine(id)}; the list of all steps names them`);
    const run = await this.#run();
    if (heading) say(stepHeading(run, id, session.now()));
    this.list(detailRows(run, id, plainLook, session.now(), this.#width()));
    const item = auditAt(state, id, session.now())?.items.find((one) => one.step.id === id);
    this.list((item?.result.evidence ?? []).map((place) => `evidence: ${visibleLine(place)}`));
  }

  /** What a rollback would undo. */
  plan(): void {
    const { session, say } = this.#parts;
    if (session.state().runbook.kind === 'checklist') say(`${nothingToUndo}.`);
    else this.about({ kind: 'plan' });
  }

  /** The report as it stands; aborting `signal` ends the making of it. */
  async preview(signal: AbortSignal): Promise<void> {
    const { preview, say } = this.#parts;
    if (preview === null) return say('The report cannot be told here: gonogo report writes it.');
    say('The report is being made as it stands; Ctrl-C stops that.');
    try {
      this.list(markdownRows(await preview(signal), plainLook, this.#width()));
    } catch (error) {
      if (!signal.aborted)
        say(`The report cannot be told: ${visible(error instanceof Error ? error.message : String(error))}`);
    }
  }

  async timeline(): Promise<void> {
    const { session } = this.#parts;
    const history = await this.#parts.history();
    const now = session.now();
    const at = { look: plainLook, now, offsetMs: this.#parts.offsetMs(now) };
    this.list(timelineRows(at, { state: session.state(), history }, this.#width(), false));
  }

  /** The end of what a step printed. */
  async output(step: string): Promise<void> {
    const { session, source, say } = this.#parts;
    const found = attemptOf(session.state(), step === '' ? null : step);
    if (source === null || found === null) return;
    const lines = await lastLines(source, found, linesShown);
    const { size } = await source.readTail(`${found.folder}/output.log`, 1);
    if (size > 0) say(`  ${visibleLine(step)} has printed ${bytesText(size)}; the end of it:`);
    for (const line of lines) say(outputText(line));
    if (lines.length === 0) say(`  ${visibleLine(step)} has left no output`);
  }

  /** Looks in the output of every step that left some. */
  async find(text: string): Promise<void> {
    const { session, source, say } = this.#parts;
    if (text === '' || source === null) return;
    const state = session.state();
    let found = 0;
    for (const step of state.startedOrder) {
      const attempt = attemptOf(state, step);
      const growing = { isOpen: () => false, wait: async () => undefined };
      if (attempt === null) continue;
      let number = 0;
      for await (const line of outputLines(source, `${attempt.folder}/output.log`, growing)) {
        number += 1;
        if (!isMatch(line, text) || found >= foundMax) continue;
        found += 1;
        say(`  ${visibleLine(step)}, line ${number}:`);
        say(outputText(line));
      }
    }
    say(
      found === 0 ? `"${visibleLine(text)}" is in no output` : `${found}${found === foundMax ? ' or more' : ''} found`,
    );
  }
}
