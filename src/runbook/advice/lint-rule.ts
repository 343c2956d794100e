/** What a rule of `gonogo check` is that gives advice: nothing it finds keeps a document from being run. */
import type { Problems, Subject, Use } from '../model.ts';

/** A place of a document that the rule finds fault with, and what it says of it. */
export interface LintRule {
  /** The code of its diagnostics, and its name in `gonogo-ignore` and `--explain`. */
  readonly id: string;
  /** Why it is a fault, in sentences for whoever wrote it. */
  readonly explanation: string;
  /** A whole document, or the part that matters, with the fault and without it. */
  readonly bad: string;
  readonly good: string;
  readonly check: (subject: Subject, report: Report) => void;
}

/** Reports a fault of the rule at `start`..`end` of a text, or at a key of the document. */
export interface Report {
  at(use: Use, start: number, end: number, message: string, hint: string): void;
  key(place: Parameters<Problems['warn']>[0], message: string, hint: string): void;
  value(place: Parameters<Problems['warn']>[0], message: string, hint: string): void;
}

/** A report that says what `id` finds as warnings. */
export function reportFor(id: string, problems: Problems): Report {
  const found = (message: string, hint: string) => ({ severity: 'warning', code: id, message, hint }) as const;
  return {
    at: (use, start, end, message, hint) => {
      const { doc, span } = use.place(start, end);
      problems.at(doc, span, found(message, hint));
    },
    key: ({ doc, path }, message, hint) => problems.at(doc, doc.tree.keySpan(path), found(message, hint)),
    value: ({ doc, path }, message, hint) => problems.at(doc, doc.tree.valueSpan(path), found(message, hint)),
  };
}
