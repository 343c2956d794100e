/** What a file held when a survey read it. */
import { withoutComments } from './comments.ts';
import { foldCase, type Searched } from './line-search.ts';
import { counted } from './own-documents.ts';
import { type Holding, type Sections, sectionsOf } from './sections.ts';

/** `binary`: it has no lines. `large`: to be read in pieces. */
export type SurveyedFile = SurveyedText | { readonly kind: 'binary' } | { readonly kind: 'large' };

/** `ours`: gonogo shipped or wrote it; `runbook`: a team's own; `theirs`: anything else. */
export type Origin = 'ours' | 'runbook' | 'theirs';

/** Text with `\n` line ends. */
export class SurveyedText implements Searched {
  readonly kind = 'text';
  /** What counts of it: of a team's own runbook the commands, of what is ours nothing. */
  readonly text: string;
  readonly whole: string;
  readonly origin: Origin;
  #folded: string | null | undefined;
  #code: SurveyedText | undefined;

  constructor(whole: string, text: string = whole, origin: Origin = 'theirs') {
    this.whole = whole;
    this.text = text;
    this.origin = origin;
  }

  get folded(): string | null {
    if (this.#folded === undefined) this.#folded = foldCase(this.text);
    return this.#folded;
  }

  /** What counts of it without its comments; `path` tells the language. */
  code(path: string): SurveyedText {
    if (this.#code === undefined) {
      const code = withoutComments(path, this.text);
      this.#code = code === this.text ? this : new SurveyedText(code);
    }
    return this.#code;
  }

  /** What stands in `sections`, see `sections.ts`. */
  inside(sections: Sections, wanted: readonly Holding[]): Searched {
    return new SurveyedText(sectionsOf(this.text, sections, wanted));
  }
}

const decoder = new TextDecoder('utf-8');
/** A file with a NUL among its first bytes is no text. */
const binaryPeekBytes = 8192;

/** `bytes` of the file at `path`. `withoutOurs`: what gonogo brought does not count. `bytesMax`: more of them is too large. */
export function surveyedFile(
  path: string,
  bytes: Uint8Array,
  { withoutOurs, bytesMax }: { readonly withoutOurs: boolean; readonly bytesMax: number },
): SurveyedFile {
  if (bytes.subarray(0, binaryPeekBytes).includes(0)) return { kind: 'binary' };
  if (bytes.length > bytesMax) return { kind: 'large' };
  const decoded = decoder.decode(bytes);
  const text = decoded.includes('\r') ? decoded.replaceAll('\r\n', '\n') : decoded;
  if (!withoutOurs) return new SurveyedText(text);
  const part = counted(path, text);
  switch (part.kind) {
    case 'all':
      return new SurveyedText(text);
    case 'nothing':
      return new SurveyedText(text, '', 'ours');
    case 'part':
      return new SurveyedText(text, part.text, 'runbook');
  }
}
