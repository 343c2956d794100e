/**
 * What is wrong with a document, as data.
 *
 * Invariants: a diagnostic always has a place; `message` names the value that is wrong; `hint` is the way out.
 * This folder imports nothing of ours.
 */

/**
 * `error` makes a document unusable (exit 2); `warning` is worth reading and changes no exit code; `note` says what is still to
 * be done and is nothing wrong.
 */
export type Severity = 'error' | 'warning' | 'note';

/** A half-open range of UTF-16 offsets into the text of one file. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** One problem. `line` and `column` are 1-based; `code` is a stable kebab-case word such as `unknown-key`. */
export interface Diagnostic {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Number of columns that the caret line underlines, at least 1, on this line only. */
  readonly width: number;
  readonly severity: Severity;
  readonly code: string;
  readonly message: string;
  /** The way out: allowed values, a "did you mean", what to quote. Empty when the message says it all. */
  readonly hint: string;
}
