/**
 * What the prompts print for whoever wants to know: where the run stands, what a step does, what it printed, what happened when.
 *
 * Invariants: reading changes nothing; every line is sanitised.
 */
import { visibleLine } from '../diagnostics/sanitise.ts';
import type { Session } from '../engine/session.ts';
import type { ByteSource } from '../feed/byte-source.ts';
import { lastLines } from '../feed/last-lines.ts';
import { outputLines } from '../feed/output-lines.ts';
import { attemptOf } from '../feed/step-output.ts';
import { progress } from '../run/progress.ts';
import { standingOf } from '../run/standing.ts';
import { outputText } from './plain-output.ts';
import { elapsed } from './present/format.ts';
import type { Look } from './present/look.ts';
import { isMatch } from './present/match.ts';
import { standingLines } from './present/standing.ts';
import { subjectRows } from './present/subject.ts';
import { timelineRows } from './present/timeline.ts';
import type { Subject } from './subject.ts';

export const plainLook: Look = { colour: false, unicode: false };
const linesShown = 20;
/** Places that a find tells at most. */
const foundMax = 50;
/** Cells of a line before it is broken. */
const plainWidth = 100;

export interface PlainReadingParts {
  readonly session: Session;
  /** Null: no output is shown. */
  readonly source: ByteSource | null;
  offsetMs(atMs: number): number;
  say(line: string): void;
}

export class PlainReading {
  readonly #parts: PlainReadingParts;

  constructor(parts: PlainReadingParts) {
    this.#parts = parts;
  }

  /** Lines that belong to something. */
  list(lines: readonly string[]): void {
    for (const line of lines) this.#parts.say(`  ${line}`.trimEnd());
  }

  /** All of what is about to be confirmed, done or decided. */
  about(subject: Subject): void {
    this.list(subjectRows(this.#parts.session.state(), subject, plainLook, plainWidth));
  }

  /** How far the run is, what runs, what is owed, whose consent is wanted. */
  whereItStands(): void {
    const { session, say } = this.#parts;
    const state = session.state();
    const { passed, skipped, total } = progress(state);
    const left = skipped === 0 ? '' : `, ${skipped} skipped`;
    say(`${passed} of ${total} steps passed${left}, ${elapsed(session.now() - state.startedAt)} since the start`);
    for (const line of standingLines({ ...standingOf(state), waiting: null }, session.now())) say(line);
  }

  timeline(): void {
    const { session } = this.#parts;
    const now = session.now();
    const at = { look: plainLook, now, offsetMs: this.#parts.offsetMs(now) };
    this.list(timelineRows(at, { state: session.state(), history: new Map() }, plainWidth));
  }

  /** The end of what a step printed. */
  async output(step: string): Promise<void> {
    const { session, source, say } = this.#parts;
    const found = attemptOf(session.state(), step === '' ? null : step);
    if (source === null || found === null) return;
    const lines = await lastLines(source, found, linesShown);
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
