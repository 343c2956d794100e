/** The expressions in a piece of a document. */
import type { ExpressionProblem } from '../expression.ts';
import { templateParts } from '../interpolate.ts';
import type { Use } from '../model.ts';

export interface Found {
  /** `start`: offset in the text of the use. */
  readonly expressions: readonly { readonly source: string; readonly start: number }[];
  /** A template that is not well formed. */
  readonly problem: ExpressionProblem | null;
}

const none: Found = { expressions: [], problem: null };

/** A condition or value is one expression; a template has one in each `${{ }}`; a script has none. */
export function expressionsIn(use: Use): Found {
  switch (use.kind) {
    case 'script':
      return none;
    case 'condition':
    case 'value':
      return { expressions: [{ source: use.text, start: 0 }], problem: null };
    case 'template':
    case 'words': {
      if (!use.text.includes('${{')) return none;
      const read = templateParts(use.text);
      if (!read.ok) return { expressions: [], problem: read.problem };
      const expressions = read.parts.flatMap((part) =>
        part.kind === 'text' ? [] : [{ source: part.source, start: part.start }],
      );
      return { expressions, problem: null };
    }
  }
}
