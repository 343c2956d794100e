/**
 * Every question of the engine as a dialog, and every dialog of our own, as data: a text, choices, and for each choice the
 * fields to fill in. The full screen and the plain prompts both walk through these.
 *
 * Invariants:
 * - A dialog executes nothing; `submit` only says what is wanted (`Intent`). A choice by which commands run or something is
 *   sent has a `confirm`, unless its fields ask for the target's name.
 * - The choice that a menu starts on is never the one that departs furthest from the document, unless the document says so.
 * - Texts are as the documents have them: whoever shows them sanitises.
 */
import type { AboutChanges } from '../../app/resume.ts';
import type { ItemAnswer } from '../../run/judging.ts';
import type { Answer, Question } from '../../run/question.ts';
import type { Saying } from '../../run/saying.ts';
import type { Subject } from '../subject.ts';

/** What the operator wants. */
export type Intent =
  /** `question`: the one that was on screen; a later one is not answered by it. */
  | {
      readonly kind: 'answer';
      readonly question: Question;
      readonly answer: Answer;
      /** A file that is taken into the run first, as evidence for `done`. */
      readonly attach?: string;
    }
  | { readonly kind: 'note'; readonly text: string; readonly step: string | null }
  /** Have a step that is done visited once more. */
  | { readonly kind: 'redo'; readonly step: string; readonly reason: string }
  /** Say what a closed item comes to. */
  | { readonly kind: 'judge'; readonly step: string; readonly answer: ItemAnswer }
  /** Give a variable another value. */
  | { readonly kind: 'correct'; readonly name: string; readonly value: string; readonly reason: string }
  /** Say something beside what is asked. */
  | { readonly kind: 'say'; readonly saying: Saying }
  | { readonly kind: 'rollback'; readonly reason: string }
  | { readonly kind: 'stop'; readonly reason: string }
  /** End the run for good without finishing it. */
  | { readonly kind: 'abandon'; readonly reason: string }
  /** Let go of the run and quit; what runs goes on. */
  | { readonly kind: 'leave' }
  /** `key`: what signs it; null: nothing does. */
  | { readonly kind: 'report'; readonly key: string | null }
  /** Go on with a run whose documents have changed. */
  | { readonly kind: 'open'; readonly run: string; readonly changes: AboutChanges }
  /** `path`: of an output, as events name it. */
  | { readonly kind: 'save'; readonly path: string; readonly file: string }
  /** One after the other. `what`: how many of what, in words. */
  | { readonly kind: 'all'; readonly what: string; readonly intents: readonly Intent[] }
  | { readonly kind: 'back' };

/** One line (or more) of text to type. `initial`: what stands there at first. */
export interface Field {
  readonly id: string;
  readonly label: string;
  readonly initial: string;
  readonly secret: boolean;
  /** May it stay empty? */
  readonly required: boolean;
  /** What is typed confirms something: it is forgotten when the dialog is closed. */
  readonly confirms: boolean;
}

export type Values = Readonly<Record<string, string>>;

export interface Choice {
  readonly label: string;
  /** Shown behind the label, e.g. `suggested`. Empty: nothing. */
  readonly mark: string;
  readonly fields: readonly Field[];
  /** The step that is shown while this choice is marked; null: the one that is asked about. */
  readonly about: string | null;
  /** What it asks once more, y/n focused on No; null: nothing. */
  readonly confirm: string | null;
  /** What the y/n shows whole. */
  readonly confirms: Subject | null;
  /** The field whose value the y/n shows whole, because that is what is sent or set; absent: none. */
  readonly repeats?: string;
  /** `values` by field id. */
  submit(values: Values): Intent;
}

export type Tone = 'plain' | 'warning' | 'danger';

export interface Dialog {
  /** The same for the same question, so that what was typed survives closing it. */
  readonly key: string;
  readonly title: string;
  readonly tone: Tone;
  /** Paragraphs. */
  readonly text: readonly string[];
  /** What is shown whole behind them; null: nothing. */
  readonly subject: Subject | null;
  /** One choice: its fields are shown at once. */
  readonly choices: readonly Choice[];
  /** Index of the choice that a menu starts on. */
  readonly start: number;
  /** The output of this step matters here. */
  readonly showsOutput: boolean;
}
